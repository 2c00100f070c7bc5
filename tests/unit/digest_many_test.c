/* base/digest.h: several digests at once are those of one by one. */
#include "tests/support/tap.h"

#include "base/digest.h"

#include <stdlib.h>

enum { TEXTS = 9, PIECES = 5, BYTES = 1 << 12 };

static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void fill(char *bytes, size_t count)
{
    uint64_t state = 5;
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (char)random_next(&state);
    }
}

static bool same_as_one_by_one(const DigestText *texts, size_t count)
{
    Digest got[TEXTS];
    digest_sha256_many(texts, count, got);
    for (size_t i = 0; i < count; i++) {
        Digest want = digest_sha256(texts[i].pieces, texts[i].count);
        if (!expect(memcmp(&got[i], &want, sizeof want) == 0)) return false;
    }
    return true;
}

/* FIPS 180-4 has its examples in NIST's "SHA256" sheet: "abc" and the text of two blocks. */
static void known_digests(void)
{
    static const uint8_t abc[4] = {0xba, 0x78, 0x16, 0xbf}, two[4] = {0x24, 0x8d, 0x6a, 0x61};
    const Slice pieces[] = {SLICE("abc"),
                            SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")};
    const DigestText texts[] = {{&pieces[0], 1}, {&pieces[1], 1}};
    Digest digests[2];
    digest_sha256_many(texts, 2, digests);
    expect(memcmp(digests[0].bytes, abc, sizeof abc) == 0);
    expect(memcmp(digests[1].bytes, two, sizeof two) == 0);
}

/* Around the ends of blocks, where the padding needs one more. */
static void every_length(void)
{
    char bytes[BYTES];
    fill(bytes, sizeof bytes);
    for (size_t len = 0; len < 300; len++) {
        const Slice pieces[] = {slice_of(bytes, len), slice_of(bytes + 1, 300 - len)};
        const DigestText texts[] = {{&pieces[0], 1}, {&pieces[1], 1}, {pieces, 2}, {NULL, 0}};
        if (!same_as_one_by_one(texts, ARRAY_COUNT(texts))) return;
    }
}

static void any_pieces(void)
{
    char bytes[BYTES];
    uint64_t state = 77;
    fill(bytes, sizeof bytes);
    for (size_t round = 0; round < 5000; round++) {
        Slice pieces[TEXTS][PIECES];
        DigestText texts[TEXTS];
        size_t count = random_next(&state) % (TEXTS + 1);
        size_t most = round & 1 ? 70 : BYTES / 2;
        for (size_t i = 0; i < count; i++) {
            texts[i] = (DigestText){pieces[i], random_next(&state) % (PIECES + 1)};
            for (size_t k = 0; k < texts[i].count; k++) {
                pieces[i][k] =
                    slice_of(bytes + random_next(&state) % (BYTES / 2), random_next(&state) % most);
            }
        }
        if (!same_as_one_by_one(texts, count)) return;
    }
}

static const TapTest tests[] = {
    TAP_TEST(known_digests),
    TAP_TEST(every_length),
    TAP_TEST(any_pieces),
};

TAP_MAIN(tests)
