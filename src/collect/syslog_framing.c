/* Where a message ends on a TCP connection. See syslog_listener.h. */
#include "collect/syslog_listener.h"

#define COUNT_DIGITS_MAX 10 /* longer digits are text: no count that anyone sends */

typedef enum Count {
    COUNT_NONE, /* no octet count here */
    COUNT_MORE, /* cannot be told yet */
    COUNT_GOOD,
    COUNT_LARGE, /* one, but over SYSLOG_COUNT_MAX */
} Count;

/* RFC 6587 3.4.1: MSG-LEN SP SYSLOG-MSG, and a SYSLOG-MSG starts with `<`. */
static Count count_read(Slice bytes, size_t *ret_header_bytes, size_t *ret_count)
{
    size_t digits = 0;
    uint64_t count = 0;
    while (digits < bytes.len && digits <= COUNT_DIGITS_MAX) {
        char c = bytes.ptr[digits];
        if (c < (digits ? '0' : '1') || c > '9') break;
        count = count * 10 + (uint64_t)(c - '0');
        digits++;
    }
    if (digits == 0 || digits > COUNT_DIGITS_MAX) return COUNT_NONE;
    Slice after = slice_skip(bytes, digits);
    if (after.len > 0 && after.ptr[0] != ' ') return COUNT_NONE;
    if (after.len < 2) return COUNT_MORE;
    if (after.ptr[1] != '<') return COUNT_NONE;
    *ret_header_bytes = digits + 1;
    *ret_count = (size_t)count;
    return count > SYSLOG_COUNT_MAX ? COUNT_LARGE : COUNT_GOOD;
}

static Slice without_end(Slice message)
{
    if (message.len > 0 && message.ptr[message.len - 1] == '\0') message.len--;
    if (message.len > 0 && message.ptr[message.len - 1] == '\n') message.len--;
    if (message.len > 0 && message.ptr[message.len - 1] == '\r') message.len--;
    return message;
}

/* The next piece of an octet-counted message of which `left` bytes are to come. */
static size_t take_counted(SyslogFraming *state, Slice bytes, size_t left, bool last,
                           SyslogFrame *ret)
{
    size_t piece = left < SYSLOG_MESSAGE_BYTES_MAX ? left : SYSLOG_MESSAGE_BYTES_MAX;
    bool cut_short = bytes.len < piece;
    if (cut_short && !last) return 0;
    if (cut_short) piece = bytes.len;
    ret->message = slice_first(bytes, piece);
    ret->continues = piece < left;
    ret->error = cut_short;
    if (!ret->continues) ret->message = without_end(ret->message);
    state->counted_left = cut_short ? 0 : left - piece;
    return piece;
}

/* Invariant: whether a line is cut does not hang on how its bytes arrived. Its ending (CR LF) is no
 * part of it, so that two bytes over the maximum are looked at before it is cut. */
static size_t take_line(SyslogFraming *state, Slice bytes, bool last, SyslogFrame *ret)
{
    Slice window = slice_first(bytes, SYSLOG_MESSAGE_BYTES_MAX + 2);
    size_t end = slice_find_char(window, '\n');
    size_t nul = slice_find_char(slice_first(window, end), '\0');
    if (nul != SLICE_NOT_FOUND) end = nul;
    bool ended = end != SLICE_NOT_FOUND;
    if (!ended && !last && window.len < SYSLOG_MESSAGE_BYTES_MAX + 2) return 0;
    size_t len = ended ? end : window.len;
    size_t used = ended ? end + 1 : window.len;
    if (len > 0 && nul == SLICE_NOT_FOUND && (ended || last) && window.ptr[len - 1] == '\r') len--;
    bool cut = len > SYSLOG_MESSAGE_BYTES_MAX;
    if (cut) len = used = SYSLOG_MESSAGE_BYTES_MAX;
    ret->message = slice_first(window, len);
    ret->continues = cut;
    state->in_line = cut;
    return used;
}

size_t syslog_frame_next(SyslogFraming *state, Slice bytes, bool last, SyslogFrame *ret)
{
    *ret = (SyslogFrame){0};
    if (state->counted_left) return take_counted(state, bytes, state->counted_left, last, ret);
    if (bytes.len == 0) return 0;
    if (state->in_line) return take_line(state, bytes, last, ret);
    size_t header_bytes = 0, count = 0;
    Count kind = count_read(bytes, &header_bytes, &count);
    if (kind == COUNT_MORE && !last) return 0;
    if (kind != COUNT_GOOD) {
        size_t used = take_line(state, bytes, last, ret);
        ret->error = kind == COUNT_LARGE && used > 0;
        return used;
    }
    size_t used = take_counted(state, slice_skip(bytes, header_bytes), count, last, ret);
    return used ? header_bytes + used : 0;
}
