/* Addresses and networks, IPv4 and IPv6, as texts of people: 192.0.2.0/24, 2001:db8::/32, ::1.
 * Pure. IPv4 in IPv6 (::ffff:192.0.2.1, RFC 4291, 2.5.5.2) is that IPv4 address. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_NETWORK_H
#define AKASHI_ACCOUNT_ACCOUNT_NETWORK_H

#include "base/cleanup.h"
#include "base/complaint.h"
#include "base/slice.h"

typedef struct Network {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;     /* 0..128 */
} Network;

/* An address alone is a network of itself; a %zone behind it is not taken. -EINVAL: neither, or
 * bits behind the prefix that are not zero. */
MUST_USE int network_parse(Slice text, Network *ret);
/* The address alone, NUL-terminated; an IPv6 /64 whose rest is zero reads as its first address. */
#define NETWORK_TEXT_BYTES 48
void network_print(const Network *address, char ret[NETWORK_TEXT_BYTES]);
bool network_holds(const Network *network, const Network *address);
bool network_is_loopback(const Network *address);
/* What limits are counted by: the IPv4 address, or the /64. */
Network network_limit_key(const Network *address);

/* A list with commas or blanks. -EINVAL with a complaint that names the entry; -E2BIG: over
 * count_max. */
MUST_USE int networks_parse(Slice list, Network *to, size_t count_max, size_t *ret_count,
                            Complaint *complaint);
/* Is the address in one of the list, which was checked before? An entry that is wrong holds none.
 */
bool networks_hold(Slice list, const Network *address);

#endif
