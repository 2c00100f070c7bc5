/* Numbers from and to text, locale-free; and little-endian reads from byte slices. */
#ifndef AKASHI_BASE_NUMBER_H
#define AKASHI_BASE_NUMBER_H

#include "base/cleanup.h"
#include "base/slice.h"

#define NUMBER_TEXT_MAX 24 /* enough for any 64-bit number in decimal, or 0x and hex */

/* Write at `to` (room for NUMBER_TEXT_MAX), return the length; no NUL is written. */
size_t number_print_u64(char *to, uint64_t value);
size_t number_print_i64(char *to, int64_t value);
/* Lower-case hexadecimal with 0x, no leading zeros. */
size_t number_print_hex(char *to, uint64_t value);

/* The whole slice must be the number. -EINVAL: not a number; -ERANGE: too large; *ret untouched. */
MUST_USE int number_parse_u64(Slice s, uint64_t *ret);
MUST_USE int number_parse_i64(Slice s, int64_t *ret);
/* Hexadecimal digits, an 0x in front is allowed. */
MUST_USE int number_parse_hex(Slice s, uint64_t *ret);
/* Decimal, or hexadecimal when it starts with 0x. */
MUST_USE int number_parse_any(Slice s, uint64_t *ret);

static inline uint16_t read_le16(const void *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline uint32_t read_le32(const void *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline uint64_t read_le64(const void *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "read_le* are for little-endian machines");

/* Takes a LEB128 number off the front of *bytes. -EBADMSG: cut short or over 64 bits. */
MUST_USE int slice_take_varint(Slice *bytes, uint64_t *ret);

#endif
