// What the programs share: a module exports `run`, which does n rounds and answers with a checksum.
#define EXPORT __attribute__((visibility("default")))
#define NOINLINE __attribute__((noinline))

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

static inline u32 next_random(u32 *state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}
