// Tight loops over bytes: the primes below 200,000, n times.
#include "program.h"

#define LIMIT 200000
static u8 composite[LIMIT];

EXPORT int run(int n) {
  int primes = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < LIMIT; i++) composite[i] = 0;
    for (int i = 2; i < LIMIT; i++) {
      if (composite[i]) continue;
      primes++;
      for (int j = i + i; j < LIMIT; j += i) composite[j] = 1;
    }
  }
  return primes;
}
