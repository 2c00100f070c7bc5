/* What the parts of the regular expressions share: the tree, the program, the table. */
#ifndef AKASHI_BASE_REGEX_INT_H
#define AKASHI_BASE_REGEX_INT_H

#include "base/regex.h"

#define REGEX_RANGES_MAX 512 /* of one [...] */
#define CODE_POINT_MAX 0x10ffffu

typedef struct RegexRange {
    uint32_t first, last;
} RegexRange;

typedef struct RegexRanges {
    RegexRange *list; /* in order, apart from each other, once normalised */
    size_t count;
} RegexRanges;

typedef enum RegexKind { RX_SET, RX_ASSERT, RX_CONCAT, RX_ANY_OF, RX_REPEAT } RegexKind;
typedef enum RegexAssert { ASSERT_BEGIN, ASSERT_END, ASSERT_BOUNDARY, ASSERT_INSIDE } RegexAssert;

typedef struct RegexNode RegexNode;
struct RegexNode {
    RegexKind kind;
    RegexAssert assert_kind;
    RegexRanges set;
    RegexNode *first, *next; /* child, sibling */
    unsigned min, max;       /* REPEAT; max 0: without end */
};

typedef struct RegexTree {
    RegexNode *root;
    bool keep_case;
    bool exact;
    bool has_boundary;
} RegexTree;

typedef enum RegexOp { OP_SET, OP_SPLIT, OP_ASSERT, OP_MATCH } RegexOp;

typedef struct RegexInstruction {
    uint8_t op, assert_kind;
    uint16_t next, other; /* other: SPLIT */
    uint64_t classes[4];  /* SET */
} RegexInstruction;

#define REGEX_ACCEPT 0 /* of the table: a state that has matched */

struct Regex {
    bool keep_case;
    bool exact; /* width counts */
    bool lines;
    Slice literal;
    size_t least_bytes; /* of a text that matches */
    /* The alphabet: class k holds the code points from starts[k] to before starts[k + 1]. */
    uint32_t starts[REGEX_CLASSES_MAX + 1];
    size_t class_count;
    uint64_t word_classes[4];
    uint64_t first_classes[4]; /* no match begins with another character */
    uint8_t ascii[128];        /* class of each, after folding */
    RegexInstruction *program;
    size_t program_count;
    uint16_t start;
    /* The table: next state by state and class; NULL: the program is followed. */
    uint16_t *table;
    uint8_t *accepts_at_end; /* by state */
    size_t state_count;      /* of the table, with [REGEX_ACCEPT] */
    uint16_t idle;           /* the state in which nothing has begun to match, and the characters */
    bool stays_idle[256];    /* of ASCII that leave it so */
    bool idle_is_last;       /* nothing can begin to match any more: what is anchored has failed */
};

/* A set of instructions of the program, in the order in which they were added. */
typedef struct RegexStates {
    size_t count;
    uint16_t list[REGEX_INSTRUCTIONS_MAX];
    uint64_t marks[REGEX_INSTRUCTIONS_MAX / 64];
} RegexStates;

static inline bool regex_class_has(const uint64_t classes[4], size_t class_index)
{
    return classes[class_index / 64] >> (class_index % 64) & 1;
}

/* regex_parse.c */
/* options: NULL for a regex that folds everything. */
MUST_USE int regex_parse(Slice pattern, const RegexOptions *options, Arena *arena, RegexTree *ret,
                         size_t *ret_where, Complaint *complaint);
/* The character of a text or pattern as this regex sees it. */
uint32_t regex_take(Slice *text, bool exact, bool keep_case);
/* regex_set.c: the sets of characters. -ENOMEM; -E2BIG: over REGEX_RANGES_MAX. */
MUST_USE int regex_ranges_add(RegexRanges *set, Arena *arena, uint32_t first, uint32_t last);
MUST_USE int regex_ranges_add_letter(RegexRanges *set, Arena *arena, char letter); /* of \d ... */
typedef uint32_t (*RegexFold)(uint32_t code_point);                                /* NULL: none */
MUST_USE int regex_ranges_finish(RegexRanges *set, Arena *arena, RegexFold fold, bool negate);
/* regex_program.c; -E2BIG: too large. */
MUST_USE int regex_program_make(Regex *regex, const RegexTree *tree, Arena *arena);
/* regex_table.c; a table that would be too large is not made. */
MUST_USE int regex_table_make(Regex *regex, Arena *arena);

/* regex_match.c: what is known of the place between two characters. */
typedef struct RegexPlace {
    bool begin, end, word_before, word_after;
} RegexPlace;
/* Puts all that can be reached from `from` without a character into `to`; true when that is the
 * end of the pattern. */
bool regex_reach(const Regex *regex, const RegexStates *from, RegexPlace place, RegexStates *to);
/* Puts what comes after a character of the class into `to`, and the start, for a match may begin
 * anywhere. */
void regex_step(const Regex *regex, const RegexStates *from, size_t class_index, RegexStates *to);
static inline void regex_states_add(RegexStates *states, uint16_t instruction)
{
    uint64_t bit = (uint64_t)1 << (instruction % 64);
    if (states->marks[instruction / 64] & bit) return;
    states->marks[instruction / 64] |= bit;
    states->list[states->count++] = instruction;
}
void regex_states_clear(RegexStates *states);

#endif
