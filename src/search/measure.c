/* See measure.h. */
#include "search/measure.h"

#include "base/number.h"
#include "base/time_text.h"

#include <arpa/inet.h>
#include <errno.h>

#define DIGITS_MAX 28 /* 10^28 billionths fit a Decimal */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes digits off the front and appends them to *number. */
static size_t take_digits(Slice *s, Decimal *number, size_t digits_max)
{
    size_t count = 0;
    while (count < s->len && is_digit(s->ptr[count])) {
        if (count < digits_max) *number = *number * 10 + (s->ptr[count] - '0');
        count++;
    }
    *s = slice_skip(*s, count);
    return count;
}

static int take_exponent(Slice *s, int *ret)
{
    uint64_t value;
    Slice digits = slice_skip(*s, 1);
    bool negative = digits.len > 0 && digits.ptr[0] == '-';
    if (digits.len > 0 && (negative || digits.ptr[0] == '+')) digits = slice_skip(digits, 1);
    if (number_parse_u64(digits, &value) < 0) return -EINVAL;
    *s = slice_skip(*s, s->len);
    *ret = value > 99 ? (negative ? -99 : 99) : negative ? -(int)value : (int)value;
    return 0;
}

static int scale(Decimal *number, int exponent)
{
    for (; exponent > 0 && *number != 0; exponent--) {
        if (*number > DECIMAL_MAX / 10) return -ERANGE;
        *number *= 10;
    }
    for (; exponent < 0 && *number != 0; exponent++) {
        *number /= 10;
    }
    return 0;
}

static int parse_hexadecimal(Slice s, Decimal *ret)
{
    uint64_t value;
    int r = number_parse_hex(s, &value);
    if (r < 0) return r;
    *ret = (Decimal)value * DECIMAL_ONE;
    return 0;
}

int decimal_parse(Slice s, Decimal *ret)
{
    Decimal number = 0;
    int exponent = 9;
    if (s.len == 0 || s.len > 64) return -EINVAL;
    if (slice_starts_nocase(s, SLICE("0x"))) return parse_hexadecimal(s, ret);
    bool negative = s.ptr[0] == '-';
    if (negative || s.ptr[0] == '+') s = slice_skip(s, 1);
    size_t whole = take_digits(&s, &number, DIGITS_MAX);
    if (whole == 0) return -EINVAL;
    if (whole > DIGITS_MAX) return -ERANGE;
    if (s.len > 0 && s.ptr[0] == '.') {
        s = slice_skip(s, 1);
        size_t room = DIGITS_MAX - whole < 9 ? DIGITS_MAX - whole : 9;
        size_t fraction = take_digits(&s, &number, room);
        if (fraction == 0) return -EINVAL;
        exponent -= (int)(fraction < room ? fraction : room);
    }
    int written = 0;
    if (s.len > 0 && (s.ptr[0] == 'e' || s.ptr[0] == 'E') && take_exponent(&s, &written) < 0) {
        return -EINVAL;
    }
    if (s.len > 0) return -EINVAL;
    if (scale(&number, exponent + written) < 0) return -ERANGE;
    *ret = negative ? -number : number;
    return 0;
}

int decimal_parse_units(Slice s, Decimal *ret)
{
    static const struct {
        Slice name;
        int64_t factor;
    } units[] = {
        {SLICE_INIT("ki"), 1 << 10},   {SLICE_INIT("mi"), 1 << 20},
        {SLICE_INIT("gi"), 1 << 30},   {SLICE_INIT("ti"), (int64_t)1 << 40},
        {SLICE_INIT("k"), 1000},       {SLICE_INIT("m"), 1000000},
        {SLICE_INIT("g"), 1000000000}, {SLICE_INIT("t"), 1000000000000},
    };
    Slice text = s;
    Decimal number;
    if (slice_starts_nocase(s, SLICE("0x"))) return decimal_parse(s, ret);
    if (text.len > 2 && (text.ptr[text.len - 1] | 32) == 'b') text.len--;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        size_t unit_len = units[i].name.len;
        if (text.len <= unit_len) continue;
        if (!slice_eq_nocase(slice_skip(text, text.len - unit_len), units[i].name)) continue;
        int r = decimal_parse(slice_first(text, text.len - unit_len), &number);
        if (r < 0) return r;
        return __builtin_mul_overflow(number, (Decimal)units[i].factor, ret) ? -ERANGE : 0;
    }
    return decimal_parse(s, ret);
}

size_t decimal_print(char *to, Decimal number)
{
    char digits[DECIMAL_TEXT_MAX];
    size_t count = 0, len = 0;
    unsigned __int128 rest = number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
    do {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0 || count < 10);
    size_t end = 0; /* of the fraction: trailing zeros are left out */
    while (end < 9 && digits[end] == '0') {
        end++;
    }
    if (number < 0) to[len++] = '-';
    while (count > 9) {
        to[len++] = digits[--count];
    }
    if (end < 9) to[len++] = '.';
    while (count > end) {
        to[len++] = digits[--count];
    }
    return len;
}

/* How long the last written unit of an RFC 3339 text is. */
static int64_t unit_ns(Slice s)
{
    size_t digits = 0;
    if (s.len <= 19 || (s.ptr[19] != '.' && s.ptr[19] != ',')) return NS_PER_SECOND;
    while (20 + digits < s.len && is_digit(s.ptr[20 + digits])) {
        digits++;
    }
    int64_t unit = NS_PER_SECOND;
    for (; digits > 0 && unit > 1; digits--) {
        unit /= 10;
    }
    return unit;
}

int time_span_parse(Slice s, int zone_offset_seconds, TimeSpan *ret)
{
    char text[TIME_TEXT_MAX];
    int64_t from_ns, to_ns, span_ns;
    if (s.len < 10 || s.len > sizeof text - 10) return -EINVAL;
    memcpy(text, s.ptr, s.len);
    size_t len = s.len;
    if (len == 10) {
        memcpy(text + len, "T00:00:00", 9);
        len += 9;
        span_ns = 86400 * NS_PER_SECOND;
    } else if (len >= 16 && text[13] == ':' && (len == 16 || text[16] != ':')) {
        memmove(text + 19, text + 16, len - 16); /* the zone */
        memcpy(text + 16, ":00", 3);
        len += 3;
        span_ns = 60 * NS_PER_SECOND;
    } else {
        span_ns = unit_ns(s);
    }
    int r = time_parse_rfc3339(slice_of(text, len), zone_offset_seconds, &from_ns);
    if (r < 0) return r;
    if (__builtin_add_overflow(from_ns, span_ns, &to_ns)) return -ERANGE;
    *ret = (TimeSpan){.from_ns = from_ns, .to_ns = to_ns};
    return 0;
}

int address_parse(Slice s, Address *ret)
{
    char text[INET6_ADDRSTRLEN];
    Address found = {.bytes = {[10] = 0xff, [11] = 0xff}};
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') s = slice_of(s.ptr + 1, s.len - 2);
    size_t zone = slice_find_char(s, '%');
    if (zone != SLICE_NOT_FOUND) s = slice_first(s, zone);
    if (s.len < 2 || s.len >= sizeof text || memchr(s.ptr, 0, s.len)) return -EINVAL;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    bool colon = slice_find_char(s, ':') != SLICE_NOT_FOUND;
    if (inet_pton(colon ? AF_INET6 : AF_INET, text, colon ? found.bytes : found.bytes + 12) != 1) {
        return -EINVAL;
    }
    *ret = found;
    return 0;
}

int address_range_parse(Slice s, AddressRange *ret)
{
    size_t slash = slice_find_char(s, '/');
    Slice text = slash == SLICE_NOT_FOUND ? s : slice_first(s, slash);
    AddressRange range;
    uint64_t bits = 128, shift = 0;
    if (address_parse(text, &range.low) < 0) return -EINVAL;
    if (slash != SLICE_NOT_FOUND) {
        if (slice_find_char(text, ':') == SLICE_NOT_FOUND) shift = 96;
        if (number_parse_u64(slice_skip(s, slash + 1), &bits) < 0 || bits + shift > 128)
            return -EINVAL;
        bits += shift;
    }
    range.high = range.low;
    for (size_t bit = bits; bit < 128; bit++) {
        unsigned char mask = (unsigned char)(0x80 >> (bit % 8));
        range.low.bytes[bit / 8] &= (unsigned char)~mask;
        range.high.bytes[bit / 8] |= mask;
    }
    *ret = range;
    return 0;
}

bool address_in(const Address *address, const AddressRange *range)
{
    return memcmp(address->bytes, range->low.bytes, sizeof address->bytes) >= 0 &&
           memcmp(address->bytes, range->high.bytes, sizeof address->bytes) <= 0;
}
