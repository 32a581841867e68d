/* argv[1]: fork (default) or vfork. The child runs the same code with breakpoints in it, and must not die of them. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared_code(int value) { // #shared
  return value + 1;                 // #shared_body
}

int main(int argc, char **argv) {
  int use_vfork = argc > 1 && !strcmp(argv[1], "vfork");
  pid_t child = use_vfork ? vfork() : fork(); // #fork
  if (child == 0) _exit(shared_code(4)); // #child
  int status = 0;
  waitpid(child, &status, 0); // #wait
  int mine = shared_code(1);  // #parent
  printf("child %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  return WIFEXITED(status) && WEXITSTATUS(status) == 5 && mine == 2 ? 0 : 1; // #main_return
}
