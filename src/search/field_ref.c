/* See field_ref.h. */
#include "search/field_ref.h"

#include "base/fold.h"
#include "base/number.h"
#include "base/time_text.h"

#include <errno.h>

_Static_assert(VERB_COUNT <= FIELD_CHOICES_MAX, "a set of verbs has FIELD_CHOICES_MAX bits");

/* The fields that are not text of the record: their names are those of record_get and of
 * print_record_json, aliases in lower case as in fields.tsv. */
static const struct {
    Slice name;
    const char *aliases;
    FieldPlace place;
} computed[] = {
    {SLICE_INIT("@timestamp"), "time,timestamp,日時,いつ", PLACE_TIME},
    {SLICE_INIT("event.end"), "", PLACE_END},
    {SLICE_INIT("event.ingested"), "ingested,受信日時", PLACE_INGESTED},
    {SLICE_INIT("event.action"), "action,操作", PLACE_ACTION},
    {SLICE_INIT("event.category"), "category,分類", PLACE_CATEGORY},
    {SLICE_INIT("event.type"), "", PLACE_TYPE},
    {SLICE_INIT("event.outcome"), "outcome,結果", PLACE_OUTCOME},
    {SLICE_INIT("akashi.certainty"), "certainty,確かさ", PLACE_CERTAINTY},
    {SLICE_INIT("akashi.count"), "回数", PLACE_COUNT},
    {SLICE_INIT("akashi.parse"), "", PLACE_PARSE},
    {SLICE_INIT("_file"), "", PLACE_ORIGIN},
    {SLICE_INIT("_index"), "", PLACE_INDEX},
    {SLICE_INIT("_record"), "", PLACE_RECORD_ID},
    {SLICE_INIT("_raw"), "", PLACE_RAW},
};

static bool in_list(const char *list, Slice name)
{
    Slice rest = slice_from_cstr(list), piece;
    while (slice_cut(&rest, ',', &piece)) {
        if (slice_eq_nocase(piece, name)) return true;
    }
    return false;
}

int field_ref_make(Slice typed, Arena *arena, FieldRef *ret)
{
    FieldRef ref = {.place = PLACE_SOURCE, .name = typed, .typed = typed};
    char *folded = arena_alloc(arena, typed.len + 1);
    if (!folded) return -ENOMEM;
    ref.folded = slice_of(folded, fold_text(folded, typed));
    for (size_t i = 0; i < ARRAY_COUNT(computed); i++) {
        if (slice_eq_nocase(computed[i].name, typed) || in_list(computed[i].aliases, typed)) {
            ref.place = computed[i].place;
            ref.name = computed[i].name;
        }
    }
    if (ref.place == PLACE_SOURCE && record_field_by_name(typed, &ref.id) == 0) {
        ref.place = PLACE_RECORD;
        ref.name = record_fields[ref.id].name;
        ref.is_ours = slice_starts(ref.name, SLICE("akashi."));
    }
    *ret = ref;
    return 0;
}

/* Most names differ in their first letter; that is seen without folding anything. */
bool field_ref_is_named(const FieldRef *ref, Slice name)
{
    Slice folded = ref->folded;
    if (ref->is_ours) return false;
    if (name.len < folded.len || folded.len == 0) return name.len == folded.len;
    unsigned char first = (unsigned char)name.ptr[0];
    if (first < 0x80 && (first | 0x20) != ((unsigned char)folded.ptr[0] | 0x20)) return false;
    return fold_equals(name, folded);
}

static bool next_of_source(const FieldRef *ref, const Event *event, size_t *position, Slice *ret)
{
    while (*position < event->field_count) {
        const Field *field = &event->fields[(*position)++];
        if (field->value.len > 0 && field_ref_is_named(ref, field->name)) {
            *ret = field->value;
            return true;
        }
    }
    return false;
}

static Slice number_text(char *scratch, uint64_t value)
{
    return slice_of(scratch, number_print_u64(scratch, value));
}

static Slice single_value(const FieldRef *ref, const Row *row, char *scratch)
{
    static const Slice parse_tokens[] = {{0}, SLICE_INIT("partial"), SLICE_INIT("failed")};
    switch (ref->place) {
    case PLACE_RECORD: return row->record.text[ref->id];
    case PLACE_TIME:
    case PLACE_END:
    case PLACE_INGESTED:
        return slice_of(scratch, time_print_rfc3339(scratch, field_ref_time(ref, row)));
    case PLACE_ACTION:
    case PLACE_CATEGORY:
    case PLACE_TYPE:
    case PLACE_OUTCOME:
    case PLACE_CERTAINTY: return field_ref_choice_name(ref, field_ref_choice(ref, row), 0);
    case PLACE_COUNT: return number_text(scratch, row->record.count);
    case PLACE_ORIGIN: return row->origin;
    case PLACE_INDEX: return number_text(scratch, row->event.index);
    case PLACE_RECORD_ID:
        return row->event.record_id ? number_text(scratch, row->event.record_id) : (Slice){0};
    case PLACE_PARSE: return parse_tokens[row->event.parse];
    case PLACE_RAW: return row->event.raw;
    case PLACE_SOURCE: break;
    }
    return (Slice){0};
}

bool field_ref_next(const FieldRef *ref, const Row *row, size_t *position, char *scratch,
                    Slice *ret_value)
{
    bool own = ref->place == PLACE_SOURCE ||
               (ref->place == PLACE_RECORD && row->record.text[ref->id].len == 0);
    if (own) return next_of_source(ref, &row->event, position, ret_value);
    if (*position > 0) return false;
    *position = 1;
    Slice value = single_value(ref, row, scratch);
    if (value.len == 0) return false;
    *ret_value = value;
    return true;
}

static int append_value(Arena *arena, Slice *text, Slice value)
{
    char *joined = arena_alloc(arena, text->len + 2 + value.len);
    if (!joined) return -ENOMEM;
    size_t len = 0;
    if (text->len > 0) {
        memcpy(joined, text->ptr, text->len);
        memcpy(joined + text->len, ", ", 2);
        len = text->len + 2;
    }
    memcpy(joined + len, value.ptr, value.len);
    *text = slice_of(joined, len + value.len);
    return 0;
}

int field_ref_text(const FieldRef *ref, const Row *row, Arena *arena, Slice *ret)
{
    char scratch[RECORD_SCRATCH_BYTES];
    Slice text = {0}, value;
    size_t position = 0;
    while (field_ref_next(ref, row, &position, scratch, &value)) {
        bool lasting = text.len == 0 && value.ptr != scratch;
        int r = lasting ? (text = value, 0) : append_value(arena, &text, value);
        if (r < 0) return r;
    }
    *ret = text;
    return 0;
}

bool field_ref_is_time(const FieldRef *ref)
{
    return ref->place == PLACE_TIME || ref->place == PLACE_END || ref->place == PLACE_INGESTED;
}

int64_t field_ref_time(const FieldRef *ref, const Row *row)
{
    if (ref->place == PLACE_END) return row->record.end_ns;
    return ref->place == PLACE_INGESTED ? row->record.ingested_ns : row->record.time_ns;
}

bool field_ref_is_number(const FieldRef *ref)
{
    if (ref->place == PLACE_RECORD) return record_fields[ref->id].type == FIELD_TYPE_NUMBER;
    return ref->place == PLACE_COUNT || ref->place == PLACE_INDEX || ref->place == PLACE_RECORD_ID;
}

size_t field_ref_choices(const FieldRef *ref)
{
    switch (ref->place) {
    case PLACE_ACTION:
    case PLACE_CATEGORY:
    case PLACE_TYPE: return VERB_COUNT;
    case PLACE_OUTCOME:
    case PLACE_CERTAINTY: return 3;
    default: return 0;
    }
}

size_t field_ref_choice(const FieldRef *ref, const Row *row)
{
    if (ref->place == PLACE_OUTCOME) return row->record.outcome;
    if (ref->place == PLACE_CERTAINTY) return row->record.certainty;
    return row->record.verb;
}

Slice field_ref_choice_name(const FieldRef *ref, size_t choice, unsigned form)
{
    static const char *const outcomes[2][3] = {{"不明", "成功", "失敗"},
                                               {"unknown", "success", "failure"}};
    static const char *const certainties[2][3] = {{"観測", "関連づけ", "推定"},
                                                  {"observed", "correlated", "inferred"}};
    bool token = form == 0;
    unsigned language = form == 1 ? LANGUAGE_JA : LANGUAGE_EN;
    switch (ref->place) {
    case PLACE_ACTION:
        return token ? verbs[choice].token : slice_from_cstr(verbs[choice].label[language]);
    case PLACE_CATEGORY: return token ? slice_from_cstr(verbs[choice].category) : (Slice){0};
    case PLACE_TYPE: return token ? slice_from_cstr(verbs[choice].type) : (Slice){0};
    case PLACE_OUTCOME: return slice_from_cstr(outcomes[language][choice]);
    case PLACE_CERTAINTY: return slice_from_cstr(certainties[language][choice]);
    default: return (Slice){0};
    }
}
