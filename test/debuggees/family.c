/*
 * Processes that make others, by argv[1]:
 *   fork          a child that calls shared_code and exits with 5
 *   twice         two such children, one after the other
 *   exec FILE …   a child that executes FILE
 *   vfork FILE …  the same by vfork; the child calls shared_code in its parent's memory before
 *   storm FILE …  the same again and again, while four threads call shared_code; their calls are counted
 *   clone         a child that shares memory and not much else: clone(CLONE_VM), and calls shared_code
 *   orphan        a child that outlives its parent by a second, and then writes a line
 *   leaf          exits with 3 after a call of shared_code
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

volatile unsigned long calls;

__attribute__((noinline)) static int shared_code(int value) { // #shared
  __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);            // #shared_body
  return value + 1;
}

static int result(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0); // #wait
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int by_fork(void) {
  pid_t child = fork(); // #fork
  if (child == 0) {
    printf("child\n"); // #in_child
    exit(shared_code(4));
  }
  int code = result(child);
  printf("child exited with %d\n", code); // #in_parent
  return code == 5 ? 0 : 1;
}

static int by_exec(char **next) {
  pid_t child = fork(); // #fork_for_exec
  if (child == 0) {
    execv(next[0], next);
    _exit(9);
  }
  printf("child exited with %d\n", result(child)); // #after_exec
  return 0;
}

__attribute__((noinline)) static int by_vfork(char **next) {
  pid_t child = vfork(); // #vfork
  if (child == 0) {      // #vforked
    shared_code(1);
    execv(next[0], next);
    _exit(9);
  }
  return result(child); // #after_vfork
}

static volatile int finish;

static void *caller(void *unused) {
  unsigned long mine = 0;
  (void)unused;
  while (!finish) mine++, shared_code(1), usleep(100);
  return (void *)mine;
}

static int storm(char **next) {
  pthread_t threads[4];
  unsigned long expected = 20; /* each child's own call */
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, caller, 0);
  for (int i = 0; i < 20; i++) by_vfork(next);
  finish = 1;
  for (int i = 0; i < 4; i++) {
    void *count;
    pthread_join(threads[i], &count);
    expected += (unsigned long)count;
  }
  printf("%lu\n", calls); // #storm_over
  return calls == expected ? 0 : 1;
}

static int in_clone(void *unused) {
  (void)unused;
  for (int i = 0; i < 100; i++) shared_code(i);
  return 6;
}

static int by_clone(void) {
  char *stack = malloc(65536);
  pid_t child = clone(in_clone, stack + 65536, CLONE_VM | SIGCHLD, 0); // #clone
  for (int i = 0; i < 100; i++) shared_code(i);
  int code = result(child);
  printf("%lu calls, child exited with %d\n", calls, code);
  return calls == 200 && code == 6 ? 0 : 1; // #clone_over
}

static int orphan(void) {
  if (fork() == 0) {
    sleep(1);
    printf("orphan\n"); // #orphan
    return 4;
  }
  return 2; // #parent_leaves
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "fork"; // #main_body
  setvbuf(stdout, 0, _IOLBF, 0);
  if (!strcmp(how, "fork")) return by_fork();
  if (!strcmp(how, "twice")) return by_fork() + by_fork();
  if (!strcmp(how, "exec")) return by_exec(argv + 2);
  if (!strcmp(how, "vfork")) return printf("child exited with %d\n", by_vfork(argv + 2)) < 0;
  if (!strcmp(how, "storm")) return storm(argv + 2);
  if (!strcmp(how, "clone")) return by_clone();
  if (!strcmp(how, "orphan")) return orphan();
  shared_code(2);
  return 3; // #leaf
}
