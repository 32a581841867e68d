/*
 * A loop that does nothing but count: for conditions that are false, for pausing and for memory seen while it runs.
 * argv[1] is the number of turns; 0 or nothing runs until `finish` is set.
 */
#include <stdlib.h>

volatile int counter;
volatile int finish;

static void turn(void) { // #turn
  counter++;             // #count
}

int main(int argc, char **argv) {
  long turns = argc > 1 ? atol(argv[1]) : 0; // #setup
  for (long i = 0; (turns == 0 || i < turns) && !finish; i++) { // #loop
    turn(); // #call
  }
  return 0; // #done
}
