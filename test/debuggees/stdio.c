/*
 * What a console must carry unharmed. argv[1]: mixed (stdout and stderr in turns, unbuffered), bytes (all 256 values),
 * tail (no newline at the end), flood (argv[2] lines), utf8 (a character written in two halves).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(int descriptor, const char *text) {
  if (write(descriptor, text, strlen(text)) < 0) _exit(9);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "mixed";
  if (!strcmp(what, "mixed")) {
    for (int i = 0; i < 5; i++) { // #mixed
      char line[32];
      snprintf(line, sizeof line, "out %d\n", i);
      say(1, line);
      snprintf(line, sizeof line, "err %d\n", i);
      say(2, line); // #mixed_err
    }
  } else if (!strcmp(what, "bytes")) {
    unsigned char all[256];
    for (int i = 0; i < 256; i++) all[i] = (unsigned char)i;
    if (write(1, all, sizeof all) != sizeof all) return 9; // #bytes
  } else if (!strcmp(what, "tail")) {
    say(1, "no newline at the end"); // #tail
  } else if (!strcmp(what, "flood")) {
    long lines = argc > 2 ? atol(argv[2]) : 100000;
    for (long i = 0; i < lines; i++) printf("line %ld\n", i); // #flood
  } else if (!strcmp(what, "utf8")) {
    say(1, "gr\xc3"); // #half
    usleep(50000);
    say(1, "\xbc\xc3\x9f\n"); // #rest
  }
  return 0; // #main_return
}
