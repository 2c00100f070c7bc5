/* Codes to bytes: which column foretells them best. */
#include "store/columns/columns_enc.h"

#include <math.h>

#define CODES_SAMPLE_ROWS 4096
#define CONTEXT_CHUNK 512

/* The codes that a context is tried on. */
typedef struct CodesSample {
    const uint32_t *codes; /* `count` of them, rows from `from` on */
    const uint8_t *known;  /* 1: the code came before in the sample */
    size_t from, count;
    uint32_t distinct;
    uint32_t *last; /* room: of each code of a context */
} CodesSample;

typedef struct ContextHits {
    uint32_t hits, misses;
} ContextHits;

/* [from, to) of the sample; a row's code in the context is context[rows[row]]. Inlined, so that
 * what is always NULL is not asked at each row. */
static inline __attribute__((always_inline)) void context_chunk(const CodesSample *sample,
                                                                const uint32_t *context,
                                                                const uint32_t *rows, size_t from,
                                                                size_t to, ContextHits *counts)
{
    uint32_t hits = 0, misses = 0;
    for (size_t i = from; i < to; i++) {
        size_t row = sample->from + i;
        uint32_t *last = &sample->last[context ? context[rows ? rows[row] : row] : 0];
        uint32_t code = sample->codes[i], before = *last;
        *last = code;
        hits += before == code;
        misses += (before != code) & ((before != UINT32_MAX) | sample->known[i]);
    }
    counts->hits += hits;
    counts->misses += misses;
}

/* Codes: the places in the sample where the context does not foretell the code, and it was seen.
 * Past `most` it is not looked at further. */
static double context_bits(const CodesSample *sample, const EncColumn *context,
                           const uint32_t *rows, double most)
{
    ContextHits counts = {0, 0};
    const double miss_bits = log2((double)sample->distinct + 1);
    memset(sample->last, 0xff, (context ? context->distinct : 1) * sizeof *sample->last);
    for (size_t i = 0; i < sample->count && counts.misses * miss_bits < most; i += CONTEXT_CHUNK) {
        size_t to = sample->count - i > CONTEXT_CHUNK ? i + CONTEXT_CHUNK : sample->count;
        if (!context)
            context_chunk(sample, NULL, NULL, i, to, &counts);
        else if (!rows)
            context_chunk(sample, context->codes, NULL, i, to, &counts);
        else
            context_chunk(sample, context->codes, rows, i, to, &counts);
    }
    const uint32_t kinds[2] = {counts.hits, (uint32_t)sample->count - counts.hits};
    return enc_entropy_bits(kinds, 2, sample->count) + counts.misses * miss_bits;
}

/* Which codes of the sample came before in it: as those of all rows, they are numbered as they
 * first come. */
static void note_known(const CodesSample *sample, uint8_t *known)
{
    uint32_t next = 0;
    for (size_t i = 0; i < sample->count; i++) {
        known[i] = sample->codes[i] < next;
        if (!known[i]) next = sample->codes[i] + 1;
    }
}

static double plain_bits(Encoder *enc, const uint32_t *codes, size_t from, size_t count,
                         uint32_t distinct)
{
    uint32_t *counts = ENC_SCRATCH(enc, uint32_t, distinct);
    if (!counts) return 0;
    for (size_t i = from; i < from + count; i++)
        counts[codes[i]]++;
    return enc_entropy_bits(counts, distinct, count);
}

static bool codes_context(Encoder *enc, const uint32_t *codes, size_t count, uint32_t distinct,
                          const EncSet *set, const EncColumn **ret)
{
    size_t rows_tried = count < CODES_SAMPLE_ROWS ? count : CODES_SAMPLE_ROWS;
    size_t from = (count - rows_tried) / 2, tried = 0;
    uint8_t *known = ENC_SCRATCH(enc, uint8_t, rows_tried);
    CodesSample sample = {.codes = codes + from,
                          .known = known,
                          .from = from,
                          .count = rows_tried,
                          .distinct = distinct,
                          .last = ENC_SCRATCH(enc, uint32_t, COLUMNS_ROWS_MAX + 1)};
    if (enc->error) return false;
    note_known(&sample, known);
    double best = plain_bits(enc, codes, from, rows_tried, distinct) * 1.05;
    bool found = false;
    *ret = NULL;
    double bits = context_bits(&sample, NULL, NULL, best);
    if (bits < best) best = bits, found = true;
    for (size_t i = enc->column_count; i-- > 0 && tried < CONTEXTS_MAX;) {
        const EncColumn *column = enc->columns[i];
        if (!column->codes || !enc_in_reach(set, column)) continue;
        const uint32_t *rows = enc_rows_in(enc, set, column->set);
        if (enc->error) return false;
        bits = context_bits(&sample, column, rows, best);
        tried++;
        if (bits >= best) continue;
        best = bits;
        found = true;
        *ret = column;
    }
    return found;
}

static void context_codes(Encoder *enc, const uint32_t *codes, size_t count, const EncSet *set,
                          const EncColumn *context, uint64_t *out)
{
    uint32_t contexts = context ? context->distinct : 1, next = 0;
    uint32_t *last = ENC_SCRATCH(enc, uint32_t, contexts);
    const uint32_t *rows = context ? enc_rows_in(enc, set, context->set) : NULL;
    if (enc->error) return;
    memset(last, 0xff, contexts * sizeof *last);
    for (size_t i = 0; i < count; i++) {
        uint32_t in = context ? context->codes[rows ? rows[i] : i] : 0;
        uint32_t code = codes[i];
        out[i] = last[in] == code ? 0 : code == next ? 1 : (uint64_t)code + 2;
        if (code == next) next++;
        last[in] = code;
    }
}

void codes_write(Encoder *enc, const uint32_t *codes, size_t count, uint32_t distinct,
                 const EncSet *set)
{
    const EncColumn *context;
    uint64_t *out = ENC_SCRATCH(enc, uint64_t, count);
    if (enc->error) return;
    bool by_context = set && codes_context(enc, codes, count, distinct, set, &context);
    if (enc->error) return;
    if (by_context) {
        context_codes(enc, codes, count, set, context, out);
        if (context) enc_refer(enc, context);
        buf_add_char(&enc->meta, CODES_CONTEXT);
        buf_add_varint(&enc->meta, context ? (uint64_t)context->id + 1 : 0);
    } else {
        for (size_t i = 0; i < count; i++)
            out[i] = codes[i];
        buf_add_char(&enc->meta, CODES_PLAIN);
    }
    enc_planes_write(enc, out, count);
}
