/* A longjmp past the frame that a step over or out is waiting for: the step must end where the jump lands. */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf back;
volatile int landed;

static void thrower(int value) { // #thrower
  if (value) longjmp(back, value); // #longjmp
}

static void middle(int value) { // #middle
  thrower(value);               // #call_thrower
  landed = -1;                  // #not_reached
}

int main(void) {
  int value = setjmp(back); // #setjmp
  if (value == 0) { // #check
    middle(7);   // #call_middle
    landed = -2; // #never
  }
  landed = value; // #landed
  printf("%d\n", landed);
  return landed == 7 ? 0 : 1; // #main_return
}
