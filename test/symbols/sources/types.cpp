// A variable of every kind of type that C++ has, for the reader of types.
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ns {
enum class Scoped : unsigned char { low, high = 200 };
enum Plain { one, two };
struct Flags {
  enum Bits : unsigned { read = 1, write = 2, both = 12 };
  Bits bits;
};
typedef unsigned long number;
using alias = const number &;
namespace {
struct Hidden {
  int value;
};
} // namespace
inline namespace v1 {
struct Versioned {
  int value;
};
} // namespace v1

struct Outer {
  struct Inner {
    int x;
  };
  typedef Inner nested;
  static int counter;
  static const int limit = 7;
  Inner inner;
  nested *more;
  int method(int) const;
  static Outer make(double);
  bool operator<(const Outer &) const;

protected:
  int guarded;

private:
  int hidden;
};
int Outer::counter = 1;
int Outer::method(int n) const { return n + hidden; }
Outer Outer::make(double) { return Outer(); }
bool Outer::operator<(const Outer &other) const { return guarded < other.guarded; }

template <typename T, int N, bool B, Scoped S, unsigned long L> struct Values {
  T items[N];
  T *next;
};
template <typename... Types> struct Pack {
  int size;
};
template <template <typename> class C> struct Holder {
  C<int> held;
};
template <typename T> struct Box {
  T value;
};
} // namespace ns

struct Root {
  virtual ~Root();
  virtual int id(int);
  int root;
};
struct Left : virtual Root {
  int left;
};
struct Right : virtual Root {
  int id(int) override;
  int right;
};
struct Plain {
  short plain;
};
struct Diamond : Left, Right, Plain {
  int bottom;
};
Root::~Root() {}
int Root::id(int n) { return n; }
int Right::id(int n) { return n + right; }

struct Bits {
  int a : 3;
  unsigned long long b : 40;
  bool c : 1;
  ns::Scoped d : 4;
};
union Union {
  int word;
  struct {
    char low;
    char rest[3];
  };
};

Diamond t_diamond;
Root *t_root = &t_diamond;
Bits t_bits;
Union t_union;
ns::Scoped t_scoped;
ns::Plain t_plain;
ns::Flags t_flags;
ns::number t_number;
ns::alias t_alias = t_number;
ns::Hidden t_hidden;
ns::Versioned t_versioned;
ns::Outer t_outer;
ns::Outer::Inner t_inner;
ns::Outer::nested t_nested;
const ns::Outer *t_const;
ns::Outer &t_reference = t_outer;
ns::Outer &&t_rvalue = ns::Outer();
int ns::Outer::Inner::*t_member = &ns::Outer::Inner::x;
int (Root::*t_method)(int) = &Root::id;
void (*t_function)(int &, const ns::Outer &);
int *__restrict t_restrict;
ns::Values<unsigned long, 3, true, ns::Scoped::high, 77> t_values;
ns::Pack<int, char *, const long long *, ns::Outer &, short[3]> t_pack;
ns::Box<ns::Box<const ns::Outer *>> t_box;
ns::Holder<ns::Box> t_holder;
char16_t t_char16;
char32_t t_char32;
wchar_t t_wchar;
bool t_bool;
const char *const t_names[] = {"a", "b"};
struct {
  int only;
} t_anonymous;
std::string t_string;
std::vector<unsigned long> t_vector;
std::map<int, std::string> t_map;
std::shared_ptr<ns::Outer> t_shared;
std::unique_ptr<Root> t_unique;

int main(int argc, char **) { return t_outer.method(argc) + ns::Outer::make(1).inner.x; }
