/* Signing in, sessions, tokens.
 *
 * Cost is bounded before any password is hashed, in this order: the address must be allowed; limits
 * by address, for all together, and by user (account_limit.h); at most PASSWORD_HASHES_MAX hashes
 * run at once and PASSWORD_QUEUE_MAX wait, then -EBUSY. Delays, never locks: after
 * LIMIT_FREE_FAILURES failures a user's next try is refused for 1, 2, 4 ... at most 60 s; counted
 * apart for addresses from which that user has come in before, so that somebody elsewhere cannot
 * keep them out, and not at all for trusted networks. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_SIGN_H
#define AKASHI_ACCOUNT_ACCOUNT_SIGN_H

#include "account/account.h"

#define SESSION_TEXT_BYTES 44 /* 256 random bits as base64url, and a NUL */
#define CSRF_TEXT_BYTES 44
#define SESSIONS_MAX 20000                         /* past it the one idle longest ends */
#define STAGE_NS ((int64_t)5 * 60 * NS_PER_SECOND) /* of STAGE_CODE; of the others the usual */
#define STAGE_CODE_TRIES 5
#define SESSION_SEEN_NS ((int64_t)60 * NS_PER_SECOND) /* how exactly the last use is kept */
#define CLOCK_STEP_NS ((int64_t)300 * NS_PER_SECOND)  /* a clock this far behind ends sessions */

typedef struct SignIn {
    Slice name, password;
    AccountClient client;
    Slice previous; /* the session id that the browser sent, if any: it ends */
} SignIn;

/* What goes back to the browser. csrf is bound to the session id: derived from it, not kept. */
typedef struct SignedIn {
    uint64_t session_id; /* its number, for lists */
    char session[SESSION_TEXT_BYTES];
    char csrf[CSRF_TEXT_BYTES];
    AccountStage stage;
    unsigned wait_seconds;  /* with -EAGAIN: when to try again */
    bool directory_is_down; /* with -EACCES: the directory did not answer, too (any name) */
} SignedIn;

/* 0: ret->stage says what the new session is good for. -EACCES: refused, the same for every reason;
 * -EAGAIN: too many tries, ret->wait_seconds; -EBUSY: too many sign in at this moment; -EPERM: not
 * from this address. Call it without holding anything: it takes 0.1 s to 10 s (directory). */
MUST_USE int account_sign_in(Accounts *accounts, const SignIn *in, SignedIn *ret);
/* The second step: a code of six digits or a recovery code, for a session of STAGE_CODE, which
 * ends; a new one takes its place. -EACCES: wrong, used before, or not the time; after
 * STAGE_CODE_TRIES the session ends: -EKEYREVOKED, sign in again. */
MUST_USE int account_sign_in_code(Accounts *accounts, Slice session, Slice code,
                                  const AccountClient *client, SignedIn *ret);
/* Password (and code, where the user has a factor) given once more, for what needs it. The session
 * takes a new id. -EACCES, -EAGAIN, -EBUSY as above. */
MUST_USE int account_prove(Accounts *accounts, Slice session, Slice password, Slice code,
                           const AccountClient *client, SignedIn *ret);

/* Whose session it is; counts as use. `ret` lives in the arena. -EACCES: none, ended, idle or too
 * old; -EPERM: not from this address (logged); SESSION_RENEW (1): it is theirs, but their rights
 * have changed: call account_session_renew and send the new id. */
#define SESSION_RENEW 1
MUST_USE int account_session_check(Accounts *accounts, Slice session, const AccountClient *client,
                                   Arena *arena, AccountSelf *ret);
MUST_USE int account_session_renew(Accounts *accounts, Slice session, const AccountClient *client,
                                   SignedIn *ret);
/* For every request that changes something. In a time that does not depend on the text. */
bool account_csrf_is(Slice session, Slice csrf);
/* csrf for a session that is there already, such as after a reload. -EINVAL: no session id. */
MUST_USE int account_csrf_of(Slice session, char ret[CSRF_TEXT_BYTES]);
MUST_USE int account_sign_out(Accounts *accounts, Slice session, const AccountClient *client);

typedef struct AccountSession {
    uint64_t id, user_id;
    Slice user_name, address, agent;
    AccountStage stage;
    int64_t created_ns, seen_ns, ends_ns; /* ends_ns: at the latest */
    bool is_own;                          /* the session that asks */
} AccountSession;
#define SESSION_LIST_MAX 1000
/* Own ones; those of others (user_id 0: of all) with MAY_MANAGE. Newest first. */
MUST_USE int account_session_list(Accounts *accounts, const AccountSelf *by, uint64_t user_id,
                                  Arena *arena, AccountSession **ret, size_t *ret_count);
/* One session; own (fresh proof), or MAY_MANAGE. -ENOENT. */
MUST_USE int account_session_end(Accounts *accounts, const AccountSelf *by, uint64_t session_id);
/* All sessions of a user but the one that asks; as above. Returns how many. */
MUST_USE int account_session_end_all(Accounts *accounts, const AccountSelf *by, uint64_t user_id);
/* Removes what is over: call it now and then (each minute). */
MUST_USE int account_sweep(Accounts *accounts);

/* Own password; `old` is asked for again and counts as a sign-in for all limits. All other sessions
 * end, this one takes a new id. -EACCES: old is wrong; -EAGAIN, -EBUSY; -EINVAL with a complaint;
 * -ENOTSUP: the directory keeps it. */
MUST_USE int account_password_change(Accounts *accounts, Slice session, Slice old, Slice fresh,
                                     const AccountClient *client, SignedIn *ret,
                                     Complaint *complaint);

/* ---- tokens: for programs. `Authorization: Bearer ak_...` */

#define TOKEN_TEXT_BYTES 50 /* account_token.h; a NUL included */
#define TOKEN_LABEL_BYTES_MAX 128
#define TOKENS_MAX 10000
#define TOKENS_PER_USER_MAX 50

typedef struct NewToken {
    Slice label;
    unsigned permissions; /* bits; together with the owner's (but MAY_INGEST needs MAY_CONFIGURE of
                             who makes it, and none of the owner afterwards) */
    AccountGrants grants; /* narrows the owner's; no items: as the owner. Roles in it are ignored */
    int64_t expires_ns;   /* must be in the future, at most token_days_max ahead */
} NewToken;
/* The text is shown once and never again. For oneself, or with MAY_MANAGE for another. -EINVAL with
 * a complaint; -ENOBUFS: too many. */
MUST_USE int account_token_add(Accounts *accounts, const AccountSelf *by, uint64_t user_id,
                               const NewToken *token, char ret[TOKEN_TEXT_BYTES], uint64_t *ret_id,
                               Complaint *complaint);
/* -EACCES: no token, wrong, expired, revoked, or its owner is disabled (logged, with -EAGAIN beyond
 * the limit by address); -EPERM: not from this address. */
MUST_USE int account_token_check(Accounts *accounts, Slice text, const AccountClient *client,
                                 Arena *arena, AccountSelf *ret);

typedef struct AccountToken {
    uint64_t id, user_id;
    Slice user_name, label, hint; /* hint: its last four characters */
    unsigned permissions;
    AccountGrants grants;
    int64_t created_ns, expires_ns, used_ns; /* used_ns 0: never; exact to a minute */
    Slice used_address;
} AccountToken;
MUST_USE int account_token_list(Accounts *accounts, const AccountSelf *by, uint64_t user_id,
                                Arena *arena, AccountToken **ret, size_t *ret_count);
MUST_USE int account_token_revoke(Accounts *accounts, const AccountSelf *by, uint64_t token_id);

#endif
