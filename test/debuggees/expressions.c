// Data of every kind for expressions, and functions to be called from them.
#include <complex.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum color { RED, GREEN = 5, BLUE };
enum flags { READ = 1, WRITE = 2, EXEC = 4 };

struct point {
  int x, y;
};

struct rect {
  struct point from, to;
  const char *name;
};

struct bits {
  unsigned a : 3;
  int b : 5;
  unsigned long long wide : 40;
  bool flag : 1;
};

union number {
  int32_t i;
  float f;
  unsigned char bytes[4];
};

struct node {
  int value;
  struct node *next;
  struct {
    int inner;
    union {
      short low;
      long whole;
    };
  };
};

struct small {
  double d;
  int i;
};

struct large {
  long a[5];
  double d;
};

typedef struct rect rect_t;
typedef int (*binary)(int, int);
typedef float vec4 __attribute__((vector_size(16)));

static int hidden = 77;
int counter = 42;
unsigned char byte = 200;
signed char negative = -5;
short little = -300;
unsigned int big = 4000000000u;
long long huge = -9000000000000000000LL;
__int128 enormous = ((__int128)1 << 100) + 7;
float ratio = 1.5f;
double precise = 3.141592653589793;
long double extended = 2.25L;
double complex point_on_plane = 1.5 - 2.5 * I;
bool yes = true;
char letter = 'A';
enum color paint = GREEN;
enum flags rights = READ | EXEC;
char text[16] = "hello";
const char *pointer_to_text = "world";
int table[10] = {0, 1, 4, 9, 16, 25, 36, 49, 64, 81};
int grid[2][3] = {{1, 2, 3}, {4, 5, 6}};
struct rect box = {{1, 2}, {30, 40}, "box"};
struct rect *boxp = &box;
struct bits packed = {5, -3, 0x123456789aULL, true};
union number either = {.f = 1.0f};
struct node second = {2, NULL, {7, {.whole = 99}}};
struct node first = {1, &second, {3, {.low = 4}}};
struct large wide = {{10, 20, 30, 40, 50}, 1.25};
struct small little_one = {0.5, 7};
vec4 lanes = {1, 2, 3, 4};
void *untyped = &table[3];
int *middle = &table[4];
char *nothing = NULL;

static int add(int a, int b) { return a + b; }
binary operation = add;

int calls;
int count_calls(void) { return ++calls; }
double scale(double value, float factor) { return value * factor; }
long double lengthen(long double value) { return value * 2; }
struct point mirror(struct point p) { return (struct point){p.y, p.x}; }
struct small enlarge(struct small s, int by) { return (struct small){s.d + by, s.i + by}; }
struct large spread(struct large l) {
  for (int i = 0; i < 5; i++) l.a[i] += i;
  l.d *= 2;
  return l;
}
long many(int a, long b, short c, char d, int e, long f, int g, long h, double i, float j) {
  return a + b + c + d + e + f + 10 * g + 100 * h + (long)i + (long)j;
}
int total(int count, ...) {
  va_list list;
  va_start(list, count);
  int sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(list, int);
  va_end(list);
  return sum;
}
double total_of_doubles(int count, ...) {
  va_list list;
  va_start(list, count);
  double sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(list, double);
  va_end(list);
  return sum;
}
unsigned char shorten(unsigned char a) { return (unsigned char)(a + 1); }
bool negate(bool b) { return !b; }
enum color next_color(enum color c) { return c == RED ? GREEN : BLUE; }
const char *name_of(struct rect *r) { return r->name; }
void set(int *where, int what) { *where = what; }
double complex conjugate(double complex z) { return conj(z); }
int crash(int *p) { return *p; }
int stopped_inside(int n) {
  return n * 2; // #inside
}
int endless(void) {
  for (;;) usleep(1000);
}
void leave(int code) { _exit(code); }

int work(int argument, const char *label) {
  int local = argument * 2;
  int sized[argument];
  struct point here = {argument, local};
  for (int i = 0; i < argument; i++) sized[i] = i * i;
  {
    int local = 5;
    here.x += local;
    hidden += sized[2] + local; // #here
  }
  return local + here.x + (int)strlen(label);
}

int main(void) {
  int result = work(4, "label");
  printf("%d %d %g %Lg %d\n", result, total(2, 1, 2), total_of_doubles(1, 2.0) + scale(1, 2), lengthen(1), shorten(1));
  if (getenv("NEVER")) {
    mirror(box.from);
    enlarge((struct small){1, 2}, 1);
    spread((struct large){{0}, 0});
    many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    negate(1), next_color(0), name_of(&box), set(&counter, 1), conjugate(1), crash(0), stopped_inside(1), endless();
    count_calls(), leave(0), operation(1, 2);
  }
  return 0;
}
