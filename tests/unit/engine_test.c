/* engine/: queues, row identity, and the writer's promise under a store that fails. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "decode/lines.h"
#include "engine/import.h"
#include "engine/row_key.h"
#include "engine/self_check.h"
#include "engine/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void queues_are_bounded_and_close(void)
{
    static Queue queue;
    queue_init(&queue, 2);
    Batch *first = batch_new(), *second = batch_new(), *out = NULL;
    expect_ok(queue_push(&queue, first));
    expect_ok(queue_push(&queue, second));
    expect_ok(queue_pop(&queue, 0, &out));
    expect(out == first);
    batch_free(out);
    queue_close(&queue);
    expect_ok(queue_pop(&queue, -1, &out));
    expect(out == second);
    expect_int(queue_push(&queue, second), -EPIPE);
    expect_int(queue_pop(&queue, -1, &out), -EPIPE);
    batch_free(second);
    queue_done(&queue);
}

static void an_empty_queue_waits_no_longer_than_told(void)
{
    static Queue queue;
    Batch *out = NULL;
    queue_init(&queue, 1);
    expect_int(queue_pop(&queue, 0, &out), -EAGAIN);
    expect_int(queue_pop(&queue, 20, &out), -EAGAIN);
    expect(out == NULL);
    queue_done(&queue);
}

static Event line_event(const char *line, uint64_t offset)
{
    return (Event){.format = EVENT_TEXT, .offset = offset, .raw = slice_from_cstr(line)};
}

static bool same_key(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, ROW_KEY_BYTES) == 0;
}

static void equal_lines_are_told_apart_and_repeats_are_known(void)
{
    CLEANUP(repeats_done) Repeats repeats = {0};
    uint8_t keys[3][ROW_KEY_BYTES], again[ROW_KEY_BYTES];
    const Event event = line_event("same line", 0), moved = line_event("same line", 777);
    for (int i = 0; i < 3; i++) {
        row_key_for_import(&repeats, (Slice){0}, &event, keys[i]);
    }
    expect(!same_key(keys[0], keys[1]) && !same_key(keys[1], keys[2]));
    repeats_clear(&repeats);
    row_key_for_import(&repeats, (Slice){0}, &moved, again);
    expect(same_key(again, keys[0]));
    row_key_for_import(&repeats, (Slice){0}, &moved, again);
    expect(same_key(again, keys[1]));
    repeats_clear(&repeats);
    row_key_for_import(&repeats, SLICE("FS01"), &event, again);
    expect(!same_key(again, keys[0]));
}

static void a_numbered_event_is_itself_wherever_it_stands(void)
{
    CLEANUP(repeats_done) Repeats repeats = {0};
    const Field fields[] = {{SLICE_INIT("EventID"), SLICE_INIT("4624"), FIELD_NUMBER},
                            {SLICE_INIT("EventRecordID"), SLICE_INIT("7"), FIELD_NUMBER}};
    const Field split[] = {{SLICE_INIT("EventID"), SLICE_INIT("462"), FIELD_NUMBER},
                           {SLICE_INIT("4EventRecordID"), SLICE_INIT("7"), FIELD_NUMBER}};
    Event event = {.format = EVENT_WINDOWS, .record_id = 7, .fields = fields, .field_count = 2};
    uint8_t first[ROW_KEY_BYTES], second[ROW_KEY_BYTES], other[ROW_KEY_BYTES];
    row_key_for_import(&repeats, (Slice){0}, &event, first);
    event.offset = 99;
    row_key_for_import(&repeats, (Slice){0}, &event, second);
    expect(same_key(first, second));
    event.fields = split;
    row_key_for_import(&repeats, (Slice){0}, &event, other);
    expect(!same_key(first, other));
}

static void many_lines_stay_exact_past_growth(void)
{
    CLEANUP(repeats_done) Repeats repeats = {0};
    uint8_t first[ROW_KEY_BYTES], again[ROW_KEY_BYTES];
    char line[32];
    for (int i = 0; i < 20000; i++) {
        snprintf(line, sizeof line, "line %d", i);
        const Event event = line_event(line, 0);
        row_key_for_import(&repeats, (Slice){0}, &event, again);
        if (i == 0) memcpy(first, again, sizeof first);
    }
    const Event event = line_event("line 0", 0);
    row_key_for_import(&repeats, (Slice){0}, &event, again);
    expect(!same_key(first, again)); /* the second occurrence of line 0 */
    expect_int(repeats.count, 20000);
}

/* An Os whose writes fail while `broken` is set. */
static atomic_bool broken;

static ssize_t failing_write(void *state, int fd, const void *from, size_t bytes)
{
    return atomic_load(&broken) ? -ENOSPC : os_real.write(state, fd, from, bytes);
}

static ssize_t failing_pwrite(void *state, int fd, const void *from, size_t bytes, uint64_t offset)
{
    return atomic_load(&broken) ? -ENOSPC : os_real.pwrite(state, fd, from, bytes, offset);
}

static int failing_sync(void *state, int fd)
{
    return atomic_load(&broken) ? -EIO : os_real.sync_data(state, fd);
}

typedef struct Line {
    Queue idle, work;
    Counters counters;
    Writer *writer;
} Line;

static bool line_start(Line *line, const Os *os, const char *folder, WriterPolicy policy)
{
    const WriterOptions options = {.os = os,
                                   .folder = folder,
                                   .store = {.kek = kit_kek()},
                                   .commit_ms = 5,
                                   .commit_bytes = 1 << 20,
                                   .batch_count = 4,
                                   .policy = policy};
    Complaint complaint = {0};
    *line = (Line){0};
    queue_init(&line->idle, 4);
    queue_init(&line->work, 4);
    for (int i = 0; i < 4; i++) {
        expect_ok(queue_push(&line->idle, batch_new()));
    }
    return expect_ok(writer_start(&options, &line->work, &line->idle, &line->counters,
                                  &line->writer, &complaint));
}

static int line_stop(Line *line)
{
    int r = writer_stop(line->writer);
    queue_done(&line->idle);
    queue_done(&line->work);
    return r;
}

static void add_rows(Line *line, uint64_t first, unsigned count)
{
    Batch *batch = NULL;
    if (!expect_ok(queue_pop(&line->idle, 10000, &batch))) return;
    for (unsigned i = 0; i < count; i++) {
        Row row = {.origin = SLICE("test"),
                   .record = {.time_ns = 1,
                              .end_ns = TIME_UNKNOWN,
                              .count = 1,
                              .ingested_ns = 1,
                              .verb = VERB_OTHER}};
        row_key_for_live(42, first + i, row.key);
        expect_ok(arena_format(&batch->arena, &row.event.raw, "row %llu",
                               (unsigned long long)(first + i)));
        row.event.time_ns = 1;
        expect_ok(batch_add_row(batch, &row));
    }
    expect_ok(queue_push(&line->work, batch));
}

static int count_row(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ++*(uint64_t *)context;
    return 0;
}

static uint64_t rows_in(const char *folder)
{
    uint64_t count = 0;
    StoreReader *reader = NULL;
    const ScanRange all = {.from_ns = INT64_MIN, .to_ns = INT64_MAX};
    if (!expect_ok(store_reader_open(&os_real, folder, kit_kek(), &reader, NULL))) return 0;
    expect_ok(store_scan(reader, &all, count_row, NULL, &count));
    store_reader_close(reader);
    return count;
}

static const char *store_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", tap_temporary_folder(), name);
    return path;
}

static void what_is_counted_as_stored_is_stored(void)
{
    static Line line;
    const char *folder = store_folder("plain");
    if (!line_start(&line, &os_real, folder, WRITER_STOP)) return;
    for (uint64_t i = 0; i < 10; i++) {
        add_rows(&line, i * 100, 100);
    }
    expect_int(line_stop(&line), 0);
    expect_int(counter_read(&line.counters, COUNTER_ROWS_STORED), 1000);
    expect_int(rows_in(folder), 1000);
}

static Os make_failing_os(void)
{
    Os os = os_real;
    os.write = failing_write;
    os.pwrite = failing_pwrite;
    os.sync_data = failing_sync;
    return os;
}

static void a_full_disk_stops_an_import_and_keeps_what_was_counted(void)
{
    static Line line;
    const Os os = make_failing_os();
    const char *folder = store_folder("full");
    atomic_store(&broken, false);
    if (!line_start(&line, &os, folder, WRITER_STOP)) return;
    add_rows(&line, 0, 50);
    while (counter_read(&line.counters, COUNTER_ROWS_STORED) < 50) {
        os_real.sleep_ns(NULL, NS_PER_MS);
    }
    atomic_store(&broken, true);
    add_rows(&line, 50, 50);
    int r = line_stop(&line);
    expect(r == -ENOSPC || r == -EIO);
    expect_int(counter_read(&line.counters, COUNTER_ROWS_STORED), 50);
    expect_int(rows_in(folder), 50);
}

static void a_server_waits_for_the_disk_and_doubles_nothing(void)
{
    static Line line;
    const Os os = make_failing_os();
    const char *folder = store_folder("retry");
    atomic_store(&broken, false);
    if (!line_start(&line, &os, folder, WRITER_RETRY)) return;
    add_rows(&line, 0, 20);
    atomic_store(&broken, true);
    add_rows(&line, 20, 20);
    os_real.sleep_ns(NULL, 100 * NS_PER_MS);
    atomic_store(&broken, false);
    add_rows(&line, 40, 20);
    expect_int(line_stop(&line), 0);
    expect_int(rows_in(folder), 60);
}

/* ---- the server's look at its own store */

static void toggle_byte(const char *path, uint64_t offset)
{
    const Os *os = &os_real;
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDWR, 0)};
    char byte = 0;
    expect_int(os_pread_full(os, file.fd, &byte, 1, offset), 1);
    byte ^= 4;
    expect_ok(os_pwrite_full(os, file.fd, &byte, 1, offset));
}

static void a_changed_segment_is_found_and_told(void)
{
    const char *folder = store_folder("self");
    char path[4096], words[SELF_CHECK_WORDS_MAX] = "";
    static atomic_bool stopping;
    const SelfCheckOptions options = {
        .os = &os_real, .folder = folder, .kek = kit_kek(), .stopping = &stopping};
    KitHistory history = {0};
    Store *store;
    Event event;
    if (!expect_ok(kit_open(&os_real, folder, NULL, &store, NULL))) return;
    expect_ok(kit_work(store, 1, 200, 50, &history));
    expect_ok(store_seal(store));
    store_close(store);
    expect_int(self_check_once(&options, words), 0);
    snprintf(path, sizeof path, "%s/segments/00000001.seg", folder);
    toggle_byte(path, 5000);
    expect_int(self_check_once(&options, words), 1);
    Slice line = slice_from_cstr(words);
    expect(slice_find(line, SLICE("segments/00000001.seg")) != SLICE_NOT_FOUND);
    CLEANUP(arena_done) Arena arena = {0};
    expect_ok(line_decode(line, &(DecodeOptions){0}, &arena, &event));
    expect_int(event.format, EVENT_SYSLOG);
    expect_int(event.parse, PARSE_OK);
    kit_history_done(&history);
}

static const TapTest tests[] = {
    TAP_TEST(queues_are_bounded_and_close),
    TAP_TEST(an_empty_queue_waits_no_longer_than_told),
    TAP_TEST(equal_lines_are_told_apart_and_repeats_are_known),
    TAP_TEST(a_numbered_event_is_itself_wherever_it_stands),
    TAP_TEST(many_lines_stay_exact_past_growth),
    TAP_TEST(what_is_counted_as_stored_is_stored),
    TAP_TEST(a_full_disk_stops_an_import_and_keeps_what_was_counted),
    TAP_TEST(a_server_waits_for_the_disk_and_doubles_nothing),
    TAP_TEST(a_changed_segment_is_found_and_told),
};

TAP_MAIN(tests)
