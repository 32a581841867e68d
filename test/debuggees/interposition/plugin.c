/* Loaded with RTLD_LOCAL, twice from files of two names: each has a `plugin_state` of its own. */
int plugin_state = START;

int run_plugin(int by) {
  plugin_state += by;
  return plugin_state; // #plugin
}
