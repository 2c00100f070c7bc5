/* Events of our own making (tests/golden/sentences/events.tsv) as records in both languages
 * (expected.txt): each rule's sentence as a reader sees it. AKASHI_ACCEPT=1 writes what came out;
 * read it before it is kept. */
#include "tests/support/event_line.h"
#include "tests/support/tap.h"

#include "os/os.h"
#include "record/sentence.h"
#include "translate/translate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static Slice read_golden(Arena *arena, const char *name)
{
    Slice text = {0}, path;
    if (!expect_ok(arena_format(arena, &path, "%s/tests/golden/sentences/%s%c", tap_source_root(),
                                name, '\0'))) {
        return text;
    }
    int r = os_read_file(&os_real, path.ptr, 1 << 20, arena, &text);
    if (r < 0) tap_note("%s: error %d", name, -r);
    return text;
}

/* All texts of the record, so that a field too many shows as well as one that is missing. */
static void add_fields(Buf *out, const Record *record)
{
    if (record->count != 1) buf_add_format(out, "akashi.count=%u | ", record->count);
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len == 0 || i == RECORD_AKASHI_RULE) continue;
        buf_add_slice(out, record_fields[i].name);
        buf_add_char(out, '=');
        buf_add_slice(out, record->text[i]);
        buf_add_cstr(out, " | ");
    }
    if (out->len > 3) out->len -= 3;
    buf_add_cstr(out, "\n  ");
}

static int add_record(void *context, const Record *record, const Event *event)
{
    Buf *out = context;
    Slice rule = record->text[RECORD_AKASHI_RULE], token = verbs[record->verb].token;
    (void)event;
    buf_add_format(out, "%.*s %.*s %s\n  ", SLICE_FMT(rule), SLICE_FMT(token),
                   outcome_token(record->outcome));
    add_fields(out, record);
    sentence_add(out, record, LANGUAGE_JA);
    buf_add_cstr(out, "\n  ");
    sentence_add(out, record, LANGUAGE_EN);
    buf_add_char(out, '\n');
    return 0;
}

static size_t translate_lines(Slice lines, Arena *arena, Buf *out)
{
    Translator *translator = translator_new();
    Slice line;
    size_t count = 0;
    while (slice_cut(&lines, '\n', &line)) {
        Event event;
        if (line.len == 0 || line.ptr[0] == '#') continue;
        if (!expect(event_line_read(line, arena, &event))) {
            tap_note("line: %.*s", SLICE_FMT(line));
            continue;
        }
        expect_ok(translator_feed(translator, &event, 0, arena, add_record, out));
        count++;
    }
    translator_free(translator);
    return count;
}

static void write_expected(Slice text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/golden/sentences/expected.txt", tap_source_root());
    int fd = os_real.open(os_real.state, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (!expect_ok(fd)) return;
    expect_ok(os_write_full(&os_real, fd, text.ptr, text.len));
    expect_ok(os_real.close(os_real.state, fd));
}

/* Line by line, so that a difference is shown alone. */
static void compare(Slice got, Slice want)
{
    Slice got_line, want_line;
    for (unsigned line = 1;; line++) {
        bool more = slice_cut(&want, '\n', &want_line);
        if (!expect(slice_cut(&got, '\n', &got_line) == more) || !more) return;
        if (!expect_slice(got_line, want_line)) tap_note("expected.txt:%u", line);
    }
}

static void events_read_as_expected(void)
{
    CLEANUP(buf_done) Buf out = {0};
    CLEANUP(arena_done) Arena arena = arena_make(0);
    size_t count = translate_lines(read_golden(&arena, "events.tsv"), &arena, &out);
    expect(count >= 60);
    const char *accepting = getenv("AKASHI_ACCEPT");
    if (accepting && accepting[0] == '1') {
        write_expected(buf_slice(&out));
    } else {
        compare(buf_slice(&out), read_golden(&arena, "expected.txt"));
    }
}

static const TapTest tests[] = {
    TAP_TEST(events_read_as_expected),
};
TAP_MAIN(tests)
