// A lock that another thread gives back only if it runs.
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int held;

static void *holder(void *argument) {
  pthread_mutex_lock(&lock);
  held = 1;
  usleep(20000);
  pthread_mutex_unlock(&lock);
  return argument;
}

int wait_for_lock(int value) {
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  return value + 1;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, holder, NULL);
  while (!held) usleep(100);
  int result = wait_for_lock(1) - 2; // #holding
  pthread_join(thread, NULL);
  return result;
}
