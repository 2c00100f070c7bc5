/* See number.h. */
#include "base/number.h"

#include <errno.h>

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

size_t number_print_u64(char *to, uint64_t value)
{
    char digits[NUMBER_TEXT_MAX];
    size_t at = sizeof digits;
    while (value >= 100) {
        at -= 2;
        memcpy(digits + at, digit_pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(digits + at, digit_pairs + 2 * value, 2);
    } else {
        digits[--at] = (char)('0' + value);
    }
    memcpy(to, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t number_print_i64(char *to, int64_t value)
{
    if (value >= 0) return number_print_u64(to, (uint64_t)value);
    to[0] = '-';
    return 1 + number_print_u64(to + 1, -(uint64_t)value);
}

size_t number_print_hex(char *to, uint64_t value)
{
    size_t digits = value ? (67 - (size_t)__builtin_clzll(value)) / 4 : 1;
    to[0] = '0';
    to[1] = 'x';
    for (size_t i = 0; i < digits; i++) {
        to[2 + i] = "0123456789abcdef"[(value >> (4 * (digits - 1 - i))) & 15];
    }
    return 2 + digits;
}

int number_parse_u64(Slice s, uint64_t *ret)
{
    uint64_t value = 0;
    if (s.len == 0) return -EINVAL;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';
        if (digit > 9) return -EINVAL;
        if (__builtin_mul_overflow(value, 10, &value)) return -ERANGE;
        if (__builtin_add_overflow(value, digit, &value)) return -ERANGE;
    }
    *ret = value;
    return 0;
}

int number_parse_i64(Slice s, int64_t *ret)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t value;
    int r = number_parse_u64(negative ? slice_skip(s, 1) : s, &value);
    if (r < 0) return r;
    if (value > (uint64_t)INT64_MAX + negative) return -ERANGE;
    *ret = negative ? (int64_t)-value : (int64_t)value;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int number_parse_hex(Slice s, uint64_t *ret)
{
    if (slice_starts_nocase(s, SLICE("0x"))) s = slice_skip(s, 2);
    if (s.len == 0) return -EINVAL;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        int digit = hex_digit(s.ptr[i]);
        if (digit < 0) return -EINVAL;
        if (value >> 60) return -ERANGE;
        value = value << 4 | (uint64_t)digit;
    }
    *ret = value;
    return 0;
}

int number_parse_any(Slice s, uint64_t *ret)
{
    if (slice_starts_nocase(s, SLICE("0x"))) return number_parse_hex(s, ret);
    return number_parse_u64(s, ret);
}

int slice_take_varint(Slice *bytes, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes->len && i < 10; i++) {
        unsigned char byte = (unsigned char)bytes->ptr[i];
        if (i == 9 && byte > 1) return -EBADMSG;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            *bytes = slice_skip(*bytes, i + 1);
            *ret = value;
            return 0;
        }
    }
    return -EBADMSG;
}
