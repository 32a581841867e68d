// Names that are hard to take apart: operators, lambdas, local classes, conversions, templates with return types.
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

volatile int sink;

#define KEEP __attribute__((noinline, used))

namespace outer {
struct Point {
  int x;
  KEEP explicit Point(int value) : x(value) { sink = value; }
  KEEP ~Point() { sink = x; }
  KEEP int get() const { return x; }
  KEEP bool operator<(const Point &other) const { return x < other.x; }
  KEEP Point &operator<<(int by) {
    x <<= by;
    return *this;
  }
  KEEP int operator()(int a, int b) const { return a + b + x; }
  KEEP int operator[](int i) const { return x + i; }
  KEEP operator std::vector<int>() const { return std::vector<int>(x); }
  KEEP operator bool() const { return x != 0; }
  KEEP Point *operator->() { return this; }
  KEEP void *operator new(std::size_t size) { return ::operator new(size); }
  KEEP void operator delete(void *memory) { ::operator delete(memory); }
};

template <typename T> struct Box {
  T value;
  KEEP T method() const { return value; }
  template <typename U> KEEP U convert(U other) const { return other; }
};

namespace {
KEEP int hidden(int a) { return a + sink; }
} // namespace

KEEP std::string text(int a) { return std::string(a, '!'); }
} // namespace outer

KEEP int overloaded(int a) { return a; }
KEEP int overloaded(const char *a) { return a[0]; }

template <int N> KEEP auto callback(int) -> void (*)(char) { return nullptr; }
template <bool B> struct Compare {};
template <typename T> KEEP Compare<(sizeof(T) > 4)> compare(T) { return {}; }
template <typename T> KEEP decltype(T() + 1) typed(T a) { return a + 1; }

KEEP int around(int a) {
  struct Local {
    KEEP int run(int b) const { return b + 1; }
  };
  return Local().run(a);
}

struct Base {
  virtual KEEP int go() { return 1; }
  virtual ~Base() {}
};
struct Other {
  virtual KEEP int come() { return 2; }
  virtual ~Other() {}
};
struct Both : Base, Other {
  KEEP int come() override { return 3; }
};

KEEP int operator""_twice(unsigned long long a) { return (int)a * 2; }

int main() {
  outer::Point *p = new outer::Point(4);
  sink = p->get() + (*p < *p) + (*p)(1, 2) + (*p)[3] + (bool)*p + p->operator->()->x;
  *p << 2;
  sink = (int)static_cast<std::vector<int>>(*p).size();
  delete p;
  outer::Box<std::string> box{"b"};
  sink = (int)box.method().size() + box.convert<double>(1.5);
  sink = outer::hidden(3) + (int)outer::text(3).size();
  sink = overloaded(1) + overloaded("1") + around(2) + typed(3) + 21_twice;
  callback<3>(1);
  compare(1);
  compare(1.0);
  std::function<int(int)> lambda = [](int a) KEEP { return a + sink; };
  sink = lambda(3);
  Both both;
  Other *other = &both;
  sink = other->come();
  std::puts("done");
  return 0;
}
