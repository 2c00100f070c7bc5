/* engine/row_maker: each event one row with its own key, evidence marked, an action one row more.
 */
#include "tests/support/tap.h"

#include "engine/row_maker.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS_MAX = 64, FIELDS_MAX = 24 };
#define START_NS (INT64_C(1795737600) * 1000000000)

typedef struct Made {
    RowMaker *maker;
    Arena arena;
    Row rows[ROWS_MAX];
    size_t count;
    uint64_t index;
} Made;

static void made_done(Made *made)
{
    row_maker_free(made->maker);
    arena_done(&made->arena);
}

static int on_row(void *context, const Row *row)
{
    Made *made = context;
    if (made->count < ROWS_MAX) made->rows[made->count++] = *row;
    return 0;
}

static RowMakerSink sink_of(Made *made)
{
    return (RowMakerSink){.row = on_row, .context = made};
}

static Made made_new(void)
{
    Made made = {0};
    const RowMakerOptions options = {0};
    expect_ok(row_maker_new(&os_real, &options, &made.maker, NULL));
    return made;
}

static Slice keep(Made *made, const char *text)
{
    Slice copy = {0};
    expect_ok(arena_copy(&made->arena, slice_from_cstr(text), &copy));
    return copy;
}

static void feed(Made *made, const Event *event)
{
    const RowMakerSink sink = sink_of(made);
    RowEvent given = {.event = event,
                      .origin = SLICE("log.evtx"),
                      .source = SLICE("fs01"),
                      .received_ns = START_NS};
    given.key[1] = (uint8_t)(event->index + 1);
    expect_ok(row_maker_feed(made->maker, &given, &made->arena, &sink));
}

/* An event of a file server's Security log; `more` is Name=value;... */
static void feed_windows_at(Made *made, int64_t at_ms, uint64_t record_id, unsigned event_id,
                            const char *more)
{
    static const Field usual[] = {
        {SLICE_INIT("Provider_Name"), SLICE_INIT("Microsoft-Windows-Security-Auditing"),
         FIELD_TEXT},
        {SLICE_INIT("Channel"), SLICE_INIT("Security"), FIELD_TEXT},
        {SLICE_INIT("Computer"), SLICE_INIT("FS01.example.com"), FIELD_TEXT},
        {SLICE_INIT("Keywords"), SLICE_INIT("0x8020000000000000"), FIELD_TEXT},
        {SLICE_INIT("SubjectUserSid"), SLICE_INIT("S-1-5-21-1-2-3-1120"), FIELD_TEXT},
        {SLICE_INIT("SubjectUserName"), SLICE_INIT("tanaka"), FIELD_TEXT},
        {SLICE_INIT("SubjectLogonId"), SLICE_INIT("0x111"), FIELD_TEXT},
        {SLICE_INIT("ProcessId"), SLICE_INIT("0x4"), FIELD_TEXT},
        {SLICE_INIT("ObjectType"), SLICE_INIT("File"), FIELD_TEXT},
    };
    Field *fields = ARENA_ARRAY(&made->arena, Field, FIELDS_MAX);
    size_t count = ARRAY_COUNT(usual);
    char id[16];
    memcpy(fields, usual, sizeof usual);
    snprintf(id, sizeof id, "%u", event_id);
    fields[count++] = (Field){SLICE("EventID"), keep(made, id), FIELD_TEXT};
    Slice rest = keep(made, more), piece;
    while (slice_cut(&rest, ';', &piece)) {
        size_t at = slice_find_char(piece, '=');
        fields[count++] = (Field){slice_first(piece, at), slice_skip(piece, at + 1), FIELD_TEXT};
    }
    const Event event = {.format = EVENT_WINDOWS,
                         .time_ns = START_NS + at_ms * 1000000,
                         .index = made->index++,
                         .record_id = record_id,
                         .raw = keep(made, more),
                         .fields = fields,
                         .field_count = count};
    feed(made, &event);
}

static void feed_windows(Made *made, uint64_t record_id, unsigned event_id, const char *more)
{
    feed_windows_at(made, (int64_t)record_id, record_id, event_id, more);
}

static void end(Made *made)
{
    const RowMakerSink sink = sink_of(made);
    expect_ok(row_maker_flush(made->maker, &made->arena, &sink));
}

static Slice role(const Made *made, size_t at)
{
    return made->rows[at].record.text[RECORD_AKASHI_ROLE];
}

static void read_file(Made *made)
{
    feed_windows(made, 1, 4656, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x120089");
    feed_windows(made, 2, 4663, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x1");
    feed_windows(made, 3, 4658, "HandleId=0x8");
}

static void action_is_one_row_more(void)
{
    CLEANUP(made_done) Made made = made_new();
    read_file(&made);
    end(&made);
    if (!expect_int(made.count, 4)) return;
    for (size_t i = 0; i < 3; i++) {
        expect_text(role(&made, i), "evidence");
        expect_int(made.rows[i].key[1], i + 1);
        expect_int(made.rows[i].event.record_id, i + 1);
        expect(made.rows[i].event.raw.len > 0);
        expect_text(made.rows[i].origin, "log.evtx");
        expect_text(made.rows[i].record.text[RECORD_AKASHI_SOURCE], "fs01");
    }
    const Row *action = &made.rows[3];
    expect_text(role(&made, 3), "action");
    expect_int(action->record.verb, VERB_READ);
    expect_text(action->record.text[RECORD_AKASHI_OBJECT], "D:\\D\\a.txt");
    expect_text(action->record.text[RECORD_AKASHI_RAW], "Security/1-3#0-2");
    expect_int(action->event.raw.len, 0);
    expect_int(action->key[0] & ROW_KEY_ONCE, 0);
}

static void action_has_the_same_key_when_read_again(void)
{
    CLEANUP(made_done) Made one = made_new(), two = made_new();
    read_file(&one);
    end(&one);
    two.index = 70; /* in another file */
    read_file(&two);
    end(&two);
    if (!expect_int(one.count, 4) || !expect_int(two.count, 4)) return;
    expect(memcmp(one.rows[3].key, two.rows[3].key, ROW_KEY_BYTES) == 0);
}

static void event_that_waited_keeps_what_is_its_own(void)
{
    CLEANUP(made_done) Made made = made_new();
    feed_windows(&made, 1, 4656, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x120089");
    feed_windows(&made, 3, 4658, "HandleId=0x8");
    expect_int(made.count, 1);
    feed_windows(&made, 2, 4663, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x1");
    end(&made);
    if (!expect_int(made.count, 4)) return;
    expect_int(made.rows[1].event.record_id, 2);
    expect_int(made.rows[1].key[1], 3);
    expect_int(made.rows[2].event.record_id, 3);
    expect_int(made.rows[2].key[1], 2);
    expect_text(made.rows[2].event.raw, "HandleId=0x8");
    expect_text(made.rows[2].origin, "log.evtx");
    expect_text(made.rows[2].record.text[RECORD_AKASHI_SOURCE], "fs01");
    expect_text(role(&made, 3), "action");
}

static void other_events_are_rows_as_they_are(void)
{
    CLEANUP(made_done) Made made = made_new();
    const Field fields[] = {{SLICE("message"), SLICE("something happened"), FIELD_TEXT}};
    const Event event = {.format = EVENT_SYSLOG,
                         .time_ns = START_NS,
                         .raw = SLICE("something happened"),
                         .fields = fields,
                         .field_count = 1};
    feed(&made, &event);
    if (!expect_int(made.count, 1)) return;
    expect_int(role(&made, 0).len, 0);
    expect_int(made.rows[0].key[1], 1);
}

static void known_terminal_is_filled_in(void)
{
    CLEANUP(made_done) Made made = made_new();
    Record lease = {
        .time_ns = START_NS - 1000, .verb = VERB_IP_ASSIGNED, .outcome = OUTCOME_SUCCESS};
    lease.text[RECORD_AKASHI_OBJECT] = SLICE("10.0.3.17");
    lease.text[RECORD_SOURCE_DOMAIN] = SLICE("PC-021");
    expect_ok(identity_learn(row_maker_identity(made.maker), &lease, 5));
    const Field fields[] = {{SLICE("tag"), SLICE("sshd"), FIELD_TEXT},
                            {SLICE("host"), SLICE("gw"), FIELD_TEXT},
                            {SLICE("message"),
                             SLICE("Failed password for root from 10.0.3.17 port 50000 ssh2"),
                             FIELD_TEXT}};
    const Event event = {.format = EVENT_SYSLOG,
                         .time_ns = START_NS,
                         .raw = SLICE("x"),
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)};
    feed(&made, &event);
    if (!expect_int(made.count, 1)) return;
    expect_int(made.rows[0].record.verb, VERB_LOGON_FAIL);
    expect_text(made.rows[0].record.text[RECORD_SOURCE_DOMAIN], "PC-021");
}

/* A session over the network in which a file is read; five events that follow each other. */
static void session(Made *made, uint64_t record_id, int64_t from_ms, int64_t to_ms)
{
    static const char logon[] = "TargetUserSid=S-1-5-21-1-2-3-1120;TargetUserName=tanaka;"
                                "TargetLogonId=0x111;LogonType=3";
    static const char open[] = "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x120089";
    feed_windows_at(made, from_ms, record_id, 4624, logon);
    feed_windows_at(made, from_ms, record_id + 1, 4656, open);
    feed_windows_at(made, from_ms, record_id + 2, 4663, open);
    feed_windows_at(made, from_ms, record_id + 3, 4658, "HandleId=0x8");
    feed_windows_at(made, to_ms, record_id + 4, 4634, logon);
}

/* How long a session was is said by the actions, who forget it with the next action. */
static void what_is_added_to_an_event_stays(void)
{
    static const char *const wanted[] = {"0:00:02", "0:00:01", "0:01:03"};
    CLEANUP(made_done) Made made = made_new();
    size_t found = 0;
    session(&made, 1, 0, 2000);
    session(&made, 6, 120000, 121000);
    session(&made, 11, 240000, 303000);
    end(&made);
    for (size_t i = 0; i < made.count; i++) {
        if (made.rows[i].record.verb != VERB_LOGOFF || found == ARRAY_COUNT(wanted)) continue;
        expect_text(made.rows[i].record.text[RECORD_MESSAGE], wanted[found]);
        found++;
    }
    expect_int((int64_t)found, 3);
}

static const TapTest tests[] = {
    TAP_TEST(action_is_one_row_more),
    TAP_TEST(action_has_the_same_key_when_read_again),
    TAP_TEST(event_that_waited_keeps_what_is_its_own),
    TAP_TEST(other_events_are_rows_as_they_are),
    TAP_TEST(known_terminal_is_filled_in),
    TAP_TEST(what_is_added_to_an_event_stays),
};
TAP_MAIN(tests)
