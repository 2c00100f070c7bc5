/* See literal_sieve.h. */
#include "detect/literal_sieve.h"

#include <errno.h>
#include <stdlib.h>

enum { SAMPLE_BYTES = 4 };

typedef struct SamplePlace {
    uint32_t sample;
    uint32_t literal; /* of the list */
    uint32_t offset;  /* of the sample in it */
} SamplePlace;

struct LiteralSieve {
    const Literal *list;
    size_t stride;
    unsigned shift;     /* of a sample's product, to its slot */
    unsigned bit_shift; /* the same, to its bit: far more bits than slots, so that few are set */
    uint64_t *bits;
    uint32_t *firsts; /* by slot: its first place; one more at the end */
    SamplePlace *places;
};

/* Letters of both cases give the same, and so do some other signs: a hint, no more. */
static inline uint32_t sample_at(const char *at)
{
    uint32_t sample;
    memcpy(&sample, at, sizeof sample);
    return sample | 0x20202020;
}

static inline uint32_t slot_of(uint32_t sample, unsigned shift)
{
    return (sample * 0x9e3779b1u) >> shift;
}

/* --- making ----------------------------------------------------------------------------------- */

static size_t longest_ascii_run(Slice text)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = (unsigned char)text.ptr[i] < 0x80 ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    return longest;
}

bool literal_sieve_takes(Slice literal, size_t run_bytes)
{
    return longest_ascii_run(literal) >= run_bytes;
}

/* As far apart as the shortest literal allows; 0: it has no sample at all. */
static size_t choose_stride(const Literal *list, size_t count)
{
    size_t stride = SIEVE_STRIDE_MAX;
    for (size_t i = 0; i < count && stride > 0; i++) {
        size_t run = longest_ascii_run(list[i].text);
        size_t most = run < SAMPLE_BYTES ? 0 : run - SAMPLE_BYTES + 1;
        if (most < stride) stride = most;
    }
    while (stride * count > SIEVE_SAMPLES_MAX) {
        stride--;
    }
    return stride;
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] >= 0x80) return false;
    }
    return true;
}

/* How often each slot would be taken if all samples of all literals were kept. */
static void count_slots(const LiteralSieve *sieve, size_t count, uint32_t *usage)
{
    for (size_t i = 0; i < count; i++) {
        Slice text = sieve->list[i].text;
        for (size_t k = 0; k + SAMPLE_BYTES <= text.len; k++) {
            usage[slot_of(sample_at(text.ptr + k), sieve->shift)]++;
        }
    }
}

/* The piece whose samples the fewest other literals have: where the literal begins, many begin. */
static size_t choose_piece(const LiteralSieve *sieve, Slice text, const uint32_t *usage)
{
    size_t best = 0, piece = sieve->stride + SAMPLE_BYTES - 1;
    uint64_t least = UINT64_MAX;
    for (size_t at = 0; at + piece <= text.len; at++) {
        uint64_t sum = 0;
        if (!is_ascii(text.ptr + at, piece)) continue;
        for (size_t k = 0; k < sieve->stride; k++) {
            sum += usage[slot_of(sample_at(text.ptr + at + k), sieve->shift)];
        }
        if (sum >= least) continue;
        least = sum;
        best = at;
    }
    return best;
}

static int fill(LiteralSieve *sieve, size_t count, size_t slots, uint32_t *usage)
{
    size_t total = count * sieve->stride, made = 0;
    SamplePlace *unsorted = reallocarray(NULL, total, sizeof *unsorted);
    if (!unsorted) return -ENOMEM;
    count_slots(sieve, count, usage);
    for (size_t i = 0; i < count; i++) {
        size_t at = choose_piece(sieve, sieve->list[i].text, usage);
        for (size_t k = 0; k < sieve->stride; k++, made++) {
            uint32_t sample = sample_at(sieve->list[i].text.ptr + at + k);
            uint32_t bit = slot_of(sample, sieve->bit_shift);
            unsorted[made] = (SamplePlace){sample, (uint32_t)i, (uint32_t)(at + k)};
            sieve->bits[bit / 64] |= (uint64_t)1 << (bit % 64);
            sieve->firsts[slot_of(sample, sieve->shift) + 1]++;
        }
    }
    for (size_t s = 0; s < slots; s++) {
        sieve->firsts[s + 1] += sieve->firsts[s];
        usage[s] = sieve->firsts[s];
    }
    for (size_t i = 0; i < made; i++) {
        sieve->places[usage[slot_of(unsorted[i].sample, sieve->shift)]++] = unsorted[i];
    }
    free(unsorted);
    return 0;
}

/* The shift that gives at least so many places, at most 2^most_bits. */
static unsigned shift_for(size_t places, unsigned least_bits, unsigned most_bits)
{
    unsigned bits = least_bits;
    while (bits < most_bits && (size_t)1 << bits < places) {
        bits++;
    }
    return 32 - bits;
}

int literal_sieve_make(const Literal *list, size_t count, Arena *arena, LiteralSieve **ret)
{
    *ret = NULL;
    size_t stride = count > 0 ? choose_stride(list, count) : 0, samples = stride * count;
    if (stride == 0) return 0;
    LiteralSieve *sieve = arena_alloc(arena, sizeof *sieve);
    if (!sieve) return -ENOMEM;
    *sieve = (LiteralSieve){.list = list,
                            .stride = stride,
                            .shift = shift_for(samples * 2, 8, 15),
                            .bit_shift = shift_for(samples * 128, 16, 18)};
    size_t slots = (size_t)1 << (32 - sieve->shift), bits = (size_t)1 << (32 - sieve->bit_shift);
    uint32_t *usage = calloc(slots, sizeof *usage);
    sieve->bits = ARENA_ARRAY(arena, uint64_t, bits / 64);
    sieve->firsts = ARENA_ARRAY(arena, uint32_t, slots + 1);
    sieve->places = ARENA_ARRAY(arena, SamplePlace, samples);
    bool room = usage && sieve->bits && sieve->firsts && sieve->places;
    int r = room ? fill(sieve, count, slots, usage) : -ENOMEM;
    free(usage);
    if (r == 0) *ret = sieve;
    return r;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* 1 or 0; a number, so that four can be joined without a branch. */
static inline uint64_t is_taken(const LiteralSieve *sieve, const char *at)
{
    uint32_t bit = slot_of(sample_at(at), sieve->bit_shift);
    return sieve->bits[bit / 64] >> (bit % 64) & 1;
}

static inline uint64_t is_taken_4(const LiteralSieve *sieve, const char *at)
{
    const size_t stride = sieve->stride;
    return is_taken(sieve, at) | is_taken(sieve, at + stride) | is_taken(sieve, at + 2 * stride) |
           is_taken(sieve, at + 3 * stride);
}

/* The next place to be looked at that some literal's sample may have; text.len: none. Four at a
 * time, nearly always none of them; at the end rather some twice than each by itself. */
static size_t next_taken(const LiteralSieve *sieve, Slice text, size_t at)
{
    const size_t stride = sieve->stride;
    if (at + SAMPLE_BYTES > text.len) return text.len;
    size_t last = at + (text.len - SAMPLE_BYTES - at) / stride * stride, block = 3 * stride;
    for (; at + block <= last; at += 4 * stride) {
        if (is_taken_4(sieve, text.ptr + at)) break;
    }
    if (at > last) return text.len;
    if (at + block > last && last >= block && !is_taken_4(sieve, text.ptr + last - block))
        return text.len;
    for (; at <= last; at += stride) {
        if (is_taken(sieve, text.ptr + at)) return at;
    }
    return text.len;
}

/* Could the literal stand so that its sample is at `at`? Bytes beyond ASCII may fold. */
static bool may_stand(Slice literal, Slice text, size_t at, size_t offset)
{
    for (size_t i = 0; i < literal.len; i++) {
        unsigned char c = (unsigned char)literal.ptr[i];
        if (c >= 0x80) return true;
        if (at + i < offset || at + i - offset >= text.len) return false;
        unsigned char here = (unsigned char)text.ptr[at + i - offset];
        if (here >= 0x80) return i < offset; /* what is before may have other lengths */
        if ((here | 0x20) != (c | 0x20)) return false;
    }
    return true;
}

bool literal_sieve_may_hold(const LiteralSieve *sieve, Slice text)
{
    for (size_t at = next_taken(sieve, text, 0); at < text.len;
         at = next_taken(sieve, text, at + sieve->stride)) {
        uint32_t sample = sample_at(text.ptr + at), slot = slot_of(sample, sieve->shift);
        for (uint32_t i = sieve->firsts[slot]; i < sieve->firsts[slot + 1]; i++) {
            const SamplePlace *place = &sieve->places[i];
            if (place->sample == sample &&
                may_stand(sieve->list[place->literal].text, text, at, place->offset))
                return true;
        }
    }
    return false;
}

static bool stands(const Literal *literal, Slice text, size_t at, size_t offset)
{
    if (at < offset || at - offset + literal->text.len > text.len) return false;
    size_t from = at - offset;
    if (literal->place == LITERAL_AT_START && from != 0) return false;
    if (literal->place == LITERAL_AT_END && from + literal->text.len != text.len) return false;
    return memcmp(text.ptr + from, literal->text.ptr, literal->text.len) == 0;
}

bool literal_sieve_scan(const LiteralSieve *sieve, Slice text, LiteralFound found, void *context)
{
    size_t bytes_left = text.len * 2 + 256; /* to compare: linear in the text, whoever wrote it */
    for (size_t at = next_taken(sieve, text, 0); at < text.len;
         at = next_taken(sieve, text, at + sieve->stride)) {
        uint32_t sample = sample_at(text.ptr + at), slot = slot_of(sample, sieve->shift);
        for (uint32_t i = sieve->firsts[slot]; i < sieve->firsts[slot + 1]; i++) {
            const SamplePlace *place = &sieve->places[i];
            const Literal *literal = &sieve->list[place->literal];
            if (place->sample != sample) continue;
            if (stands(literal, text, at, place->offset)) found(context, literal->id);
            if (literal->text.len > bytes_left) return false;
            bytes_left -= literal->text.len;
        }
    }
    return true;
}
