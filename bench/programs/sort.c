// Sorting: quicksort of 20,000 numbers, small parts by insertion.
#include "program.h"

#define COUNT 20000
static int numbers[COUNT];

static void sort(int *from, int *to) {
  while (to - from > 12) {
    int pivot = from[(to - from) / 2];
    int *low = from, *high = to - 1;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low <= high) {
        int swapped = *low;
        *low++ = *high;
        *high-- = swapped;
      }
    }
    if (high + 1 - from < to - low) {
      sort(from, high + 1);
      from = low;
    } else {
      sort(low, to);
      to = high + 1;
    }
  }
  for (int *at = from + 1; at < to; at++) {
    int value = *at;
    int *hole = at;
    while (hole > from && hole[-1] > value) {
      *hole = hole[-1];
      hole--;
    }
    *hole = value;
  }
}

EXPORT int run(int n) {
  u32 state = 7, sum = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < COUNT; i++) numbers[i] = next_random(&state) >> 1;
    sort(numbers, numbers + COUNT);
    sum = sum * 31 + numbers[round % COUNT];
  }
  return sum;
}
