/*
 * Faults of every kind, chosen by argv[1]; each ends the program with its signal unless a debugger has its say.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct node {
  long value;
  long other;
  struct node *next;
};

static int constant = 7;
static const int readonly = 8;

static int recurse(int depth) {
  volatile char room[512];
  room[0] = (char)depth;
  return recurse(depth + 1) + room[0]; // #recurse
}

static void *recurse_in_thread(void *unused) {
  (void)unused;
  return (void *)(long)recurse(0);
}

static void refuse_getcwd(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getcwd, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | 42),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {4, filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "null-member")) {
    struct node *volatile nobody = 0;
    return (int)nobody->next->value; // #null-member
  }
  if (!strcmp(what, "null-write")) *(volatile int *)0 = 1;
  if (!strcmp(what, "readonly")) *(volatile int *)&readonly = 9;
  if (!strcmp(what, "execute-data")) ((void (*)(void))&constant)();
  if (!strcmp(what, "execute-null")) ((void (*)(void))0)();
  if (!strcmp(what, "noncanonical")) return *(volatile int *)0x4141414141414141;
  if (!strcmp(what, "misaligned")) {
    static char bytes[64] __attribute__((aligned(16)));
    __asm__ volatile("movaps %%xmm0, (%0)" : : "r"(bytes + 4) : "memory");
  }
  if (!strcmp(what, "privileged")) __asm__ volatile("hlt");
  if (!strcmp(what, "overflow")) return recurse(0);
  if (!strcmp(what, "thread-overflow")) {
    pthread_t thread;
    pthread_create(&thread, 0, recurse_in_thread, 0);
    pthread_join(thread, 0);
  }
  if (!strcmp(what, "shrunk")) {
    int file = memfd_create("shrunk", 0);
    if (ftruncate(file, 8192)) return 1;
    char *bytes = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (ftruncate(file, 100)) return 1;
    bytes[4096] = 1;
  }
  if (!strcmp(what, "divide")) {
    volatile int hundred = 100, zero = 0;
    return hundred / zero; // #divide
  }
  if (!strcmp(what, "divide-overflow")) {
    volatile int least = -2147483647 - 1, minus = -1;
    return least / minus;
  }
  if (!strcmp(what, "ud2")) __builtin_trap();
  if (!strcmp(what, "bad-bytes")) __asm__ volatile(".byte 0x06, 0x07");
  if (!strcmp(what, "seccomp")) {
    refuse_getcwd();
    char path[100];
    syscall(SYS_getcwd, path, sizeof path);
  }
  if (!strcmp(what, "abort")) abort();
  if (!strcmp(what, "free")) {
    free((char *)malloc(100) + 16);
  }
  if (!strcmp(what, "self")) raise(SIGUSR1);
  if (!strcmp(what, "queue")) {
    union sigval value = {.sival_int = 77};
    sigqueue(getpid(), SIGRTMIN + 1, value);
  }
  if (!strcmp(what, "timer")) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value = {.sival_int = 5}};
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &soon, 0);
    pause();
  }
  if (!strcmp(what, "child")) {
    int child = fork();
    if (child == 0) _exit(3);
    struct timespec second = {1, 0};
    nanosleep(&second, 0);
  }
  if (!strcmp(what, "key")) {
    int key = (int)syscall(SYS_pkey_alloc, 0, 1);
    if (key < 0) return 99;
    char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_WRITE, key);
    page[0] = 1;
  }
  puts("after");
  return 0;
}
