/*
 * Uses variables of counter.c's library: `shared_count` is copied into the executable (R_X86_64_COPY) when it is built
 * without -fPIE, `overridden` it defines itself. The plugin is loaded with names of its own.
 */
#include <dlfcn.h>

extern int shared_count;
int overridden = 7;
int count_up(int by);

int main(int argc, char **argv) {
  shared_count = 41; // #main
  int result = count_up(1);
  for (int i = 1; i < argc; i++) {
    void *plugin = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
    int (*run)(int) = plugin ? (int (*)(int))dlsym(plugin, "run_plugin") : 0;
    if (run) result += run(i);
  }
  return result == 0; // #end
}
