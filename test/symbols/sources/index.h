// Names that more than one unit defines.
#pragma once
namespace geometry {
inline namespace v2 {
struct Point {
  int x, y;
  static int count;
  static constexpr int limit = 10;
  struct Hash {
    int seed;
  };
  enum Axis { HORIZONTAL, VERTICAL };
  int manhattan() const;
  int doubled() const { return 2 * manhattan(); }
};
} // namespace v2
enum class Corner { TOP_LEFT, TOP_RIGHT };
template <typename T> struct Box {
  T value;
  T get() const { return value; }
};
template <typename T> T twice(T value) { return value + value; }
} // namespace geometry
enum { UNNAMED = 3 };
typedef geometry::Point Alias;
