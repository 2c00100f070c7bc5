/* One condition on the values of a field, made once from what was typed and then asked of many
 * rows.
 *
 *   value        the whole value, or whole words inside it, case and width ignored (fold.h)
 *   10.0.0.0/8   an address in the range, when the value is an address; else as text
 *   a*b?         the whole value, * any run of characters, ? one character
 *   *            present: a value that is not empty
 *   lo..hi       both belong to it; either may be left out; numbers, times or addresses
 *   > >= < <=    numbers (k M G Ki Mi Gi too) and times
 *   cs"Value"    as value, but letters keep their case
 *   ~"regex"     somewhere in the value (regex.h)
 * On a field of moments a time means its whole span: 2026-11-20 is that day. On a field with a
 * closed set of values (event.action...) only one of its names is allowed, in either language. */
#ifndef AKASHI_SEARCH_CONDITION_H
#define AKASHI_SEARCH_CONDITION_H

#include "base/complaint.h"
#include "base/regex.h"
#include "search/field_ref.h"
#include "search/measure.h"
#include "search/query.h"

typedef enum ConditionKind {
    CONDITION_PRESENT,
    CONDITION_TEXT,
    CONDITION_CONTAINS, /* *text* */
    CONDITION_PATTERN,
    CONDITION_NUMBER,
    CONDITION_TIME,
    CONDITION_ADDRESS,
    CONDITION_CHOICE,
    CONDITION_EXACT, /* as TEXT, but letters keep their case */
    CONDITION_REGEX,
} ConditionKind;

typedef struct ChoiceSet {
    uint64_t bits[FIELD_CHOICES_MAX / 64];
} ChoiceSet;
static inline void choice_add(ChoiceSet *set, size_t choice)
{
    set->bits[choice / 64] |= (uint64_t)1 << (choice % 64);
}
static inline bool choice_has(const ChoiceSet *set, size_t choice)
{
    return set->bits[choice / 64] >> (choice % 64) & 1;
}

typedef struct Condition {
    ConditionKind kind;
    Slice folded; /* TEXT, CONTAINS, PATTERN; EXACT: with its case */
    const Regex *regex;
    bool has_address; /* TEXT that may also be compared as an address */
    bool has_number;  /* TEXT that may also be compared as a number */
    AddressRange address;
    Decimal low, high; /* numbers; moments in ns */
    ChoiceSet choices;
} Condition;

typedef enum Comparison { LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL } Comparison;

/* How a value is written: tanaka, "tanaka", cs"Tanaka", ~"ta.*a". */
typedef enum ValueForm { VALUE_PLAIN, VALUE_QUOTED, VALUE_EXACT, VALUE_REGEX } ValueForm;

typedef struct ConditionValue {
    Slice text; /* as typed, width folded; but for PLAIN, * ? and .. stand for themselves */
    ValueForm form;
    const Regex *regex;
} ConditionValue;

/* -EINVAL with the complaint's words (not its place); -ENOMEM. */
MUST_USE int condition_make(const FieldRef *field, const ConditionValue *value,
                            const QueryOptions *options, Arena *arena, Condition *ret,
                            Complaint *complaint);
MUST_USE int condition_make_comparison(const FieldRef *field, Comparison comparison, Slice value,
                                       const QueryOptions *options, Condition *ret,
                                       Complaint *complaint);
/* Does any value of the field in the row meet it? */
bool condition_holds(const Condition *condition, const FieldRef *field, const Row *row);
/* Does this value, not empty, meet it? Not for CONDITION_CHOICE, nor for times of a field of
 * moments. */
bool condition_value_holds(const Condition *condition, Slice value);

/* The first part of a typed text, for complaints; at most 60 bytes, whole characters. */
Slice condition_shown(Slice typed);

#endif
