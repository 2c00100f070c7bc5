/* What the parts of the rule set and the matcher share: the compiled form.
 *
 * An *element* is one comparison with a field's value (one literal, one regular expression ...). A
 * *predicate* is a question that rules ask: does any of these elements hold for this field? Both
 * are shared by all rules that say the same. An *instance* is a rule on one of its routes: its
 * condition over predicates, and the lanes in which it is asked. A *lane* is a kind of event:
 * channel and number, or a shape.
 *
 * Invariants:
 * R1 A rule that holds for an event has at least one of its instance's triggers satisfied, or
 *    stands in `always`.
 * R2 The elements of a field decide by the value alone: so the answer for a value may be kept.
 *    What needs two fields is EXPR_FIELD and never a trigger.
 * R3 A predicate that wakes an instance of a lane has its field in the lane's `wakers`: so asking
 *    the other fields late wakes nobody. */
#ifndef AKASHI_DETECT_RULE_SET_INT_H
#define AKASHI_DETECT_RULE_SET_INT_H

#include "base/map.h"
#include "base/regex.h"
#include "detect/literal_set.h"
#include "detect/log_route.h"
#include "detect/pipeline.h"
#include "detect/rule_set.h"

#define FIELDS_MAX 8192
#define ELEMENTS_MAX 4000000
#define EXPRS_MAX 16000000
#define LANES_MAX 512
#define NONE UINT32_MAX
#define LANE_ELSE 1 /* events of no route: only rules over records see them */

typedef struct LaneSet {
    uint64_t bits[LANES_MAX / 64];
} LaneSet;

typedef enum ElementKind {
    ELEMENT_EXACT, /* the folded value is `text` */
    ELEMENT_INSIDE,
    ELEMENT_AT_START,
    ELEMENT_AT_END,
    ELEMENT_GLOB,  /* text with wildcards; of the raw value when cased */
    ELEMENT_VALUE, /* any value but null */
    ELEMENT_EXISTS,
    ELEMENT_REGEX,
    ELEMENT_CIDR,
    ELEMENT_COMPARE,
    ELEMENT_TIME,
} ElementKind;

typedef struct Network {
    uint8_t address[16];
    uint8_t bits;
    bool is_v4;
} Network;

typedef struct Element {
    uint8_t kind, how;
    bool cased;
    uint32_t field;
    Slice text;   /* folded, unless cased */
    Slice source; /* as the first rule wrote it */
    union {
        const Regex *regex;
        double number;
        const Network *network;
    };
    uint32_t first, count; /* of RuleSet.element_predicates */
} Element;

typedef struct Predicate {
    uint32_t field;
    uint32_t first, count;                 /* of predicate_elements */
    uint32_t trigger_first, trigger_count; /* of triggers: instances */
    float likely;                          /* guess how often it holds, 0..1 */
} Predicate;

typedef enum ExprKind {
    EXPR_AND,
    EXPR_OR,
    EXPR_NOT,
    EXPR_PREDICATE,
    EXPR_FIELD, /* compares two fields of the event */
} ExprKind;

typedef struct Expr {
    uint8_t kind;
    uint8_t how;            /* FIELD: PatternWhere */
    bool cased;             /* FIELD */
    uint32_t value;         /* PREDICATE: its number; FIELD: the field */
    uint32_t other;         /* FIELD: the field compared with */
    uint32_t first;         /* child, NONE: none */
    uint32_t next;          /* sibling */
    const RuleNode *origin; /* NULL: added by a route or for null */
} Expr;

typedef struct Instance {
    uint32_t rule;
    uint32_t expr;
    uint32_t route; /* of RuleSet.routes: for names */
    bool needs_record;
    LaneSet lanes;
} Instance;

/* All that is asked of one field's values. */
typedef struct FieldMatcher {
    Slice name;
    LiteralSet *literals; /* ids are elements; GLOB and REGEX found here are only candidates */
    uint32_t *exact;      /* open hash table of elements, NONE: empty slot */
    uint32_t exact_mask;  /* slots - 1, or 0 without table */
    uint32_t *others;     /* elements to be asked one by one */
    uint32_t other_count;
    /* Nothing but literals, of at least so many bytes: a glance passes most values. 0: no. */
    size_t glance_bytes;
    bool any;   /* any value of the event: keywords of one route */
    bool asked; /* some rule asks for it */
} FieldMatcher;

/* First and last letter of names: most names that nobody asks for differ in them. */
#define NAME_ENDS_BITS 1024
typedef struct NameEnds {
    uint64_t bits[NAME_ENDS_BITS / 64];
} NameEnds;

typedef struct Lane {
    bool windows;
    Slice channel; /* folded; empty: any other */
    uint32_t event_id;
    bool other_ids;        /* of this channel */
    const LogRoute *shape; /* what is no Windows event; NULL and not windows: all else */
    uint64_t *fields;      /* bits: fields asked in this lane */
    uint64_t *wakers;      /* bits: those whose values can wake a rule; the others can wait */
    NameEnds name_ends;    /* of the fields asked */
    uint32_t *always;      /* instances without trigger */
    uint32_t always_count;
} Lane;

typedef struct RuleEntry {
    RuleInfo info;
    SigmaRule rule;
    CorrelationDraft correlation;
    Slice *filter_rules; /* FILTER: ids, names or titles; `any` alone: all */
    size_t filter_rule_count;
    bool filter_any;
    bool judged; /* a correlation: all below it are ready */
} RuleEntry;

/* A growing array in malloc memory while compiling. */
typedef struct U32List {
    uint32_t *list;
    size_t count, capacity;
} U32List;
MUST_USE int u32_list_add(U32List *list, uint32_t value);
void u32_list_done(U32List *list);

struct RuleSet {
    Arena arena;   /* compiled form and names: lives as long as the set */
    Arena trees;   /* the rules as read */
    Arena scratch; /* emptied between rules */
    LogRoutes routes;
    Pipelines pipelines;
    RuleEntry *entries;
    size_t entry_count, entry_capacity;
    bool finished;

    Map field_map, element_map, predicate_map; /* emptied after compiling, but the first */
    FieldMatcher *fields;
    size_t field_count;
    U32List any_fields; /* those for keywords */
    Element *elements;
    size_t element_count, element_capacity;
    Predicate *predicates;
    size_t predicate_count, predicate_capacity;
    U32List predicate_elements;
    uint32_t *element_predicates;
    Expr *exprs;
    size_t expr_count, expr_capacity;
    Instance *instances;
    size_t instance_count, instance_capacity;
    uint32_t *triggers;
    Lane *lanes;
    size_t lane_count;
    Map lane_map; /* folded channel, NUL, number as 4 bytes -> lane; without number: other ids */
    uint32_t lane_other_channel;
    bool has_shapes;
};

/* pattern_table.c */
MUST_USE int field_find_or_add(RuleSet *set, Slice name, uint32_t *ret);
/* The field of a route's keywords: one for each route, so that no event is searched for what rules
 * of other log sources want. */
MUST_USE int field_any(RuleSet *set, uint32_t route, uint32_t *ret);
/* The patterns of kinds other than NULL and FIELD as one predicate. -EINVAL with complaint. */
MUST_USE int predicate_add(RuleSet *set, uint32_t field, const SigmaPattern *patterns, size_t count,
                           Complaint *complaint, uint32_t *ret);
/* Is the pattern one that can be made? -EINVAL with complaint. */
MUST_USE int pattern_check(RuleSet *set, const SigmaPattern *pattern, Complaint *complaint);
/* The predicate `the field has a value that is not null`. */
MUST_USE int predicate_add_value(RuleSet *set, uint32_t field, uint32_t *ret);
/* field_matcher.c: once, when all elements are known. */
MUST_USE int field_matchers_make(RuleSet *set);
/* lane.c */
MUST_USE int lanes_make(RuleSet *set);
/* The lane of a Windows event; without number: of the channel's other numbers. */
uint32_t lane_find(const RuleSet *set, Slice channel, bool has_number, uint32_t event_id);
void lanes_of_route(const RuleSet *set, const LogRoute *route, LaneSet *ret);
/* rule_compile.c: all instances of a rule. -EINVAL with complaint; -ENOENT: no route. */
MUST_USE int rule_compile(RuleSet *set, uint32_t entry, Complaint *complaint);
/* trigger.c: when all rules are compiled. */
MUST_USE int triggers_make(RuleSet *set);

static inline void lane_set_add(LaneSet *set, size_t lane)
{
    set->bits[lane / 64] |= (uint64_t)1 << (lane % 64);
}
static inline bool lane_set_has(const LaneSet *set, size_t lane)
{
    return set->bits[lane / 64] >> (lane % 64) & 1;
}

/* Where a name stands in NameEnds; the name is not empty. */
static inline size_t name_ends_of(Slice name)
{
    return ((unsigned char)name.ptr[0] & 31u) * 32 + ((unsigned char)name.ptr[name.len - 1] & 31u);
}

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
static inline uint64_t hash_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}
/* Up to 16 bytes as two words that overlap. */
static inline uint64_t hash_short(uint64_t seed, Slice bytes)
{
    uint64_t head = 0, tail = 0;
    if (bytes.len >= 8) {
        head = hash_word(bytes.ptr);
        tail = hash_word(bytes.ptr + bytes.len - 8);
    } else if (bytes.len >= 4) {
        uint32_t low, high;
        memcpy(&low, bytes.ptr, 4);
        memcpy(&high, bytes.ptr + bytes.len - 4, 4);
        head = low;
        tail = high;
    } else if (bytes.len > 0) {
        head = (unsigned char)bytes.ptr[0] | (uint64_t)(unsigned char)bytes.ptr[bytes.len / 2] << 8;
        tail = (unsigned char)bytes.ptr[bytes.len - 1];
    }
    return hash_mix(head ^ seed ^ 0xff51afd7ed558ccdu,
                    tail ^ seed ^ bytes.len * 0x9e3779b97f4a7c15u);
}

/* For tables that compare afterwards. The seed keeps writers of logs from choosing where values
 * fall. */
static inline uint64_t value_hash(uint64_t seed, Slice bytes)
{
    const uint64_t keys[2] = {seed ^ 0xc4ceb9fe1a85ec53u, seed ^ 0xa0761d6478bd642fu};
    uint64_t ways[2] = {keys[1], keys[0]};
    const char *at = bytes.ptr;
    if (bytes.len <= 16) return hash_short(seed, bytes);
    for (; bytes.len - (size_t)(at - bytes.ptr) > 32; at += 32) { /* two at once: half the wait */
        ways[0] = hash_mix(hash_word(at) ^ keys[0], hash_word(at + 8) ^ ways[0]);
        ways[1] = hash_mix(hash_word(at + 16) ^ keys[1], hash_word(at + 24) ^ ways[1]);
    }
    if (bytes.len - (size_t)(at - bytes.ptr) > 16)
        ways[0] = hash_mix(hash_word(at) ^ keys[0], hash_word(at + 8) ^ ways[0]);
    at = bytes.ptr + bytes.len - 16;
    ways[1] = hash_mix(hash_word(at) ^ keys[1], hash_word(at + 8) ^ ways[1]);
    return hash_mix(ways[0] ^ bytes.len, ways[1] ^ keys[0]);
}

/* Network notation of RFC 4632 and RFC 4291; without a slash: this address alone. -EINVAL. */
MUST_USE int sigma_network_parse(Slice text, Network *ret);
bool sigma_network_holds(const Network *network, Slice address);

#endif
