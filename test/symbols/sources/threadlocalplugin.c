/* A library with thread-local variables that is loaded by dlopen. */
_Thread_local int in_plugin = 77;
_Thread_local char large[4096];

int touch(void) {
  large[0] = 1;
  return ++in_plugin;
}
