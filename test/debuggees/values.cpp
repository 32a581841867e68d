// A function with one variable of each kind that C++ has, for what views show and what setting them does.
#include <cstdio>

enum Color { RED, GREEN, BLUE = 4 };
enum class Mode : unsigned char { Off, On };

struct Point {
  int x, y;
};

struct Shape {
  virtual ~Shape() {}
  int id = 3;
  static int count;
};
int Shape::count = 2;

struct Circle : Shape {
  double radius = 2.5;

protected:
  int hidden = 8;
};

struct Node {
  int value;
  Node *next;
};

struct Flags {
  unsigned low : 3;
  int middle : 5;
  bool high : 1;
};

struct Either {
  int tag;
  union {
    int whole;
    float real;
  };
};

static int file_static = 42;
int global_counter = 7;
int big_array[1000000];
Node ring[3];

static int add(int a, int b) {
  int sum = a + b; // #add
  return sum;      // #add_return
}

int show(int count, Point &origin, Shape *shape) {
  int number = -5;
  bool flag = true;
  char letter = 'a';
  float ratio = 0.1f;
  double third = 1.0 / 3;
  Color color = GREEN;
  Mode mode = Mode::On;
  Point point = {1, 2};
  Point *pointer = &point;
  const char *text = "hello\n";
  char buffer[16] = "buf";
  int array[5] = {1, 2, 3, 4, 5};
  int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
  int (*function)(int, int) = add;
  Flags flags = {5, -3, true};
  Either either = {1, {9}};
  Node tail = {2, nullptr};
  Node head = {1, &tail};
  Node *wild = (Node *)0x10;
  static int calls = 11;
  int x = 1;
  {
    int x = 2;
    number += x; // #inner
  }
  number += add(x, count); // #call
  calls += number;         // #after_call
  printf("%d %d %f %f %d %d %s %s %d %d %d\n", number, flag, ratio, third, color, (int)mode, text, buffer, array[0],
         matrix[1][2], pointer->x + letter + flags.low + either.tag + head.value + origin.x + shape->id);
  return wild == nullptr ? function(1, 2) : number; // #end
}

int main() {
  for (int i = 0; i < 1000000; i++) big_array[i] = i;
  for (int i = 0; i < 3; i++) ring[i] = {i, &ring[(i + 1) % 3]};
  Point origin = {8, 9};
  Circle circle;
  int result = show(4, origin, &circle); // #main_call
  return result == file_static + global_counter + Shape::count;
}
