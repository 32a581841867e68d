#include "index.h"
namespace geometry {
static int hidden = 5;
int &hiddenInB() { return hidden; }
} // namespace geometry
int useA(geometry::Box<int>, geometry::Point::Hash, geometry::Corner);
namespace {
struct Local {
  long b;
};
} // namespace
extern "C" int plain(void) { return 0; }
int main() {
  Alias point{1, 2};
  Local local{3};
  geometry::Point::Axis axis = geometry::Point::VERTICAL;
  return point.doubled() + useA({1}, {2}, geometry::Corner::TOP_RIGHT) + static_cast<int>(local.b) + axis +
         geometry::twice(2L) > 0
             ? plain()
             : 1;
}
