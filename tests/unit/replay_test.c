/* engine/replay: the times of log lines moved, in each form that sources write. */
#include "tests/support/tap.h"

#include "engine/replay.h"

static void moved_is(const char *line, int64_t seconds, uint64_t number, const char *wanted)
{
    CLEANUP(buf_done) Buf to = {0};
    replay_shift(&to, slice_from_cstr(line), seconds * NS_PER_SECOND, number);
    expect_slice(buf_slice(&to), slice_from_cstr(wanted));
}

static void each_form_of_a_time_moves(void)
{
    moved_is("{\"@timestamp\":\"2026-11-30T23:59:58.123Z\"}", 5, 0,
             "{\"@timestamp\":\"2026-12-01T00:00:03.123Z\"}");
    moved_is("2026/11/20 17:40:37 gw", 86400, 0, "2026/11/21 17:40:37 gw");
    moved_is("<189>date=2026-11-20 time=23:59:59 devname=\"fw\"", 1, 0,
             "<189>date=2026-11-21 time=00:00:00 devname=\"fw\"");
    moved_is("<38>Nov  9 17:40:00 gw sshd[811]: x", 86400, 0,
             "<38>Nov 10 17:40:00 gw sshd[811]: x");
    moved_is("- [20/Nov/2026:11:00:00 +0900] \"GET", 60, 0, "- [20/Nov/2026:11:01:00 +0900] \"GET");
    moved_is("20-Nov-2026 11:00:00.123 queries", 60, 0, "20-Nov-2026 11:01:00.123 queries");
    moved_is("1795164037.369 12 10.0.0.1 TCP\n1795164037.369 x", 3, 0,
             "1795164040.369 12 10.0.0.1 TCP\n1795164040.369 x");
    moved_is("eventtime=1795164037 eventtime=1795164037369913239", 3, 0,
             "eventtime=1795164040 eventtime=1795164040369913239");
}

static void record_numbers_rise(void)
{
    Slice lines = SLICE("{\"record_id\":\"41\"}\n{\"EventRecordID\": 42,\"a\":42}");
    expect_int(replay_record_numbers(lines), 2);
    moved_is(lines.ptr, 0, 2, "{\"record_id\":\"43\"}\n{\"EventRecordID\": 44,\"a\":42}");
}

static void what_is_no_time_stays(void)
{
    static const char *const lines[] = {
        "",
        "2026-13-40T99:99:99",
        "id=12026-11-20T10:00:00",
        "Nov 99 17:40:00",
        "99/Nov/2026:11:00:00",
        "eventtime=12 eventtime=",
        "10.0.0.1:2026-11-20",
        "\"record_id\":\"\"",
        "x1795164037.369",
    };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
        moved_is(lines[i], 60, 7, lines[i]);
}

static const TapTest tests[] = {
    TAP_TEST(each_form_of_a_time_moves),
    TAP_TEST(record_numbers_rise),
    TAP_TEST(what_is_no_time_stays),
};
TAP_MAIN(tests)
