/* Loads the plugin named by argv[1], runs it, unloads it, and does it all once more. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int total = 0;
  for (int round = 0; round < 2; round++) {
    void *plugin = dlopen(argv[1], RTLD_NOW); // #dlopen
    if (!plugin) {
      fprintf(stderr, "%s\n", dlerror());
      return 3;
    }
    int (*run)(int) = (int (*)(int))dlsym(plugin, "plugin_run"); // #loaded
    total += run(round);                                         // #run
    dlclose(plugin);                                             // #dlclose
    total += 100;                                                // #unloaded
  }
  printf("%d\n", total);
  return total == 205 ? 0 : 1; // #main_return
}
