/* Which rules can fire on what the sources are sending now: the newest rows of the store, as far as
 * they were received in the last days. */
#ifndef AKASHI_MAIN_RULES_REACH_H
#define AKASHI_MAIN_RULES_REACH_H

#include "base/buf.h"
#include "detect/census.h"
#include "main/options.h"

#define REACH_DAYS 7            /* so far back */
#define REACH_ROWS_MAX 1000000u /* and no more rows than these, the newest ones */

/* The store of --data. No store there: said, and *ret is NULL. Negative after saying why. */
MUST_USE int rules_reach_take(const Invocation *invocation, const RuleSet *set, Census **ret,
                              uint64_t *ret_rows);
/* Appends `,"fires":true` or `,"fires":false,"wants":[...]`: what would have to be sent. Nothing
 * for a rule that is not ready. Returns whether events for it came. */
bool rules_reach_print(Buf *to, const Census *census, const RuleSet *set, size_t rule);

#endif
