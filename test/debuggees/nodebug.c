/* A library for caller.c: build with -shared -fPIC and without -g, so that it has no lines. */
int doubled(int (*callback)(int), int value) {
  return 2 * (callback ? callback(value) : value);
}
