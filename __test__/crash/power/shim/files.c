// Opening, writing, cutting and syncing of files.
#include "trace.h"

#include <linux/falloc.h>
#include <stdarg.h>
#include <sys/uio.h>

#define MAX_FDS 65536
static uint64_t inodes[MAX_FDS];

uint64_t traced(int fd) { return is_recording() && fd >= 0 && fd < MAX_FDS ? inodes[fd] : 0; }

static uint64_t inode_of(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

static uint64_t size_of(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 ? (uint64_t)found.st_size : 0;
}

static int do_open(int folder, const char *path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char *name = below(folder, path, buffer);
  if (!name) return syscall(SYS_openat, folder, path, flags, mode);
  pthread_mutex_lock(&change_lock);
  struct stat before;
  int existed = fstatat(folder, path, &before, 0) == 0;
  int fd = syscall(SYS_openat, folder, path, flags, mode), error = errno;
  if (fd >= 0) {
    if (fd >= MAX_FDS) abort();
    inodes[fd] = inode_of(fd);
    if (!existed) put(CREATE, inodes[fd], 0, name, NULL, NULL, 0);
    else if ((flags & O_TRUNC) && before.st_size > 0) put(SIZE, inodes[fd], 0, NULL, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&change_lock);
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, int) : 0;
}

#define WITH_MODE                                                                                                      \
  va_list rest;                                                                                                        \
  va_start(rest, flags);                                                                                               \
  mode_t mode = mode_of(flags, rest);                                                                                  \
  va_end(rest);

int open(const char *path, int flags, ...) { WITH_MODE return do_open(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE return do_open(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE return do_open(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { WITH_MODE return do_open(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
  if (traced(fd)) inodes[fd] = 0;
  return syscall(SYS_close, fd);
}

// A change of an open file: `call` makes it, `record` records it when it was made.
#define CHANGE(fd, call, record)                                                                                       \
  if (!traced(fd)) return call;                                                                                        \
  pthread_mutex_lock(&change_lock);                                                                                    \
  ssize_t done = call;                                                                                                 \
  int error = errno;                                                                                                   \
  if (done >= 0) {                                                                                                     \
    record;                                                                                                            \
  }                                                                                                                    \
  pthread_mutex_unlock(&change_lock);                                                                                  \
  errno = error;                                                                                                       \
  return done;

static uint64_t position(int fd, ssize_t written) { return lseek(fd, 0, SEEK_CUR) - written; }

ssize_t write(int fd, const void *data, size_t size) {
  if (fd == STDOUT_FILENO && is_recording()) {
    pthread_mutex_lock(&change_lock);
    put(MARK, 0, 0, NULL, NULL, data, size);
    pthread_mutex_unlock(&change_lock);
  }
  CHANGE(fd, syscall(SYS_write, fd, data, size), put(WRITE, inodes[fd], position(fd, done), NULL, NULL, data, done))
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  CHANGE(fd, syscall(SYS_pwrite64, fd, data, size, at), put(WRITE, inodes[fd], at, NULL, NULL, data, done))
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return pwrite(fd, data, size, at); }

static void put_parts(int fd, const struct iovec *parts, uint64_t at, size_t left) {
  for (; left > 0; parts++) {
    size_t length = parts->iov_len < left ? parts->iov_len : left;
    put(WRITE, inodes[fd], at, NULL, NULL, parts->iov_base, length);
    at += length;
    left -= length;
  }
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  CHANGE(fd, syscall(SYS_writev, fd, parts, count), put_parts(fd, parts, position(fd, done), done))
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  CHANGE(fd, syscall(SYS_pwritev, fd, parts, count, at, 0), put_parts(fd, parts, at, done))
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return pwritev(fd, parts, count, at); }

int ftruncate(int fd, off_t size) {
  CHANGE(fd, syscall(SYS_ftruncate, fd, size), put(SIZE, inodes[fd], size, NULL, NULL, NULL, 0))
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int fallocate(int fd, int mode, off_t at, off_t size) {
  // Without FALLOC_FL_KEEP_SIZE the file may have grown. What is only reserved, or cleared behind the end, is no change.
  CHANGE(fd, syscall(SYS_fallocate, fd, mode, at, size), {
    if (!(mode & FALLOC_FL_KEEP_SIZE)) put(SIZE, inodes[fd], size_of(fd), NULL, NULL, NULL, 0);
    else if ((mode & ~FALLOC_FL_KEEP_SIZE) && (uint64_t)at < size_of(fd)) unknown("fallocate");
  })
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) { return fallocate(fd, mode, at, size); }
int posix_fallocate(int fd, off_t at, off_t size) { return fallocate(fd, 0, at, size) == 0 ? 0 : errno; }
int posix_fallocate64(int fd, off64_t at, off64_t size) { return posix_fallocate(fd, at, size); }

int fsync(int fd) { CHANGE(fd, syscall(SYS_fsync, fd), put(SYNC, inodes[fd], 0, NULL, NULL, NULL, 0)) }
int fdatasync(int fd) { CHANGE(fd, syscall(SYS_fdatasync, fd), put(SYNC, inodes[fd], 0, NULL, NULL, NULL, 0)) }
int sync_file_range(int fd, off64_t at, off64_t size, unsigned flags) {
  // Promises nothing of the file's metadata, nor of the disk's own cache.
  return syscall(SYS_sync_file_range, fd, at, size, flags);
}
