/* The elements of each field, arranged for asking: a table of whole values, one set of literals,
 * and the few that must be asked one by one. */
#include "detect/rule_set_int.h"

#include "base/fold.h"
#include "detect/sigma_text.h"

#include <errno.h>
#include <stdlib.h>

/* A literal that every matching value holds, folded; empty: none worth looking for. */
static int literal_of(RuleSet *set, const Element *element, Slice *ret)
{
    Slice text = {0};
    switch ((ElementKind)element->kind) {
    case ELEMENT_INSIDE:
    case ELEMENT_AT_START:
    case ELEMENT_AT_END: *ret = element->text; return 0;
    case ELEMENT_GLOB: text = sigma_longest_literal(element->text); break;
    case ELEMENT_REGEX: text = regex_literal(element->regex); break;
    default: break;
    }
    if (text.len >= 2 && element->cased) {
        char *to = arena_alloc(&set->arena, text.len);
        if (!to) return -ENOMEM;
        text = slice_of(to, fold_letters(to, text));
    }
    *ret = text.len >= 2 ? text : (Slice){0};
    return 0;
}

static LiteralPlace place_of(const Element *element)
{
    if (element->kind == ELEMENT_AT_START) return LITERAL_AT_START;
    return element->kind == ELEMENT_AT_END ? LITERAL_AT_END : LITERAL_INSIDE;
}

static int make_exact(RuleSet *set, FieldMatcher *field, const uint32_t *list, size_t count)
{
    size_t slots = 4;
    while (slots < count * 2) {
        slots *= 2;
    }
    field->exact = arena_alloc(&set->arena, slots * sizeof *field->exact);
    if (!field->exact) return -ENOMEM;
    field->exact_mask = (uint32_t)slots - 1;
    memset(field->exact, 0xff, slots * sizeof *field->exact);
    for (size_t i = 0; i < count; i++) {
        size_t slot = value_hash(0, set->elements[list[i]].text) & field->exact_mask;
        while (field->exact[slot] != NONE) {
            slot = (slot + 1) & field->exact_mask;
        }
        field->exact[slot] = list[i];
    }
    return 0;
}

static int make_field(RuleSet *set, FieldMatcher *field, const uint32_t *list, size_t count)
{
    Literal *literals = ARENA_ARRAY(&set->arena, Literal, count);
    uint32_t *exact = ARENA_ARRAY(&set->scratch, uint32_t, count);
    size_t literal_count = 0, exact_count = 0;
    field->others = ARENA_ARRAY(&set->arena, uint32_t, count);
    if (!literals || !exact || !field->others) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const Element *element = &set->elements[list[i]];
        Slice literal;
        int r = literal_of(set, element, &literal);
        if (r < 0) return r;
        if (element->kind == ELEMENT_EXACT) {
            exact[exact_count++] = list[i];
        } else if (literal.len > 0) {
            literals[literal_count++] = (Literal){literal, list[i], place_of(element)};
        } else {
            field->others[field->other_count++] = list[i];
        }
    }
    int r = literal_set_make(literals, literal_count, &set->arena, &field->literals);
    if (r == 0 && field->literals && field->other_count + exact_count == 0)
        field->glance_bytes = literal_set_shortest(field->literals);
    return r == 0 && exact_count > 0 ? make_exact(set, field, exact, exact_count) : r;
}

/* For each element the predicates that ask it: the reverse of predicate_elements. */
static int reverse_predicates(RuleSet *set)
{
    set->element_predicates = ARENA_ARRAY(&set->arena, uint32_t, set->predicate_elements.count);
    if (!set->element_predicates && set->predicate_elements.count > 0) return -ENOMEM;
    for (size_t i = 0; i < set->predicate_elements.count; i++) {
        set->elements[set->predicate_elements.list[i]].count++;
    }
    uint32_t at = 0;
    for (size_t i = 0; i < set->element_count; i++) {
        set->elements[i].first = at;
        at += set->elements[i].count;
        set->elements[i].count = 0;
    }
    for (uint32_t p = 0; p < set->predicate_count; p++) {
        for (uint32_t i = 0; i < set->predicates[p].count; i++) {
            Element *element =
                &set->elements[set->predicate_elements.list[set->predicates[p].first + i]];
            set->element_predicates[element->first + element->count++] = p;
        }
    }
    return 0;
}

int field_matchers_make(RuleSet *set)
{
    CLEANUP(u32_list_done) U32List sorted = {0};
    uint32_t *counts = calloc(set->field_count + 1, sizeof *counts);
    int r = counts ? reverse_predicates(set) : -ENOMEM;
    for (size_t i = 0; i < set->element_count && r == 0; i++) {
        counts[set->elements[i].field + 1]++;
        r = u32_list_add(&sorted, 0);
    }
    for (size_t f = 0; f < set->field_count && r == 0; f++) {
        counts[f + 1] += counts[f];
    }
    for (uint32_t i = 0; i < set->element_count && r == 0; i++) {
        sorted.list[counts[set->elements[i].field]++] = i;
    }
    for (size_t f = 0, first = 0; f < set->field_count && r == 0; f++) {
        size_t count = counts[f] - first; /* counts[f] has moved to the field's end */
        if (count > 0) r = make_field(set, &set->fields[f], sorted.list + first, count);
        first = counts[f];
        arena_reset(&set->scratch);
    }
    free(counts);
    return r;
}
