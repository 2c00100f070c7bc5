/* The store when its bytes are hurt (S4): it opens, gives every row of every block that is whole,
 * never a wrong one, and says which blocks are not. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"
#include "store/wal/block_walk.h"
#include "store/wal/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"
static const StoreOptions small = {.segment_bytes_max = 9000, .block_bytes_max = 3000};

/* A store whose log is one file of `rows` blocks of a row each, and a mark. */
static SimulatedOs *make_small(uint64_t rows, KitHistory *history)
{
    static const StoreOptions tiny = {.block_bytes_max = 1};
    SimulatedOs *machine = simulated_os_new(3);
    Store *store;
    Complaint complaint;
    expect_ok(kit_open(simulated_os_table(machine), FOLDER, &tiny, &store, &complaint));
    expect_ok(kit_work(store, 1, 1 + rows, 1, history));
    store_close(store);
    return machine;
}

/* A store of two sealed segments and a short log. */
static SimulatedOs *make_sealed(KitHistory *history)
{
    SimulatedOs *machine = simulated_os_new(3);
    Store *store;
    Complaint complaint;
    expect_ok(kit_open(simulated_os_table(machine), FOLDER, NULL, &store, &complaint));
    for (uint64_t id = 1; id < 10; id += 4) {
        expect_ok(kit_work(store, id, id + 4, 2, history));
        if (id < 9) expect_ok(store_seal(store));
    }
    store_close(store);
    return machine;
}

/* Several segments and a log: the writer is not closed but cut off. */
static SimulatedOs *make_large(KitHistory *history)
{
    SimulatedOs *machine = simulated_os_new(4), *after;
    Store *store;
    Complaint complaint;
    expect_ok(kit_open(simulated_os_table(machine), FOLDER, &small, &store, &complaint));
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
    StorePath path = store_file_path(&folder, STORE_FILE_WAL, segment);
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

static void every_bit_of_a_small_log(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_small(4, &history);
    Layout layout = layout_of(machine, 1);
    const char *path = FOLDER "/wal-00000001.log";
    uint64_t bytes = file_bytes(machine, path);
    expect_int(layout.count, 5); /* four blocks and a mark */
    expect(bytes <= 8192);
    size_t flips = 0;
    for (uint64_t at = 0; at < bytes && tap_failures() < 4; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            expect_ok(simulated_os_flip(machine, path, at, (uint8_t)(1 << bit)));
            check_flip(machine, &layout, at, 4);
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
    static const char *const files[] = {FOLDER "/wal-00000001.log", FOLDER "/FORMAT"};
    KitHistory history = {0};
    SimulatedOs *machine = make_small(4, &history);
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

/* ---- sealed stores */

static const char *const sealed_files[] = {
    FOLDER "/MANIFEST",        FOLDER "/segments/00000001.seg", FOLDER "/segments/00000002.seg",
    FOLDER "/chain/chain.log", FOLDER "/chain/checkpoints.txt", FOLDER "/chain/epoch.key",
};

/* Never a wrong row; what is missing is said; only rows of the file that was hurt are. */
static void check_sealed_flip(SimulatedOs *hurt, const KitHistory *history, size_t file)
{
    const Os *os = simulated_os_table(hurt);
    CLEANUP(kit_scan_done) KitScan scan = {0};
    bool is_segment = file == 1 || file == 2;
    expect_ok(kit_scan(os, FOLDER, KIT_ALL, &scan));
    size_t found = kit_count(&scan.ids), all = kit_count(&history->appended);
    expect_int(scan.wrong, 0);
    expect(found == all || (is_segment && found >= all - 4 && scan.damage_count > 0));
}

/* Where the keys of a segment are hurt a repeat may be taken again, so only the new row is asked.
 */
static void takes_rows(const Os *os)
{
    CLEANUP(kit_scan_done) KitScan scan = {0};
    Arena arena = arena_make(0);
    Store *store;
    StoreTally tally = {0};
    Complaint complaint;
    const Row row = kit_row(1000, &arena);
    if (!expect_ok(kit_open(os, FOLDER, NULL, &store, &complaint))) return;
    expect_ok(store_append(store, &row, 1, &tally));
    expect_ok(store_commit(store));
    store_close(store);
    expect_int(tally.added, 1);
    expect_ok(kit_scan(os, FOLDER, KIT_ALL, &scan));
    expect_int(scan.wrong, 0);
    bool found = false;
    for (size_t i = 0; i < kit_count(&scan.ids); i++) {
        found |= kit_at(&scan.ids, i) == 1000;
    }
    expect(found);
    arena_done(&arena);
}

/* One bit of each byte; with AKASHI_BITS=8 (./dev long) every bit. */
static void every_byte_of_a_sealed_store(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_sealed(&history);
    const char *given = getenv("AKASHI_BITS");
    const uint64_t bits = given && *given == '8' ? 8 : 1;
    size_t flips = 0, opened = 0;
    for (size_t f = 0; f < ARRAY_COUNT(sealed_files); f++) {
        uint64_t bytes = file_bytes(machine, sealed_files[f]);
        for (uint64_t i = 0; i < bytes * bits && tap_failures() < 4; i++, flips++) {
            uint64_t at = i / bits, bit = bits == 8 ? i % 8 : at % 8;
            SimulatedOs *hurt = simulated_os_after_cut(machine, POWER_CUT_NONE, 0);
            expect_ok(simulated_os_flip(hurt, sealed_files[f], at, (uint8_t)(1 << bit)));
            check_sealed_flip(hurt, &history, f);
            if (i % 11 == 0) { /* a writer opens, too */
                takes_rows(simulated_os_table(hurt));
                opened++;
            }
            if (tap_failures()) tap_note("%s, byte %llu", sealed_files[f], (unsigned long long)at);
            simulated_os_free(hurt);
        }
    }
    tap_note("%zu bits flipped one by one, %zu of the stores opened for writing", flips, opened);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static void a_manifest_is_made_again(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_large(&history);
    const Os *os = simulated_os_table(machine);
    expect_ok(os->unlink(os->state, FOLDER "/MANIFEST"));
    kit_check_again(os, FOLDER, &history, true); /* adopted by the next opening */
    kit_check(os, FOLDER, &history, true);
    expect_ok(simulated_os_flip(machine, FOLDER "/MANIFEST", 40, 1));
    kit_check(os, FOLDER, &history, true);
    kit_check_again(os, FOLDER, &history, true);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static void note_news(void *context, StoreNews news, const char *detail)
{
    (void)detail;
    if (news != STORE_NEWS_CHECKPOINT) *(unsigned *)context |= 1u << news;
}

static unsigned news_of_opening(const Os *os)
{
    unsigned told = 0;
    StoreOptions options = {.told = note_news, .told_context = &told};
    Store *store;
    Complaint complaint;
    if (expect_ok(kit_open(os, FOLDER, &options, &store, &complaint))) store_close(store);
    return told;
}

/* The chain is told to be damaged once, kept, and replaced. */
static void a_damaged_chain_is_told(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_sealed(&history);
    const Os *os = simulated_os_table(machine);
    FileInfo info;
    expect_int(news_of_opening(os), 0);
    expect_ok(simulated_os_flip(machine, FOLDER "/chain/chain.log", 100, 4));
    expect_int(news_of_opening(os), 1u << STORE_NEWS_CHAIN_REPLACED | 1u << STORE_NEWS_CHAIN_NEW);
    expect_int(news_of_opening(os), 0);
    expect_ok(os->info(os->state, FOLDER "/chain.damaged-1/chain.log", &info));
    kit_check(os, FOLDER, &history, true);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static void another_key_changes_nothing(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_sealed(&history);
    const Os *os = simulated_os_table(machine);
    CLEANUP(secret_done) Secret *other = secret_new(KEK_BYTES);
    StoreOptions options = {.kek = other, .seal_in_commit = true};
    Store *store;
    StoreReader *reader;
    for (int damaged = 0; damaged < 2; damaged++) { /* FORMAT knows; then the content has to */
        Complaint complaint = {0};
        expect_int(store_open(os, FOLDER, &options, &store, &complaint), -ENOKEY);
        expect_text(slice_from_cstr(complaint.id), "store.key");
        if (!damaged) {
            expect_int(store_reader_open(os, FOLDER, other, &reader, &complaint), -ENOKEY);
            expect_ok(simulated_os_flip(machine, FOLDER "/FORMAT", 20, 1));
        }
    }
    kit_check(os, FOLDER, &history, true);
    kit_check_again(os, FOLDER, &history, true);
    kit_history_done(&history);
    simulated_os_free(machine);
}

/* ---- at random */

typedef struct Names {
    char names[64][FILE_NAME_MAX];
    size_t count;
} Names;

static int note_name(void *context, Slice name)
{
    Names *names = context;
    bool ours = slice_starts(name, SLICE("wal-")) || slice_starts(name, SLICE("now-")) ||
                slice_eq(name, SLICE("MANIFEST")) || slice_eq(name, SLICE("FORMAT"));
    if (ours && names->count < 64)
        snprintf(names->names[names->count++], FILE_NAME_MAX, "%.*s", SLICE_FMT(name));
    return 0;
}

static int note_segment(void *context, Slice name)
{
    Names *names = context;
    if (names->count < 64)
        snprintf(names->names[names->count++], FILE_NAME_MAX, "segments/%.*s", SLICE_FMT(name));
    return 0;
}

/* What a hurt store of many files must still do. open_end: the end of the file was perhaps never
 * finished, and then it is no damage. sealed: a segment, which goes on knowing the keys of rows
 * that are gone. */
static void check_hurt(SimulatedOs *hurt, const KitHistory *history, bool open_end, bool sealed,
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
    if (sealed)
        takes_rows(os);
    else
        kit_check_again(os, FOLDER, history, true);
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
    bool is_sealed = name[0] == 's';
    check_hurt(hurt, history, name[0] == 'w' || name[0] == 'n', is_sealed, losses);
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
    expect_ok(os->list(os->state, FOLDER "/segments", note_segment, &names));
    expect(names.count > 8);
    for (; count < 1000 && tap_failures() < 4; count++) {
        hurt_one(machine, &history, &names, &random, &losses);
    }
    expect(losses > 100);
    tap_note("%zu hurt stores of %zu files, %zu of them lost rows", count, names.count, losses);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static void a_missing_segment_is_said(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_large(&history);
    const Os *os = simulated_os_table(machine);
    expect_ok(os->unlink(os->state, FOLDER "/segments/00000002.seg"));
    CLEANUP(kit_scan_done) KitScan scan = {0};
    expect_ok(kit_scan(os, FOLDER, KIT_ALL, &scan));
    expect_text(buf_slice(&scan.damage), "segments/00000002.seg 0 segment.missing\n");
    kit_check(os, FOLDER, &history, false);
    kit_check_again(os, FOLDER, &history, false);
    kit_history_done(&history);
    simulated_os_free(machine);
}

/* A file of the log under another's name: none of its blocks is one there. */
static void a_block_elsewhere_is_no_block(void)
{
    KitHistory history = {0};
    SimulatedOs *machine = make_small(4, &history);
    const Os *os = simulated_os_table(machine);
    CLEANUP(kit_scan_done) KitScan scan = {0};
    expect_ok(os->rename(os->state, FOLDER "/wal-00000001.log", FOLDER "/wal-00000002.log"));
    expect_ok(kit_scan(os, FOLDER, KIT_ALL, &scan));
    expect_int(kit_count(&scan.ids), 0);
    kit_history_done(&history);
    simulated_os_free(machine);
}

static const TapTest tests[] = {
    TAP_TEST(every_bit_of_a_small_log),      TAP_TEST(a_writer_opens_whatever_byte_is_hurt),
    TAP_TEST(every_byte_of_a_sealed_store),  TAP_TEST(a_manifest_is_made_again),
    TAP_TEST(a_damaged_chain_is_told),       TAP_TEST(another_key_changes_nothing),
    TAP_TEST(a_larger_store_hurt_at_random), TAP_TEST(a_missing_segment_is_said),
    TAP_TEST(a_block_elsewhere_is_no_block),
};
TAP_MAIN(tests)
