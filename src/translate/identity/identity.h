/* Who and which terminal an address was, at each moment: learnt from the records that say so
 * (leases of DHCP, logons over the network, VPN connections, answers of DNS), asked with a moment
 * of its own.
 *
 * Records may be learnt in any order: what is kept are *sightings*, each a subject (a terminal, a
 * person) at an address at a time, one per subject and IDENTITY_BUCKET_NS, the earliest of them. So
 * the answer depends on which records were learnt and not on the order in which they came.
 *
 * What a sighting is worth, as time goes by
 *   lease        IDENTITY_LEASE_NS, or until it is released or another terminal has the address;
 * what was known of persons there ends with it VPN, logon   IDENTITY_PERSON_NS, or until the
 * connection ends or the person logs off there DNS          IDENTITY_DNS_NS Machine accounts (their
 * names end with $), anonymous and local service accounts are not persons. An address at which
 * IDENTITY_SHARED_COUNT persons or more were within IDENTITY_SHARED_NS is *shared* (a terminal
 * server, a gateway): no single person is claimed for it.
 *
 * Pure: no I/O, no clock, no globals. One thread at a time. Limits: IDENTITY_ADDRESSES_MAX
 * addresses (a further one is not learnt and counted in `refused`), sightings_max in all (then the
 * oldest half of the time that is covered is forgotten, counted in `forgotten`),
 * IDENTITY_AT_ADDRESS_MAX an address (its oldest goes), names cut at IDENTITY_NAME_BYTES_MAX. */
#ifndef AKASHI_TRANSLATE_IDENTITY_H
#define AKASHI_TRANSLATE_IDENTITY_H

#include "base/arena.h"
#include "record/record.h"

#define IDENTITY_ADDRESSES_MAX 65536u
#define IDENTITY_SIGHTINGS_MAX_DEFAULT ((size_t)1 << 20)
#define IDENTITY_AT_ADDRESS_MAX 4096u
#define IDENTITY_NAME_BYTES_MAX 256u

#define IDENTITY_SECOND_NS ((int64_t)1000000000)
#define IDENTITY_BUCKET_NS (300 * IDENTITY_SECOND_NS)
/* Microsoft, "DHCP server options": a lease is for eight days unless set otherwise. */
#define IDENTITY_LEASE_NS (8 * 24 * 3600 * IDENTITY_SECOND_NS)
#define IDENTITY_PERSON_NS (12 * 3600 * IDENTITY_SECOND_NS)
#define IDENTITY_DNS_NS (24 * 3600 * IDENTITY_SECOND_NS)
#define IDENTITY_SHARED_NS (3600 * IDENTITY_SECOND_NS)
#define IDENTITY_TIME_NS_MAX                                                                       \
    (INT64_MAX / 2) /* the year 2116; nothing before 1970, after this is learnt */
#define IDENTITY_SHARED_COUNT 4u
#define IDENTITY_CANDIDATES_MAX 4u

typedef struct Identity Identity;

/* seed: random outside of tests (base/map.h). sightings_max 0: the default. NULL: no memory. */
Identity *identity_new(size_t sightings_max, const uint64_t seed[2]);
void identity_free(Identity *identity);

/* Learns what the record says of an address, if anything; `reference` comes back with answers.
 * -ENOMEM: nothing was learnt. */
MUST_USE int identity_learn(Identity *identity, const Record *record, uint64_t reference);

typedef enum IdentityEvidence {
    IDENTITY_DHCP,
    IDENTITY_VPN,
    IDENTITY_LOGON,
    IDENTITY_DNS,
} IdentityEvidence;

/* One answer. Slices live until the next identity_learn. */
typedef struct IdentityCandidate {
    Slice name; /* the terminal's, or the person's */
    Slice more; /* the terminal's hardware address, the person's domain; may be empty */
    IdentityEvidence evidence;
    Certainty certainty; /* OBSERVED: leased or connected before the moment, and the same lease or
                            connection was renewed or ended after it; CORRELATED: seen before,
                            nothing speaks against it; INFERRED: there are others, or the address is
                            shared */
    int64_t seen_ns;     /* when the log said so */
    uint64_t reference;  /* of the record that said it */
} IdentityCandidate;

typedef struct IdentityAnswer {
    IdentityCandidate terminals[IDENTITY_CANDIDATES_MAX], persons[IDENTITY_CANDIDATES_MAX];
    size_t terminal_count, person_count; /* likeliest first */
    bool shared;
} IdentityAnswer;

/* What was at the address at that moment. Nothing is known: both counts are 0. */
void identity_ask(const Identity *identity, Slice address, int64_t at_ns, IdentityAnswer *ret);

/* Fills in, as of the record's own time, what it does not say itself: source.domain by source.ip,
 * related.user when the record has no user. akashi.detail says from what it is known
 * (`terminal_by_dhcp` ...), so that nobody takes it for the log's own words. A terminal or person
 * that is only inferred is not filled in. -ENOMEM: the record is as it was. */
MUST_USE int identity_enrich(const Identity *identity, Record *record, Arena *arena);

/* One sighting, as it is kept. */
typedef struct IdentitySighting {
    Slice address;
    Slice terminal, terminal_more, person, person_more; /* as in IdentityCandidate; may be empty */
    IdentityEvidence evidence;
    bool is_end; /* given back, disconnected, logged off */
    int64_t seen_ns;
    uint64_t reference;
} IdentitySighting;
typedef void (*IdentityEach)(void *context, const IdentitySighting *sighting);
/* All of them, address by address, oldest first. */
void identity_each(const Identity *identity, IdentityEach each, void *context);

typedef struct IdentityStats {
    size_t addresses, sightings;
    uint64_t forgotten, refused;
} IdentityStats;
void identity_stats(const Identity *identity, IdentityStats *ret);

#endif
