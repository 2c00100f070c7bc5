/* See verify_text.h. */
#include "verify/verify_text.h"

bool bytes_eq(Bytes a, Bytes b)
{
    return a.count == b.count && (a.count == 0 || memcmp(a.at, b.at, a.count) == 0);
}

size_t bytes_find(Bytes bytes, const char *what)
{
    if (bytes.count == 0) return 0;
    const uint8_t *found = memmem(bytes.at, bytes.count, what, strlen(what));
    return found ? (size_t)(found - bytes.at) : bytes.count;
}

bool bytes_take(Bytes *bytes, const char *text)
{
    size_t count = strlen(text);
    if (bytes->count < count || (count && memcmp(bytes->at, text, count) != 0)) return false;
    *bytes = bytes_skip(*bytes, count);
    return true;
}

bool bytes_take_line(Bytes *bytes, Bytes *ret)
{
    size_t end = bytes_find(*bytes, "\n");
    if (end == bytes->count) return false;
    *ret = bytes_of(bytes->at, end);
    *bytes = bytes_skip(*bytes, end + 1);
    return true;
}

bool bytes_take_value(Bytes *bytes, const char *name, Bytes *ret)
{
    Bytes rest = *bytes, line;
    if (!bytes_take_line(&rest, &line) || !bytes_take(&line, name)) return false;
    *bytes = rest;
    *ret = line;
    return true;
}

bool text_number(Bytes text, uint64_t most, uint64_t *ret)
{
    uint64_t value = 0;
    if (text.count == 0 || text.count > 20 || (text.count > 1 && text.at[0] == '0')) return false;
    for (size_t i = 0; i < text.count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (value > most) return false;
    *ret = value;
    return true;
}

static int digit_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

bool text_base64(Bytes text, void *to, size_t room, size_t *ret_count)
{
    if (text.count % 4 != 0) return false;
    size_t pads = 0, done = 0;
    while (pads < 2 && pads < text.count && text.at[text.count - 1 - pads] == '=') {
        pads++;
    }
    size_t count = text.count / 4 * 3 - pads;
    uint8_t *out = to;
    if (count > room) return false;
    for (size_t i = 0; i < text.count; i += 4) {
        uint32_t group = 0;
        for (size_t j = i; j < i + 4; j++) {
            int value = j < text.count - pads ? digit_value(text.at[j]) : 0;
            if (value < 0) return false;
            group = group << 6 | (uint32_t)value;
        }
        for (int shift = 16; shift >= 0; shift -= 8) {
            uint8_t byte = (uint8_t)(group >> shift);
            if (done < count) {
                out[done++] = byte;
            } else if (byte) {
                return false; /* bits behind the end that say nothing must be zero */
            }
        }
    }
    *ret_count = count;
    return true;
}

bool text_base64_exact(Bytes text, void *to, size_t count)
{
    size_t got;
    return text_base64(text, to, count, &got) && got == count;
}

bool text_hex(Bytes text, void *to, size_t count)
{
    uint8_t *out = to;
    if (text.count != 2 * count) return false;
    for (size_t i = 0; i < text.count; i++) {
        uint8_t c = text.at[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (c < 'a' || c > 'f')) return false;
        uint8_t value = (uint8_t)(is_digit ? c - '0' : c - 'a' + 10);
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] << 4 | value : value);
    }
    return true;
}
