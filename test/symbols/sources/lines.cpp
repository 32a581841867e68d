#include <cstdio>
#include <vector>
#include <string>
#include <map>
#include <algorithm>
#include <memory>

struct Base {
  virtual ~Base() {}
  virtual int value() const = 0;
};

struct Derived : Base {
  explicit Derived(int n) : n_(n) {}
  int value() const override { return n_ * 2; }
 private:
  int n_;
};

template <typename T>
T sum(const std::vector<T> &values) {
  T total{};
  for (const T &value : values)
    total += value;
  return total;
}

// a comment in between
static inline int clamp(int value, int low, int high) {
  if (value < low)
    return low;
  if (value > high)
    return high;
  return value;
}

static int loops(int n) {
  int total = 0;
  for (int i = 0; i < n; i++) {
    int square = i * i;
    total += clamp(square, 2, 50);
  }
  while (n-- > 0) {
    total ^= n;
  }
  do {
    total += 3;
  } while (total < 100);
  switch (total & 3) {
    case 0: total++; break;
    case 1:
      total--;
      break;
    default:
      total *= 2;
  }
  auto twice = [total](int x) { return x * total; };
  return twice(2) + twice(3);
}

struct Guard {
  Guard() { std::puts("in"); }
  ~Guard() { std::puts("out"); }
};

int oneliner(int x) { return x + 1; }

int main(int argc, char **argv) {
  Guard guard;
  std::vector<int> ints;
  std::vector<double> doubles;
  for (int i = 0; i < argc * 5; ++i) {
    ints.push_back(i);
    doubles.push_back(i * 0.5);
  }
  std::map<std::string, int> names;
  for (int i = 0; i < argc; i++)
    names[argv[i]] = i;
  std::unique_ptr<Base> base = std::make_unique<Derived>(argc);
  try {
    if (argc > 10)
      throw argc;
  } catch (int e) {
    std::printf("%d\n", e);
  }
  std::sort(ints.begin(), ints.end(), [](int a, int b) {
    return a > b;
  });
  std::printf("%d %f %d %d %d\n", sum(ints), sum(doubles),
              base->value(),
              loops(argc),
              oneliner(argc));
  return names.size() == 1 ? 0 : 1;
}

