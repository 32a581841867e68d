#include "index.h"
namespace geometry {
int Point::count = 1;
int Point::manhattan() const { return x + y; }
static int hidden = 2;
int &hiddenInA() { return hidden; }
} // namespace geometry
namespace {
struct Local {
  int a;
};
int anonymousCounter = 4;
} // namespace
int useA(geometry::Box<int> box, geometry::Point::Hash hash, geometry::Corner corner) {
  Local local{anonymousCounter};
  geometry::Box<geometry::Box<char> > nested{{'c'}};
  return geometry::twice(box.get()) + hash.seed + static_cast<int>(corner) + local.a + nested.get().get() + UNNAMED;
}
