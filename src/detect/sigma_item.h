/* What reading one item of a selection is divided into: its modifiers, the texts that they make of
 * its values, and the patterns. */
#ifndef AKASHI_DETECT_SIGMA_ITEM_H
#define AKASHI_DETECT_SIGMA_ITEM_H

#include "detect/sigma_rule.h"

typedef enum Modifier {
    MOD_ALL,
    MOD_BASE64,
    MOD_BASE64OFFSET,
    MOD_CASED,
    MOD_CIDR,
    MOD_CONTAINS,
    MOD_DAY,
    MOD_ENDSWITH,
    MOD_EXISTS,
    MOD_EXPAND,
    MOD_FIELDREF,
    MOD_GT,
    MOD_GTE,
    MOD_HOUR,
    MOD_I,
    MOD_LT,
    MOD_LTE,
    MOD_M,
    MOD_MINUTE,
    MOD_MONTH,
    MOD_NEQ,
    MOD_RE,
    MOD_S,
    MOD_STARTSWITH,
    MOD_UTF16,
    MOD_UTF16BE,
    MOD_UTF16LE,
    MOD_WEEK,
    MOD_WIDE,
    MOD_WINDASH,
    MOD_YEAR,
    MOD_COUNT,
} Modifier;

#define MODIFIERS_MAX 8 /* of one field */

typedef struct ModifierChain {
    SigmaReader *reader;
    const YamlNode *place; /* the item: key and values */
    Slice field;
    Slice modifiers; /* contains|all, as written */
    Modifier list[MODIFIERS_MAX];
    size_t count;
    bool has[MOD_COUNT];
} ModifierChain;

/* A value on its way through the modifiers. */
typedef struct SigmaForm {
    Slice text;
    bool raw; /* of UTF-16 bytes: not yet fit to be looked for */
} SigmaForm;

/* sigma_modifier.c: `field|modifier|modifier`. -EINVAL with complaint. */
MUST_USE int sigma_chain_read(ModifierChain *chain, Slice key);
/* Modifiers that cannot mean anything together are refused instead of guessed at. */
MUST_USE int sigma_chain_check(const ModifierChain *chain);
bool sigma_chain_changes_text(const ModifierChain *chain); /* encodings, windash */
bool sigma_chain_has_where(const ModifierChain *chain);    /* contains, startswith, endswith */
/* Of the modifiers that make the value something else than text. */
size_t sigma_chain_count_kinds(const ModifierChain *chain);
/* Both formats take the modifiers as %.*s. */
int sigma_refuse_value(const ModifierChain *chain, const YamlNode *value, const char *en,
                       const char *ja);

/* sigma_values.c: one value -> all its forms, with wildcards as SIGMA_STAR and SIGMA_ONE. In the
 * reader's scratch; their texts in its arena. -EINVAL with complaint; -ENOMEM. */
MUST_USE int sigma_text_forms(const ModifierChain *chain, const YamlNode *value, SigmaForm **ret,
                              size_t *ret_count);
/* Is there a modifier that works on the text? */
bool sigma_chain_changes_values(const ModifierChain *chain);

#endif
