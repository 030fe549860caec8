#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Writing to files whose name begins with FAILING_FILES fails with the error number that stands in the file FAILING_WITH,
   as long as there is such a file. Loaded before the C library: what SQLite asks of the system comes by here. */

static int number_of_failure(int fd) {
  char link[64], name[4096];
  const char *files = getenv("FAILING_FILES"), *with = getenv("FAILING_WITH");
  if (!files || !with || access(with, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < 0) return 0;
  name[length] = 0;
  if (strncmp(name, files, strlen(files)) != 0) return 0;
  int number = 0;
  FILE *file = fopen(with, "r");
  if (!file) return 0;
  if (fscanf(file, "%d", &number) != 1) number = 0;
  fclose(file);
  return number;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL_OR(fd, call)                 \
  int number = number_of_failure(fd);     \
  if (number == 0) return call;           \
  errno = number;                         \
  return -1;

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) { FAIL_OR(fd, REAL(pwrite)(fd, from, count, at)) }
ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) { FAIL_OR(fd, REAL(pwrite64)(fd, from, count, at)) }
ssize_t write(int fd, const void *from, size_t count) { FAIL_OR(fd, REAL(write)(fd, from, count)) }
int ftruncate(int fd, off_t length) { FAIL_OR(fd, REAL(ftruncate)(fd, length)) }
int ftruncate64(int fd, off64_t length) { FAIL_OR(fd, REAL(ftruncate64)(fd, length)) }
int fsync(int fd) { FAIL_OR(fd, REAL(fsync)(fd)) }
int fdatasync(int fd) { FAIL_OR(fd, REAL(fdatasync)(fd)) }
