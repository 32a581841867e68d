/* Ways to end: argv[1] is a code for exit, or: abort, kill (SIGKILL to itself), thread (pthread_exit of main first). */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *late(void *unused) {
  (void)unused;
  usleep(20000); // #late
  exit(5);       // #late_exit
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "0"; // #main_body
  if (!strcmp(how, "abort")) abort();         // #abort
  if (!strcmp(how, "kill")) raise(SIGKILL);   // #kill
  if (!strcmp(how, "thread")) {
    pthread_t thread;
    pthread_create(&thread, 0, late, 0);
    pthread_exit(0); // #pthread_exit
  }
  exit(atoi(how)); // #exit
}
