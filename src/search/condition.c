/* See condition.h. */
#include "search/condition.h"

#include "base/fold.h"
#include "base/nearest.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <errno.h>

Slice condition_shown(Slice typed)
{
    Slice first = slice_first(typed, 60);
    return slice_first(first, utf8_valid_prefix(first));
}

static bool is_choice_name(const FieldRef *field, size_t choice, const Condition *condition,
                           bool pattern)
{
    Slice folded = condition->folded;
    for (unsigned form = 0; form < 3; form++) {
        Slice name = field_ref_choice_name(field, choice, form);
        if (name.len == 0) continue;
        if (condition->regex && regex_matches(condition->regex, name)) return true;
        if (condition->regex) continue;
        if (pattern ? fold_glob(name, folded) : fold_equals(name, folded)) return true;
    }
    return false;
}

static int complain_one_of_three(const FieldRef *field, Slice value, Complaint *complaint)
{
    Slice shown = condition_shown(value);
    complaint_say(
        complaint, "query.unknown_value", "%.*s is never \"%.*s\"; it is %.*s, %.*s or %.*s",
        "%.*s に「%.*s」という値はありません。%.*s、%.*s、%.*s のどれかです",
        SLICE_FMT(field->name), SLICE_FMT(shown), SLICE_FMT(field_ref_choice_name(field, 0, 0)),
        SLICE_FMT(field_ref_choice_name(field, 1, 0)),
        SLICE_FMT(field_ref_choice_name(field, 2, 0)));
    return -EINVAL;
}

static int complain_choice(const FieldRef *field, Slice value, Complaint *complaint)
{
    Slice names[FIELD_CHOICES_MAX * 3];
    size_t count = 0;
    if (field_ref_choices(field) == 3) return complain_one_of_three(field, value, complaint);
    for (size_t choice = 0; choice < field_ref_choices(field); choice++) {
        for (unsigned form = 0; form < 3; form++) {
            Slice name = field_ref_choice_name(field, choice, form);
            if (name.len > 0) names[count++] = name;
        }
    }
    Slice shown = condition_shown(value), nearest = nearest_name(value, names, count);
    if (nearest.len == 0) nearest = names[0];
    complaint_say(
        complaint, "query.unknown_value", "%.*s is never \"%.*s\"; try for instance %.*s:\"%.*s\"",
        "%.*s に「%.*s」という値はありません。たとえば %.*s:\"%.*s\" と書きます",
        SLICE_FMT(field->name), SLICE_FMT(shown), SLICE_FMT(field->name), SLICE_FMT(nearest));
    return -EINVAL;
}

static int make_choice(const FieldRef *field, Slice value, bool pattern, Condition *condition,
                       Complaint *complaint)
{
    bool any = false;
    condition->kind = CONDITION_CHOICE;
    for (size_t choice = 0; choice < field_ref_choices(field); choice++) {
        if (!is_choice_name(field, choice, condition, pattern)) continue;
        choice_add(&condition->choices, choice);
        any = true;
    }
    return any ? 0 : complain_choice(field, value, complaint);
}

static bool make_number_range(Slice low, Slice high, Condition *condition)
{
    condition->low = DECIMAL_MIN;
    condition->high = DECIMAL_MAX;
    if (low.len > 0 && decimal_parse_units(low, &condition->low) < 0) return false;
    if (high.len > 0 && decimal_parse_units(high, &condition->high) < 0) return false;
    condition->kind = CONDITION_NUMBER;
    return true;
}

static bool make_time_range(Slice low, Slice high, int zone, Condition *condition)
{
    TimeSpan first = {.from_ns = TIME_UNKNOWN + 1}, last = {.to_ns = INT64_MAX};
    if (low.len > 0 && time_span_parse(low, zone, &first) < 0) return false;
    if (high.len > 0 && time_span_parse(high, zone, &last) < 0) return false;
    condition->kind = CONDITION_TIME;
    condition->low = first.from_ns;
    condition->high = (Decimal)last.to_ns - 1;
    return true;
}

static bool make_address_range(Slice low, Slice high, Condition *condition)
{
    if (address_parse(low, &condition->address.low) < 0) return false;
    if (address_parse(high, &condition->address.high) < 0) return false;
    condition->kind = CONDITION_ADDRESS;
    return true;
}

/* lo..hi; false when it is none, and then it is text like any other. */
static bool make_range(Slice value, int zone, Condition *condition)
{
    size_t dots = slice_find(value, SLICE(".."));
    if (dots == SLICE_NOT_FOUND || value.len == 2) return false;
    Slice low = slice_first(value, dots), high = slice_skip(value, dots + 2);
    return make_number_range(low, high, condition) || make_time_range(low, high, zone, condition) ||
           make_address_range(low, high, condition);
}

static void add_measures(const FieldRef *field, Slice value, Condition *condition)
{
    condition->has_address = address_range_parse(value, &condition->address) == 0;
    if (field_ref_is_number(field) && decimal_parse_units(value, &condition->low) == 0) {
        condition->has_number = true;
        condition->high = condition->low;
    }
}

static void make_pattern(Condition *condition)
{
    Slice inner = fold_without_stars(condition->folded);
    bool inside = inner.len + 2 <= condition->folded.len && condition->folded.ptr[0] == '*' &&
                  condition->folded.ptr[condition->folded.len - 1] == '*';
    if (inner.len == 0 && condition->folded.len > 0) {
        condition->kind = CONDITION_PRESENT;
    } else if (inside && !fold_has_wildcard(inner)) {
        condition->kind = CONDITION_CONTAINS;
        condition->folded = inner;
    } else {
        condition->kind = CONDITION_PATTERN;
    }
}

int condition_make(const FieldRef *field, const ConditionValue *value, const QueryOptions *options,
                   Arena *arena, Condition *ret, Complaint *complaint)
{
    static const ConditionKind kinds[] = {CONDITION_TEXT, CONDITION_TEXT, CONDITION_EXACT,
                                          CONDITION_REGEX};
    Condition condition = {.kind = kinds[value->form], .regex = value->regex};
    Slice text = value->text;
    int zone = options->zone_offset_seconds;
    bool plain = value->form == VALUE_PLAIN, pattern = plain && fold_has_wildcard(text);
    char *folded = arena_alloc(arena, text.len + 1);
    if (!folded) return -ENOMEM;
    bool exact = value->form == VALUE_EXACT;
    condition.folded =
        slice_of(folded, exact ? fold_text_case(folded, text) : fold_text(folded, text));
    if (pattern) make_pattern(&condition);
    if (field_ref_choices(field) > 0 && condition.kind != CONDITION_PRESENT) {
        condition.folded = slice_of(folded, fold_text(folded, text));
        int r = make_choice(field, text, pattern, &condition, complaint);
        if (r < 0) return r;
    } else if (condition.kind == CONDITION_TEXT) {
        bool time = field_ref_is_time(field) && make_time_range(text, text, zone, &condition);
        bool range = !time && plain && make_range(text, zone, &condition);
        if (time) condition.folded = (Slice){0};
        if (!time && !range) add_measures(field, text, &condition);
    }
    *ret = condition;
    return 0;
}

static int complain_comparison(const FieldRef *field, Slice value, Complaint *complaint)
{
    Slice shown = condition_shown(value);
    complaint_say(complaint, "query.not_a_number",
                  "%.*s can be compared with a number or a time, and \"%.*s\" is neither; "
                  "write for instance 100, 1.5M or 2026-11-20",
                  "%.*s と大小を比べられるのは数か日時です。「%.*s」はどちらでもありません。"
                  "100、1.5M、2026-11-20 のように書きます",
                  SLICE_FMT(field->name), SLICE_FMT(shown));
    return -EINVAL;
}

int condition_make_comparison(const FieldRef *field, Comparison comparison, Slice value,
                              const QueryOptions *options, Condition *ret, Complaint *complaint)
{
    int zone = options->zone_offset_seconds;
    Condition condition = {.low = DECIMAL_MIN, .high = DECIMAL_MAX};
    Decimal first, last; /* what is equal to the value */
    TimeSpan span;
    bool choice = field_ref_choices(field) > 0;
    if (!choice && !field_ref_is_time(field) && decimal_parse_units(value, &first) == 0) {
        condition.kind = CONDITION_NUMBER;
        last = first;
    } else if (!choice && time_span_parse(value, zone, &span) == 0) {
        condition.kind = CONDITION_TIME;
        first = span.from_ns;
        last = (Decimal)span.to_ns - 1;
    } else {
        return complain_comparison(field, value, complaint);
    }
    switch (comparison) {
    case LESS: condition.high = first - 1; break;
    case LESS_OR_EQUAL: condition.high = last; break;
    case GREATER: condition.low = last + 1; break;
    case GREATER_OR_EQUAL: condition.low = first; break;
    }
    *ret = condition;
    return 0;
}

static bool in_range(const Condition *condition, Decimal value)
{
    return value >= condition->low && value <= condition->high;
}

static bool text_holds(const Condition *condition, Slice value)
{
    Address address;
    Decimal number;
    if (condition->has_address && address_parse(value, &address) == 0) {
        return address_in(&address, &condition->address);
    }
    if (condition->has_number && decimal_parse(value, &number) == 0) {
        return in_range(condition, number);
    }
    return fold_contains_words(value, condition->folded);
}

bool condition_value_holds(const Condition *condition, Slice value)
{
    Address address;
    Decimal number;
    TimeSpan span;
    switch (condition->kind) {
    case CONDITION_PRESENT: return true;
    case CONDITION_TEXT: return text_holds(condition, value);
    case CONDITION_CONTAINS: return fold_contains(value, condition->folded);
    case CONDITION_PATTERN: return fold_glob(value, condition->folded);
    case CONDITION_NUMBER: return decimal_parse(value, &number) == 0 && in_range(condition, number);
    case CONDITION_TIME:
        return time_span_parse(value, 0, &span) == 0 && in_range(condition, span.from_ns);
    case CONDITION_ADDRESS:
        return address_parse(value, &address) == 0 && address_in(&address, &condition->address);
    case CONDITION_EXACT: return fold_contains_words_case(value, condition->folded);
    case CONDITION_REGEX: return regex_matches(condition->regex, value);
    case CONDITION_CHOICE: break;
    }
    return false;
}

bool condition_holds(const Condition *condition, const FieldRef *field, const Row *row)
{
    char scratch[RECORD_SCRATCH_BYTES];
    Slice value;
    size_t position = 0;
    if (condition->kind == CONDITION_CHOICE) {
        return choice_has(&condition->choices, field_ref_choice(field, row));
    }
    if (condition->kind == CONDITION_TIME && field_ref_is_time(field)) {
        int64_t ns = field_ref_time(field, row);
        return ns != TIME_UNKNOWN && in_range(condition, ns);
    }
    while (field_ref_next(field, row, &position, scratch, &value)) {
        if (condition_value_holds(condition, value)) return true;
    }
    return false;
}
