/*
 * Functions of every shape that an unwinder meets, called one after the other from walk(): leaves, frames with every
 * callee-saved register, dynamic and realigned stacks, tail calls, calls through pointers and through the PLT, and a
 * call that never returns. Built by many compilers with many flags and stepped through instruction by instruction.
 */
#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline, noclone))

volatile int sink;
static jmp_buf back;

NOINLINE int leaf(int value) { return value + 1; } // #leaf

NOINLINE static int many(int a, int b, int c, int d, int e, int f, int g, int h) {
  int x = leaf(a), y = leaf(b), z = leaf(c), u = leaf(d), v = leaf(e), w = leaf(f);
  sink = x + y + z + u + v + w;
  return leaf(g) + leaf(h) * x * y * z * u * v * w; // #many
}

NOINLINE static int dynamic(int size) {
  char *bytes = alloca(size);
  char vla[size + 3];
  bytes[0] = (char)size;
  vla[size] = bytes[0];
  for (int i = 1; i < size; i++) bytes[i] = vla[i] = (char)i;
  sink = bytes[size / 2] + vla[size / 2];
  return leaf(sink); // #dynamic
}

NOINLINE static int realigned(int value) {
  __attribute__((aligned(64))) volatile char bytes[64];
  bytes[value & 63] = (char)value;
  return leaf(bytes[value & 63]); // #realigned
}

NOINLINE int realigned_dynamic(int size) {
  __attribute__((aligned(128))) volatile char bytes[128];
  volatile char *more = alloca(size);
  more[0] = bytes[size & 127] = (char)size;
  return leaf(more[0]); // #realigned_dynamic
}

NOINLINE static int last(int value) { return leaf(value) * 2; }

NOINLINE static int tail(int value) {
  sink = value;
  return last(value + 1); // #tail
}

NOINLINE static int variadic(int count, ...) {
  va_list list;
  va_start(list, count);
  int sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(list, int);
  va_end(list);
  return leaf(sum);
}

NOINLINE static int recurse(int depth) { return depth == 0 ? leaf(depth) : recurse(depth - 1) + depth; }

NOINLINE static void large(void) {
  volatile char bytes[40000];
  bytes[0] = bytes[39999] = 1;
  sink = leaf(bytes[0]);
}

NOINLINE __attribute__((noreturn)) static void leave(int value) {
  sink = leaf(value);
  longjmp(back, 1);
}

/* The call is this function's last instruction, so the return address belongs to whatever follows. */
NOINLINE __attribute__((noreturn)) void never(int value) { leave(value); }

NOINLINE static int early(int value) {
  if (value > 1000) return value;
  int first = leaf(value);
  if (first > 500) return first;
  return leaf(first) + leaf(sink);
}

static int (*volatile pointer)(int) = last;

NOINLINE int walk(int value) {
  int sum = leaf(value);
  sum += many(1, 2, 3, 4, 5, 6, 7, value);
  sum += dynamic(value + 20);
  sum += realigned(value);
#ifndef WITHOUT_CFI // its prologue keeps the frame in a third register, which only call frame information tells
  sum += realigned_dynamic(value + 30);
#endif
  sum += tail(value);
  sum += variadic(3, value, 2, 3);
  sum += recurse(4);
  large();
  sum += pointer(value);
  sum += early(value);
  sum += (int)strlen(getenv("PATH") ? "set" : "unset"); // through the PLT, resolved at the first call
#ifndef WITHOUT_SYMBOLS // nor does code that never returns show where its frame is
  if (setjmp(back) == 0) never(value);
#endif
  return sum; // #walked
}

int main(int argc, char **argv) {
  (void)argv;
  sink = walk(argc); // #walk
  return 0;
}
