// Classes declared in functions, two of one name in one function, seen through their base.
struct Shape {
  virtual ~Shape() {}
  virtual int area() const = 0;
};

int use(const Shape &first, const Shape &second, const Shape &third) {
  return first.area() + second.area() + third.area(); // #use
}

namespace shapes {
struct Maker {
  int make(int size) const {
    struct Square : Shape {
      int side = 3;
      int area() const override { return side * side; }
    } square;
    if (size > 0) {
      struct Square : Shape {
        int edge = 4;
        int area() const override { return edge * edge; }
      } other;
      struct Outer {
        struct Inner : Shape {
          int depth = 5;
          int area() const override { return depth; }
        } inner;
      } outer;
      return use(square, other, outer.inner);
    }
    return square.area();
  }
};
} // namespace shapes

int main() { return shapes::Maker().make(1) == 0; }
