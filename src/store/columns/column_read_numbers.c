/* Numbers and codes from planes of bytes: the reverse of column_numbers.c. */
#include "store/columns/columns_dec.h"

#include "base/number.h"

static uint64_t unzigzag(uint64_t value)
{
    return value >> 1 ^ (0 - (value & 1));
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int read_planes(DecReader *reader, uint32_t count, uint64_t *out)
{
    uint8_t width, streams, constant;
    if (dec_take_byte(reader, &width) < 0 || width > 8) return -EBADMSG;
    memset(out, 0, count * sizeof *out);
    if (width == 0) return 0;
    if (dec_take_byte(reader, &streams) < 0) return -EBADMSG;
    for (uint8_t plane = 0; plane < width; plane++) {
        unsigned shift = 8u * plane;
        if (!(streams >> plane & 1)) {
            if (dec_take_byte(reader, &constant) < 0) return -EBADMSG;
            for (uint32_t i = 0; constant && i < count; i++)
                out[i] |= (uint64_t)constant << shift;
            continue;
        }
        Slice bytes;
        int r = dec_take_stream(reader, &bytes);
        if (r < 0) return r;
        if (bytes.len != count) return -EBADMSG;
        const unsigned char *from = (const unsigned char *)bytes.ptr;
        for (uint32_t i = 0; i < count; i++)
            out[i] |= (uint64_t)from[i] << shift;
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
        if (!plan->context->codes) return -EBADMSG;
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
        uint32_t code = context->codes[dec_row_in(block, reader->column->set, context->set, i)];
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
    uint64_t *values = ARENA_ARRAY(reader->block->arena, uint64_t, count);
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

static int context_codes(DecReader *reader, const DecColumn *context, const uint64_t *symbols,
                         uint32_t count, uint64_t *out)
{
    Columns *block = reader->block;
    uint32_t contexts = context ? context->value_count : 1, next = 0;
    uint32_t *last = ARENA_ARRAY(block->arena, uint32_t, contexts);
    if (!last) return -ENOMEM;
    memset(last, 0xff, contexts * sizeof *last);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t in = 0;
        if (context) in = context->codes[dec_row_in(block, reader->column->set, context->set, i)];
        uint64_t code = symbols[i] == 0 ? last[in] : symbols[i] == 1 ? next : symbols[i] - 2;
        if (code >= UINT32_MAX) return -EBADMSG;
        if (code == next) next++;
        last[in] = (uint32_t)code;
        out[i] = code;
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
        if (context && !context->codes) return -EBADMSG;
    }
    uint64_t *symbols = ARENA_ARRAY(reader->block->arena, uint64_t, count);
    uint32_t *codes = ARENA_ARRAY(reader->block->arena, uint32_t, count);
    if (!symbols || !codes) return -ENOMEM;
    r = read_planes(reader, count, symbols);
    if (r == 0 && step == CODES_CONTEXT)
        r = context_codes(reader, context, symbols, count, symbols);
    if (r < 0) return r;
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (symbols[i] >= distinct_max) return -EBADMSG;
        codes[i] = (uint32_t)symbols[i];
        if (codes[i] >= distinct) distinct = codes[i] + 1;
    }
    *ret = codes;
    *ret_distinct = distinct;
    return 0;
}
