// Entries of every kind of constant and reference, for the readers of debugging information.
#include <cstdint>

namespace outer {
inline namespace v1 {
enum class Big : std::uint64_t { low = 1, high = 0xffffffffffffffffu, middle = 0x8000000000000001u };
enum class Negative : std::int64_t { one = -1, lowest = INT64_MIN, odd = -0x123456789abcdefLL };
enum Small : signed char { minus = -5, plus = 100 };
} // namespace v1

template <std::uint64_t N, std::int64_t M, typename T> struct Values {
  static constexpr std::uint64_t wide = N;
  static constexpr T negative = static_cast<T>(-3);
  T items[N & 7];
  unsigned bits : 3;
  int more : 7;
};

struct Base {
  virtual ~Base();
  virtual int id() const;
};
struct Derived : virtual Base {
  int id() const override;
  union {
    int word;
    float real;
  };
};
Base::~Base() {}
int Base::id() const { return 1; }
int Derived::id() const { return word; }
} // namespace outer

static __int128 wide = (static_cast<__int128>(-7) << 70);
outer::Values<0xfedcba9876543213u, -0x7edcba9876543211LL, short> values;
static outer::Big big = outer::Big::high;
static outer::Negative negative = outer::Negative::odd;
thread_local int perThread = 4;

static inline int twice(int n) {
  int doubled = n * 2;
  for (int i = 0; i < n; i++) {
    int local = doubled + i;
    doubled += local % 3;
  }
  return doubled;
}

int work(int argument, const char *text) {
  const std::int64_t constant = -5000000000;
  outer::Derived derived;
  derived.word = argument;
  auto lambda = [&](int x) { return x + argument + static_cast<int>(constant); };
  return twice(argument) + lambda(derived.id()) + text[0] + static_cast<int>(wide >> 72);
}

int main(int argc, char **argv) {
  perThread += argc;
  values.items[0] = static_cast<short>(static_cast<int>(big) + static_cast<int>(negative) + perThread);
  return work(argc, argv[0]) + values.items[0];
}
