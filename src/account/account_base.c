/* See account_base.h. */
#include "account/account_base.h"

#include "account/account_ldap.h"
#include "base/check.h"

#include <stdlib.h>

#define ACCOUNTS_VERSION 1

/* ---- transactions */

int account_begin(Accounts *accounts)
{
    return database_begin(&accounts->database);
}

int account_write_log(Accounts *accounts, const OperatorAct *act)
{
    const OperatorLog *log = &accounts->options.log;
    int r = log->write ? log->write(log->context, act) : account_spool_add(accounts, act);
    return r < 0 ? ACCOUNT_NOT_LOGGED : 0;
}

int account_end(Accounts *accounts, int r, const OperatorAct *act)
{
    if (r >= 0 && act) {
        int logged = account_write_log(accounts, act);
        if (logged < 0) r = logged;
    }
    int ended = database_end(&accounts->database, r);
    if (r < 0 || ended >= 0 || !act || act->failed) return ended;
    /* The log must not say that it was done. If this line fails, too, the disk is full for both. */
    return account_refused(accounts, *act, "not_kept", ended);
}

int account_refused(Accounts *accounts, OperatorAct act, const char *reason, int r)
{
    act.failed = true;
    act.reason = reason;
    int logged = account_write_log(accounts, &act);
    return logged < 0 ? logged : r;
}

int64_t account_now(const Accounts *accounts)
{
    return accounts->os->now_ns(accounts->os->state);
}

static Slice cut_client(Slice text)
{
    size_t end = ACCOUNT_TEXT_BYTES_MAX;
    if (text.len <= end) return text;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return slice_first(text, end);
}

OperatorAct account_act_by(Accounts *accounts, const AccountClient *client, OperatorVerb verb,
                           Slice name)
{
    return (OperatorAct){.at_ns = account_now(accounts),
                         .verb = verb,
                         .user = name,
                         .via = "none",
                         .address = cut_client(client->address),
                         .agent = cut_client(client->agent)};
}

OperatorAct account_act_of(Accounts *accounts, const AccountSelf *self, OperatorVerb verb)
{
    static const char *const vias[] = {[VIA_NONE] = "none",
                                       [VIA_SESSION] = "session",
                                       [VIA_TOKEN] = "token",
                                       [VIA_SHELL] = "shell"};
    OperatorAct act = account_act_by(accounts, &self->client, verb, self->name);
    act.user_id = self->user_id;
    act.via = vias[self->via];
    act.via_id = self->via_id;
    return act;
}

/* ---- opening */

static int make_tables(void *context, int version)
{
    Accounts *accounts = context;
    return version == 0 ? database_script(&accounts->database, account_schema) : 0;
}

/* The file is small: what is damaged is found now and not in the middle of a sign-in. */
const DatabaseKind account_file = {.file = ACCOUNTS_FILE,
                                   .version = ACCOUNTS_VERSION,
                                   .statements = account_statements,
                                   .statement_count = ACCOUNT_STATEMENT_COUNT,
                                   .make = make_tables,
                                   .is_checked = true};
_Static_assert(ACCOUNT_STATEMENT_COUNT <= DATABASE_STATEMENTS_MAX, "see database.h");

static int open_limits(Accounts *accounts)
{
    uint64_t seed[2];
    int r = accounts->os->random(accounts->os->state, seed, sizeof seed);
    return r < 0 ? r : limits_init(&accounts->limits, LIMIT_ADDRESSES_MAX, seed);
}

int accounts_open(const AccountOptions *options, Accounts **ret)
{
    Accounts *accounts = calloc(1, sizeof *accounts);
    if (!accounts) return -ENOMEM;
    accounts->options = *options;
    accounts->os = options->os;
    pthread_mutex_init(&accounts->lock, NULL);
    const PasswordCost cost = {
        .memory_kib = options->hash_memory_kib ? options->hash_memory_kib : PASSWORD_MEMORY_KIB,
        .passes = options->hash_passes ? options->hash_passes : PASSWORD_PASSES};
    accounts->gate = password_gate_new(cost);
    int r = accounts->gate ? open_limits(accounts) : -ENOMEM;
    if (r == 0)
        r = database_open(options->os, options->folder, &account_file, accounts,
                          &accounts->database);
    if (r < 0) {
        accounts_close(accounts);
        return r;
    }
    *ret = accounts;
    return 0;
}

void accounts_close(Accounts *accounts)
{
    if (!accounts) return;
    database_close(&accounts->database);
    limits_done(&accounts->limits);
    password_gate_free(accounts->gate);
    pthread_mutex_destroy(&accounts->lock);
    free(accounts);
}
