#include "main/data_owner.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT (1u << CAP_DAC_READ_SEARCH | 1u << CAP_NET_BIND_SERVICE)

/* capabilities(7): going from root to another effective user empties the effective set and leaves
 * the permitted one, from which these two are taken back and to which it is cut down. */
static int keep_two(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    if (syscall(SYS_capget, &head, sets) < 0) return -errno;
    uint32_t kept = sets[0].permitted & KEPT;
    sets[0] = (struct __user_cap_data_struct){.effective = kept, .permitted = kept};
    sets[1] = (struct __user_cap_data_struct){0};
    return syscall(SYS_capset, &head, sets) < 0 ? -errno : 0;
}

int data_owner_become(const char *folder)
{
    struct stat info;
    if (getuid() != 0 || geteuid() != 0) return 0;
    if (stat(folder, &info) < 0 || info.st_uid == 0) return 0;
    if (setgroups(0, NULL) < 0 || setegid(info.st_gid) < 0 || seteuid(info.st_uid) < 0)
        return -errno;
    return keep_two();
}
