/* Every kind of number, bit-fields, variable-length arrays, thread-local variables, vectors, nested blocks. */
#include <complex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int v4 __attribute__((vector_size(16)));
typedef float f4 __attribute__((vector_size(16)));

struct packed {
  unsigned a : 3;
  int b : 5;
  unsigned long long wide : 40;
  bool flag : 1;
  int : 0;
  signed char tail : 4;
};

struct everything {
  bool yes;
  char letter;
  signed char tiny;
  unsigned char byte;
  short little;
  uint16_t port;
  int64_t big;
  float ratio;
  double precise;
  long double extended;
  __int128 huge;
  int grid[2][3];
  struct packed packed;
};

struct pair {
  double first;
  long second;
};

struct wide {
  long parts[5];
};

_Thread_local int per_thread = 5;
static _Thread_local struct pair last = {0.5, 1};
static volatile int sink;

__attribute__((noinline)) static struct everything made(int seed) {
  struct everything it;
  memset(&it, 0, sizeof it);
  it.yes = seed & 1;
  it.letter = (char)('A' + seed % 26);
  it.tiny = (signed char)-seed;
  it.byte = (unsigned char)(250 + seed);
  it.little = (short)(seed * -1000);
  it.port = (uint16_t)(60000 + seed);
  it.big = (int64_t)seed << 40;
  it.ratio = (float)seed / 3; // #stop
  it.precise = seed / 7.0;
  it.extended = (long double)seed / 11;
  it.huge = (__int128)seed << 100;
  for (int i = 0; i < 6; i++) it.grid[i / 3][i % 3] = seed * i;
  it.packed = (struct packed){.a = 5, .b = -7, .wide = 0x123456789aULL, .flag = true, .tail = -3};
  return it; // #stop
}

__attribute__((noinline)) static double by_value(struct pair pair, struct wide wide, f4 lanes, float narrow) {
  double total = pair.first + (double)pair.second + narrow;
  for (int i = 0; i < 5; i++) {
    long part = wide.parts[i];
    total += (double)part; // #stop
  }
  total += lanes[0] + lanes[3];
  return total; // #stop
}

__attribute__((noinline)) static long variable(int count, int columns) {
  int squares[count];
  short table[count][columns];
  long total = 0;
  for (int i = 0; i < count; i++) {
    squares[i] = i * i;
    for (int j = 0; j < columns; j++) table[i][j] = (short)(i * 10 + j);
  }
  for (int i = 0; i < count; i++) {
    int square = squares[i];
    total += square + table[i][columns - 1]; // #stop
  }
  sink = table[1][1];
  return total;
}

__attribute__((noinline)) static double complex rotated(double complex z, int quarter) {
  double complex turned = z;
  for (int i = 0; i < quarter; i++) turned *= I;
  double size = creal(turned) * creal(turned) + cimag(turned) * cimag(turned);
  sink = (int)size; // #stop
  return turned;
}

__attribute__((noinline)) static int shadowed(int value) {
  int result = value;
  {
    long value = result * 2L;
    for (int result = 0; result < 3; result++) {
      unsigned char value = (unsigned char)(200 + result);
      sink += value; // #stop
    }
    result += (int)value; // #stop
  }
  return result;
}

/* The same variable in a register, on the stack, as a constant and gone. */
__attribute__((noinline)) static int ranges(int a, int b, int c) {
  int sum = a + b;
  sink = sum; // #stop
  int product = sum * c;
  sink = product;
  sum = 42;
  sink = sum + b; // #stop
  int difference = product - c;
  for (int i = a; i < b; i += c) {
    int scaled = i * product;
    difference -= scaled;
    sink = difference; // #stop
  }
  return difference;
}

static v4 lanes_of(int start) {
  v4 lanes = {start, start + 1, start + 2, start + 3};
  return lanes * lanes;
}

static void *thread(void *argument) {
  int *result = argument;
  per_thread += 37;
  last.second = per_thread;
  *result = per_thread; // #stop
  return result;
}

int main(void) {
  struct everything first = made(9);
  struct pair pair = {1.25, -4};
  struct wide wide = {{1, 2, 3, 4, 5}};
  f4 floats = {0.5f, 1.5f, 2.5f, 3.5f};
  double total = by_value(pair, wide, floats, 0.125f);
  long squares = variable(5, 3);
  double complex turned = rotated(3 + 4 * I, 3);
  int mixed = shadowed(7) + ranges(1, 20, 6);
  v4 lanes = lanes_of(2);
  int seen = 0;
  pthread_t other;
  pthread_create(&other, NULL, thread, &seen);
  pthread_join(other, NULL);
  unsigned __int128 all = ~(unsigned __int128)0 - (unsigned)seen;
  sink = lanes[1] + (int)cimag(turned) + (int)all; // #stop
  printf("%d %g %ld %d %d %d\n", first.letter, total, squares, mixed, seen, per_thread); // #stop
  return 0;
}
