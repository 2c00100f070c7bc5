/* The token index: rules, exact answers, and against a search of all values; see
 * store/token_index.h. */
#include "tests/support/tap.h"

#include "base/buf.h"
#include "base/fold.h"
#include "store/tokens/token_builder.h"
#include "store/tokens/token_index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- rules */

/* All tokens of a text, folded, joined by blanks. */
static void expect_tokens_at(int line, const char *text, const char *want)
{
    char folded[512];
    Buf got = {0};
    TokenWalk walk = token_walk(slice_of(folded, fold_text(folded, slice_from_cstr(text))));
    Token token;
    while (token_next(&walk, &token)) {
        if (got.len) buf_add_char(&got, ' ');
        buf_add_slice(&got, token.text);
    }
    tap_expect_slice(buf_slice(&got), slice_from_cstr(want), __FILE__, line, text);
    buf_done(&got);
}
#define expect_tokens(text, want) expect_tokens_at(__LINE__, text, want)

static void words(void)
{
    expect_tokens("", "");
    expect_tokens(" .,-", "");
    expect_tokens("Failed login_2 for User-7!", "failed login_2 for user 7");
    expect_tokens("C:\\Windows\\cmd.EXE", "c windows cmd exe");
    expect_tokens("\uff26\uff41\uff49\uff4c \uff11\uff12", "fail 12");
    expect_tokens("na\u00efve \u0416\u0443\u043a 3\u00d74", "na\u00efve \u0436\u0443\u043a 3 4");
}

static void signs(void)
{
    expect_tokens("\u8a8d\u8a3c", "\u8a8d\u8a3c \u8a3c");
    expect_tokens("\u8a8d", "\u8a8d");
    expect_tokens("\u30ed\u30b0a\u8a8d", "\u30ed\u30b0 \u30b0 a \u8a8d");
    expect_tokens("\u8a8d\u3001\u8a3c\u3000\u5931", "\u8a8d \u8a3c \u5931");
    expect_tokens("x\U0001f600\U0001f601y", "x \U0001f600\U0001f601 \U0001f601 y");
    /* Half-width letters come out as the fold makes them; side by side they are a pair. */
    expect_tokens("\uc2e4\ud328\u2014a", "\uc2e4\ud328 \ud328 a");
}

static void ill_formed_bytes_divide(void)
{
    expect_tokens("ab\xff"
                  "cd",
                  "ab cd");
    Token token;
    TokenWalk walk = token_walk(SLICE("\xe3\x81"
                                      "ab\xc3"));
    expect(token_next(&walk, &token));
    expect(token.torn_before && token.torn_after && !token.first && !token.last);
    expect(!token_next(&walk, &token));
}

static void long_words_have_pieces(void)
{
    static char word[800];
    memset(word, 'w', sizeof word);
    for (size_t len = 1; len <= sizeof word; len++) {
        size_t position = 0, end = 0, count = 0;
        Slice piece, last = {0};
        while (token_next_piece(slice_of(word, len), &position, &piece)) {
            expect(piece.ptr == word + count * TOKEN_STEP_BYTES);
            end = (size_t)(piece.ptr - word) + piece.len;
            last = piece;
            count++;
        }
        expect_int(end, len);
        expect(count == 1 || last.len >= TOKEN_WINDOW_BYTES);
        expect(count == 1 ? len <= TOKEN_BYTES_MAX : len > TOKEN_BYTES_MAX);
    }
}

static void classes(void)
{
    uint64_t number = 0;
    expect_int(token_class(SLICE("mimikatz"), &number), TOKEN_TEXT);
    expect_int(token_class(SLICE("4624"), &number), TOKEN_TEXT);
    expect_int(token_class(SLICE("765786"), &number), TOKEN_NUMBER);
    expect_int(number, 765786);
    expect_int(token_class(SLICE("0765786"), &number), TOKEN_TEXT);
    expect_int(token_class(SLICE("00765786"), &number), TOKEN_RANDOM);
    expect_int(token_class(SLICE("999999999999999999"), &number), TOKEN_NUMBER);
    expect_int(number, 999999999999999999);
    expect_int(token_class(SLICE("1000000000000000000"), &number), TOKEN_RANDOM);
    expect_int(token_class(SLICE("54b49625"), &number), TOKEN_RANDOM);
    expect_int(token_class(SLICE("54b4962"), &number), TOKEN_TEXT);
    expect_int(token_class(SLICE("deadbeef"), &number), TOKEN_TEXT);
    expect_int(token_class(SLICE("0x3e7"), &number), TOKEN_TEXT);
    expect_int(token_class(SLICE("0x7ff812"), &number), TOKEN_RANDOM);
    expect_int(token_class(SLICE("0x7ff8zz"), &number), TOKEN_TEXT);
    expect(token_random_may_hold(SLICE("beef"), true));
    expect(token_random_may_hold(SLICE("0x"), true));
    expect(token_random_may_hold(SLICE("x7f"), false));
    expect(!token_random_may_hold(SLICE("x7f"), true));
    expect(!token_random_may_hold(SLICE("login"), false));
}

static void samples(void)
{
    Slice word = SLICE("6a5b3c4d1e2f60718293a4b5c6d7e8f9006a5b3c4d1e2f6071829a");
    uint64_t all[TOKEN_BYTES_MAX], some[TOKEN_BYTES_MAX];
    size_t all_count = token_sample_hashes(9, word, all);
    expect(all_count > 0 && all_count < word.len / 4);
    expect_int(token_sample_hashes(9, slice_first(word, TOKEN_SAMPLED_BYTES - 1), some), 0);
    for (size_t start = 0; start + TOKEN_SAMPLED_BYTES <= word.len; start++) {
        for (size_t len = TOKEN_SAMPLED_BYTES; start + len <= word.len; len++) {
            size_t count = token_sample_hashes(9, slice_of(word.ptr + start, len), some);
            expect(count > 0);
            for (size_t i = 0; i < count; i++) {
                size_t at = 0;
                while (at < all_count && all[at] != some[i]) {
                    at++;
                }
                expect(at < all_count);
            }
        }
    }
}

/* ---- small indexes */

typedef struct Made {
    Buf bytes;
    TokenIndex *index;
    IndexParts parts;
} Made;

static void made_done(Made *made)
{
    index_close(made->index);
    buf_done(&made->bytes);
}

/* Values one a block. */
static bool make(Made *made, const char *const *values, uint32_t count)
{
    IndexBuilder *builder = index_builder_new(0, 7);
    if (!expect(builder != NULL)) return false;
    for (uint32_t i = 0; i < count; i++) {
        expect_ok(index_builder_add(builder, i, slice_from_cstr(values[i])));
    }
    bool made_it = expect_ok(index_builder_finish(builder, count, &made->bytes, &made->parts)) &&
                   expect_ok(index_open(buf_slice(&made->bytes), NULL, &made->index));
    index_builder_free(builder);
    return made_it;
}

/* The blocks named, as a number in binary. */
static uint64_t blocks_of(TokenIndex *index, const char *text, unsigned edges)
{
    BlockSet found = {0};
    expect_ok(index_find_text(index, slice_from_cstr(text), edges, &found));
    return found.words[0];
}

static void answers(void)
{
    static const char *const values[] = {
        "Failed login for tanaka",
        "login ok, key 54849625-5478-4994-A5BA-3E3B0328C30D",
        "record 765786 by tanaka_taro",
        "\u30e6\u30fc\u30b6\u30fc\u8a8d\u8a3c\u306b\u5931\u6557\u3057\u307e\u3057\u305f",
        "",
    };
    Made made CLEANUP(made_done) = {0};
    if (!make(&made, values, 5)) return;
    expect_int(index_block_count(made.index), 5);
    expect_int(blocks_of(made.index, "LOGIN", INDEX_WHOLE), 3);
    expect_int(blocks_of(made.index, "failed login", INDEX_WHOLE), 1);
    expect_int(blocks_of(made.index, "tanaka", INDEX_WHOLE), 1);
    expect_int(blocks_of(made.index, "tanaka", INDEX_OPEN_RIGHT), 5);
    expect_int(blocks_of(made.index, "taro", INDEX_WHOLE), 0);
    expect_int(blocks_of(made.index, "taro", INDEX_OPEN_LEFT), 4);
    expect_int(blocks_of(made.index, "ka_ta", INDEX_INSIDE), 4);
    expect_int(blocks_of(made.index, "765786", INDEX_WHOLE), 4);
    expect_int(blocks_of(made.index, "7657", INDEX_WHOLE), 0);
    /* The second block has hexadecimal words, which may hold these digits. */
    expect_int(blocks_of(made.index, "7657", INDEX_OPEN_RIGHT), 6);
    expect_int(blocks_of(made.index, "5786", INDEX_OPEN_LEFT), 6);
    expect_int(blocks_of(made.index, "3e3b0328c30d", INDEX_WHOLE), 2);
    expect_int(blocks_of(made.index, "3e3b", INDEX_OPEN_RIGHT), 2);
    expect_int(blocks_of(made.index, "3e3b0328", INDEX_OPEN_RIGHT), 2);
    expect_int(blocks_of(made.index, "3e3b0329", INDEX_OPEN_RIGHT), 0);
    expect_int(blocks_of(made.index, "\u8a8d\u8a3c", INDEX_WHOLE), 8);
    expect_int(blocks_of(made.index, "\u8a3c", INDEX_INSIDE), 8);
    expect_int(blocks_of(made.index, "\u305f", INDEX_INSIDE), 8);
    expect_int(blocks_of(made.index, "\u8a3c\u8a8d", INDEX_INSIDE), 0);
    expect_int(blocks_of(made.index, "...", INDEX_INSIDE), 31);
    expect_int(blocks_of(made.index, "", INDEX_WHOLE), 31);
}

static void nothing_in_it(void)
{
    Made made CLEANUP(made_done) = {0};
    if (!make(&made, NULL, 0)) return;
    expect_int(index_block_count(made.index), 0);
    expect_int(blocks_of(made.index, "a", INDEX_WHOLE), 0);
    expect_int(blocks_of(made.index, "12345*", INDEX_INSIDE), 0);
}

static void block_numbers(void)
{
    IndexBuilder *builder = index_builder_new(0, 7);
    if (!expect(builder != NULL)) return;
    expect_ok(index_builder_add(builder, 5, SLICE("a")));
    expect_int(index_builder_add(builder, 4, SLICE("a")), -EINVAL);
    expect_int(index_builder_add(builder, BLOCK_SET_BLOCKS_MAX, SLICE("a")), -EINVAL);
    expect_ok(index_builder_add(builder, 5, SLICE("a b")));
    Buf bytes = {0};
    expect_int(index_builder_finish(builder, 5, &bytes, NULL), -EINVAL);
    expect_ok(index_builder_finish(builder, 9, &bytes, NULL));
    index_builder_free(builder);
    TokenIndex *index;
    if (expect_ok(index_open(buf_slice(&bytes), NULL, &index))) {
        expect_int(index_block_count(index), 9);
        expect_int(blocks_of(index, "b", INDEX_WHOLE), 32);
        index_close(index);
    }
    buf_done(&bytes);
}

/* ---- against a search of all values */

static uint64_t random_state;

static uint32_t random_below(uint32_t end)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % end);
}

static void add_characters(Buf *to, const char *const *from, uint32_t kinds, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_add_cstr(to, from[random_below(kinds)]);
    }
}

static void add_hex(Buf *to, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_add_char(to, "0123456789abcdefABCDEF"[random_below(22)]);
    }
}

/* One piece of a made-up value. */
static void add_piece(Buf *to)
{
    static const char *const common[] = {
        "login", "Failed", "user", "C:\\Windows", "svchost.exe", "tanaka",     "error", "dead",
        "0x3e7", "4624",   "GET",  "Process",     "ab_cd_",      "na\u00efve", "beef"};
    static const char *const signs[] = {
        "\u8a8d", "\u8a3c", "\u30ed",     "\u30b0",     "\u30fc", "\u305f", "\uff76",
        "\uff9e", "\u3001", "\U0001f600", "\U00020b9f", "\ud328", "\u30d1", "\u5931",
        "\uff71", "\uff8a", "\uff9f",     "\u6557",     "\u306b", "\u3057", "\u3099"};
    static const char *const letters[] = {"a", "B",      "e",      "1",      "0",      "_", "z",
                                          "Q", "\uff21", "\u0416", "\u00e9", "\uff3f", "k"};
    static const char *const rest[] = {" ",        "-",      ".",    "\\", "\xff",
                                       "\xe3\x81", "\u3000", "\xc3", ""};
    switch (random_below(10)) {
    case 0:
    case 1: buf_add_cstr(to, common[random_below(ARRAY_COUNT(common))]); break;
    case 2: add_characters(to, signs, ARRAY_COUNT(signs), 1 + random_below(8)); break;
    case 3: add_characters(to, letters, ARRAY_COUNT(letters), 1 + random_below(9)); break;
    case 4: add_hex(to, 1 + random_below(40)); break;
    case 5: buf_add_u64(to, random_below(1000000)); break;
    case 6: buf_add_u64(to, (uint64_t)random_below(1u << 31) * random_below(1u << 31)); break;
    case 7:
        buf_add_cstr(to, "0x");
        add_hex(to, 1 + random_below(16));
        break;
    case 8:
        if (random_below(4) == 0) {
            add_characters(to, letters, ARRAY_COUNT(letters), random_below(500));
        }
        break;
    default: break;
    }
    buf_add_cstr(to, rest[random_below(ARRAY_COUNT(rest))]);
}

enum { BLOCKS = 40, VALUES = 12 };

typedef struct Shelf {
    Buf values[BLOCKS * VALUES];
} Shelf;

static void fill(Shelf *shelf)
{
    for (int i = 0; i < BLOCKS * VALUES; i++) {
        buf_clear(&shelf->values[i]);
        for (uint32_t piece = random_below(9); piece > 0; piece--) {
            add_piece(&shelf->values[i]);
        }
    }
}

static bool make_shelf(Made *made, const Shelf *shelf, size_t bytes_max)
{
    IndexBuilder *builder = index_builder_new(bytes_max, random_state);
    if (!expect(builder != NULL)) return false;
    for (uint32_t i = 0; i < BLOCKS * VALUES; i++) {
        expect_ok(index_builder_add(builder, i / VALUES, buf_slice(&shelf->values[i])));
    }
    bool made_it = expect_ok(index_builder_finish(builder, BLOCKS, &made->bytes, &made->parts)) &&
                   expect_ok(index_open(buf_slice(&made->bytes), NULL, &made->index));
    index_builder_free(builder);
    return made_it;
}

/* A text to ask for: a piece of a value cut anywhere, or something made up. */
static void make_question(Buf *to, const Shelf *shelf)
{
    buf_clear(to);
    Slice value = buf_slice(&shelf->values[random_below(BLOCKS * VALUES)]);
    uint32_t kind = random_below(8);
    if (kind == 0 || value.len == 0) {
        add_piece(to);
        return;
    }
    size_t start = random_below((uint32_t)value.len);
    size_t len = 1 + random_below(kind < 5 ? 8 : kind < 7 ? 24 : 400);
    buf_add_slice(to, slice_first(slice_skip(value, start), len));
}

typedef struct Tally {
    uint64_t held, named, missed, questions;
} Tally;

static bool held_by(const Shelf *shelf, uint32_t block, Slice needle, bool as_words)
{
    for (uint32_t i = block * VALUES; i < (block + 1) * VALUES; i++) {
        Slice value = buf_slice(&shelf->values[i]);
        if (as_words ? fold_contains_words(value, needle) : fold_contains(value, needle)) {
            return true;
        }
    }
    return false;
}

static void judge(TokenIndex *index, const Shelf *shelf, Slice text, bool as_words, Tally *tally)
{
    char folded[1024];
    Slice needle = slice_of(folded, fold_text(folded, text));
    BlockSet found = {0};
    if (!expect_ok(index_find_text(index, text, as_words ? INDEX_WHOLE : INDEX_INSIDE, &found))) {
        return;
    }
    tally->questions++;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        bool holds = held_by(shelf, block, needle, as_words);
        bool named = block_set_has(&found, block);
        tally->held += holds;
        tally->named += named;
        if (!holds || named) continue;
        tally->missed++;
        tap_fail(__FILE__, __LINE__, "block %u holds, but is not named: \"%.*s\"", block,
                 SLICE_FMT(text));
    }
}

static void nothing_is_missed(void)
{
    static Shelf shelf;
    Buf text = {0};
    Tally inside = {0}, whole = {0};
    for (uint64_t round = 0; round < 12 && tap_failures() < 10; round++) {
        random_state = round * 77 + 1;
        fill(&shelf);
        Made made CLEANUP(made_done) = {0};
        if (!make_shelf(&made, &shelf, 0)) break;
        expect_int(made.parts.loose_count + made.parts.open_count, 0);
        for (int i = 0; i < 150 && tap_failures() < 10; i++) {
            make_question(&text, &shelf);
            judge(made.index, &shelf, buf_slice(&text), false, &inside);
            judge(made.index, &shelf, buf_slice(&text), true, &whole);
        }
    }
    for (int i = 0; i < BLOCKS * VALUES; i++) {
        buf_done(&shelf.values[i]);
    }
    buf_done(&text);
    expect_int(inside.missed + whole.missed, 0);
    expect(inside.held > 1000 && whole.held > 1000);
    tap_note("parts: %llu questions, blocks %llu held, %llu named",
             (unsigned long long)inside.questions, (unsigned long long)inside.held,
             (unsigned long long)inside.named);
    tap_note("words: %llu questions, blocks %llu held, %llu named",
             (unsigned long long)whole.questions, (unsigned long long)whole.held,
             (unsigned long long)whole.named);
}

/* Rare words: each in one block of 40, among many others. */
static void rare_words_are_seldom_named_in_vain(void)
{
    IndexBuilder *builder = index_builder_new((size_t)16 << 20, 99);
    Made made CLEANUP(made_done) = {0};
    if (!expect(builder != NULL)) return;
    char text[64];
    enum { RARE = 4000 };
    for (unsigned i = 0; i < RARE; i++) {
        int len = snprintf(text, sizeof text, "word%u %08xa%07x", i, i * 2654435761u, i);
        expect_ok(index_builder_add(builder, i / (RARE / BLOCKS), slice_of(text, (size_t)len)));
    }
    expect_ok(index_builder_finish(builder, BLOCKS, &made.bytes, &made.parts));
    index_builder_free(builder);
    if (!expect_ok(index_open(buf_slice(&made.bytes), NULL, &made.index))) return;
    uint64_t named_words = 0, named_random = 0, named_absent = 0;
    for (unsigned i = 0; i < RARE; i++) {
        BlockSet found = {0};
        int len = snprintf(text, sizeof text, "word%u", i);
        expect_ok(index_find_word(made.index, slice_of(text, (size_t)len), &found));
        named_words += block_set_size(&found);
        len = snprintf(text, sizeof text, "%08xa%07x", i * 2654435761u, i);
        expect_ok(index_find_word(made.index, slice_of(text, (size_t)len), &found));
        expect(block_set_has(&found, i / (RARE / BLOCKS)));
        named_random += block_set_size(&found);
        len = snprintf(text, sizeof text, "%08xb%07x", i * 2654435761u, i);
        expect_ok(index_find_word(made.index, slice_of(text, (size_t)len), &found));
        named_absent += block_set_size(&found);
    }
    expect_int(named_words, RARE);
    expect(named_random < RARE + 40);
    expect(named_absent < 40);
    tap_note("of %d rare words in vain: %llu; of as many fingerprints %llu; absent ones %llu", RARE,
             (unsigned long long)(named_words - RARE), (unsigned long long)(named_random - RARE),
             (unsigned long long)named_absent);
}

/* ---- little memory */

static void little_memory(void)
{
    IndexBuilder *builder = index_builder_new(INDEX_BUILDER_BYTES_MIN, 3);
    Made made CLEANUP(made_done) = {0};
    if (!expect(builder != NULL)) return;
    char text[64];
    enum { EACH = 20000 };
    for (unsigned i = 0; i < 8 * EACH; i++) {
        int len = snprintf(text, sizeof text, "w%ux", i);
        expect_ok(index_builder_add(builder, i / EACH, slice_of(text, (size_t)len)));
    }
    expect_ok(index_builder_finish(builder, 8, &made.bytes, &made.parts));
    index_builder_free(builder);
    expect(made.parts.peak_bytes <= INDEX_BUILDER_BYTES_MIN);
    expect(made.parts.loose_count > 0 && made.parts.open_count > 0);
    if (!expect_ok(index_open(buf_slice(&made.bytes), NULL, &made.index))) return;
    for (unsigned i = 0; i < 8 * EACH; i += 97) {
        BlockSet found = {0};
        int len = snprintf(text, sizeof text, "w%ux", i);
        expect_ok(index_find_word(made.index, slice_of(text, (size_t)len), &found));
        expect(block_set_has(&found, i / EACH));
        expect_ok(index_find_substring(made.index, slice_of(text + 1, (size_t)len - 1), &found));
        expect(block_set_has(&found, i / EACH));
        expect_ok(index_find_prefix(made.index, slice_of(text, (size_t)len - 1), &found));
        expect(block_set_has(&found, i / EACH));
    }
    BlockSet found = {0};
    expect_ok(index_find_word(made.index, SLICE("absent"), &found));
    expect_int(block_set_size(&found), made.parts.open_count);
    expect_ok(index_find_prefix(made.index, SLICE("absent"), &found));
    expect_int(block_set_size(&found), made.parts.loose_count);
}

/* ---- pieces one by one */

typedef struct Store {
    Slice bytes;
    unsigned gets;
    char copy[1 << 16];
} Store;

static int get(void *context, uint32_t number, IndexPiece piece, Slice *ret)
{
    Store *store = context;
    (void)number;
    store->gets++;
    if (piece.bytes > sizeof store->copy) return -EIO;
    memcpy(store->copy, store->bytes.ptr + piece.offset, piece.bytes);
    *ret = slice_of(store->copy, piece.bytes);
    return 0;
}

static void pieces_come_one_by_one(void)
{
    static Shelf shelf;
    static Store store;
    random_state = 5;
    fill(&shelf);
    Made made CLEANUP(made_done) = {0};
    if (!make_shelf(&made, &shelf, 0)) return;
    uint64_t end = 0;
    for (uint32_t i = 0; i < index_piece_count(made.index); i++) {
        expect_int(index_piece(made.index, i).offset, end);
        end += index_piece(made.index, i).bytes;
    }
    expect_int(end, made.bytes.len);
    store.bytes = buf_slice(&made.bytes);
    Slice head = slice_first(store.bytes, index_piece(made.index, 0).bytes);
    TokenIndex *index;
    IndexSource source = {get, &store};
    if (!expect_ok(index_open(head, &source, &index))) return;
    expect_int(blocks_of(index, "login", INDEX_WHOLE), blocks_of(made.index, "login", INDEX_WHOLE));
    expect(store.gets > 0 && store.gets <= 3);
    expect_int(blocks_of(index, "og", INDEX_INSIDE), blocks_of(made.index, "og", INDEX_INSIDE));
    index_close(index);
    for (int i = 0; i < BLOCKS * VALUES; i++) {
        buf_done(&shelf.values[i]);
    }
}

/* ---- damage */

static void ask_all(Slice bytes)
{
    static const char *const texts[] = {"login", "tan",          "12345",    "765",
                                        "0x3e7", "\u8a8d\u8a3c", "54b49625", "failed login tanaka"};
    TokenIndex *index;
    if (index_open(bytes, NULL, &index) < 0) return;
    for (size_t i = 0; i < ARRAY_COUNT(texts) * 2; i++) {
        BlockSet found;
        unsigned edges = i & 1 ? INDEX_WHOLE : INDEX_INSIDE;
        int r = index_find_text(index, slice_from_cstr(texts[i / 2]), edges, &found);
        if (r < 0) {
            expect_int(r, -EBADMSG);
        } else {
            expect(block_set_size(&found) <= index_block_count(index));
        }
    }
    index_close(index);
}

static void damaged_bytes_do_no_harm(void)
{
    static Shelf shelf;
    random_state = 11;
    fill(&shelf);
    Made made CLEANUP(made_done) = {0};
    if (!make_shelf(&made, &shelf, 0)) return;
    TokenIndex *index;
    for (size_t len = 0; len < made.bytes.len; len += 1 + len / 64) {
        expect_int(index_open(slice_first(buf_slice(&made.bytes), len), NULL, &index), -EBADMSG);
    }
    /* All of the head; of the rest one byte in three. */
    size_t head = index_piece(made.index, 0).bytes;
    for (size_t i = 0; i < made.bytes.len; i += i < head ? 1 : 3) {
        char flip = (char)(1 << (i * 3 & 7));
        made.bytes.ptr[i] ^= flip;
        ask_all(buf_slice(&made.bytes));
        made.bytes.ptr[i] ^= flip;
    }
    for (int i = 0; i < BLOCKS * VALUES; i++) {
        buf_done(&shelf.values[i]);
    }
}

/* ---- long texts */

static void long_texts(void)
{
    enum { LEN = 300000 };
    char *value = malloc(LEN);
    if (!expect(value != NULL)) return;
    for (int i = 0; i < LEN; i++) {
        value[i] = i % 7 == 6 && i < LEN / 2 ? ' ' : "abcdefghij"[i * 7 / 3 % 10];
    }
    memcpy(value + 65530, " needle_over_the_edge ", 22);
    memcpy(value + LEN - 100, "needle_in_a_long_word", 21);
    IndexBuilder *builder = index_builder_new((size_t)8 << 20, 3);
    Made made CLEANUP(made_done) = {0};
    expect_ok(index_builder_add(builder, 0, slice_of(value, LEN)));
    expect_ok(index_builder_add(builder, 1, slice_of(value, 65530)));
    expect_ok(index_builder_finish(builder, 2, &made.bytes, NULL));
    index_builder_free(builder);
    if (expect_ok(index_open(buf_slice(&made.bytes), NULL, &made.index))) {
        expect_int(blocks_of(made.index, "needle_over_the_edge", INDEX_WHOLE), 1);
        expect_int(blocks_of(made.index, "needle_in_a_long_word", INDEX_INSIDE), 1);
        BlockSet found = {0};
        expect_ok(index_find_text(made.index, slice_of(value, 60000), INDEX_INSIDE, &found));
        expect_int(block_set_size(&found), 2);
        expect_ok(
            index_find_text(made.index, slice_of(value + LEN - 5000, 4000), INDEX_INSIDE, &found));
        expect(block_set_has(&found, 0) && !block_set_has(&found, 1));
    }
    free(value);
}

/* Where a long question is cut, the last character must not count: a mark behind it may be lost. */
static void cut_in_kana(void)
{
    for (size_t blanks = 4080; blanks < 4100; blanks++) {
        Buf value = {0};
        for (size_t i = 0; i < blanks; i++) {
            buf_add_char(&value, '.');
        }
        buf_add_cstr(&value, "\u8a8d\uff76\uff9ebc");
        buf_add_char(&value, '\0');
        const char *const values[] = {value.ptr};
        Made made CLEANUP(made_done) = {0};
        if (value.ptr && make(&made, values, 1)) {
            expect_int(blocks_of(made.index, value.ptr, INDEX_INSIDE), 1);
        }
        buf_done(&value);
    }
}

static const TapTest tests[] = {
    TAP_TEST(words),
    TAP_TEST(signs),
    TAP_TEST(ill_formed_bytes_divide),
    TAP_TEST(long_words_have_pieces),
    TAP_TEST(classes),
    TAP_TEST(samples),
    TAP_TEST(answers),
    TAP_TEST(nothing_in_it),
    TAP_TEST(block_numbers),
    TAP_TEST(nothing_is_missed),
    TAP_TEST(rare_words_are_seldom_named_in_vain),
    TAP_TEST(little_memory),
    TAP_TEST(pieces_come_one_by_one),
    TAP_TEST(damaged_bytes_do_no_harm),
    TAP_TEST(long_texts),
    TAP_TEST(cut_in_kana),
};
TAP_MAIN(tests)
