/* engine/retranslate: a better definition gives a further row; the old one stays; less never
 * replaces more. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "decode/lines.h"
#include "engine/retranslate.h"
#include "os/simulated.h"

#include "base/check.h"

#include <errno.h>

#define FOLDER "/var/store"
#define START_NS (INT64_C(1795737600) * 1000000000)

static const char door[] = "name: door\nrecognise:\n  - contains: [' opened ']\n"
                           "take: {as: nothing}\n"
                           "messages:\n  - {rule: open, pattern: '{user.name} opened "
                           "{akashi.object}', verb: LOGON, outcome: success}\n";
static const char table[] =
    "name: door\nrecognise:\n  - contains: [' opened ']\n"
    "take: {as: nothing}\n"
    "messages:\n  - {rule: open, pattern: '{user.name} opened "
    "{akashi.object}', verb: LOGON, outcome: success}\n"
    "samples:\n  - {kind: captured, from: x, before: ['a'], text: 'sato opened door1', "
    "expect: {user.name: sato}}\n";

typedef struct Rig {
    SourceSet *set;
    Retranslator retranslator;
    Arena arena;
    Row made;
} Rig;

static SourceSet *set_of(const char *yaml)
{
    Complaint complaint = {0};
    SourceSet *set = source_set_new();
    CHECK(set);
    if (yaml) expect_ok(source_set_add(set, SLICE("x"), slice_from_cstr(yaml), false, &complaint));
    expect_text(slice_from_cstr(complaint.en), "");
    CHECK(source_set_finish(set) == 0);
    return set;
}

static void rig_open(Rig *rig, const char *yaml)
{
    *rig = (Rig){.set = set_of(yaml)};
    CHECK(retranslator_init(&rig->retranslator, rig->set, 0) == 0);
}

static void rig_done(Rig *rig)
{
    retranslator_done(&rig->retranslator);
    source_set_free(rig->set);
    arena_done(&rig->arena);
}

static int keep_record(void *context, const Record *record, const Event *event)
{
    (void)event;
    *(Record *)context = *record;
    return 0;
}

/* The row of a line as a set without that definition stored it. */
static Row row_of(const char *line, Arena *arena)
{
    const DecodeOptions options = {.received_ns = START_NS};
    Translator *plain = translator_new();
    Row row = {.key = {1}, .origin = SLICE("door.log")};
    CHECK(plain && line_decode(slice_from_cstr(line), &options, arena, &row.event) == 0);
    CHECK(translator_feed(plain, &row.event, START_NS, arena, keep_record, &row.record) == 0);
    translator_free(plain);
    return row;
}

static RetranslateVerdict judge(Rig *rig, const Row *row, uint64_t number)
{
    RetranslateVerdict verdict = RETRANSLATE_SAME;
    expect_ok(retranslate_row(&rig->retranslator, row, number, &rig->arena, &verdict, &rig->made));
    return verdict;
}

static void an_unknown_line_becomes_known(void)
{
    Rig rig;
    rig_open(&rig, door);
    Row row = row_of("sato opened door1", &rig.arena);
    row.record.text[RECORD_AKASHI_SOURCE] = SLICE("gate");
    expect_text(row.record.text[RECORD_AKASHI_RULE], "fallback.text");
    expect_int(judge(&rig, &row, 7), RETRANSLATE_DIFFERENT);
    const Record *made = &rig.made.record;
    expect_int(made->verb, VERB_LOGON);
    expect_text(made->text[RECORD_USER_NAME], "sato");
    expect_text(made->text[RECORD_AKASHI_RULE], "door.open");
    expect_text(made->text[RECORD_AKASHI_ROLE], "retranslated");
    expect_text(made->text[RECORD_AKASHI_RAW], "row/7");
    expect_text(made->text[RECORD_AKASHI_SOURCE], "gate");
    expect_text(rig.made.origin, "door.log");
    expect_int(made->ingested_ns, START_NS);
    expect_int(rig.made.event.raw.len, 0);
    expect_int(rig.made.key[0] & ROW_KEY_ONCE, 0);
    rig_done(&rig);
}

static void the_key_is_of_number_and_content(void)
{
    Rig rig;
    rig_open(&rig, door);
    Row row = row_of("sato opened door1", &rig.arena);
    uint8_t first[ROW_KEY_BYTES];
    judge(&rig, &row, 7);
    memcpy(first, rig.made.key, sizeof first);
    judge(&rig, &row, 7);
    expect(memcmp(first, rig.made.key, sizeof first) == 0);
    judge(&rig, &row, 8);
    expect(memcmp(first, rig.made.key, sizeof first) != 0);
    row = row_of("sato opened door2", &rig.arena);
    judge(&rig, &row, 7);
    expect(memcmp(first, rig.made.key, sizeof first) != 0);
    rig_done(&rig);
}

static void what_is_the_same_gives_nothing(void)
{
    Rig rig;
    rig_open(&rig, door);
    Row row = row_of("sato opened door1", &rig.arena), again;
    judge(&rig, &row, 7);
    again = row;
    again.record = rig.made.record;
    again.record.text[RECORD_AKASHI_ROLE] = again.record.text[RECORD_AKASHI_RAW] = (Slice){0};
    expect_int(judge(&rig, &again, 7), RETRANSLATE_SAME);
    again.record.text[RECORD_USER_NAME] = SLICE("suzuki");
    expect_int(judge(&rig, &again, 7), RETRANSLATE_DIFFERENT);
    row = row_of("nobody knows this", &rig.arena);
    expect_int(judge(&rig, &row, 8), RETRANSLATE_SAME);
    rig_done(&rig);
}

static void what_one_row_cannot_tell_is_left(void)
{
    Rig rig;
    rig_open(&rig, door);
    const Row whole = row_of("sato opened door1", &rig.arena);
    Row row = whole;
    row.record.text[RECORD_AKASHI_ROLE] = SLICE("evidence");
    expect_int(judge(&rig, &row, 1), RETRANSLATE_LEFT);
    row = whole;
    row.event.raw = (Slice){0};
    expect_int(judge(&rig, &row, 1), RETRANSLATE_LEFT);
    row = whole;
    row.record.count = 2;
    expect_int(judge(&rig, &row, 1), RETRANSLATE_LEFT);
    row = whole;
    row.record.certainty = CERTAINTY_INFERRED;
    expect_int(judge(&rig, &row, 1), RETRANSLATE_LEFT);
    row = whole;
    row.event.parse = PARSE_PARTIAL;
    expect_int(judge(&rig, &row, 1), RETRANSLATE_LEFT);
    rig_done(&rig);
    rig_open(&rig, table);
    const Row line = row_of("sato opened door1", &rig.arena);
    expect_int(judge(&rig, &line, 1), RETRANSLATE_LEFT);
    rig_done(&rig);
}

static void less_does_not_replace_more(void)
{
    Rig rig;
    rig_open(&rig, NULL);
    Row row = row_of("sato opened door1", &rig.arena);
    row.record.verb = VERB_LOGON;
    row.record.text[RECORD_AKASHI_RULE] = SLICE("door.open");
    expect_int(judge(&rig, &row, 1), RETRANSLATE_LEFT);
    rig_done(&rig);
}

static void who_it_was_then_stays_known(void)
{
    static const char ssh[] = "<38>Nov 20 17:40:00 gw sshd[811]: Failed password for root from "
                              "192.0.2.7 port 22 ssh2";
    Rig rig;
    rig_open(&rig, NULL);
    Row row = row_of(ssh, &rig.arena);
    Slice *text = row.record.text;
    text[RECORD_AKASHI_ROLE] = text[RECORD_AKASHI_RAW] = (Slice){0};
    expect_int(judge(&rig, &row, 1), RETRANSLATE_SAME);
    text[RECORD_SOURCE_DOMAIN] = SLICE("PC-021");
    Slice detail = text[RECORD_AKASHI_DETAIL];
    expect_ok(arena_format(&rig.arena, &text[RECORD_AKASHI_DETAIL], "%.*s%sterminal_by_dhcp",
                           SLICE_FMT(detail), detail.len ? "," : ""));
    expect_int(judge(&rig, &row, 1), RETRANSLATE_SAME);
    text[RECORD_USER_NAME] = SLICE("admin");
    expect_int(judge(&rig, &row, 1), RETRANSLATE_DIFFERENT);
    expect_text(rig.made.record.text[RECORD_USER_NAME], "root");
    expect_text(rig.made.record.text[RECORD_SOURCE_DOMAIN], "PC-021");
    rig_done(&rig);
}

/* --- the store -------------------------------------------------------------------------------- */

typedef struct Seen {
    uint64_t rows, retranslated;
} Seen;

static int count_row(void *context, const Row *row, uint64_t number)
{
    Seen *seen = context;
    seen->rows++;
    seen->retranslated += slice_eq(row->record.text[RECORD_AKASHI_ROLE], SLICE(RETRANSLATED_ROLE));
    expect(number == seen->rows);
    return 0;
}

static Seen seen_in(const Os *os)
{
    Seen seen = {0};
    StoreReader *reader;
    CHECK(store_reader_open(os, FOLDER, kit_kek(), &reader, NULL) == 0);
    expect_ok(store_scan(reader, KIT_ALL, count_row, NULL, &seen));
    store_reader_close(reader);
    return seen;
}

static void fill(const Os *os)
{
    static const char *const lines[] = {"sato opened door1", "suzuki opened door2", "a line"};
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    StoreTally tally = {0};
    Store *store;
    CHECK(kit_open(os, FOLDER, NULL, &store, &complaint) == 0);
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        Row row = row_of(lines[i], &arena);
        row.key[1] = (uint8_t)i;
        expect_ok(store_append(store, &row, 1, &tally));
    }
    expect_ok(store_commit(store));
    store_close(store);
}

static void a_store_gains_rows_once(void)
{
    SimulatedOs *machine = simulated_os_new(3);
    const Os *os = simulated_os_table(machine);
    Settings settings;
    settings_init(&settings);
    SourceSet *set = set_of(door);
    RetranslateOptions options = {.settings = &settings,
                                  .folder = FOLDER,
                                  .kek = kit_kek(),
                                  .sources = set,
                                  .from_ns = INT64_MIN,
                                  .to_ns = INT64_MAX,
                                  .dry_run = true};
    RetranslateTally tally;
    Complaint complaint = {0};
    options.dry_run = false;
    expect_int(retranslate_run(os, &options, &tally, &complaint), -ENOENT);
    fill(os);
    options.dry_run = true;
    expect_ok(retranslate_run(os, &options, &tally, &complaint));
    expect_int(tally.different, 2);
    expect_int(seen_in(os).rows, 3);
    options.dry_run = false;
    expect_ok(retranslate_run(os, &options, &tally, &complaint));
    expect_int(tally.added, 2);
    expect_int(tally.same, 1);
    expect_ok(retranslate_run(os, &options, &tally, &complaint));
    expect_int(tally.added, 0);
    expect_int(tally.repeats, 2);
    expect_int(tally.left, 2);
    Seen seen = seen_in(os);
    expect_int(seen.rows, 5);
    expect_int(seen.retranslated, 2);
    options.question = SLICE("suzuki");
    expect_ok(retranslate_run(os, &options, &tally, &complaint));
    expect_int(tally.different, 1);
    options.question = SLICE("| head 1");
    expect_int(retranslate_run(os, &options, &tally, &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "retranslate.pipes");
    source_set_free(set);
    simulated_os_free(machine);
}

static const TapTest tests[] = {
    TAP_TEST(an_unknown_line_becomes_known),  TAP_TEST(the_key_is_of_number_and_content),
    TAP_TEST(what_is_the_same_gives_nothing), TAP_TEST(what_one_row_cannot_tell_is_left),
    TAP_TEST(less_does_not_replace_more),     TAP_TEST(who_it_was_then_stays_known),
    TAP_TEST(a_store_gains_rows_once),
};
TAP_MAIN(tests)
