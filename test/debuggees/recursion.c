/* Deep and plain recursion. argv[1] is the depth (default 10); 50,000 frames fit an 8 MiB stack easily. */
#include <stdlib.h>

volatile int deepest;

static int descend(int depth) { // #descend
  if (depth == 0) {
    deepest = 1; // #bottom
    return 0;
  }
  int below = descend(depth - 1); // #recurse
  return below + 1;               // #after
}

/* Steps over the inner call must not stop in it although it runs the same lines. */
static int factorial(int n) {          // #factorial
  if (n <= 1) return 1;                // #base
  int smaller = factorial(n - 1);      // #inner
  return n * smaller;                  // #product
} // #factorial_end

int main(int argc, char **argv) {
  int depth = argc > 1 ? atoi(argv[1]) : 10; // #main_body
  int total = descend(depth);                // #descend_call
  total += factorial(5);                     // #factorial_call
  return total == depth + 120 ? 0 : 1;       // #main_return
}
