/* Who may come in: users with their grants, the first administrator, settings, the operator log.
 * Signing in, sessions and tokens: account_sign.h. Second factor: account_factor.h. The directory
 * of the company: account_ldap.h.
 *
 * All is kept in SQLite, accounts.db in the data folder (0600, WAL, synchronous FULL). In clear are
 * names, times and hashes; seeds of one-time codes are sealed by the caller's AccountCipher. Of
 * passwords there is the Argon2id hash, of sessions, tokens, recovery codes and the set-up code the
 * SHA-256 hash alone: whoever reads the file can sign in with none of it.
 *
 * One Accounts may be used by several threads at once, and several processes may have one each (the
 * server and `akashi account`): a writer waits DATABASE_BUSY_MS (5 s) for another, then -EBUSY.
 *
 * Invariants
 *   A1 what returned 0 survives a power cut; what failed has changed nothing.
 *   A2 every act and every refusal is in the operator log before the function returns; if it cannot
 *      be, ACCOUNT_NOT_LOGGED (operator_log.h, L1).
 *   A3 for a user who is unknown, disabled or of the directory the same hash is computed and the
 *      same answer given as for a wrong password.
 *   A4 there is always one enabled administrator without patterns: the last one can be neither
 *      disabled, removed nor demoted (-EDEADLK).
 *   A5 what somebody may do is decided here, from what is stored now, not from what was true when
 *      they signed in.
 *
 * Errors that every function may return besides its own: -EBUSY; -ENOSPC, -EIO, -EROFS, -ENOMEM;
 * -EBADMSG the file is damaged (account_explain says what to do); ACCOUNT_NOT_LOGGED. Functions
 * that take `by` return -EPERM when that person may not do it (which is logged), and -EKEYEXPIRED
 * when their proof of identity is older than ACCOUNT_PROOF_NS: ask for the password again
 * (account_prove). */
#ifndef AKASHI_ACCOUNT_ACCOUNT_H
#define AKASHI_ACCOUNT_ACCOUNT_H

#include "account/account_role.h"
#include "account/operator_log.h"
#include "base/time_text.h"
#include "os/os.h"

#define ACCOUNTS_FILE "accounts.db"
#define USERS_MAX 10000 /* past it -ENOBUFS */
#define USER_NAME_CHARACTERS_MAX 64
#define USER_NAME_BYTES_MAX 256
#define USER_TEXT_BYTES_MAX 256    /* display name, mail */
#define ACCOUNT_TEXT_BYTES_MAX 512 /* address and agent as kept; longer ones are cut */
#define ACCOUNT_PROOF_NS ((int64_t)15 * 60 * NS_PER_SECOND)

/* How the caller's key protects seeds at rest; the store's key is not known here. Called by several
 * threads. As AlertCipher: `bound` must be the same at opening; -EBADMSG: damaged or another key.
 */
typedef struct AccountCipher {
    void *context;
    int (*seal)(void *context, Slice bound, Slice plain, Buf *to);
    int (*open)(void *context, Slice bound, Slice sealed, Buf *to);
} AccountCipher;

typedef struct Accounts Accounts;
typedef struct LdapConfig LdapConfig; /* account_ldap.h */

/* Everything pointed to must outlive the Accounts. */
typedef struct AccountOptions {
    const Os *os;
    const char *folder; /* of the data */
    const AccountCipher *cipher;
    OperatorLog log;          /* write NULL: the spool (account_spool_take) */
    const LdapConfig *ldap;   /* NULL: no directory */
    const char *common_file;  /* more passwords that are too common, one a line; NULL or "": none */
    Slice company;            /* words of these texts may not be the password; may be empty */
    unsigned hash_memory_kib; /* 0: PASSWORD_MEMORY_KIB; less only in tests */
    unsigned hash_passes;     /* 0: PASSWORD_PASSES */
} AccountOptions;

/* Opens or makes FOLDER/accounts.db. -EBADMSG: it is no such file, or damaged; -EPROTO: of a newer
 * version; what the system said. */
MUST_USE int accounts_open(const AccountOptions *options, Accounts **ret);
void accounts_close(Accounts *accounts);
static inline void accounts_done(Accounts **held)
{
    accounts_close(*held);
}
/* What an error of these functions means and what to do, in both languages: for -EBADMSG, -ENOSPC,
 * -EBUSY, -EROFS, -EPROTO, ACCOUNT_NOT_LOGGED and others. */
void account_explain(int error, const char *folder, Complaint *ret);

/* A copy of the whole file as it is at one moment, for backups, beside those who use it; without
 * sessions and set-up code, which a restore must not bring back. (Tokens that were revoked since do
 * come back: look through them after a restore.) `path` is made anew, 0600. -ENOENT: there are no
 * accounts. */
MUST_USE int accounts_copy(const Os *os, const char *folder, const char *path);

/* ---- who acts */

/* Where a request comes from. address: numeric, as inet_ntop prints it; empty: the shell. */
typedef struct AccountClient {
    Slice address, agent;
} AccountClient;

typedef enum AccountVia { VIA_NONE, VIA_SESSION, VIA_TOKEN, VIA_SHELL } AccountVia;

/* What a session is good for. All but STAGE_FULL permit only what stands behind them. */
typedef enum AccountStage { /* stored: never renumber */
                            STAGE_FULL = 0,
                            STAGE_CODE = 1,     /* account_sign_in_code */
                            STAGE_ENROL = 2,    /* account_factor_begin and _confirm, own only */
                            STAGE_PASSWORD = 3, /* account_password_change */
} AccountStage;

/* Somebody who was recognised: by account_session_check, account_token_check or account_shell. Its
 * texts live in the caller's arena. */
typedef struct AccountSelf {
    AccountVia via;
    uint64_t via_id; /* number of the session or token */
    uint64_t user_id;
    Slice name, display_name;
    Slice preferences; /* as account_preferences_set kept it */
    AccountStage stage;
    unsigned permissions; /* bits of Permission; none unless STAGE_FULL */
    AccountGrants grants;
    AccountGrants token_grants; /* via a token: narrows the grants above; no items: not */
    int64_t proved_ns;          /* when password and factor were last given */
    AccountClient client;
} AccountSelf;

/* Whoever sits at the machine itself and may read the key: all permissions. */
AccountSelf account_shell(Slice login_name);
/* 0, or -EPERM after it was logged as refused; `on` says what it was. For the scoped permissions
 * (read, act, export) this only says that there is something they may do it with: then ask
 * account_scope or account_may_with for the records. */
MUST_USE int account_may(Accounts *accounts, const AccountSelf *self, Permission permission,
                         Slice on);
bool account_may_with(const AccountSelf *self, Permission permission, Slice source, Slice site);
/* grants_filter for somebody; -EACCES as well when the token lacks the permission. */
MUST_USE int account_scope(const AccountSelf *self, Permission permission, Buf *to);

/* Writes an act of the server or engine to the operator log: verb, failed, reason, target, detail
 * and count are taken from `act`, who and when are filled in. Call it BEFORE doing the act; a
 * negative result forbids it. */
MUST_USE int account_log(Accounts *accounts, const AccountSelf *self, const OperatorAct *act);

/* The operator log of who cannot write to the sealed store, such as `akashi account` beside the
 * server: lines wait in accounts.db, in the same transaction as what they tell of, until the server
 * takes them over (each second will do). Past SPOOL_LINES_MAX nothing more can be logged, so
 * nothing more is done. */
#define SPOOL_LINES_MAX 100000
/* line: as operator_line_add made it. 0: it is in the sealed store, durable. number: of the line,
 * never used again: the same line comes again with the same number when the power goes between the
 * sink's yes and our note of it. */
typedef int (*AccountSpoolSink)(void *context, uint64_t number, Slice line);
/* Gives the oldest lines, at most limit (and 1000), in order, to the sink and forgets those before
 * its first failure. Returns how many were taken over; what the sink said when that is none. Called
 * by one thread at a time; the accounts are not locked while the sink works. */
MUST_USE int account_spool_take(Accounts *accounts, size_t limit, AccountSpoolSink sink,
                                void *context);

/* ---- the first administrator */

#define SETUP_CODE_BYTES 30 /* ABCDE-FGHJK-MNPQR-STVWX-YZ012 and a NUL */
/* Makes a new set-up code (125 bits), which replaces the one before; only its hash is kept. Print
 * it once, to the console of whoever starts the server. -EEXIST: there is an administrator. */
MUST_USE int account_setup_begin(Accounts *accounts, char ret_code[SETUP_CODE_BYTES]);
/* 1: set-up is due; 0: there is an administrator. */
MUST_USE int account_setup_is_due(Accounts *accounts);

typedef struct AccountNewUser {
    Slice name, display_name, mail;
    Slice password; /* empty: none; the user cannot sign in before account_password_reset */
    bool must_change;
    AccountGrants grants;
} AccountNewUser;
/* Makes the first administrator (grants are ignored) and ends the code. Then sign in as usual.
 * Case, blanks and hyphens in the code do not matter. -EACCES: wrong code; -EEXIST: set-up is over;
 * -EAGAIN: too many attempts, *ret_wait_seconds; -EBUSY; -EINVAL with a complaint: name or
 * password.
 */
MUST_USE int account_setup_finish(Accounts *accounts, Slice code, const AccountNewUser *user,
                                  const AccountClient *client, unsigned *ret_wait_seconds,
                                  Complaint *complaint);

/* ---- users */

typedef enum UserKind { USER_LOCAL = 0, USER_DIRECTORY = 1 } UserKind; /* stored */

typedef struct AccountUser {
    uint64_t id;
    UserKind kind;
    Slice name, display_name, mail;
    bool disabled, must_change, has_password;
    bool has_factor;
    unsigned recovery_left;                        /* codes not used yet */
    int64_t created_ns, password_ns, signed_in_ns; /* 0: never */
    int64_t failed_ns;                             /* last refused sign-in; 0: never */
    unsigned failed_count;                         /* in a row */
    int64_t next_try_ns;                           /* delayed until then; 0: not */
    AccountGrants grants;
} AccountUser;

/* Names differ without regard to case and width. -EEXIST: the name is taken; -EINVAL with a
 * complaint: name, password or grants. All: MAY_MANAGE. */
MUST_USE int account_user_add(Accounts *accounts, const AccountSelf *by, const AccountNewUser *user,
                              uint64_t *ret_id, Complaint *complaint);
/* Oneself may be asked about without MAY_MANAGE. -ENOENT. */
MUST_USE int account_user_get(Accounts *accounts, const AccountSelf *by, uint64_t id, Arena *arena,
                              AccountUser *ret);
MUST_USE int account_user_find(Accounts *accounts, const AccountSelf *by, Slice name, Arena *arena,
                               AccountUser *ret);
/* By name, behind the user `after` (0: from the first). limit at most 1000. */
MUST_USE int account_user_list(Accounts *accounts, const AccountSelf *by, Slice after_name,
                               size_t limit, Arena *arena, AccountUser **ret, size_t *ret_count);
/* Display name and mail; NULL leaves as it is. */
MUST_USE int account_user_change(Accounts *accounts, const AccountSelf *by, uint64_t id,
                                 const Slice *display_name, const Slice *mail,
                                 Complaint *complaint);
/* The user's sessions get a new stage at once (A5); those of a person whose grants changed must
 * take a new id at the next request (account_sign.h, SESSION_RENEW). */
MUST_USE int account_user_grants(Accounts *accounts, const AccountSelf *by, uint64_t id,
                                 AccountGrants grants, Complaint *complaint);
/* Ends all sessions; tokens are refused from then on. -EALREADY. */
MUST_USE int account_user_disable(Accounts *accounts, const AccountSelf *by, uint64_t id);
MUST_USE int account_user_enable(Accounts *accounts, const AccountSelf *by, uint64_t id);
/* With sessions, tokens and factor; what the user did stays in the operator log. */
MUST_USE int account_user_remove(Accounts *accounts, const AccountSelf *by, uint64_t id);
/* Sets a password for somebody, who must change it at the next sign-in; ends their sessions. Also
 * lifts delays. -ENOTSUP: a user of the directory. */
MUST_USE int account_password_reset(Accounts *accounts, const AccountSelf *by, uint64_t id,
                                    Slice password, Complaint *complaint);
/* The delay after failed sign-ins. */
MUST_USE int account_user_unlock(Accounts *accounts, const AccountSelf *by, uint64_t id);

/* What the page remembers for a user (language, かんたん or くわしい, theme): any text up to
 * PREFERENCES_BYTES_MAX; own only. -E2BIG. Not logged: nobody's rights depend on it. */
#define PREFERENCES_BYTES_MAX 4096
MUST_USE int account_preferences_set(Accounts *accounts, const AccountSelf *self, Slice text);

/* ---- settings */

#define SETTING_NETWORKS_MAX 64
typedef struct AccountSettings {
    Slice allowed_networks;  /* CIDR with commas; from elsewhere nobody signs in, and sessions and
                                tokens are refused. Empty: from everywhere. Loopback always may. */
    Slice trusted_networks;  /* from there no delays and no limits by address; empty: nowhere */
    unsigned idle_minutes;   /* 1..480, default 30 */
    unsigned absolute_hours; /* 1..24, default 12 */
    unsigned factor_roles;   /* bits 1 << AccountRole: these must have a second factor */
    unsigned sessions_per_user; /* 1..100, default 10; past it the one idle longest ends */
    unsigned token_days_max;    /* 1..3650, default 365 */
} AccountSettings;
MUST_USE int account_settings_get(Accounts *accounts, Arena *arena, AccountSettings *ret);
/* MAY_MANAGE. -EINVAL with a complaint: a network that is none, or a number out of range; -EDEADLK:
 * the one who sets it could not come in any more from where they are. Each change is logged. */
MUST_USE int account_settings_set(Accounts *accounts, const AccountSelf *by,
                                  const AccountSettings *settings, Complaint *complaint);

#endif
