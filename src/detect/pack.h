/* A pack: a folder with pack.yaml, which says what it is, and rule files, whose documents carry
 * beside Sigma's keys a map `akashi:` with what a finding means to people, and tests.
 * The form, for those who write packs: doc/packs.md. Pure: texts in. */
#ifndef AKASHI_DETECT_PACK_H
#define AKASHI_DETECT_PACK_H

#include "detect/habit.h"
#include "detect/yaml_tree.h"

#define PACK_LIST_MAX 16u  /* of rows, first actions, story fields, needs; more is refused */
#define PACK_TESTS_MAX 64u /* of one rule; more is refused */
#define PACK_REPEAT_MAX 100000u
#define PACK_EXPIRES_DAYS_DEFAULT 90u

typedef enum PackPhase {
    PACK_INTRUSION,
    PACK_INFECTION,
    PACK_SPREAD,
    PACK_THEFT,
    PACK_DESTRUCTION,
    PACK_PHASE_COUNT
} PackPhase;
/* The word in the file. */
const char *pack_phase_name(PackPhase phase);

typedef struct PackList {
    Slice list[PACK_LIST_MAX];
    size_t count;
} PackList;

/* What must send for the pack to see anything. */
typedef struct PackNeed {
    Slice dataset;  /* of records, or the front of its name (`linux`); or a file of the company */
    Slice title[2]; /* by language: ja, en */
} PackNeed;

typedef struct PackInfo {
    Slice name, version;
    Slice title[2], finds[2];
    PackNeed needs[PACK_LIST_MAX];
    size_t need_count;
} PackInfo;

/* In one language. */
typedef struct PackWords {
    Slice title, seen, why, call;
    Slice harmless; /* what rightful things look the same */
    PackList first; /* what to do, in this order; in both languages as many */
} PackWords;

typedef struct PackTest {
    Slice name;
    unsigned line;
    Slice lines;    /* raw log lines; empty: simulated */
    Slice then;     /* lines that come once, after all the others */
    uint64_t count; /* how often the lines come, at least 1 */
    int64_t every_ns;
    Slice scenario; /* of the simulation */
    uint64_t seed, days, people;
    uint64_t expect; /* findings of the rule, at least; 0: none */
} PackTest;

typedef struct PackRule {
    size_t rule; /* index in the rule set */
    unsigned line;
    /* It only serves other rules and is never told: of all below it has words[].title alone. */
    bool is_part;
    bool has_habit;
    HabitSpec habit;
    PackList rows, story;
    PackPhase phase;
    PackWords words[2]; /* ja, en */
    uint64_t expires_days;
    PackTest *tests;
    size_t test_count;
} PackRule;

/* Both: slices live in the arena. -EINVAL with complaint; -ENOMEM. */
MUST_USE int pack_info_read(Slice yaml, Slice file, Arena *arena, PackInfo *ret,
                            Complaint *complaint);
/* The documents of one file that carry `akashi:`, in order. first_rule: index of the file's first
 * document in the rule set (rule_set_add gives each document one, in order). */
MUST_USE int pack_rules_read(Slice yaml, Slice file, size_t first_rule, Arena *arena,
                             PackRule **ret, size_t *ret_count, Complaint *complaint);

/* pack_test_read.c: `tests:` of a rule. */
MUST_USE int pack_tests_read(const YamlNode *tests, Arena *arena, PackRule *rule,
                             Complaint *complaint);
/* `every: 5s`, `window: 1h`: whole s, m, h or d. */
MUST_USE int pack_duration_read(const YamlNode *node, int64_t *ret_ns, Complaint *complaint);
/* A whole number, at most `most`; absent: *ret stays. */
MUST_USE int pack_number_read(const YamlNode *map, const char *key, uint64_t most, uint64_t *ret,
                              Complaint *complaint);
/* Refuses members whose name is not in the list, which ends with NULL. */
MUST_USE int pack_keys_check(const YamlNode *map, const char *const *known, Complaint *complaint);

#endif
