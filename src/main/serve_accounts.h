/* Accounts in the running server: their operator log goes into the sealed store as any other log,
 * and an act waits until its line is durable there. */
#ifndef AKASHI_MAIN_SERVE_ACCOUNTS_H
#define AKASHI_MAIN_SERVE_ACCOUNTS_H

#include "account/account_sign.h"
#include "alert/notice.h"
#include "collect/message.h"
#include "main/options.h"
#include "store/crypt/secret.h"

#define OPERATOR_WAIT_MS 10000 /* for a line to be durable; then the act is refused */

typedef struct ServeAccounts ServeAccounts;

/* Negative after saying why. `sink` has groups and outlives it; so does the invocation. */
MUST_USE int serve_accounts_open(const Invocation *invocation, const Secret *kek, MessageSink sink,
                                 ServeAccounts **ret);
/* From here on the operator log is sent on to the syslog receiver of alerts, too; config outlives
 * it. -EINVAL after saying that none is set; -ENOMEM, -EAGAIN: no thread. */
MUST_USE int serve_accounts_send_on(ServeAccounts *held, const NotifyConfig *config);
Accounts *serve_accounts(const ServeAccounts *held);
/* Each second: takes over what `akashi account` has logged beside us, forgets what is over, and
 * says when lines cannot be sent on. */
void serve_accounts_tick(ServeAccounts *held);
/* Before the sink ends. NULL: nothing. */
void serve_accounts_close(ServeAccounts *held);

#endif
