/* Code in a header: inlined, and a copy in every source that includes it. */
#ifndef LINES_H
#define LINES_H

static inline int clamp(int value, int low, int high) {
  if (value < low)
    return low;
  if (value > high)
    return high;
  return value;
}

static __attribute__((noinline)) int copied(int value) {
  int doubled = value * 2;
  return doubled + 1; // #copied
}

#endif
