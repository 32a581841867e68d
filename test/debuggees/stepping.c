/* One construct after another for tables of line pairs: from marker, kind of step, to marker. */
#include <stdio.h>
#include <string.h>

volatile int sink;

static int square(int x) { // #square
  int y = x * x;           // #square_body
  return y;                // #square_return
} // #square_end

static int one_line(int x) { return x + 1; } // #one_line

static int choose(int x) { // #choose
  if (x > 2) {             // #if
    sink = 1;              // #then
  } else {
    sink = 2; // #else
  }
  switch (x) { // #switch
  case 1:
    sink = 3; // #case1
    break;    // #break1
  case 2:
    sink = 4; // #case2
    break;
  default:
    sink = 5; // #default
  }
  return sink; // #choose_return
} // #choose_end

static int loops(int turns) { // #loops
  int sum = 0;                // #loops_body
  for (int i = 0; i < turns; // #for
       i++) {                 // #for_step
    sum += i;                 // #for_body
  }
  while (sum > 1) // #while
    sum -= 2;     // #while_body
  return sum;     // #loops_return
} // #loops_end

static int nested(int x) {          // #nested
  return square(one_line(x)) + 1;   // #nested_body
}

static int callback(int (*function)(int), int x) { // #callback
  return function(x);                              // #indirect
}

int main(void) {
  int a = square(3);             // #call_square
  int b = one_line(a);           // #call_one_line
  int c = choose(1);             // #call_choose1
  c += choose(5);                // #call_choose5
  int d = loops(3);              // #call_loops
  int e = nested(2);             // #call_nested
  int f = callback(square, 4);   // #call_callback
  size_t length = strlen("libc"); // #call_libc
  sink = a + b + c + d + e + f + (int)length; // #sum
  printf("%d\n", sink);          // #print
  return 0;                      // #main_return
}
