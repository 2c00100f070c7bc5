/* Addresses (RFC 4632, RFC 4291) and what is known of the network that they are in.
 *
 * Filled, finished, then only read, by any number of threads. A finished map is a sorted list of
 * the addresses where the answer changes: 8 bytes each for IPv4, 24 for IPv6. Of IPv4 the first
 * sixteen bits say where to look, so that a lookup touches little memory also among a million
 * networks. */
#ifndef AKASHI_TRANSLATE_NETWORK_MAP_H
#define AKASHI_TRANSLATE_NETWORK_MAP_H

#include "base/cleanup.h"
#include "base/slice.h"

#define NETWORK_TEXT_BYTES_MAX 100
#define NETWORK_MAP_ENTRIES_MAX 4194304u

typedef unsigned __int128 AddressNumber;

typedef struct Address {
    AddressNumber number; /* IPv4: the 32 bits */
    bool is_v4;
} Address;

/* An address alone, as it stands in a record. ::ffff:192.0.2.1 is the IPv4 address in it; a zone
 * (%eth0) says nothing here. -EINVAL: *ret untouched. */
MUST_USE int network_parse_address(Slice text, Address *ret);

typedef struct Network {
    Address first;
    uint8_t bits; /* of the prefix */
} Network;
/* `192.0.2.0/24`, or an address alone. Bits behind the prefix are cleared. -EINVAL. */
MUST_USE int network_parse_prefix(Slice text, Network *ret);
/* `192.0.2.0/24`, an address, or a range `192.0.2.10-192.0.2.20`, as its ends. -EINVAL. */
MUST_USE int network_parse_range(Slice text, Address *ret_first, Address *ret_last);

typedef enum NetworkJoin {
    NETWORK_LONGEST, /* the value of the longest prefix; of one prefix the first added */
    NETWORK_ALL,     /* the bits of all prefixes that hold the address, joined */
} NetworkJoin;

typedef struct NetworkEntry NetworkEntry;
typedef struct NetworkMap {
    NetworkJoin join;
    NetworkEntry *entries; /* until finished */
    size_t entry_count, entry_capacity;
    uint32_t *v4_starts, *v4_values;
    size_t v4_count, v4_capacity;
    uint32_t *v4_first; /* by the upper 16 bits: the segment that holds their first address */
    AddressNumber *v6_starts;
    uint32_t *v6_values;
    size_t v6_count, v6_capacity;
} NetworkMap;

void network_map_done(NetworkMap *map);
/* value is not 0. -ENOMEM; -E2BIG: over NETWORK_MAP_ENTRIES_MAX. The map is as it was. */
MUST_USE int network_map_add(NetworkMap *map, const Network *network, uint32_t value);
/* All from first to last, of one family. */
MUST_USE int network_map_add_range(NetworkMap *map, const Address *first, const Address *last,
                                   uint32_t value);
/* What network_parse_range reads. Also -EINVAL. */
MUST_USE int network_map_add_text(NetworkMap *map, Slice text, uint32_t value);
/* Instead of adding: from this address on the answer is value, in rising order. As add. */
MUST_USE int network_map_append(NetworkMap *map, const Address *start, uint32_t value);
/* After the last one. -ENOMEM: the map may be freed only. */
MUST_USE int network_map_finish(NetworkMap *map);
/* 0: nothing is known. */
uint32_t network_map_find(const NetworkMap *map, const Address *address);
size_t network_map_bytes(const NetworkMap *map);

#endif
