/* What the steps of pipelines do to a rule's tree. */
#include "detect/pipeline_int.h"

#include "detect/sigma_text.h"

#include <errno.h>

typedef struct Applying {
    SigmaReader *reader;
    const PipelineStep *step;
    SigmaRule *rule;
} Applying;

static bool is_in(const TextList *list, Slice name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(list->list[i], name)) return true;
    }
    return false;
}

static bool is_for_field(const PipelineStep *step, Slice field)
{
    return (step->include.count == 0 || is_in(&step->include, field)) &&
           !is_in(&step->exclude, field);
}

static bool same_or_unasked(Slice asked, Slice is)
{
    return asked.len == 0 || slice_eq_nocase(asked, is);
}

static bool is_for_rule(const PipelineStep *step, const LogSource *source)
{
    if (!source) return step->source_count == 0;
    for (size_t i = 0; i < step->source_count; i++) {
        if (same_or_unasked(step->sources[i].category, source->category) &&
            same_or_unasked(step->sources[i].product, source->product) &&
            same_or_unasked(step->sources[i].service, source->service))
            return true;
    }
    return step->source_count == 0;
}

static int refuse_item(Applying *applying, const RuleNode *item)
{
    const YamlNode place = {.line = item->line, .column = item->column};
    Slice words = applying->step->text;
    return YAML_REFUSE(applying->reader->complaint, &place, "sigma.pipeline_failure",
                       "the pipeline refuses this: %.*s", "パイプラインがこれを退けました: %.*s",
                       SLICE_FMT(words));
}

/* One name becomes several: any of them may hold. */
static int map_to(Applying *applying, RuleNode *item, const TextList *names, Slice rest)
{
    RuleNode *copies = ARENA_ARRAY(applying->reader->arena, RuleNode, names->count + 1);
    if (!copies) return -ENOMEM;
    for (size_t i = 0; i < names->count; i++) {
        copies[i] = *item;
        copies[i].next = i + 1 < names->count ? &copies[i + 1] : NULL;
        int r = arena_format(applying->reader->arena, &copies[i].field, "%.*s%.*s",
                             SLICE_FMT(names->list[i]), SLICE_FMT(rest));
        if (r < 0) return r;
    }
    if (names->count == 1) {
        item->field = copies[0].field;
        return 0;
    }
    *item = (RuleNode){.kind = RULE_OR,
                       .first = copies,
                       .next = item->next,
                       .line = item->line,
                       .column = item->column};
    return 0;
}

static int map_field(Applying *applying, RuleNode *item)
{
    const PipelineStep *step = applying->step;
    bool prefixes = step->kind == STEP_MAP_PREFIXES;
    for (size_t i = 0; i < step->mapping_count; i++) {
        const Mapping *mapping = &step->mapping[i];
        bool meant = prefixes ? slice_starts(item->field, mapping->from)
                              : slice_eq(item->field, mapping->from);
        if (!meant || mapping->to.count == 0) continue;
        return map_to(applying, item, &mapping->to, slice_skip(item->field, mapping->from.len));
    }
    return 0;
}

static int rename_field(Applying *applying, RuleNode *item)
{
    bool prefix = applying->step->kind == STEP_PREFIX;
    Slice front = prefix ? applying->step->text : item->field;
    Slice back = prefix ? item->field : applying->step->text;
    return arena_format(applying->reader->arena, &item->field, "%.*s%.*s", SLICE_FMT(front),
                        SLICE_FMT(back));
}

/* The text with each occurrence of the step's pattern replaced. */
static int replace_text(Applying *applying, SigmaPattern *pattern)
{
    const PipelineStep *step = applying->step;
    size_t at = slice_find(pattern->text, step->pattern);
    Slice done = {0}, rest = pattern->text;
    if (step->pattern.len == 0 || pattern->kind != PATTERN_TEXT) return 0;
    while (at != SLICE_NOT_FOUND) {
        Slice before = slice_first(rest, at);
        int r = arena_format(applying->reader->arena, &done, "%.*s%.*s%.*s", SLICE_FMT(done),
                             SLICE_FMT(before), SLICE_FMT(step->replacement));
        if (r < 0) return r;
        rest = slice_skip(rest, at + step->pattern.len);
        at = slice_find(rest, step->pattern);
    }
    return arena_format(applying->reader->arena, &pattern->text, "%.*s%.*s", SLICE_FMT(done),
                        SLICE_FMT(rest));
}

static int map_string(Applying *applying, SigmaPattern *pattern)
{
    const PipelineStep *step = applying->step;
    for (size_t i = 0; i < step->mapping_count && pattern->kind == PATTERN_TEXT; i++) {
        if (!slice_eq(step->mapping[i].from, pattern->source) || step->mapping[i].to.count == 0)
            continue;
        return sigma_text_unescape(applying->reader->arena, step->mapping[i].to.list[0],
                                   &pattern->text);
    }
    return 0;
}

static int change_values(Applying *applying, RuleNode *item)
{
    int r = 0;
    for (size_t i = 0; i < item->pattern_count && r == 0; i++) {
        SigmaPattern *pattern = &item->patterns[i];
        switch (applying->step->kind) {
        case STEP_REPLACE: r = replace_text(applying, pattern); break;
        case STEP_MAP_STRING: r = map_string(applying, pattern); break;
        default:
            pattern->kind = PATTERN_TEXT;
            r = sigma_text_unescape(applying->reader->arena, applying->step->text, &pattern->text);
            break;
        }
    }
    return r;
}

static int apply_to_item(Applying *applying, RuleNode *item)
{
    if (!is_for_field(applying->step, item->field)) return 0;
    switch (applying->step->kind) {
    case STEP_MAP_FIELDS:
    case STEP_MAP_PREFIXES: return map_field(applying, item);
    case STEP_PREFIX:
    case STEP_SUFFIX: return item->field.len ? rename_field(applying, item) : 0;
    case STEP_DROP:
        /* An item that asks nothing: all of no parts. */
        *item = (RuleNode){.kind = RULE_AND, .next = item->next, .line = item->line};
        return 0;
    case STEP_REPLACE:
    case STEP_MAP_STRING:
    case STEP_SET_VALUE: return change_values(applying, item);
    case STEP_FAIL_ITEM: return refuse_item(applying, item);
    default: return 0;
    }
}

static int apply_to_tree(Applying *applying, RuleNode *node)
{
    if (node->kind == RULE_ITEM) return apply_to_item(applying, node);
    int r = 0;
    for (RuleNode *child = node->first; child && r == 0; child = child->next) {
        r = apply_to_tree(applying, child);
    }
    return r;
}

/* The rule's condition, and (or: and not) the step's fields. */
static int add_condition(Applying *applying)
{
    SigmaReader *reader = applying->reader;
    const PipelineStep *step = applying->step;
    const YamlNode place = {.line = applying->rule->line};
    RuleNode *both = sigma_new_node(reader, RULE_AND, &place);
    RuleNode *added = sigma_new_node(reader, RULE_AND, &place);
    RuleNode *negated = sigma_new_node(reader, RULE_NOT, &place);
    if (!both || !added || !negated) return -ENOMEM;
    for (size_t i = 0; i < step->mapping_count; i++) {
        RuleNode *item = sigma_new_node(reader, RULE_ITEM, &place);
        const TextList *values = &step->mapping[i].to;
        if (!item) return -ENOMEM;
        item->field = step->mapping[i].from;
        item->patterns = ARENA_ARRAY(reader->arena, SigmaPattern, values->count + 1);
        if (!item->patterns) return -ENOMEM;
        for (size_t k = 0; k < values->count; k++) {
            SigmaPattern *pattern = &item->patterns[item->pattern_count++];
            pattern->source = values->list[k];
            int r = sigma_text_unescape(reader->arena, values->list[k], &pattern->text);
            if (r < 0) return r;
        }
        item->next = added->first;
        added->first = item;
    }
    negated->first = added;
    RuleNode *reference = sigma_new_node(reader, RULE_REF, &place);
    if (!reference) return -ENOMEM;
    reference->target = applying->rule->condition;
    reference->next = step->negated ? negated : added;
    both->first = reference;
    applying->rule->condition = both;
    return 0;
}

static void change_source(Applying *applying)
{
    const LogSource *to = &applying->step->source;
    LogSource *source = &applying->rule->source;
    source->category = to->category;
    source->product = to->product;
    source->service = to->service;
}

static int apply_step(Applying *applying)
{
    const YamlNode place = {.line = applying->rule->line, .column = 1};
    switch (applying->step->kind) {
    case STEP_ADD_CONDITION: return add_condition(applying);
    case STEP_CHANGE_SOURCE: change_source(applying); return 0;
    case STEP_PLACEHOLDERS:
    case STEP_WILDCARDS:
    case STEP_LISTS: return 0;
    case STEP_FAIL_RULE:
        return YAML_REFUSE(applying->reader->complaint, &place, "sigma.pipeline_failure",
                           "the pipeline refuses this rule: %.*s",
                           "パイプラインがこのルールを退けました: %.*s",
                           SLICE_FMT(applying->step->text));
    default: break;
    }
    int r = 0;
    for (RuleNode *one = applying->rule->selections; one && r == 0; one = one->next) {
        r = apply_to_tree(applying, one);
    }
    return r;
}

int pipelines_apply(const Pipelines *pipelines, SigmaReader *reader, SigmaRule *rule)
{
    for (size_t i = 0; i < pipelines->count; i++) {
        for (size_t k = 0; k < pipelines->list[i].step_count; k++) {
            Applying applying = {reader, &pipelines->list[i].steps[k], rule};
            if (!is_for_rule(applying.step, &rule->source)) continue;
            int r = apply_step(&applying);
            if (r < 0) return r;
        }
    }
    return 0;
}

/* --- placeholders ----------------------------------------------------------------------------- */

static const Placeholder *find_values(const Pipelines *pipelines, Slice name)
{
    for (size_t i = 0; i < pipelines->placeholder_count; i++) {
        if (slice_eq(pipelines->placeholders[i].name, name)) return &pipelines->placeholders[i];
    }
    return NULL;
}

/* The expression itself is of another product's query language; what counts is the list's name. */
static Slice name_of_list(const PipelineStep *step, Slice name)
{
    for (size_t i = 0; i < step->mapping_count; i++) {
        if (slice_eq(step->mapping[i].from, name) && step->mapping[i].to.count > 0)
            return step->mapping[i].to.list[0];
    }
    return name;
}

static const Placeholder *replace_placeholder(const Pipelines *pipelines, const PipelineStep *step,
                                              Slice name)
{
    static const Slice anything[] = {SLICE_INIT("*")};
    static const Placeholder wildcard = {.values = anything, .value_count = 1};
    if (step->kind == STEP_WILDCARDS) return &wildcard;
    return find_values(pipelines, step->kind == STEP_LISTS ? name_of_list(step, name) : name);
}

const Placeholder *pipelines_placeholder(const void *context, const LogSource *source, Slice name)
{
    const Pipelines *pipelines = context;
    bool any = false;
    for (size_t i = 0; i < pipelines->count; i++) {
        for (size_t k = 0; k < pipelines->list[i].step_count; k++) {
            const PipelineStep *step = &pipelines->list[i].steps[k];
            if (!pipeline_step_is_placeholders(step)) continue;
            any = true;
            if (!is_for_rule(step, source) || !is_for_field(step, name)) continue;
            const Placeholder *found = replace_placeholder(pipelines, step, name);
            if (found) return found;
        }
    }
    return any ? NULL : find_values(pipelines, name);
}
