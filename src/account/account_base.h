/* Between the files of this folder: accounts.db, its statements, and what the
 * functions of account.h have in common. All of it with the lock of the Accounts held, unless said
 * otherwise. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_BASE_H
#define AKASHI_ACCOUNT_ACCOUNT_BASE_H

#include "account/account_factor.h"
#include "account/account_limit.h"
#include "account/account_password.h"
#include "account/account_token.h"
#include "database/database.h"

#include <pthread.h>

#define ATTEMPTS_MAX 10000     /* names with failures; past it the one failing longest ago goes */
#define KNOWN_ADDRESSES_MAX 32 /* of a user; past it the one used longest ago goes */
#define TOKEN_ADDRESSES_MAX 32 /* of a token; the use from another one is logged as the first */
#define TOKEN_FORGET_NS ((int64_t)30 * 24 * 3600 * NS_PER_SECOND) /* after its end */
#define KNOWN_ADDRESS_NS ((int64_t)90 * 24 * 3600 * NS_PER_SECOND)
#define ATTEMPT_FORGET_NS ((int64_t)24 * 3600 * NS_PER_SECOND)
/* Of each user. By count and not by time: a clock set back must not bring a code back. */
#define USED_STEPS_MAX 64
#define DIRECTORY_CALLS_MAX 4 /* at once; past it -EBUSY */
#define FACTOR_TRIES 5

/* One row of the table in account_statements.c. */
typedef enum AccountStatement {
    META_GET,
    META_SET,
    META_DROP,
    SETTINGS_GET,
    SETTINGS_SET,
    USER_COUNT,
    USER_ADD,
    USER_GET,
    USER_FIND,
    USER_LIST,
    USER_SET_TEXTS,
    USER_SET_GRANTS,
    USER_SET_DISABLED,
    USER_SET_PASSWORD,
    USER_SET_HASH,
    USER_SET_SIGNED_IN,
    USER_SET_PREFERENCES,
    USER_SET_PENDING,
    USER_COUNT_PENDING_TRY,
    USER_CONFIRM_SEED,
    USER_DROP_SEED,
    USER_REMOVE,
    ADMINISTRATOR_COUNT,
    STEP_ADD,
    STEP_FORGET,
    RECOVERY_ADD,
    RECOVERY_USE,
    RECOVERY_DROP,
    ATTEMPT_GET,
    ATTEMPT_SET,
    ATTEMPT_DROP,
    ATTEMPT_COUNT,
    ATTEMPT_FORGET_ONE,
    ATTEMPT_SWEEP,
    KNOWN_HAS,
    KNOWN_ADD,
    KNOWN_FORGET,
    KNOWN_SWEEP,
    SESSION_ADD,
    SESSION_FIND,
    SESSION_SEEN,
    SESSION_SET_HASH,
    SESSION_PASS,
    SESSION_COUNT_TRY,
    SESSION_DROP,
    SESSION_DROP_OTHERS,
    SESSION_GET_USER,
    SESSION_LIST,
    SESSION_TRIM_USER,
    SESSION_TRIM_ALL,
    SESSION_SWEEP,
    TOKEN_COUNT,
    TOKEN_ADD,
    TOKEN_FIND,
    TOKEN_USED,
    TOKEN_ADDRESS_HAS,
    TOKEN_ADDRESS_ADD,
    TOKEN_ADDRESS_FORGET,
    TOKEN_SWEEP,
    TOKEN_GET,
    TOKEN_DROP,
    TOKEN_LIST,
    SPOOL_COUNT,
    SPOOL_ADD,
    SPOOL_LIST,
    SPOOL_DROP,
    ACCOUNT_STATEMENT_COUNT,
} AccountStatement;

extern const char *const account_statements[ACCOUNT_STATEMENT_COUNT];
extern const char account_schema[];
extern const DatabaseKind account_file;

struct Accounts {
    AccountOptions options; /* set at start, then read-only, as are those up to the lock */
    const Os *os;
    PasswordGate *gate; /* has a lock of its own */
    pthread_mutex_t lock;
    Database database; /* shared, under lock, as are those below */
    Limits limits;
    unsigned directory_calls;
    bool directory_is_down; /* at the last try */
};

static inline void accounts_unlock(Accounts **held)
{
    pthread_mutex_unlock(&(*held)->lock);
}
/* Held until the end of the scope. */
#define ACCOUNTS_LOCKED(accounts)                                                                  \
    CLEANUP(accounts_unlock) Accounts *locked_ = (accounts);                                       \
    pthread_mutex_lock(&locked_->lock)

/* ---- statements */

/* As database_ask. */
static inline sqlite3_stmt *account_ask(Accounts *accounts, AccountStatement which)
{
    return database_ask(&accounts->database, which);
}
static inline void put_digest(sqlite3_stmt *statement, int at, const Digest *digest)
{
    database_put_bytes(statement, at, digest->bytes, sizeof digest->bytes);
}

/* ---- transactions that are logged */

MUST_USE int account_begin(Accounts *accounts);
/* r negative: rolls back and returns r. Else writes `act` (NULL: nothing to be logged) and commits;
 * a log that fails rolls back (ACCOUNT_NOT_LOGGED), a commit that fails is logged as not_kept. */
MUST_USE int account_end(Accounts *accounts, int r, const OperatorAct *act);
/* Writes the act as failed for that reason, outside of any transaction or before account_end.
 * Returns r, or ACCOUNT_NOT_LOGGED. */
MUST_USE int account_refused(Accounts *accounts, OperatorAct act, const char *reason, int r);
MUST_USE int account_write_log(Accounts *accounts, const OperatorAct *act);
/* The line into the spool, within the transaction if one is open. */
MUST_USE int account_spool_add(Accounts *accounts, const OperatorAct *act);
OperatorAct account_act_of(Accounts *accounts, const AccountSelf *self, OperatorVerb verb);
/* For those who are nobody yet. */
OperatorAct account_act_by(Accounts *accounts, const AccountClient *client, OperatorVerb verb,
                           Slice name);
/* Permission and fresh proof, refusals logged under the verb. */
MUST_USE int account_require(Accounts *accounts, const AccountSelf *by, Permission permission,
                             OperatorVerb verb, Slice target);
/* Fresh proof alone. */
MUST_USE int account_require_proof(Accounts *accounts, const AccountSelf *by, OperatorVerb verb,
                                   Slice target);
int64_t account_now(const Accounts *accounts);

/* ---- rows */

/* A user as stored; texts live in the arena. */
typedef struct UserRow {
    AccountUser user;
    Slice hash; /* of the password, NUL-terminated; empty: none */
    Slice grants_text, preferences;
    int64_t grants_number;
    Slice seed, pending; /* sealed */
    int64_t pending_ns, pending_tries;
} UserRow;
MUST_USE int user_row_get(Accounts *accounts, uint64_t id, Arena *arena,
                          UserRow *ret); /* -ENOENT */
MUST_USE int user_row_find(Accounts *accounts, Slice name, Arena *arena,
                           UserRow *ret); /* -ENOENT */
/* From the columns from `first` on. */
MUST_USE int user_row_take(sqlite3_stmt *statement, int first, Arena *arena, UserRow *ret);
/* What names are compared by, in the arena. -EINVAL: it cannot be a name. */
MUST_USE int user_name_key(Slice name, Arena *arena, Slice *ret);
MUST_USE int user_name_check(Slice name, Complaint *complaint);
typedef struct UserToAdd {
    UserKind kind;
    Slice name, display_name, mail, hash;
    bool must_change;
    AccountGrants grants;
} UserToAdd;
MUST_USE int user_row_add(Accounts *accounts, const UserToAdd *user, uint64_t *ret_id);
MUST_USE int user_row_set_grants(Accounts *accounts, uint64_t id, AccountGrants grants);
/* Judges a new password for a user and hashes it; takes the lock away meanwhile (call it unlocked).
 */
MUST_USE int account_new_hash(Accounts *accounts, Slice password, const Slice *words,
                              size_t word_count, char ret[PASSWORD_HASH_BYTES],
                              Complaint *complaint);
bool grants_are_administrator(AccountGrants grants); /* without patterns */
unsigned grants_roles(AccountGrants grants);         /* bits 1 << AccountRole */

MUST_USE int settings_row_get(Accounts *accounts, Arena *arena, AccountSettings *ret);
/* Loopback and the shell always may; an address that cannot be read may where all may. */
bool settings_allow(const AccountSettings *settings, Slice address);
bool settings_trust(const AccountSettings *settings, Slice address);

/* ---- failures (account_attempt.c) */

typedef struct Attempt {
    Digest key;
    bool is_user; /* there is one of that name: kept longer than others */
    bool is_trusted;
    unsigned failures;
    int64_t last_ns;
    int64_t wait_ns; /* still to wait; 0: go on */
} Attempt;
MUST_USE int attempt_read(Accounts *accounts, Slice name_key, uint64_t user_id,
                          const AccountSettings *settings, Slice address, Attempt *ret);
MUST_USE int attempt_failed(Accounts *accounts, const Attempt *attempt);
/* Forgets the failures and remembers the address. */
MUST_USE int attempt_succeeded(Accounts *accounts, const Attempt *attempt, uint64_t user_id,
                               Slice address);
/* Both the one for known addresses and the one for others. Returns how many were there. */
MUST_USE int attempt_forget(Accounts *accounts, Slice name_key);
/* For lists: the worse of both. */
MUST_USE int attempt_show(Accounts *accounts, Slice name_key, AccountUser *to);
/* The limits by address and for all. 0; -EAGAIN with *ret_wait_seconds, logged as it is due. */
MUST_USE int account_limit(Accounts *accounts, const AccountSettings *settings,
                           const OperatorAct *act, unsigned *ret_wait_seconds);
unsigned seconds_up(int64_t ns);

/* ---- second factor (account_factor.c) */

/* Is the code good for this user now? It is used up within the transaction that is open. 0;
 * -EACCES with *ret_reason. */
MUST_USE int factor_use(Accounts *accounts, const UserRow *row, Slice code,
                        const char **ret_reason);
bool factor_is_needed(const AccountSettings *settings, AccountGrants grants);

/* ---- sessions (account_session.c) */

#define NS_PER_MINUTE ((int64_t)60 * NS_PER_SECOND)
#define NS_PER_HOUR ((int64_t)3600 * NS_PER_SECOND)

typedef struct SessionRow {
    uint64_t id, user_id;
    bool is_passed; /* false: the code is still due */
    unsigned tries;
    int64_t created_ns, seen_ns, proved_ns, grants_number;
    Slice address;
    UserRow user;
} SessionRow;
/* The row of a session that is good now, its address not looked at. -EACCES: none; what is over is
 * removed on the way. */
MUST_USE int session_row_find(Accounts *accounts, Slice text, const AccountSettings *settings,
                              Arena *arena, SessionRow *ret);
AccountStage session_stage(const AccountSettings *settings, const SessionRow *row);
/* A new session, or a new id of one, within the transaction that is open. */
MUST_USE int session_row_add(Accounts *accounts, const AccountSettings *settings, uint64_t user_id,
                             bool is_passed, const AccountClient *client, SignedIn *ret);
MUST_USE int session_row_renew(Accounts *accounts, uint64_t session_id, bool is_proved,
                               SignedIn *ret);
MUST_USE int session_row_drop(Accounts *accounts, uint64_t id); /* how many: 0 or 1 */
AccountSelf session_row_self(const AccountSettings *settings, const SessionRow *row,
                             const AccountClient *client);
/* keep_id 0: all. Returns how many. */
MUST_USE int session_rows_end(Accounts *accounts, uint64_t user_id, uint64_t keep_id);
/* The stage of what was just made; call it before account_end. */
MUST_USE int session_fill_stage(Accounts *accounts, const AccountSettings *settings, Slice session,
                                SignedIn *ret);

#endif
