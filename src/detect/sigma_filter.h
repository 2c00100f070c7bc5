/* Filters (Sigma specification, "Sigma Filters"): documents that narrow rules written elsewhere. */
#ifndef AKASHI_DETECT_SIGMA_FILTER_H
#define AKASHI_DETECT_SIGMA_FILTER_H

#include "detect/rule_set_int.h"

/* The `rules` of a filter: a list of ids, names or titles, or the word any. */
MUST_USE int sigma_filter_read(SigmaReader *reader, const YamlNode *filter, RuleEntry *entry);
/* rule_set.c: the entry is refused with a copy of the complaint. -ENOMEM. */
MUST_USE int rule_entry_refuse(RuleSet *set, RuleEntry *entry, RuleState state,
                               const Complaint *complaint);

#endif
