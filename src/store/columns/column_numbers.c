/* Numbers to bytes: which column to refer to, and planes of bytes. */
#include "store/columns/columns_enc.h"

#include <math.h>

#define SAMPLE_ROWS 2048
#define REFERENCES_MAX 24

typedef struct NumbersPlan {
    NumbersStep step;
    const EncColumn *reference; /* subtracted first; NULL: none */
    int64_t divide, multiply;   /* the reference's units to ours */
    const EncColumn *context;   /* STEP_CONTEXT */
} NumbersPlan;

static uint64_t zigzag(uint64_t difference)
{
    return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

double enc_entropy_bits(const uint32_t *counts, size_t kinds, size_t total)
{
    double bits = 0, all = log2((double)total);
    for (size_t i = 0; i < kinds; i++)
        if (counts[i]) bits += counts[i] * (all - log2((double)counts[i]));
    return bits;
}

/* Past `most` it is not looked at further. */
static double planes_bits(const uint64_t *values, size_t count, double most)
{
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++)
        any |= values[i];
    double bits = 0;
    for (int shift = 0; shift < 64 && any >> shift && bits < most; shift += 8) {
        uint32_t counts[256] = {0};
        for (size_t i = 0; i < count; i++)
            counts[values[i] >> shift & 255]++;
        bits += enc_entropy_bits(counts, 256, count);
    }
    return bits;
}

static uint64_t referred(const NumbersPlan *plan, const uint32_t *rows, size_t row)
{
    int64_t value = plan->reference->numbers[rows ? rows[row] : row];
    if (plan->divide > 1) return (uint64_t)floor_divide(value, plan->divide);
    return (uint64_t)value * (uint64_t)plan->multiply;
}

/* Rows [from, from + count) by the plan; *ret_base: what is to be added (STEP_FLAT). */
static bool apply(Encoder *enc, const NumbersPlan *plan, const EncSet *set, const int64_t *numbers,
                  size_t from, size_t count, uint64_t *out, int64_t *ret_base)
{
    const uint32_t *rows = plan->reference ? enc_rows_in(enc, set, plan->reference->set) : NULL;
    const uint32_t *places = plan->context ? enc_rows_in(enc, set, plan->context->set) : NULL;
    if (enc->error) return false;
    for (size_t i = 0; i < count; i++) {
        out[i] = (uint64_t)numbers[from + i];
        if (plan->reference) out[i] -= referred(plan, rows, from + i);
    }
    *ret_base = 0;
    if (plan->step == STEP_FLAT) {
        int64_t least = INT64_MAX;
        for (size_t i = 0; i < count; i++)
            if ((int64_t)out[i] < least) least = (int64_t)out[i];
        for (size_t i = 0; i < count; i++)
            out[i] -= (uint64_t)least;
        *ret_base = least;
        return true;
    }
    uint64_t *last = NULL, before = 0;
    uint8_t *seen = NULL;
    if (plan->context) {
        last = ENC_SCRATCH(enc, uint64_t, plan->context->distinct);
        seen = ENC_SCRATCH(enc, uint8_t, plan->context->distinct);
        if (enc->error) return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t value = out[i], base = before;
        if (plan->context) {
            uint32_t code = plan->context->codes[places ? places[from + i] : from + i];
            if (seen[code]) base = last[code];
            seen[code] = 1;
            last[code] = value;
        }
        out[i] = zigzag(value - base);
        before = value;
    }
    return true;
}

typedef struct Search {
    Encoder *enc;
    const EncSet *set;
    const int64_t *numbers;
    size_t from, count;
    uint64_t *room;
    NumbersPlan best;
    double best_bits;
} Search;

static void try_plan(Search *search, const NumbersPlan *plan)
{
    int64_t base;
    if (!apply(search->enc, plan, search->set, search->numbers, search->from, search->count,
               search->room, &base))
        return;
    double bits = planes_bits(search->room, search->count, search->best_bits);
    if (bits < search->best_bits) {
        search->best_bits = bits;
        search->best = *plan;
    }
}

static void try_steps(Search *search, NumbersPlan plan)
{
    plan.step = STEP_FLAT;
    try_plan(search, &plan);
    plan.step = STEP_BEFORE;
    try_plan(search, &plan);
}

static void try_references(Search *search, const EncColumn *owner)
{
    Encoder *enc = search->enc;
    size_t tried = 0;
    for (size_t i = enc->column_count; i-- > 0 && tried < REFERENCES_MAX;) {
        const EncColumn *column = enc->columns[i];
        if (!column->numbers || column == owner || !enc_in_reach(search->set, column)) continue;
        NumbersPlan plan = {.reference = column, .divide = 1, .multiply = 1};
        if (owner->units && column->units > owner->units)
            plan.divide = column->units / owner->units;
        else if (owner->units && column->units)
            plan.multiply = owner->units / column->units;
        try_steps(search, plan);
        tried++;
    }
}

static void try_contexts(Search *search)
{
    Encoder *enc = search->enc;
    size_t tried = 0;
    for (size_t i = enc->column_count; i-- > 0 && tried < CONTEXTS_MAX;) {
        const EncColumn *column = enc->columns[i];
        if (!column->codes || !enc_in_reach(search->set, column)) continue;
        if (column->distinct < 2 || column->distinct > search->count / 4) continue;
        NumbersPlan plan = search->best;
        plan.step = STEP_CONTEXT;
        plan.context = column;
        try_plan(search, &plan);
        tried++;
    }
}

static Search search_make(Encoder *enc, const int64_t *numbers, size_t count, const EncSet *set)
{
    size_t sample = count < SAMPLE_ROWS ? count : SAMPLE_ROWS;
    return (Search){
        .enc = enc,
        .set = set,
        .numbers = numbers,
        .from = (count - sample) / 2,
        .count = sample,
        .room = ENC_SCRATCH(enc, uint64_t, sample),
        .best = {.divide = 1, .multiply = 1},
        .best_bits = 1e300,
    };
}

double numbers_estimate(Encoder *enc, const int64_t *numbers, size_t count)
{
    Search search = search_make(enc, numbers, count, NULL);
    if (enc->error) return 0;
    try_steps(&search, search.best);
    return search.best_bits * (double)count / (double)search.count;
}

void enc_planes_write(Encoder *enc, const uint64_t *values, size_t count)
{
    uint64_t any = 0, all = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        any |= values[i];
        all &= values[i];
    }
    size_t width = 0;
    while (width < 8 && any >> (8 * width))
        width++;
    uint64_t varies = any ^ all;
    uint8_t streams = 0;
    for (size_t plane = 0; plane < width; plane++)
        if (varies >> (8 * plane) & 255) streams |= (uint8_t)(1u << plane);
    buf_add_char(&enc->meta, (char)width);
    if (width == 0) return;
    buf_add_char(&enc->meta, (char)streams);
    for (size_t plane = 0; plane < width; plane++) {
        if (!(streams >> plane & 1)) {
            buf_add_char(&enc->meta, (char)(all >> (8 * plane)));
            continue;
        }
        size_t begun = enc_stream_begin(enc);
        char *to = buf_reserve(&enc->data, count);
        if (!to) return;
        for (size_t i = 0; i < count; i++)
            to[i] = (char)(values[i] >> (8 * plane));
        enc->data.len += count;
        enc_stream_end(enc, begun, STREAM_NUMBERS);
    }
}

void numbers_write(Encoder *enc, const int64_t *numbers, size_t count, const EncColumn *owner)
{
    Search search = search_make(enc, numbers, count, owner ? owner->set : NULL);
    uint64_t *out = ENC_SCRATCH(enc, uint64_t, count);
    if (enc->error) return;
    if (count > 0) {
        try_steps(&search, search.best);
        if (owner) try_references(&search, owner);
        if (owner) try_contexts(&search);
    }
    int64_t base = 0;
    const NumbersPlan *plan = &search.best;
    if (count > 0 && !apply(enc, plan, search.set, numbers, 0, count, out, &base)) return;
    buf_add_char(&enc->meta, (char)((unsigned)plan->step | (plan->reference ? 4u : 0u)));
    if (plan->reference) {
        enc_refer(enc, plan->reference);
        buf_add_varint(&enc->meta, plan->reference->id);
        buf_add_varint(&enc->meta, (uint64_t)plan->divide);
        buf_add_varint(&enc->meta, (uint64_t)plan->multiply);
    }
    if (plan->step == STEP_CONTEXT) {
        enc_refer(enc, plan->context);
        buf_add_varint(&enc->meta, plan->context->id);
    }
    if (plan->step == STEP_FLAT) buf_add_varint(&enc->meta, zigzag((uint64_t)base));
    enc_planes_write(enc, out, count);
}
