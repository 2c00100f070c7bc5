/* See samba_line.h. */
#include "translate/actions/samba_line.h"

#include "base/number.h"
#include "translate/job.h"
#include "translate/text.h"

#define PREFIX_PARTS_MAX 8

/* The operations of vfs_full_audit, old names too (Samba 3.0 to 4.19). */
static const struct {
    Slice name;
    SambaOperation operation;
} operations[] = {
    {SLICE_INIT("close"), SAMBA_CLOSE},
    {SLICE_INIT("create_file"), SAMBA_CREATE_FILE},
    {SLICE_INIT("pread_send"), SAMBA_READ},
    {SLICE_INIT("pread_recv"), SAMBA_READ},
    {SLICE_INIT("pread"), SAMBA_READ},
    {SLICE_INIT("read"), SAMBA_READ},
    {SLICE_INIT("sendfile"), SAMBA_READ},
    {SLICE_INIT("pwrite_send"), SAMBA_WRITE},
    {SLICE_INIT("pwrite_recv"), SAMBA_WRITE},
    {SLICE_INIT("pwrite"), SAMBA_WRITE},
    {SLICE_INIT("write"), SAMBA_WRITE},
    {SLICE_INIT("recvfile"), SAMBA_WRITE},
    {SLICE_INIT("fallocate"), SAMBA_TRUNCATE},
    {SLICE_INIT("ftruncate"), SAMBA_TRUNCATE},
    {SLICE_INIT("renameat"), SAMBA_RENAME},
    {SLICE_INIT("rename"), SAMBA_RENAME},
    {SLICE_INIT("unlinkat"), SAMBA_DELETE},
    {SLICE_INIT("unlink"), SAMBA_DELETE},
    {SLICE_INIT("rmdir"), SAMBA_DELETE},
    {SLICE_INIT("mkdirat"), SAMBA_MKDIR},
    {SLICE_INIT("mkdir"), SAMBA_MKDIR},
    {SLICE_INIT("connect"), SAMBA_CONNECT},
    {SLICE_INIT("disconnect"), SAMBA_DISCONNECT},
    {SLICE_INIT("openat"), SAMBA_OPEN},
    {SLICE_INIT("open"), SAMBA_OPEN},
    {SLICE_INIT("offload_write_send"), SAMBA_COPY},
    {SLICE_INIT("copy_chunk_send"), SAMBA_COPY},
    {SLICE_INIT("fset_nt_acl"), SAMBA_PERMISSIONS},
    {SLICE_INIT("set_nt_acl"), SAMBA_PERMISSIONS},
    {SLICE_INIT("fset_dos_attributes"), SAMBA_ATTRIBUTES},
    {SLICE_INIT("set_dos_attributes"), SAMBA_ATTRIBUTES},
    {SLICE_INIT("fntimes"), SAMBA_ATTRIBUTES},
    {SLICE_INIT("ntimes"), SAMBA_ATTRIBUTES},
    {SLICE_INIT("opendir"), SAMBA_NOTHING},
    {SLICE_INIT("fdopendir"), SAMBA_NOTHING},
    {SLICE_INIT("readdir"), SAMBA_NOTHING},
    {SLICE_INIT("closedir"), SAMBA_NOTHING},
    {SLICE_INIT("rewinddir"), SAMBA_NOTHING},
    {SLICE_INIT("seekdir"), SAMBA_NOTHING},
    {SLICE_INIT("telldir"), SAMBA_NOTHING},
    {SLICE_INIT("stat"), SAMBA_NOTHING},
    {SLICE_INIT("fstat"), SAMBA_NOTHING},
    {SLICE_INIT("lstat"), SAMBA_NOTHING},
    {SLICE_INIT("fstatat"), SAMBA_NOTHING},
    {SLICE_INIT("lseek"), SAMBA_NOTHING},
    {SLICE_INIT("fsync"), SAMBA_NOTHING},
    {SLICE_INIT("fsync_send"), SAMBA_NOTHING},
    {SLICE_INIT("fsync_recv"), SAMBA_NOTHING},
    {SLICE_INIT("lock"), SAMBA_NOTHING},
    {SLICE_INIT("getlock"), SAMBA_NOTHING},
    {SLICE_INIT("kernel_flock"), SAMBA_NOTHING},
    {SLICE_INIT("filesystem_sharemode"), SAMBA_NOTHING},
    {SLICE_INIT("linux_setlease"), SAMBA_NOTHING},
    {SLICE_INIT("brl_lock_windows"), SAMBA_NOTHING},
    {SLICE_INIT("brl_unlock_windows"), SAMBA_NOTHING},
    {SLICE_INIT("strict_lock_check"), SAMBA_NOTHING},
    {SLICE_INIT("chdir"), SAMBA_NOTHING},
    {SLICE_INIT("getwd"), SAMBA_NOTHING},
    {SLICE_INIT("realpath"), SAMBA_NOTHING},
    {SLICE_INIT("readlinkat"), SAMBA_NOTHING},
    {SLICE_INIT("disk_free"), SAMBA_NOTHING},
    {SLICE_INIT("statvfs"), SAMBA_NOTHING},
    {SLICE_INIT("fs_capabilities"), SAMBA_NOTHING},
    {SLICE_INIT("get_quota"), SAMBA_NOTHING},
    {SLICE_INIT("get_alloc_size"), SAMBA_NOTHING},
    {SLICE_INIT("file_id_create"), SAMBA_NOTHING},
    {SLICE_INIT("fstreaminfo"), SAMBA_NOTHING},
    {SLICE_INIT("streaminfo"), SAMBA_NOTHING},
    {SLICE_INIT("get_real_filename"), SAMBA_NOTHING},
    {SLICE_INIT("get_real_filename_at"), SAMBA_NOTHING},
    {SLICE_INIT("parent_pathname"), SAMBA_NOTHING},
    {SLICE_INIT("translate_name"), SAMBA_NOTHING},
    {SLICE_INIT("fsctl"), SAMBA_NOTHING},
    {SLICE_INIT("offload_read_send"), SAMBA_NOTHING},
    {SLICE_INIT("offload_read_recv"), SAMBA_NOTHING},
    {SLICE_INIT("offload_write_recv"), SAMBA_NOTHING},
    {SLICE_INIT("fget_nt_acl"), SAMBA_NOTHING},
    {SLICE_INIT("get_nt_acl_at"), SAMBA_NOTHING},
    {SLICE_INIT("get_nt_acl"), SAMBA_NOTHING},
    {SLICE_INIT("fget_dos_attributes"), SAMBA_NOTHING},
    {SLICE_INIT("get_dos_attributes"), SAMBA_NOTHING},
    {SLICE_INIT("fgetxattr"), SAMBA_NOTHING},
    {SLICE_INIT("getxattr"), SAMBA_NOTHING},
    {SLICE_INIT("flistxattr"), SAMBA_NOTHING},
    {SLICE_INIT("fsetxattr"), SAMBA_NOTHING},
    {SLICE_INIT("durable_cookie"), SAMBA_NOTHING},
    {SLICE_INIT("durable_disconnect"), SAMBA_NOTHING},
    {SLICE_INIT("durable_reconnect"), SAMBA_NOTHING},
    {SLICE_INIT("aio_force"), SAMBA_NOTHING},
};

static bool find_operation(Slice name, SambaOperation *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(operations); i++) {
        if (!slice_eq(operations[i].name, name)) continue;
        *ret = operations[i].operation;
        return true;
    }
    return false;
}

static bool is_result(Slice text)
{
    return slice_eq(text, SLICE("ok")) || slice_starts(text, SLICE("fail"));
}

/* Names of users, computers (Samba leaves only letters, digits, - and _ of what a client says) and
 * shares hold no separator, so the first operation with a result behind it is the line's own. */
static bool take_prefix(Slice *rest, Slice *parts, size_t *ret_count, SambaLine *ret,
                        Slice *ret_result)
{
    size_t count = 0;
    Slice part, ahead;
    while (count < PREFIX_PARTS_MAX && slice_cut(rest, '|', &part)) {
        Slice after = *rest;
        if (count > 0 && slice_cut(&after, '|', &ahead) && is_result(ahead) &&
            find_operation(part, &ret->operation)) {
            *rest = after;
            *ret_count = count;
            *ret_result = ahead;
            return true;
        }
        parts[count++] = part;
    }
    return false;
}

/* The person stands first, or behind the address; what else there is are computer and share. */
static void name_prefix(const Slice *parts, size_t count, SambaLine *ret)
{
    Slice others[PREFIX_PARTS_MAX] = {0};
    size_t other_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (ret->address.len == 0 && job_is_address(parts[i])) {
            ret->address = parts[i];
        } else {
            others[other_count++] = parts[i];
        }
    }
    ret->user = others[0];
    if (other_count > 1) ret->share = others[other_count - 1];
    if (other_count > 2) ret->computer = others[1];
}

static SambaDisposition disposition_of(Slice text)
{
    if (slice_eq(text, SLICE("create"))) return SAMBA_MAKES;
    if (slice_eq(text, SLICE("open_if"))) return SAMBA_OPENS_OR_MAKES;
    if (slice_eq(text, SLICE("overwrite_if")) || slice_eq(text, SLICE("supersede"))) {
        return SAMBA_OVERWRITES_OR_MAKES;
    }
    return SAMBA_OPENS;
}

static bool take_create(Slice rest, SambaLine *ret)
{
    Slice mask, kind, disposition;
    uint64_t number;
    if (!slice_cut(&rest, '|', &mask) || !slice_cut(&rest, '|', &kind) ||
        !slice_cut(&rest, '|', &disposition) || number_parse_any(mask, &number) < 0) {
        return false;
    }
    ret->mask = (uint32_t)number;
    ret->folder = slice_eq(kind, SLICE("dir"));
    ret->disposition = disposition_of(disposition);
    ret->path = rest;
    return true;
}

/* Clients of Windows cannot put | into a name; where there are more, which is which is not known.
 */
static void take_rename(Slice rest, SambaLine *ret)
{
    Slice old;
    ret->path = rest;
    if (!text_split(rest, SLICE("|"), &old, &rest)) return;
    if (slice_find_char(rest, '|') != SLICE_NOT_FOUND) return;
    ret->path = old;
    ret->target = rest;
}

static bool take_arguments(Slice rest, SambaLine *ret)
{
    Slice sddl, kind;
    ret->path = rest;
    switch (ret->operation) {
    case SAMBA_CREATE_FILE: return take_create(rest, ret);
    case SAMBA_RENAME: take_rename(rest, ret); return true;
    case SAMBA_OPEN:
        if (!slice_cut(&rest, '|', &kind)) return false;
        ret->writes = slice_eq(kind, SLICE("w"));
        ret->path = rest;
        return true;
    case SAMBA_PERMISSIONS:
        if (slice_ends(rest, SLICE("]")))
            (void)text_split_last(rest, SLICE(" ["), &ret->path, &sddl);
        return true;
    case SAMBA_ATTRIBUTES: (void)slice_cut(&rest, '|', &ret->path); return true;
    default: return true;
    }
}

bool samba_line_take(Slice tag, Slice message, SambaLine *ret)
{
    Slice parts[PREFIX_PARTS_MAX], result;
    size_t count;
    if (!slice_starts(tag, SLICE("smbd"))) return false;
    while (message.len > 0 && message.ptr[0] == ' ') {
        message = slice_skip(message, 1);
    }
    *ret = (SambaLine){0};
    if (!take_prefix(&message, parts, &count, ret, &result)) return false;
    ret->failed = !slice_eq(result, SLICE("ok"));
    ret->refused = slice_find(result, SLICE("(Permission denied)")) != SLICE_NOT_FOUND ||
                   slice_find(result, SLICE("(Operation not permitted)")) != SLICE_NOT_FOUND ||
                   slice_find(result, SLICE("(Read-only file system)")) != SLICE_NOT_FOUND;
    name_prefix(parts, count, ret);
    return take_arguments(message, ret);
}
