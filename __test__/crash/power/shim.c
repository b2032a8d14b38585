// Loaded before everything else into a process under test (LD_PRELOAD), on Linux. Records, in their order, all changes
// below the folder TRACE_ROOT, all syncs, and what is written to the standard output, in the file TRACE_FILE.
//
// A change and its record are made under one lock, so the records stand in the order of the changes. Calls that would
// change files in a way that is not recorded are recorded as such: the reader of the trace refuses them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { CREATE = 1, MKDIR, WRITE, SIZE, RENAME, UNLINK, RMDIR, LINK, SYNC, MARK, UNKNOWN };

struct record {
  uint64_t kind, inode, at, paths, second, data; // the last three are lengths of what follows
};

#define MAX_FDS 65536
static uint64_t inodes[MAX_FDS]; // of open files below the root; 0 for all others
static char root[PATH_MAX];
static size_t root_length;
static int trace = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("TRACE_ROOT"), *file = getenv("TRACE_FILE");
  if (!folder || !file) return;
  snprintf(root, sizeof root, "%s/", folder);
  root_length = strlen(root);
  trace = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void put(enum kind kind, uint64_t inode, uint64_t at, const char *path, const char *second, const void *data,
                size_t length) {
  struct record head = {kind, inode, at, path ? strlen(path) : 0, second ? strlen(second) : 0, length};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.paths}, {(void *)second, head.second}, {(void *)data, length}};
  if (syscall(SYS_writev, trace, parts, 4) < 0) abort();
}

static void unknown(const char *name) { put(UNKNOWN, 0, 0, name, NULL, NULL, 0); }

// Where an open folder is.
static int folder_of(int fd, char *found) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, found, PATH_MAX - 1);
  if (length < 0) return -1;
  found[length] = 0;
  return 0;
}

// The path as it is below the root, or NULL when it is not.
static const char *below(int folder, const char *path, char *buffer) {
  static const char by_fd[] = "/proc/self/fd/";
  if (trace < 0 || !path) return NULL;
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
  // The root itself is '', so that syncs of it are recorded.
  if (strncmp(path, root, root_length - 1) != 0) return NULL;
  if (path[root_length - 1] == 0) return "";
  return path[root_length - 1] == '/' ? path + root_length : NULL;
}

static uint64_t inode_of(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

static uint64_t size_of(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 ? (uint64_t)found.st_size : 0;
}

static uint64_t traced(int fd) { return trace >= 0 && fd >= 0 && fd < MAX_FDS ? inodes[fd] : 0; }

static int do_open(int folder, const char *path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char *name = below(folder, path, buffer);
  if (!name) return syscall(SYS_openat, folder, path, flags, mode);
  pthread_mutex_lock(&lock);
  struct stat before;
  int existed = fstatat(folder, path, &before, 0) == 0;
  int fd = syscall(SYS_openat, folder, path, flags, mode), error = errno;
  if (fd >= 0) {
    if (fd >= MAX_FDS) abort();
    inodes[fd] = inode_of(fd);
    if (!existed) put(CREATE, inodes[fd], 0, name, NULL, NULL, 0);
    else if ((flags & O_TRUNC) && before.st_size > 0) put(SIZE, inodes[fd], 0, NULL, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, int) : 0;
}

#define WITH_MODE                                                                                                        \
  va_list rest;                                                                                                          \
  va_start(rest, flags);                                                                                                 \
  mode_t mode = mode_of(flags, rest);                                                                                    \
  va_end(rest);

int open(const char *path, int flags, ...) { WITH_MODE return do_open(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE return do_open(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE return do_open(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { WITH_MODE return do_open(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

FILE *fopen(const char *path, const char *how) {
  char buffer[PATH_MAX];
  if (how[0] != 'r' && below(AT_FDCWD, path, buffer)) unknown("fopen");
  return ((FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen"))(path, how);
}
FILE *fopen64(const char *path, const char *how) { return fopen(path, how); }

int close(int fd) {
  if (traced(fd)) inodes[fd] = 0;
  return syscall(SYS_close, fd);
}

// A change of an open file: `call` makes it, `record` records it when it was made.
#define CHANGE(fd, call, record)                                                                                         \
  if (!traced(fd)) return call;                                                                                          \
  pthread_mutex_lock(&lock);                                                                                             \
  ssize_t done = call;                                                                                                   \
  int error = errno;                                                                                                     \
  if (done >= 0) {                                                                                                       \
    record;                                                                                                              \
  }                                                                                                                      \
  pthread_mutex_unlock(&lock);                                                                                           \
  errno = error;                                                                                                         \
  return done;

static uint64_t position(int fd, ssize_t written) { return lseek(fd, 0, SEEK_CUR) - written; }

ssize_t write(int fd, const void *data, size_t size) {
  if (fd == STDOUT_FILENO && trace >= 0) {
    pthread_mutex_lock(&lock);
    put(MARK, 0, 0, NULL, NULL, data, size);
    pthread_mutex_unlock(&lock);
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

// A change of the tree.
#define TREE(call, record)                                                                                               \
  pthread_mutex_lock(&lock);                                                                                             \
  int done = call;                                                                                                       \
  int error = errno;                                                                                                     \
  if (done == 0) {                                                                                                       \
    record;                                                                                                              \
  }                                                                                                                      \
  pthread_mutex_unlock(&lock);                                                                                           \
  errno = error;                                                                                                         \
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
int remove(const char *path) { return unlink(path) == 0 || errno != EISDIR ? 0 : rmdir(path); }

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
