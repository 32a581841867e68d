/* Replaces itself by argv[1] with the arguments behind it; without one, by /bin/true. argv[1] = -t: from a thread. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char **next;

static void *replace(void *unused) {
  (void)unused;
  execv(next[0], next); // #exec
  perror("execv");
  _exit(9);
}

int main(int argc, char **argv) {
  static char *fallback[] = {"/bin/true", 0};
  int threaded = argc > 1 && !strcmp(argv[1], "-t");
  next = argc > 1 + threaded ? argv + 1 + threaded : fallback; // #main_body
  if (threaded) {
    pthread_t thread;
    pthread_create(&thread, 0, replace, 0);
    pthread_join(thread, 0);
  }
  replace(0);
  return 1;
}
