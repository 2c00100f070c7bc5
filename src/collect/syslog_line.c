/* See syslog_line.h. */
#include "collect/syslog_line.h"

#include "base/time_text.h"

#define WORD_BYTES_MAX 128

static void add_word(Buf *to, Slice word, bool in_tag)
{
    word = slice_first(slice_trim(word), WORD_BYTES_MAX);
    if (word.len == 0) word = SLICE("-");
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        bool ends = c <= ' ' || c == 0x7f || (in_tag && (c == '[' || c == ']' || c == ':'));
        buf_add_char(to, ends ? '_' : (char)c);
    }
}

void syslog_line_add(Buf *to, const SyslogLine *line)
{
    char time[TIME_TEXT_MAX];
    int priority = line->priority < 0 || line->priority > 191 ? 13 : line->priority;
    buf_add_format(to, "<%d>", priority);
    if (line->time_ns != 0) {
        buf_add(to, time, time_print_rfc3339(time, line->time_ns));
        buf_add_char(to, ' ');
        add_word(to, line->host, false);
        buf_add_char(to, ' ');
    }
    add_word(to, line->tag, true);
    if (line->pid.len > 0) {
        buf_add_char(to, '[');
        add_word(to, line->pid, true);
        buf_add_char(to, ']');
    }
    buf_add_cstr(to, ": ");
    buf_add_slice(to, line->message);
}
