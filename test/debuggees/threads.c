/* argv[1] threads (default 4), named worker-N, that meet at a barrier twice and count in between. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_barrier_t barrier;
volatile int started;
volatile int stop_spinning;
static int results[256];

static void bump(int index) { // #bump
  __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
  results[index] = index + 1; // #bump_body
}

static void *worker(void *argument) { // #worker
  int index = (int)(long)argument;
  char name[16];
  snprintf(name, sizeof name, "worker-%d", index);
  pthread_setname_np(pthread_self(), name); // #named
  pthread_barrier_wait(&barrier);
  bump(index); // #between
  pthread_barrier_wait(&barrier);
  return 0; // #worker_end
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 4;
  pthread_t threads[256];
  pthread_barrier_init(&barrier, 0, count + 1);
  for (int i = 0; i < count; i++) pthread_create(&threads[i], 0, worker, (void *)(long)i); // #create
  pthread_barrier_wait(&barrier); // #main_first
  pthread_barrier_wait(&barrier); // #main_second
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  int sum = 0;
  for (int i = 0; i < count; i++) sum += results[i]; // #joined
  printf("%d\n", sum);
  return sum == count * (count + 1) / 2 ? 0 : 1; // #main_return
}
