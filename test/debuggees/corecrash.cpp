// Threads with names, containers and static data, brought down as argv[1] says: segv (in a thread), abort, or pause to
// be looked at while it lives.
#include <cstdlib>
#include <map>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

struct Node {
  int value;
  Node *next;
  int doubled() const { return 2 * value; }
};

static Node nodes[3] = {{1, &nodes[1]}, {2, &nodes[2]}, {3, nullptr}};
int written = 7;
const char *const constant_text = "constant text";
thread_local int own = 0;
static std::string how;
static pthread_barrier_t barrier;

static void bring_down(const std::vector<int> &numbers, Node *list) { // #bring_down
  double half = 0.5;
  volatile int *nowhere = reinterpret_cast<volatile int *>(0x10);
  if (how == "segv") *nowhere = numbers[0] + list->doubled() + static_cast<int>(half); // #fault
  if (how == "abort") abort();                                                        // #abort
}

static void wait_for_ever(int index) { // #wait_for_ever
  own = index * 100;
  std::string label = "waiting " + std::to_string(index);
  pthread_barrier_wait(&barrier);
  for (;;) pause(); // #waiting
}

static void work() { // #work
  own = 42;
  std::vector<int> numbers = {10, 20, 30};
  std::map<std::string, int> ages = {{"ada", 36}, {"alan", 41}};
  pthread_barrier_wait(&barrier);
  bring_down(numbers, nodes); // #call
  for (;;) pause();           // #worked
}

int main(int argc, char **argv) {
  how = argc > 1 ? argv[1] : "segv";
  written = 8;
  pthread_barrier_init(&barrier, nullptr, 4);
  std::thread first(wait_for_ever, 1);
  std::thread second(wait_for_ever, 2);
  std::thread third(work);
  pthread_barrier_wait(&barrier);
  third.join(); // #join
  return 0;
}
