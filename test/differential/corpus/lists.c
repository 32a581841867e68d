/* Linked lists, a hash table of them, sorting by a callback from libc, recursion, statics, structs by value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { EMPTY, WORD = 3, NUMBER = 17 };

struct node {
  struct node *next;
  char *key;
  enum kind kind;
  union {
    long number;
    const char *text;
  } value;
};

typedef struct table {
  struct node *buckets[8];
  unsigned count;
  unsigned char load;
} table_t;

struct extent {
  int low, high;
};

static int comparisons;
const char *const names[] = {"pear", "apple", "fig", "quince", "date"};

static unsigned hash(const char *text) {
  unsigned value = 5381;
  for (const char *at = text; *at; at++) value = value * 33 + (unsigned char)*at; // #stop
  return value;
}

static struct node *find(table_t *table, const char *key) {
  unsigned at = hash(key) % 8;
  for (struct node *node = table->buckets[at]; node; node = node->next) {
    if (strcmp(node->key, key) == 0) return node; // #stop
  }
  return NULL;
}

__attribute__((noinline)) static struct node *insert(table_t *table, const char *key, long number) {
  static unsigned inserted = 100;
  struct node *node = find(table, key);
  if (node) {
    node->value.number += number; // #stop
    return node;
  }
  node = calloc(1, sizeof *node);
  node->key = strdup(key);
  node->kind = number < 0 ? WORD : NUMBER;
  if (number < 0) node->value.text = "negative";
  else node->value.number = number;
  unsigned at = hash(key) % 8;
  node->next = table->buckets[at]; // #stop
  table->buckets[at] = node;
  table->count++;
  inserted += 2;
  table->load = (unsigned char)(table->count * 255 / 64 + inserted % 2);
  return node;
}

static int by_key(const void *a, const void *b) {
  const struct node *left = *(const struct node *const *)a;
  const struct node *right = *(const struct node *const *)b;
  comparisons++; // #stop
  return strcmp(left->key, right->key);
}

__attribute__((noinline)) static struct extent widen(struct extent extent, int by) {
  struct extent wider = {extent.low - by, extent.high + by};
  if (wider.low < 0) wider.low = 0; // #stop
  return wider;
}

__attribute__((noinline)) static long depth_of(const struct node *node, long depth) {
  long here = depth + 1;
  if (!node->next) return here; // #stop
  long below = depth_of(node->next, here);
  return below + (here == 1); // #stop
}

__attribute__((noinline)) static int reversed(struct node **head) {
  struct node *previous = NULL;
  int length = 0;
  for (struct node *node = *head; node;) {
    struct node *next = node->next;
    node->next = previous;
    previous = node; // #stop
    node = next;
    length++;
  }
  *head = previous;
  return length;
}

int main(int argc, char **argv) {
  table_t table = {{NULL}, 0, 0};
  for (unsigned i = 0; i < 5; i++) {
    long number = (long)i * 1000 - 1000;
    insert(&table, names[i], number); // #stop
  }
  insert(&table, "fig", argc);
  struct node *all[8];
  size_t count = 0;
  for (int i = 0; i < 8; i++) {
    for (struct node *node = table.buckets[i]; node; node = node->next) {
      char letter = node->key[0];
      if (letter != 'z') all[count++] = node; // #stop
    }
  }
  qsort(all, count, sizeof all[0], by_key);
  for (size_t i = 0; i + 1 < count; i++) all[i]->next = all[i + 1];
  all[count - 1]->next = NULL;
  struct extent extent = widen((struct extent){3, (int)count}, 4);
  long deep = depth_of(all[0], 0);
  struct node *head = all[0];
  int length = reversed(&head);
  printf("%ld %d %d..%d %s %d\n", deep, length, extent.low, extent.high, head->key, comparisons); // #stop
  return argv[0] == NULL;
}
