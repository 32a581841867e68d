/* Prints argv, the environment, the working directory and its ASLR persona as one JSON object. */
#include <stdio.h>
#include <sys/personality.h>
#include <unistd.h>

extern char **environ;

static void string(const char *text) {
  putchar('"');
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\') printf("\\%c", *c);
    else if (*c < 0x20) printf("\\u%04x", *c);
    else putchar(*c);
  }
  putchar('"');
}

static void list(char **items) {
  putchar('[');
  for (char **item = items; *item; item++) {
    if (item != items) putchar(',');
    string(*item);
  }
  putchar(']');
}

int main(int argc, char **argv) {
  char cwd[4096];
  printf("{\"argc\":%d,\"argv\":", argc); // #main_body
  list(argv);
  printf(",\"env\":");
  list(environ);
  printf(",\"cwd\":");
  string(getcwd(cwd, sizeof cwd) ? cwd : "");
  printf(",\"aslr\":%s}\n", personality(0xffffffff) & ADDR_NO_RANDOMIZE ? "false" : "true");
  return 0; // #main_return
}
