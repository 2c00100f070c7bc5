/* The rules of the running server: the packs that are switched on (detect.packs, pack_switch.h),
 * built in or in the data folder's `packs`, the Sigma rules in its `rules`, and what they pass over
 * (rule_exceptions.h). */
#ifndef AKASHI_MAIN_SERVE_RULES_H
#define AKASHI_MAIN_SERVE_RULES_H

#include "engine/detect_rules.h"
#include "main/options.h"

/* A pack in DATA/packs/NAME takes the place of a built-in one of that name. Broken rules are said,
 * each with its place; the others are there. -ENOMEM; -E2BIG: too many rules. */
MUST_USE int serve_rules_load(const Invocation *invocation, DetectRules **ret);
/* Changes when a file below DATA/packs or DATA/rules does, or the switches, or the exceptions in
 * force. */
uint64_t serve_rules_stamp(const Invocation *invocation);

#endif
