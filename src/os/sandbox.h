/* The process shuts itself in: from then on neither it nor anything that takes it over can reach
 * files, programs or parts of the kernel that a log server has no business with.
 *
 * Landlock (landlock(7), Linux 5.13) for files: only the folders named, each to be read or also
 * written; no program can be started from anywhere. seccomp (seccomp(2)) for system calls: what
 * only intruders ask for (other programs' memory, mounts, kernel modules, name spaces, io_uring,
 * raw sockets...) is answered with EPERM. Both hold for all threads that begin later, cannot be
 * taken back, and need no privilege. Where the kernel has one of them not, the other still holds.
 */
#ifndef AKASHI_OS_SANDBOX_H
#define AKASHI_OS_SANDBOX_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct SandboxPath {
    const char *path; /* a folder or file; one that is absent is passed over */
    bool may_write;   /* with all below it: make, write, rename, remove */
} SandboxPath;

#define SANDBOX_PATHS_MAX 128

typedef struct SandboxState {
    bool files; /* Landlock holds */
    bool calls; /* seccomp holds */
} SandboxState;

/* Call it before any other thread starts. -E2BIG: over SANDBOX_PATHS_MAX; what the system said of a
 * step that it should be able to do. On failure the process may be shut in partly: end it. */
MUST_USE int sandbox_enter(const SandboxPath *paths, size_t count, SandboxState *ret);

#endif
