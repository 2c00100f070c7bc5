/* The store when its bytes are hurt (S4): it opens, gives every row of every block that is whole,
 * never a wrong one, and says which blocks are not. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"
#include "store/plain/block_walk.h"
#include "store/plain/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"
static const StoreOptions small = {.segment_bytes_max = 9000, .block_bytes_max = 3000};

/* A store of `blocks` short blocks in one segment, each from an opening and closing. */
static SimulatedOs *make_small(unsigned blocks, uint64_t rows_a_block, KitHistory *history)
{
    SimulatedOs *machine = simulated_os_new(3);
    for (unsigned i = 0; i < blocks; i++) {
        Store *store;
        Complaint complaint;
        uint64_t id = 1 + i * rows_a_block;
        expect_ok(store_open(simulated_os_table(machine), FOLDER, NULL, &store, &complaint));
        expect_ok(kit_work(store, id, id + rows_a_block, 100, history));
        store_close(store);
    }
    return machine;
}

/* Several segments with their indexes, and a log: the writer is not closed but cut off. */
static SimulatedOs *make_large(KitHistory *history)
{
    SimulatedOs *machine = simulated_os_new(4), *after;
    Store *store;
    Complaint complaint;
    expect_ok(store_open(simulated_os_table(machine), FOLDER, &small, &store, &complaint));
    expect_ok(kit_work(store, 1, 500, 11, history));
    after = simulated_os_after_cut(machine, POWER_CUT_NONE, 0);
    store_close(store);
    simulated_os_free(machine);
    return after;
}

static uint64_t file_bytes(SimulatedOs *machine, const char *path)
{
    const Os *os = simulated_os_table(machine);
    FileInfo info = {0};
    expect_ok(os->info(os->state, path, &info));
    return info.bytes;
}

/* The blocks of a segment, to know which rows a hurt byte may cost. */
typedef struct Layout {
    BlockHead heads[32];
    size_t count;
} Layout;

static Layout layout_of(SimulatedOs *machine, uint32_t segment)
{
    const Os *os = simulated_os_table(machine);
    Layout layout = {0};
    StoreFolder folder = {.os = os, .path = FOLDER};
    StorePath path = store_file_path(&folder, STORE_FILE_SEGMENT, segment);
    BlockWalk walk;
    int fd = os->open(os->state, path.text, O_RDONLY, 0);
    expect_ok(fd);
    block_walk_begin(&walk, os, fd, segment, 0, file_bytes(machine, path.text));
    while (layout.count < 32 && block_walk_next(&walk, &layout.heads[layout.count]) == 1) {
        layout.count++;
    }
    os->close(os->state, fd);
    return layout;
}

/* All numbers but those of the block that holds the offset. */
static bool lost_only_the_block(const KitScan *scan, const Layout *layout, uint64_t offset,
                                size_t rows)
{
    uint64_t lost_from = 0, lost_to = 0;
    for (size_t i = 0; i < layout->count; i++) {
        const BlockHead *head = &layout->heads[i];
        if (offset < head->offset || offset >= head->offset + block_bytes(head)) continue;
        lost_from = head->first_row;
        lost_to = head->first_row + head->row_count;
    }
    size_t at = 0;
    for (uint64_t number = 1; number <= rows; number++) {
        if (number >= lost_from && number < lost_to) continue;
        if (at == kit_count(&scan->numbers) || kit_at(&scan->numbers, at) != number) return false;
        at++;
    }
    return at == kit_count(&scan->numbers);
}

static void check_flip(SimulatedOs *hurt, const Layout *layout, uint64_t offset, size_t rows)
{
    CLEANUP(kit_scan_done) KitScan forwards = {0}, backwards = {0};
    const Os *os = simulated_os_table(hurt);
    bool good = kit_scan(os, FOLDER, KIT_ALL, &forwards) == 0 &&
                kit_scan(os, FOLDER, KIT_ALL_NEWEST_FIRST, &backwards) == 0;
    good = good && forwards.wrong == 0 && backwards.wrong == 0 && forwards.damage_count == 1 &&
           backwards.damage_count == 1 && kit_count(&forwards.ids) == kit_count(&backwards.ids) &&
           lost_only_the_block(&forwards, layout, offset, rows);
    if (good) return;
    tap_fail(__FILE__, __LINE__, "offset %llu: %zu rows, %zu wrong, damage:\n%.*s",
             (unsigned long long)offset, kit_count(&forwards.ids), forwards.wrong,
             SLICE_FMT(buf_slice(&forwards.damage)));
}

static void every_bit_of_a_small_segment(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_small(4, 5, &history);
    Layout layout = layout_of(machine, 1);
    const char *path = FOLDER "/seg-00000001.log";
    uint64_t bytes = file_bytes(machine, path);
    expect_int(layout.count, 8); /* four blocks, each with a mark */
    expect(bytes <= 4096);
    size_t flips = 0;
    for (uint64_t at = 0; at < bytes && tap_failures() < 4; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            expect_ok(simulated_os_flip(machine, path, at, (uint8_t)(1 << bit)));
            check_flip(machine, &layout, at, 20);
            expect_ok(simulated_os_flip(machine, path, at, (uint8_t)(1 << bit)));
            flips++;
        }
    }
    tap_note("%zu bits flipped in %llu bytes", flips, (unsigned long long)bytes);
    kit_history_done(&history);
    simulated_os_free(machine);
}

/* After any byte is hurt a writer opens too, and rows that are gone can be appended again. */
static void a_writer_opens_whatever_byte_is_hurt(void)
{
    static const char *const files[] = {FOLDER "/seg-00000001.log", FOLDER "/FORMAT"};
    KitHistory history = {0};
    SimulatedOs *machine = make_small(4, 5, &history);
    size_t opened = 0;
    for (size_t f = 0; f < ARRAY_COUNT(files); f++) {
        uint64_t bytes = file_bytes(machine, files[f]);
        for (uint64_t at = 0; at < bytes && tap_failures() < 4; at++, opened++) {
            SimulatedOs *hurt = simulated_os_after_cut(machine, POWER_CUT_NONE, 0);
            expect_ok(simulated_os_flip(hurt, files[f], at, 0x10));
            kit_check(simulated_os_table(hurt), FOLDER, &history, f == 1);
            kit_check_again(simulated_os_table(hurt), FOLDER, &history, true);
            if (tap_failures()) tap_note("%s, byte %llu", files[f], (unsigned long long)at);
            simulated_os_free(hurt);
        }
    }
    tap_note("%zu hurt stores opened for writing", opened);
    kit_history_done(&history);
    simulated_os_free(machine);
}

#define LAST_SEGMENT "seg-00000008.log" /* of make_large */

typedef struct Names {
    char names[64][FILE_NAME_MAX];
    size_t count;
} Names;

static int note_name(void *context, Slice name)
{
    Names *names = context;
    if (names->count < 64)
        snprintf(names->names[names->count++], FILE_NAME_MAX, "%.*s", SLICE_FMT(name));
    return 0;
}

/* What a hurt store of many files must still do. open_end: the end of the file was perhaps never
 * finished, and then it is no damage. closed: a closed segment, whose index goes on knowing the
 * keys of rows that are gone. */
static void check_hurt(SimulatedOs *hurt, const KitHistory *history, bool open_end, bool closed,
                       size_t *losses)
{
    const Os *os = simulated_os_table(hurt);
    CLEANUP(kit_scan_done) KitScan scan = {0};
    kit_check(os, FOLDER, history, false);
    expect_ok(kit_scan(os, FOLDER, KIT_ALL, &scan));
    bool all = kit_count(&scan.ids) == kit_count(&history->appended);
    if (!all && !open_end && scan.damage_count == 0) {
        tap_fail(__FILE__, __LINE__, "%zu rows, and no damage said", kit_count(&scan.ids));
    }
    *losses += !all;
    kit_check_again(os, FOLDER, history, !closed);
}

static void hurt_one(SimulatedOs *machine, const KitHistory *history, const Names *names,
                     uint64_t *random, size_t *losses)
{
    const char *name = names->names[kit_random(random) % names->count];
    char path[128];
    snprintf(path, sizeof path, "%s/%s", FOLDER, name);
    uint64_t bytes = file_bytes(machine, path);
    if (bytes == 0) return;
    SimulatedOs *hurt = simulated_os_after_cut(machine, POWER_CUT_NONE, 0);
    const Os *os = simulated_os_table(hurt);
    uint64_t at = kit_random(random) % bytes;
    int fd = os->open(os->state, path, O_RDWR, 0);
    switch (kit_random(random) % 3) {
    case 0:
        expect_ok(simulated_os_flip(hurt, path, at, (uint8_t)(1 << kit_random(random) % 8)));
        break;
    case 1: { /* a run of zeros */
        static const char zeros[700];
        uint64_t len = 1 + kit_random(random) % sizeof zeros;
        expect_ok(os_pwrite_full(os, fd, zeros, len < bytes - at ? len : bytes - at, at));
        break;
    }
    default: expect_ok(os->truncate(os->state, fd, at)); break;
    }
    os->close(os->state, fd);
    bool is_segment = strstr(name, ".log") && name[0] == 's';
    bool is_last = strcmp(name, LAST_SEGMENT) == 0;
    check_hurt(hurt, history, is_last || name[0] == 'n', is_segment && !is_last, losses);
    if (tap_failures())
        tap_note("%s, offset %llu of %llu", name, (unsigned long long)at,
                 (unsigned long long)bytes);
    simulated_os_free(hurt);
}

static void a_larger_store_hurt_at_random(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_large(&history);
    const Os *os = simulated_os_table(machine);
    Names names = {0};
    uint64_t random = 5;
    size_t losses = 0, count = 0;
    expect_ok(os->list(os->state, FOLDER, note_name, &names));
    expect(names.count > 8);
    expect(file_bytes(machine, FOLDER "/" LAST_SEGMENT) > 0);
    for (; count < 1000 && tap_failures() < 4; count++) {
        hurt_one(machine, &history, &names, &random, &losses);
    }
    expect(losses > 100);
    tap_note("%zu hurt stores of %zu files, %zu of them lost rows", count, names.count, losses);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static void an_index_is_made_again(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_large(&history);
    const Os *os = simulated_os_table(machine);
    const char *path = FOLDER "/seg-00000001.idx";
    uint64_t bytes = file_bytes(machine, path);
    Store *store;
    Complaint complaint;
    StoreTally tally = {0};
    expect_ok(os->unlink(os->state, FOLDER "/seg-00000002.idx"));
    expect_ok(store_open(os, FOLDER, &small, &store, &complaint));
    for (uint64_t at = 0; at < bytes; at += 300) { /* every page, while the store is open */
        expect_ok(simulated_os_flip(machine, path, at, 1));
    }
    Arena arena = arena_make(0);
    for (uint64_t id = 1; id < 500; id++) {
        if (id % 9 == 0) continue;
        Row row = kit_row(id, &arena);
        expect_ok(store_append(store, &row, 1, &tally));
        arena_reset(&arena);
    }
    expect_int(tally.added, 0);
    store_close(store);
    kit_check(os, FOLDER, &history, true);
    arena_done(&arena);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static void a_missing_segment_is_said(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_large(&history);
    const Os *os = simulated_os_table(machine);
    expect_ok(os->unlink(os->state, FOLDER "/seg-00000002.log"));
    CLEANUP(kit_scan_done) KitScan scan = {0};
    expect_ok(kit_scan(os, FOLDER, KIT_ALL, &scan));
    expect_text(buf_slice(&scan.damage), "seg-00000003.log 0 rows.missing\n");
    kit_check(os, FOLDER, &history, false);
    kit_history_done(&history);
    simulated_os_free(machine);
}

/* ---- a log that holds bytes made to look like a block */

static void add_forged_block(Buf *to, uint64_t store_id, uint64_t offset)
{
    BlockCodec *codec = block_codec_new();
    BlockRows rows = {0};
    CLEANUP(buf_done) Buf scratch = buf_make(0);
    Arena arena = arena_make(0);
    Row forged = kit_row(77, &arena);
    BlockPlace place = {.file_number = 1, .store_id = store_id, .offset = offset};
    block_rows_begin(&rows, 100);
    expect_ok(block_rows_add(&rows, &forged, &scratch));
    expect_ok(block_pack(codec, 3, &rows, &place, to));
    block_rows_done(&rows);
    block_codec_free(codec);
    arena_done(&arena);
}

/* A store with one row, whose raw holds the forged block; packed so little that it stands in the
 * file as it is. */
static SimulatedOs *store_with_forgery(uint64_t store_id, uint64_t offset)
{
    static const StoreOptions options = {.compression_level = -10000};
    SimulatedOs *machine = simulated_os_new(9);
    CLEANUP(buf_done) Buf raw = buf_make(0);
    uint64_t random = 1;
    for (int i = 0; i < 64; i++) {
        buf_add_le64(&raw, kit_random(&random));
    }
    add_forged_block(&raw, store_id, offset);
    Row row = {.origin = SLICE_INIT("attack"), .event.raw = buf_slice(&raw)};
    Store *store;
    Complaint complaint;
    StoreTally tally = {0};
    expect_ok(store_open(simulated_os_table(machine), FOLDER, &options, &store, &complaint));
    expect_ok(store_append(store, &row, 1, &tally));
    expect_ok(store_commit(store));
    store_close(store);
    return machine;
}

/* Where in the segment the forged block stands. */
static uint64_t place_of_forgery(SimulatedOs *machine)
{
    const Os *os = simulated_os_table(machine);
    Arena arena = arena_make(0);
    Slice bytes = {0};
    expect_ok(os_read_file(os, FOLDER "/seg-00000001.log", 1 << 20, &arena, &bytes));
    uint64_t place = 1 + slice_find(slice_skip(bytes, 1), SLICE("AKBLOCK\n"));
    arena_done(&arena);
    return place;
}

/* How many rows a scan gives when the true block's head is hurt. */
static size_t rows_with_forgery(uint64_t store_id)
{
    SimulatedOs *first = store_with_forgery(store_id, 0);
    uint64_t place = place_of_forgery(first);
    SimulatedOs *machine = store_with_forgery(store_id, place);
    expect_int(place_of_forgery(machine), place);
    expect_ok(simulated_os_flip(machine, FOLDER "/seg-00000001.log", 0, 1));
    CLEANUP(kit_scan_done) KitScan scan = {0};
    expect_ok(kit_scan(simulated_os_table(machine), FOLDER, KIT_ALL, &scan));
    expect(scan.damage_count > 0);
    simulated_os_free(first);
    simulated_os_free(machine);
    return kit_count(&scan.ids);
}

static void a_forged_block_in_a_log_is_no_block(void)
{
    SimulatedOs *machine = store_with_forgery(1, 0);
    StoreFolder folder;
    FolderState state;
    Complaint complaint;
    expect_ok(store_folder_look(&folder, simulated_os_table(machine), FOLDER, &state, &complaint));
    expect_int(rows_with_forgery(folder.store_id),
               1); /* who knows the id could: the test can tell */
    expect_int(rows_with_forgery(folder.store_id ^ 1), 0);
    simulated_os_free(machine);
}

static const TapTest tests[] = {
    TAP_TEST(every_bit_of_a_small_segment),  TAP_TEST(a_writer_opens_whatever_byte_is_hurt),
    TAP_TEST(a_larger_store_hurt_at_random), TAP_TEST(an_index_is_made_again),
    TAP_TEST(a_missing_segment_is_said),     TAP_TEST(a_forged_block_in_a_log_is_no_block),
};
TAP_MAIN(tests)
