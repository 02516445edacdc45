// The world `small` in C, with the canonical ABI written by hand.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct text {
  const char *start;
  size_t length;
};

static struct text answer;

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t before, size_t align, size_t size) {
  (void)before;
  return size == 0 ? (void *)align : realloc(old, size);
}

__attribute__((export_name("hash"))) uint32_t hash(const uint8_t *start, size_t length) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ start[i]) * 16777619u;
  return hash;
}

__attribute__((export_name("repeated"))) struct text *repeated(
    const char *start, size_t length, uint32_t times) {
  char *made = malloc(length * times + 1);
  if (made == NULL) abort();
  for (uint32_t i = 0; i < times; i++) memcpy(made + i * length, start, length);
  answer.start = made;
  answer.length = length * times;
  return &answer;
}

__attribute__((export_name("cabi_post_repeated"))) void cabi_post_repeated(struct text *text) {
  free((void *)text->start);
}
