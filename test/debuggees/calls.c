/* System calls whose effect can be seen from outside: what they returned is the exit code, or is printed. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int inner(void) { return (int)syscall(SYS_getppid) > 0; } // #inner

static void *reader(void *unused) {
  char byte;
  (void)unused;
  for (int i = 0; i < 20; i++) syscall(SYS_pread64, 0, &byte, 1, 0L);
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "open")) {
    int fd = open("/etc/hostname", O_RDONLY); // #open
    return fd < 0 ? errno : 0;
  }
  if (!strcmp(what, "pid")) return (int)(syscall(SYS_getpid) & 0x7f); // #pid
  if (!strcmp(what, "time")) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); // #time
    printf("%ld\n", (long)now.tv_sec);
    return 0;
  }
  if (!strcmp(what, "registers")) {
    long result;
    register long third asm("rdx") = 3;
    asm volatile("syscall" : "=a"(result), "+r"(third) : "0"(SYS_write), "D"(1L), "S"("abc") : "rcx", "r11", "memory");
    return third == 3 ? (int)result : 100; // #registers
  }
  if (!strcmp(what, "inner")) {
    syscall(SYS_getuid);
    int result = inner(); // #call_inner
    syscall(SYS_getgid);
    return !result;
  }
  if (!strcmp(what, "threads")) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, reader, 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
    return 0;
  }
  if (!strcmp(what, "sleep")) {
    struct timespec start, end, nap = {0, 1000000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    nanosleep(&nap, 0); // #nap
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 50;
  }
  return 0;
}
