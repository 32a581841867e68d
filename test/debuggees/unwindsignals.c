/*
 * Signal handlers in every position an unwinder meets them, one after the other: raised in the middle of a function,
 * on an alternate stack, nested, and by a fault in the first instruction of a function.
 */
#define _GNU_SOURCE

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

volatile int sink;

NOINLINE static int inside(int value) { // #inside
  sink = value;
  return value + 1;
}

NOINLINE static void plain(int number) { sink = inside(number); }

NOINLINE static void nested(int number, siginfo_t *info, void *context) {
  (void)info;
  (void)context;
  sink = inside(number);
  __asm__ volatile("int3");
  sink = inside(number);
}

/* Steps over the faulting instruction, which is one byte long. */
NOINLINE static void skip(int number, siginfo_t *info, void *context) {
  (void)info;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 1;
  sink = inside(number);
}

/* hlt is privileged: SIGSEGV on a function's very first instruction, whose predecessor belongs to another function. */
void faults(void);
__asm__(".text\n.type faults, @function\nfaults:\n.cfi_startproc\nhlt\nret\n.cfi_endproc\n.size faults, .-faults\n");

static void install(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags};
  sigaction(number, &action, 0);
}

NOINLINE int walk(void) { // #walk
  __asm__ volatile("ud2a" ::: "memory"); // SIGILL, on the alternate stack
  faults();
  return inside(2);
}

/* Two bytes: ud2a. */
NOINLINE static void skip_two(int number, siginfo_t *info, void *context) {
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 1;
  skip(number, info, context);
}

int main(void) {
  static char alternate[65536] __attribute__((aligned(4096)));
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, 0);
  install(SIGILL, skip_two, SA_SIGINFO | SA_ONSTACK);
  install(SIGSEGV, skip, SA_SIGINFO);
  sink = walk();
  install(SIGUSR1, nested, SA_SIGINFO | SA_ONSTACK);
  signal(SIGUSR2, plain);
  raise(SIGUSR2);
  return 0;
}
