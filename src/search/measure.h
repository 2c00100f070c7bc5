/* What can be measured in a value: numbers, moments, addresses; each as a range to compare with. */
#ifndef AKASHI_SEARCH_MEASURE_H
#define AKASHI_SEARCH_MEASURE_H

#include "base/cleanup.h"
#include "base/slice.h"

/* A number in billionths: exact for every 64-bit integer and nine digits after the point, so that
 * no comparison depends on floating-point rounding. */
typedef __int128 Decimal;
#define DECIMAL_ONE ((Decimal)1000000000)
#define DECIMAL_MAX ((Decimal)(((unsigned __int128)1 << 127) - 1))
#define DECIMAL_MIN (-DECIMAL_MAX)

/* Decimal with optional sign, fraction and exponent, or 0x and hexadecimal; the whole slice. Digits
 * past the ninth after the point are cut. -EINVAL: no number; -ERANGE: too large. */
MUST_USE int decimal_parse(Slice s, Decimal *ret);
/* The same, and k M G T (thousands) or Ki Mi Gi Ti (1024s) at the end, also with a B: 1.5M, 10KiB.
 */
MUST_USE int decimal_parse_units(Slice s, Decimal *ret);

#define DECIMAL_TEXT_MAX 48
/* Writes it (room for DECIMAL_TEXT_MAX) without needless zeros, returns the length. */
size_t decimal_print(char *to, Decimal number);

/* The moments that a text means: 2026-11-20 is that whole day, 2026-11-20T08:40 that minute,
 * 2026-11-20T08:40:37 that second, and so on; UTC where no zone is written. */
typedef struct TimeSpan {
    int64_t from_ns;
    int64_t to_ns; /* the first moment after it */
} TimeSpan;
MUST_USE int time_span_parse(Slice s, int zone_offset_seconds, TimeSpan *ret);

/* Addresses as 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that one order serves both.
 */
typedef struct Address {
    unsigned char bytes[16];
} Address;
typedef struct AddressRange {
    Address low, high; /* both belong to it */
} AddressRange;
/* An IPv4 or IPv6 address, in [ ] or with a zone (%eth0) too. -EINVAL. */
MUST_USE int address_parse(Slice s, Address *ret);
/* An address, or ADDRESS/BITS (RFC 4632, RFC 4291). -EINVAL. */
MUST_USE int address_range_parse(Slice s, AddressRange *ret);
bool address_in(const Address *address, const AddressRange *range);

#endif
