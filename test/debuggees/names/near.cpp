// A unit that knows little: what it uses is declared here and defined in far.cpp.
struct Opaque;
Opaque *make_opaque(int value);
int far_sum(int limit);

static int near_steps(Opaque *opaque) {
  int total = 0;
  for (int i = 0; i < 5; i++) {
    total += far_sum(i); // #step
  }
  return opaque ? total : 0; // #after
}

int main() {
  Opaque *opaque = make_opaque(7);
  return near_steps(opaque) == 0; // #main
}
