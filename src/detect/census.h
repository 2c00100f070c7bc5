/* Which kinds of events come, and so which rules can fire on what is sent now: a sound rule whose
 * log source is silent is a gap that nobody sees. */
#ifndef AKASHI_DETECT_CENSUS_H
#define AKASHI_DETECT_CENSUS_H

#include "detect/log_route.h"
#include "detect/rule_set.h"
#include "record/record.h"

typedef struct Census Census;

/* NULL: no memory. The set is finished and outlives it. For one thread at a time. */
Census *census_new(const RuleSet *set);
void census_free(Census *census); /* NULL: nothing */

/* An event that came; record: its translation or NULL. */
void census_take(Census *census, const Event *event, const Record *record);
/* Did events come that the rule looks at? A correlation that wants all of its rules (temporal) is
 * reached when each of them is, any other when one is. False for what is not ready. */
bool census_reaches(const Census *census, size_t rule);

/* What a rule looks at: its i-th route (log_route.h), NULL behind the last. For a correlation none.
 */
const LogRoute *census_route(const Census *census, size_t rule, size_t index);

#endif
