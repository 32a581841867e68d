// The entry of the big program, in a unit of its own: what F5 on a large project looks for, and data to look at there.
#include <string>
#include <vector>

struct Point {
  double x, y;
  const char *label;
};

struct Node {
  int value;
  Node *next;
  Point place;
};

int total;

static long inspect(int seed) {
  static int array[10000];
  for (int i = 0; i < 10000; i++)
    array[i] = i * seed;
  char a = 'a';
  short b = 2;
  int c = 3;
  long d = 4;
  unsigned e = 5;
  float f = 6.5F;
  double g = 7.25;
  bool h = true;
  const char *text = "a string";
  Point point = {1.5, 2.5, "here"};
  Node last = {2, nullptr, point};
  Node first = {1, &last, point};
  Node *node = &first;
  int matrix[3][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
  std::string name = "a name that is long enough to be allocated";
  std::vector<int> vector(array, array + 100);
  total += a + b + c + static_cast<int>(d + e + f + g + h + point.x) + text[0];
  return total + node->next->value + matrix[1][2] + static_cast<long>(name.size() + vector.size()); // #inspect
}

int main(int argc, char **) {
  return inspect(argc) > 0 ? argc - 1 : 2;
}
