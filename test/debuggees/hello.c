/* The smallest program with a bit of everything: a call, a loop, globals, a static function, two returns. */
#include <stdio.h>

int counter = 0;          /* bumped once per turn of the loop */
const char *greeting = "hello";
static int table[4] = {1, 2, 3, 4};

static int add(int a, int b) { // #add
  int sum = a + b;             // #add_body
  return sum;                  // #add_return
}

int work(int turns) {               // #work
  int total = 0;                    // #work_body
  for (int i = 0; i < turns; i++) { // #loop
    total = add(total, table[i % 4]); // #call
    counter++;                        // #bump
  }
  return total; // #work_return
}

int main(void) {                     // #main
  int result = work(5);              // #main_body
  printf("%s %d\n", greeting, result); // #print
  return 0;                          // #main_return
}
