/* Tests of one field: each distinct value of its column is tested once; values that are composed
 * row by row are tested where a text that they must hold is found. */
#include "search/block_filter_int.h"

#include "store/segment/recipe_int.h"

/* Numbers and times of a row, for fields that are made of them alone. */
typedef struct RowNumbers {
    const int64_t *times, *received, *index, *record;
} RowNumbers;

typedef struct FieldJudge {
    BlockFilter *filter;
    const FieldTest *test;
    RowBits among;
    Judgement *ret;
    TextFind *finds; /* of each condition; made when needed */
    bool *has_literal;
    bool finds_made;
    /* By code of one column: 0 not yet known, 1 no, 2 yes. */
    const Slice *tested;
    uint8_t *results;
} FieldJudge;

static bool value_meets(const FieldTest *test, Slice value)
{
    for (size_t i = 0; i < test->condition_count && value.len > 0; i++) {
        if (condition_value_holds(&test->conditions[i], value)) return true;
    }
    return false;
}

static bool row_meets(const FieldTest *test, const Row *row)
{
    for (size_t i = 0; i < test->condition_count; i++) {
        if (condition_holds(&test->conditions[i], &test->field, row)) return true;
    }
    return false;
}

/* ---- what is not text of the row */

static int take_numbers(SegmentView *view, const FieldTest *test, RowNumbers *ret)
{
    *ret = (RowNumbers){0};
    switch (test->field.place) {
    case PLACE_TIME: return segment_view_times(view, &ret->times);
    case PLACE_INGESTED: return segment_view_numbers(view, VIEW_INGESTED, &ret->received);
    case PLACE_INDEX: return segment_view_numbers(view, VIEW_INDEX, &ret->index);
    case PLACE_RECORD_ID: return segment_view_numbers(view, VIEW_RECORD_ID, &ret->record);
    default: return 0;
    }
}

static Row row_of_numbers(const ViewKind *kind, const RowNumbers *numbers, uint32_t row)
{
    const Recipe *recipe = kind->recipe;
    Row made = {.event = {.format = recipe->format, .parse = recipe->parse},
                .record = {.verb = recipe->verb,
                           .outcome = recipe->outcome,
                           .certainty = recipe->certainty,
                           .end_ns = TIME_UNKNOWN,
                           .count = 1}};
    if (numbers->times) made.record.time_ns = numbers->times[row];
    if (numbers->received) made.record.ingested_ns = numbers->received[row];
    if (numbers->index) made.event.index = (uint64_t)numbers->index[row];
    if (numbers->record) made.event.record_id = (uint64_t)numbers->record[row];
    return made;
}

static bool is_same_in_kind(FieldPlace place)
{
    return place == PLACE_ACTION || place == PLACE_CATEGORY || place == PLACE_TYPE ||
           place == PLACE_OUTCOME || place == PLACE_CERTAINTY || place == PLACE_PARSE ||
           place == PLACE_COUNT || place == PLACE_END;
}

/* An end and a count of their own are in the tail. */
static bool is_in_tail(const ViewKind *kind, FieldPlace place)
{
    return (place == PLACE_END && (kind->recipe->flags & RECIPE_END)) ||
           (place == PLACE_COUNT && (kind->recipe->flags & RECIPE_COUNT));
}

static void judge_numbers(FieldJudge *judge, const ViewKind *kind, const RowNumbers *numbers)
{
    FieldPlace place = judge->test->field.place;
    if (is_in_tail(kind, place)) {
        block_judge_kind(kind, judge->among, judge->ret->may);
        return;
    }
    if (is_same_in_kind(place)) {
        Row row = row_of_numbers(kind, &(RowNumbers){0}, 0);
        if (row_meets(judge->test, &row)) block_judge_kind(kind, judge->among, judge->ret->yes);
        return;
    }
    for (uint32_t i = 0; i < kind->count; i++) {
        if (!row_bits_has(judge->among, kind->rows[i])) continue;
        Row row = row_of_numbers(kind, numbers, kind->rows[i]);
        if (row_meets(judge->test, &row)) row_bits_set(judge->ret->yes, kind->rows[i]);
    }
}

/* ---- texts */

static int results_for(FieldJudge *judge, const ViewValues *values)
{
    if (judge->tested == values->values) return 0;
    judge->results = ARENA_ARRAY(judge->filter->scratch, uint8_t, (size_t)values->value_count + 1);
    judge->tested = judge->results ? values->values : NULL;
    return judge->results ? 0 : -ENOMEM;
}

static bool code_meets(FieldJudge *judge, const ViewValues *values, uint32_t code)
{
    uint8_t *result = &judge->results[code];
    if (*result == 0) *result = value_meets(judge->test, values->values[code]) ? 2 : 1;
    return *result == 2;
}

static int judge_values(FieldJudge *judge, const ViewKind *kind, const ViewText *text)
{
    ViewValues values;
    int r = segment_view_values(judge->filter->view, text, &values);
    if (r == 0) r = results_for(judge, &values);
    if (r < 0) return r;
    if (!values.codes) {
        if (code_meets(judge, &values, 0)) block_judge_kind(kind, judge->among, judge->ret->yes);
        return 0;
    }
    for (uint32_t i = 0; i < kind->count; i++) {
        if (row_bits_has(judge->among, kind->rows[i]) &&
            code_meets(judge, &values, values.codes[view_place(kind, i)]))
            row_bits_set(judge->ret->yes, kind->rows[i]);
    }
    return 0;
}

static int make_finds(FieldJudge *judge)
{
    BlockFilter *filter = judge->filter;
    const FieldTest *test = judge->test;
    if (judge->finds_made) return 0;
    judge->finds = ARENA_ARRAY(filter->scratch, TextFind, test->condition_count);
    judge->has_literal = ARENA_ARRAY(filter->scratch, bool, test->condition_count);
    if (!judge->finds || !judge->has_literal) return -ENOMEM;
    for (size_t i = 0; i < test->condition_count; i++) {
        Slice literal;
        int r = condition_literal(&test->conditions[i], filter->scratch, &literal);
        judge->has_literal[i] = literal.len > 0;
        if (r == 0 && literal.len > 0)
            r = text_find_new(filter, literal, COLUMNS_FOLDED, &judge->finds[i]);
        if (r < 0) return r;
    }
    judge->finds_made = true;
    return 0;
}

/* Rows whose value, in a column or anywhere in the row (text NULL), may meet a condition. */
static int find_candidates(FieldJudge *judge, const ViewKind *kind, const ViewText *text,
                           RowBits to)
{
    int r = make_finds(judge);
    for (size_t c = 0; c < judge->test->condition_count && r == 0; c++) {
        const uint8_t *marks = NULL;
        if (!judge->has_literal[c]) {
            block_judge_kind(kind, judge->among, to);
            return 0;
        }
        r = text ? text_find_in(judge->filter, &judge->finds[c], kind, text, &marks)
                 : text_find_anywhere(judge->filter, &judge->finds[c], kind, &marks);
        for (uint32_t i = 0; i < kind->count && r == 0 && marks; i++) {
            if (marks[view_place(kind, i)] && row_bits_has(judge->among, kind->rows[i]))
                row_bits_set(to, kind->rows[i]);
        }
    }
    return r;
}

/* Rows in one piece are of kinds with few rows. */
static int judge_inside(FieldJudge *judge, const ViewKind *kind, const ViewText *text)
{
    BlockFilter *filter = judge->filter;
    for (uint32_t i = 0; i < kind->count; i++) {
        Slice value;
        if (!row_bits_has(judge->among, kind->rows[i])) continue;
        arena_reset(filter->row);
        int r = segment_view_value(filter->view, kind, text, i, filter->row, &value);
        if (r < 0) return r;
        if (value_meets(judge->test, value)) row_bits_set(judge->ret->yes, kind->rows[i]);
    }
    return 0;
}

static int judge_composed(FieldJudge *judge, const ViewKind *kind, const ViewText *text)
{
    BlockFilter *filter = judge->filter;
    RowBits candidates;
    int r = row_bits_new(judge->among.word_count, filter->scratch, &candidates);
    if (r == 0) r = find_candidates(judge, kind, text, candidates);
    if (r < 0 || !row_bits_any(candidates)) return r;
    for (uint32_t i = 0; i < kind->count; i++) {
        Slice value;
        if (!row_bits_has(candidates, kind->rows[i])) continue;
        arena_reset(filter->row);
        r = segment_view_value(filter->view, kind, text, i, filter->row, &value);
        if (r < 0) return r;
        if (value_meets(judge->test, value)) row_bits_set(judge->ret->yes, kind->rows[i]);
    }
    return 0;
}

static int judge_text(FieldJudge *judge, const ViewKind *kind, const ViewText *text)
{
    switch (text->place) {
    case VIEW_EMPTY: return 0;
    case VIEW_COLUMN: return judge_values(judge, kind, text);
    case VIEW_COMPOSED: return judge_composed(judge, kind, text);
    case VIEW_INSIDE: break;
    }
    return text->part ? judge_inside(judge, kind, text)
                      : find_candidates(judge, kind, NULL, judge->ret->may);
}

static int judge_source(FieldJudge *judge, const ViewKind *kind)
{
    const Recipe *recipe = kind->recipe;
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        ViewText text;
        if (!field_ref_is_named(&judge->test->field, recipe->fields[i].name)) continue;
        int r = segment_view_field(judge->filter->view, kind, i, &text);
        if (r == 0) r = judge_text(judge, kind, &text);
        if (r < 0) return r;
    }
    return 0;
}

/* A recipe names exactly the texts of the record that are there. */
static int judge_record(FieldJudge *judge, const ViewKind *kind)
{
    const Recipe *recipe = kind->recipe;
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        ViewText text;
        if (recipe->texts[i].field != (uint32_t)judge->test->field.id) continue;
        int r = segment_view_record_text(judge->filter->view, kind, i, &text);
        return r < 0 ? r : judge_text(judge, kind, &text);
    }
    return judge_source(judge, kind);
}

static int judge_kind(FieldJudge *judge, const ViewKind *kind, const RowNumbers *numbers)
{
    ViewText text;
    int r;
    switch (judge->test->field.place) {
    case PLACE_RECORD: return judge_record(judge, kind);
    case PLACE_SOURCE: return judge_source(judge, kind);
    case PLACE_RAW: return find_candidates(judge, kind, NULL, judge->ret->may);
    case PLACE_ORIGIN:
        r = segment_view_origin(judge->filter->view, kind, &text);
        return r < 0 ? r : judge_text(judge, kind, &text);
    default: judge_numbers(judge, kind, numbers); return 0;
    }
}

int block_judge_test(BlockFilter *filter, const FieldTest *test, RowBits among, Judgement *ret)
{
    FieldJudge judge = {.filter = filter, .test = test, .among = among, .ret = ret};
    const ViewKind *kinds;
    size_t count;
    RowNumbers numbers;
    int r = segment_view_kinds(filter->view, &kinds, &count);
    if (r == 0) r = take_numbers(filter->view, test, &numbers);
    for (size_t i = 0; i < count && r == 0; i++) {
        if (block_kind_among(&kinds[i], among)) r = judge_kind(&judge, &kinds[i], &numbers);
    }
    return r;
}
