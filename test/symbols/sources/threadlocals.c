/* Thread-local variables of a program, of a thread, and of a library that is loaded later. */
#include <pthread.h>
#include <stdio.h>
#ifdef LOAD
#include <dlfcn.h>
#endif

_Thread_local int mine = 100;
_Thread_local int aligned __attribute__((aligned(64))) = 64;
_Thread_local int zeroed;
volatile int sink;
static int (*touch)(void);

static void *run(void *argument) {
  mine++;
  zeroed = 5;
  sink = mine + aligned; /* #thread */
  if (touch) {
    sink = 1; /* #untouched */
    sink = touch();
    sink = 2; /* #loaded */
  }
  return argument;
}

int main(int argc, char **argv) {
#ifdef LOAD
  void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW) : 0;
  if (!plugin) return 1;
  touch = (int (*)(void))dlsym(plugin, "touch");
#else
  (void)argc;
  (void)argv;
#endif
  pthread_t thread;
  if (pthread_create(&thread, 0, run, 0)) return 2;
  pthread_join(thread, 0);
  printf("%d\n", mine);
  return 0;
}
