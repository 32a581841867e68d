/* A library, built with -shared -fPIC. */
int shared_count = 1;
int overridden = 2;
__attribute__((visibility("protected"))) int guarded = 3;
__attribute__((visibility("hidden"))) int hidden = 4;
static int own_count = 5;
int unused_here = 6;

int count_up(int by) {
  shared_count += by;
  overridden += by;
  guarded += by;
  hidden += by;
  own_count += by;
  return shared_count + overridden; // #counted
}
