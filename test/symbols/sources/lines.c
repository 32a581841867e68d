/* What line tables look like for the constructs of C; lines_other.c is the rest of the program. */
#include "lines.h"
#include <stdio.h>
#include <stdlib.h>

int other(int);

// A comment before a function.

static int helper(int x)
{
  int r = 0; // #helper_first

  for (int i = 0; i < x; i++) // #for
    r += i * x;
  return r;
}

// A comment between functions: // #between
/* and another one */

int twice(int y)
{
  return helper(y) + 2; // #twice
}

int oneliner(int x) { return x + 1; } int second(int x) { return x + 2; } // #oneliner

static int loops(int n)
{
  int total = 0;
  while (n-- > 0) {
    total ^= n;
    if (total == 77)
      goto out;
  }
  do {
    total += clamp(total, 2, 50) + 3;
  } while (total < 100);
  switch (total & 3) {
    case 0: total++; break;
    case 1:
      total--;
      break;
    default:
      total *= 2;
  }
out:
  return total ? total
               : copied(total);
}

__attribute__((noreturn, cold)) static void fail(const char *why)
{
  fprintf(stderr, "%s\n", why);
  abort();
}

static int big(const char *text)
{
  char buffer[8192];
  int length = 0;
  for (; text[length] && length < 8191; length++) buffer[length] = text[length];
  buffer[length] = 0;
  if (length > 8000)
    fail("long");
  return puts(buffer) + length;
}

int generated(int);

int main(int argc, char **argv)
{
  // A comment at the start of a body.
  printf("%d\n", twice(argc)); // #main_first
  printf("%d %d %d\n", oneliner(argc), second(argc), loops(argc * 3));
  if (argc > 100)
    fail(argv[0]);
  for (int i = 0; i < argc; i++) { big(argv[i]); }
  return other(argc) + generated(argc) + copied(argc) > 100;
}
// Past the last line of code: // #end

#line 1000 "lines_generated.y"
int generated(int x)
{
  return x * 3;
}
