/* Loaded rules -> the compiled set: filters, routes, references. */
#include "detect/rule_set_int.h"

#include "detect/sigma_filter.h"

#include <errno.h>
#include <stdio.h>

/* The rule that a correlation or filter names: by id, then name, then title. NONE: nobody. */
static size_t find_rule(const RuleSet *set, Slice name)
{
    for (int way = 0; way < 3; way++) {
        for (size_t i = 0; i < set->entry_count; i++) {
            const RuleInfo *info = &set->entries[i].info;
            Slice of_rule = way == 0 ? info->id : (way == 1 ? info->name : info->title);
            if (info->kind != RULE_FILTER && of_rule.len > 0 && slice_eq_nocase(of_rule, name))
                return i;
        }
    }
    return NONE;
}

static bool source_covers(const LogSource *filter, const LogSource *rule)
{
    return (filter->category.len == 0 || slice_eq_nocase(filter->category, rule->category)) &&
           (filter->product.len == 0 || slice_eq_nocase(filter->product, rule->product)) &&
           (filter->service.len == 0 || slice_eq_nocase(filter->service, rule->service));
}

/* The rule's condition becomes: what it was, and the filter's. */
static int filter_rule(RuleSet *set, const RuleEntry *filter, RuleEntry *entry)
{
    RuleNode *both = ARENA_ARRAY(&set->trees, RuleNode, 3);
    if (!both) return -ENOMEM;
    both[0] = (RuleNode){.kind = RULE_AND, .first = &both[1], .line = entry->rule.line};
    both[1] = (RuleNode){.kind = RULE_REF, .target = entry->rule.condition, .next = &both[2]};
    both[2] =
        (RuleNode){.kind = RULE_REF, .target = filter->rule.condition, .name = filter->info.title};
    entry->rule.condition = &both[0];
    return 0;
}

static bool takes_filter(const RuleEntry *filter, const RuleEntry *entry)
{
    return entry->info.kind == RULE_DETECTION && entry->info.state == RULE_READY &&
           source_covers(&filter->rule.source, &entry->rule.source);
}

static int say_unknown_rule(RuleSet *set, RuleEntry *entry, Slice name, unsigned line)
{
    Complaint complaint = {.line = line};
    complaint_say(&complaint, "sigma.reference",
                  "it names the rule \"%.*s\", which is not among those loaded; load it too, or "
                  "correct the name",
                  "\"%.*s\" というルールが読み込まれていません。一緒に読み込むか、名前を直して"
                  "ください",
                  SLICE_FMT(name));
    return rule_entry_refuse(set, entry, RULE_REJECTED, &complaint);
}

static int apply_filter(RuleSet *set, RuleEntry *filter)
{
    int r = 0;
    for (size_t i = 0; filter->filter_any && i < set->entry_count && r == 0; i++) {
        if (takes_filter(filter, &set->entries[i])) r = filter_rule(set, filter, &set->entries[i]);
    }
    for (size_t i = 0; i < filter->filter_rule_count && r == 0; i++) {
        size_t rule = find_rule(set, filter->filter_rules[i]);
        if (rule == NONE)
            return say_unknown_rule(set, filter, filter->filter_rules[i], filter->info.line);
        if (takes_filter(filter, &set->entries[rule]))
            r = filter_rule(set, filter, &set->entries[rule]);
    }
    return r;
}

static int say_no_source(RuleSet *set, RuleEntry *entry)
{
    const LogSource *source = &entry->rule.source;
    Complaint complaint = {.line = source->line, .column = source->column};
    complaint_say(
        &complaint, "sigma.no_source",
        "no source known here gives events of category \"%.*s\", product \"%.*s\", service "
        "\"%.*s\"; it will fire once such a source is described in the log-source map",
        "category「%.*s」product「%.*s」service「%.*s」のログを出す機器が、まだ対応表に"
        "ありません。対応表に加えると働きます",
        SLICE_FMT(source->category), SLICE_FMT(source->product), SLICE_FMT(source->service));
    return rule_entry_refuse(set, entry, RULE_CANNOT_FIRE, &complaint);
}

/* Of rules without a route, which are never compiled: their patterns must be sound all the same. */
static int check_patterns(RuleSet *set, const RuleNode *node, Complaint *complaint)
{
    int r = 0;
    for (size_t i = 0; i < node->pattern_count && r == 0; i++) {
        r = pattern_check(set, &node->patterns[i], complaint);
    }
    for (const RuleNode *child = node->first; child && r == 0; child = child->next) {
        r = check_patterns(set, child, complaint);
    }
    return r;
}

static int compile_entry(RuleSet *set, uint32_t number)
{
    RuleEntry *entry = &set->entries[number];
    Complaint complaint = {0};
    if (entry->info.kind != RULE_DETECTION || entry->info.state != RULE_READY) return 0;
    int r = rule_compile(set, number, &complaint);
    if (r == -ENOENT) {
        r = 0;
        for (const RuleNode *one = entry->rule.selections; one && r == 0; one = one->next) {
            r = check_patterns(set, one, &complaint);
        }
        if (r == 0) r = say_no_source(set, entry);
    }
    if (r == -EINVAL) r = rule_entry_refuse(set, entry, RULE_REJECTED, &complaint);
    arena_reset(&set->scratch);
    return r;
}

static int resolve_names(RuleSet *set, RuleEntry *entry)
{
    CorrelationSpec *spec = &entry->correlation.spec;
    for (size_t i = 0; i < spec->rule_count; i++) {
        spec->rules[i] = find_rule(set, entry->correlation.names[i]);
        if (spec->rules[i] == NONE)
            return say_unknown_rule(set, entry, entry->correlation.names[i], spec->line);
    }
    for (size_t i = 0; i < spec->alias_count; i++) {
        spec->aliases[i].rule = find_rule(set, entry->correlation.alias_rules[i]);
        if (spec->aliases[i].rule == NONE)
            return say_unknown_rule(set, entry, entry->correlation.alias_rules[i], spec->line);
    }
    return 0;
}

static int say_of_member(RuleSet *set, RuleEntry *entry, const RuleEntry *member)
{
    Complaint complaint = {.line = entry->correlation.spec.line};
    complaint_say(&complaint, "sigma.member",
                  "it builds on \"%.*s\", which is not ready: see that rule's own reason",
                  "土台の「%.*s」が使えません。そのルールの理由をご覧ください",
                  SLICE_FMT(member->info.title));
    return rule_entry_refuse(set, entry, member->info.state, &complaint);
}

/* A correlation is as ready as the rules below it; -ELOOP when it stands on itself. */
static int judge(RuleSet *set, RuleEntry *entry, unsigned depth)
{
    const CorrelationSpec *spec = &entry->correlation.spec;
    if (depth > CORRELATION_CHAIN_MAX) return -ELOOP;
    if (entry->info.kind != RULE_CORRELATION || entry->info.state != RULE_READY) return 0;
    if (entry->judged) return 0;
    for (size_t i = 0; i < spec->rule_count; i++) {
        RuleEntry *member = &set->entries[spec->rules[i]];
        int r = judge(set, member, depth + 1);
        if (r < 0) return r;
        if (member->info.state != RULE_READY) return say_of_member(set, entry, member);
    }
    entry->judged = true;
    return 0;
}

static int judge_all(RuleSet *set)
{
    for (size_t i = 0; i < set->entry_count; i++) {
        RuleEntry *entry = &set->entries[i];
        int r = judge(set, entry, 0);
        if (r == -ELOOP) {
            Complaint complaint = {.line = entry->correlation.spec.line};
            complaint_say(&complaint, "sigma.loop",
                          "it builds on itself, or on more than %d correlations in a row",
                          "自分自身の上に成り立っているか、相関が %d 段より深くなっています",
                          CORRELATION_CHAIN_MAX);
            r = rule_entry_refuse(set, entry, RULE_REJECTED, &complaint);
        }
        if (r < 0) return r;
    }
    return 0;
}

static int for_kind(RuleSet *set, RuleKind kind, int (*act)(RuleSet *, RuleEntry *))
{
    int r = 0;
    for (size_t i = 0; i < set->entry_count && r == 0; i++) {
        RuleEntry *entry = &set->entries[i];
        if (entry->info.kind == kind && entry->info.state == RULE_READY) r = act(set, entry);
    }
    return r;
}

int rule_set_finish(RuleSet *set)
{
    int r = set->finished ? -EALREADY : lanes_make(set);
    set->finished = true;
    if (r == 0) r = for_kind(set, RULE_FILTER, apply_filter);
    for (uint32_t i = 0; i < set->entry_count && r == 0; i++) {
        r = compile_entry(set, i);
    }
    if (r == 0) r = for_kind(set, RULE_CORRELATION, resolve_names);
    if (r == 0) r = judge_all(set);
    if (r == 0) r = triggers_make(set);
    if (r == 0) r = field_matchers_make(set);
    map_done(&set->element_map);
    map_done(&set->predicate_map);
    arena_done(&set->scratch);
    return r;
}
