/* Writes small MaxMind DB files (File Format Specification 2.0) for tests: a tree of IPv6 with 24,
 * 28 or 32 bits a record, IPv4 in its ::/96, with aliases of it if asked for. */
#ifndef AKASHI_TESTS_MMDB_WRITER_H
#define AKASHI_TESTS_MMDB_WRITER_H

#include "base/buf.h"

typedef struct MmdbNetwork {
    uint8_t address[16]; /* IPv4 in the last four bytes */
    unsigned bits;       /* of 128 */
    const char *country; /* NULL: the record names none */
} MmdbNetwork;

/* registered: the country stands under registered_country instead of country. */
void mmdb_write(Buf *to, const MmdbNetwork *networks, size_t count, unsigned record_bits,
                bool with_aliases, bool registered);

#endif
