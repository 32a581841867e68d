/*
 * Data to watch: each size, unaligned, wide, written with the same value, read; locals that end by return and by
 * longjmp. argv[1] names the part that runs; argv[2] is its number of turns.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile char one;
volatile short two;
volatile int four;
volatile long eight;
volatile char wide[64] __attribute__((aligned(64)));
volatile int sink;
static jmp_buf back;

__attribute__((noinline)) static void sizes(void) {
  one = 1;                       // #one
  two = 0x202;                   // #two
  four = 0x4040404;              // #four
  eight = 0x808080808080808;     // #eight
  *(volatile int *)(wide + 3) = 0x3030303; // #unaligned
  wide[31] = 31;                 // #wide_last
  wide[32] = 32;                 // #wide_beyond
}

__attribute__((noinline)) static void values(void) {
  four = 5; // #first
  four = 5; // #same
  sink = four; // #read
  four = 6; // #second
}

__attribute__((noinline)) static void turns(long count) {
  for (long i = 0; i < count; i++) { // #turn
    four++;  // #count
    sink = 1; // #after_count
  }
}

__attribute__((noinline)) static int deeper(volatile int *place, int depth) { // #deeper
  *place += depth; // #deeper_write
  return depth > 0 ? deeper(place, depth - 1) : 0;
}

__attribute__((noinline)) static int scope(int start) {
  volatile int local = start; // #local_begins
  local = local + 1;          // #local_written
  deeper(&local, 2);          // #local_passed
  return local;               // #scope_end
}

__attribute__((noinline)) static void jumps(int start) {
  volatile int local = start; // #jump_begins
  local = local + 1;          // #jump_written
  if (local > 0) longjmp(back, 1); // #jump
}

/* The memory of a frame that has ended belongs to the next call. */
__attribute__((noinline)) static int reuse(void) {
  volatile int other[64];
  for (int i = 0; i < 64; i++) other[i] = i; // #reuse
  return other[3];
}

int main(int argc, char **argv) {
  const char *part = argc > 1 ? argv[1] : "";
  long count = argc > 2 ? atol(argv[2]) : 1;
  if (!strcmp(part, "sizes")) sizes(); // #call_sizes
  if (!strcmp(part, "values")) values();
  if (!strcmp(part, "turns")) turns(count);
  if (!strcmp(part, "scope")) {
    for (long i = 0; i < count; i++) {
      sink = scope(10); // #call_scope
      sink = reuse();   // #after_scope
    }
  }
  if (!strcmp(part, "jump")) {
    if (setjmp(back) == 0) jumps(3); // #setjmp
    sink = reuse(); // #landed
  }
  if (!strcmp(part, "kernel")) {
    int ends[2];
    if (pipe(ends) != 0 || write(ends[1], "12345678", 8) != 8) return 2;
    if (read(ends[0], (void *)&eight, 8) != 8) return 2; // #kernel_write
    eight = 1; // #after_kernel
  }
  return 0; // #done
}
