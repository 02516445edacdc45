// Strings: words counted in an open hash table, FNV-1a over their bytes.
#include "program.h"

#define SLOTS 4096
static char words[SLOTS][16];
static u32 counts[SLOTS];

static NOINLINE u32 hash(const char *word) {
  u32 value = 2166136261u;
  for (; *word; word++) value = (value ^ (u8)*word) * 16777619u;
  return value;
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static void count(const char *word) {
  u32 slot = hash(word) % SLOTS;
  while (counts[slot] && !same(words[slot], word)) slot = (slot + 1) % SLOTS;
  if (!counts[slot])
    for (int i = 0; i < 16 && (words[slot][i] = word[i]); i++);
  counts[slot]++;
}

EXPORT int run(int n) {
  u32 state = 99;
  for (int i = 0; i < SLOTS; i++) counts[i] = 0;
  for (int round = 0; round < n; round++) {
    char word[16];
    u32 pick = next_random(&state) % 2000;
    int length = 3 + pick % 11;
    for (int i = 0; i < length; i++) word[i] = 'a' + (pick * (i + 3) >> 2) % 26;
    word[length] = 0;
    count(word);
  }
  u32 sum = 0;
  for (int i = 0; i < SLOTS; i++) sum = sum * 31 + counts[i];
  return sum;
}
