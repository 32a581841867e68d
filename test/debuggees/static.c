/* Built with -static (and -static-pie, and by musl-gcc): no loader, no rendezvous, libc inside the program. */
#include <stdio.h>

static int triple(int value) { // #triple
  return value * 3;            // #triple_body
}

int main(void) {
  int value = triple(14); // #call
  printf("%d\n", value);  // #print
  return 0;               // #main_return
}
