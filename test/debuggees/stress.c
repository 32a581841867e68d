/*
 * argv[1] threads (default 500) that each do some of everything for argv[2] seconds (default 60): call a function, sleep,
 * send signals to one another, take a mutex; and one that makes processes and waits for them. Ends with 0 when nothing
 * went wrong on the way.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile int finish;
volatile unsigned long calls, signals, children, wrong;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t *threads;
static int count;

static void handler(int number) {
  (void)number;
  __atomic_add_fetch(&signals, 1, __ATOMIC_SEQ_CST); // #handler
}

__attribute__((noinline)) static int work(int value) { // #work
  __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);     // #counted
  return value + 1;                                    // #result
}

static void *worker(void *argument) {
  unsigned seed = (unsigned)(long)argument;
  while (!finish) {
    struct timespec nap = {0, 1000000 + rand_r(&seed) % 50000000};
    int value = rand_r(&seed);
    if (work(value) != value + 1) __atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
    switch (value % 4) {
    case 0:
      pthread_kill(threads[rand_r(&seed) % count], SIGUSR1);
      break;
    case 1:
      pthread_mutex_lock(&mutex);
      pthread_mutex_unlock(&mutex); // #locked
      break;
    default:
      nanosleep(&nap, 0); // #nap
    }
  }
  return 0;
}

static void *maker(void *unused) {
  (void)unused;
  while (!finish) {
    int status = -1;
    pid_t child = children % 2 ? fork() : vfork();
    if (child == 0) _exit(work(6));
    while (waitpid(child, &status, 0) < 0) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) __atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
    children++;
    usleep(20000);
  }
  return 0;
}

int main(int argc, char **argv) {
  pthread_t last;
  int seconds = argc > 2 ? atoi(argv[2]) : 60;
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, 0);
  count = argc > 1 ? atoi(argv[1]) : 500;
  threads = calloc(count, sizeof *threads);
  threads[0] = pthread_self();
  for (int i = 1; i < count; i++) threads[i] = threads[0];
  for (int i = 1; i < count; i++) {
    pthread_t thread;
    pthread_create(&thread, 0, worker, (void *)(long)i);
    threads[i] = thread;
  }
  pthread_create(&last, 0, maker, 0);
  for (int i = 0; i < seconds * 100 && !finish; i++) usleep(10000); // #main_wait
  finish = 1;
  for (int i = 1; i < count; i++) pthread_join(threads[i], 0);
  pthread_join(last, 0);
  return wrong == 0 ? 0 : 1; // #main_return
}
