/* Echoes its standard input line by line, says whether it is a terminal and how large, and counts the bytes. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void) {
  struct winsize size = {0};
  if (isatty(0) && ioctl(0, TIOCGWINSZ, &size) == 0) printf("tty %d x %d\n", size.ws_col, size.ws_row);
  else puts("no tty");
  fflush(stdout);
  char text[256];
  size_t total = 0;
  while (fgets(text, sizeof text, stdin)) { // #read
    total += strlen(text);
    printf("got %s", text); // #echo
    fflush(stdout);
  }
  printf("%zu bytes\n", total); // #end
  return 0;
}
