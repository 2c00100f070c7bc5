#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

#define MAY_READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define MAY_WRITE_FILES                                                                            \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |  \
     LANDLOCK_ACCESS_FS_MAKE_SOCK)
/* Asked of the kernel for everything else, and given to nobody. */
#define NEVER                                                                                      \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |    \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What a file, as opposed to a folder, can be allowed. */
#define OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

/* The C library of Debian 12 has no wrappers. */
static int ruleset_new(void)
{
    const struct landlock_ruleset_attr attributes = {.handled_access_fs =
                                                         MAY_READ_FILES | MAY_WRITE_FILES | NEVER};
    long fd = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    return fd < 0 ? -errno : (int)fd;
}

static int allow_path(int ruleset, const SandboxPath *path)
{
    struct stat info;
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    uint64_t allowed = MAY_READ_FILES | (path->may_write ? MAY_WRITE_FILES : 0);
    if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode)) allowed &= OF_A_FILE;
    const struct landlock_path_beneath_attr rule = {.allowed_access = allowed, .parent_fd = fd};
    long r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int result = r < 0 ? -errno : 0;
    close(fd);
    return result;
}

static int shut_files(const SandboxPath *paths, size_t count, bool *ret_holds)
{
    int ruleset = ruleset_new();
    if (ruleset == -ENOSYS || ruleset == -EOPNOTSUPP) return 0; /* none in this kernel */
    if (ruleset < 0) return ruleset;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = allow_path(ruleset, &paths[i]);
    if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0) r = -errno;
    close(ruleset);
    *ret_holds = r == 0;
    return r;
}

/* ---- system calls ---------------------------------------------------------------------------- */

static const int refused_calls[] = {
    /* other programs, and starting any */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(process_madvise),
    /* the file system's shape, and names that go around it */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsconfig),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(quotactl),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    /* name spaces */
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    /* the kernel itself */
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(add_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(request_key),
    SCMP_SYS(syslog),
    SCMP_SYS(reboot),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(acct),
    SCMP_SYS(personality),
    SCMP_SYS(vhangup),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(modify_ldt),
    /* the clock is evidence */
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
};

/* Internet and local sockets, and what names are looked up with; no raw packets, no other kind. */
static const int socket_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

static int refuse_sockets(scmp_filter_ctx filter)
{
    int r = 0;
    /* below and above the known ones, and in the gaps between them */
    int last = -1;
    for (size_t i = 0; i < ARRAY_COUNT(socket_families) && r == 0; i++) {
        for (int family = last + 1; family < socket_families[i] && r == 0; family++) {
            r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                                 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
        }
        last = socket_families[i];
    }
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_GT, (scmp_datum_t)last, 0));
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW));
    return r;
}

static int fill_filter(scmp_filter_ctx filter)
{
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(refused_calls) && r == 0; i++) {
        if (refused_calls[i] < 0) continue; /* not of this architecture */
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused_calls[i], 0);
    }
    return r < 0 ? r : refuse_sockets(filter);
}

static int shut_calls(bool *ret_holds)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) return -ENOMEM;
    int r = fill_filter(filter);
    if (r == 0) r = seccomp_load(filter);
    seccomp_release(filter);
    if (r == -EINVAL || r == -ENOSYS) return 0; /* a kernel without filters */
    *ret_holds = r == 0;
    return r;
}

int sandbox_enter(const SandboxPath *paths, size_t count, SandboxState *ret)
{
    SandboxState state = {0};
    if (count > SANDBOX_PATHS_MAX) return -E2BIG;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
    int r = shut_files(paths, count, &state.files);
    if (r == 0) r = shut_calls(&state.calls);
    if (r == 0) *ret = state;
    return r;
}
