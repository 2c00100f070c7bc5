/* See json_text.h. */
#include "base/json_text.h"

#include "base/number.h"
#include "base/utf8.h"

/* 1: must be escaped in a JSON string; 2: lead or stray byte of non-ASCII text. */
static const unsigned char needs_care[256] = {
    [0 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 1, [0x80 ... 0xff] = 2,
};

static void add_escape(Buf *to, unsigned char c)
{
    switch (c) {
    case '"': buf_add(to, "\\\"", 2); return;
    case '\\': buf_add(to, "\\\\", 2); return;
    case '\n': buf_add(to, "\\n", 2); return;
    case '\r': buf_add(to, "\\r", 2); return;
    case '\t': buf_add(to, "\\t", 2); return;
    default: buf_add_format(to, "\\u%04x", c); return;
    }
}

/* Length of the prefix of plain ASCII that needs no escape, eight bytes at a time. */
static size_t plain_prefix(Slice s)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t eight = read_le64(s.ptr + i);
        uint64_t quote = eight ^ (ones * '"'), backslash = eight ^ (ones * '\\');
        uint64_t rubout = eight ^ (ones * 0x7f);
        uint64_t care =
            (eight - ones * 0x20) | (quote - ones) | (backslash - ones) | (rubout - ones) | eight;
        if (care & highs) break;
    }
    while (i < s.len && !needs_care[(unsigned char)s.ptr[i]]) {
        i++;
    }
    return i;
}

/* The C1 controls U+0080 to U+009F can drive a terminal; U+0085, U+2028 and U+2029 are ends of line
 * to some readers of JSON lines. */
static size_t escaped_length(Slice s)
{
    if (s.len >= 2 && s.ptr[0] == '\xc2' && (unsigned char)s.ptr[1] <= 0x9f) {
        return (unsigned char)s.ptr[1] >= 0x80 ? 2 : 0;
    }
    return slice_starts(s, SLICE("\xe2\x80\xa8")) || slice_starts(s, SLICE("\xe2\x80\xa9")) ? 3 : 0;
}

/* A run without characters to escape but with non-ASCII text. */
static void add_wide_run(Buf *to, Slice run)
{
    size_t begun = 0;
    for (size_t i = 0; i < run.len; i++) {
        unsigned char lead = (unsigned char)run.ptr[i];
        if (lead != 0xc2 && lead != 0xe2) continue;
        Slice at = slice_skip(run, i);
        size_t len = escaped_length(at);
        if (len == 0) continue;
        utf8_add_repaired(to, slice_of(run.ptr + begun, i - begun));
        buf_add_format(to, "\\u%04x", utf8_take(&at));
        i += len - 1;
        begun = i + 1;
    }
    utf8_add_repaired(to, slice_skip(run, begun));
}

void json_add_string(Buf *to, Slice s)
{
    buf_add_char(to, '"');
    while (s.len > 0) {
        size_t plain = plain_prefix(s);
        buf_add(to, s.ptr, plain);
        s = slice_skip(s, plain);
        if (s.len == 0) break;
        if (needs_care[(unsigned char)s.ptr[0]] == 1) {
            add_escape(to, (unsigned char)s.ptr[0]);
            s = slice_skip(s, 1);
            continue;
        }
        size_t run = 1;
        while (run < s.len && needs_care[(unsigned char)s.ptr[run]] != 1) {
            run++;
        }
        add_wide_run(to, slice_first(s, run));
        s = slice_skip(s, run);
    }
    buf_add_char(to, '"');
}

static bool take_run(Slice *s)
{
    size_t count = 0;
    while (count < s->len && s->ptr[count] >= '0' && s->ptr[count] <= '9') {
        count++;
    }
    *s = slice_skip(*s, count);
    return count > 0;
}

bool json_is_number(Slice s)
{
    if (s.len > 0 && s.ptr[0] == '-') s = slice_skip(s, 1);
    if (s.len > 1 && s.ptr[0] == '0' && s.ptr[1] >= '0' && s.ptr[1] <= '9') return false;
    if (!take_run(&s)) return false;
    if (s.len > 0 && s.ptr[0] == '.') {
        s = slice_skip(s, 1);
        if (!take_run(&s)) return false;
    }
    if (s.len > 0 && (s.ptr[0] == 'e' || s.ptr[0] == 'E')) {
        s = slice_skip(s, 1);
        if (s.len > 0 && (s.ptr[0] == '+' || s.ptr[0] == '-')) s = slice_skip(s, 1);
        if (!take_run(&s)) return false;
    }
    return s.len == 0;
}
