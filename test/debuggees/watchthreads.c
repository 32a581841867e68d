/*
 * argv[1] threads, each of which adds one to `total` and says who it was; then a forked child that writes as well, and
 * exits with 3 when it survived.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

volatile int total;
volatile int forked;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *unused) {
  (void)unused;
  pthread_mutex_lock(&mutex);
  total++; // #add
  pthread_mutex_unlock(&mutex);
  return 0; // #worker_end
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 4; // #begin
  pthread_t threads[256];
  for (int i = 0; i < count; i++) pthread_create(&threads[i], 0, worker, 0); // #create
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  pid_t child = fork(); // #fork
  if (child == 0) {
    total += 1000;
    _exit(total == count + 1000 ? 3 : 4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  forked = WIFEXITED(status) ? WEXITSTATUS(status) : -1; // #forked
  printf("%d %d\n", total, forked);
  return total == count && forked == 3 ? 0 : 1; // #main_return
}
