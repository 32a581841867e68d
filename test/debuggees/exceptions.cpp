// An exception that leaves two frames, one with a destructor: steps over the throwing call must end in the handler.
#include <cstdio>
#include <stdexcept>

static int destroyed;

struct Guard {
  ~Guard() { destroyed++; } // #destructor
};

static void thrower(int value) { // #thrower
  if (value > 0)                 // #if
    throw std::runtime_error("x"); // #throw
}

static void middle(int value) { // #middle
  Guard guard;
  thrower(value); // #call_thrower
  destroyed = -9; // #not_reached
}

static int catcher(int value) { // #catcher
  try {
    middle(value); // #call_middle
    return 0;      // #no_throw
  } catch (const std::exception &error) { // #catch
    return 1; // #caught
  }
}

int main() {
  int calm = catcher(0);   // #calm
  int thrown = catcher(1); // #thrown
  std::printf("%d %d %d\n", calm, thrown, destroyed);
  return thrown == 1 ? 0 : 1; // #main_return
}
