/* Variables of every kind of place: stack, registers, constants, pieces, thread-local, static, in callers. */
#include <stdio.h>

struct point {
  int x, y;
};
struct wide {
  long a, b, c;
};

int counter = 7;
static int hidden = 11;
const int limit = 99;
_Thread_local int per_thread = 21;
static _Thread_local long hidden_per_thread = 22;
extern int elsewhere;
volatile int sink;

__attribute__((noinline)) static void use(const void *object) {
  __asm__ volatile("" : : "r"(object) : "memory");
}

__attribute__((noinline)) static int leaf(int value) {
  sink = value; /* #leaf */
  return value + 1;
}

static inline __attribute__((always_inline)) int twice(int value, int unused) {
  int doubled = value * 2;
  int dropped = unused * 3;
  sink = doubled; /* #twice */
  return doubled;
}

__attribute__((noinline)) static int blocks(int argument) {
  int outer = argument + 1;
  for (int index = 0; index < 1; index++) {
    int outer = argument + 100;
    {
      int deepest = outer + index;
      use(&deepest);
      sink = deepest; /* #blocks */
    }
    use(&outer);
  }
  int late = outer * 2;
  sink = late; /* #late */
  return late;
}

__attribute__((noinline)) static int statics(void) {
  static int calls = 3;
  extern int counter;
  static _Thread_local int calls_here = 5;
  calls++;
  calls_here++;
  sink = calls + counter; /* #statics */
  return calls + calls_here + hidden + (int)hidden_per_thread;
}

__attribute__((noinline)) static double numbers(signed char c, unsigned short s, long l, float f, double d,
                                                long double e, unsigned __int128 wide, _Complex double z) {
  double sum = c + s + l + f + d + (double)e;
  sink = (int)sum; /* #numbers */
  return sum + (double)wide + __real__ z;
}

__attribute__((noinline)) static long aggregates(struct point p, struct wide w, const int *items, int count) {
  struct point copy = {p.y, p.x};
  int array[3] = {items[0], items[1], count};
  use(&array);
  sink = copy.x + copy.y; /* #aggregates */
  return copy.x + w.a + w.b + w.c + array[2];
}

__attribute__((noinline)) static int variable_length(int count) {
  int items[count];
  for (int i = 0; i < count; i++) items[i] = i * i;
  use(items);
  sink = items[count - 1]; /* #vla */
  return items[0];
}

__attribute__((noinline)) static int overwritten(int first, int second, int third) {
  int kept = leaf(first + second);
  sink = kept + third; /* #overwritten */
  return leaf(kept);
}

__attribute__((noinline)) static int constants(int seed) {
  const int known = 42;
  const char letter = 'x';
  const double half = 0.5;
  int computed = seed + known;
  sink = computed; /* #constants */
  return computed + letter + (int)half;
}

__attribute__((noinline)) static int many(int a, int b, int c, int d, int e, int f, int g, int h) {
  int sum = a + b + c + d;
  sink = sum; /* #many */
  sink = leaf(sum + e);
  return sum + f + g + h;
}

int elsewhere = 64;

int main(int argc, char **argv) {
  int items[4] = {1, 2, 3, 4};
  struct point p = {argc, 20};
  struct wide w = {1, 2, 3};
  int result = 0;
  result += blocks(argc + 4);
  result += statics();
  result += (int)numbers(-1, 65535, 1L << 40, 1.5f, -2.25, 3.125L, (unsigned __int128)1 << 100, 1.0 + 2.0i);
  result += (int)aggregates(p, w, items, 4);
  result += variable_length(argc + 2);
  result += overwritten(argc, 2, 3);
  result += constants(argc);
  result += many(argc, 2, 3, 4, 5, 6, 7, 8);
  result += twice(result, argc);
  per_thread += elsewhere + limit;
  sink = result; /* #main */
  printf("%d %s\n", result, argv[0] ? "ran" : "");
  return 0;
}
