/* See correlation.h: the document -> CorrelationDraft. */
#include "detect/correlation.h"

#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

typedef struct CorrelationReader {
    Arena *arena;
    Complaint *complaint;
    CorrelationDraft *draft;
    size_t depth;
} CorrelationReader;

static const char *const type_names[] = {
    [CORRELATION_EVENT_COUNT] = "event_count",
    [CORRELATION_VALUE_COUNT] = "value_count",
    [CORRELATION_VALUE_SUM] = "value_sum",
    [CORRELATION_VALUE_AVG] = "value_avg",
    [CORRELATION_VALUE_PERCENTILE] = "value_percentile",
    [CORRELATION_VALUE_MEDIAN] = "value_median",
    [CORRELATION_TEMPORAL] = "temporal",
    [CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
};

static int refuse(CorrelationReader *reader, const YamlNode *node, const char *what_en,
                  const char *what_ja)
{
    return YAML_REFUSE(reader->complaint, node, "sigma.correlation", "%s", "%.0s%s", what_en,
                       what_ja);
}

static bool is_temporal(const CorrelationSpec *spec)
{
    return spec->type == CORRELATION_TEMPORAL || spec->type == CORRELATION_TEMPORAL_ORDERED;
}

static int read_type(CorrelationReader *reader, const YamlNode *node)
{
    Slice name = yaml_text(node, "type");
    for (size_t i = 0; i < ARRAY_COUNT(type_names); i++) {
        if (!slice_eq(name, slice_from_cstr(type_names[i]))) continue;
        reader->draft->spec.type = (CorrelationType)i;
        return 0;
    }
    const YamlNode *place = yaml_member(node, "type");
    return refuse(reader, place ? place : node,
                  "type: is one of event_count, value_count, value_sum, value_avg, "
                  "value_percentile, value_median, temporal, temporal_ordered",
                  "type: には event_count、value_count、value_sum、value_avg、value_percentile、"
                  "value_median、temporal、temporal_ordered のどれかを書いてください");
}

/* One scalar, or a list of them. */
static int read_texts(CorrelationReader *reader, const YamlNode *node, size_t most, Slice **ret,
                      size_t *ret_count)
{
    size_t count = !node ? 0 : (node->kind == YAML_LIST ? node->count : 1);
    Slice *list = ARENA_ARRAY(reader->arena, Slice, count + 1);
    if (!list) return -ENOMEM;
    const YamlNode *one = node && node->kind == YAML_LIST ? node->first : node;
    for (size_t i = 0; i < count; i++, one = one->next) {
        if (one->kind != YAML_SCALAR || count > most) {
            return refuse(reader, one, "a list of names is needed here, and not too long a one",
                          "ここには名前の一覧を（長すぎないように）書いてください");
        }
        int r = arena_copy(reader->arena, one->text, &list[i]);
        if (r < 0) return r;
    }
    *ret = list;
    *ret_count = count;
    return 0;
}

static int read_rules(CorrelationReader *reader, const YamlNode *node)
{
    CorrelationDraft *draft = reader->draft;
    const YamlNode *rules = yaml_member(node, "rules");
    if (!rules || (rules->kind == YAML_LIST && rules->count == 0)) {
        return refuse(reader, rules ? rules : node,
                      "rules: is missing; list the ids or names of the rules to correlate",
                      "rules: がありません。相関させるルールの id か名前を並べてください");
    }
    int r =
        read_texts(reader, rules, CORRELATION_RULES_MAX, &draft->names, &draft->spec.rule_count);
    if (r < 0) return r;
    draft->spec.rules = ARENA_ARRAY(reader->arena, size_t, draft->spec.rule_count);
    return draft->spec.rules ? 0 : -ENOMEM;
}

/* 10s 5m 1h 2d; a number and a letter. M is no unit: months differ in length. */
static int read_timespan(CorrelationReader *reader, const YamlNode *node)
{
    static const char units[] = "smhd";
    static const int64_t seconds[] = {1, 60, 3600, 86400};
    const YamlNode *member = yaml_member(node, "timespan");
    Slice text = yaml_text(node, "timespan");
    uint64_t number = 0;
    const char *unit = text.len > 1 ? strchr(units, text.ptr[text.len - 1]) : NULL;
    bool good =
        unit && *unit && number_parse_u64(slice_first(text, text.len - 1), &number) == 0 &&
        number > 0 &&
        number <= (uint64_t)(CORRELATION_TIMESPAN_NS_MAX / 1000000000 / seconds[unit - units]);
    if (!good) {
        return refuse(reader, member ? member : node,
                      "timespan: is a whole number and s, m, h or d, such as 5m, at most 366d",
                      "timespan: は 5m のように整数と s、m、h、d で、366d まで書いてください");
    }
    reader->draft->spec.timespan_ns = (int64_t)number * seconds[unit - units] * 1000000000;
    return 0;
}

static int read_aliases(CorrelationReader *reader, const YamlNode *node)
{
    const YamlNode *aliases = yaml_member(node, "aliases");
    CorrelationDraft *draft = reader->draft;
    CorrelationSpec *spec = &draft->spec;
    if (!aliases) return 0;
    spec->aliases = ARENA_ARRAY(reader->arena, CorrelationAlias, CORRELATION_ALIASES_MAX);
    draft->alias_rules = ARENA_ARRAY(reader->arena, Slice, CORRELATION_ALIASES_MAX);
    if (!spec->aliases || !draft->alias_rules) return -ENOMEM;
    for (const YamlNode *alias = aliases->first; alias; alias = alias->next) {
        for (const YamlNode *one = alias->first; one; one = one->next) {
            if (aliases->kind != YAML_MAP || alias->kind != YAML_MAP || one->kind != YAML_SCALAR ||
                spec->alias_count == CORRELATION_ALIASES_MAX) {
                return refuse(reader, one, "aliases: are written as name: {rule: field}",
                              "aliases: は 名前: {ルール: 項目} の形で書いてください");
            }
            CorrelationAlias *to = &spec->aliases[spec->alias_count];
            int r = arena_copy(reader->arena, alias->key, &to->alias);
            if (r == 0)
                r = arena_copy(reader->arena, one->key, &draft->alias_rules[spec->alias_count]);
            if (r == 0) r = arena_copy(reader->arena, one->text, &to->field);
            if (r < 0) return r;
            spec->alias_count++;
        }
    }
    return 0;
}

static int parse_number(CorrelationReader *reader, const YamlNode *node, double *ret)
{
    char text[64], *end = text;
    double number = 0;
    if (node->kind == YAML_SCALAR && node->text.len > 0 && node->text.len < sizeof text) {
        memcpy(text, node->text.ptr, node->text.len);
        text[node->text.len] = '\0';
        number = strtod(text, &end);
    }
    if (end == text || *end != '\0' || !isfinite(number))
        return refuse(reader, node, "a number is needed here", "ここには数を書いてください");
    *ret = number;
    return 0;
}

static int read_bound(CorrelationReader *reader, const YamlNode *node)
{
    static const char *const names[] = {
        [CORRELATION_GT] = "gt",   [CORRELATION_GTE] = "gte", [CORRELATION_LT] = "lt",
        [CORRELATION_LTE] = "lte", [CORRELATION_EQ] = "eq",   [CORRELATION_NEQ] = "neq"};
    CorrelationSpec *spec = &reader->draft->spec;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (!slice_eq(node->key, slice_from_cstr(names[i]))) continue;
        if (spec->bound_count == CORRELATION_BOUNDS_MAX) break;
        CorrelationBound *bound = &spec->bounds[spec->bound_count++];
        bound->compare = (CorrelationCompare)i;
        return parse_number(reader, node, &bound->number);
    }
    return refuse(reader, node,
                  "a condition is made of gt, gte, lt, lte, eq, neq, and field (percentile)",
                  "条件は gt、gte、lt、lte、eq、neq と field（percentile）で書いてください");
}

static int check_counts(CorrelationReader *reader, const YamlNode *condition)
{
    const CorrelationSpec *spec = &reader->draft->spec;
    bool needs_field =
        spec->type >= CORRELATION_VALUE_COUNT && spec->type <= CORRELATION_VALUE_MEDIAN;
    if (!is_temporal(spec) && spec->bound_count == 0) {
        return refuse(reader, condition, "the condition says no number, such as gte: 10",
                      "条件に gte: 10 のような数がありません");
    }
    if (needs_field && spec->field_count == 0) {
        return refuse(reader, condition, "value_ types need `field:` in the condition",
                      "value_ の種類では条件に field: が要ります");
    }
    if (spec->percentile < 0 || spec->percentile > 100) {
        return refuse(reader, condition, "percentile: is from 0 to 100",
                      "percentile: は 0 から 100 までです");
    }
    return 0;
}

static int read_counts(CorrelationReader *reader, const YamlNode *condition)
{
    CorrelationSpec *spec = &reader->draft->spec;
    spec->percentile = 50;
    for (const YamlNode *one = condition->first; one; one = one->next) {
        int r;
        if (slice_eq(one->key, SLICE("field"))) {
            r = read_texts(reader, one, CORRELATION_FIELDS_MAX, &spec->fields, &spec->field_count);
        } else if (slice_eq(one->key, SLICE("percentile"))) {
            r = parse_number(reader, one, &spec->percentile);
        } else {
            r = read_bound(reader, one);
        }
        if (r < 0) return r;
    }
    return check_counts(reader, condition);
}

/* --- the extended condition: or < and < not < ( ) --------------------------------------------- */

static Slice next_word(Slice *rest, bool take)
{
    Slice text = slice_trim(*rest);
    size_t len = text.len > 0 && strchr("()", text.ptr[0]) ? 1 : 0;
    while (len == 0 ||
           (len < text.len && !strchr("()", text.ptr[0]) && !strchr(" \t\r\n()", text.ptr[len]))) {
        if (len >= text.len) break;
        len++;
    }
    if (take) *rest = slice_skip(text, len);
    return slice_first(text, len);
}

static CorrelationTerm *new_term(CorrelationReader *reader, CorrelationTermKind kind)
{
    CorrelationTerm *term = ARENA_NEW(reader->arena, CorrelationTerm);
    if (term) term->kind = kind;
    return term;
}

static int parse_terms(CorrelationReader *reader, const YamlNode *node, Slice *rest, bool is_or,
                       CorrelationTerm **ret);

static int parse_member(CorrelationReader *reader, const YamlNode *node, Slice name,
                        CorrelationTerm **ret)
{
    const CorrelationDraft *draft = reader->draft;
    for (size_t i = 0; i < draft->spec.rule_count; i++) {
        if (!slice_eq(draft->names[i], name)) continue;
        *ret = new_term(reader, TERM_RULE);
        if (!*ret) return -ENOMEM;
        (*ret)->member = i;
        return 0;
    }
    return refuse(reader, node,
                  "the condition names a rule that is not in rules:; it knows those, and, or, not "
                  "and ( )",
                  "条件に rules: にないルールがあります。rules: の名前と and、or、not、( ) で"
                  "書いてください");
}

static int parse_term(CorrelationReader *reader, const YamlNode *node, Slice *rest,
                      CorrelationTerm **ret)
{
    Slice word = next_word(rest, true);
    if (++reader->depth > YAML_DEPTH_MAX)
        return refuse(reader, node, "the condition is nested too deeply",
                      "条件の入れ子が深すぎます");
    int r;
    if (slice_eq(word, SLICE("not"))) {
        *ret = new_term(reader, TERM_NOT);
        r = *ret ? parse_term(reader, node, rest, &(*ret)->first) : -ENOMEM;
    } else if (slice_eq(word, SLICE("("))) {
        r = parse_terms(reader, node, rest, true, ret);
        if (r == 0 && !slice_eq(next_word(rest, true), SLICE(")")))
            r = refuse(reader, node, "a ( is not closed", "( が閉じていません");
    } else {
        r = parse_member(reader, node, word, ret);
    }
    reader->depth--;
    return r;
}

static int parse_terms(CorrelationReader *reader, const YamlNode *node, Slice *rest, bool is_or,
                       CorrelationTerm **ret)
{
    Slice joint = is_or ? SLICE("or") : SLICE("and");
    CorrelationTerm *group = new_term(reader, is_or ? TERM_OR : TERM_AND);
    if (!group) return -ENOMEM;
    CorrelationTerm **tail = &group->first;
    for (;;) {
        int r = is_or ? parse_terms(reader, node, rest, false, tail)
                      : parse_term(reader, node, rest, tail);
        if (r < 0) return r;
        tail = &(*tail)->next;
        if (!slice_eq(next_word(rest, false), joint)) break;
        next_word(rest, true);
    }
    *ret = group;
    return 0;
}

static int read_extended(CorrelationReader *reader, const YamlNode *condition)
{
    CorrelationSpec *spec = &reader->draft->spec;
    Slice rest = condition->text;
    if (!is_temporal(spec)) {
        return refuse(reader, condition, "this type takes a condition such as gte: 10",
                      "この種類の条件は gte: 10 のように書いてください");
    }
    int r = parse_terms(reader, condition, &rest, true, &spec->condition);
    if (r == 0 && slice_trim(rest).len > 0)
        r = refuse(reader, condition, "the condition goes on where it should end",
                   "条件が終わるべきところで続いています");
    return r;
}

static int read_condition(CorrelationReader *reader, const YamlNode *node)
{
    const YamlNode *condition = yaml_member(node, "condition");
    if (!condition) {
        if (is_temporal(&reader->draft->spec)) return 0;
        return refuse(reader, node, "condition: is missing, such as gte: 10",
                      "condition: がありません。gte: 10 のように書いてください");
    }
    if (condition->kind == YAML_MAP) return read_counts(reader, condition);
    if (condition->kind == YAML_SCALAR) return read_extended(reader, condition);
    return refuse(reader, condition, "a condition is a map or a line of words",
                  "条件は対応表か一行の式で書いてください");
}

int correlation_read(const YamlNode *correlation, Arena *arena, CorrelationDraft *ret,
                     Complaint *complaint)
{
    CorrelationDraft draft = {.spec = {.line = correlation->line, .column = correlation->column}};
    CorrelationReader reader = {.arena = arena, .complaint = complaint, .draft = &draft};
    int r = read_type(&reader, correlation);
    if (r == 0) r = read_rules(&reader, correlation);
    if (r == 0)
        r = read_texts(&reader, yaml_member(correlation, "group-by"), CORRELATION_FIELDS_MAX,
                       &draft.spec.group_by, &draft.spec.group_by_count);
    if (r == 0) r = read_timespan(&reader, correlation);
    if (r == 0) r = read_aliases(&reader, correlation);
    if (r == 0) r = read_condition(&reader, correlation);
    if (r < 0) return r;
    draft.spec.generate = slice_eq_nocase(yaml_text(correlation, "generate"), SLICE("true"));
    *ret = draft;
    return 0;
}
