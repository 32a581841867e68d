/* A SIGSEGV three calls deep, with a readable faulting address (argv[1], default 0x10). */
#include <stdlib.h>

static int read_it(const volatile int *where) { // #read_it
  return *where;                                // #fault
}

static int through(unsigned long where) {        // #through
  return read_it((const volatile int *)where);   // #through_call
}

int main(int argc, char **argv) {
  unsigned long where = argc > 1 ? strtoul(argv[1], 0, 0) : 0x10;
  int value = through(where); // #main_call
  return value;               // #main_return
}
