/* A recursive-descent calculator: unions, switches, a state machine, inlined helpers, function pointers, variadics. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum { END, NUMBER, NAME, PLUS = '+', MINUS = '-', TIMES = '*', DIVIDE = '/', OPEN = '(', CLOSE = ')' } token_kind;

typedef struct {
  token_kind kind;
  unsigned length : 12;
  unsigned column : 12;
  int is_negative : 1;
  union {
    double number;
    char letters[12];
    struct {
      short low, high;
    };
  };
} token;

typedef struct parser {
  const char *text;
  const char *at;
  token now;
  int depth;
  double (*variables[3])(double);
  struct {
    int errors;
    char last[24];
  } report;
} parser;

static double half(double x) { return x / 2; }
static double twice(double x) { return x * 2; }

static inline int is_letter(char c) { return isalpha((unsigned char)c) || c == '_'; }

static inline const char *skip_blanks(const char *at) {
  while (*at == ' ' || *at == '\t') at++;
  return at;
}

static inline void take_number(parser *p) {
  char *end;
  double value = strtod(p->at, &end);
  p->now.kind = NUMBER;
  p->now.length = (unsigned)(end - p->at); // #stop
  p->now.number = value;
  p->at = end;
}

__attribute__((noinline)) static token_kind advance(parser *p) {
  p->at = skip_blanks(p->at);
  p->now.column = (unsigned)(p->at - p->text); // #stop
  char c = *p->at;
  switch (c) {
    case '\0':
      p->now.kind = END;
      break;
    case '+':
    case '-':
    case '*':
    case '/':
    case '(':
    case ')': {
      token_kind kind = (token_kind)c;
      p->now.kind = kind; // #stop
      p->now.is_negative = c == '-' ? -1 : 0;
      p->at++;
      break;
    }
    default:
      if (is_letter(c)) {
        int length = 0;
        for (; length < 11 && is_letter(p->at[length]); length++) p->now.letters[length] = p->at[length];
        p->now.letters[length] = '\0'; // #stop
        p->now.kind = NAME;
        p->at += length;
      } else {
        take_number(p);
      }
  }
  return p->now.kind;
}

__attribute__((noinline)) static void complain(parser *p, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int written = vsnprintf(p->report.last, sizeof p->report.last, format, list);
  va_end(list);
  p->report.errors += written > 0; // #stop
}

static double sum(parser *p);

static double factor(parser *p) {
  token now = p->now;
  double value = 0;
  if (now.kind == NUMBER) {
    value = now.number; // #stop
    advance(p);
  } else if (now.kind == NAME) {
    int which = now.letters[0] == 'h' ? 0 : 1;
    advance(p);
    value = p->variables[which](factor(p)); // #stop
  } else if (now.kind == OPEN) {
    advance(p);
    p->depth++;
    value = sum(p);
    p->depth--;
    if (p->now.kind != CLOSE) complain(p, "%d: no %c", (int)now.column, ')');
    else advance(p);
  } else {
    complain(p, "unexpected %d at %s", (int)now.kind, p->at);
    advance(p); // #stop
  }
  return value;
}

static double product(parser *p) {
  double left = factor(p);
  while (p->now.kind == TIMES || p->now.kind == DIVIDE) {
    token_kind operation = p->now.kind;
    advance(p);
    double right = factor(p);
    left = operation == TIMES ? left * right : left / right; // #stop
  }
  return left;
}

static double sum(parser *p) {
  double left = product(p);
  for (token_kind operation; (operation = p->now.kind) == PLUS || operation == MINUS;) {
    advance(p);
    double right = product(p);
    left += operation == PLUS ? right : -right; // #stop
  }
  return left;
}

/* Words between quotes and comments, counted by a table of states. */
__attribute__((noinline)) static unsigned words(const char *text, unsigned counts[4]) {
  enum state { OUTSIDE, INSIDE, QUOTED, COMMENT } state = OUTSIDE;
  unsigned total = 0;
  for (; *text; text++) {
    const enum state before = state;
    switch (state) {
      case OUTSIDE:
        state = *text == '"' ? QUOTED : *text == '#' ? COMMENT : is_letter(*text) ? INSIDE : OUTSIDE;
        break;
      case INSIDE:
        if (!is_letter(*text)) state = OUTSIDE;
        break;
      case QUOTED:
        if (*text == '"') state = OUTSIDE;
        break;
      case COMMENT:
        if (*text == '\n') state = OUTSIDE;
    }
    if (state != before) {
      counts[state]++; // #stop
      total += state == INSIDE;
    }
  }
  return total;
}

int main(void) {
  static const char *const lines[] = {"1 + 2 * (3 - 4)", "half 8 / twice 2", "(1 + ", "2 * * 3"};
  double results[4];
  int errors = 0;
  for (int i = 0; i < 4; i++) {
    parser p = {.text = lines[i], .at = lines[i], .variables = {half, twice, NULL}};
    advance(&p);
    results[i] = sum(&p);
    errors += p.report.errors; // #stop
  }
  unsigned counts[4] = {0};
  unsigned total = words("one \"two\" three # four\nfive", counts);
  printf("%g %g %g %g %d %u\n", results[0], results[1], results[2], results[3], errors, total); // #stop
  return 0;
}
