/* The first administrator: see account.h. */
#include "account/account_base.h"

#include <openssl/crypto.h>

#define SETUP_LETTERS 25
#define SETUP_KEY "setup_code_hash"

static int administrators(Accounts *accounts)
{
    int64_t count;
    sqlite3_stmt *ask = account_ask(accounts, ADMINISTRATOR_COUNT);
    database_put_number(ask, 1, 0);
    int r = database_number(ask, &count);
    return r < 0 ? r : count > 0;
}

int account_setup_is_due(Accounts *accounts)
{
    ACCOUNTS_LOCKED(accounts);
    int r = administrators(accounts);
    return r < 0 ? r : !r;
}

static Digest code_hash(const char *letters)
{
    return secret_text_hash("setup", slice_of(letters, SETUP_LETTERS));
}

static int keep_code(Accounts *accounts, const Digest *hash)
{
    int r = administrators(accounts);
    if (r != 0) return r < 0 ? r : -EEXIST;
    sqlite3_stmt *set = account_ask(accounts, META_SET);
    database_put_text(set, 1, SLICE(SETUP_KEY));
    put_digest(set, 2, hash);
    return database_run(set);
}

int account_setup_begin(Accounts *accounts, char ret_code[SETUP_CODE_BYTES])
{
    char code[SETUP_CODE_BYTES], letters[SETUP_LETTERS + 1];
    int r = crockford_make(accounts->os, SETUP_LETTERS, 5, code);
    if (r == 0) r = crockford_read(slice_from_cstr(code), SETUP_LETTERS, letters);
    if (r < 0) return r;
    const Digest hash = code_hash(letters);
    explicit_bzero(letters, sizeof letters);
    ACCOUNTS_LOCKED(accounts);
    r = account_begin(accounts);
    if (r == 0) r = account_end(accounts, keep_code(accounts, &hash), NULL);
    if (r == 0) memcpy(ret_code, code, sizeof code);
    explicit_bzero(code, sizeof code);
    return r;
}

/* 0; -EACCES: it is another, or there is none. */
static int check_code(Accounts *accounts, Slice typed)
{
    char letters[SETUP_LETTERS + 1] = {0};
    bool is_form = crockford_read(typed, SETUP_LETTERS, letters) == 0;
    const Digest hash = code_hash(letters);
    sqlite3_stmt *ask = account_ask(accounts, META_GET);
    database_put_text(ask, 1, SLICE(SETUP_KEY));
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EACCES;
    Slice kept = database_bytes_at(ask, 0);
    bool is_it = is_form && kept.len == sizeof hash.bytes &&
                 CRYPTO_memcmp(kept.ptr, hash.bytes, sizeof hash.bytes) == 0;
    sqlite3_reset(ask);
    return is_it ? 0 : -EACCES;
}

static int may_set_up(Accounts *accounts, Slice code, const OperatorAct *act,
                      unsigned *ret_wait_seconds)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountSettings settings;
    int r = settings_row_get(accounts, &arena, &settings);
    if (r == 0 && !settings_allow(&settings, act->address))
        return account_refused(accounts, *act, "not_allowed_address", -EPERM);
    if (r == 0) r = account_limit(accounts, &settings, act, ret_wait_seconds);
    if (r == 0) r = administrators(accounts);
    if (r != 0) return r < 0 ? r : -EEXIST;
    r = check_code(accounts, code);
    return r == -EACCES ? account_refused(accounts, *act, "wrong_setup_code", r) : r;
}

static int drop_code(Accounts *accounts)
{
    sqlite3_stmt *drop = account_ask(accounts, META_DROP);
    database_put_text(drop, 1, SLICE(SETUP_KEY));
    return database_run(drop);
}

/* Looked at once more: two may have had the code. */
static int make_first(Accounts *accounts, Slice code, const AccountNewUser *user, const char *hash,
                      const OperatorAct *act)
{
    static const AccountGrant everything = {.role = ROLE_ADMINISTRATOR};
    const UserToAdd row = {.kind = USER_LOCAL,
                           .name = user->name,
                           .display_name = user->display_name,
                           .mail = user->mail,
                           .hash = slice_from_cstr(hash),
                           .grants = {&everything, 1}};
    uint64_t id;
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = administrators(accounts);
    if (r == 1) r = -EEXIST;
    if (r == 0) r = check_code(accounts, code);
    if (r == 0) r = user_row_add(accounts, &row, &id);
    if (r == 0) r = drop_code(accounts);
    return account_end(accounts, r, act);
}

int account_setup_finish(Accounts *accounts, Slice code, const AccountNewUser *user,
                         const AccountClient *client, unsigned *ret_wait_seconds,
                         Complaint *complaint)
{
    char hash[PASSWORD_HASH_BYTES];
    const Slice words[] = {user->name, user->display_name, user->mail};
    OperatorAct act = account_act_by(accounts, client, OPERATOR_SETUP, (Slice){0});
    act.target = user->name;
    *ret_wait_seconds = 0;
    {
        ACCOUNTS_LOCKED(accounts);
        int r = may_set_up(accounts, code, &act, ret_wait_seconds);
        if (r < 0) return r;
    }
    int r = user_name_check(user->name, complaint);
    if (r == 0)
        r = account_new_hash(accounts, user->password, words, ARRAY_COUNT(words), hash, complaint);
    if (r < 0) return r;
    ACCOUNTS_LOCKED(accounts);
    r = make_first(accounts, code, user, hash, &act);
    explicit_bzero(hash, sizeof hash);
    return r;
}
