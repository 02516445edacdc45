// What the wasi-libc of Debian 12 lacks and the crates here ask for. There is one thread.

#include <errno.h>
#include <stddef.h>

int *__errno_location(void) { return &errno; }

char *realpath(const char *path, char *resolved) {
  (void)path, (void)resolved;
  errno = ENOSYS;
  return NULL;
}

int pthread_attr_init(void *attributes) {
  (void)attributes;
  return 0;
}

int pthread_attr_setstacksize(void *attributes, size_t size) {
  (void)attributes, (void)size;
  return 0;
}

int pthread_attr_destroy(void *attributes) {
  (void)attributes;
  return 0;
}

int pthread_create(void *thread, const void *attributes, void *(*start)(void *), void *argument) {
  (void)thread, (void)attributes, (void)start, (void)argument;
  return EAGAIN;
}

int pthread_detach(void *thread) {
  (void)thread;
  return ESRCH;
}
