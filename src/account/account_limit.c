/* See account_limit.h. */
#include "account/account_limit.h"

#include "account/account_network.h"

#include <errno.h>
#include <stdlib.h>

int limits_init(Limits *limits, size_t count_max, const uint64_t seed[2])
{
    *limits = (Limits){.places = map_make(count_max, seed), .count_max = count_max};
    limits->newcomers.logged_ns = limits->all.logged_ns = -LIMIT_LOG_NS;
    limits->buckets = calloc(count_max, sizeof *limits->buckets);
    return limits->buckets ? 0 : -ENOMEM;
}

void limits_done(Limits *limits)
{
    map_done(&limits->places);
    free(limits->buckets);
    *limits = (Limits){0};
}

/* ---- a bucket: the moment at which it will be full says all */

static int64_t bucket_wait_ns(const LimitBucket *bucket, int64_t now_ns, unsigned burst,
                              int64_t refill_ns)
{
    int64_t wait = bucket->full_ns - now_ns - (int64_t)(burst - 1) * refill_ns;
    return wait > 0 ? wait : 0;
}

static void bucket_take(LimitBucket *bucket, int64_t now_ns, int64_t refill_ns)
{
    if (bucket->full_ns < now_ns) bucket->full_ns = now_ns;
    bucket->full_ns += refill_ns;
}

/* ---- places */

static Slice key_of(const uint64_t key[2])
{
    return slice_of(key, 2 * sizeof *key);
}

/* Those that are full of tries again say nothing any more. */
static void make_room(Limits *limits, int64_t now_ns)
{
    size_t kept = 0;
    map_clear(&limits->places);
    for (size_t i = 0; i < limits->count; i++) {
        const LimitBucket *bucket = &limits->buckets[i];
        if (bucket->full_ns <= now_ns) {
            limits->newcomers.refused += bucket->refused; /* the sum in the log stays true */
            continue;
        }
        uint64_t *place = map_put(&limits->places, key_of(bucket->key), NULL);
        if (!place) continue;
        *place = kept;
        limits->buckets[kept++] = *bucket;
    }
    limits->count = kept;
}

/* An address that cannot be read counts as a newcomer. */
static LimitBucket *find_bucket(Limits *limits, Slice address, int64_t now_ns)
{
    Network network;
    uint64_t key[2];
    if (network_parse(address, &network) < 0) return &limits->newcomers;
    network = network_limit_key(&network);
    memcpy(key, network.bytes, sizeof key);
    uint64_t *place = map_find(&limits->places, key_of(key));
    if (place) return &limits->buckets[*place];
    if (limits->count == limits->count_max) make_room(limits, now_ns);
    if (limits->count == limits->count_max) return &limits->newcomers;
    place = map_put(&limits->places, key_of(key), NULL);
    if (!place) return &limits->newcomers;
    *place = limits->count;
    LimitBucket *bucket = &limits->buckets[limits->count++];
    *bucket = (LimitBucket){.full_ns = now_ns, .logged_ns = now_ns - LIMIT_LOG_NS};
    memcpy(bucket->key, key, sizeof key);
    return bucket;
}

static uint64_t count_refusal(LimitBucket *bucket, int64_t now_ns)
{
    bucket->refused++;
    if (now_ns - bucket->logged_ns < LIMIT_LOG_NS) return 0;
    uint64_t due = bucket->refused;
    bucket->refused = 0;
    bucket->logged_ns = now_ns;
    return due;
}

bool limits_due(Limits *limits, int64_t now_ns, char ret_address[NETWORK_TEXT_BYTES],
                uint64_t *ret_count)
{
    for (size_t i = 0; i <= limits->count; i++) {
        LimitBucket *bucket = i < limits->count ? &limits->buckets[i] : &limits->newcomers;
        if (bucket->refused == 0 || now_ns - bucket->logged_ns < LIMIT_LOG_NS) continue;
        *ret_count = bucket->refused;
        bucket->refused = 0;
        bucket->logged_ns = now_ns;
        ret_address[0] = '\0';
        if (bucket == &limits->newcomers) return true;
        Network network = {.bits = 128};
        memcpy(network.bytes, bucket->key, sizeof network.bytes);
        network_print(&network, ret_address);
        return true;
    }
    return false;
}

int64_t limits_take(Limits *limits, Slice address, int64_t now_ns, uint64_t *ret_log)
{
    LimitBucket *own = find_bucket(limits, address, now_ns);
    int64_t wait = bucket_wait_ns(own, now_ns, LIMIT_BURST, LIMIT_REFILL_NS);
    int64_t wait_all = bucket_wait_ns(&limits->all, now_ns, LIMIT_ALL_BURST, LIMIT_ALL_REFILL_NS);
    *ret_log = 0;
    if (wait == 0) wait = wait_all;
    if (wait > 0) {
        *ret_log = count_refusal(own, now_ns);
        return wait;
    }
    bucket_take(own, now_ns, LIMIT_REFILL_NS);
    bucket_take(&limits->all, now_ns, LIMIT_ALL_REFILL_NS);
    return 0;
}

void limits_give_back(Limits *limits, Slice address, int64_t now_ns)
{
    LimitBucket *own = find_bucket(limits, address, now_ns);
    if (own->full_ns > now_ns) own->full_ns -= LIMIT_REFILL_NS;
    if (limits->all.full_ns > now_ns) limits->all.full_ns -= LIMIT_ALL_REFILL_NS;
}

int64_t limit_delay_ns(unsigned failures)
{
    if (failures < LIMIT_FREE_FAILURES) return 0;
    unsigned doublings = failures - LIMIT_FREE_FAILURES;
    int64_t delay = doublings > 6 ? LIMIT_DELAY_MAX_NS : NS_PER_SECOND << doublings;
    return delay < LIMIT_DELAY_MAX_NS ? delay : LIMIT_DELAY_MAX_NS;
}
