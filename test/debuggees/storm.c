/* argv[1] threads (default 8) call one function without pause for argv[2] seconds (default 30) or until `finish`. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

volatile int finish;
volatile unsigned long passes;
volatile unsigned long turns; /* not exact: nobody takes turns */

__attribute__((noinline)) static void pass(unsigned long *mine) { // #pass
  turns++;
  (*mine)++; // #counted
}

static void *runner(void *unused) {
  unsigned long mine = 0;
  (void)unused;
  while (!finish) pass(&mine);
  __atomic_add_fetch(&passes, mine, __ATOMIC_SEQ_CST);
  return 0;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 8;
  int seconds = argc > 2 ? atoi(argv[2]) : 30;
  pthread_t threads[256];
  struct timespec tick = {0, 10000000};
  for (int i = 0; i < count; i++) pthread_create(&threads[i], 0, runner, 0);
  for (int i = 0; i < seconds * 100 && !finish; i++) nanosleep(&tick, 0); // #wait
  finish = 1;
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  return passes > 0 ? 0 : 1; // #main_return
}
