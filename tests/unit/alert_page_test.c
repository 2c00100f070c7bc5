/* alert/page: the alert page in its three forms, against golden files and with hostile texts.
 * AKASHI_ACCEPT=1 writes the golden files anew. */
#include "tests/support/alert_kit.h"
#include "tests/support/tap.h"

#include "alert/alert_words.h"
#include "alert/page.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define CONTACTS "情報システム 佐藤 内線 210\n保守会社 ㈱例システム 03-0000-0000（24時間）"

static Story vpn_story(Arena *arena)
{
    Story story = {.head = {.id = 12,
                            .level = FINDING_CRITICAL,
                            .first_ns = KIT_NOW_NS - 3600 * NS_PER_SECOND,
                            .last_ns = KIT_NOW_NS - 1200 * NS_PER_SECOND,
                            .opened_ns = KIT_NOW_NS,
                            .finding_count = 5}};
    AlertFinding findings[4];
    story.finding_count = kit_vpn_findings(findings, ARRAY_COUNT(findings));
    story.findings = ARENA_ARRAY(arena, StoryFinding, story.finding_count);
    for (size_t i = 0; i < story.finding_count; i++) {
        story.findings[i] = (StoryFinding){.count = i + 1,
                                           .first_ns = findings[i].time_ns,
                                           .last_ns = findings[i].time_ns,
                                           .finding = findings[i]};
    }
    story.findings[2].last_ns = story.head.last_ns;
    story.history = ARENA_ARRAY(arena, StoryHistory, 2);
    story.history[0] = (StoryHistory){.at_ns = KIT_NOW_NS, .act = STORY_ACT_OPENED};
    story.history[1] = (StoryHistory){.at_ns = KIT_NOW_NS + 300 * NS_PER_SECOND,
                                      .act = STORY_ACT_SEEN,
                                      .who = SLICE_INIT("佐藤"),
                                      .note = SLICE_INIT("本人に電話中")};
    story.history_count = 2;
    return story;
}

static const Page *make_page(const Story *story, Language language, Arena *arena)
{
    const PageOptions options = {.language = language,
                                 .zone_offset_seconds = KIT_ZONE_SECONDS,
                                 .now_ns = KIT_NOW_NS + 600 * NS_PER_SECOND,
                                 .contacts = SLICE_INIT(CONTACTS),
                                 .link = "https://akashi.example.com"};
    const Page *page = NULL;
    expect_ok(page_make(story, &options, arena, &page));
    return page;
}

static Slice read_file(const char *path, Arena *arena)
{
    Slice bytes = {0};
    int r = os_read_file(&os_real, path, 16 << 20, arena, &bytes);
    if (r < 0) tap_note("%s: %d", path, r);
    return bytes;
}

static void write_file(const char *path, Slice bytes)
{
    FILE *file = fopen(path, "wb");
    if (!expect(file != NULL)) return;
    expect(fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len);
    fclose(file);
}

static void expect_golden(const char *name, const Buf *got, Arena *arena)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/alerts/%s", tap_source_root(), name);
    if (getenv("AKASHI_ACCEPT")) write_file(path, buf_slice(got));
    expect_slice(buf_slice(got), read_file(path, arena));
}

static void the_page_is_as_agreed(void)
{
    static const char *const names[2][2] = {{"vpn.ja.html", "vpn.ja.txt"},
                                            {"vpn.en.html", "vpn.en.txt"}};
    for (Language language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
        CLEANUP(arena_done) Arena arena = {0};
        CLEANUP(buf_done) Buf html = {0};
        CLEANUP(buf_done) Buf text = {0};
        Story story = vpn_story(&arena);
        const Page *page = make_page(&story, language, &arena);
        page_add_html(&html, page);
        page_add_text(&text, page);
        expect_golden(names[language][0], &html, &arena);
        expect_golden(names[language][1], &text, &arena);
    }
}

/* AKASHI_PAGE_FOLDER keeps the files, to be looked at. */
static void paper_is_made_and_stays_the_same(void)
{
    for (Language language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
        CLEANUP(arena_done) Arena arena = {0};
        CLEANUP(buf_done) Buf first = {0};
        CLEANUP(buf_done) Buf second = {0};
        Story story = vpn_story(&arena);
        const Page *page = make_page(&story, language, &arena);
        expect_ok(page_add_pdf(&first, page));
        expect_ok(page_add_pdf(&second, page));
        expect(slice_starts(buf_slice(&first), SLICE("%PDF-1.5")));
        expect_slice(buf_slice(&first), buf_slice(&second));
        expect(first.len > 10000 && first.len < 400000);
        const char *folder = getenv("AKASHI_PAGE_FOLDER");
        if (!folder) continue;
        char path[1024];
        snprintf(path, sizeof path, "%s/page.%s.pdf", folder, language ? "en" : "ja");
        write_file(path, buf_slice(&first));
    }
}

static size_t count_of(Slice text, const char *what)
{
    size_t count = 0, at;
    Slice needle = slice_from_cstr(what);
    while ((at = slice_find(text, needle)) != SLICE_NOT_FOUND) {
        count++;
        text = slice_skip(text, at + needle.len);
    }
    return count;
}

static void hostile_texts_stay_texts(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf html = {0};
    CLEANUP(buf_done) Buf text = {0};
    CLEANUP(buf_done) Buf pdf = {0};
    StoryFinding finding = {.count = 1, .finding = kit_hostile_finding()};
    Story story = {.head = {.id = 1, .level = FINDING_CRITICAL, .finding_count = 1},
                   .findings = &finding,
                   .finding_count = 1};
    const Page *page = make_page(&story, LANGUAGE_JA, &arena);
    page_add_html(&html, page);
    page_add_text(&text, page);
    expect_ok(page_add_pdf(&pdf, page));
    Slice made = buf_slice(&html);
    expect(utf8_is_valid(made) && utf8_is_valid(buf_slice(&text)));
    expect_int(count_of(made, "<script"), 0);
    expect_int(count_of(made, "onload='"), 0);
    expect(count_of(made, "&lt;script&gt;") > 3);
    expect_int(count_of(made, "\x1b") + count_of(made, "\r"), 0);
    expect_int(count_of(made, "\xe2\x80\xae"), 0);
    expect_int(count_of(buf_slice(&text), "\x1b") + count_of(buf_slice(&text), "\r"), 0);
    expect_int(count_of(buf_slice(&text), "\xe2\x80\xae"), 0);
    expect_int(count_of(buf_slice(&text), "\nBcc:"), 0);
    /* {id} of a log is not filled in as if it were ours. */
    expect(count_of(buf_slice(&text), "{id}") > 0);
}

static void every_sentence_names_a_record_that_is_there(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Story story = vpn_story(&arena);
    const Page *page = make_page(&story, LANGUAGE_JA, &arena);
    static const PagePart told[] = {PAGE_FACTS, PAGE_HAPPENED, PAGE_WHY};
    for (size_t i = 0; i < ARRAY_COUNT(told); i++) {
        const PageSection *section = &page->parts[told[i]];
        expect(section->count > 0);
        for (size_t k = 0; k < section->count; k++) {
            const PageLine *line = &section->lines[k];
            expect(line->ref_count > 0);
            for (size_t n = 0; n < line->ref_count; n++)
                expect(line->refs[n] >= 1 && line->refs[n] <= page->evidence_count);
        }
    }
    expect_int(page->evidence_count, 4);
    expect(page->phases[PHASE_INTRUSION] && page->phases[PHASE_THEFT] &&
           !page->phases[PHASE_SPREAD]);
}

/* A rule of the public collection has a title and nothing else. */
static void a_rule_without_words_of_ours_is_still_told(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    for (AttackPhase phase = PHASE_NONE; phase < PHASE_COUNT; phase++) {
        StoryFinding finding = {
            .count = 3,
            .finding = {.rule = SLICE_INIT("x"), .phase = phase, .time_ns = KIT_NOW_NS}};
        finding.finding.words[LANGUAGE_JA].title = SLICE("Suspicious Thing");
        Story story = {
            .head = {.id = 1, .level = FINDING_LOW}, .findings = &finding, .finding_count = 1};
        const Page *page = make_page(&story, LANGUAGE_JA, &arena);
        expect_text(page->title, "Suspicious Thing");
        expect(slice_find(page->parts[PAGE_HAPPENED].lines[0].text, SLICE("Suspicious Thing")) !=
               SLICE_NOT_FOUND);
        expect(page->parts[PAGE_TODO].count >= 4);
        expect_int(page->parts[PAGE_WHY].count, 1);
        expect_int(page->parts[PAGE_FACTS].count, 6);
    }
}

static void long_and_many_things_are_cut_and_it_is_said(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf pdf = {0};
    static StoryFinding findings[STORY_FINDINGS_MAX];
    static FindingRecord records[STORY_FINDINGS_MAX];
    static char long_text[4000], names[STORY_FINDINGS_MAX][16];
    memset(long_text, 'x', sizeof long_text);
    for (size_t i = 0; i < STORY_FINDINGS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "user%zu", i);
        records[i] = (FindingRecord){.reference = i, .raw = slice_of(long_text, sizeof long_text)};
        findings[i] = (StoryFinding){.count = 1, .finding = kit_finding(names[i], names[i], 0)};
        findings[i].finding.records = &records[i];
    }
    Story story = {.head = {.id = 7, .level = FINDING_HIGH, .finding_count = 100},
                   .findings = findings,
                   .finding_count = STORY_FINDINGS_MAX,
                   .unshown_count = 36};
    const Page *page = make_page(&story, LANGUAGE_EN, &arena);
    expect_int(page->evidence_count, PAGE_EVIDENCE_MAX);
    expect_int(page->evidence_left_out, STORY_FINDINGS_MAX - PAGE_EVIDENCE_MAX);
    expect_int(page->parts[PAGE_HAPPENED].count, PAGE_HAPPENED_MAX + 1);
    expect_text(page->parts[PAGE_HAPPENED].lines[PAGE_HAPPENED_MAX].text,
                "92 more kinds of findings belong to this story");
    expect_text(page->parts[PAGE_FAR].lines[0].text,
                "People: 64 (user0, user1, user2, user3, user4 and 59 more)");
    expect_ok(page_add_pdf(&pdf, page));
}

static void times_are_written_for_people(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    expect_text(alert_time_make(&arena, KIT_NOW_NS, KIT_ZONE_SECONDS, LANGUAGE_JA),
                "2026年11月20日（金）17:40:00");
    expect_text(alert_time_make(&arena, 0, 0, LANGUAGE_EN), "Thu 1 Jan 1970 00:00:00");
    expect_text(alert_time_make(&arena, -NS_PER_SECOND, 0, LANGUAGE_EN),
                "Wed 31 Dec 1969 23:59:59");
    expect_text(alert_zone_make(&arena, -12600), "UTC-03:30");
    expect_text(clean_text_make(&arena, SLICE(" a\t\tb\xe2\x80\x8b c\xff "), 100),
                "a b c\xef\xbf\xbd");
    expect_text(clean_text_make(&arena, SLICE("あいうえお"), 11), "あい…");
}

static const TapTest tests[] = {
    TAP_TEST(the_page_is_as_agreed),
    TAP_TEST(paper_is_made_and_stays_the_same),
    TAP_TEST(hostile_texts_stay_texts),
    TAP_TEST(every_sentence_names_a_record_that_is_there),
    TAP_TEST(a_rule_without_words_of_ours_is_still_told),
    TAP_TEST(long_and_many_things_are_cut_and_it_is_said),
    TAP_TEST(times_are_written_for_people),
};
TAP_MAIN(tests)
