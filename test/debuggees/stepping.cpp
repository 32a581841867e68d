// C++ constructs for the tables of line pairs: members, virtual calls, lambdas, constructors, statics, range for.
#include <cstdio>
#include <string>
#include <vector>

volatile int sink;

struct Shape {
  virtual ~Shape() = default;
  virtual int area() const = 0;
};

struct Square final : Shape {
  explicit Square(int side) : side(side) { sink = side; } // #constructor
  int area() const override {                             // #area
    return side * side;                                   // #area_body
  }
  int side;
};

static int measure(const Shape &shape) { // #measure
  return shape.area();                   // #virtual
} // #measure_end

static int &once() {     // #once
  static int value = 42; // #static
  return value;          // #once_return
}

int main() {
  Square square(3);                        // #construct
  int total = measure(square);             // #call_measure
  auto add = [&total](int n) {             // #lambda
    total += n;                            // #lambda_body
    return total;                          // #lambda_return
  }; // #lambda_end
  add(4);                                  // #call_lambda
  std::vector<int> numbers{1, 2, 3};       // #vector
  for (int number : numbers) {             // #range_for
    total += number;                       // #range_body
  }
  std::string text = std::to_string(total); // #string
  total += once();                          // #call_once
  std::printf("%s %d\n", text.c_str(), total); // #print
  return 0;                                 // #main_return
}
