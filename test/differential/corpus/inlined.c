/* Calls inlined three deep and in several places, loops that are transformed, structures taken apart into registers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  int32_t x, y;
} point;

typedef struct {
  point min, max;
} box;

static volatile int sink;

static inline int clamp(int value, int low, int high) {
  int clamped = value;
  if (clamped < low) clamped = low;
  if (clamped > high) clamped = high; // #stop
  return clamped;
}

static inline point moved(point p, int dx, int dy) {
  point result = {p.x + dx, p.y + dy};
  result.x = clamp(result.x, -100, 100); // #stop
  result.y = clamp(result.y, -50, 50);
  return result;
}

static inline box grown(box b, int by) {
  box result;
  result.min = moved(b.min, -by, -by);
  result.max = moved(b.max, by, by);
  sink = result.max.x; // #stop
  return result;
}

__attribute__((always_inline)) static inline int area(const box *b) {
  int width = b->max.x - b->min.x;
  int height = b->max.y - b->min.y;
  return width * height; // #stop
}

__attribute__((noinline)) int grow_all(box *boxes, int count, int by) {
  int total = 0;
  for (int i = 0; i < count; i++) {
    box next = grown(boxes[i], by + i);
    boxes[i] = next;
    int here = area(&next);
    total += here; // #stop
  }
  return total;
}

static inline uint32_t mix(uint32_t state, uint32_t value) {
  uint32_t rotated = state << 5 | state >> 27;
  return (rotated ^ value) * 0x9e3779b1u;
}

__attribute__((noinline)) uint32_t checksum(const uint8_t *bytes, size_t length) {
  uint32_t state = 17;
  const uint8_t *end = bytes + length;
  while (bytes + 4 <= end) {
    uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    state = mix(state, word); // #stop
    bytes += 4;
  }
  for (uint32_t rest = 0; bytes < end; bytes++) {
    rest = rest * 31 + *bytes;
    state = mix(state, rest); // #stop
  }
  return state;
}

__attribute__((noinline)) static int swapped(int *values, int i, int j) {
  int held = values[i];
  values[i] = values[j];
  values[j] = held; // #stop
  return held;
}

static void sort(int *values, int low, int high) {
  if (low >= high) return;
  int pivot = values[(low + high) / 2];
  int left = low, right = high;
  while (left <= right) {
    while (values[left] < pivot) left++;
    while (values[right] > pivot) right--;
    if (left <= right) {
      sink = swapped(values, left, right); // #stop
      left++;
      right--;
    }
  }
  sort(values, low, right);
  sort(values, left, high);
}

__attribute__((noinline)) static int last_call(int value, int times) {
  int doubled = value * 2;
  if (times == 0) return doubled; // #stop
  return last_call(doubled, times - 1);
}

__attribute__((noinline)) static long spilled(long a, long b, long c, long d, long e, long f, long g, long h) {
  long ab = a * b, cd = c * d, ef = e * f, gh = g * h, ac = a * c, bd = b * d, eg = e * g, fh = f * h;
  sink = (int)(ab + cd); // #stop
  long mixed = ab ^ cd ^ ef ^ gh;
  sink = (int)(ac + bd + eg + fh);
  return mixed + ac * bd - eg * fh + a + h; // #stop
}

int main(int argc, char **argv) {
  box boxes[3] = {{{0, 0}, {10, 5}}, {{-90, -45}, {90, 45}}, {{1, 2}, {3, argc}}};
  int total = grow_all(boxes, 3, 8);
  uint8_t bytes[] = "a short text";
  uint32_t sum = checksum(bytes, sizeof bytes - 2);
  int values[] = {5, 2, 9, 1, 7, 3};
  sort(values, 0, 5);
  int last = last_call(3, 2);
  long mixed = spilled(1, 2, 3, 4, 5, 6, 7, argc + 7);
  printf("%d %u %d %d %ld %s\n", total, sum, values[0], last, mixed, argv[0] ? "" : "?"); // #stop
  return 0;
}
