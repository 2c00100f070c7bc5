/* The rules in force in the running server, and what packs say of them; made by whoever reads the
 * files. */
#ifndef AKASHI_ENGINE_DETECT_RULES_H
#define AKASHI_ENGINE_DETECT_RULES_H

#include "detect/detection.h"
#include "detect/pack.h"

typedef struct DetectRules DetectRules;
struct DetectRules {
    RuleSet *set;
    const PackRule *packs; /* by their index in the set, ascending */
    size_t pack_count;
    const HabitEntry *habits;
    size_t habit_count;
    void (*free)(DetectRules *rules);
};

static inline void detect_rules_free(DetectRules *rules)
{
    if (rules) rules->free(rules);
}

/* What a pack says of the rule; NULL: nothing. */
const PackRule *detect_rules_pack(const DetectRules *rules, size_t rule);
/* The name by which people know a rule: its id, else its title. */
Slice detect_rules_label(const DetectRules *rules, size_t rule);

#endif
