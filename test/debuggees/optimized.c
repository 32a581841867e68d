/* Code that an optimizer has been over: arguments split into registers, constants, what is gone. */
#include <stdio.h>

struct pair {
  long a, b;
};

__attribute__((noinline)) static long work(struct pair p, int n, const char *s) {
  struct pair q = {p.a + n, p.b};
  long constant = n * 3;
  long total = 0;
  for (int i = 0; i < n; i++) total += q.a * i + s[i % 3]; // #loop
  return total;                                             // #end
}

int main(int argc, char **argv) {
  struct pair p = {argc, 7};
  long result = work(p, argc + 4, argv[0]);
  printf("%ld\n", result);
  return 0;
}
