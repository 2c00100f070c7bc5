/* The hashes of account_password.h and the gate before them. */
#include "account/account_password.h"

#include "base/check.h"

#include <argon2.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SALT_BYTES 16 /* RFC 9106, 3.1 */
#define TAG_BYTES 32
#define LANES 1
#define TRUSTED_PLACES 2
/* What a stored hash may make us do: one of another origin must not take all memory. */
#define MEMORY_KIB_MAX ((unsigned)256 << 10)
#define PASSES_MAX 16u

struct PasswordGate {
    PasswordCost cost; /* set at start, then read-only */
    char nobody[PASSWORD_HASH_BYTES];
    pthread_mutex_t lock;
    pthread_cond_t freed;
    unsigned running, waiting; /* shared, under lock, as are those below */
    uint64_t hashes, refusals;
};

static int make_text(PasswordCost cost, const uint8_t salt[SALT_BYTES], Slice password,
                     char ret[PASSWORD_HASH_BYTES])
{
    int r = argon2id_hash_encoded(cost.passes, cost.memory_kib, LANES, password.ptr, password.len,
                                  salt, SALT_BYTES, TAG_BYTES, ret, PASSWORD_HASH_BYTES);
    return r == ARGON2_OK ? 0 : r == ARGON2_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -EIO;
}

PasswordGate *password_gate_new(PasswordCost cost)
{
    /* A hash that no password has: its tag is all zero. */
    static const char tag[] = "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    PasswordGate *gate = calloc(1, sizeof *gate);
    if (!gate) return NULL;
    gate->cost = cost;
    snprintf(gate->nobody, sizeof gate->nobody, "$argon2id$v=19$m=%u,t=%u,p=%d$%s", cost.memory_kib,
             cost.passes, LANES, tag);
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->freed, NULL);
    return gate;
}

void password_gate_free(PasswordGate *gate)
{
    if (!gate) return;
    pthread_cond_destroy(&gate->freed);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

uint64_t password_gate_hashes(PasswordGate *gate)
{
    pthread_mutex_lock(&gate->lock);
    uint64_t hashes = gate->hashes;
    pthread_mutex_unlock(&gate->lock);
    return hashes;
}

uint64_t password_gate_refusals(PasswordGate *gate)
{
    pthread_mutex_lock(&gate->lock);
    uint64_t refusals = gate->refusals;
    pthread_mutex_unlock(&gate->lock);
    return refusals;
}

static int enter(PasswordGate *gate, bool is_trusted)
{
    unsigned places = is_trusted ? PASSWORD_QUEUE_MAX : PASSWORD_QUEUE_MAX - TRUSTED_PLACES;
    int r = 0;
    pthread_mutex_lock(&gate->lock);
    if (gate->running >= PASSWORD_HASHES_MAX && gate->waiting >= places) {
        gate->refusals++;
        r = -EBUSY;
    } else {
        gate->waiting++;
        while (gate->running >= PASSWORD_HASHES_MAX)
            pthread_cond_wait(&gate->freed, &gate->lock);
        gate->waiting--;
        gate->running++;
        gate->hashes++;
    }
    pthread_mutex_unlock(&gate->lock);
    return r;
}

static void leave(PasswordGate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->running--;
    pthread_cond_signal(&gate->freed);
    pthread_mutex_unlock(&gate->lock);
}

int password_hash(PasswordGate *gate, const Os *os, const Password *password,
                  char ret[PASSWORD_HASH_BYTES])
{
    uint8_t salt[SALT_BYTES];
    int r = os->random(os->state, salt, sizeof salt);
    if (r == 0) r = enter(gate, true);
    if (r < 0) return r;
    r = make_text(gate->cost, salt, slice_of(password->bytes, password->len), ret);
    leave(gate);
    return r;
}

static bool read_cost(const char *hash, PasswordCost *ret)
{
    unsigned lanes;
    int end = 0;
    if (sscanf(hash, "$argon2id$v=19$m=%u,t=%u,p=%u$%n", &ret->memory_kib, &ret->passes, &lanes,
               &end) != 3)
        return false;
    return end > 0 && ret->memory_kib <= MEMORY_KIB_MAX && ret->passes <= PASSES_MAX &&
           lanes == LANES;
}

/* A damaged hash must cost what any other does. */
static int compare(PasswordGate *gate, const char *hash, const Password *password, bool *is_known)
{
    int r = ARGON2_DECODING_FAIL;
    if (*is_known) r = argon2id_verify(hash, password->bytes, password->len);
    if (r == ARGON2_OK || r == ARGON2_VERIFY_MISMATCH || r == ARGON2_MEMORY_ALLOCATION_ERROR)
        return r;
    *is_known = false;
    r = argon2id_verify(gate->nobody, password->bytes, password->len);
    CHECK(r == ARGON2_OK || r == ARGON2_VERIFY_MISMATCH || r == ARGON2_MEMORY_ALLOCATION_ERROR);
    return r;
}

int password_verify(PasswordGate *gate, const char *hash, const Password *password, bool is_trusted,
                    bool *ret_weaker)
{
    PasswordCost cost;
    bool is_known = hash && read_cost(hash, &cost);
    int r = enter(gate, is_trusted);
    if (r < 0) return r;
    r = compare(gate, hash, password, &is_known);
    leave(gate);
    if (r == ARGON2_MEMORY_ALLOCATION_ERROR) return -ENOMEM;
    if (r != ARGON2_OK || !is_known) return 0;
    if (ret_weaker)
        *ret_weaker = cost.memory_kib < gate->cost.memory_kib || cost.passes < gate->cost.passes;
    return 1;
}
