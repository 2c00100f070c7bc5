/* `field|modifier|modifier: value` -> patterns. */
#include "detect/sigma_item.h"

#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int parse_number(const ModifierChain *chain, const YamlNode *value, double *ret)
{
    char text[64], *end;
    uint64_t whole;
    if (number_parse_any(value->text, &whole) == 0) {
        *ret = (double)whole;
        return 0;
    }
    if (value->text.len > 0 && value->text.len < sizeof text) {
        memcpy(text, value->text.ptr, value->text.len);
        text[value->text.len] = '\0';
        double number = strtod(text, &end);
        if (*end == '\0' && isfinite(number)) {
            *ret = number;
            return 0;
        }
    }
    return sigma_refuse_value(chain, value, "a number is needed here (%.*s)",
                              "ここには数を書いてください（%.*s）");
}

static PatternKind kind_of(const ModifierChain *chain)
{
    if (chain->has[MOD_RE]) return PATTERN_REGEX;
    if (chain->has[MOD_CIDR]) return PATTERN_CIDR;
    if (chain->has[MOD_EXISTS]) return PATTERN_EXISTS;
    if (chain->has[MOD_FIELDREF]) return PATTERN_FIELD;
    if (sigma_chain_count_kinds(chain) == 0) return PATTERN_TEXT;
    bool compare =
        chain->has[MOD_LT] || chain->has[MOD_LTE] || chain->has[MOD_GT] || chain->has[MOD_GTE];
    return compare ? PATTERN_COMPARE : PATTERN_TIME;
}

static uint8_t how_of(const ModifierChain *chain, PatternKind kind)
{
    static const struct {
        PatternKind kind;
        Modifier modifier;
        uint8_t how;
    } table[] = {
        {PATTERN_COMPARE, MOD_LT, COMPARE_LT},       {PATTERN_COMPARE, MOD_LTE, COMPARE_LTE},
        {PATTERN_COMPARE, MOD_GT, COMPARE_GT},       {PATTERN_COMPARE, MOD_GTE, COMPARE_GTE},
        {PATTERN_TIME, MOD_MINUTE, TIME_MINUTE},     {PATTERN_TIME, MOD_HOUR, TIME_HOUR},
        {PATTERN_TIME, MOD_DAY, TIME_DAY},           {PATTERN_TIME, MOD_WEEK, TIME_WEEK},
        {PATTERN_TIME, MOD_MONTH, TIME_MONTH},       {PATTERN_TIME, MOD_YEAR, TIME_YEAR},
        {PATTERN_FIELD, MOD_CONTAINS, WHERE_INSIDE}, {PATTERN_FIELD, MOD_STARTSWITH, WHERE_START},
        {PATTERN_FIELD, MOD_ENDSWITH, WHERE_END},
    };
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        if (table[i].kind == kind && chain->has[table[i].modifier]) return table[i].how;
    }
    return 0;
}

static int put_pattern(const ModifierChain *chain, RuleNode *item, SigmaPattern pattern)
{
    size_t count = item->pattern_count;
    if (++chain->reader->pattern_count > SIGMA_PATTERNS_MAX) {
        return YAML_REFUSE(chain->reader->complaint, chain->place, "sigma.too_many",
                           "a rule may hold at most %d values; split it in two",
                           "一つのルールの値は %d 個までです。二つに分けてください",
                           SIGMA_PATTERNS_MAX);
    }
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        SigmaPattern *larger =
            ARENA_ARRAY(chain->reader->arena, SigmaPattern, count ? count * 2 : 1);
        if (!larger) return -ENOMEM;
        if (count) memcpy(larger, item->patterns, count * sizeof *larger);
        item->patterns = larger;
    }
    item->patterns[item->pattern_count++] = pattern;
    return 0;
}

static int source_text(const ModifierChain *chain, const YamlNode *value, Slice *ret)
{
    if (chain->modifiers.len == 0) return arena_copy(chain->reader->arena, value->text, ret);
    return arena_format(chain->reader->arena, ret, "%.*s: %.*s", SLICE_FMT(chain->modifiers),
                        SLICE_FMT(value->text));
}

static int read_null(const ModifierChain *chain, const YamlNode *value, SigmaPattern *pattern)
{
    if (sigma_chain_count_kinds(chain) > 0 || sigma_chain_changes_values(chain) ||
        chain->field.len == 0) {
        return sigma_refuse_value(
            chain, value, "null means that the field is absent and takes no modifier (%.*s)",
            "null は項目がないことを表し、修飾子は付けられません（%.*s）");
    }
    pattern->kind = PATTERN_NULL;
    return 0;
}

static int read_exists(const ModifierChain *chain, const YamlNode *value, bool *ret_negated)
{
    if (slice_eq_nocase(value->text, SLICE("true"))) return 0;
    if (slice_eq_nocase(value->text, SLICE("false"))) {
        *ret_negated = true;
        return 0;
    }
    return sigma_refuse_value(chain, value, "true or false is needed here (%.*s)",
                              "ここには true か false を書いてください（%.*s）");
}

static int put_texts(const ModifierChain *chain, const YamlNode *value, SigmaPattern pattern,
                     RuleNode *item)
{
    SigmaForm *forms;
    size_t count;
    int r = sigma_text_forms(chain, value, &forms, &count);
    if (r < 0) return r;
    for (size_t i = 0; i < count && r == 0; i++) {
        pattern.text = forms[i].text;
        r = put_pattern(chain, item, pattern);
    }
    return r;
}

/* One value of the item -> an ITEM of all its forms; *ret_negated: exists: false. */
static int read_value(const ModifierChain *chain, const YamlNode *value, RuleNode *item,
                      bool *ret_negated)
{
    SigmaPattern pattern = {.kind = kind_of(chain),
                            .cased = chain->has[MOD_CASED],
                            .ignore_case = chain->has[MOD_I],
                            .lines = chain->has[MOD_M],
                            .dot_all = chain->has[MOD_S],
                            .line = value->line,
                            .column = value->column};
    if (value->kind != YAML_SCALAR) {
        return sigma_refuse_value(chain, value,
                                  "a single value is needed here, not a list or map (%.*s)",
                                  "ここには一つの値を書いてください（%.*s）");
    }
    pattern.how = how_of(chain, pattern.kind);
    int r = source_text(chain, value, &pattern.source);
    if (r == 0 && yaml_is_null(value)) r = read_null(chain, value, &pattern);
    if (r == 0 && pattern.kind == PATTERN_TEXT) return put_texts(chain, value, pattern, item);
    if (r == 0 && pattern.kind == PATTERN_EXISTS) r = read_exists(chain, value, ret_negated);
    if (r == 0 && (pattern.kind == PATTERN_COMPARE || pattern.kind == PATTERN_TIME))
        r = parse_number(chain, value, &pattern.number);
    if (r == 0) r = arena_copy(chain->reader->arena, value->text, &pattern.text);
    return r < 0 ? r : put_pattern(chain, item, pattern);
}

static int negate(const ModifierChain *chain, RuleNode **node)
{
    RuleNode *outer = sigma_new_node(chain->reader, RULE_NOT, chain->place);
    if (!outer) return -ENOMEM;
    outer->first = *node;
    *node = outer;
    return 0;
}

static int read_one(const ModifierChain *chain, const YamlNode *value, RuleNode **ret)
{
    bool negated = false;
    *ret = sigma_new_node(chain->reader, RULE_ITEM, value);
    if (!*ret) return -ENOMEM;
    (*ret)->field = chain->field;
    int r = read_value(chain, value, *ret, &negated);
    return r == 0 && negated ? negate(chain, ret) : r;
}

/* Values side by side: any of them, in one ITEM; or all of them. */
static int read_list(const ModifierChain *chain, const YamlNode *list, RuleNode **ret)
{
    bool all = chain->has[MOD_ALL], negated = false;
    RuleNode *group = sigma_new_node(chain->reader, all ? RULE_AND : RULE_ITEM, list);
    if (!group) return -ENOMEM;
    RuleNode **tail = &group->first;
    group->field = chain->field;
    for (const YamlNode *value = list->first; value; value = value->next) {
        int r = all ? read_one(chain, value, tail) : read_value(chain, value, group, &negated);
        if (r < 0) return r;
        if (negated) {
            return sigma_refuse_value(chain, value, "one true or false is enough here (%.*s)",
                                      "ここには true か false を一つだけ書いてください（%.*s）");
        }
        if (all) tail = &(*tail)->next;
    }
    *ret = group;
    return 0;
}

int sigma_read_item(SigmaReader *reader, Slice key, const YamlNode *value, RuleNode **ret)
{
    ModifierChain chain = {.reader = reader, .place = value};
    int r = sigma_chain_read(&chain, key);
    if (r == 0) r = arena_copy(reader->arena, chain.field, &chain.field);
    if (r == 0) r = sigma_chain_check(&chain);
    if (r < 0) return r;
    if (value->kind == YAML_LIST && value->count == 0) {
        return sigma_refuse_value(&chain, value, "an empty list matches nothing; remove it (%.*s)",
                                  "空の一覧には何も当たりません。消してください（%.*s）");
    }
    r = value->kind == YAML_LIST ? read_list(&chain, value, ret) : read_one(&chain, value, ret);
    return r == 0 && chain.has[MOD_NEQ] ? negate(&chain, ret) : r;
}
