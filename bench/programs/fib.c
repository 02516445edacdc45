// Calls: the Fibonacci number of n by its definition.
#include "program.h"

static NOINLINE int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

EXPORT int run(int n) { return fib(n); }
