// Calls of the user's own functions through wrappers of the standard library, and lines with several calls.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

int sink;

struct Widget {
  int size;
  explicit Widget(int size) : size(size) { sink += size; } // #widget
  virtual ~Widget() = default;
  virtual int area() const { return size * size; } // #area
};

bool descending(int a, int b) {
  return a > b; // #compare
}

int twice(int x) {
  return 2 * x; // #twice
}

int sum(int a, int b) {
  return a + b; // #sum
}

int total(const Widget &widget, int (*apply)(int)) {
  return sum(twice(widget.size), apply(widget.area())); // #several
}

void plain() {
  std::vector<int> numbers{3, 1, 2}; // #vector
  numbers.push_back(4); // #push
  std::sort(numbers.begin(), numbers.end()); // #plain_sort
  sink += numbers[0]; // #after_sort
}

int main() {
  std::vector<int> numbers{3, 1, 2};
  std::function<int(int)> function = twice; // #make_function
  sink += function(21); // #call_function
  std::sort(numbers.begin(), numbers.end(), descending); // #sort
  auto widget = std::make_unique<Widget>(3); // #make
  sink += std::invoke(sum, 1, 2); // #invoke
  std::for_each(numbers.begin(), numbers.end(), [](int n) { // #each
    sink += n; // #lambda
  });
  plain(); // #plain
  int result = total(*widget, twice); // #total
  std::printf("%d %d\n", sink, result); // #print
  return 0;
}
