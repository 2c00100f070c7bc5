/* How often somebody may try: buckets by address and for all, in memory. Times are those of the
 * monotonic clock, so that setting the clock neither opens nor closes a door. The delays of a user
 * are in the file (account_delay.h), so that a restart does not lift them.
 *
 * A bucket holds LIMIT_BURST tries and gets one back each LIMIT_REFILL_NS. Addresses are IPv4
 * addresses and IPv6 networks of /64 (one customer has as many addresses as they like in it). The
 * table has LIMIT_ADDRESSES_MAX places: when it is full those that are full of tries again make
 * room; if there is none, newcomers share one bucket, so that an attacker with many addresses slows
 * newcomers, never those who came before or are trusted. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_LIMIT_H
#define AKASHI_ACCOUNT_ACCOUNT_LIMIT_H

#include "account/account_network.h"
#include "base/map.h"
#include "base/time_text.h"

#define LIMIT_BURST 10u
#define LIMIT_REFILL_NS ((int64_t)6 * NS_PER_SECOND)
#define LIMIT_ALL_BURST 60u
#define LIMIT_ALL_REFILL_NS (NS_PER_SECOND / 5)
#define LIMIT_ADDRESSES_MAX 4096
/* One line in the operator log stands for all refusals of an address within this time. */
#define LIMIT_LOG_NS ((int64_t)60 * NS_PER_SECOND)

typedef struct LimitBucket {
    int64_t full_ns; /* when it will be full again; not after now: it is */
    int64_t logged_ns;
    uint64_t refused; /* since logged_ns, not logged yet */
    uint64_t key[2];
} LimitBucket;

/* owned by the Accounts, under its lock */
typedef struct Limits {
    Map places; /* of the addresses in buckets */
    LimitBucket *buckets;
    size_t count;
    size_t count_max; /* LIMIT_ADDRESSES_MAX */
    LimitBucket newcomers, all;
} Limits;

MUST_USE int limits_init(Limits *limits, size_t count_max, const uint64_t seed[2]); /* -ENOMEM */
void limits_done(Limits *limits);
/* Takes a try. 0: go on; otherwise the nanoseconds to wait, and nothing was taken. *ret_log: how
 * many refusals a line in the operator log must now stand for (0: none is due). */
MUST_USE int64_t limits_take(Limits *limits, Slice address, int64_t now_ns, uint64_t *ret_log);
/* A sum of refusals that no line in the operator log stands for yet, and that is due: true; then
 * ask again. The address is empty for newcomers. */
bool limits_due(Limits *limits, int64_t now_ns, char ret_address[NETWORK_TEXT_BYTES],
                uint64_t *ret_count);
/* A try that was right costs nothing. */
void limits_give_back(Limits *limits, Slice address, int64_t now_ns);

/* The delay after so many failures in a row. */
#define LIMIT_FREE_FAILURES 5u
#define LIMIT_DELAY_MAX_NS ((int64_t)60 * NS_PER_SECOND)
int64_t limit_delay_ns(unsigned failures);

#endif
