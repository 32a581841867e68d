/*
 * Signals of every kind, chosen by argv[1]: raise (SIGUSR1 to itself, handled), timer (SIGALRM every millisecond while
 * lines are stepped), segv (a null write, unhandled), fpe, ill, abort, trap (its own int3), ignored, stop (SIGSTOP).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

volatile sig_atomic_t handled;

static void handler(int signal) { // #handler
  (void)signal;
  handled++; // #handler_body
} // #handler_end

static void install(int signal) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(signal, &action, 0);
}

static int steps(int turns) { // #steps
  int sum = 0;                // #steps_body
  for (int i = 0; i < turns; i++) { // #steps_for
    sum += i; // #steps_line
    sum ^= 1; // #steps_next
  }
  return sum; // #steps_return
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "raise";
  if (!strcmp(what, "raise")) {
    install(SIGUSR1);
    raise(SIGUSR1);        // #raise
    return handled - 1;    // #raised
  }
  if (!strcmp(what, "timer")) {
    install(SIGALRM);
    struct itimerval every = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &every, 0);
    int sum = steps(1000); // #timer
    while (!handled) pause();
    return sum == -1; // #timer_end
  }
  if (!strcmp(what, "ignored")) {
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR2); // #ignored
    return 0;
  }
  if (!strcmp(what, "segv")) *(volatile int *)0 = 1; // #segv
  if (!strcmp(what, "fpe")) return 100 / (argc - 2); // #fpe
  if (!strcmp(what, "ill")) __asm__ volatile("ud2"); // #ill
  if (!strcmp(what, "abort")) abort();               // #abort
  if (!strcmp(what, "trap")) __asm__ volatile("int3"); // #trap
  if (!strcmp(what, "stop")) raise(SIGSTOP);         // #stop
  puts("after"); // #after
  return 0;
}
