/* Verifying with several threads says what one alone says: of a whole store, and of each place that
 * is changed. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "store/ops/verify_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define ROWS 1200

static const char *folder(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", tap_temporary_folder(), name);
    return path;
}

/* Some segments of several blocks; or one file of them all. */
static void fill(const char *to, bool packed)
{
    const StoreOptions options = {.segment_bytes_max = 200 << 10};
    Store *store;
    StoreTally tally = {0};
    StorePackTally packed_tally;
    const StorePackOptions pack = {.level = 1, .at_once = true};
    Complaint complaint = {0};
    CLEANUP(arena_done) Arena arena = arena_make(0);
    if (!expect_ok(kit_open(&os_real, to, &options, &store, &complaint))) return;
    for (uint64_t id = 0; id < ROWS; id++) {
        Row row = kit_row(id, &arena);
        expect_ok(store_append(store, &row, 1, &tally));
        if (id % 50 == 49) expect_ok(store_commit(store));
        arena_reset(&arena);
    }
    expect_ok(store_commit(store));
    expect_ok(store_seal(store));
    if (packed) expect_ok(store_pack(store, &pack, &packed_tally));
    store_close(store);
}

typedef struct Judged {
    uint64_t rows, segments;
    size_t refuse; /* this index */
} Judged;

static int judge(void *context, size_t index, const SegmentVerified *segment, SegmentFinding *ret)
{
    Judged *judged = context;
    judged->rows += segment->rows;
    judged->segments++;
    if (index != judged->refuse) return 0;
    *ret = (SegmentFinding){.id = "segment.chain"};
    return 1;
}

static StoreReader *open_reader(const char *of)
{
    StoreReader *reader = NULL;
    Complaint complaint = {0};
    expect_ok(store_reader_open(&os_real, of, kit_kek(), &reader, &complaint));
    return reader;
}

static void all_hold(const char *of, unsigned count)
{
    Judged judged = {.refuse = SIZE_MAX};
    const VerifyThreads threads = {.count = count, .judge = judge, .context = &judged};
    StoreReader *reader = open_reader(of);
    SegmentFinding finding;
    size_t index;
    expect_int(store_verify_threads(reader, &threads, &index, &finding), 0);
    expect_int(judged.rows, ROWS);
    expect_int(judged.segments, store_reader_segment_count(reader));
    store_reader_close(reader);
}

static void what_is_whole_holds(void)
{
    char one[600], many[600];
    snprintf(many, sizeof many, "%s", folder("many"));
    snprintf(one, sizeof one, "%s", folder("one"));
    fill(many, false);
    fill(one, true);
    for (unsigned count = 1; count <= VERIFY_THREADS_MAX; count++) {
        all_hold(many, count);
        all_hold(one, count);
    }
    StoreReader *reader = open_reader(many);
    expect(store_reader_segment_count(reader) > 2);
    SegmentFinding finding;
    size_t index;
    const VerifyThreads none = {.count = 0}, too_many = {.count = VERIFY_THREADS_MAX + 1};
    expect_int(store_verify_threads(reader, &none, &index, &finding), -EINVAL);
    expect_int(store_verify_threads(reader, &too_many, &index, &finding), -EINVAL);
    store_reader_close(reader);
}

static void flip(const char *path, off_t at)
{
    char byte = 0;
    int fd = open(path, O_RDWR);
    expect_int(pread(fd, &byte, 1, at), 1);
    byte ^= 0x20;
    expect_int(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* What one thread finds, the others find, too. */
static void compare(const char *of)
{
    SegmentFinding alone = {0}, several = {0};
    size_t index = 0, other = 0;
    const VerifyThreads one = {.count = 1};
    StoreReader *reader = open_reader(of);
    int r = store_verify_threads(reader, &one, &index, &alone);
    expect_int(r, 1);
    for (unsigned count = 2; count <= VERIFY_THREADS_MAX; count++) {
        const VerifyThreads threads = {.count = count};
        expect_int(store_verify_threads(reader, &threads, &other, &several), r);
        expect_int(other, index);
        expect_text(slice_from_cstr(several.id), alone.id);
        expect_int(several.block, alone.block);
        expect_int(several.rows, alone.rows);
    }
    store_reader_close(reader);
}

static void a_change_is_found_where_it_is(void)
{
    char of[600], path[900];
    snprintf(of, sizeof of, "%s", folder("changed"));
    fill(of, false);
    StoreReader *reader = open_reader(of);
    size_t count = store_reader_segment_count(reader);
    for (size_t i = 0; i < count; i++) {
        FileInfo info;
        snprintf(path, sizeof path, "%s/%s", of, store_reader_segment_info(reader, i)->file);
        expect_ok(os_real.info(os_real.state, path, &info));
        for (unsigned part = 0; part < 12; part++) {
            off_t at = (off_t)(info.bytes * part / 12 + 7);
            flip(path, at);
            compare(of);
            flip(path, at);
        }
    }
    store_reader_close(reader);
    all_hold(of, 2);
}

static void the_first_of_several_is_told(void)
{
    char of[600], path[900];
    snprintf(of, sizeof of, "%s", folder("several"));
    fill(of, false);
    StoreReader *reader = open_reader(of);
    size_t count = store_reader_segment_count(reader), index = 0;
    SegmentFinding finding = {0};
    Judged judged = {.refuse = count - 2};
    const VerifyThreads threads = {.count = 2, .judge = judge, .context = &judged};
    expect_int(store_verify_threads(reader, &threads, &index, &finding), 1);
    expect_int(index, count - 2);
    expect_text(slice_from_cstr(finding.id), "segment.chain");
    snprintf(path, sizeof path, "%s/%s", of, store_reader_segment_info(reader, 1)->file);
    expect_int(unlink(path), 0);
    expect_int(store_verify_threads(reader, &threads, &index, &finding), 1);
    expect_int(index, 1);
    expect_text(slice_from_cstr(finding.id), "segment.missing");
    store_reader_close(reader);
}

static void it_can_be_stopped(void)
{
    char of[600];
    snprintf(of, sizeof of, "%s", folder("stopped"));
    fill(of, false);
    atomic_bool stopping;
    atomic_init(&stopping, true);
    Judged judged = {.refuse = 0};
    const VerifyThreads threads = {
        .count = 2, .judge = judge, .context = &judged, .stopping = &stopping};
    StoreReader *reader = open_reader(of);
    SegmentFinding finding;
    size_t index;
    expect_int(store_verify_threads(reader, &threads, &index, &finding), 0);
    expect_int(judged.segments, 0);
    store_reader_close(reader);
}

static const TapTest tests[] = {
    TAP_TEST(what_is_whole_holds),
    TAP_TEST(a_change_is_found_where_it_is),
    TAP_TEST(the_first_of_several_is_told),
    TAP_TEST(it_can_be_stopped),
};
TAP_MAIN(tests)
