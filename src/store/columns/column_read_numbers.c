/* Numbers and codes from planes of bytes: the reverse of column_numbers.c. */
#include "store/columns/columns_dec.h"

#include "base/number.h"

#include <stdlib.h>

static uint64_t unzigzag(uint64_t value)
{
    return value >> 1 ^ (0 - (value & 1));
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The bytes of a plane; NULL: all are *ret_constant. *ret_held is to be freed. */
static int take_plane(DecReader *reader, bool is_stream, uint32_t count, const unsigned char **ret,
                      uint8_t *ret_constant, void **ret_held)
{
    *ret = NULL;
    *ret_held = NULL;
    if (!is_stream) return dec_take_byte(reader, ret_constant);
    Slice bytes;
    int r = dec_pass_stream(reader, &bytes, ret_held);
    if (r < 0) return r;
    if (bytes.len != count) {
        free(*ret_held);
        return -EBADMSG;
    }
    *ret = count ? (const unsigned char *)bytes.ptr : NULL;
    return 0;
}

static int take_width(DecReader *reader, uint8_t *ret_width, uint8_t *ret_streams)
{
    *ret_streams = 0;
    if (dec_take_byte(reader, ret_width) < 0 || *ret_width > 8) return -EBADMSG;
    return *ret_width == 0 ? 0 : dec_take_byte(reader, ret_streams);
}

static int read_planes(DecReader *reader, uint32_t count, uint64_t *out)
{
    uint8_t width, streams, constant = 0;
    int r = take_width(reader, &width, &streams);
    if (r < 0) return r;
    if (width == 0) memset(out, 0, count * sizeof *out);
    for (uint8_t plane = 0; plane < width; plane++) {
        unsigned shift = 8u * plane;
        const unsigned char *from;
        void *held;
        r = take_plane(reader, streams >> plane & 1, count, &from, &constant, &held);
        if (r < 0) return r;
        if (plane == 0) {
            for (uint32_t i = 0; i < count; i++)
                out[i] = from ? from[i] : constant;
        } else if (from || constant) {
            for (uint32_t i = 0; i < count; i++)
                out[i] |= (uint64_t)(from ? from[i] : constant) << shift;
        }
        free(held);
    }
    return 0;
}

/* The same of codes, which are far below 2^32: -EBADMSG for wider ones. */
static int read_code_planes(DecReader *reader, uint32_t count, uint32_t *out)
{
    uint8_t width, streams, constant = 0;
    int r = take_width(reader, &width, &streams);
    if (r < 0) return r;
    if (width > 4) return -EBADMSG;
    if (width == 0) memset(out, 0, count * sizeof *out);
    for (uint8_t plane = 0; plane < width; plane++) {
        unsigned shift = 8u * plane;
        const unsigned char *from;
        void *held;
        r = take_plane(reader, streams >> plane & 1, count, &from, &constant, &held);
        if (r < 0) return r;
        if (plane == 0) {
            for (uint32_t i = 0; i < count; i++)
                out[i] = from ? from[i] : constant;
        } else if (from || constant) {
            for (uint32_t i = 0; i < count; i++)
                out[i] |= (uint32_t)(from ? from[i] : constant) << shift;
        }
        free(held);
    }
    return 0;
}

static int take_u64(DecReader *reader, uint64_t *ret)
{
    return slice_take_varint(&reader->meta, ret);
}

typedef struct Plan {
    uint8_t step;
    const DecColumn *reference, *context;
    int64_t divide, multiply;
    uint64_t base;
} Plan;

static int take_plan(DecReader *reader, bool by_row, Plan *plan)
{
    uint8_t flags;
    uint32_t id;
    uint64_t number;
    int r;
    if (dec_take_byte(reader, &flags) < 0 || flags > 6) return -EBADMSG;
    plan->step = flags & 3;
    if (flags & 4) {
        if (!by_row || dec_take_u32(reader, COLUMNS_COLUMN_MAX, &id) < 0) return -EBADMSG;
        r = dec_take_column(reader, id, &plan->reference);
        if (r < 0) return r;
        if (!plan->reference->numbers || take_u64(reader, &number) < 0) return -EBADMSG;
        plan->divide = (int64_t)number;
        if (plan->divide < 1 || take_u64(reader, &number) < 0) return -EBADMSG;
        plan->multiply = (int64_t)number;
    }
    if (plan->step == STEP_CONTEXT) {
        if (!by_row || dec_take_u32(reader, COLUMNS_COLUMN_MAX, &id) < 0) return -EBADMSG;
        r = dec_take_column(reader, id, &plan->context);
        if (r < 0) return r;
        if (!dec_has_codes(plan->context)) return -EBADMSG;
    }
    if (plan->step != STEP_FLAT) return 0;
    if (take_u64(reader, &number) < 0) return -EBADMSG;
    plan->base = unzigzag(number);
    return 0;
}

static void add_before(uint64_t *values, uint32_t count)
{
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; i++)
        before = values[i] = before + unzigzag(values[i]);
}

static int add_context(DecReader *reader, const DecColumn *context, uint64_t *values,
                       uint32_t count)
{
    Columns *block = reader->block;
    uint64_t *last = ARENA_ARRAY(block->arena, uint64_t, context->value_count);
    uint8_t *seen = ARENA_ARRAY(block->arena, uint8_t, context->value_count);
    if (!last || !seen) return -ENOMEM;
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t code = dec_code(context, dec_row_in(block, reader->column->set, context->set, i));
        uint64_t base = seen[code] ? last[code] : before;
        seen[code] = 1;
        before = last[code] = values[i] = base + unzigzag(values[i]);
    }
    return 0;
}

static void add_reference(DecReader *reader, const Plan *plan, uint64_t *values, uint32_t count)
{
    const DecColumn *reference = plan->reference;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = dec_row_in(reader->block, reader->column->set, reference->set, i);
        int64_t value = reference->numbers[row];
        values[i] += plan->divide > 1 ? (uint64_t)floor_divide(value, plan->divide)
                                      : (uint64_t)value * (uint64_t)plan->multiply;
    }
}

int dec_numbers(DecReader *reader, uint32_t count, bool by_row, int64_t **ret)
{
    Plan plan = {0};
    int r = take_plan(reader, by_row, &plan);
    if (r < 0) return r;
    uint64_t *values = arena_alloc(reader->block->arena, count * sizeof *values);
    if (!values) return -ENOMEM;
    r = read_planes(reader, count, values);
    if (r == 0 && plan.step == STEP_BEFORE) add_before(values, count);
    if (r == 0 && plan.step == STEP_CONTEXT) r = add_context(reader, plan.context, values, count);
    if (r < 0) return r;
    for (uint32_t i = 0; plan.base && i < count; i++)
        values[i] += plan.base;
    if (plan.reference) add_reference(reader, &plan, values, count);
    *ret = (int64_t *)values;
    return 0;
}

/* Symbols in the place of codes become codes. */
static int context_codes(DecReader *reader, const DecColumn *context, uint32_t count,
                         uint32_t *codes)
{
    Columns *block = reader->block;
    uint32_t contexts = context ? context->value_count : 1, next = 0;
    uint32_t *last = ARENA_ARRAY(block->arena, uint32_t, contexts);
    if (!last) return -ENOMEM;
    memset(last, 0xff, contexts * sizeof *last);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t in = 0;
        if (context)
            in = dec_code(context, dec_row_in(block, reader->column->set, context->set, i));
        uint32_t code = codes[i] == 0 ? last[in] : codes[i] == 1 ? next : codes[i] - 2;
        if (code == UINT32_MAX) return -EBADMSG;
        if (code == next) next++;
        last[in] = codes[i] = code;
    }
    return 0;
}

int dec_codes(DecReader *reader, uint32_t count, uint32_t distinct_max, bool by_row, uint32_t **ret,
              uint32_t *ret_distinct)
{
    uint8_t step;
    uint32_t id;
    const DecColumn *context = NULL;
    int r;
    if (dec_take_byte(reader, &step) < 0 || step > CODES_CONTEXT) return -EBADMSG;
    if (step == CODES_CONTEXT) {
        if (!by_row || dec_take_u32(reader, COLUMNS_COLUMN_MAX, &id) < 0) return -EBADMSG;
        r = id ? dec_take_column(reader, id - 1, &context) : 0;
        if (r < 0) return r;
        if (context && !dec_has_codes(context)) return -EBADMSG;
    }
    /* As much as the arena would have given. */
    const Arena *arena = reader->block->arena;
    size_t bytes = count * sizeof **ret;
    size_t max = arena->bytes_max ? arena->bytes_max : ARENA_BYTES_MAX_DEFAULT;
    uint32_t *codes = bytes <= max ? malloc(bytes + 1) : NULL;
    if (!codes) return -ENOMEM;
    r = read_code_planes(reader, count, codes);
    if (r == 0 && step == CODES_CONTEXT) r = context_codes(reader, context, count, codes);
    uint32_t most = 0;
    for (uint32_t i = 0; i < count && r == 0; i++)
        most = codes[i] > most ? codes[i] : most;
    if (r == 0 && count > 0 && most >= distinct_max) r = -EBADMSG;
    if (r < 0) {
        free(codes);
        return r;
    }
    *ret = codes;
    *ret_distinct = count > 0 ? most + 1 : 0;
    return 0;
}
