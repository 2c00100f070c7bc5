/* The text of values: MS-EVEN6 2.2.12 (value types), MS-DTYP for SID, GUID, FILETIME, SYSTEMTIME.
 *
 * A value whose length does not suit its type is not refused: integers take the length they have
 * (Windows itself writes 4 bytes for some 8-byte types), everything else becomes hexadecimal. */
#include "decode/evtx_int.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

static const char hex_upper[] = "0123456789ABCDEF";

static size_t print_binary(Slice bytes, char *to)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        to[2 * i] = hex_upper[byte >> 4];
        to[2 * i + 1] = hex_upper[byte & 15];
    }
    return 2 * bytes.len;
}

static bool read_unsigned(Slice bytes, uint64_t *ret)
{
    switch (bytes.len) {
    case 1: *ret = (unsigned char)bytes.ptr[0]; return true;
    case 2: *ret = read_le16(bytes.ptr); return true;
    case 4: *ret = read_le32(bytes.ptr); return true;
    case 8: *ret = read_le64(bytes.ptr); return true;
    default: return false;
    }
}

static size_t print_unsigned(Slice bytes, char *to, FieldKind *ret_kind)
{
    uint64_t value;
    if (!read_unsigned(bytes, &value)) return print_binary(bytes, to);
    *ret_kind = FIELD_NUMBER;
    return number_print_u64(to, value);
}

static size_t print_signed(Slice bytes, char *to, FieldKind *ret_kind)
{
    uint64_t value;
    if (!read_unsigned(bytes, &value)) return print_binary(bytes, to);
    *ret_kind = FIELD_NUMBER;
    size_t unused_bits = 64 - 8 * bytes.len; /* the sign's bit goes to the top and back */
    return number_print_i64(to, (int64_t)(value << unused_bits) >> unused_bits);
}

/* Windows shows pointers so, too. */
static size_t print_hex(Slice bytes, char *to, FieldKind *ret_kind)
{
    uint64_t value;
    (void)ret_kind;
    return read_unsigned(bytes, &value) ? number_print_hex(to, value) : print_binary(bytes, to);
}

/* The shortest of the usual precisions that reads back as the same number. */
static size_t print_real(Slice bytes, char *to, FieldKind *ret_kind)
{
    static const int precisions[2][3] = {{6, 8, 9}, {15, 16, 17}};
    double value;
    if (bytes.len == sizeof(float)) {
        float narrow;
        memcpy(&narrow, bytes.ptr, sizeof narrow);
        value = (double)narrow;
    } else if (bytes.len == sizeof(double)) {
        memcpy(&value, bytes.ptr, sizeof value);
    } else {
        return print_binary(bytes, to);
    }
    if (__builtin_isnan(value)) return (size_t)snprintf(to, 32, "NaN");
    if (__builtin_isinf(value)) return (size_t)snprintf(to, 32, value < 0 ? "-INF" : "INF");
    *ret_kind = FIELD_NUMBER;
    size_t len = 0;
    for (int i = 0; i < 3; i++) {
        len = (size_t)snprintf(to, 32, "%.*g", precisions[bytes.len == 8][i], value);
        double again = strtod(to, NULL);
        if (bytes.len == 8 ? again == value : (float)again == (float)value) break;
    }
    char *comma = memchr(to, ',', len); /* some locales' decimal point */
    if (comma) *comma = '.';
    return len;
}

static size_t print_bool(Slice bytes, char *to, FieldKind *ret_kind)
{
    bool value =
        false; /* 4 bytes as a rule; some providers write 1 or other numbers than 0 and 1 */
    for (size_t i = 0; i < bytes.len; i++) {
        value |= bytes.ptr[i] != 0;
    }
    *ret_kind = FIELD_BOOL;
    memcpy(to, value ? "true" : "false", 5);
    return value ? 4 : 5;
}

/* MS-DTYP 2.3.4.3 curly braced string; upper case. */
static size_t print_guid(Slice bytes, char *to, FieldKind *ret_kind)
{
    (void)ret_kind;
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    if (bytes.len != 16) return print_binary(bytes, to);
    char *at = to;
    *at++ = '{';
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        unsigned char byte = (unsigned char)bytes.ptr[order[i]];
        *at++ = hex_upper[byte >> 4];
        *at++ = hex_upper[byte & 15];
    }
    *at++ = '}';
    return (size_t)(at - to);
}

/* MS-DTYP 2.4.2: S-revision-authority-subauthorities. */
static size_t print_sid(Slice bytes, char *to, FieldKind *ret_kind)
{
    (void)ret_kind;
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    if (bytes.len < 8 || p[1] > 15 || bytes.len < 8 + 4 * (size_t)p[1]) {
        return print_binary(bytes, to);
    }
    uint64_t authority = 0;
    for (int i = 2; i < 8; i++) {
        authority = authority << 8 | p[i];
    }
    char *at = to;
    *at++ = 'S';
    *at++ = '-';
    at += number_print_u64(at, p[0]);
    *at++ = '-';
    at += authority >> 32 ? number_print_hex(at, authority) : number_print_u64(at, authority);
    for (size_t i = 0; i < p[1]; i++) {
        *at++ = '-';
        at += number_print_u64(at, read_le32(bytes.ptr + 8 + 4 * i));
    }
    return (size_t)(at - to);
}

static char *put_two(char *to, uint32_t value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
    return to + 2;
}

static char *put_date(char *to, uint32_t year, uint32_t month, uint32_t day)
{
    to = put_two(put_two(to, year / 100), year % 100);
    *to++ = '-';
    to = put_two(to, month);
    *to++ = '-';
    to = put_two(to, day);
    *to++ = 'T';
    return to;
}

static char *put_clock(char *to, uint32_t second_of_day)
{
    to = put_two(to, second_of_day / 3600);
    *to++ = ':';
    to = put_two(to, second_of_day / 60 % 60);
    *to++ = ':';
    return put_two(to, second_of_day % 60);
}

/* A fraction of `digits` digits without its trailing zeros, nothing for zero; then Z. */
static char *put_fraction(char *to, uint32_t fraction, int digits)
{
    if (fraction) {
        *to++ = '.';
        for (int i = digits - 1; i >= 0; i--) {
            to[i] = (char)('0' + fraction % 10);
            fraction /= 10;
        }
        to += digits;
        while (to[-1] == '0') {
            to--;
        }
    }
    *to++ = 'Z';
    return to;
}

/* RFC 3339 to 100 ns. Years over 9999 ("never" is 0x7fffffffffffffff) have no such text: the number
 * in hexadecimal. The calendar is Howard Hinnant's public-domain day count, as in base/time_text.c,
 * whose span ends at 2261. */
static size_t print_filetime(Slice bytes, char *to, FieldKind *ret_kind)
{
    (void)ret_kind;
    const uint64_t ticks_per_day = (uint64_t)86400 * 10000000;
    if (bytes.len != 8) return print_binary(bytes, to);
    uint64_t ticks = read_le64(bytes.ptr);
    uint32_t days = (uint32_t)(ticks / ticks_per_day);
    if (days > 3067670) return number_print_hex(to, ticks); /* 9999-12-31 */
    uint64_t in_day = ticks % ticks_per_day;
    uint32_t shifted = days + 584694; /* since 0000-03-01 */
    uint32_t era = shifted / 146097, day_of_era = shifted % 146097;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month_shifted = (5 * day_of_year + 2) / 153;
    uint32_t day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    uint32_t month = month_shifted < 10 ? month_shifted + 3 : month_shifted - 9;
    char *at = put_date(to, year_of_era + era * 400 + (month <= 2), month, day);
    at = put_clock(at, (uint32_t)(in_day / 10000000));
    return (size_t)(put_fraction(at, (uint32_t)(in_day % 10000000), 7) - to);
}

/* MS-DTYP 2.3.13. One that is no moment of the calendar becomes hexadecimal. */
static size_t print_systemtime(Slice bytes, char *to, FieldKind *ret_kind)
{
    (void)ret_kind;
    if (bytes.len != 16) return print_binary(bytes, to);
    uint16_t unit[8]; /* year, month, day of week, day, hour, minute, second, millisecond */
    memcpy(unit, bytes.ptr, sizeof unit);
    if (unit[0] > 9999 || unit[1] < 1 || unit[1] > 12 || unit[3] < 1 || unit[3] > 31 ||
        unit[4] > 23 || unit[5] > 59 || unit[6] > 59 || unit[7] > 999) {
        return print_binary(bytes, to);
    }
    char *at = put_date(to, unit[0], unit[1], unit[3]);
    at = put_clock(at, unit[4] * 3600u + unit[5] * 60u + unit[6]);
    return (size_t)(put_fraction(at, unit[7], 3) - to);
}

/* Many providers count the terminating NUL in. */
static size_t print_string(Slice bytes, char *to, FieldKind *ret_kind)
{
    (void)ret_kind;
    size_t len = bytes.len & ~(size_t)1;
    while (len >= 2 && bytes.ptr[len - 1] == 0 && bytes.ptr[len - 2] == 0) {
        len -= 2;
    }
    return utf8_from_utf16le(to, slice_first(bytes, len));
}

/* The code page is the writing machine's and not in the file: UTF-8 when it is well-formed so,
 * else Windows-1252 (its five holes as ISO 8859-1). */
static size_t print_ansi(Slice bytes, char *to, FieldKind *ret_kind)
{
    (void)ret_kind;
    static const uint16_t c1[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                    0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    while (bytes.len > 0 && bytes.ptr[bytes.len - 1] == 0) {
        bytes.len--;
    }
    if (utf8_is_valid(bytes)) {
        if (bytes.len > 0) memcpy(to, bytes.ptr, bytes.len);
        return bytes.len;
    }
    char *at = to;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        at += utf8_put(at, c >= 0x80 && c < 0xa0 ? c1[c - 0x80] : c);
    }
    return (size_t)(at - to);
}

typedef size_t (*Printer)(Slice bytes, char *to, FieldKind *ret_kind);

/* By type; others (binary, and types that MS-EVEN6 does not define) are binary. */
static const Printer printers[] = {
    [VALUE_STRING] = print_string,
    [VALUE_ANSI] = print_ansi,
    [VALUE_INT8] = print_signed,
    [VALUE_UINT8] = print_unsigned,
    [VALUE_INT16] = print_signed,
    [VALUE_UINT16] = print_unsigned,
    [VALUE_INT32] = print_signed,
    [VALUE_UINT32] = print_unsigned,
    [VALUE_INT64] = print_signed,
    [VALUE_UINT64] = print_unsigned,
    [VALUE_REAL32] = print_real,
    [VALUE_REAL64] = print_real,
    [VALUE_BOOL] = print_bool,
    [VALUE_GUID] = print_guid,
    [VALUE_SIZE] = print_hex,
    [VALUE_FILETIME] = print_filetime,
    [VALUE_SYSTEMTIME] = print_systemtime,
    [VALUE_SID] = print_sid,
    [VALUE_HEX32] = print_hex,
    [VALUE_HEX64] = print_hex,
};

size_t evtx_value_print(uint8_t type, Slice bytes, char *to, FieldKind *ret_kind)
{
    *ret_kind = FIELD_TEXT;
    if (bytes.len == 0) return 0;
    if (type < ARRAY_COUNT(printers) && printers[type]) {
        return printers[type](bytes, to, ret_kind);
    }
    return print_binary(bytes, to);
}

static size_t item_width(uint8_t type, size_t bytes, Slice rest)
{
    switch (type) {
    case VALUE_INT8:
    case VALUE_UINT8: return 1;
    case VALUE_INT16:
    case VALUE_UINT16: return 2;
    case VALUE_INT32:
    case VALUE_UINT32:
    case VALUE_REAL32:
    case VALUE_BOOL:
    case VALUE_HEX32: return 4;
    case VALUE_INT64:
    case VALUE_UINT64:
    case VALUE_REAL64:
    case VALUE_FILETIME:
    case VALUE_HEX64: return 8;
    case VALUE_SIZE: return bytes % 8 == 0 ? 8 : 4; /* the table does not say which */
    case VALUE_GUID:
    case VALUE_SYSTEMTIME: return 16;
    case VALUE_SID: return rest.len < 8 ? rest.len : 8 + 4 * (size_t)(unsigned char)rest.ptr[1];
    default: return rest.len;
    }
}

bool evtx_array_take(uint8_t type, size_t bytes, Slice *rest, Slice *ret_item)
{
    if (rest->len == 0) return false;
    size_t width, unit = type == VALUE_STRING ? 2 : type == VALUE_ANSI ? 1 : 0;
    size_t skip = 0; /* strings end at a NUL */
    if (unit) {
        width = 0;
        while (width + unit <= rest->len &&
               (rest->ptr[width] != 0 || (unit == 2 && rest->ptr[width + 1] != 0))) {
            width += unit;
        }
        skip = unit;
    } else {
        width = item_width(type, bytes, *rest);
    }
    *ret_item = slice_first(*rest, width);
    *rest = slice_skip(*rest, width + skip);
    return true;
}
