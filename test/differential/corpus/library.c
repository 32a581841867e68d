/* Into glibc's own code, optimised and with its debugging information apart: the dynamic linker's resolver, sorting with
 * a callback, formatted output and input, numbers from text, memory, time, threads. */
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
  char name[12];
  double weight;
};

static int by_weight(const void *a, const void *b) {
  const struct entry *left = a, *right = b;
  return (left->weight > right->weight) - (left->weight < right->weight);
}

static void once(void) {}

int main(void) {
  struct entry entries[] = {{"iron", 55.8}, {"gold", 197}, {"neon", 20.2}, {"zinc", 65.4}, {"argon", 39.9}};
  const int count = sizeof entries / sizeof entries[0];
  qsort(entries, count, sizeof entries[0], by_weight); // #stop
  char line[64];
  int length = snprintf(line, sizeof line, "%-6s %8.3f %#x", entries[1].name, entries[1].weight, 48879); // #stop
  double number = strtod("6.02214076e23 and more", NULL); // #stop
  long parsed = strtol(" -0x7fff", NULL, 16); // #stop
  char *copy = strdup(line); // #stop
  char *word = strtok(copy, " "); // #stop
  int first = 0;
  float second = 0;
  int found = sscanf("17 2.5 rest", "%d %f", &first, &second); // #stop
  struct tm moment = {.tm_year = 124, .tm_mon = 1, .tm_mday = 30};
  time_t when = timegm(&moment); // #stop
  static pthread_once_t control = PTHREAD_ONCE_INIT;
  pthread_once(&control, once); // #stop
  struct entry key = {"", 65.4};
  const struct entry *hit = bsearch(&key, entries, count, sizeof key, by_weight); // #stop
  char *grown = realloc(copy, 5000); // #stop
  printf("%d %g %ld %s %d %d %g %ld %s\n", length, number, parsed, word ? "word" : "", found, first, (double)second, // #stop
         (long)when, hit ? hit->name : "none");
  free(grown);
  return toupper('x') == 'X' ? 0 : 1;
}
