/*
 * The eight queens: places a queen in every row so that none attacks another, and prints what it finds.
 *
 * Try: F9 on the line of found() that prints, F5, and look at the call stack: one place() for every queen.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_QUEENS = 12 };

/* What the search carries along. */
struct board {
  int size;
  int column[MAX_QUEENS]; /* of the queen in each row */
  long tried;
  long found;
};

/* Would a queen at (row, column) be attacked by one of the rows above? */
static bool attacked(const struct board *board, int row, int column) {
  for (int above = 0; above < row; above++) {
    int distance = row - above;
    int other = board->column[above];
    if (other == column || other == column - distance || other == column + distance)
      return true;
  }
  return false;
}

/* All rows have their queen: prints the board. */
static void found(struct board *board) {
  board->found++;
  printf("solution %ld:\n", board->found);
  for (int row = 0; row < board->size; row++) {
    for (int column = 0; column < board->size; column++)
      fputs(board->column[row] == column ? " Q" : " .", stdout);
    putchar('\n');
  }
}

/* Tries every column of a row, and for each that is free the rows below. */
static void place(struct board *board, int row) {
  if (row == board->size) {
    found(board);
    return;
  }
  for (int column = 0; column < board->size; column++) {
    board->tried++;
    if (attacked(board, row, column))
      continue;
    board->column[row] = column;
    place(board, row + 1);
  }
}

int main(int argc, char **argv) {
  struct board board = {.size = argc > 1 ? atoi(argv[1]) : 8};
  if (board.size < 1 || board.size > MAX_QUEENS) {
    fprintf(stderr, "usage: %s [1..%d]\n", argv[0], MAX_QUEENS);
    return 2;
  }
  place(&board, 0);
  double ratio = board.found ? (double)board.tried / (double)board.found : 0.0;
  printf("%ld solutions, %.1f squares tried for each\n", board.found, ratio);
  return 0;
}
