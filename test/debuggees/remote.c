/* Threads in which a debugger makes system calls: blocked ones, filtered ones, one with a signal on its way. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

volatile int finish;
volatile int handled;
int ends[2];
char scratch[64] = "untouched";

static void ready(void) { handled = handled; } // #ready

static void caught(int signal, siginfo_t *info, void *context) {
  (void)context;
  _exit(signal == SIGSEGV && info->si_addr == (void *)0x18 ? 0 : 1);
}

static void counted(int signal) {
  (void)signal;
  handled++;
}

static void *writer(void *unused) {
  (void)unused;
  while (!finish) usleep(1000);
  write(ends[1], "x", 1);
  return 0;
}

static int nap(void) {
  struct timespec start, end, pause = {1, 0};
  clock_gettime(CLOCK_MONOTONIC, &start);
  int result = nanosleep(&pause, 0); // #nap
  clock_gettime(CLOCK_MONOTONIC, &end);
  long long slept = (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;
  return result == 0 && slept >= 1000000000LL ? 0 : 1;
}

static int filtered(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 13),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getgid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 2;
  ready();
  return 7;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  char byte = 0;
  pthread_t thread;
  pipe(ends);
  if (!strcmp(what, "nap")) return nap();
  if (!strcmp(what, "filter")) return filtered();
  if (!strcmp(what, "print")) {
    for (int i = 0; !finish; i++) {
      printf("tick %d\n", i);
      fflush(stdout);
      usleep(1000);
    }
    return 0;
  }
  if (!strcmp(what, "read")) {
    pthread_create(&thread, 0, writer, 0);
    return read(ends[0], &byte, 1) == 1 && byte == 'x' ? 0 : 1;
  }
  if (!strcmp(what, "ppoll")) {
    struct pollfd wanted = {ends[0], POLLIN, 0};
    sigset_t mask;
    sigfillset(&mask);
    pthread_create(&thread, 0, writer, 0);
    return ppoll(&wanted, 1, 0, &mask) == 1 && wanted.revents == POLLIN ? 0 : 1;
  }
  if (!strcmp(what, "fault")) {
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, 0);
    return *(volatile int *)0x18; // #fault
  }
  if (!strcmp(what, "signals")) {
    signal(SIGUSR1, counted);
    ready();
    return handled == 1 ? 0 : 1;
  }
  ready();
  return strcmp(scratch, "untouched") ? 1 : 0;
}
