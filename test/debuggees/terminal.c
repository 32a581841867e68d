/*
 * Says how it is connected to its terminal and what of the environment it sees, then echoes lines until the end of its
 * input. SIGINT is handled unless argv[1] is "default"; a SIGWINCH makes it say the size again.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

volatile sig_atomic_t interrupts;
int lines;

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) _exit(9);
}

static void interrupted(int signal) { // #interrupted
  (void)signal;
  interrupts++;        // #count_interrupt
  say("interrupted\n"); // #say_interrupted
}

static void resized(int signal) {
  (void)signal;
  struct winsize size = {0};
  char text[64];
  ioctl(1, TIOCGWINSZ, &size);
  snprintf(text, sizeof text, "resized to %dx%d\n", size.ws_col, size.ws_row);
  say(text);
}

static void install(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(signal, &action, 0);
}

static void introduce(void) { // #introduce
  struct winsize size = {0};
  ioctl(0, TIOCGWINSZ, &size);
  const char *changed = getenv("CHANGED"), *unset = getenv("HOME"), *inherited = getenv("INHERITED");
  printf("tty %d%d%d foreground %d leader %d size %dx%d\n", isatty(0), isatty(1), isatty(2), tcgetpgrp(0) == getpgrp(),
         getpgrp() == getpid(), size.ws_col, size.ws_row);
  printf("CHANGED=%s HOME=%s INHERITED=%s\n", changed ? changed : "(none)", unset ? unset : "(none)",
         inherited ? inherited : "(none)");
  printf("main %p stack %p libc %p\n", (void *)introduce, (void *)&size, (void *)printf);
  fflush(stdout);
}

int main(int argc, char **argv) {
  char text[256];
  if (argc < 2 || strcmp(argv[1], "default")) install(SIGINT, interrupted); // #main_body
  install(SIGWINCH, resized);
  introduce();
  say("reading\n"); // #reading
  while (fgets(text, sizeof text, stdin)) {
    lines++; // #line
    printf("line %d: %s", lines, text);
    fflush(stdout); // #said
  }
  printf("end after %d lines\n", lines); // #end
  return 7;
}
