/* Built with -O2: outer jumps to middle and middle to inner, so neither has a frame when inner runs. */
volatile int sink;

__attribute__((noinline)) int inner(int value) { // #inner
  sink = value;  // #inner_body
  return value * 2;
}

__attribute__((noinline)) int middle(int value) { // #middle
  sink = 1;
  return inner(value + 1); // #middle_tail
}

__attribute__((noinline)) int outer(int value) { // #outer
  sink = 2;
  return middle(value + 1); // #outer_tail
}

int main(int argc, char **argv) {
  (void)argv;
  int result = outer(argc);      // #call_outer
  sink = result;                 // #after
  return result == 6 ? 0 : 1;    // #main_return
}
