/* A field of a kind's rows as codes of few texts: from columns where it stands in one, else put
 * together. */
#include "search/block_group_int.h"

#include "store/segment/recipe_int.h"

static void set_constant(CodedField *field, Slice value)
{
    field->one = value;
    field->values = &field->one;
    field->value_count = 1;
    field->codes = NULL;
}

/* A value for each row that is counted, put together. 0: there is no room for them all. */
static int code_values(const KindCount *count, const ViewText *text, CodedField *ret)
{
    Arena *arena = count->group->scratch;
    Slice *values = ARENA_ARRAY(arena, Slice, (size_t)count->count + 1);
    uint32_t *codes = ARENA_ARRAY(arena, uint32_t, (size_t)count->kind->count + 1), used = 0;
    if (!values || !codes) return 0;
    for (uint32_t i = 0; i < count->count; i++) {
        uint32_t row = count->chosen[i];
        int r =
            segment_view_value(count->group->view, count->kind, text, row, arena, &values[used]);
        if (r < 0) return r == -ENOMEM ? 0 : r;
        if (used == 0 || !slice_eq(values[used], values[used - 1])) used++;
        codes[row] = used - 1;
    }
    *ret = (CodedField){.values = values, .value_count = used, .codes = codes};
    return 1;
}

/* 1: found; 0: rows have to be made. */
static int code_text(const KindCount *count, const ViewText *text, CodedField *ret)
{
    ViewValues values;
    if (text->place == VIEW_EMPTY) {
        set_constant(ret, (Slice){0});
        return 1;
    }
    if (!view_has_value(text)) return 0;
    if (text->place != VIEW_COLUMN) return code_values(count, text, ret);
    int r = segment_view_values(count->group->view, text, &values);
    if (r < 0) return r;
    ret->values = values.values;
    ret->value_count = values.value_count;
    ret->codes = values.codes;
    ret->places = count->kind->places;
    return 1;
}

/* A name that stands more than once has several values: they are joined when the row is made. */
static int code_source(const KindCount *count, const FieldRef *ref, CodedField *ret)
{
    const Recipe *recipe = count->kind->recipe;
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        if (!field_ref_is_named(ref, recipe->fields[i].name)) continue;
        if (found != UINT32_MAX) return 0;
        found = i;
    }
    ViewText text = {.place = VIEW_EMPTY};
    int r = 0;
    if (found != UINT32_MAX) r = segment_view_field(count->group->view, count->kind, found, &text);
    return r < 0 ? r : code_text(count, &text, ret);
}

static int code_record(const KindCount *count, const FieldRef *ref, CodedField *ret)
{
    const Recipe *recipe = count->kind->recipe;
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        ViewText text;
        if (recipe->texts[i].field != (uint32_t)ref->id) continue;
        int r = segment_view_record_text(count->group->view, count->kind, i, &text);
        return r < 0 ? r : code_text(count, &text, ret);
    }
    return code_source(count, ref, ret);
}

/* Of a field whose value all rows of a kind share. */
static void code_constant(const KindCount *count, const FieldRef *ref, CodedField *ret)
{
    const Recipe *recipe = count->kind->recipe;
    const Row row = {.event = {.parse = recipe->parse},
                     .record = {.verb = recipe->verb,
                                .outcome = recipe->outcome,
                                .certainty = recipe->certainty}};
    char scratch[RECORD_SCRATCH_BYTES];
    size_t position = 0;
    Slice value;
    if (!field_ref_next(ref, &row, &position, scratch, &value)) value = (Slice){0};
    set_constant(ret, value);
}

/* Rows of a kind stand by time: equal pieces of time mostly follow each other. */
static int code_bins(const KindCount *count, const PipeField *field, CodedField *ret)
{
    Arena *arena = count->group->scratch;
    const int64_t *times;
    int r = segment_view_times(count->group->view, &times);
    Slice *values = ARENA_ARRAY(arena, Slice, (size_t)count->count + 1);
    uint32_t *codes = ARENA_ARRAY(arena, uint32_t, (size_t)count->kind->count + 1);
    if (r < 0 || !values || !codes) return r < 0 ? r : -ENOMEM;
    int64_t from = 0, to = 0; /* the piece at hand, of moments that are known */
    *ret = (CodedField){.values = values, .codes = codes};
    for (uint32_t i = 0; i < count->count; i++) {
        int64_t ns = times[count->kind->rows[count->chosen[i]]];
        bool same = ret->value_count > 0 && ns >= from && ns < to;
        if (!same) {
            r = stage_time_cell(field, ns, arena, &values[ret->value_count++]);
            if (r < 0) return r;
            stage_time_piece(field, ns, &from, &to);
        }
        codes[count->chosen[i]] = ret->value_count - 1;
    }
    return 1;
}

int block_code_field(const KindCount *count, const PipeField *field, CodedField *ret)
{
    ViewText text;
    int r;
    *ret = (CodedField){0};
    if (block_is_time_bin(field)) return code_bins(count, field, ret);
    switch (field->ref.place) {
    case PLACE_RECORD: return code_record(count, &field->ref, ret);
    case PLACE_SOURCE: return code_source(count, &field->ref, ret);
    case PLACE_ORIGIN:
        r = segment_view_origin(count->group->view, count->kind, &text);
        return r < 0 ? r : code_text(count, &text, ret);
    default: code_constant(count, &field->ref, ret); return 1;
    }
}
