// Scopes of C++: members, namespaces, lambdas, templates, references, structured bindings, using.
#include <cstdio>
#include <string>
#include <utility>

namespace shapes {
int count = 3;
namespace {
int secret = 4;
}
inline namespace v1 {
int version = 5;
}

struct Base {
  virtual ~Base() = default;
  int id = 6;
  static int made;
  static const int kind = 8;
};
int Base::made = 7;

class Circle : public Base {
 public:
  explicit Circle(double r) : radius(r) {}
  double area(int scale) const;
  static int total(int first);

 private:
  double radius;
};

volatile int sink;

__attribute__((noinline)) double Circle::area(int scale) const {
  double result = radius * radius * scale;
  int count = 30;
  sink = count;  // #area
  return result;
}

__attribute__((noinline)) int Circle::total(int first) {
  int sum = first + made;
  sink = sum;  // #total
  return sum;
}

template <typename T, int N>
__attribute__((noinline)) T repeat(T value) {
  T sum{};
  for (int i = 0; i < N; i++) sum += value;
  sink = static_cast<int>(sum);  // #repeat
  return sum;
}
}  // namespace shapes

using shapes::sink;

__attribute__((noinline)) static int references(const int &in, int &&moved, int &out) {
  out = in + moved;
  int &alias = out;
  sink = alias;  // #references
  return out;
}

__attribute__((noinline)) static int lambdas(int base) {
  int captured = base * 2;
  auto add = [captured, &base](int value) {
    int inside = captured + base + value;
    sink = inside;  // #lambda
    return inside;
  };
  return add(5) + captured;
}

__attribute__((noinline)) static int bindings(int a, int b) {
  std::pair<int, long> pair{a, b};
  auto [first, second] = pair;
  auto &[left, right] = pair;
  left += 1;
  sink = first + static_cast<int>(second) + left + static_cast<int>(right);  // #bindings
  return first;
}

__attribute__((noinline)) static int throws(int value) {
  try {
    int inside = value + 1;
    if (inside > 0) throw std::string("thrown");
    return inside;
  } catch (const std::string &text) {
    int length = static_cast<int>(text.size());
    sink = length;  // #catch
    return length;
  }
}

__attribute__((noinline)) static int imports(int value) {
  using namespace shapes;
  using shapes::v1::version;
  namespace alias = shapes;
  int local = value + count + version + alias::count;
  sink = local;  // #imports
  return local;
}

int main(int argc, char **) {
  shapes::Circle circle(1.5);
  int out = 0;
  int result = static_cast<int>(circle.area(argc + 1));
  result += shapes::Circle::total(argc) + shapes::secret;
  result += shapes::repeat<int, 3>(argc) + static_cast<int>(shapes::repeat<double, 2>(1.5));
  result += references(argc, 5, out);
  result += lambdas(argc);
  result += bindings(argc, 2);
  result += throws(argc);
  result += imports(argc);
  sink = result;  // #main
  std::printf("%d\n", result);
  return 0;
}
