/* Loaded by dlopen.c: build with -shared -fPIC. */
int plugin_calls;

static int helper(int value) { // #helper
  return value * 3;            // #helper_body
}

int plugin_run(int value) {     // #plugin_run
  plugin_calls++;               // #plugin_body
  return helper(value) + 1;     // #plugin_return
}
