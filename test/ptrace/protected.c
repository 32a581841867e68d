/* Sixteen pages, each filled with its number: 7 may not be touched, 9 only be executed, and 13 is not there. */
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096

int main(void) {
  char *pages = mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 16; i++) memset(pages + i * PAGE, i, PAGE);
  mprotect(pages + 7 * PAGE, PAGE, PROT_NONE);
  mprotect(pages + 9 * PAGE, PAGE, PROT_EXEC);
  munmap(pages + 13 * PAGE, PAGE);
  __asm__ volatile("int3" : : "D"(pages));
  return 0;
}
