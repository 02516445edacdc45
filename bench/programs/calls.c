// Small functions through pointers, and small ones called directly.
#include "program.h"

typedef int (*Step)(int);
static NOINLINE int twice(int x) { return x + x; }
static NOINLINE int triple(int x) { return x * 3 + 1; }
static NOINLINE int mix(int x) { return x ^ x >> 7; }
static NOINLINE int flip(int x) { return ~x; }
static Step steps[] = {twice, triple, mix, flip};

EXPORT int run(int n) {
  int value = 1;
  for (int i = 0; i < n; i++) {
    value = steps[value & 3](value);
    value = mix(value) + flip(i);
  }
  return value;
}
