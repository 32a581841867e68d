// Inlined calls as C++ makes them: members, templates, lambdas, accessors of containers.
#include <cstdio>
#include <vector>

#define INLINE inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

volatile int sink;

namespace geo {
template <typename T> struct Point {
  T x, y;
  INLINE Point(T x, T y) : x(x), y(y) {
    sink = 1; // #constructor
  }
  INLINE T dot(const Point &other) const {
    T product = x * other.x; // #dot_first
    sink = (int)product; // #dot_sink
    return product + y * other.y; // #dot_return
  }
};
} // namespace geo

template <typename F> INLINE int twice(F f) {
  sink = 2; // #twice_first
  int first = f(1); // #twice_call
  return first + f(2); // #twice_return
}

NOINLINE int lambdas(int base) {
  int result = twice([base](int x) { // #lambda_call
    sink = x; // #lambda_body
    return base * x; // #lambda_return
  });
  sink = result; // #lambda_after
  return result; // #lambda_end
}

NOINLINE int points(int n) {
  geo::Point<int> a(n, 2); // #make_a
  geo::Point<int> b(3, n); // #make_b
  int product = a.dot(b); // #dot
  sink = product; // #dot_after
  return product; // #points_return
}

NOINLINE int sums(const std::vector<int> &v) {
  int sum = 0; // #sum_first
  for (std::size_t i = 0; i < v.size(); i++) // #sum_loop
    sum += v[i]; // #sum_body
  sink = sum; // #sum_after
  return sum; // #sums_return
}

int main() {
  std::vector<int> v(5, 3); // #main_vector
  int a = lambdas((int)v.size()); // #main_lambdas
  int b = points(4); // #main_points
  int c = sums(v); // #main_sums
  std::printf("%d %d %d\n", a, b, c); // #main_print
  return 0; // #main_return
}
