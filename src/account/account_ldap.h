/* Signing in by the company's directory (LDAP v3, Active Directory): whether the password is right,
 * and in which groups the user is. Nothing is written there.
 *
 * Two ways: bind as the user under a name made by a pattern (`%s@example.com`,
 * `uid=%s,ou=people,dc=example,dc=com`); or search for the user as a service account and bind as
 * what was found. Servers are asked in order; the next one is asked only when one cannot be
 * reached, not when it refuses. Without TLS nothing is sent, except to loopback; certificates are
 * checked unless insecure is set. An empty password is never sent: RFC 4513, 5.1.2 makes such a
 * bind succeed for anybody. Referrals are not followed: they would take the password elsewhere. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_LDAP_H
#define AKASHI_ACCOUNT_ACCOUNT_LDAP_H

#include "account/account_role.h"
#include "os/os.h"

#define LDAP_SERVERS_MAX 8
#define LDAP_GROUPS_MAX 1000 /* of one user; more are not looked at, which only takes away */
#define LDAP_GROUP_RULES_MAX 64
#define LDAP_TIME_OUT_SECONDS 5 /* each step */
#define LDAP_TIME_OUT_SECONDS_MAX 60
#define LDAP_TEXT_BYTES_MAX 1024

/* Who is in this group gets this grant. group: its DN (compared without case), or its cn alone. */
typedef struct LdapGroupRule {
    Slice group;
    AccountGrant grant;
} LdapGroupRule;

typedef struct LdapConfig LdapConfig;
/* set at start, then read-only; texts NULL or empty: not set. */
struct LdapConfig {
    const char *servers[LDAP_SERVERS_MAX]; /* ldaps://host[:port] or ldap:// (StartTLS follows) */
    size_t server_count;
    const char *ca_file;       /* empty: the system's */
    bool insecure;             /* certificates are not checked; said at every start */
    unsigned time_out_seconds; /* 0: LDAP_TIME_OUT_SECONDS */
    const char *bind_pattern;  /* with one %s: bind as the user. Empty: search first */
    const char *search_base;   /* needed for groups, and for search and bind */
    const char *search_filter; /* with one %s, such as (sAMAccountName=%s) */
    const char *search_user, *search_password_file; /* the service account; the file 0400 */
    const char *group_attribute;                    /* empty: memberOf */
    /* Empty: the attribute above. Else groups are searched for under it: (member=DN of the user).
     */
    const char *group_base;
    const LdapGroupRule *rules;
    size_t rule_count;
};

/* What the directory says of a user; texts live in the arena. */
typedef struct LdapUser {
    Slice dn, display_name, mail;
    AccountGrants grants; /* of all rules met; no items: may not come in */
} LdapUser;

/* -EINVAL with a complaint: a pattern without one %s, ldap:// in the clear to another machine with
 * a user name in it, a rule that is none... */
MUST_USE int ldap_config_check(const LdapConfig *config, Complaint *complaint);
/* 0: the password is right. -EACCES: it is not, the user is unknown or there are several, or the
 * password is empty; -EHOSTUNREACH: no server answered in time; -EPROTO: TLS, or an answer that is
 * none; -EKEYREJECTED: the service account was refused; -ENOMEM. */
MUST_USE int ldap_sign_in(const Os *os, const LdapConfig *config, Slice name, Slice password,
                          Arena *arena, LdapUser *ret);

/* Appends the value as it may stand in a filter (RFC 4515, 3) or in a DN (RFC 4514, 2.4). Any bytes
 * may be given. */
void ldap_filter_escape(Buf *to, Slice value);
void ldap_dn_escape(Buf *to, Slice value);
/* The pattern with %s replaced by the escaped value; which way is decided by the pattern: a filter
 * starts with (, a DN holds =, all else (UPN) takes the value only when it has no @ of its own.
 * -EINVAL: the value cannot stand there (a UPN with blanks, quotes or NUL). */
MUST_USE int ldap_pattern_fill(Buf *to, Slice pattern, Slice value);

#endif
