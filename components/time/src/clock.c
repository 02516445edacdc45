// The clock interface over wasi:clocks and wasi:io/poll. `bindings.h` is made by `wit-bindgen c`.

#include <time.h>

#include "bindings.h"

enum { MAX_WAIT_MILLISECONDS = 10000 };

static void digits(char *end, unsigned value, int count) {
  while (count-- > 0) {
    *--end = (char)('0' + value % 10);
    value /= 10;
  }
}

void exports_wassette_edge_time_clock_now(exports_wassette_edge_time_clock_datetime_t *result) {
  wasi_clocks_wall_clock_datetime_t now;
  wasi_clocks_wall_clock_now(&now);
  result->seconds = now.seconds;
  result->nanoseconds = now.nanoseconds;
}

void exports_wassette_edge_time_clock_get_current_time(bindings_string_t *result) {
  wasi_clocks_wall_clock_datetime_t now;
  wasi_clocks_wall_clock_now(&now);

  struct tm utc;
  time_t seconds = (time_t)now.seconds;
  if (gmtime_r(&seconds, &utc) == NULL) __builtin_trap();

  char text[] = "YYYY-MM-DDThh:mm:ss.mmmZ";
  digits(text + 4, (unsigned)utc.tm_year + 1900, 4);
  digits(text + 7, (unsigned)utc.tm_mon + 1, 2);
  digits(text + 10, (unsigned)utc.tm_mday, 2);
  digits(text + 13, (unsigned)utc.tm_hour, 2);
  digits(text + 16, (unsigned)utc.tm_min, 2);
  digits(text + 19, (unsigned)utc.tm_sec, 2);
  digits(text + 23, now.nanoseconds / 1000000, 3);
  bindings_string_dup(result, text);
}

uint64_t exports_wassette_edge_time_clock_wait(uint32_t milliseconds) {
  if (milliseconds > MAX_WAIT_MILLISECONDS) milliseconds = MAX_WAIT_MILLISECONDS;

  uint64_t start = wasi_clocks_monotonic_clock_now();
  wasi_io_poll_own_pollable_t timer =
      wasi_clocks_monotonic_clock_subscribe_duration((uint64_t)milliseconds * 1000000);
  wasi_io_poll_borrow_pollable_t borrowed = wasi_io_poll_borrow_pollable(timer);
  wasi_io_poll_list_borrow_pollable_t waiting = {&borrowed, 1};
  bindings_list_u32_t ready;
  wasi_io_poll_poll(&waiting, &ready);
  bindings_list_u32_free(&ready);
  wasi_io_poll_pollable_drop_own(timer);
  return wasi_clocks_monotonic_clock_now() - start;
}
