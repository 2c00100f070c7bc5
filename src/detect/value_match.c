/* One value of one field -> the predicates that it satisfies. */
#include "detect/matcher_int.h"

#include "base/fold.h"
#include "base/number.h"
#include "base/time_text.h"
#include "detect/sigma_text.h"

#include <errno.h>
#include <stdlib.h>

void value_fold(Matcher *matcher, Slice value)
{
    buf_clear(&matcher->folded);
    matcher->value = value;
    char *room = buf_reserve(&matcher->folded, value.len + 16);
    if (!room) {
        matcher->error = -ENOMEM;
        return;
    }
    matcher->folded.len = fold_letters(room, value);
}

static bool number_of(Slice text, double *ret)
{
    char room[64], *end;
    uint64_t whole;
    if (text.len == 0 || text.len >= sizeof room) return false;
    if (number_parse_any(text, &whole) == 0) {
        *ret = (double)whole;
        return true;
    }
    memcpy(room, text.ptr, text.len);
    room[text.len] = '\0';
    bool digits = strspn(room, "+-.0123456789eE") == text.len;
    *ret = digits ? strtod(room, &end) : 0;
    return digits && *end == '\0';
}

static bool compares(const Element *element, Slice text)
{
    double number;
    if (!number_of(text, &number)) return false;
    switch ((PatternCompare)element->how) {
    case COMPARE_LT: return number < element->number;
    case COMPARE_LTE: return number <= element->number;
    case COMPARE_GT: return number > element->number;
    case COMPARE_GTE: return number >= element->number;
    }
    return false;
}

/* ISO 8601: the week that holds the year's first Thursday is the first. */
static int iso_week(CivilTime civil)
{
    int64_t day = time_days_from_civil(civil.year, civil.month, civil.day);
    int64_t thursday = day - (day + 3) % 7 + 3; /* 1970-01-01 was a Thursday */
    CivilTime of_week = time_to_civil(thursday * 86400 * NS_PER_SECOND);
    return (int)((thursday - time_days_from_civil(of_week.year, 1, 1)) / 7) + 1;
}

static bool is_time_part(const Element *element, Slice text)
{
    int64_t ns;
    if (time_parse_rfc3339(text, 0, &ns) < 0) return false;
    CivilTime civil = time_to_civil(ns);
    int part = 0;
    switch ((PatternTime)element->how) {
    case TIME_MINUTE: part = civil.minute; break;
    case TIME_HOUR: part = civil.hour; break;
    case TIME_DAY: part = civil.day; break;
    case TIME_WEEK: part = iso_week(civil); break;
    case TIME_MONTH: part = civil.month; break;
    case TIME_YEAR: part = civil.year; break;
    }
    return part == (int)element->number;
}

bool element_holds(const Matcher *matcher, const Element *element)
{
    Slice folded = buf_slice(&matcher->folded), value = matcher->value;
    switch ((ElementKind)element->kind) {
    case ELEMENT_EXACT: return slice_eq(folded, element->text);
    case ELEMENT_INSIDE: return slice_find(folded, element->text) != SLICE_NOT_FOUND;
    case ELEMENT_AT_START: return slice_starts(folded, element->text);
    case ELEMENT_AT_END: return slice_ends(folded, element->text);
    case ELEMENT_GLOB: return sigma_glob(element->text, element->cased ? value : folded);
    case ELEMENT_VALUE:
    case ELEMENT_EXISTS: return true;
    case ELEMENT_REGEX: return regex_matches(element->regex, value);
    case ELEMENT_CIDR: return sigma_network_holds(element->network, value);
    case ELEMENT_COMPARE: return compares(element, value);
    case ELEMENT_TIME: return is_time_part(element, value);
    }
    return false;
}

static void take_element(Matcher *matcher, uint32_t number)
{
    const Element *element = &matcher->set->elements[number];
    const uint32_t *predicates = matcher->set->element_predicates + element->first;
    for (uint32_t i = 0; i < element->count; i++) {
        if (matcher->predicate_seen[predicates[i]] == matcher->value_mark) continue;
        matcher->predicate_seen[predicates[i]] = matcher->value_mark;
        if (u32_list_add(&matcher->found, predicates[i]) < 0) matcher->error = -ENOMEM;
    }
}

/* A literal was found: the whole element, or only a hint of it. */
static void on_literal(void *context, uint32_t number)
{
    Matcher *matcher = context;
    if (matcher->element_seen[number] == matcher->value_mark) return;
    matcher->element_seen[number] = matcher->value_mark;
    uint8_t kind = matcher->set->elements[number].kind;
    if (kind != ELEMENT_GLOB && kind != ELEMENT_REGEX) {
        take_element(matcher, number);
    } else if (u32_list_add(&matcher->doubtful, number) < 0) {
        matcher->error = -ENOMEM;
    }
}

static void ask_exact(Matcher *matcher, const FieldMatcher *field, Slice folded)
{
    if (!field->exact) return;
    size_t slot = value_hash(0, folded) & field->exact_mask;
    for (; field->exact[slot] != NONE; slot = (slot + 1) & field->exact_mask) {
        if (slice_eq(matcher->set->elements[field->exact[slot]].text, folded)) {
            take_element(matcher, field->exact[slot]);
            return;
        }
    }
}

static void next_value_mark(Matcher *matcher)
{
    if (++matcher->value_mark != 0) return;
    memset(matcher->predicate_seen, 0,
           matcher->set->predicate_count * sizeof *matcher->predicate_seen);
    memset(matcher->element_seen, 0, matcher->set->element_count * sizeof *matcher->element_seen);
    matcher->value_mark = 1;
}

void value_ask(Matcher *matcher, uint32_t number, Slice value)
{
    const FieldMatcher *field = &matcher->set->fields[number];
    matcher->found.count = 0;
    matcher->doubtful.count = 0;
    next_value_mark(matcher);
    value_fold(matcher, value);
    Slice folded = buf_slice(&matcher->folded);
    ask_exact(matcher, field, folded);
    if (field->literals) literal_set_scan(field->literals, folded, on_literal, matcher);
    for (size_t i = 0; i < matcher->doubtful.count; i++) {
        uint32_t element = matcher->doubtful.list[i];
        if (element_holds(matcher, &matcher->set->elements[element]))
            take_element(matcher, element);
    }
    for (uint32_t i = 0; i < field->other_count; i++) {
        if (element_holds(matcher, &matcher->set->elements[field->others[i]]))
            take_element(matcher, field->others[i]);
    }
}
