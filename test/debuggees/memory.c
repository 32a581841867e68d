/* Memory to read and write: 1 MiB of known bytes (byte i is i * 7 + i / 256), and the edge of a mapping. */
#include <stdio.h>
#include <sys/mman.h>

#define SIZE (1 << 20)

unsigned char block[SIZE];
unsigned char *edge; /* the last 16 bytes before an unmapped page */

static void filled(void) {} // #filled

int main(void) {
  for (unsigned i = 0; i < SIZE; i++) block[i] = (unsigned char)(i * 7 + i / 256);
  unsigned char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(pages + 4096, 4096);
  edge = pages + 4096 - 16;
  for (int i = 0; i < 16; i++) edge[i] = (unsigned char)(0xe0 + i);
  filled(); // #ready
  printf("%d %d\n", block[0], edge[15]);
  return 0; // #main_return
}
