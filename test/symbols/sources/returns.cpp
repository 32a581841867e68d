// Functions that return every class of type, filled with the bytes 1, 2, 3…
#include <cstring>

static unsigned char pattern[256];
volatile int sink;

__attribute__((noinline)) void mark() {
  sink = 1;  // #mark
}

#define RETURNS(name, ...)                   \
  __attribute__((noinline)) __VA_ARGS__ name() { \
    __VA_ARGS__ value;                       \
    memcpy((void *)&value, pattern, sizeof value); \
    mark();                                  \
    return value;                            \
  }

struct Bytes3 { char a[3]; };
struct Ints { int a, b; };
struct Longs { long a, b; };
struct Mixed { int a; double b; };
struct MixedBack { double a; int b; };
struct Floats { float a, b, c; };
struct Doubles { double a, b; };
struct FloatInt { float a; int b; };
struct Big { long a, b, c; };
struct Nested { Ints inner; float last; };
struct Bits { unsigned a : 3, b : 13; long c : 40; };
struct __attribute__((packed)) Packed { char a; int b; };
struct __attribute__((packed)) Unaligned { char a; double b; };
union Either { long a; double b; };
struct Ld { long double a; };
struct Derived : Ints { float more; };
struct WithCopy { int a; WithCopy() = default; WithCopy(const WithCopy &other) { memcpy(this, &other, sizeof *this); } };
struct WithMember { WithCopy a; int b; };
struct Pointers { void *a; const char *b; };
typedef float Vector4 __attribute__((vector_size(16)));
struct HasVector { Vector4 a; };
enum Colour { red, green };
typedef long double LongDouble;

RETURNS(a_char, char)
RETURNS(a_short, short)
RETURNS(an_int, int)
RETURNS(a_long, long)
RETURNS(a_wide, __int128)
RETURNS(a_float, float)
RETURNS(a_double, double)
RETURNS(a_long_double, LongDouble)
RETURNS(an_enum, Colour)
RETURNS(a_pointer, void *)
RETURNS(a_vector, Vector4)
RETURNS(a_complex_float, _Complex float)
RETURNS(a_complex_double, _Complex double)
RETURNS(a_complex_long_double, _Complex long double)
RETURNS(bytes3, Bytes3)
RETURNS(ints, Ints)
RETURNS(longs, Longs)
RETURNS(mixed, Mixed)
RETURNS(mixed_back, MixedBack)
RETURNS(floats, Floats)
RETURNS(doubles, Doubles)
RETURNS(float_int, FloatInt)
RETURNS(big, Big)
RETURNS(nested, Nested)
RETURNS(bits, Bits)
RETURNS(packed, Packed)
RETURNS(unaligned, Unaligned)
RETURNS(either, Either)
RETURNS(ld, Ld)
RETURNS(derived, Derived)
RETURNS(with_copy, WithCopy)
RETURNS(with_member, WithMember)
RETURNS(pointers, Pointers)
RETURNS(has_vector, HasVector)

int main() {
  for (int i = 0; i < 256; i++) pattern[i] = (unsigned char)(i + 1);
  a_char(), a_short(), an_int(), a_long(), a_wide(), a_float(), a_double(), a_long_double(), an_enum(), a_pointer();
  a_vector(), a_complex_float(), a_complex_double(), a_complex_long_double();
  bytes3(), ints(), longs(), mixed(), mixed_back(), floats(), doubles(), float_int(), big(), nested(), bits();
  packed(), unaligned(), either(), ld(), derived(), with_copy(), with_member(), pointers(), has_vector();
  return 0;
}
