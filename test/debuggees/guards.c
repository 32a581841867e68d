/* Programs that give themselves up: argv[1] chooses assert, smash (a stack array overrun), fortify, perror. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void smash(int size) {
  char room[8];
  memset(room, 'x', (size_t)size); // #smash
  __asm__ volatile("" : : "r"(room) : "memory");
}

static void fortify(int size) {
  char room[8];
  memset(room, 'x', (size_t)size);
  puts(room);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "assert")) assert(argc == 1 && "one argument"); // #assert
  if (!strcmp(what, "smash")) smash(64 + argc);
  if (!strcmp(what, "fortify")) fortify(64 + argc);
  return 0;
}
