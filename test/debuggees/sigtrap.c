/*
 * What programs do with SIGTRAP and other signals by themselves, chosen by argv[1]; 0 is the exit code when all of it
 * goes as without a debugger.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t handled;
volatile sig_atomic_t on_stack;
volatile int received, code, value;
static char *alternate;

static void handler(int signal, siginfo_t *info, void *context) {
  char here;
  (void)context;
  handled++; // #handler
  received = signal;
  code = info->si_code;
  value = info->si_value.sival_int;
  on_stack = alternate && &here >= alternate && &here < alternate + SIGSTKSZ;
}

static void install(int signal, int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  sigaction(signal, &action, 0);
}

static void block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, 0);
}

static int wait_for(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  siginfo_t info;
  struct timespec limit = {5, 0};
  return sigtimedwait(&set, &info, &limit) == signal ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "int3")) {
    __asm__ volatile("int3"); // #int3
    puts("after");            // #after_int3
    return 0;
  }
  if (!strcmp(what, "int3-handled")) {
    install(SIGTRAP, 0);
    __asm__ volatile("int3");
    return handled == 1 && code == SI_KERNEL ? 0 : 1;
  }
  if (!strcmp(what, "sigtimedwait")) {
    block(SIGTRAP);
    raise(SIGTRAP);
    int failed = wait_for(SIGTRAP); // #waiting
    block(SIGUSR1);
    raise(SIGUSR1);
    return failed + wait_for(SIGUSR1);
  }
  if (!strcmp(what, "sigwait")) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTRAP);
    block(SIGTRAP);
    kill(getpid(), SIGTRAP);
    int got = 0;
    sigwait(&set, &got);
    return got == SIGTRAP ? 0 : 1;
  }
  if (!strcmp(what, "signalfd")) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTRAP);
    block(SIGTRAP);
    int file = signalfd(-1, &set, 0);
    raise(SIGTRAP);
    struct signalfd_siginfo info;
    return read(file, &info, sizeof info) == sizeof info && info.ssi_signo == SIGTRAP ? 0 : 1;
  }
  if (!strcmp(what, "traceme")) {
    long result = ptrace(PTRACE_TRACEME, 0, 0, 0);
    printf("traceme %ld %s\n", result, result ? strerror(errno) : "");
    return result == -1 && errno == EPERM ? 0 : 1;
  }
  if (!strcmp(what, "alternate")) {
    alternate = malloc(SIGSTKSZ);
    stack_t stack = {.ss_sp = alternate, .ss_size = SIGSTKSZ};
    sigaltstack(&stack, 0);
    install(SIGUSR1, SA_ONSTACK);
    raise(SIGUSR1); // #alternate
    return handled == 1 && on_stack ? 0 : 1; // #alternate_after
  }
  if (!strcmp(what, "vfork")) {
    int child = vfork();
    if (child == 0) _exit(7);
    int status;
    waitpid(child, &status, 0); // #vforked
    return WEXITSTATUS(status) == 7 ? 0 : 1;
  }
  if (!strcmp(what, "take")) {
    install(SIGUSR1, 0);
    install(SIGUSR2, 0);
    install(SIGRTMIN + 1, 0);
    raise(SIGUSR1); // #take
    printf("%d %d %d %d\n", handled, received, code, value); // #taken
    return 0;
  }
  if (!strcmp(what, "wait")) {
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
      if (signal != SIGTERM) install(signal, 0);
    }
    puts("waiting");
    fflush(stdout);
    while (handled == 0) usleep(1000); // #wait
    printf("%d %d %d\n", received, code, value);
    fflush(stdout);
    handled = 0;
    while (handled == 0) usleep(1000);
    return received;
  }
  return 2;
}
