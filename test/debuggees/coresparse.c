/* Two GiB of memory of which one page is touched, and a page that is to stay out of core files. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

char *touched;
volatile unsigned touched_low, touched_high, hidden_low, hidden_high;

int main(void) {
  char *large = mmap(0, 1ul << 31, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  char *hidden = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  touched = large + (1ul << 30) + 123;
  strcpy(touched, "here");
  strcpy(hidden, "secret");
  madvise(hidden, 4096, MADV_DONTDUMP);
  touched_low = (unsigned long)touched;
  touched_high = (unsigned long)touched >> 32;
  hidden_low = (unsigned long)hidden;
  hidden_high = (unsigned long)hidden >> 32;
  return 0; // #mapped
}
