/* detect/literal_set.h against a plain search. */
#include "tests/support/tap.h"

#include "detect/literal_set.h"

#include <stdlib.h>

typedef struct LiteralCount {
    int found[128];
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
            expect((got.found[i] > 0) ==
                   (plainly(slice_of(text, len), literals[i].text, literals[i].place) > 0));
        }
    }
}

/* Long words in long texts, where most bytes are never read: each word is planted now and then, at
 * the ends too, and the text also comes with capital letters for the quick look. */
enum { LONG_TEXT_BYTES = 400, LONG_WORDS = 90 };

static void make_words(uint32_t *seed, size_t least, char words[][24], Literal *literals)
{
    for (size_t i = 0; i < LONG_WORDS; i++) {
        size_t len = least + next_random(seed) % 12;
        for (size_t k = 0; k < len; k++) {
            words[i][k] = (char)('a' + next_random(seed) % 6);
        }
        literals[i] =
            (Literal){slice_of(words[i], len), (uint32_t)i, (LiteralPlace)(next_random(seed) % 3)};
    }
}

static size_t make_text(uint32_t *seed, const Literal *literals, size_t count, char *text)
{
    size_t len = next_random(seed) % LONG_TEXT_BYTES, planted = next_random(seed) % 4;
    for (size_t k = 0; k < len; k++) {
        text[k] = (char)('a' + next_random(seed) % 6);
    }
    for (size_t i = 0; i < planted; i++) {
        Slice word = literals[next_random(seed) % count].text;
        if (word.len > len) continue;
        size_t most = len - word.len, at = next_random(seed) % (most + 1);
        if (next_random(seed) % 4 == 0) at = next_random(seed) % 2 ? 0 : most;
        memcpy(text + at, word.ptr, word.len);
    }
    return len;
}

static void check_text(const LiteralSet *set, const Literal *literals, size_t count, Slice text)
{
    LiteralCount got = {0};
    char capitals[LONG_TEXT_BYTES];
    bool any = false;
    for (size_t k = 0; k < text.len; k++) {
        capitals[k] = (char)(k % 3 ? text.ptr[k] : text.ptr[k] - 32);
    }
    literal_set_scan(set, text, count_literal, &got);
    for (size_t i = 0; i < count; i++) {
        bool there = plainly(text, literals[i].text, literals[i].place) > 0;
        any |= there;
        expect((got.found[i] > 0) == there);
    }
    expect(!any || literal_set_may_hold(set, slice_of(capitals, text.len)));
    expect(!any || text.len >= literal_set_shortest(set));
}

static void long_literals_are_found_as_plainly(void)
{
    static const size_t leasts[] = {9, 9, 4, 2}; /* all long; some short; very short ones too */
    uint32_t seed = 7;
    for (int round = 0; round < 400; round++) {
        CLEANUP(arena_done) Arena arena = {0};
        char words[LONG_WORDS][24], text[LONG_TEXT_BYTES];
        Literal literals[LONG_WORDS], copy[LONG_WORDS];
        LiteralSet *set;
        size_t count = 1 + next_random(&seed) % LONG_WORDS;
        make_words(&seed, leasts[round % 4], words, literals);
        memcpy(copy, literals, sizeof copy);
        if (!expect_ok(literal_set_make(copy, count, &arena, &set))) return;
        for (int k = 0; k < 8; k++) {
            size_t len = make_text(&seed, literals, count, text);
            check_text(set, literals, count, slice_of(text, len));
        }
    }
}

/* At every place of texts of every length, which must not be read beyond their end. */
static void a_literal_is_seen_at_every_place(void)
{
    static const size_t words[] = {2, 3, 4, 7};
    for (size_t w = 0; w < ARRAY_COUNT(words); w++) {
        CLEANUP(arena_done) Arena arena = {0};
        Literal literals[] = {{slice_of("zyxwvut", words[w]), 1, LITERAL_INSIDE},
                              {SLICE("quite another"), 2, LITERAL_INSIDE}};
        LiteralSet *set;
        if (!expect_ok(literal_set_make(literals, 2, &arena, &set))) return;
        for (size_t len = 1; len <= 170; len++) {
            char *text = malloc(len);
            if (!expect(text != NULL)) return;
            memset(text, 'z', len);
            expect(!literal_set_may_hold(set, slice_of(text, len)));
            for (size_t at = 0; at + words[w] <= len; at++) {
                LiteralCount got = {0};
                memset(text, '-', len);
                memcpy(text + at, "zyxwvut", words[w]);
                literal_set_scan(set, slice_of(text, len), count_literal, &got);
                expect(got.found[1] == 1 && got.found[2] == 0);
                memcpy(text + at, "ZYXWVUT", words[w]);
                expect(literal_set_may_hold(set, slice_of(text, len)));
            }
            free(text);
        }
    }
}

/* A text made of nothing but beginnings of words must not cost more than it is long. */
static void many_false_beginnings_are_found_through(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    static char text[1 << 16];
    char words[LONG_WORDS][24];
    Literal literals[LONG_WORDS], copy[LONG_WORDS];
    LiteralSet *set;
    for (size_t i = 0; i < LONG_WORDS; i++) {
        memset(words[i], 'a', sizeof words[i]);
        words[i][23] = (char)('b' + i % 20);
        literals[i] = (Literal){slice_of(words[i], 24), (uint32_t)i, LITERAL_INSIDE};
    }
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'd';
    memcpy(copy, literals, sizeof copy);
    if (!expect_ok(literal_set_make(copy, LONG_WORDS, &arena, &set))) return;
    LiteralCount got = {0};
    literal_set_scan(set, slice_of(text, sizeof text), count_literal, &got);
    for (size_t i = 0; i < LONG_WORDS; i++) {
        expect((got.found[i] > 0) == (i % 20 == 2));
    }
}

static const TapTest tests[] = {
    TAP_TEST(literals_are_found_as_plainly),
    TAP_TEST(long_literals_are_found_as_plainly),
    TAP_TEST(a_literal_is_seen_at_every_place),
    TAP_TEST(many_false_beginnings_are_found_through),
};
TAP_MAIN(tests)
