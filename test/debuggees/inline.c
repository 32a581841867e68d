/* Inlined calls nested three deep, in a loop, at the start of statements, with one statement behind them. */
#include <stdio.h>

#define INLINE static inline __attribute__((always_inline))

volatile int sink, source = 3;

INLINE int innermost(int x) {
  sink = x; /* #innermost_first */
  sink = x + 1; /* #innermost_second */
  return source + x; /* #innermost_return */
}

INLINE int middle(int x) {
  int y = innermost(x + 1); /* #middle_call */
  sink = y; /* #middle_after */
  return y * 2; /* #middle_return */
}

INLINE int outer(int x) {
  sink = 100; /* #outer_first */
  int y = middle(x); /* #outer_call */
  sink = y + 1; /* #outer_after */
  return y; /* #outer_return */
}

INLINE void empty_first(void) {
  sink = 7; /* #direct */
}

__attribute__((noinline)) int work(int n) {
  int sum = 0; /* #work_first */
  for (int i = 0; i < n; i++) { /* #loop */
    sum += outer(i); /* #loop_call */
    sink = sum; /* #loop_after */
  }
  empty_first(); /* #direct_call */
  sum += middle(sum); /* #second_copy */
  return sum; /* #work_return */
}

__attribute__((noinline)) int enters(void) {
  empty_first(); /* #enters_call */
  sink = 9; /* #enters_after */
  return source; /* #enters_return */
}

int main(void) {
  int a = work(source); /* #main_work */
  int b = enters(); /* #main_enters */
  printf("%d %d\n", a, b); /* #main_print */
  return 0; /* #main_return */
}
