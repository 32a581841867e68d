/* Ends in the way that argv[1] names, each of them odd for an unwinder. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

volatile int sink;
void (*volatile function)(void);

NOINLINE static void indirect(void) {
  function(); // #indirect
  sink = 1;
}

NOINLINE static void smash(void) {
  static int i; // not on the stack, where it would be overwritten as well
  volatile long slots[2];
  for (i = 0; i < 12; i++) slots[i] = 0x4141414141414141; // over the return address and more
}

NOINLINE static int stop(int depth) {
  __asm__ volatile("ud2");
  return depth;
}

NOINLINE static int deep(int depth) {
  volatile int here = depth;
  return depth == 0 ? stop(0) : deep(depth - 1) + here;
}

/* A chain of frames that returns to itself: rbp points at its own frame. */
NOINLINE static void circle(void) {
  __asm__ volatile("push %rax\n mov %rsp, %rax\n push %rax\n mov %rsp, %rbp\n mov %rsp, (%rsp)\n ud2");
}

NOINLINE void walk(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sink = (int)now.tv_nsec;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  function = 0;
  if (!strcmp(what, "null")) indirect();
  if (!strcmp(what, "wild")) {
    function = (void (*)(void))0x123456789abc;
    indirect();
  }
  if (!strcmp(what, "data")) {
    function = (void (*)(void))&sink;
    indirect();
  }
  if (!strcmp(what, "smash")) smash();
  if (!strcmp(what, "deep")) sink = deep(atoi(argv[2]));
  if (!strcmp(what, "circle")) circle();
  if (!strcmp(what, "clock")) walk();
  return 0; // #end
}
