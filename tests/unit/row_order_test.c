/* Bytes of a row as the first version wrote them, read back by name. Built twice: with the tables
 * of knowledge/words/ as they are, and with tables in another order (tests/reordered), where the
 * field process.pid and the verb SPAM are gone. When this fails, old stores have become unreadable.
 */
#include "tests/support/tap.h"

#include "record/row.h"

#include <errno.h>

static const uint8_t written[] = {
    0x01, 0x13, 0x02, 0x04, 0x7c, 0xe6, 0xe0, 0x8c, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6,
    0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0x00, 0x00, 0x2a, 0x36, 0xfe, 0x9c,
    0x97, 0x17, 0x00, 0xca, 0xc4, 0x71, 0xfe, 0x9c, 0x97, 0x17, 0x01, 0xac, 0x02, 0x02, 0x00,
    0x08, 0x61, 0x75, 0x74, 0x68, 0x2e, 0x6c, 0x6f, 0x67, 0x2b, 0x41, 0x63, 0x63, 0x65, 0x70,
    0x74, 0x65, 0x64, 0x20, 0x70, 0x61, 0x73, 0x73, 0x77, 0x6f, 0x72, 0x64, 0x20, 0x66, 0x6f,
    0x72, 0x20, 0x74, 0x61, 0x6e, 0x61, 0x6b, 0x61, 0x20, 0x66, 0x72, 0x6f, 0x6d, 0x20, 0x31,
    0x39, 0x32, 0x2e, 0x30, 0x2e, 0x32, 0x2e, 0x37, 0x02, 0x38, 0x6d, 0x65, 0x73, 0x73, 0x61,
    0x67, 0x65, 0x19, 0x70, 0x69, 0x64, 0xad, 0x01, 0x00, 0x0c, 0x38, 0x31, 0x32, 0x04, 0x79,
    0x62, 0x7a, 0x7b, 0x4f, 0x43, 0x07, 0x1b, 0xd3, 0x66, 0xd3, 0xec, 0x29, 0xca, 0xc6, 0x80,
    0x10, 0x73, 0x73, 0x68, 0x64, 0x19, 0x29, 0x25, 0x0c, 0x06,
};

static Slice field(const Record *record, const char *name)
{
    char scratch[RECORD_SCRATCH_BYTES];
    Slice text = {0};
    int r = record_get(record, slice_from_cstr(name), scratch, &text);
    return r < 0 ? SLICE("(no such field)") : text;
}

static void a_row_of_the_first_version(void)
{
    Arena arena = arena_make(0);
    Row row;
    if (!expect_ok(row_decode(slice_of(written, sizeof written), &arena, &row))) return;
    expect_text(row.origin, "auth.log");
    expect_int(row.key[15], 0xaf);
    expect_text(row.event.raw, "Accepted password for tanaka from 192.0.2.7");
    expect_int(row.event.time_ns, 1700000000000000000);
    expect_int(row.event.offset, 300);
    expect_int(row.event.index, 2);
    expect_int(row.event.field_count, 2);
    expect_text(event_text(&row.event, "pid"), "812");
    expect_text(verbs[row.record.verb].token, "LOGON");
    expect_int(row.record.outcome, OUTCOME_SUCCESS);
    expect_text(field(&row.record, "user.name"), "tanaka");
    expect_text(field(&row.record, "source.ip"), "192.0.2.7");
    expect_text(field(&row.record, "event.dataset"), "sshd");
#ifdef TABLES_REORDERED
    expect_text(field(&row.record, "process.pid"), "(no such field)");
    expect_text(record_fields[0].name, "added.first");
    expect_text(verbs[0].token, "ADDED_FIRST");
#else
    expect_text(field(&row.record, "process.pid"), "812");
#endif
    arena_done(&arena);
}

static void a_name_that_is_not_known_costs_nothing_else(void)
{
    uint8_t bytes[sizeof written];
    Arena arena = arena_make(0);
    Row row;
    memcpy(bytes, written, sizeof written);
    bytes[4] ^= 0xff;   /* the verb's hash */
    bytes[119] ^= 0xff; /* the hash of event.dataset, the first record field */
    if (!expect_ok(row_decode(slice_of(bytes, sizeof bytes), &arena, &row))) return;
    expect_text(verbs[row.record.verb].token, "OTHER");
    expect_text(field(&row.record, "event.dataset"), "");
    expect_text(field(&row.record, "user.name"), "tanaka");
    expect_text(field(&row.record, "source.ip"), "192.0.2.7");
    arena_done(&arena);
}

static void other_versions_are_refused(void)
{
    uint8_t bytes[sizeof written];
    Arena arena = arena_make(0);
    Row row;
    memcpy(bytes, written, sizeof written);
    bytes[0] = 2;
    expect_int(row_decode(slice_of(bytes, sizeof bytes), &arena, &row), -EBADMSG);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(a_row_of_the_first_version),
    TAP_TEST(a_name_that_is_not_known_costs_nothing_else),
    TAP_TEST(other_versions_are_refused),
};
TAP_MAIN(tests)
