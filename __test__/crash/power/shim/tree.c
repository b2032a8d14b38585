// Making, removing and renaming, and calls that cannot be simulated.
#include "trace.h"

#include <dlfcn.h>
#include <stdio.h>
#include <sys/mman.h>

// A change of the tree.
#define TREE(call, record)                                                                                             \
  pthread_mutex_lock(&change_lock);                                                                                    \
  int done = call;                                                                                                     \
  int error = errno;                                                                                                   \
  if (done == 0) {                                                                                                     \
    record;                                                                                                            \
  }                                                                                                                    \
  pthread_mutex_unlock(&change_lock);                                                                                  \
  errno = error;                                                                                                       \
  return done;

int mkdirat(int folder, const char *path, mode_t mode) {
  char buffer[PATH_MAX];
  const char *name = below(folder, path, buffer);
  struct stat made;
  TREE(syscall(SYS_mkdirat, folder, path, mode), {
    if (name && fstatat(folder, path, &made, 0) == 0) put(MKDIR, made.st_ino, 0, name, NULL, NULL, 0);
  })
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int unlinkat(int folder, const char *path, int flags) {
  char buffer[PATH_MAX];
  const char *name = below(folder, path, buffer);
  TREE(syscall(SYS_unlinkat, folder, path, flags), {
    if (name) put(flags & AT_REMOVEDIR ? RMDIR : UNLINK, 0, 0, name, NULL, NULL, 0);
  })
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  int done = unlink(path);
  return done != 0 && errno == EISDIR ? rmdir(path) : done;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  char buffers[2][PATH_MAX];
  const char *name = below(from_folder, from, buffers[0]), *second = below(to_folder, to, buffers[1]);
  TREE(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags), {
    if (name && second && !(flags & ~1u)) put(RENAME, 0, 0, name, second, NULL, 0);
    else if (name || second) unknown("renameat2");
  })
}
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  return renameat2(from_folder, from, to_folder, to, 0);
}
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  char buffers[2][PATH_MAX];
  const char *name = below(from_folder, from, buffers[0]), *second = below(to_folder, to, buffers[1]);
  TREE(syscall(SYS_linkat, from_folder, from, to_folder, to, flags), {
    if (name && second) put(LINK, 0, 0, name, second, NULL, 0);
    else if (name || second) unknown("linkat");
  })
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

FILE *fopen(const char *path, const char *how) {
  char buffer[PATH_MAX];
  if (how[0] != 'r' && below(AT_FDCWD, path, buffer)) unknown("fopen");
  return ((FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen"))(path, how);
}
FILE *fopen64(const char *path, const char *how) { return fopen(path, how); }

int truncate(const char *path, off_t size) {
  char buffer[PATH_MAX];
  if (below(AT_FDCWD, path, buffer)) unknown("truncate");
  return syscall(SYS_truncate, path, size);
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }
int symlink(const char *target, const char *path) {
  char buffer[PATH_MAX];
  if (below(AT_FDCWD, path, buffer)) unknown("symlink");
  return syscall(SYS_symlinkat, target, AT_FDCWD, path);
}
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags) {
  if (traced(to)) unknown("copy_file_range");
  return syscall(SYS_copy_file_range, from, from_at, to, to_at, size, flags);
}
ssize_t sendfile(int to, int from, off_t *at, size_t size) {
  if (traced(to)) unknown("sendfile");
  return syscall(SYS_sendfile, to, from, at, size);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t size) { return sendfile(to, from, at, size); }
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t at) {
  if (traced(fd) && (flags & MAP_SHARED) && (protection & PROT_WRITE)) unknown("mmap");
  return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, at);
}
void *mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t at) {
  return mmap(address, size, protection, flags, fd, at);
}
