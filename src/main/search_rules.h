/* `akashi search --rules`: Sigma rules asked of stored records, as `akashi detect` asks them of
 * files. */
#ifndef AKASHI_MAIN_SEARCH_RULES_H
#define AKASHI_MAIN_SEARCH_RULES_H

#include "main/options.h"

#include "search/search.h"

/* Feeds the records that the query finds to the rules of --rules (and --pipeline) in the order in
 * which they were stored, and prints each finding. The query must not hide evidence
 * (QueryOptions.without_evidence), or rules of log sources do not see it. Returns the exit status,
 * after saying what is wrong. */
int search_rules_run(const Invocation *invocation, const Query *query, SearchOptions *options,
                     StoreReader *reader);

#endif
