/* See messages.h. */
#include "engine/messages.h"

#include "base/number.h"
#include "base/utf8.h"

#include <unistd.h>

const MessageInfo messages[MESSAGE_COUNT] = {
#include "engine/message_table.inc"
};

/* Control characters, C1 controls and bidirectional overrides never reach a terminal. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void add_safe(Buf *to, Slice value)
{
    while (value.len > 0) {
        Slice before = value;
        uint32_t c = utf8_take(&value);
        if (is_unsafe(c)) {
            buf_add_format(to, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
        } else if (c == 0xfffd) {
            buf_add(to, "\xef\xbf\xbd", 3);
        } else {
            buf_add(to, before.ptr, before.len - value.len);
        }
    }
}

static const MessagePart *part_named(const MessagePart *parts, Slice name)
{
    for (size_t i = 0; i < MESSAGE_PARTS_MAX && parts[i].name; i++) {
        if (slice_eq(slice_from_cstr(parts[i].name), name)) return &parts[i];
    }
    return NULL;
}

void message_add(Buf *to, MessageId id, Language language, const MessagePart *parts)
{
    Slice words = slice_from_cstr(messages[id].words[language]);
    while (words.len > 0) {
        size_t open = slice_find_char(words, '{');
        if (open == SLICE_NOT_FOUND) break;
        size_t close = slice_find_char(words, '}');
        if (close == SLICE_NOT_FOUND || close < open) break;
        Slice name = slice_of(words.ptr + open + 1, close - open - 1);
        const MessagePart *part = part_named(parts, name);
        buf_add(to, words.ptr, part ? open : close + 1);
        if (part) add_safe(to, part->value);
        words = slice_skip(words, close + 1);
    }
    buf_add_slice(to, words);
}

void message_print(MessageId id, Language language, const MessagePart *parts)
{
    CLEANUP(buf_done) Buf line = {0};
    buf_add_cstr(&line, "akashi: ");
    message_add(&line, id, language, parts);
    buf_add_char(&line, '\n');
    if (write(STDERR_FILENO, line.ptr, line.len) < 0) return; /* nobody is left to be told */
}

Slice error_words(int error)
{
    const char *words = strerrordesc_np(error < 0 ? -error : error);
    return slice_from_cstr(words ? words : "unknown error");
}

Slice number_words(char *room, uint64_t number)
{
    return slice_of(room, number_print_u64(room, number));
}
