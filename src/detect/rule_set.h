/* Sigma rules, loaded, accounted for and compiled: bytes of YAML in, a read-only set out.
 *
 * Life: rule_set_new, any number of rule_set_add_pipeline and rule_set_add, one rule_set_finish,
 * then only reading, by any number of threads (matcher.h). Every document of every text given is
 * one RuleInfo: ready, rejected, or unable to fire, and why. Nothing is dropped silently. */
#ifndef AKASHI_DETECT_RULE_SET_H
#define AKASHI_DETECT_RULE_SET_H

#include "base/digest.h"
#include "detect/correlation.h"
#include "detect/sigma_rule.h"

#define RULES_MAX 65536 /* more: -E2BIG, and the set stays as it is */
#define RULE_TEXT_BYTES_MAX ((size_t)16 << 20)
#define RULE_SET_BYTES_MAX ((size_t)512 << 20) /* of memory; more: -ENOMEM */

typedef enum RuleState {
    RULE_READY,       /* takes part */
    RULE_REJECTED,    /* wrong, or of a kind not known: reason says what and where */
    RULE_CANNOT_FIRE, /* sound, but no log source known here gives such events */
} RuleState;

typedef enum RuleKind { RULE_DETECTION, RULE_FILTER, RULE_CORRELATION, RULE_UNKNOWN } RuleKind;

typedef struct RuleInfo {
    Slice id, name, title, level, status;
    Slice tags; /* separated by blanks */
    Slice description;
    LogSource source;
    Slice file; /* as given to rule_set_add */
    unsigned line;
    RuleKind kind;
    RuleState state;
    const Complaint *reason; /* NULL: ready */
    Digest digest;           /* SHA-256 of the file's text */
} RuleInfo;

typedef struct RuleSet RuleSet;

/* NULL: no memory. */
RuleSet *rule_set_new(void);
void rule_set_free(RuleSet *set);

/* A processing pipeline (pipeline.h): given before the rules that it changes. -EINVAL with
 * complaint; -ENOMEM. */
MUST_USE int rule_set_add_pipeline(RuleSet *set, Slice yaml, Slice file, Complaint *complaint);
/* All documents of a file. What is wrong with them is in their RuleInfo. -ENOMEM; -E2BIG. */
MUST_USE int rule_set_add(RuleSet *set, Slice yaml, Slice file);
/* Applies filters, resolves references, compiles. Once. -ENOMEM. */
MUST_USE int rule_set_finish(RuleSet *set);

/* Does some rule ask for translated records (log source product: akashi)? */
bool rule_set_wants_records(const RuleSet *set);
size_t rule_set_count(const RuleSet *set);
const RuleInfo *rule_set_info(const RuleSet *set, size_t rule);
/* The correlations among the rules, for whoever evaluates them: NULL when the rule is none. */
const CorrelationSpec *rule_set_correlation(const RuleSet *set, size_t rule);
/* The rule's own tree, for explanations; NULL when it has none. */
const SigmaRule *rule_set_tree(const RuleSet *set, size_t rule);

/* What the set holds, for people: distinct values to compare, distinct questions, bytes. */
typedef struct RuleSetSize {
    size_t element_count, predicate_count, instance_count, field_count, lane_count, bytes;
} RuleSetSize;
RuleSetSize rule_set_size(const RuleSet *set);

#endif
