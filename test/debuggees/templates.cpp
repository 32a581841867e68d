// One source line at several addresses: three instantiations of a template and (with -O2) copies inlined into callers.
#include <cstdio>

volatile int sink;

template <typename T> __attribute__((noinline)) T twice(T value) { // #twice
  T result = value + value; // #twice_body
  return result;            // #twice_return
}

static inline __attribute__((always_inline)) int bump(int value) { // #bump
  sink = value + 1; // #bump_body
  return sink;
}

__attribute__((noinline)) int first(int value) { return bump(value) * 3; }  // #first
__attribute__((noinline)) int second(int value) { return bump(value) * 5; } // #second

namespace shapes {
struct Square {
  int side;
  __attribute__((noinline)) int area() const { return side * side; } // #area
};
} // namespace shapes

int main() {
  int a = twice(3);               // #int
  double b = twice(1.5);          // #double
  long c = twice(5L);             // #long
  int d = first(1);               // #call_first
  int e = second(2);              // #call_second
  shapes::Square square{4};
  int f = square.area(); // #call_area
  std::printf("%d %g %ld %d %d %d\n", a, b, c, d, e, f);
  return 0; // #main_return
}
