// A variable of every kind of type that C has, for the reader of types.
#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

struct incomplete;
struct bits {
  unsigned a : 3;
  unsigned b : 7;
  int c : 13;
  uint64_t d : 40;
  _Bool e : 1;
  unsigned : 4;
  unsigned char f : 5;
  short g;
  unsigned long long h : 63;
};
struct __attribute__((packed)) packed {
  char lead;
  unsigned wide : 17;
  long crossing : 45;
  int tail;
};
struct list {
  struct list *next;
  union {
    int word;
    float real;
    struct {
      char low, high;
    };
  };
  struct {
    int inner;
  } named;
  double flexible[];
};
union either {
  int number : 5;
  long whole;
};
typedef struct {
  int x, y;
} point;
enum color { red, green = 5, blue };
enum negative { minus = -1, plus = 200 };
enum wide { huge = 0x8000000000000001ULL };
enum { first = 1, second = 2 };
typedef int (*compare)(const void *, const void *);
typedef float vector __attribute__((vector_size(16)));

_Bool t_bool;
char t_char;
signed char t_signed_char;
unsigned char t_unsigned_char;
short t_short;
unsigned short t_unsigned_short;
int t_int;
unsigned t_unsigned;
long t_long;
unsigned long t_unsigned_long;
long long t_long_long;
unsigned long long t_unsigned_long_long;
__int128 t_int128;
unsigned __int128 t_unsigned_int128;
float t_float;
double t_double;
long double t_long_double;
wchar_t t_wchar;
size_t t_size;
uint8_t t_uint8;
int *t_pointer;
int **t_pointer2;
void *t_void_pointer;
const char *t_const_char;
const char *const t_const_const;
char *const *volatile t_odd;
volatile int t_volatile;
const volatile unsigned long t_const_volatile;
_Atomic int t_atomic;
int *restrict t_restrict;
char t_array[10];
int t_matrix[2][3][4];
char *t_pointers[10];
int (*t_array_pointer)[5];
const int (*t_const_array_pointer)[5];
const char t_const_array[4];
char *const t_const_pointers[3];
int t_empty[0];
int (*t_function)(int, char);
void (*t_unprototyped)();
int (*t_nullary)(void);
int (*t_functions[4])(const char *, ...);
int (*(*t_nested)(int))(char);
int (*(*t_to_array)(void))[3];
compare t_compare;
vector t_vector;
vector *t_vector_pointer;
struct bits t_bits;
struct packed t_packed;
struct list *t_list;
const struct list *t_const_list;
struct incomplete *t_incomplete;
union either t_either;
point t_point;
struct {
  int only;
} t_anonymous;
enum color t_color;
enum negative t_negative;
enum wide t_wide;

int main(void) { return t_int; }
