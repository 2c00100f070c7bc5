/* A correlation rule as it was read (Sigma specification v2.1.0, "Correlation Rules"): what is
 * counted or awaited, over which rules, by which groups, within what time. How it is evaluated is
 * not this header's matter; the door between the two is at its end. */
#ifndef AKASHI_DETECT_CORRELATION_H
#define AKASHI_DETECT_CORRELATION_H

#include "detect/yaml_tree.h"
#include "record/event.h"
#include "record/record.h"

#define CORRELATION_RULES_MAX 256
#define CORRELATION_FIELDS_MAX 32 /* group-by, and `field` of the condition */
#define CORRELATION_ALIASES_MAX 64
#define CORRELATION_BOUNDS_MAX 8
#define CORRELATION_TIMESPAN_NS_MAX ((int64_t)366 * 86400 * 1000000000)
#define CORRELATION_CHAIN_MAX 16 /* correlations over correlations */

typedef enum CorrelationType {
    CORRELATION_EVENT_COUNT,
    CORRELATION_VALUE_COUNT,
    CORRELATION_VALUE_SUM,
    CORRELATION_VALUE_AVG,
    CORRELATION_VALUE_PERCENTILE,
    CORRELATION_VALUE_MEDIAN,
    CORRELATION_TEMPORAL,
    CORRELATION_TEMPORAL_ORDERED,
} CorrelationType;

typedef enum CorrelationCompare {
    CORRELATION_GT,
    CORRELATION_GTE,
    CORRELATION_LT,
    CORRELATION_LTE,
    CORRELATION_EQ,
    CORRELATION_NEQ,
} CorrelationCompare;

/* All of a condition's bounds must hold: gte 10 and lt 20 are a range. */
typedef struct CorrelationBound {
    CorrelationCompare compare;
    double number;
} CorrelationBound;

/* `aliases`: in events of this rule, the group's field is called so. */
typedef struct CorrelationAlias {
    Slice alias; /* as in group-by */
    size_t rule; /* index in the rule set */
    Slice field;
} CorrelationAlias;

/* The extended condition of temporal types: `a and b and not c`, over rules. */
typedef enum CorrelationTermKind { TERM_RULE, TERM_AND, TERM_OR, TERM_NOT } CorrelationTermKind;
typedef struct CorrelationTerm CorrelationTerm;
struct CorrelationTerm {
    CorrelationTermKind kind;
    size_t member; /* RULE: index in `rules` below */
    CorrelationTerm *first, *next;
};

typedef struct CorrelationSpec {
    CorrelationType type;
    size_t *rules; /* indexes in the rule set, in the order written; resolved */
    size_t rule_count;
    Slice *group_by; /* none: one group */
    size_t group_by_count;
    CorrelationAlias *aliases;
    size_t alias_count;
    int64_t timespan_ns;
    CorrelationBound bounds[CORRELATION_BOUNDS_MAX]; /* none: temporal types */
    size_t bound_count;
    Slice *fields; /* of value_*; several: their values together count as one */
    size_t field_count;
    double percentile;          /* VALUE_PERCENTILE: 0..100 */
    CorrelationTerm *condition; /* temporal types: NULL: every rule once */
    bool generate;              /* the rules it is over also give findings of their own */
    unsigned line, column;
} CorrelationSpec;

/* The names and the references before they are resolved. */
typedef struct CorrelationDraft {
    CorrelationSpec spec;
    Slice *names; /* of `rules`: ids, names or titles */
    Slice *alias_rules;
} CorrelationDraft;

/* `correlation:` of a document. Slices are copied into the arena. -EINVAL with complaint; -ENOMEM.
 */
MUST_USE int correlation_read(const YamlNode *correlation, Arena *arena, CorrelationDraft *ret,
                              Complaint *complaint);

/* The door: how a match reaches a correlation. The matcher calls `match` once for every rule that
 * an event satisfies, in the order of the rules; the event and record live for the call only.
 * Values of fields are looked up by match_field (matcher.h), which knows the route's names. */
typedef struct RuleMatch {
    size_t rule;     /* index in the rule set */
    int64_t time_ns; /* of the event, or TIME_UNKNOWN */
    const Event *event;
    const Record *record; /* NULL: not translated */
    uint32_t instance;    /* which of the rule's routes; for match_field and evidence */
} RuleMatch;

typedef struct MatchSink {
    int (*match)(void *context, const RuleMatch *match); /* negative: stop */
    void *context;
} MatchSink;

#endif
