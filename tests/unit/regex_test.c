/* base/regex.h: what matches, what is refused and where; against the C library's regcomp on
 * random patterns; and that no pattern makes it slow. */
#include "tests/support/tap.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/regex_int.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct Case {
    const char *pattern, *text;
    bool matches;
} Case;

/* A text in two pieces, cut between characters of ASCII, is the same text. */
static void follow_pieces(const Regex *regex, Slice pattern, Slice text, bool matches)
{
    for (size_t at = 0; regex_can_follow(regex) && at <= text.len && at < 64; at++) {
        Slice rest = slice_skip(text, at);
        if (at > 0 && (unsigned char)text.ptr[at - 1] & 0x80) continue;
        if (rest.len > 0 && (unsigned char)rest.ptr[0] & 0x80) continue;
        uint16_t state = regex_follow(regex, REGEX_BEGIN, slice_first(text, at));
        state = regex_follow(regex, state, rest);
        if (regex_ends(regex, state) != matches)
            tap_fail(__FILE__, __LINE__, "%.*s: in pieces it differs on %.*s at %zu",
                     SLICE_FMT(pattern), SLICE_FMT(text), at);
    }
}

/* Both ways of matching must agree; the literal must be in every text that matches. */
static int match_both(Slice pattern, Slice text)
{
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    Regex *regex;
    size_t where;
    int r = regex_make(pattern, &arena, &regex, &where, &complaint);
    if (r == 0) {
        Regex program = *regex;
        program.table = NULL;
        r = regex_matches(regex, text);
        if (regex_matches(&program, text) != r) {
            tap_fail(__FILE__, __LINE__, "%.*s: table and program differ on %.*s",
                     SLICE_FMT(pattern), SLICE_FMT(text));
        }
        if (text.len < 1024) follow_pieces(regex, pattern, text, r == 1);
        program.literal = (Slice){0};
        if (regex_matches(&program, text) != r) {
            tap_fail(__FILE__, __LINE__, "%.*s: the literal hides %.*s", SLICE_FMT(pattern),
                     SLICE_FMT(text));
        }
    }
    arena_done(&arena);
    return r;
}

static void patterns_match(void)
{
    static const Case cases[] = {
        {"fail(ed|ure)", "Logon FAILURE", true},
        {"fail(ed|ure)", "failing", false},
        {"^abc$", "abc", true},
        {"^abc$", "abcd", false},
        {"^abc$", "xabc", false},
        {"a.c", "a\nc", false},
        {"a.c", "a認c", true},
        {"a..c", "a認c", false},
        {"a[^b]c", "a\nc", true},
        {"ａ.c", "AXC", true},
        {"認証.{2}失敗", "ユーザー認証に、失敗しました", true},
        {"ログオン", "ﾛｸﾞｵﾝ", true},
        {"が$", "か\u3099", true},
        {"[ァ-ヶ]+$", "ﾛｸﾞｵﾝ", true},
        {"[ぁ-ん]", "ログオン", false},
        {"\\d{3}-\\d{4}", "tel 123-4567", true},
        {"\\d{3}-\\d{4}", "tel 12-34567", false},
        {"\\bcat\\b", "the cat sat", true},
        {"\\bcat\\b", "concatenate", false},
        {"\\bcat\\b", "猫cat", false},
        {"\\Bcat", "concat", true},
        {"\\w+@\\w+\\.com", "to tanaka@example.com now", true},
        {"\\W", "abc_認", false},
        {"\\s", "a\tb", true},
        {"\\S", " \t\n", false},
        {"[\\d,]+x", "1,2,3x", true},
        {"[]a]b", "]b", true},
        {"[^]a]b", "]b", false},
        {"[a-]", "-", true},
        {"x{2,3}y", "xy", false},
        {"x{2,3}y", "xxxxy", true},
        {"^x{2,3}y", "xxxxy", false},
        {"^x{2,}y", "xxxxy", true},
        {"{5}", "{5}", true},
        {"a{x", "a{x", true},
        {"\\x41\\x{8a8d}", "a認", true},
        {"(?i)ABC", "abc", true},
        {"(?-i)ABC", "abc", false},
        {"(?-i)ABC", "xABC", true},
        {"(?-i)[A-Z]{3}", "ＡＢＣ", true},
        {"a??b", "b", true},
        {"a|b|", "", true},
        {"", "", true},
        {"(?:ab)+c", "ababc", true},
        {"(a*)*b", "aaab", true},
        {"(^|x)a", "ba", false},
        {"(^|x)a", "a", true},
        {"a$|b", "ab", true},
        {"\\Aab\\z", "ab", true},
        {".\\x{fffd}.",
         "a\xff"
         "b",
         true},
        {"ÀÉ", "àé", true},
        {"[À-Ý]", "é", true},
        {"Д", "д", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int got = match_both(slice_from_cstr(cases[i].pattern), slice_from_cstr(cases[i].text));
        if (got != cases[i].matches) {
            tap_fail(__FILE__, __LINE__, "%s on %s: %d", cases[i].pattern, cases[i].text, got);
        }
    }
}

static void what_cannot_be_done_is_refused_with_its_place(void)
{
    static const struct {
        const char *pattern;
        const char *id;
        size_t where;
    } refusals[] = {
        {"a(?=b)", "regex.group", 1},
        {"a(?<n>b)", "regex.group", 1},
        {"a(?i)b", "regex.group", 1},
        {"(a)\\1", "regex.escape", 3},
        {"\\p{Han}", "regex.escape", 0},
        {"ab\\", "regex.escape", 2},
        {"a\\x{110000}", "regex.escape", 1},
        {"\\xZ1", "regex.escape", 0},
        {"(a", "regex.unclosed_group", 0},
        {"a)", "regex.stray_group", 1},
        {"[a", "regex.set", 0},
        {"x[z-a]", "regex.set", 1},
        {"*a", "regex.quantifier", 0},
        {"a|+", "regex.quantifier", 2},
        {"a{3,2}", "regex.quantifier", 1},
        {"a{1001}", "regex.quantifier", 1},
        {"a{0}", "regex.quantifier", 1},
        {"(a{100}){100}", "regex.too_large", 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        Arena arena = arena_make(0);
        Complaint complaint = {0};
        Regex *regex = NULL;
        size_t where = 99;
        int r =
            regex_make(slice_from_cstr(refusals[i].pattern), &arena, &regex, &where, &complaint);
        if (r != -EINVAL || regex || strcmp(complaint.id, refusals[i].id) != 0 ||
            where != refusals[i].where) {
            tap_fail(__FILE__, __LINE__, "%s: %d %s at %zu", refusals[i].pattern, r,
                     complaint.id ? complaint.id : "", where);
        }
        arena_done(&arena);
    }
}

/* --- against the C library -------------------------------------------------------------------- */

static uint64_t random_state;

static unsigned any(unsigned below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}

static void add_pattern(Buf *to, unsigned depth)
{
    static const char *const atoms[] = {"a", "b", "B", "c", ".", "[ab]", "[^a]", "[a-c]"};
    static const char *const repeats[] = {"*", "+", "?", "{2}", "{1,3}", "{2,}"};
    unsigned pieces = 1 + any(3);
    for (unsigned i = 0; i < pieces; i++) {
        if (depth > 0 && any(3) == 0) {
            buf_add_char(to, '(');
            add_pattern(to, depth - 1);
            if (any(2)) {
                buf_add_char(to, '|');
                add_pattern(to, depth - 1);
            }
            buf_add_char(to, ')');
        } else {
            buf_add_cstr(to, atoms[any(ARRAY_COUNT(atoms))]);
        }
        if (any(3) == 0) buf_add_cstr(to, repeats[any(ARRAY_COUNT(repeats))]);
    }
}

static void agrees_with_the_c_library(void)
{
    uint64_t matched = 0, asked = 0;
    random_state = 20261120;
    for (unsigned round = 0; round < 1500 && tap_failures() == 0; round++) {
        CLEANUP(buf_done) Buf pattern = {0};
        regex_t other;
        if (any(5) == 0) buf_add_char(&pattern, '^');
        add_pattern(&pattern, 2);
        if (any(5) == 0) buf_add_char(&pattern, '$');
        buf_add_char(&pattern, '\0');
        CHECK(regcomp(&other, pattern.ptr, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0);
        for (unsigned i = 0; i < 12; i++) {
            char text[16];
            unsigned len = any(12);
            for (unsigned k = 0; k < len; k++) {
                text[k] = "abcABx"[any(6)];
            }
            text[len] = '\0';
            bool want = regexec(&other, text, 0, NULL, 0) == 0;
            int got = match_both(slice_of(pattern.ptr, pattern.len - 1), slice_from_cstr(text));
            if (got != want) tap_fail(__FILE__, __LINE__, "%s on %s: %d", pattern.ptr, text, got);
            matched += want;
            asked++;
        }
        regfree(&other);
    }
    expect(matched > asked / 10 && matched < asked / 10 * 9);
}

/* --- time ------------------------------------------------------------------------------------- */

static void no_pattern_is_slow(void)
{
    static const char *const patterns[] = {"(a*)*b",         "(a|a)*b",           "(a|aa)+$",
                                           "(a?){50}a{50}b", "(.*)(.*)(.*)(.*)x", "(a.{60}){4}b",
                                           "[ab].{200}c"};
    static char text[100000];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < ARRAY_COUNT(patterns); i++) {
        struct timespec before, after;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        int r = match_both(slice_from_cstr(patterns[i]), slice_of(text, sizeof text));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        double seconds =
            (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
        bool want = strcmp(patterns[i], "(a|aa)+$") == 0;
        if (r != want) tap_fail(__FILE__, __LINE__, "%s: %d", patterns[i], r);
        /* A backtracking matcher would need longer than the universe is old. */
        if (seconds > 20) tap_fail(__FILE__, __LINE__, "%s took %.1f s", patterns[i], seconds);
    }
}

static const TapTest tests[] = {
    TAP_TEST(patterns_match),
    TAP_TEST(what_cannot_be_done_is_refused_with_its_place),
    TAP_TEST(agrees_with_the_c_library),
    TAP_TEST(no_pattern_is_slow),
};
TAP_MAIN(tests)
