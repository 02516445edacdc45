// Memory: blocks moved by bulk instructions, by bytes and by words.
#include "program.h"

#define SIZE 65536
static u8 from[SIZE], to[SIZE];

static NOINLINE void by_bytes(volatile u8 *target, const u8 *source, int length) {
  for (int i = 0; i < length; i++) target[i] = source[i];
}

EXPORT int run(int n) {
  for (int i = 0; i < SIZE; i++) from[i] = i * 7;
  u32 sum = 0;
  for (int round = 0; round < n; round++) {
    __builtin_memcpy(to, from, SIZE);
    __builtin_memset(from + round % 1000, round, 700);
    by_bytes(from + 5000, to + 3000, 20000);
    for (int i = 0; i < SIZE; i += 4) sum += *(u32 *)(to + i);
  }
  return sum;
}
