/* What account/ needs, from the configuration and the store's key: for the command and for the
 * server alike. */
#ifndef AKASHI_MAIN_ACCOUNT_SETUP_H
#define AKASHI_MAIN_ACCOUNT_SETUP_H

#include "account/account.h"
#include "account/account_ldap.h"
#include "main/options.h"
#include "main/side_keys.h"

typedef struct AccountSetup {
    SideKeys keys; /* the cipher's context: the struct must not move */
    AccountCipher cipher;
    LdapConfig ldap;
    LdapGroupRule rules[LDAP_GROUP_RULES_MAX];
    Arena arena;            /* the texts of the directory's settings */
    AccountOptions options; /* for accounts_open; log.write is NULL: lines wait in the spool */
} AccountSetup;

/* -ENOMEM, or -EINVAL after saying which setting of the directory is wrong. account_setup_done also
 * after a failure, and only after accounts_close. */
MUST_USE int account_setup(const Invocation *invocation, const Secret *kek, AccountSetup *ret);
void account_setup_done(AccountSetup *setup);

#endif
