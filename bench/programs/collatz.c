// Integer arithmetic and unpredictable branches: the longest Collatz chain that starts below n.
#include "program.h"

EXPORT int run(int n) {
  int longest = 0;
  for (int start = 1; start < n; start++) {
    unsigned long long value = start;
    int steps = 0;
    while (value != 1) {
      value = value & 1 ? 3 * value + 1 : value / 2;
      steps++;
    }
    if (steps > longest) longest = steps;
  }
  return longest;
}
