/* engine/pasted_guess.h: lines that a person pasted. */
#include "tests/support/tap.h"

#include "engine/pasted_guess.h"
#include "engine/sources.h"

#include <errno.h>

typedef struct Pasted {
    Arena arena;
    PastedGuess guess;
    Complaint complaint;
    Slice fields[PASTED_ROWS_MAX]; /* the row's event fields as name=value; */
    int64_t times[PASTED_ROWS_MAX];
    uint64_t lines[PASTED_ROWS_MAX];
    size_t rows;
} Pasted;

static int on_row(void *context, const Row *row, uint64_t line)
{
    Pasted *pasted = context;
    CLEANUP(buf_done) Buf text = {0};
    for (size_t i = 0; i < row->event.field_count; i++) {
        buf_add_slice(&text, row->event.fields[i].name);
        buf_add_char(&text, '=');
        buf_add_slice(&text, row->event.fields[i].value);
        buf_add_char(&text, ';');
    }
    expect(pasted->rows < PASTED_ROWS_MAX);
    expect_ok(arena_copy(&pasted->arena, buf_slice(&text), &pasted->fields[pasted->rows]));
    pasted->times[pasted->rows] = row->record.time_ns;
    pasted->lines[pasted->rows++] = line;
    return 0;
}

static SourceSet *built_in(void)
{
    const SourcesWatcher silent = {0};
    SourceSet *set = NULL;
    Complaint complaint = {0};
    expect_ok(sources_open(&os_real, NULL, 0, &silent, &set, &complaint));
    return set;
}

static int ask(Pasted *pasted, const char *sample, const char *format, const char *yaml)
{
    SourceSet *set = built_in();
    const PastedQuestion question = {.os = &os_real,
                                     .sources = set,
                                     .sample = slice_from_cstr(sample),
                                     .time_format = slice_from_cstr(format),
                                     .yaml = slice_from_cstr(yaml),
                                     .received_ns = (int64_t)1798729200 * NS_PER_SECOND,
                                     .row = on_row,
                                     .context = pasted};
    *pasted = (Pasted){0};
    int r = pasted_guess(&question, &pasted->arena, &pasted->guess, &pasted->complaint);
    source_set_free(set);
    return r;
}

static bool has(Slice text, const char *part)
{
    return slice_find(text, slice_from_cstr(part)) != SLICE_NOT_FOUND;
}

static const char door[] = "2026-11-20 10:00:01 DOOR01 OPEN user=sato room=12\r\n"
                           "2026-11-20 10:00:03 DOOR01 CLOSE user=sato room=12\r\n"
                           "\r\n"
                           "2026-11-20 10:01:01 DOOR02 OPEN user=kato room=14";

static void test_unknown_lines_get_a_definition(void)
{
    Pasted pasted;
    if (!expect_ok(ask(&pasted, door, "", ""))) return;
    const PastedGuess *guess = &pasted.guess;
    expect_text(guess->known, "");
    expect(has(guess->yaml, "name: new-log") && guess->shape && guess->templates > 0);
    expect_int(guess->lines, 3);
    expect_int(guess->unread, 0);
    expect(!guess->more);
    expect_int(pasted.rows, 3);
    expect_int(pasted.lines[2], 4);
    expect(has(pasted.fields[2], "kato"));
    expect_int(pasted.times[2], (int64_t)1795168861 * NS_PER_SECOND); /* 10:01:01 */
    if (expect_int(guess->times.count, 1)) {
        expect_text(guess->times.of[0].text, "2026-11-20 10:00:01");
        expect_text(guess->times.of[0].format, "%Y-%m-%d %H:%M:%S");
        expect(guess->times.of[0].chosen && guess->times.of[0].from == 0);
        expect_int(guess->times.of[0].to, 19);
    }
    arena_done(&pasted.arena);
}

static void test_known_lines_name_their_definition(void)
{
    Pasted pasted;
    const char *sshd = "Nov 20 16:00:00 host1 sshd[12]: Failed password for tanaka from 192.0.2.7 "
                       "port 22 ssh2\nno such line is known\n";
    if (!expect_ok(ask(&pasted, sshd, "", ""))) return;
    expect(pasted.guess.known.len > 0 && pasted.guess.yaml.len == 0);
    expect_int(pasted.guess.lines, 2);
    expect_int(pasted.guess.unread, 1);
    expect_int(pasted.rows, 2);
    arena_done(&pasted.arena);
}

static const char table[] =
    "100,sato,192.0.2.5,03/04/2026 10:11:12,2026-04-05 01:02:03,OK,printed\n"
    "101,kato,192.0.2.6,04/04/2026 10:11:13,2026-04-05 01:02:04,NG,refused\n"
    "102,abe,192.0.2.8,05/04/2026 10:11:14,2026-04-05 01:02:05,OK,printed\n";

static const PastedTime *time_of(const PastedGuess *guess, const char *format)
{
    for (size_t i = 0; i < guess->times.count; i++) {
        if (slice_eq(guess->times.of[i].format, slice_from_cstr(format)))
            return &guess->times.of[i];
    }
    return NULL;
}

/* Of a table with two times the person chooses one, and how day and month stand. */
static void test_another_time_is_chosen(void)
{
    Pasted pasted;
    if (!expect_ok(ask(&pasted, table, "", ""))) return;
    const char *us = "%m/%d/%Y %H:%M:%S", *eu = "%d/%m/%Y %H:%M:%S", *iso = "%Y-%m-%d %H:%M:%S";
    const PastedTime *own = time_of(&pasted.guess, us);
    if (!expect(own && time_of(&pasted.guess, eu) && time_of(&pasted.guess, iso))) return;
    expect(own->chosen && !time_of(&pasted.guess, eu)->chosen);
    expect_text(time_of(&pasted.guess, iso)->text, "2026-04-05 01:02:03");
    expect_int(pasted.times[0], (int64_t)1772619072 * NS_PER_SECOND); /* 4 March */
    arena_done(&pasted.arena);
    if (!expect_ok(ask(&pasted, table, eu, ""))) return;
    expect_int(pasted.times[0], (int64_t)1775211072 * NS_PER_SECOND); /* 3 April */
    expect(time_of(&pasted.guess, eu)->chosen && !time_of(&pasted.guess, us)->chosen);
    arena_done(&pasted.arena);
    if (!expect_ok(ask(&pasted, table, iso, ""))) return;
    expect_int(pasted.times[0], (int64_t)1775350923 * NS_PER_SECOND);
    expect_int(pasted.guess.unread, 0);
    arena_done(&pasted.arena);
    expect_int(ask(&pasted, table, "%H", ""), -EINVAL);
    expect_text(slice_from_cstr(pasted.complaint.id), "source.no_such_time");
    arena_done(&pasted.arena);
}

static void test_a_definition_is_previewed_and_a_wrong_one_refused(void)
{
    Pasted pasted;
    const char *own = "name: door\ntitle: {ja: a, en: a}\nrecognise:\n  - contains: ['DOOR']\n"
                      "take: {as: kv}\nmessages:\n  - rule: line\n    verb: OTHER\n";
    if (expect_ok(ask(&pasted, door, "", own))) {
        expect_text(pasted.guess.yaml, own);
        expect_int(pasted.guess.unread, 0);
        expect(has(pasted.fields[0], "user=sato;"));
    }
    arena_done(&pasted.arena);
    expect_int(ask(&pasted, door, "", "name: x\nrecognise: 7\n"), -EINVAL);
    expect(pasted.complaint.id && pasted.complaint.line > 0);
    arena_done(&pasted.arena);
}

static void test_bounds(void)
{
    Pasted pasted;
    CLEANUP(buf_done) Buf text = {0};
    for (int i = 0; i < PASTED_LINES_MAX + 5; i++)
        buf_add_format(&text, "2026-11-20 10:00:%02d unit %d is warm\n", i % 60, i);
    buf_add_char(&text, '\0');
    if (expect_ok(ask(&pasted, text.ptr, "", ""))) {
        expect_int(pasted.guess.lines, PASTED_LINES_MAX);
        expect(pasted.guess.more);
        expect_int(pasted.rows, PASTED_ROWS_MAX);
    }
    arena_done(&pasted.arena);
    if (expect_ok(ask(&pasted, "\n \n", "", ""))) {
        expect_int(pasted.guess.lines, 0);
        expect(pasted.guess.yaml.len == 0 && pasted.rows == 0);
    }
    arena_done(&pasted.arena);
    if (expect_ok(ask(&pasted, "\xff\xfe\x01 {\"a\":\n<x>'{}'", "", "")))
        expect_int(pasted.guess.lines, 2);
    arena_done(&pasted.arena);
}

static const TapTest tests[] = {
    TAP_TEST(test_unknown_lines_get_a_definition),
    TAP_TEST(test_known_lines_name_their_definition),
    TAP_TEST(test_another_time_is_chosen),
    TAP_TEST(test_a_definition_is_previewed_and_a_wrong_one_refused),
    TAP_TEST(test_bounds),
};
TAP_MAIN(tests)
