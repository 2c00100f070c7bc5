/* The code of a column: constant, another column, dictionary, direct, or cut again. */
#include "store/columns/columns_enc.h"

#include <stdlib.h>

#define ALIASES_MAX 512  /* columns looked at for equal values, newest first */
#define CUT_BYTES_MIN 40 /* mean length from which text is cut again */
#define CUT_DICTIONARY_BYTES 8192
#define CONSTANT_BYTES_MAX                                                                         \
    ((size_t)64 << 10) /* they stand in the directory, which has a maximum                         \
                        */

static bool all_equal(const Slice *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (i + 8 < count) __builtin_prefetch(values[i + 8].ptr);
        if (!slice_eq(values[i], values[0])) return false;
    }
    return true;
}

static bool same_values(Encoder *enc, const Slice *values, const EncSet *set,
                        const EncColumn *column)
{
    size_t last = set->count - 1;
    if (column->set == set &&
        (!slice_eq(values[0], column->values[0]) || !slice_eq(values[last], column->values[last])))
        return false;
    const uint32_t *rows = enc_rows_in(enc, set, column->set);
    if (enc->error) return false;
    for (size_t i = 0; i < set->count; i++)
        if (!slice_eq(values[i], column->values[rows ? rows[i] : i])) return false;
    return true;
}

static EncColumn *alias_of(Encoder *enc, const EncSet *set, const Slice *values, uint32_t steps_max)
{
    size_t tried = 0;
    for (size_t i = enc->column_count; i-- > 0 && tried < ALIASES_MAX; tried++) {
        EncColumn *column = enc->columns[i];
        if (!column->values || column->steps > steps_max) continue;
        if (!enc_set_within(set, column->set)) continue;
        if (same_values(enc, values, set, column)) return column;
    }
    return NULL;
}

/* A source that equals an earlier one will find its column then; no table is made for it. */
static bool same_as_earlier(const EncSource *sources, size_t at, size_t count)
{
    const Slice *values = sources[at].values;
    for (size_t i = 0; i < at; i++) {
        const Slice *other = sources[i].values;
        if (!slice_eq(values[0], other[0]) || !slice_eq(values[count - 1], other[count - 1]))
            continue;
        size_t row = 0;
        while (row < count && slice_eq(values[row], other[row]))
            row++;
        if (row == count) return true;
    }
    return false;
}

#define SAMPLE 16

static void look_at_numbers(EncSource *source, size_t count)
{
    size_t times = 0, numbers = 0, looked = 0;
    for (size_t i = 0; i < count; i += count / SAMPLE + 1, looked++) {
        ValueFormat format;
        if (!value_format_of(source->values[i], &format)) continue;
        numbers++;
        times += format.form == FORM_TIME;
        if (format.form == FORM_TIME) source->order = (uint64_t)format.width;
    }
    source->is_time = times * 8 >= looked * 7;
    source->is_number = numbers * 8 >= looked * 7;
}

/* Times first, the finest first, since the others can refer to them; then dictionaries, those of
 * most values first, since they foretell the others; then numbers; then texts, shortest first,
 * since the longer repeat the shorter. */
static void plan_order(EncSource *source)
{
    const uint64_t step = (uint64_t)1 << 40;
    if (source->is_time)
        source->order += 4 * step;
    else if (source->has_distinct)
        source->order = 3 * step + source->distinct.count;
    else if (source->is_number)
        source->order = 2 * step;
    else
        source->order = step - 1 - source->bytes;
}

static int by_order(const void *a, const void *b)
{
    const EncSource *x = *(EncSource *const *)a, *y = *(EncSource *const *)b;
    if (x->order != y->order) return x->order < y->order ? 1 : -1;
    return x < y ? -1 : x > y;
}

static uint64_t bytes_of(const Slice *values, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += values[i].len;
    return bytes;
}

static bool is_long_text(const EncSource *source, size_t count)
{
    return source->bytes >= CUT_BYTES_MIN * (uint64_t)count && !source->is_time &&
           !source->is_number;
}

static void find_distinct(Encoder *enc, EncSource *source, size_t count)
{
    source->has_distinct =
        distinct_find(enc, source->values, count, count * 3 / 4, &source->distinct);
}

static void look_at(Encoder *enc, EncSource *sources, size_t at, size_t count, SourcesWish wish)
{
    EncSource *source = &sources[at];
    source->is_constant =
        source->values[0].len <= CONSTANT_BYTES_MAX && all_equal(source->values, count);
    if (source->is_constant) return;
    source->bytes = bytes_of(source->values, count);
    look_at_numbers(source, count);
    /* What is cut in any case needs no table, unless it cannot be cut. */
    source->is_much =
        wish.may_cut && is_long_text(source, count) &&
        distinct_is_over(source->values, count, enc->options->seed, CUT_DICTIONARY_BYTES);
    if (!source->is_time && !source->is_much && !same_as_earlier(sources, at, count))
        find_distinct(enc, source, count);
    if (source->is_number && source->has_distinct && source->distinct.count > count / 8)
        source->has_distinct = false;
    arena_reset(&enc->scratch);
    plan_order(source);
}

static void constant_write(Encoder *enc, const EncSet *set, EncSource *source)
{
    texts_give(enc, source->values[0]);
    buf_add_varint(&enc->meta, source->values[0].len);
    buf_add_slice(&enc->meta, source->values[0]);
    source->column = enc_column_end(enc, KIND_CONSTANT, set);
}

static void dictionary_write(Encoder *enc, const EncSet *set, EncSource *source)
{
    Distinct *distinct = &source->distinct;
    texts_give_all(enc, distinct->values, distinct->count);
    codes_write(enc, distinct->codes, set->count, distinct->count, set);
    buf_add_varint(&enc->meta, distinct->count);
    values_write(enc, distinct->values, distinct->count, NULL, NULL);
    source->column = enc_column_end(enc, KIND_DICTIONARY, set);
    if (!source->column) return;
    source->column->codes = distinct->codes;
    source->column->distinct = distinct->count;
}

static void direct_write(Encoder *enc, const EncSet *set, EncSource *source)
{
    EncColumn found = {0};
    texts_give_all(enc, source->values, set->count);
    values_write(enc, source->values, set->count, set, &found);
    source->column = enc_column_end(enc, KIND_DIRECT, set);
    if (!source->column) return;
    source->column->numbers = found.numbers;
    source->column->units = found.units;
}

static bool worth_cutting(const EncSource *source, size_t count)
{
    if (!is_long_text(source, count)) return false;
    return source->is_much || !source->has_distinct ||
           bytes_of(source->distinct.values, source->distinct.count) > CUT_DICTIONARY_BYTES;
}

static void source_write(Encoder *enc, const EncSet *set, EncSource *source, SourcesWish wish)
{
    source->column =
        alias_of(enc, set, source->values, wish.may_cut ? UINT32_MAX : STEPS_PIECE_MAX);
    if (source->column || enc->error) return;
    if (wish.may_cut && worth_cutting(source, set->count))
        source->column = choice_write(enc, set, source->values);
    if (!source->column && source->is_much) find_distinct(enc, source, set->count);
    if (enc->error) return;
    if (!source->column && source->has_distinct)
        dictionary_write(enc, set, source);
    else if (!source->column)
        direct_write(enc, set, source);
    if (source->column) source->column->values = source->values;
}

void sources_write(Encoder *enc, const EncSet *set, EncSource *sources, size_t count,
                   SourcesWish wish)
{
    EncSource **ordered = ENC_ARRAY(enc, EncSource *, count);
    if (enc->error || set->count == 0) return;
    for (size_t i = 0; i < count && !enc->error; i++) {
        look_at(enc, sources, i, set->count, wish);
        if (wish.may_cut && worth_cutting(&sources[i], set->count))
            sources[i].order = ((uint64_t)1 << 40) - 1 - sources[i].bytes;
        ordered[i] = &sources[i];
    }
    if (enc->error) return;
    qsort(ordered, count, sizeof(EncSource *), by_order);
    for (size_t i = 0; i < count && !enc->error; i++) {
        if (!ordered[i]->is_constant)
            source_write(enc, set, ordered[i], wish);
        else if (wish.with_constants)
            constant_write(enc, set, ordered[i]);
    }
}
