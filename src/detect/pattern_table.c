/* Patterns -> elements and predicates, each kept once however many rules say it. */
#include "detect/rule_set_int.h"

#include "base/fold.h"
#include "detect/sigma_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int u32_list_add(U32List *list, uint32_t value)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        uint32_t *larger = reallocarray(list->list, capacity, sizeof *larger);
        if (!larger) return -ENOMEM;
        list->list = larger;
        list->capacity = capacity;
    }
    list->list[list->count++] = value;
    return 0;
}

void u32_list_done(U32List *list)
{
    free(list->list);
    *list = (U32List){0};
}

/* Names are compared without their blanks: "Threat Name" is ThreatName. */
static int without_blanks(RuleSet *set, Slice name, Slice *ret)
{
    char *to = arena_alloc(&set->arena, name.len + 1);
    size_t len = 0;
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != ' ') to[len++] = name.ptr[i];
    }
    *ret = slice_of(to, len);
    return 0;
}

int field_find_or_add(RuleSet *set, Slice name, uint32_t *ret)
{
    Slice plain;
    bool is_new;
    int r = without_blanks(set, name, &plain);
    if (r < 0) return r;
    uint64_t *place = map_put(&set->field_map, plain, &is_new);
    if (!place) return -ENOMEM;
    if (is_new) {
        *place = set->field_count;
        set->fields[set->field_count++].name = plain;
    }
    *ret = (uint32_t)*place;
    return 0;
}

int field_any(RuleSet *set, uint32_t route, uint32_t *ret)
{
    char name[32];
    size_t before = set->field_count;
    /* No field of an event has a NUL in its name. */
    int len = snprintf(name, sizeof name, "%cany %u", '\0', (unsigned)route);
    int r = field_find_or_add(set, slice_of(name, (size_t)len), ret);
    if (r < 0 || set->field_count == before) return r;
    set->fields[*ret].name = (Slice){0};
    set->fields[*ret].any = true;
    return u32_list_add(&set->any_fields, *ret);
}

/* Grows an array of the set by doubling. */
static int grow(void **list, size_t *capacity, size_t count, size_t item_bytes, size_t count_max)
{
    if (count < *capacity) return 0;
    size_t larger_capacity = *capacity ? *capacity * 2 : 1024;
    if (count >= count_max) return -ENOMEM;
    void *larger = reallocarray(*list, larger_capacity, item_bytes);
    if (!larger) return -ENOMEM;
    *list = larger;
    *capacity = larger_capacity;
    return 0;
}

static int fold_copy(Arena *arena, Slice text, Slice *ret)
{
    char *to = arena_alloc(arena, text.len + 1);
    if (!to) return -ENOMEM;
    *ret = slice_of(to, fold_letters(to, text));
    return 0;
}

/* Wildcards are ill-formed bytes to the folding, and stay. Finds the cheapest kind that says the
 * same. */
static int text_element(RuleSet *set, const SigmaPattern *pattern, Element *element)
{
    Slice text = pattern->text, inner = text;
    bool front = text.len > 0 && text.ptr[0] == SIGMA_STAR;
    bool back = text.len > 0 && text.ptr[text.len - 1] == SIGMA_STAR;
    while (inner.len > 0 && inner.ptr[0] == SIGMA_STAR) {
        inner = slice_skip(inner, 1);
    }
    while (inner.len > 0 && inner.ptr[inner.len - 1] == SIGMA_STAR) {
        inner.len--;
    }
    if (inner.len == 0 && front) {
        element->kind = ELEMENT_VALUE;
        element->cased = false;
        return 0;
    }
    if (pattern->cased && inner.len > 0) {
        element->kind = ELEMENT_GLOB;
        return arena_copy(&set->scratch, text, &element->text);
    }
    element->cased = false;
    bool simple = !sigma_text_has_wildcard(inner);
    element->kind = !simple         ? ELEMENT_GLOB
                    : front && back ? ELEMENT_INSIDE
                    : front         ? ELEMENT_AT_END
                    : back          ? ELEMENT_AT_START
                                    : ELEMENT_EXACT;
    return fold_copy(&set->scratch, simple ? inner : text, &element->text);
}

static int refuse_pattern(const SigmaPattern *pattern, Complaint *complaint, size_t where)
{
    if (!complaint) return -EINVAL;
    complaint->line = pattern->line;
    complaint->column = pattern->column + (unsigned)where;
    return -EINVAL;
}

static int regex_element(Arena *arena, const SigmaPattern *pattern, Element *element,
                         Complaint *complaint)
{
    const RegexOptions options = {
        .ignore_case = pattern->ignore_case, .lines = pattern->lines, .dot_all = pattern->dot_all};
    Regex *regex;
    size_t where;
    int r = regex_make_exact(pattern->text, options, arena, &regex, &where, complaint);
    if (r == -EINVAL) return refuse_pattern(pattern, complaint, where);
    if (r == 0) element->regex = regex;
    return r;
}

static int cidr_element(Arena *arena, const SigmaPattern *pattern, Element *element,
                        Complaint *complaint)
{
    Network network;
    if (sigma_network_parse(pattern->text, &network) < 0) {
        complaint_say(complaint, "sigma.cidr",
                      "\"%.*s\" is not a network; write it as 192.0.2.0/24 or 2001:db8::/32",
                      "\"%.*s\" はネットワークではありません。192.0.2.0/24 や 2001:db8::/32 の"
                      "ように書いてください",
                      SLICE_FMT(pattern->text));
        return refuse_pattern(pattern, complaint, 0);
    }
    Network *copy = ARENA_NEW(arena, Network);
    if (!copy) return -ENOMEM;
    *copy = network;
    element->network = copy;
    return 0;
}

/* What makes two elements the same one. */
static int element_key(RuleSet *set, const Element *element, const SigmaPattern *pattern,
                       Slice *ret)
{
    struct {
        uint32_t field;
        uint8_t kind, how, flags, zero;
        double number;
    } head = {.field = element->field,
              .kind = element->kind,
              .how = element->how,
              .flags = (uint8_t)(element->cased | pattern->ignore_case << 1 | pattern->lines << 2 |
                                 pattern->dot_all << 3),
              .number = element->kind == ELEMENT_COMPARE || element->kind == ELEMENT_TIME
                            ? pattern->number
                            : 0};
    char *to = arena_alloc(&set->scratch, sizeof head + element->text.len);
    if (!to) return -ENOMEM;
    memcpy(to, &head, sizeof head);
    if (element->text.len) memcpy(to + sizeof head, element->text.ptr, element->text.len);
    *ret = slice_of(to, sizeof head + element->text.len);
    return 0;
}

static int shape_element(RuleSet *set, const SigmaPattern *pattern, Element *element)
{
    static const uint8_t kinds[] = {
        [PATTERN_REGEX] = ELEMENT_REGEX,     [PATTERN_CIDR] = ELEMENT_CIDR,
        [PATTERN_COMPARE] = ELEMENT_COMPARE, [PATTERN_TIME] = ELEMENT_TIME,
        [PATTERN_EXISTS] = ELEMENT_EXISTS,
    };
    element->cased = pattern->cased;
    if (pattern->kind == PATTERN_TEXT) return text_element(set, pattern, element);
    element->cased = false;
    element->kind = kinds[pattern->kind];
    if (pattern->kind != PATTERN_REGEX && pattern->kind != PATTERN_CIDR) return 0;
    element->text = pattern->text;
    return 0;
}

/* A new element: what it needs is made, and copied out of the scratch. */
static int complete_element(RuleSet *set, const SigmaPattern *pattern, Element *element,
                            Complaint *complaint)
{
    int r = arena_copy(&set->arena, element->text, &element->text);
    if (r == 0) r = arena_copy(&set->arena, pattern->source, &element->source);
    if (r < 0) return r;
    switch (element->kind) {
    case ELEMENT_REGEX: return regex_element(&set->arena, pattern, element, complaint);
    case ELEMENT_CIDR: return cidr_element(&set->arena, pattern, element, complaint);
    case ELEMENT_COMPARE:
    case ELEMENT_TIME: element->number = pattern->number; return 0;
    default: return 0;
    }
}

int pattern_check(RuleSet *set, const SigmaPattern *pattern, Complaint *complaint)
{
    Element unused;
    if (pattern->kind == PATTERN_REGEX)
        return regex_element(&set->scratch, pattern, &unused, complaint);
    if (pattern->kind == PATTERN_CIDR)
        return cidr_element(&set->scratch, pattern, &unused, complaint);
    return 0;
}

static int element_add(RuleSet *set, uint32_t field, const SigmaPattern *pattern,
                       Complaint *complaint, uint32_t *ret)
{
    Element element = {.field = field, .how = pattern->how};
    Slice key;
    int r = shape_element(set, pattern, &element);
    if (r == 0) r = element_key(set, &element, pattern, &key);
    if (r < 0) return r;
    const uint64_t *known = map_find(&set->element_map, key);
    if (known) {
        *ret = (uint32_t)*known;
        return 0;
    }
    r = complete_element(set, pattern, &element, complaint);
    if (r == 0)
        r = grow((void **)&set->elements, &set->element_capacity, set->element_count,
                 sizeof element, ELEMENTS_MAX);
    if (r < 0) return r;
    uint64_t *place = map_put(&set->element_map, key, NULL);
    if (!place) return -ENOMEM;
    *place = set->element_count;
    *ret = (uint32_t)set->element_count;
    set->elements[set->element_count++] = element;
    set->fields[field].asked = true;
    return 0;
}

/* Rough, and only for choosing what to look at first: how often does the element hold? */
static float likely_of(const Element *element)
{
    double inside = 0.5;
    switch ((ElementKind)element->kind) {
    case ELEMENT_EXACT: return element->text.len <= 5 ? 0.15f : 0.02f;
    case ELEMENT_AT_END:
    case ELEMENT_AT_START: return element->text.len <= 4 ? 0.1f : 0.02f;
    case ELEMENT_VALUE:
    case ELEMENT_EXISTS: return 1;
    case ELEMENT_REGEX: return regex_literal(element->regex).len > 3 ? 0.01f : 0.1f;
    case ELEMENT_INSIDE:
    case ELEMENT_GLOB: break;
    default: return 0.3f;
    }
    size_t len = element->kind == ELEMENT_GLOB ? sigma_longest_literal(element->text).len
                                               : element->text.len;
    for (size_t i = 0; i < len && i < 12; i++) {
        inside *= 0.6;
    }
    return (float)(inside + 0.001);
}

static int compare_u32(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static int new_predicate(RuleSet *set, uint32_t field, const uint32_t *elements, size_t count)
{
    int r = grow((void **)&set->predicates, &set->predicate_capacity, set->predicate_count,
                 sizeof *set->predicates, ELEMENTS_MAX);
    if (r < 0) return r;
    Predicate predicate = {
        .field = field, .first = (uint32_t)set->predicate_elements.count, .count = (uint32_t)count};
    for (size_t i = 0; i < count && r == 0; i++) {
        predicate.likely += likely_of(&set->elements[elements[i]]);
        r = u32_list_add(&set->predicate_elements, elements[i]);
    }
    if (set->fields[field].any) predicate.likely *= 10;
    if (predicate.likely > 1) predicate.likely = 1;
    set->predicates[set->predicate_count++] = predicate;
    return r;
}

int predicate_add(RuleSet *set, uint32_t field, const SigmaPattern *patterns, size_t count,
                  Complaint *complaint, uint32_t *ret)
{
    uint32_t *key = ARENA_ARRAY(&set->scratch, uint32_t, count + 1), *list = key + 1;
    size_t kept = 0;
    if (!key) return -ENOMEM;
    key[0] = field;
    for (size_t i = 0; i < count; i++) {
        int r = element_add(set, field, &patterns[i], complaint, &list[i]);
        if (r < 0) return r;
    }
    qsort(list, count, sizeof *list, compare_u32);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || list[i] != list[kept - 1]) list[kept++] = list[i];
    }
    bool is_new;
    uint64_t *place =
        map_put(&set->predicate_map, slice_of(key, (kept + 1) * sizeof *key), &is_new);
    if (!place) return -ENOMEM;
    if (is_new) *place = set->predicate_count;
    *ret = (uint32_t)*place;
    return is_new ? new_predicate(set, field, list, kept) : 0;
}

int predicate_add_value(RuleSet *set, uint32_t field, uint32_t *ret)
{
    static const char star = SIGMA_STAR;
    const SigmaPattern pattern = {
        .kind = PATTERN_TEXT, .text = slice_of(&star, 1), .source = SLICE("null")};
    return predicate_add(set, field, &pattern, 1, NULL, ret);
}
