/* The CPU's own conversions as an oracle: ten-byte values on stdin become doubles and ten-byte values on stdout. */
#include <stdio.h>
#include <string.h>

int main(void) {
  unsigned char bytes[10];
  while (fread(bytes, 1, 10, stdin) == 10) {
    long double wide = 0;
    memcpy(&wide, bytes, 10);
    double narrow = (double)wide;
    long double back = narrow;
    fwrite(&narrow, 1, 8, stdout);
    fwrite(&back, 1, 10, stdout);
  }
  return 0;
}
