// Parsing: a recursive-descent reader of JSON over a text that it first writes.
#include "program.h"

static char text[1 << 16];
static const char *at;
static u32 numbers, strings, depth;

static void space(void) {
  while (*at == ' ' || *at == '\n') at++;
}

static void value(void);

static void string(void) {
  at++;
  while (*at != '"') at += *at == '\\' ? 2 : 1;
  at++;
  strings++;
}

static void number(void) {
  u32 whole = 0;
  if (*at == '-') at++;
  while (*at >= '0' && *at <= '9') whole = whole * 10 + (*at++ - '0');
  numbers += whole;
}

static void list(char close, int keyed) {
  at++;
  space();
  if (*at == close) {
    at++;
    return;
  }
  for (;;) {
    space();
    if (keyed) {
      string();
      space();
      at++;
    }
    value();
    space();
    if (*at++ == close) return;
  }
}

static void value(void) {
  depth++;
  space();
  switch (*at) {
    case '{': list('}', 1); break;
    case '[': list(']', 0); break;
    case '"': string(); break;
    case 't': case 'n': at += 4; break;
    case 'f': at += 5; break;
    default: number();
  }
}

static char *put(char *to, const char *from) {
  while (*from) *to++ = *from++;
  return to;
}

EXPORT int run(int n) {
  char *to = put(text, "[");
  for (int i = 0; i < 600; i++) {
    to = put(to, i ? ", " : "");
    to = put(to, "{\"name\": \"item \\\"x\\\"\", \"size\": ");
    for (int rest = i * 37 + 1; rest; rest /= 10) *to++ = '0' + rest % 10;
    to = put(to, ", \"tags\": [\"a\", \"bc\", true, null], \"at\": -12}");
  }
  *put(to, "]") = 0;
  for (int round = 0; round < n; round++) {
    at = text;
    value();
  }
  return numbers + strings * 3 + depth * 7;
}
