// Polymorphic objects seen through their bases, for dynamic types.
namespace ns {
struct Root {
  virtual ~Root() {}
  int root = 1;
};
struct Other {
  virtual int other() { return 2; }
  int value = 2;
};
struct Left : virtual Root {
  int left = 3;
};
struct Right : virtual Root {
  int right = 4;
};
template <typename T> struct Bottom : Other, Left, Right {
  T bottom = 5;
};
struct Empty : virtual Root {};
} // namespace ns

ns::Bottom<long> bottom;
ns::Empty empty;
ns::Root *as_root = &bottom;
ns::Other *as_other = &bottom;
ns::Right *as_right = &bottom;
ns::Root *as_empty = &empty;
ns::Root plain;
ns::Root *as_plain = &plain;

int main() { return 0; }
