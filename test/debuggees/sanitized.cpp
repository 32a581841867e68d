// What sanitizers find, chosen by argv[1]: freed (ASan), overflow (UBSan), race (TSan), leak (LSan).
#include <cstdio>
#include <cstring>
#include <thread>

static int counter;

static int use(int *freed) { return freed[1]; } // #use

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!std::strcmp(what, "freed")) {
    int *numbers = new int[4];
    delete[] numbers;
    return use(numbers);
  }
  if (!std::strcmp(what, "overflow")) {
    int most = 0x7fffffff;
    most += argc; // #overflow
    std::printf("%d\n", most);
  }
  if (!std::strcmp(what, "race")) {
    std::thread other([] {
      for (int i = 0; i < 1000; i++) counter++; // #race
    });
    for (int i = 0; i < 1000; i++) counter++;
    other.join();
  }
  return 0;
}
