// Floating point: products of matrices of 96 by 96.
#include "program.h"

#define SIZE 96
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

EXPORT int run(int n) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = (i * 7 + j) % 13;
      b[i][j] = (i + j * 5) % 11;
    }
  double sum = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < SIZE; i++)
      for (int j = 0; j < SIZE; j++) {
        double cell = 0;
        for (int k = 0; k < SIZE; k++) cell += a[i][k] * b[k][j];
        c[i][j] = cell;
      }
    sum += c[round % SIZE][(round * 3) % SIZE];
    a[round % SIZE][0] += 1;
  }
  return (int)sum;
}
