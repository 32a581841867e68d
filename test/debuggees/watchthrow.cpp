// A frame that an exception leaves while one of its variables is watched; then another call takes its memory.
#include <stdexcept>

volatile int sink;

__attribute__((noinline)) static void thrower(int value) { // #thrower
  volatile int local = value; // #throw_begins
  local = local + 1;          // #throw_written
  if (local > 1) throw std::runtime_error("x"); // #throw
}

__attribute__((noinline)) static int reuse() {
  volatile int other[64];
  for (int i = 0; i < 64; i++) other[i] = i; // #reuse
  return other[3];
}

int main() {
  try {
    thrower(5); // #call_thrower
  } catch (const std::exception &) { // #catch
    sink = 1; // #caught
  }
  sink = reuse();    // #after
  return 0; // #done
}
