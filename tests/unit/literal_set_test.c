/* detect/literal_set.h against a plain search. */
#include "tests/support/tap.h"

#include "detect/literal_set.h"

typedef struct LiteralCount {
    int found[64];
} LiteralCount;

static void count_literal(void *context, uint32_t id)
{
    ((LiteralCount *)context)->found[id]++;
}

static int plainly(Slice text, Slice word, LiteralPlace place)
{
    int count = 0;
    for (size_t i = 0; i + word.len <= text.len; i++) {
        bool here = memcmp(text.ptr + i, word.ptr, word.len) == 0;
        bool meant = place == LITERAL_INSIDE || (place == LITERAL_AT_START && i == 0) ||
                     (place == LITERAL_AT_END && i + word.len == text.len);
        count += here && meant;
    }
    return count;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void literals_are_found_as_plainly(void)
{
    uint32_t seed = 42;
    for (int round = 0; round < 400; round++) {
        CLEANUP(arena_done) Arena arena = {0};
        char words[64][16], text[64];
        Literal literals[64], copy[64];
        LiteralSet *set;
        size_t count = 1 + next_random(&seed) % 64, len = next_random(&seed) % 64;
        for (size_t i = 0; i < count; i++) {
            size_t word = (round % 3 == 0 ? 4 : 1) + next_random(&seed) % 6;
            for (size_t k = 0; k < word; k++) {
                words[i][k] = (char)('a' + next_random(&seed) % (2 + (unsigned)round % 3));
            }
            literals[i] = (Literal){slice_of(words[i], word), (uint32_t)i,
                                    (LiteralPlace)(next_random(&seed) % 3)};
        }
        for (size_t k = 0; k < len; k++) {
            text[k] = (char)('a' + next_random(&seed) % (2 + (unsigned)round % 3));
        }
        memcpy(copy, literals, sizeof copy);
        if (!expect_ok(literal_set_make(copy, count, &arena, &set))) return;
        LiteralCount got = {0};
        bool may = literal_set_may_hold(set, slice_of(text, len));
        literal_set_scan(set, slice_of(text, len), count_literal, &got);
        for (size_t i = 0; i < count; i++) {
            expect(may || got.found[i] == 0);
            expect_int(got.found[i],
                       plainly(slice_of(text, len), literals[i].text, literals[i].place));
        }
    }
}

static const TapTest tests[] = {
    TAP_TEST(literals_are_found_as_plainly),
};
TAP_MAIN(tests)
