/* See translate_case.h. */
#include "tests/support/translate_case.h"

#include "tests/support/event_line.h"
#include "tests/support/tap.h"

static int keep_record(void *context, const Record *record, const Event *event)
{
    Case *kept = context;
    (void)event;
    kept->record = *record;
    kept->records++;
    return 0;
}

void case_done(Case *one)
{
    arena_done(&one->arena);
}

Case case_event(const Event *event)
{
    Case one = {0};
    Translator *translator = translator_new();
    expect_ok(translator_feed(translator, event, CASE_RECEIVED_NS, &one.arena, keep_record, &one));
    translator_free(translator);
    expect_int(one.records, 1);
    return one;
}

/* The line is kept in the arena, so that the record's slices into it stay. */
Case case_line(const char *text)
{
    Event event;
    Arena arena = {0};
    Slice line;
    Case one = {0};
    expect_ok(arena_copy(&arena, slice_from_cstr(text), &line));
    if (expect(event_line_read(line, &arena, &event))) {
        Translator *translator = translator_new();
        one.arena = arena;
        expect_ok(
            translator_feed(translator, &event, CASE_RECEIVED_NS, &one.arena, keep_record, &one));
        translator_free(translator);
        expect_int(one.records, 1);
    } else {
        tap_note("line: %s", text);
    }
    return one;
}

bool case_has(const Case *one, RecordField field, const char *want)
{
    bool same = expect_slice(one->record.text[field], slice_from_cstr(want));
    if (!same) tap_note("%.*s", SLICE_FMT(record_fields[field].name));
    return same;
}

Case case_syslog(const char *tag, const char *message)
{
    const Field fields[] = {{SLICE("host"), SLICE("web01"), FIELD_TEXT},
                            {SLICE("tag"), slice_from_cstr(tag), FIELD_TEXT},
                            {SLICE("message"), slice_from_cstr(message), FIELD_TEXT}};
    const Event event = {.format = EVENT_SYSLOG,
                         .time_ns = TIME_UNKNOWN,
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)};
    return case_event(&event);
}
