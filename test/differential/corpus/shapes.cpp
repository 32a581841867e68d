// Classes: virtual, multiple and virtual inheritance, references, static members, member pointers, exceptions.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace geometry {

struct Point {
  double x = 0, y = 0;
  Point operator+(const Point &other) const { return {x + other.x, y + other.y}; }
};

class Shape {
public:
  explicit Shape(Point at) : at_(at), id_(++made_) {}
  virtual ~Shape() { --alive_; }
  virtual double area() const = 0;
  virtual const char *name() const { return "shape"; }
  double weight(double density) const {
    double weight = area() * density;
    return weight; // #stop
  }
  static int made() { return made_; }

protected:
  Point at_;
  int id_;
  static int made_;
  static inline int alive_ = 10;
};

int Shape::made_ = 0;

class Circle : public Shape {
public:
  Circle(Point at, double radius) : Shape(at), radius_(radius) {
    static const double pi = 3.25;
    area_ = pi * radius_ * radius_; // #stop
  }
  double area() const override { return area_; }
  const char *name() const override { return "circle"; }

private:
  double radius_;
  double area_;
};

struct Named {
  explicit Named(const char *label) : label(label) {}
  virtual ~Named() = default;
  virtual int length() const {
    int count = 0;
    for (const char *at = label; *at; ++at) ++count;
    return count; // #stop
  }
  const char *label;
};

class Square final : public Shape, public Named {
public:
  Square(Point at, double side, const char *label) : Shape(at), Named(label), side_{side} {}
  double area() const override { return side_ * side_; }
  int length() const override {
    int own = Named::length();
    return own + id_; // #stop
  }

private:
  double side_;
};

struct Device {
  Device(int port) : port(port) {}
  virtual ~Device() {}
  int port;
};
struct Reader : virtual Device {
  Reader() : Device(1) {}
  int reads = 3;
};
struct Writer : virtual Device {
  Writer() : Device(2) {}
  int writes = 4;
};
struct Both : Reader, Writer {
  Both(int port) : Device(port) {}
  int total() {
    int sum = reads + writes;
    return sum * port; // #stop
  }
};

enum class Unit : unsigned char { Metre, Inch = 5, Mile };

union Bits {
  float number;
  unsigned raw;
};

} // namespace geometry

using namespace geometry;

static double total_area(const std::vector<std::unique_ptr<Shape>> &shapes, double &largest) {
  double total = 0;
  for (const auto &shape : shapes) {
    double area = shape->area();
    if (area > largest) largest = area; // #stop
    total += area;
  }
  return total;
}

__attribute__((noinline)) static Point middle(Point a, Point &&b, Unit unit) {
  Point sum = a + b;
  Point half{sum.x / 2, sum.y / 2};
  if (unit == Unit::Inch) half.x *= 2.5; // #stop
  return half;
}

struct Guard {
  explicit Guard(int &count) : count_(count) { ++count_; }
  ~Guard() { --count_; }
  int &count_;
};

__attribute__((noinline)) static int checked(int value, int &depth) {
  Guard guard(depth);
  if (value > 2) throw std::out_of_range("too large");
  return value * depth; // #stop
}

__attribute__((noinline)) static int attempts(int limit) {
  int depth = 0, good = 0, bad = 0;
  for (int i = 0; i < limit; ++i) {
    try {
      int result = checked(i, depth);
      good += result + 1; // #stop
    } catch (const std::exception &error) {
      const char *text = error.what();
      bad += text[0] == 't'; // #stop
    }
  }
  return good * 100 + bad;
}

int main() {
  std::vector<std::unique_ptr<Shape>> shapes;
  shapes.push_back(std::make_unique<Circle>(Point{1, 2}, 2));
  shapes.push_back(std::make_unique<Square>(Point{3, 4}, 5, "box"));
  double largest = 0;
  double total = total_area(shapes, largest);
  double heavy = shapes[0]->weight(1.5);
  const Square &square = static_cast<const Square &>(*shapes[1]);
  const Named *named = &square;
  int length = named->length();
  Both both(7);
  Device &device = both;
  int sum = both.total();
  Point at = middle({1, 2}, {3, 6}, Unit::Inch);
  double (Shape::*method)() const = &Shape::area;
  double Point::*member = &Point::y;
  Bits bits;
  bits.number = 1.5f;
  int tried = attempts(5);
  std::string text = "a string that is longer than the small buffer";
  std::printf("%g %g %d %d %g %g %d %u %d %zu\n", total, heavy, length, sum, at.x, (square.*method)() + at.*member, // #stop
              device.port, bits.raw, tried, text.size());
  return Shape::made() == 2 ? 0 : 1; // #stop
}
