// C++ objects of every kind for expressions, and member functions to be called.
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace geo {
struct Point {
  int x, y;
  int sum() const { return x + y; }
  Point moved(int dx, int dy) const { return Point{x + dx, y + dy}; }
  static int made;
  static int count() { return made; }
};
int Point::made = 3;
enum class Color : unsigned char { Red, Green = 5 };
enum Plain { One = 1, Two };
int level = 9;
template <typename T> T twice(T value) { return value + value; }
template <typename T> struct Box {
  T content;
  T get() const { return content; }
};
} // namespace geo

struct Shape {
  int id = 1;
  virtual ~Shape() = default;
  virtual int area() const { return 0; }
  int plain() const { return id * 10; }
};
struct Named {
  std::string name = "named";
  long tag = 5;
  virtual ~Named() = default;
  virtual int rank() const { return 1; }
};
struct Square : Shape, Named {
  int side = 4;
  int area() const override { return side * side; }
  int rank() const override { return 2 + side; }
};
struct Top {
  int top = 11;
  virtual ~Top() = default;
};
struct Left : virtual Top {
  int left = 12;
};
struct Right : virtual Top {
  int right = 13;
};
struct Bottom : Left, Right {
  int bottom = 14;
};

int overloaded(int a) { return a; }
int overloaded(double a) { return static_cast<int>(a) + 100; }
int overloaded(const char *text) { return text[0]; }
int overloaded(int a, int b) { return a + b + 1000; }
int length(const std::string &text) { return static_cast<int>(text.size()); }
std::string greet(const char *who) { return std::string("hello, ") + who; }
void increment(int &value) { value++; }
int &element(std::vector<int> &v, int i) { return v[i]; }
int thrower(int value) {
  if (value > 0) throw std::runtime_error("too much");
  return value;
}
int catcher(int value) {
  try {
    return thrower(value);
  } catch (const std::exception &) {
    return -1;
  }
}

struct Counter {
  int value = 7;
  int add(int by) {
    int local = by + 1;
    value += by; // #member
    return value + local;
  }
};

int main() {
  geo::Point point{3, 4};
  geo::Point &reference = point;
  geo::Point *pointer = &point;
  geo::Color color = geo::Color::Green;
  geo::Plain plain = geo::Two;
  geo::Box<int> boxed{21};
  geo::Box<geo::Point> nested{{5, 6}};
  Square square;
  Shape *shape = &square;
  Named *named = &square;
  Bottom bottom;
  Top *top = &bottom;
  std::vector<int> numbers{10, 20, 30};
  std::string word = "bob";
  std::map<std::string, int> ages{{"ann", 3}, {"bob", 5}};
  std::unique_ptr<geo::Point> owned = std::make_unique<geo::Point>(geo::Point{7, 8});
  std::shared_ptr<geo::Point> shared = std::make_shared<geo::Point>(geo::Point{9, 10});
  std::optional<geo::Point> maybe = geo::Point{1, 2};
  std::unique_ptr<geo::Point> empty;
  int geo::Point::*member = &geo::Point::y;
  int value = 5;
  int &alias = value;
  Counter counter;
  counter.add(2);
  geo::twice(1), geo::twice(1.5), geo::Point::count(), point.moved(0, 0), boxed.get(), nested.get();
  printf("%d %d %d\n", shape->area() + named->rank(), top->top, overloaded(1)); // #here
  printf("%d %zu\n", catcher(0) + overloaded(1.0) + overloaded("") + overloaded(1, 2) + length(word), greet("x").size());
  increment(value);
  element(numbers, 0)++;
  return shape->plain() + point.sum() + alias + (color == geo::Color::Red) + plain + reference.x + pointer->y + point.*member +
         maybe->x + (empty ? 1 : 0) + owned->x + shared->x + geo::level + static_cast<int>(ages.size());
}
