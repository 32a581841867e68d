/* Few frames but large ones: a frame of 1 MiB, one from alloca, and one that has no frame pointer at all. */
#include <alloca.h>
#include <string.h>

volatile char sink;

__attribute__((noinline, optimize("omit-frame-pointer"))) static void leaf(char *bytes) { // #leaf
  sink = bytes[0]; // #leaf_body
}

__attribute__((noinline)) static void dynamic(int size) { // #dynamic
  char *bytes = alloca(size);
  memset(bytes, 1, size);
  leaf(bytes); // #dynamic_call
}

__attribute__((noinline)) static void large(void) { // #large
  char bytes[1 << 20];
  memset(bytes, 2, sizeof bytes);
  sink = bytes[100];
  dynamic(4096); // #large_call
  sink = bytes[200]; // #large_after
}

int main(void) {
  large();  // #main_call
  return 0; // #main_return
}
