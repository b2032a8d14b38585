#include "trace.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

struct record {
  uint64_t kind, inode, at, path, second, data; // the last three are lengths of what follows
};

static char root[PATH_MAX];
static size_t root_length;
static int trace = -1;
pthread_mutex_t change_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("TRACE_ROOT"), *file = getenv("TRACE_FILE");
  if (!folder || !file) return;
  snprintf(root, sizeof root, "%s/", folder);
  root_length = strlen(root);
  trace = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

int is_recording(void) { return trace >= 0; }

void put(enum kind kind, uint64_t inode, uint64_t at, const char *path, const char *second, const void *data,
         size_t length) {
  struct record head = {kind, inode, at, path ? strlen(path) : 0, second ? strlen(second) : 0, length};
  struct iovec parts[] = {
      {&head, sizeof head}, {(void *)path, head.path}, {(void *)second, head.second}, {(void *)data, length}};
  ssize_t whole = sizeof head + head.path + head.second + length;
  if (syscall(SYS_writev, trace, parts, 4) != whole) abort();
}

void unknown(const char *name) { put(UNKNOWN, 0, 0, name, NULL, NULL, 0); }

// Where an open folder is.
static int folder_of(int fd, char *found) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, found, PATH_MAX - 1);
  if (length < 0) return -1;
  found[length] = 0;
  return 0;
}

const char *below(int folder, const char *path, char buffer[PATH_MAX]) {
  static const char by_fd[] = "/proc/self/fd/";
  if (!is_recording() || !path) return NULL;
  char base[PATH_MAX] = "";
  const char *rest = path;
  if (strncmp(path, by_fd, sizeof by_fd - 1) == 0) {
    char *end;
    int fd = strtol(path + sizeof by_fd - 1, &end, 10);
    if (folder_of(fd, base) < 0) return NULL;
    rest = *end == '/' ? end + 1 : end;
  } else if (path[0] != '/') {
    if (folder == AT_FDCWD ? !getcwd(base, sizeof base) : folder_of(folder, base) < 0) return NULL;
  }
  if (base[0]) {
    const char *separator = *rest ? "/" : "";
    if ((size_t)snprintf(buffer, PATH_MAX, "%s%s%s", base, separator, rest) >= PATH_MAX) return NULL;
    path = buffer;
  }
  if (strncmp(path, root, root_length - 1) != 0) return NULL;
  if (path[root_length - 1] == 0) return "";
  return path[root_length - 1] == '/' ? path + root_length : NULL;
}
