/* The steps that signing in, proving and changing one's password have in common.
 *
 * What may be asked is settled under the lock; the password is compared without it; what follows is
 * done under it again, from what is stored then. */
#ifndef AKASHI_ACCOUNT_SIGN_RUN_H
#define AKASHI_ACCOUNT_SIGN_RUN_H

#include "account/account_base.h"
#include "account/account_ldap.h"

typedef struct SignRun {
    Accounts *accounts;
    const AccountClient *client;
    Arena arena;
    AccountSettings settings;
    UserRow row;
    bool is_user; /* row is filled */
    Slice name_key;
    Attempt attempt;
    OperatorAct act;
    const char *reason; /* why it is refused; NULL: it is not */
    bool is_weaker;     /* the hash was made at less cost than now */
    LdapUser found;     /* by the directory */
    bool is_found;
} SignRun;

void sign_run_done(SignRun *run);

/* First step, under the lock. */
/* For those who have a session: who they are is known by it. Fills settings, row, act. -EACCES. */
MUST_USE int sign_run_with_session(SignRun *run, Slice session, OperatorVerb verb, SessionRow *ret);
/* May this be tried now? -EPERM, -EAGAIN with *ret_wait_seconds, both logged. */
MUST_USE int sign_run_may_try(SignRun *run, Slice name, unsigned *ret_wait_seconds);

/* Second step, without it. */
/* A3: one hash whoever it is. -EBUSY, -ENOMEM; else run->reason says what was found. */
MUST_USE int sign_run_compare(SignRun *run, Slice name, Slice typed);
/* Logs what the gate refused. */
MUST_USE int sign_run_refuse_busy(SignRun *run, int r);

/* Third step, under the lock. */
/* The failure counts and is logged, or nothing is. -EACCES when all went well. */
MUST_USE int sign_run_refuse(SignRun *run);
/* Between the comparing and now the password may have been changed or the user disabled: -EACCES.
 */
MUST_USE int sign_run_look_again(SignRun *run);
MUST_USE int sign_run_note_signed_in(SignRun *run);
/* A try that was right costs nothing. */
void sign_run_give_back(SignRun *run);

#endif
