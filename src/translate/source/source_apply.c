/* See source_apply.h. */
#include "translate/source/source_apply.h"

#include "base/number.h"

#include <errno.h>

/* --- values ----------------------------------------------------------------------------------- */

static Slice clean(const SourceDefinition *definition, Slice value)
{
    value = slice_trim(value);
    for (size_t i = 0; i < definition->empty_count; i++) {
        if (slice_eq(definition->empty[i], value)) return (Slice){0};
    }
    return value;
}

static Slice slot_value(const Applying *applying, int slot)
{
    return clean(applying->definition, applying->values[slot]);
}

/* Empty when none of the names in it has a value: a text of punctuation alone says nothing. */
static int fill_template(const Applying *applying, const SourceValue *value, Slice *ret)
{
    size_t bytes = 0;
    bool any = false;
    for (size_t i = 0; i < value->piece_count; i++) {
        const SourcePiece *piece = &value->pieces[i];
        Slice inside = piece->slot < 0 ? (Slice){0} : slot_value(applying, piece->slot);
        any = any || inside.len > 0;
        bytes += piece->text.len + inside.len;
    }
    *ret = (Slice){0};
    if (!any) return 0;
    char *room = arena_alloc(applying->job->arena, bytes);
    size_t len = 0;
    if (!room) return -ENOMEM;
    for (size_t i = 0; i < value->piece_count; i++) {
        const SourcePiece *piece = &value->pieces[i];
        Slice inside = piece->slot < 0 ? (Slice){0} : slot_value(applying, piece->slot);
        if (piece->text.len > 0) memcpy(room + len, piece->text.ptr, piece->text.len);
        len += piece->text.len;
        if (inside.len > 0) memcpy(room + len, inside.ptr, inside.len);
        len += inside.len;
    }
    *ret = slice_trim(slice_of(room, len));
    return 0;
}

static Slice map_value(const SourceValue *value, Slice text)
{
    size_t low = 0, high = value->map_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(value->map[middle].from, text);
        if (order == 0) return value->map[middle].to;
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return value->has_otherwise ? value->otherwise : text;
}

int source_value_get(const Applying *applying, const SourceValue *value, Slice *ret)
{
    Slice text = {0};
    int r = 0;
    if (value->kind == VALUE_TEXT) text = value->text;
    if (value->kind == VALUE_TEMPLATE) r = fill_template(applying, value, &text);
    for (size_t i = 0; i < value->choice_count && r == 0 && !text.len; i++) {
        r = source_value_get(applying, &value->choices[i], &text);
    }
    for (size_t i = 0; value->kind == VALUE_SLOTS && i < value->slot_count && !text.len; i++) {
        text = slot_value(applying, value->slots[i]);
    }
    if (r < 0) return r;
    if (value->map_count > 0 && (text.len > 0 || value->has_otherwise))
        text = map_value(value, text);
    *ret = text;
    return 0;
}

/* --- into the record -------------------------------------------------------------------------- */

static bool is_number(Slice text)
{
    uint64_t ignored;
    return number_parse_u64(text, &ignored) == 0;
}

static void set_address(Job *job, RecordField ip, RecordField name, Slice value)
{
    Slice mapped = SLICE("::ffff:");
    if (slice_starts_nocase(value, mapped) && slice_find_char(value, '.') != SLICE_NOT_FOUND) {
        value = slice_skip(value, mapped.len);
    }
    if (job_is_address(value)) {
        job_set(job, ip, value);
    } else if (job->record->text[name].len == 0) {
        job_set(job, name, value);
    }
}

/* What a field cannot hold is left out: a port that is no number says nothing. */
static void set_field(Job *job, RecordField field, Slice value)
{
    if (value.len == 0) return;
    if (field == RECORD_SOURCE_IP) {
        set_address(job, field, RECORD_SOURCE_DOMAIN, value);
    } else if (field == RECORD_DESTINATION_IP) {
        set_address(job, field, RECORD_DESTINATION_DOMAIN, value);
    } else if (record_fields[field].type == FIELD_TYPE_NUMBER) {
        bool is_port = field == RECORD_SOURCE_PORT || field == RECORD_DESTINATION_PORT;
        bool none = is_port && slice_eq(value, SLICE("0"));
        if (is_number(value) && !none) job_set(job, field, value);
    } else {
        job_set(job, field, value);
    }
}

static void set_account(Job *job, RecordField name, RecordField domain, Slice account)
{
    Slice plain = {0}, of = {0};
    if (account.len == 0) return;
    job_split_account(account, &plain, &of);
    job_set(job, name, plain);
    if (of.len > 0) job_set(job, domain, of);
}

static void set_count(Job *job, Slice value)
{
    uint64_t count;
    if (number_parse_u64(value, &count) == 0 && count > 0 && count <= UINT32_MAX)
        job->record->count = (uint32_t)count;
}

static int run_setters(const Applying *applying, const SourceSetters *setters)
{
    Job *job = applying->job;
    for (size_t i = 0; i < setters->count; i++) {
        const SourceSetter *setter = &setters->at[i];
        Slice value;
        int r = source_value_get(applying, &setter->value, &value);
        if (r < 0) return r;
        if (setter->target == TARGET_USER_ACCOUNT) {
            set_account(job, RECORD_USER_NAME, RECORD_USER_DOMAIN, value);
        } else if (setter->target == TARGET_USER_TARGET_ACCOUNT) {
            set_account(job, RECORD_USER_TARGET_NAME, RECORD_USER_TARGET_DOMAIN, value);
        } else if (setter->target == TARGET_COUNT) {
            set_count(job, value);
        } else {
            set_field(job, (RecordField)setter->target, value);
        }
    }
    return 0;
}

static void set_named_by_itself(const Applying *applying)
{
    const SourceSlots *slots = &applying->definition->slots;
    for (size_t i = SLOT_FIXED_COUNT; i < slots->count; i++) {
        if (slots->record_field[i] < 0 || applying->values[i].len == 0) continue;
        set_field(applying->job, (RecordField)slots->record_field[i], slot_value(applying, (int)i));
    }
}

/* --- which message ---------------------------------------------------------------------------- */

static size_t find_part(Slice value, Slice part, bool any_case)
{
    return any_case ? slice_find_nocase(value, part) : slice_find(value, part);
}

static bool starts_with(Slice value, Slice part, bool any_case)
{
    return any_case ? slice_starts_nocase(value, part) : slice_starts(value, part);
}

/* Each part at the first place behind the one before it, the last at the end: one way through. */
static bool parts_hold(const SourceMatch *match, Slice value, bool any_case)
{
    Slice last = match->parts[match->part_count - 1];
    if (!starts_with(value, match->parts[0], any_case)) return false;
    value = slice_skip(value, match->parts[0].len);
    for (size_t i = 1; i + 1 < match->part_count; i++) {
        size_t at = find_part(value, match->parts[i], any_case);
        if (at == SLICE_NOT_FOUND) return false;
        value = slice_skip(value, at + match->parts[i].len);
    }
    return value.len >= last.len &&
           starts_with(slice_skip(value, value.len - last.len), last, any_case);
}

static bool match_holds_any_case(const SourceMatch *match, Slice value)
{
    Slice text = match->text;
    switch (match->kind) {
    case MATCH_STARTS: return slice_starts_nocase(value, text);
    case MATCH_ENDS:
        return value.len >= text.len &&
               slice_eq_nocase(slice_skip(value, value.len - text.len), text);
    case MATCH_HOLDS: return slice_find_nocase(value, text) != SLICE_NOT_FOUND;
    case MATCH_PARTS: return parts_hold(match, value, true);
    default: return slice_eq_nocase(text, value);
    }
}

static bool match_holds(const SourceMatch *match, Slice value, bool any_case)
{
    uint64_t number;
    if (any_case && match->kind < MATCH_RANGE) return match_holds_any_case(match, value);
    switch (match->kind) {
    case MATCH_EXACT: return slice_eq(match->text, value);
    case MATCH_STARTS: return slice_starts(value, match->text);
    case MATCH_ENDS: return slice_ends(value, match->text);
    case MATCH_HOLDS: return slice_find(value, match->text) != SLICE_NOT_FOUND;
    case MATCH_PARTS: return parts_hold(match, value, false);
    case MATCH_PRESENT: return value.len > 0;
    case MATCH_RANGE:
        return number_parse_u64(value, &number) == 0 && number >= match->least &&
               number <= match->most;
    }
    return false;
}

static bool test_holds(const Applying *applying, const SourceTest *test)
{
    Slice value = slot_value(applying, test->slot);
    for (size_t i = 0; i < test->match_count; i++) {
        if (match_holds(&test->matches[i], value, test->any_case)) return !test->negated;
    }
    return test->negated;
}

bool source_patterns_apply(const Applying *applying, const SourcePattern *patterns, size_t count,
                           Slice text)
{
    for (size_t i = 0; i < count; i++) {
        const SourcePattern *pattern = &patterns[i];
        if (!source_pattern_match(pattern, text, applying->found)) continue;
        for (size_t k = 0; k < pattern->count; k++) {
            int slot = pattern->pieces[k].slot;
            if (slot >= 0) applying->values[slot] = applying->found->values[k];
        }
        return true;
    }
    return false;
}

static bool message_fits(const Applying *applying, const SourceMessage *message)
{
    for (size_t i = 0; i < message->test_count; i++) {
        if (!test_holds(applying, &message->tests[i])) return false;
    }
    return message->pattern_count == 0 ||
           source_patterns_apply(applying, message->patterns, message->pattern_count,
                                 applying->values[message->pattern_of]);
}

static const SourceMessage *find_message(const Applying *applying)
{
    const SourceDefinition *definition = applying->definition;
    for (size_t i = 0; i < definition->message_count; i++) {
        if (message_fits(applying, &definition->messages[i])) return &definition->messages[i];
    }
    return NULL;
}

static Outcome outcome_named(Slice token, Outcome otherwise)
{
    if (slice_eq(token, SLICE("success"))) return OUTCOME_SUCCESS;
    if (slice_eq(token, SLICE("failure"))) return OUTCOME_FAILURE;
    return slice_eq(token, SLICE("unknown")) ? OUTCOME_UNKNOWN : otherwise;
}

static int apply_message(const Applying *applying, const SourceMessage *message)
{
    Slice token = {0};
    int r = source_value_get(applying, &message->outcome_value, &token);
    if (r < 0) return r;
    job_name(applying->job, message->rule, message->verb, outcome_named(token, message->outcome));
    return run_setters(applying, &message->setters);
}

/* What the verb was done to, when the definition does not say. */
static void settle_object(Job *job)
{
    static const RecordField fields[] = {RECORD_URL_FULL, RECORD_FILE_PATH, RECORD_SHARE_NAME,
                                         RECORD_DESTINATION_DOMAIN, RECORD_DESTINATION_IP};
    Slice *text = job->record->text;
    if (text[RECORD_AKASHI_OBJECT].len > 0) return;
    if (job->record->verb == VERB_OTHER) {
        job_set_object(job, text[RECORD_MESSAGE], text[RECORD_EVENT_DATASET]);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        if (text[fields[i]].len == 0) continue;
        job_set_object(job, text[fields[i]], (Slice){0});
        return;
    }
    job_set_object(job, text[RECORD_HOST_NAME], (Slice){0});
}

int source_apply(const Applying *applying)
{
    const SourceDefinition *definition = applying->definition;
    Job *job = applying->job;
    const SourceMessage *message = find_message(applying);
    int r = run_setters(applying, &definition->setters);
    if (r < 0) return r;
    set_named_by_itself(applying);
    if (message) {
        r = apply_message(applying, message);
    } else {
        job_name(job, definition->other_rule, VERB_OTHER, OUTCOME_UNKNOWN);
    }
    if (r < 0) return r;
    if (job->record->verb == VERB_OTHER && job->record->text[RECORD_MESSAGE].len == 0)
        job_set(job, RECORD_MESSAGE, job_first_line(applying->values[SLOT_MESSAGE]));
    settle_object(job);
    return 0;
}
