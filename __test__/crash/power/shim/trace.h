// Loaded before everything else into a process under test (LD_PRELOAD), on Linux. Records, in their order, all changes
// below the folder TRACE_ROOT, all syncs, and what is written to the standard output, in the file TRACE_FILE.
//
// A change and its record are made under one lock, so the records stand in the order of the changes. Calls that would
// change files in a way that is not recorded are recorded as such: the reader of the trace refuses them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The reader of the trace (trace.ts) knows them by their numbers.
enum kind { CREATE = 1, MKDIR, WRITE, SIZE, RENAME, UNLINK, RMDIR, LINK, SYNC, MARK, UNKNOWN };

extern pthread_mutex_t change_lock;

// Whether the process is recorded at all.
int is_recording(void);

// Appends a record; parts that do not apply are NULL.
void put(enum kind kind, uint64_t inode, uint64_t at, const char *path, const char *second, const void *data,
         size_t length);

// Records a change that cannot be simulated.
void unknown(const char *name);

// The path as it is below the root, or NULL when it is not. The root itself is ''.
const char *below(int folder, const char *path, char buffer[PATH_MAX]);

// The inode of an open file below the root; 0 for all others.
uint64_t traced(int fd);
