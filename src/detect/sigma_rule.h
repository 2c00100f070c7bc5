/* A Sigma rule as it was read: its names, its log source, and its condition as a tree over
 * patterns. Source of the language: Sigma specification v2.1.0 (rules, modifiers, filters), and
 * doc/sigma.md for what it leaves open.
 *
 * Everything lives in the arena of the rule set and is read-only once read. */
#ifndef AKASHI_DETECT_SIGMA_RULE_H
#define AKASHI_DETECT_SIGMA_RULE_H

#include "detect/yaml_tree.h"

#define SIGMA_PATTERNS_MAX 65536 /* of one rule, after expansion; more: the rule is refused */
#define SIGMA_EXPANSION_MAX 625  /* of one value: four dashes in five forms */
#define SIGMA_DEPTH_MAX 64       /* of a condition's brackets, `not`s and references */

/* In the text of a pattern; neither byte occurs in UTF-8. */
#define SIGMA_STAR '\xff' /* any run of characters */
#define SIGMA_ONE '\xfe'  /* exactly one character */

typedef enum PatternKind {
    PATTERN_TEXT,    /* the whole value, with wildcards */
    PATTERN_REGEX,   /* anywhere in the value */
    PATTERN_CIDR,    /* an address of this network */
    PATTERN_COMPARE, /* a number */
    PATTERN_TIME,    /* a part of a time */
    PATTERN_EXISTS,  /* the field is there, whatever it holds */
    PATTERN_NULL,    /* the field is absent or null */
    PATTERN_FIELD,   /* the value of another field, its name in text */
} PatternKind;

typedef enum PatternCompare { COMPARE_LT, COMPARE_LTE, COMPARE_GT, COMPARE_GTE } PatternCompare;
typedef enum PatternTime {
    TIME_MINUTE,
    TIME_HOUR,
    TIME_DAY,
    TIME_WEEK, /* of the year, ISO 8601 */
    TIME_MONTH,
    TIME_YEAR,
} PatternTime;
typedef enum PatternWhere { WHERE_ALL, WHERE_START, WHERE_END, WHERE_INSIDE } PatternWhere;

typedef struct SigmaPattern {
    PatternKind kind;
    bool cased;
    bool ignore_case, lines, dot_all; /* REGEX */
    uint8_t how;   /* PatternCompare, PatternTime, or PatternWhere (FIELD), by kind */
    double number; /* COMPARE, TIME */
    Slice text;    /* TEXT with SIGMA_STAR and SIGMA_ONE; REGEX, CIDR, FIELD as written */
    Slice source;  /* as it stands in the rule, with the modifiers' names: contains: foo */
    unsigned line, column;
} SigmaPattern;

typedef enum RuleNodeKind {
    RULE_AND,
    RULE_OR,
    RULE_NOT,
    RULE_ITEM, /* any of the patterns holds for the field */
    RULE_REF,  /* what `target` says */
} RuleNodeKind;

typedef struct RuleNode RuleNode;
struct RuleNode {
    RuleNodeKind kind;
    RuleNode *first, *next;
    RuleNode *target; /* REF */
    Slice name;       /* of the selection, at its top */
    Slice field;      /* ITEM; empty: any value of the event (keywords) */
    SigmaPattern *patterns;
    size_t pattern_count;
    unsigned line, column;
};

typedef struct LogSource {
    Slice category, product, service;
    unsigned line, column;
} LogSource;

typedef struct SigmaRule {
    Slice id, name, title, level, status;
    LogSource source;
    RuleNode *condition;
    RuleNode *selections; /* siblings, in the order of the rule */
    unsigned line;
} SigmaRule;

/* Values for %name% of the modifier `expand`. */
typedef struct Placeholder {
    Slice name;
    const Slice *values; /* as in a rule: wildcards and escapes count */
    size_t value_count;
} Placeholder;

/* What %name% stands for in rules of this log source (NULL: of a filter); NULL: nobody has said. */
typedef const Placeholder *(*PlaceholderFind)(const void *context, const LogSource *source,
                                              Slice name);

typedef struct SigmaReader {
    Arena *arena;   /* of what is read */
    Arena *scratch; /* emptied by the caller between rules */
    Complaint *complaint;
    PlaceholderFind placeholder; /* NULL: no placeholder stands for anything */
    const void *placeholder_context;
    const LogSource *source; /* of the rule being read, or NULL */
    size_t pattern_count;    /* of the rule being read */
} SigmaReader;

/* `detection:` or `filter:` with its selections and condition. -EINVAL with complaint; -ENOMEM. */
MUST_USE int sigma_read_detection(SigmaReader *reader, const YamlNode *detection, SigmaRule *rule);
MUST_USE int sigma_read_rule(SigmaReader *reader, const YamlNode *document, SigmaRule *ret);
MUST_USE int sigma_read_source(SigmaReader *reader, const YamlNode *logsource, LogSource *ret);

/* sigma_item.c: one field of a map, `field|modifiers: values`; or keywords, when key is empty. */
MUST_USE int sigma_read_item(SigmaReader *reader, Slice key, const YamlNode *value, RuleNode **ret);
/* sigma_condition.c */
MUST_USE int sigma_read_condition(SigmaReader *reader, const YamlNode *text, RuleNode *selections,
                                  RuleNode **ret);
/* -ENOMEM: NULL */
RuleNode *sigma_new_node(SigmaReader *reader, RuleNodeKind kind, const YamlNode *place);

#endif
