/* Failed sign-ins: delays by user that survive a restart, limits by address. See account_base.h. */
#include "account/account_base.h"

#include "account/account_network.h"

unsigned seconds_up(int64_t ns)
{
    return (unsigned)((ns + NS_PER_SECOND - 1) / NS_PER_SECOND);
}

static Digest attempt_key(Slice name_key, bool is_known)
{
    return secret_text_hash(is_known ? "attempt known" : "attempt", name_key);
}

/* -EINVAL: it cannot be read, so nobody has come in from it. */
static int address_key(Slice address, Network *ret)
{
    int r = network_parse(address, ret);
    if (r == 0) *ret = network_limit_key(ret);
    return r;
}

static int is_known_address(Accounts *accounts, uint64_t user_id, Slice address)
{
    Network network;
    if (user_id == 0 || address_key(address, &network) < 0) return 0;
    sqlite3_stmt *ask = account_ask(accounts, KNOWN_HAS);
    database_put_number(ask, 1, (int64_t)user_id);
    database_put_bytes(ask, 2, network.bytes, sizeof network.bytes);
    database_put_number(ask, 3, account_now(accounts) - KNOWN_ADDRESS_NS);
    int64_t found;
    return database_number(ask, &found);
}

/* 1: there are failures; 0: none. */
static int read_failures(Accounts *accounts, const Digest *key, unsigned *ret_count,
                         int64_t *ret_last_ns)
{
    sqlite3_stmt *ask = account_ask(accounts, ATTEMPT_GET);
    put_digest(ask, 1, key);
    int r = database_step(ask);
    if (r <= 0) return r;
    *ret_count = (unsigned)database_number_at(ask, 0);
    *ret_last_ns = database_number_at(ask, 1);
    sqlite3_reset(ask);
    int64_t age = account_now(accounts) - *ret_last_ns;
    if (age > ATTEMPT_FORGET_NS) *ret_count = 0;
    return 1;
}

/* A clock that was set back must not stretch a delay: it is never longer than the delay itself. */
static int64_t delay_left(int64_t now_ns, unsigned failures, int64_t last_ns)
{
    int64_t delay = limit_delay_ns(failures);
    int64_t left = last_ns + delay - now_ns;
    if (left > delay) left = delay;
    return left > 0 ? left : 0;
}

int attempt_read(Accounts *accounts, Slice name_key, uint64_t user_id,
                 const AccountSettings *settings, Slice address, Attempt *ret)
{
    int known = is_known_address(accounts, user_id, address);
    if (known < 0) return known;
    *ret = (Attempt){.key = attempt_key(name_key, known == 1),
                     .is_user = user_id != 0,
                     .is_trusted = settings_trust(settings, address)};
    int r = read_failures(accounts, &ret->key, &ret->failures, &ret->last_ns);
    if (r == 1 && !ret->is_trusted)
        ret->wait_ns = delay_left(account_now(accounts), ret->failures, ret->last_ns);
    return r < 0 ? r : 0;
}

static int make_room(Accounts *accounts)
{
    int64_t count;
    int r = database_number(account_ask(accounts, ATTEMPT_COUNT), &count);
    if (r < 0 || count < ATTEMPTS_MAX) return r < 0 ? r : 0;
    return database_run(account_ask(accounts, ATTEMPT_FORGET_ONE));
}

int attempt_failed(Accounts *accounts, const Attempt *attempt)
{
    unsigned failures = 0;
    int64_t last_ns = 0;
    /* Read again: another may have failed while this one was hashed. */
    int r = read_failures(accounts, &attempt->key, &failures, &last_ns);
    if (r == 0) r = make_room(accounts);
    if (r < 0) return r;
    sqlite3_stmt *set = account_ask(accounts, ATTEMPT_SET);
    put_digest(set, 1, &attempt->key);
    database_put_number(set, 2, attempt->is_user);
    database_put_number(set, 3, failures < 1000000 ? failures + 1 : failures);
    database_put_number(set, 4, account_now(accounts));
    return database_run(set);
}

static int drop_failures(Accounts *accounts, const Digest *key)
{
    sqlite3_stmt *drop = account_ask(accounts, ATTEMPT_DROP);
    put_digest(drop, 1, key);
    return database_run_count(&accounts->database, drop);
}

static int remember_address(Accounts *accounts, uint64_t user_id, Slice address)
{
    Network network;
    if (address_key(address, &network) < 0) return 0;
    sqlite3_stmt *add = account_ask(accounts, KNOWN_ADD);
    database_put_number(add, 1, (int64_t)user_id);
    database_put_bytes(add, 2, network.bytes, sizeof network.bytes);
    database_put_number(add, 3, account_now(accounts));
    int r = database_run(add);
    if (r < 0) return r;
    sqlite3_stmt *forget = account_ask(accounts, KNOWN_FORGET);
    database_put_number(forget, 1, (int64_t)user_id);
    database_put_number(forget, 2, KNOWN_ADDRESSES_MAX);
    return database_run(forget);
}

int attempt_succeeded(Accounts *accounts, const Attempt *attempt, uint64_t user_id, Slice address)
{
    int r = drop_failures(accounts, &attempt->key);
    return r < 0 ? r : remember_address(accounts, user_id, address);
}

int attempt_forget(Accounts *accounts, Slice name_key)
{
    const Digest keys[] = {attempt_key(name_key, false), attempt_key(name_key, true)};
    int first = drop_failures(accounts, &keys[0]);
    int second = first < 0 ? first : drop_failures(accounts, &keys[1]);
    return second < 0 ? second : first + second;
}

int attempt_show(Accounts *accounts, Slice name_key, AccountUser *to)
{
    for (int known = 0; known < 2; known++) {
        const Digest key = attempt_key(name_key, known);
        unsigned failures = 0;
        int64_t last_ns = 0, now_ns = account_now(accounts);
        int r = read_failures(accounts, &key, &failures, &last_ns);
        if (r < 0) return r;
        if (failures <= to->failed_count) continue;
        int64_t left = delay_left(now_ns, failures, last_ns);
        to->failed_count = failures;
        to->failed_ns = last_ns;
        to->next_try_ns = left > 0 ? now_ns + left : 0;
    }
    return 0;
}

int account_limit(Accounts *accounts, const AccountSettings *settings, const OperatorAct *act,
                  unsigned *ret_wait_seconds)
{
    uint64_t due;
    if (settings_trust(settings, act->address)) return 0;
    int64_t wait_ns = limits_take(&accounts->limits, act->address,
                                  accounts->os->monotonic_ns(accounts->os->state), &due);
    if (wait_ns == 0) return 0;
    *ret_wait_seconds = seconds_up(wait_ns);
    if (due == 0) return -EAGAIN;
    OperatorAct sum = *act;
    sum.count = due;
    return account_refused(accounts, sum, "too_many", -EAGAIN);
}
