/* Loads the plugin named by argv[1] into namespaces of its own, so that one file is mapped three times. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

void done(void) {} /* all copies are loaded here */

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  for (int i = 0; i < 2; i++) {
    if (!dlmopen(LM_ID_NEWLM, argv[1], RTLD_NOW)) {
      fprintf(stderr, "%s\n", dlerror());
      return 3;
    }
  }
  if (!dlopen(argv[1], RTLD_NOW)) return 4;
  done();
  return 0;
}
