/* See pack_switch.h. */
#include "engine/pack_switch.h"

#include <errno.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352

int pack_switches_read(const Os *os, const char *folder, Arena *arena, Slice *ret)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/" PACK_SWITCHES_FILE, folder);
    if (len >= (int)sizeof path) return -ENAMETOOLONG;
    int r = os_read_file(os, path, PACK_SWITCHES_BYTES_MAX, arena, ret);
    if (r == -ENOENT) *ret = (Slice){0};
    return r == -ENOENT ? 0 : r;
}

static bool is_of(Slice line, Slice pack)
{
    bool has_sign = line.len > 1 && (line.ptr[0] == '+' || line.ptr[0] == '-');
    return has_sign && slice_eq(slice_skip(line, 1), pack);
}

bool pack_is_on(Slice chosen, Slice switches, Slice pack)
{
    Slice line, name;
    while (slice_cut(&switches, '\n', &line)) {
        if (is_of(line, pack)) return line.ptr[0] == '+';
    }
    if (slice_eq(slice_trim(chosen), SLICE("all"))) return true;
    while (slice_cut(&chosen, ',', &name)) {
        if (slice_eq(slice_trim(name), pack)) return true;
    }
    return false;
}

void pack_switches_change(Slice switches, Slice pack, bool on, Buf *to)
{
    Slice line;
    while (slice_cut(&switches, '\n', &line)) {
        if (line.len == 0 || is_of(line, pack)) continue;
        buf_add_slice(to, line);
        buf_add_char(to, '\n');
    }
    buf_add_char(to, on ? '+' : '-');
    buf_add_slice(to, pack);
    buf_add_char(to, '\n');
}
