// Templates, lambdas, closures, recursion at compile time, structured bindings, containers as raw members.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

template <typename T, int N> class Ring {
public:
  void push(const T &value) {
    items_[head_ % N] = value;
    ++head_; // #stop
  }
  T sum() const {
    T total{};
    for (const T &item : items_) total += item; // #stop
    return total;
  }
  template <typename F> auto map(F f) const {
    std::array<decltype(f(T{})), N> result{};
    for (int i = 0; i < N; ++i) result[i] = f(items_[i]); // #stop
    return result;
  }

private:
  std::array<T, N> items_{};
  unsigned head_ = 0;
};

template <typename... Ts> int count_of(const Ts &...values) {
  int count = 0;
  ((count += static_cast<int>(sizeof(values))), ...);
  return count; // #stop
}

template <int N> struct Factorial {
  static constexpr long value = N * Factorial<N - 1>::value;
};
template <> struct Factorial<0> {
  static constexpr long value = 1;
};

template <typename T> struct Tree {
  struct Node {
    T value;
    Node *left = nullptr, *right = nullptr;
  };
  Node *root = nullptr;
  int size = 0;

  void insert(const T &value) {
    Node **place = &root;
    while (Node *node = *place) place = value < node->value ? &node->left : &node->right; // #stop
    *place = new Node{value};
    ++size;
  }
  template <typename F> void walk(const Node *node, F &&visit, int depth = 0) const {
    if (!node) return;
    walk(node->left, visit, depth + 1);
    visit(node->value, depth); // #stop
    walk(node->right, visit, depth + 1);
  }
};

} // namespace

static std::function<int(int)> adder(int by) {
  int scaled = by * 10;
  return [by, scaled](int value) {
    int result = value + by;
    return result + scaled; // #stop
  };
}

__attribute__((noinline)) static int applied(const std::vector<int> &values, const std::function<int(int)> &f) {
  int total = 0;
  for (auto it = values.begin(); it != values.end(); ++it) {
    int mapped = f(*it);
    total += mapped; // #stop
  }
  return total;
}

__attribute__((noinline)) static std::pair<int, int> extremes(const std::vector<int> &values) {
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  int smallest = *low, largest = *high;
  return {smallest, largest}; // #stop
}

__attribute__((noinline)) static std::size_t words(std::string_view text, std::map<std::string_view, int> &counts) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find(' ', at);
    if (end == text.npos) end = text.size();
    std::string_view word = text.substr(at, end - at);
    ++counts[word]; // #stop
    at = end + 1;
    ++found;
  }
  return found;
}

int main() {
  Ring<int, 3> ring;
  for (int i = 1; i < 5; ++i) ring.push(i * i);
  int total = ring.sum();
  double factor = 1.5;
  auto scaled = ring.map([&factor](int item) { return item * factor; });
  int bytes = count_of(1, 2.5, 'c', "four");
  Tree<long> tree;
  for (long value : {5L, 2L, 8L, 1L, Factorial<4>::value}) tree.insert(value);
  long weighted = 0;
  int deepest = 0;
  tree.walk(tree.root, [&](long value, int depth) {
    weighted += value * depth;
    if (depth > deepest) deepest = depth; // #stop
  });
  std::vector<int> values{4, -2, 9, 3};
  auto add = adder(2);
  int sum = applied(values, add);
  auto [low, high] = extremes(values);
  std::map<std::string_view, int> counts;
  std::size_t found = words("to be or not to be", counts);
  std::tuple<int, char, double> tuple{low, 'x', scaled[1]};
  auto product = std::accumulate(values.begin(), values.end(), 1L, [](long a, int b) { return a * b; });
  std::printf("%d %d %ld %d %d %d %zu %ld %g\n", total, bytes, weighted, deepest, sum, high, found, product, // #stop
              std::get<2>(tuple));
  return 0;
}
