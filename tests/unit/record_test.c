/* record/: the tables, and what events and records look like in print. */
#include "tests/support/tap.h"

#include "record/print.h"

#include <errno.h>

static Field text_field(const char *name, const char *value)
{
    return (Field){slice_from_cstr(name), slice_from_cstr(value), FIELD_TEXT};
}

static void names_and_aliases_find_their_field(void)
{
    RecordField field;
    Verb verb;
    expect_ok(record_field_by_name(SLICE("USER.name"), &field));
    expect_int(field, RECORD_USER_NAME);
    expect_ok(record_field_by_name(SLICE("だれ"), &field));
    expect_int(field, RECORD_USER_NAME);
    expect_int(record_field_by_name(SLICE("no.such"), &field), -ENOENT);
    expect_ok(verb_by_name(SLICE("logon_fail"), &verb));
    expect_int(verb, VERB_LOGON_FAIL);
    expect_ok(verb_by_name(SLICE("削除"), &verb));
    expect_int(verb, VERB_DELETE);
    expect_int(verb_by_name(SLICE("FLY"), &verb), -ENOENT);
}

/* A name or alias that two fields share would make a query mean two things. */
static void no_name_means_two_fields(void)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        RecordField found;
        Slice rest = slice_from_cstr(record_fields[i].aliases), alias;
        expect_ok(record_field_by_name(record_fields[i].name, &found));
        expect_int(found, i);
        while (slice_cut(&rest, ',', &alias)) {
            expect_ok(record_field_by_name(alias, &found));
            if (!expect_int(found, i)) tap_note("alias %.*s", SLICE_FMT(alias));
        }
    }
    for (size_t i = 0; i < VERB_COUNT; i++) {
        Verb found;
        expect_ok(verb_by_name(slice_from_cstr(verbs[i].label[LANGUAGE_JA]), &found));
        if (!expect_int(found, i)) tap_note("label of %.*s", SLICE_FMT(verbs[i].token));
        expect(verbs[i].category[0] && verbs[i].type[0] && verbs[i].label[LANGUAGE_EN][0]);
    }
}

static void computed_fields_are_got_by_name(void)
{
    char scratch[RECORD_SCRATCH_BYTES];
    Slice value;
    Record record = {.time_ns = 1500000000,
                     .end_ns = TIME_UNKNOWN,
                     .ingested_ns = 0,
                     .count = 3,
                     .verb = VERB_LOGON_FAIL,
                     .outcome = OUTCOME_FAILURE};
    record.text[RECORD_USER_NAME] = SLICE("田中");
    expect_ok(record_get(&record, SLICE("@timestamp"), scratch, &value));
    expect_text(value, "1970-01-01T00:00:01.500Z");
    expect_ok(record_get(&record, SLICE("event.action"), scratch, &value));
    expect_text(value, "LOGON_FAIL");
    expect_ok(record_get(&record, SLICE("event.outcome"), scratch, &value));
    expect_text(value, "failure");
    expect_ok(record_get(&record, SLICE("akashi.count"), scratch, &value));
    expect_text(value, "3");
    expect_ok(record_get(&record, SLICE("user"), scratch, &value));
    expect_text(value, "田中");
    expect_int(record_get(&record, SLICE("nothing"), scratch, &value), -ENOENT);
}

static void events_print_as_one_line_of_json(void)
{
    const Field fields[] = {
        {SLICE_INIT("EventID"), SLICE_INIT("4624"), FIELD_NUMBER},
        text_field("Data", "a\"b"),
        text_field("Data", "\xff"),
        {SLICE_INIT("Flag"), SLICE_INIT("true"), FIELD_BOOL},
        {SLICE_INIT("None"), {0}, FIELD_NULL},
        {SLICE_INIT("Deep"), SLICE_INIT("{\"a\":[]}"), FIELD_JSON},
    };
    const Event event = {.format = EVENT_WINDOWS,
                         .parse = PARSE_PARTIAL,
                         .time_ns = 0,
                         .index = 2,
                         .record_id = 17,
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)};
    CLEANUP(buf_done) Buf line = {0};
    print_event_json(&line, &event, SLICE("a.evtx"));
    expect_text(
        buf_slice(&line),
        "{\"@timestamp\":\"1970-01-01T00:00:00Z\",\"_file\":\"a.evtx\",\"_index\":2,\"_record\":17,"
        "\"EventID\":4624,\"Data\":[\"a\\\"b\",\"\xef\xbf\xbd\"],\"Flag\":true,\"None\":null,"
        "\"Deep\":{\"a\":[]},\"akashi.parse\":\"partial\"}\n");
}

static void records_print_with_both_sentences_and_no_name_twice(void)
{
    const Field fields[] = {text_field("message", "shadowed"),
                            text_field("TargetUserName", "suzuki")};
    Row row = {.origin = SLICE("syslog/tcp 192.0.2.7"),
               .event = {.format = EVENT_SYSLOG,
                         .time_ns = 0,
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)},
               .record = {.time_ns = 0,
                          .end_ns = TIME_UNKNOWN,
                          .ingested_ns = TIME_UNKNOWN,
                          .count = 1,
                          .verb = VERB_LOGON,
                          .outcome = OUTCOME_SUCCESS}};
    row.record.text[RECORD_USER_NAME] = SLICE("suzuki");
    row.record.text[RECORD_SOURCE_PORT] = SLICE("50000");
    row.record.text[RECORD_MESSAGE] = SLICE("kept");
    CLEANUP(buf_done) Buf line = {0};
    print_record_json(&line, &row, true);
    Slice text = buf_slice(&line);
    expect(slice_starts(
        text, SLICE("{\"@timestamp\":\"1970-01-01T00:00:00Z\",\"event.action\":\"LOGON\"")));
    expect(slice_find(text, SLICE("\"source.port\":50000,")) != SLICE_NOT_FOUND);
    expect(slice_find(text, SLICE("\"sentence.ja\":\"")) != SLICE_NOT_FOUND);
    expect(slice_find(text, SLICE("\"sentence.en\":\"")) != SLICE_NOT_FOUND);
    expect(slice_find(text, SLICE("\"message\":\"kept\"")) != SLICE_NOT_FOUND);
    expect(slice_find(text, SLICE("shadowed")) == SLICE_NOT_FOUND);
    expect(slice_find(text, SLICE("\"TargetUserName\":\"suzuki\"")) != SLICE_NOT_FOUND);
    expect(slice_ends(text, SLICE("}\n")));
}

static const TapTest tests[] = {
    TAP_TEST(names_and_aliases_find_their_field),
    TAP_TEST(no_name_means_two_fields),
    TAP_TEST(computed_fields_are_got_by_name),
    TAP_TEST(events_print_as_one_line_of_json),
    TAP_TEST(records_print_with_both_sentences_and_no_name_twice),
};

TAP_MAIN(tests)
