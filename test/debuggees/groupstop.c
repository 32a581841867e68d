/*
 * Stops itself as a job does, or waits to be stopped. argv[1]: raise (SIGSTOP to itself, then goes on), count (two
 * threads that count for ever; SIGCONT is handled and counted).
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

volatile int turns;
volatile int other_turns;
volatile sig_atomic_t continued;

static void count_continue(int signal) {
  (void)signal;
  continued++; // #continued
}

static void *other(void *unused) {
  for (;;) {
    other_turns++; // #other
    usleep(1000);
  }
  return unused;
}

int main(int argc, char **argv) {
  signal(SIGCONT, count_continue);
  if (argc > 1 && !strcmp(argv[1], "raise")) {
    puts("stopping");
    fflush(stdout);
    raise(SIGSTOP); // #raise
    puts("going on"); // #raised
    return continued == 1 ? 0 : 1;
  }
  pthread_t thread;
  pthread_create(&thread, 0, other, 0);
  puts("counting");
  fflush(stdout);
  for (;;) { // #loop
    turns++; // #count
    usleep(1000);
  }
}
