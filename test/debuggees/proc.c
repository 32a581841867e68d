/* Open files of many kinds, a thread with a stack of its own, the heap: for what /proc tells. It says "ready". */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

volatile long counter; /* static storage */
static const char text[] = "constant";
char *heap_block, *shared_block;
volatile int *thread_local_place, *main_place;
const char *text_place = text;
int fds[8], port;

static void *worker(void *unused) {
  volatile int mine = 7; // #mine
  prctl(PR_SET_NAME, "worker");
  thread_local_place = &mine;
  for (;;) {
    counter++;
    usleep(1000); // #tick
  }
  return unused;
}

int main(int argc, char **argv) {
  volatile int here = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  struct epoll_event event = {.events = EPOLLIN};
  socklen_t size = sizeof address;
  pthread_t thread;
  (void)argv;
  main_place = &here;
  heap_block = malloc(100);
  shared_block = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pipe(fds)) return 1;
  fds[2] = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(fds[2], (struct sockaddr *)&address, size) || listen(fds[2], 1)) return 2;
  getsockname(fds[2], (struct sockaddr *)&address, &size);
  port = ntohs(address.sin_port);
  fds[3] = eventfd(5, EFD_NONBLOCK);
  fds[4] = epoll_create1(EPOLL_CLOEXEC);
  event.data.fd = fds[0];
  epoll_ctl(fds[4], EPOLL_CTL_ADD, fds[0], &event);
  fds[5] = open("/etc/passwd", O_RDONLY);
  lseek(fds[5], 3, SEEK_SET);
  fds[6] = socket(AF_UNIX, SOCK_DGRAM, 0);
  snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "proc-test-%d", getpid());
  if (bind(fds[6], (struct sockaddr *)&name, sizeof name.sun_family + 1 + strlen(name.sun_path + 1))) return 3;
  pthread_create(&thread, 0, worker, 0);
  while (!thread_local_place) usleep(1000);
  puts("ready");
  fflush(stdout);
  for (; argc;) pause(); // #wait
  return 0;
}
