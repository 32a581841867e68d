/* Maps the file named by argv[1] as code although it is none. */
#include <fcntl.h>
#include <sys/mman.h>

void done(void) {}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int fd = open(argv[1], O_RDONLY);
  if (fd < 0 || mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED) return 3;
  done();
  return 0;
}
