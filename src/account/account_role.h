/* What a person may do, and with which records: permissions, roles that are sets of them, and
 * grants that give a role for some sources and sites.
 *
 * A person may have several grants. One grant is met by a record when its source AND its site are
 * covered; a person may do with a record what any of the grants met by it allows. What is seen is
 * always the intersection of that with the question. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_ROLE_H
#define AKASHI_ACCOUNT_ACCOUNT_ROLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/complaint.h"

typedef enum AccountRole { /* stored: never renumber */
                           ROLE_VIEWER = 0,
                           ROLE_OPERATOR = 1,
                           ROLE_ADMINISTRATOR = 2,
                           ROLE_AUDITOR = 3,
} AccountRole;
#define ROLE_COUNT 4

typedef enum Permission {                         /* bits; stored in tokens: never renumber */
                          MAY_READ = 1 << 0,      /* search, pages, alerts, sources */
                          MAY_ACT = 1 << 1,       /* acknowledge, note and close alerts */
                          MAY_EXPORT = 1 << 2,    /* take records out: CSV, export with proofs */
                          MAY_PROVE = 1 << 3,     /* verification, checkpoints, the operator log */
                          MAY_CONFIGURE = 1 << 4, /* sources, rules, packs, settings */
                          MAY_DELETE = 1 << 5,    /* retention, holds, deletion, keys */
                          MAY_MANAGE = 1 << 6,    /* users, tokens of others, addresses */
                          MAY_INGEST =
                              1 << 7, /* send logs in: for tokens of forwarders; no role has it */
} Permission;
#define PERMISSION_COUNT 8
#define PERMISSIONS_ALL ((1u << PERMISSION_COUNT) - 1)
/* These concern the whole installation: only a grant without any pattern gives them. */
#define PERMISSIONS_WHOLE (MAY_PROVE | MAY_CONFIGURE | MAY_DELETE | MAY_MANAGE)

#define GRANTS_MAX 16         /* of one person or token */
#define GRANT_PATTERNS_MAX 16 /* of one kind in one grant */
#define PATTERN_BYTES_MAX 128
/* Of all patterns of one kind in one grant, as the filter writes them: a query takes no longer word
 * (FOLD_NEEDLE_BYTES_MAX). */
#define GRANT_FILTER_BYTES_MAX 1000
/* Of all grants together: lists that are not empty, and their bytes. A person's and a token's
 * conditions then fit into one query (QUERY_REGEXES_MAX, QUERY_BYTES_MAX). */
#define GRANTS_LISTS_MAX 16
#define GRANTS_FILTER_BYTES_MAX 7000

/* Patterns cover the whole name, case and width ignored; * is any run of characters. Allowed are
 * letters and digits of any script, blanks and . _ - / : @ only, so that a pattern can be no more
 * than a pattern wherever it is written. An empty list: all. */
typedef struct AccountGrant {
    AccountRole role;
    const Slice *sources; /* akashi.source */
    size_t source_count;
    const Slice *sites; /* akashi.site */
    size_t site_count;
} AccountGrant;

typedef struct AccountGrants {
    const AccountGrant *items;
    size_t count;
} AccountGrants;

const char *role_token(AccountRole role);            /* viewer, operator, administrator, auditor */
MUST_USE int role_of(Slice token, AccountRole *ret); /* -EINVAL */
unsigned role_permissions(AccountRole role);         /* bits of Permission */
const char *permission_token(Permission permission); /* read, act, export, ... */
MUST_USE int permission_of(Slice token, Permission *ret); /* -EINVAL */

/* -EINVAL with a complaint: too many, too long, a character that is not allowed, a role that is
 * none. */
MUST_USE int grants_check(AccountGrants grants, Complaint *complaint);
/* What the person may do with anything at all; for PERMISSIONS_WHOLE this is the last word, for the
 * others the record decides, too. */
unsigned grants_permissions(AccountGrants grants);
/* May they do it with records of this source and site (either may be empty: unknown, then only an
 * unscoped list covers it)? */
bool grants_allow(AccountGrants grants, Permission permission, Slice source, Slice site);

/* The condition of the query language that holds for exactly the records with which they may do it;
 * appended. 0: it was; 1: all of them (nothing was appended); -EACCES: none (nothing was appended:
 * answer nothing, do not search).
 *
 * NEVER paste it together with a text that a user wrote: `a) OR (b` would leave any parentheses.
 * Parse it on its own and join the trees with AND before the pipes run, as query_parse does with
 * its own condition for evidence. */
MUST_USE int grants_filter(AccountGrants grants, Permission permission, Buf *to);

/* As people write one: `operator`, `operator[nas*|fs-1]`, `viewer[@factory 1]`,
 * `viewer[nas*@factory 1|office]`. The grant lives in the arena. -EINVAL with a complaint; -ENOMEM.
 */
MUST_USE int grant_read(Slice text, Arena *arena, AccountGrant *ret, Complaint *complaint);
void grant_write(Buf *to, const AccountGrant *grant);

/* Kept form: `role TAB source|source TAB site|site` a line. The reverse refuses with -EBADMSG what
 * grants_check would not accept; the grants live in the arena. */
void grants_encode(Buf *to, AccountGrants grants);
MUST_USE int grants_decode(Slice text, Arena *arena, AccountGrants *ret);

#endif
