/* See html_text.h. */
#include "server/html_text.h"

#include "base/number.h"
#include "base/utf8.h"
#include "search/text_width.h"

static const char *reference(uint32_t c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && !reference((unsigned char)c);
}

void html_add(Buf *to, Slice s)
{
    while (s.len > 0) {
        size_t plain = 0;
        while (plain < s.len && is_plain(s.ptr[plain])) {
            plain++;
        }
        buf_add(to, s.ptr, plain);
        s = slice_skip(s, plain);
        if (s.len == 0) break;
        uint32_t c = utf8_take(&s);
        const char *written = reference(c);
        if (written) {
            buf_add_cstr(to, written);
        } else {
            char *room = buf_reserve(to, 4);
            if (room) to->len += utf8_put(room, c == '\n' || c == '\t' ? c : text_made_safe(c));
        }
    }
}

void html_add_cstr(Buf *to, const char *text)
{
    html_add(to, slice_from_cstr(text));
}

void html_add_count(Buf *to, uint64_t count)
{
    char digits[NUMBER_TEXT_MAX];
    size_t len = number_print_u64(digits, count);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) buf_add_char(to, ',');
        buf_add_char(to, digits[i]);
    }
}

void url_add(Buf *to, Slice s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || c == '-' || c == '.' || c == '_' || c == '~') {
            buf_add_char(to, (char)c);
            continue;
        }
        const char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
        buf_add(to, escaped, sizeof escaped);
    }
}
