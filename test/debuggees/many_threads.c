/* argv[1] threads (default 200): half sleep, half spin, until the debugger sets `finish` or argv[2] seconds pass. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

volatile int finish;
volatile int ready;
volatile unsigned long turns;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static void *sleeper(void *unused) {
  (void)unused;
  __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_lock(&mutex);
  while (!finish) pthread_cond_wait(&wake, &mutex); // #sleep
  pthread_mutex_unlock(&mutex);
  return 0;
}

static void *spinner(void *unused) {
  (void)unused;
  __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
  while (!finish) {
    turns++; // #spin
    usleep(1000);
  }
  return 0;
}

static void all_ready(void) {} // #all_ready

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 200;
  int seconds = argc > 2 ? atoi(argv[2]) : 60;
  pthread_t *threads = calloc(count, sizeof *threads);
  for (int i = 0; i < count; i++) pthread_create(&threads[i], 0, i % 2 ? sleeper : spinner, 0);
  while (ready < count) usleep(1000);
  all_ready(); // #ready
  for (int i = 0; i < seconds * 100 && !finish; i++) usleep(10000);
  pthread_mutex_lock(&mutex);
  finish = 1;
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  return 0; // #main_return
}
