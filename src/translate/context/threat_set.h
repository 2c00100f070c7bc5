/* Threat lists: addresses and networks, domains, URLs and hashes of files that others know to be
 * bad, and whether a record names one.
 *
 * Filled, finished, then only read, by any number of threads. Texts are kept as 64 bits of SipHash
 * under a seed of the run's own: 12 bytes an entry (twice that for room), and of 2^64 texts that
 * are on no list one is taken for one of a million entries some millions of times; nobody can make
 * one without the seed. A domain is on a list with all below it. Compared are: domains without case
 * and the dot at the end; URLs without the case of scheme and host and without the part behind #;
 * hashes without case. */
#ifndef AKASHI_TRANSLATE_THREAT_SET_H
#define AKASHI_TRANSLATE_THREAT_SET_H

#include "base/complaint.h"
#include "record/record.h"
#include "translate/context/network_map.h"

#define THREAT_LISTS_MAX 32u
#define THREAT_ENTRIES_MAX (1u << 20) /* of all lists; a further one is refused */
#define THREAT_TEXT_BYTES_MAX 2048u   /* of an indicator; of a record's URL so much is read */
#define THREAT_LABELS_MAX 10u /* of a domain, from its end: further ones are not looked at */

typedef struct ThreatSet {
    Slice names[THREAT_LISTS_MAX];
    size_t list_count;
    uint64_t seed[2];
    NetworkMap networks;
    uint64_t *prints; /* open addressing; 0: free */
    uint32_t *lists;  /* of the same slot: the lists, bit by index */
    size_t slot_count, text_count, network_count;
    bool has_domains, has_urls, has_hashes;
} ThreatSet;

void threat_init(ThreatSet *set, const uint64_t seed[2]);
void threat_done(ThreatSet *set);
/* From 0. The name lives as long as the set. -E2BIG. */
MUST_USE int threat_add_list(ThreatSet *set, Slice name);

typedef enum ThreatKind { THREAT_NETWORK, THREAT_DOMAIN, THREAT_URL, THREAT_HASH } ThreatKind;
/* What a text is by its form; `hxxp` and `[.]`, as people disarm them, are understood. -EINVAL:
 * none of these. */
MUST_USE int threat_kind_of(Slice text, ThreatKind *ret);
/* -EINVAL: nothing of that form; -E2BIG: the set is full; -ENOMEM. */
MUST_USE int threat_add(ThreatSet *set, unsigned list, Slice text);
MUST_USE int threat_finish(ThreatSet *set);

/* What came of reading a list. */
typedef struct ThreatTally {
    uint64_t added;
    uint64_t refused;            /* could not be understood, or there was no room */
    uint64_t expired;            /* revoked, or no longer valid */
    unsigned first_refused_line; /* of lines; 0: none */
    bool is_full;
} ThreatTally;
/* One indicator a line, or rows of CSV (RFC 4180) of which the first cell that is an indicator
 * counts, or the one in the column of that name (the first row has the names). What stands behind #
 * or ; at the beginning of a line is a comment; `0.0.0.0 bad.example` (hosts(5)) is the name.
 * -ENOMEM. */
MUST_USE int threat_read_lines(ThreatSet *set, unsigned list, Slice text, Slice column,
                               ThreatTally *tally);
/* A bundle of STIX 2.1 (OASIS, 10 June 2021): its indicators whose pattern is a choice between
 * equal values; what else a pattern may say (AND, FOLLOWEDBY, ...) is no single bad value and is
 * refused. now_ns: valid_until before it is expired; TIME_UNKNOWN: none is. -EBADMSG: no JSON, with
 * the complaint; what stood before that place was added. -ENOMEM. */
MUST_USE int threat_read_stix(ThreatSet *set, unsigned list, Slice text, int64_t now_ns,
                              ThreatTally *tally, Complaint *complaint);

/* The lists (bit by index) that the value is on. */
uint32_t threat_find_address(const ThreatSet *set, const Address *address);
uint32_t threat_find_domain(const ThreatSet *set, Slice domain);
uint32_t threat_find_url(const ThreatSet *set, Slice url);
uint32_t threat_find_hash(const ThreatSet *set, Slice hash);

/* The host of `https://user@host:port/path` or `host:port`; empty: there is none. */
Slice url_host(Slice url);

size_t threat_bytes(const ThreatSet *set);

#endif
