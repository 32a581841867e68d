/*
 * Threads that wait: one holds a mutex and sleeps (holder), one wants it (waiter), one joins the holder (joiner), and one
 * counts (counter) until `finish`. With an argument main leaves first, by pthread_exit.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

volatile int finish;
volatile unsigned long counted;
static volatile int held;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t holder_thread;

static void *holder(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "holder");
  pthread_mutex_lock(&mutex);
  held = 1;
  while (!finish) usleep(20000);
  pthread_mutex_unlock(&mutex);
  return 0;
}

static void *waiter(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "waiter");
  while (!held) usleep(1000);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  return 0;
}

static void *joiner(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "joiner");
  pthread_join(holder_thread, 0);
  return 0;
}

static void *counter(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "counter");
  while (!finish) {
    counted++; // #count
    usleep(1000);
  }
  return 0;
}

static void ready(void) {} // #ready

int main(int argc, char **argv) {
  pthread_t threads[3];
  (void)argv;
  pthread_create(&holder_thread, 0, holder, 0);
  pthread_create(&threads[0], 0, waiter, 0);
  pthread_create(&threads[1], 0, joiner, 0);
  pthread_create(&threads[2], 0, counter, 0);
  usleep(100000);
  ready(); // #call_ready
  if (argc > 1) pthread_exit(0); // #after_ready
  for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
  return 0;
}
