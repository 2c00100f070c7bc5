/* store/: what it promises, on a disk that works. Damage: store_damage_test.c; failing calls:
 * tests/fault; power cuts: tests/crash. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "os/simulated.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"
static const StoreOptions small = {.segment_bytes_max = 9000, .block_bytes_max = 3000};

static Store *open_store(const Os *os, const char *folder, const StoreOptions *options)
{
    Store *store = NULL;
    Complaint complaint = {0};
    int r = kit_open(os, folder, options, &store, &complaint);
    if (r < 0) tap_fail(__FILE__, __LINE__, "store_open: %d %s", r, complaint.en);
    return store;
}

static void same_stats(const Os *os, const char *folder, const StoreStats *want)
{
    StoreReader *reader;
    Complaint complaint;
    StoreStats got;
    if (!expect_ok(store_reader_open(os, folder, kit_kek(), &reader, &complaint))) return;
    store_reader_stats(reader, &got);
    expect_int(got.rows, want->rows);
    expect_int(got.row_bytes, want->row_bytes);
    expect_int(got.raw_bytes, want->raw_bytes);
    expect_int(got.damaged_blocks, 0);
    store_reader_close(reader);
}

static void work_and_check(const Os *os, const char *folder, const StoreOptions *options)
{
    KitHistory history = {0};
    StoreStats stats;
    Store *store = open_store(os, folder, options);
    if (!store) return;
    expect_ok(kit_work(store, 0, 400, 37, &history));
    kit_check(os, folder, &history, true);
    store_stats(store, &stats);
    expect_int(stats.rows, 400);
    same_stats(os, folder, &stats);
    store_close(store);
    kit_check(os, folder, &history, true);
    same_stats(os, folder, &stats);
    kit_check_again(os, folder, &history, true);
    kit_history_done(&history);
}

static void what_is_committed_is_found(void)
{
    SimulatedOs *machine = simulated_os_new(1);
    work_and_check(simulated_os_table(machine), FOLDER, NULL);
    work_and_check(simulated_os_table(machine), "/var/other", &small);
    simulated_os_free(machine);
}

static void the_same_on_a_real_disk(void)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s/a/b/store", tap_temporary_folder());
    work_and_check(&os_real, folder, &small);
}

/* ---- against a model: a list of rows */

typedef struct Model {
    const Os *os;
    Store *store;
    uint64_t random, next_id;
    Buf ids;          /* of the rows kept, in order: number i + 1 */
    size_t committed; /* of them */
    StoreReader *old; /* a reader opened earlier, and what it must give */
    size_t old_count;
    size_t scans;
} Model;

/* Adds a row as the store must: a known key is a repeat. */
static bool model_adds(const Model *model, uint64_t id)
{
    for (size_t i = 0; id % 9 != 0 && i < kit_count(&model->ids); i++) {
        if (kit_at(&model->ids, i) == id) return false;
    }
    return true;
}

static void model_append(Model *model)
{
    Arena arena = arena_make(0);
    Row rows[8];
    StoreTally tally = {0}, want = {0};
    size_t count = 1 + kit_random(&model->random) % ARRAY_COUNT(rows);
    for (size_t i = 0; i < count; i++) {
        bool repeat = model->next_id && kit_random(&model->random) % 4 == 0;
        uint64_t id = repeat ? kit_random(&model->random) % model->next_id : model->next_id++;
        rows[i] = kit_row(id, &arena);
        bool adds = model_adds(model, id);
        want.added += adds;
        want.duplicates += !adds;
        if (adds) buf_add(&model->ids, &id, sizeof id);
    }
    expect_ok(store_append(model->store, rows, count, &tally));
    expect_int(tally.added, want.added);
    expect_int(tally.duplicates, want.duplicates);
    arena_done(&arena);
}

static bool model_wants(const Model *model, size_t i, const ScanRange *range)
{
    Arena arena = arena_make(0);
    Row row = kit_row(kit_at(&model->ids, i), &arena);
    int64_t ns = row.record.time_ns != TIME_UNKNOWN ? row.record.time_ns : row.record.ingested_ns;
    arena_done(&arena);
    return i + 1 > range->after && ns >= range->from_ns &&
           (ns < range->to_ns || range->to_ns == INT64_MAX);
}

typedef struct ModelScan {
    const Model *model;
    const ScanRange *range;
    Buf numbers;
    size_t wrong, limit;
} ModelScan;

static int model_row(void *context, const Row *row, uint64_t number)
{
    ModelScan *scan = context;
    bool known = number >= 1 && number <= kit_count(&scan->model->ids);
    scan->wrong += !known || kit_at(&scan->model->ids, (size_t)number - 1) != row->event.index;
    buf_add(&scan->numbers, &number, sizeof number);
    return kit_count(&scan->numbers) == scan->limit;
}

static bool has_number(const Buf *numbers, uint64_t number)
{
    for (size_t i = 0; i < kit_count(numbers); i++) {
        if (kit_at(numbers, i) == number) return true;
    }
    return false;
}

/* What a reader gives is what the first `count` rows of the model give, each once; or `limit` of
 * them. */
static void model_compare(Model *model, StoreReader *reader, size_t count, const ScanRange *range,
                          size_t limit)
{
    ModelScan scan = {.model = model, .range = range, .limit = limit};
    expect_ok(store_scan(reader, range, model_row, NULL, &scan));
    expect_int(scan.wrong, 0);
    size_t wanted = 0, found = 0;
    for (size_t i = 0; i < count; i++) {
        if (!model_wants(model, i, range)) continue;
        wanted++;
        found += has_number(&scan.numbers, i + 1);
    }
    expect_int(kit_count(&scan.numbers), wanted < limit ? wanted : limit);
    expect_int(found, kit_count(&scan.numbers));
    buf_done(&scan.numbers);
    model->scans++;
}

static ScanRange random_range(Model *model)
{
    int64_t span = (int64_t)(model->next_id + 1) * 60;
    ScanRange range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX};
    if (kit_random(&model->random) % 2) {
        range.from_ns =
            (1700000000 + (int64_t)(kit_random(&model->random) % (uint64_t)span)) * NS_PER_SECOND;
        range.to_ns = range.from_ns + span / 3 * NS_PER_SECOND;
    }
    range.newest_first = kit_random(&model->random) % 2;
    if (kit_random(&model->random) % 2)
        range.after = kit_random(&model->random) % (model->next_id + 1);
    return range;
}

static void model_scan(Model *model)
{
    StoreReader *reader;
    Complaint complaint;
    if (!expect_ok(store_reader_open(model->os, FOLDER, kit_kek(), &reader, &complaint))) return;
    ScanRange range = random_range(model);
    size_t limit = kit_random(&model->random) % 3 ? SIZE_MAX : 1 + kit_random(&model->random) % 9;
    model_compare(model, reader, model->committed, &range, limit);
    if (model->old && kit_random(&model->random) % 3 == 0) { /* a snapshot stays what it was */
        range = random_range(model);
        model_compare(model, model->old, model->old_count, &range, SIZE_MAX);
        store_reader_close(model->old);
        model->old = NULL;
    }
    if (!model->old) {
        model->old = reader;
        model->old_count = model->committed;
    } else {
        store_reader_close(reader);
    }
}

static void model_commit(Model *model)
{
    expect_ok(store_commit(model->store));
    model->committed = kit_count(&model->ids);
    expect_int(store_pending_bytes(model->store), 0);
}

static void model_reopen(Model *model)
{
    store_close(model->store); /* what waited for a commit is lost */
    model->ids.len = model->committed * sizeof(uint64_t);
    model->store = open_store(model->os, FOLDER, &small);
}

static void run_model(uint64_t seed, size_t *scans)
{
    SimulatedOs *machine = simulated_os_new(seed);
    Model model = {.os = simulated_os_table(machine), .random = seed};
    model.store = open_store(model.os, FOLDER, &small);
    for (int i = 0; i < 120 && model.store && tap_failures() == 0; i++) {
        switch (kit_random(&model.random) % 8) {
        case 0:
        case 1: model_commit(&model); break;
        case 2: model_scan(&model); break;
        case 3:
            if (kit_random(&model.random) % 4 == 0) model_reopen(&model);
            break;
        default: model_append(&model);
        }
    }
    store_close(model.store);
    store_reader_close(model.old);
    *scans += model.scans;
    buf_done(&model.ids);
    simulated_os_free(machine);
}

static void random_work_agrees_with_a_list(void)
{
    size_t scans = 0;
    uint64_t seed = 1;
    for (; seed <= 60 && tap_failures() == 0; seed++) {
        run_model(seed, &scans);
        if (tap_failures()) tap_note("seed %llu", (unsigned long long)seed);
    }
    tap_note("%llu stores, %zu scans compared", (unsigned long long)seed - 1, scans);
}

/* ---- readers beside a writer */

typedef struct Beside {
    const char *folder;
    atomic_size_t safe;
    atomic_bool stop;
    atomic_int error;
    atomic_size_t scans, wrong;
} Beside;

static void read_once(Beside *beside)
{
    size_t safe = atomic_load(&beside->safe); /* before the reader is opened (S1) */
    KitScan scan = {0};
    int r = kit_scan(&os_real, beside->folder, KIT_ALL, &scan);
    bool good = r == 0 && scan.wrong == 0 && scan.damage_count == 0 && kit_count(&scan.ids) >= safe;
    kit_scan_sort(&scan);
    for (size_t i = 0; good && i < kit_count(&scan.ids); i++) {
        good = kit_at(&scan.ids, i) == i && kit_at(&scan.numbers, i) == i + 1;
    }
    if (!good) atomic_fetch_add(&beside->wrong, 1);
    if (r < 0) atomic_store(&beside->error, r);
    atomic_fetch_add(&beside->scans, 1);
    kit_scan_done(&scan);
}

static void *read_beside(void *context)
{
    Beside *beside = context;
    while (!atomic_load(&beside->stop)) {
        read_once(beside);
    }
    return NULL;
}

/* With the sealing thread at work, too. */
static void readers_see_all_that_was_committed_before(void)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s/beside", tap_temporary_folder());
    Beside beside = {.folder = folder};
    KitHistory history = {0};
    pthread_t thread;
    Store *store = NULL;
    StoreOptions threaded = small;
    threaded.kek = kit_kek();
    threaded.keep_time = true;
    expect_ok(store_open(&os_real, folder, &threaded, &store, NULL));
    if (!store || !expect_int(pthread_create(&thread, NULL, read_beside, &beside), 0)) return;
    for (uint64_t id = 0; id < 700 && !atomic_load(&beside.wrong); id += 7) {
        expect_ok(kit_work(store, id, id + 7, 3, &history));
        atomic_store(&beside.safe, (size_t)id + 7);
    }
    atomic_store(&beside.stop, true);
    pthread_join(thread, NULL);
    store_close(store);
    expect_int(atomic_load(&beside.wrong), 0);
    expect_int(atomic_load(&beside.error), 0);
    expect(atomic_load(&beside.scans) > 0);
    tap_note("%zu scans beside a writer", (size_t)atomic_load(&beside.scans));
    kit_history_done(&history);
}

/* ---- what may not be opened */

static void put_file(const Os *os, const char *path, const char *text)
{
    int fd = os->open(os->state, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!expect_ok(fd)) return;
    expect_ok(os_write_full(os, fd, text, strlen(text)));
    os->close(os->state, fd);
}

static int count_name(void *context, Slice name)
{
    (void)name;
    ++*(int *)context;
    return 0;
}

static void refused_unharmed(const Os *os, const char *folder, int want, const char *id)
{
    Store *store;
    StoreReader *reader;
    Complaint complaint = {0};
    int before = 0, after = 0;
    os->list(os->state, folder, count_name, &before);
    expect_int(kit_open(os, folder, NULL, &store, &complaint), want);
    expect_text(slice_from_cstr(complaint.id), id);
    expect_int(store_reader_open(os, folder, kit_kek(), &reader, &complaint), want);
    os->list(os->state, folder, count_name, &after);
    expect_int(after, before); /* not even a lock file (S5) */
}

static void other_folders_are_refused_unharmed(void)
{
    SimulatedOs *machine = simulated_os_new(1);
    const Os *os = simulated_os_table(machine);
    expect_ok(os_make_folders(os, "/home/me"));
    put_file(os, "/home/me/letter.txt", "Dear Sir");
    refused_unharmed(os, "/home/me", -EPROTO, "store.foreign");
    expect_ok(os_make_folders(os, "/home/you"));
    put_file(os, "/home/you/FORMAT", "a disk format of another program\n");
    refused_unharmed(os, "/home/you", -EPROTO, "store.foreign");
    expect_ok(os_make_folders(os, "/home/they"));
    put_file(os, "/home/they/FORMAT", /* the sum is the right one for this text */
             "akashi store 3 00000000000000ff 1085879df056cc2a5b63bbc20617dbbb\n");
    refused_unharmed(os, "/home/they", -EPROTO, "store.newer");
    put_file(os, "/home/file", "");
    refused_unharmed(os, "/home/file", -ENOTDIR, "store.system");
    StoreReader *reader;
    Complaint complaint = {0};
    expect_int(store_reader_open(os, "/home/nobody", kit_kek(), &reader, &complaint), -ENOENT);
    expect_text(slice_from_cstr(complaint.id), "store.absent");
    simulated_os_free(machine);
}

static void there_is_one_writer(void)
{
    SimulatedOs *machine = simulated_os_new(1);
    const Os *os = simulated_os_table(machine);
    Store *first = open_store(os, FOLDER, NULL), *second;
    Complaint complaint = {0};
    expect_int(kit_open(os, FOLDER, NULL, &second, &complaint), -EWOULDBLOCK);
    expect_text(slice_from_cstr(complaint.id), "store.locked");
    store_close(first);
    second = open_store(os, FOLDER, NULL);
    store_close(second);
    store_close(NULL);
    simulated_os_free(machine);
}

static void files_of_others_in_the_folder_are_left_alone(void)
{
    SimulatedOs *machine = simulated_os_new(1);
    const Os *os = simulated_os_table(machine);
    KitHistory history = {0};
    Store *store = open_store(os, FOLDER, &small);
    expect_ok(kit_work(store, 0, 90, 10, &history));
    store_close(store);
    put_file(os, FOLDER "/notes.txt", "mine");
    put_file(os, FOLDER "/seg-00000001.log.bak", "mine");
    put_file(os, FOLDER "/seg-1.log", "mine");
    kit_check_again(os, FOLDER, &history, true);
    FileInfo info;
    expect_ok(os->info(os->state, FOLDER "/seg-1.log", &info));
    expect_int(info.bytes, 4);
    expect_ok(os->info(os->state, FOLDER "/notes.txt", &info));
    kit_history_done(&history);
    simulated_os_free(machine);
}

/* ---- large rows */

static int first_row(void *context, const Row *row, uint64_t number)
{
    (void)number;
    Row *copy = context; /* its slices are dead after this: only lengths are looked at */
    *copy = *row;
    return 1;
}

static void large_rows(void)
{
    SimulatedOs *machine = simulated_os_new(1);
    const Os *os = simulated_os_table(machine);
    Store *store = open_store(os, FOLDER, NULL);
    StoreTally tally = {0};
    size_t raw_bytes = (size_t)65 << 20;
    char *raw = calloc(1, raw_bytes);
    Field *fields = calloc(70000, sizeof *fields);
    Row row = {0}, got = {0};
    row.event.raw = slice_of(raw, raw_bytes);
    expect_int(store_append(store, &row, 1, &tally), -EMSGSIZE);
    expect_int(tally.added, 0);
    row.event.raw.len = 5 << 20; /* more than a block */
    row.event.fields = fields;
    row.event.field_count = 70000;
    expect_ok(store_append(store, &row, 1, &tally));
    expect_ok(store_commit(store));
    store_close(store);
    StoreReader *reader;
    Complaint complaint;
    expect_ok(store_reader_open(os, FOLDER, kit_kek(), &reader, &complaint));
    expect_ok(store_scan(reader, KIT_ALL, first_row, NULL, &got));
    expect_int(got.event.raw.len, 5 << 20);
    expect_int(got.event.field_count, 1); /* the others can be decoded from raw again */
    expect_int(got.event.parse, PARSE_PARTIAL);
    store_reader_close(reader);
    free(raw);
    free(fields);
    simulated_os_free(machine);
}

/* ---- the bytes of doc/format/store.md */

static int see_example(void *context, const Row *row, uint64_t number)
{
    ++*(int *)context;
    expect_int(number, 1);
    expect_text(row->origin, "auth.log");
    expect_text(row->event.raw, "Accepted password for tanaka from 192.0.2.7");
    expect_text(row->record.text[RECORD_USER_NAME], "tanaka");
    return 0;
}

static void copy_file(const Os *to_os, const char *to, const char *name)
{
    char from[4096], path[4096];
    Arena arena = arena_make(0);
    Slice bytes;
    snprintf(from, sizeof from, "%s/tests/golden/store-1/%s", tap_source_root(), name);
    snprintf(path, sizeof path, "%s/%s", to, name);
    expect_ok(os_read_file(&os_real, from, 1 << 20, &arena, &bytes));
    int fd = to_os->open(to_os->state, path, O_WRONLY | O_CREAT, 0600);
    expect_ok(fd);
    expect_ok(os_write_full(to_os, fd, bytes.ptr, bytes.len));
    expect_ok(to_os->sync_data(to_os->state, fd));
    to_os->close(to_os->state, fd);
    arena_done(&arena);
}

static int note_plain_name(void *context, Slice name)
{
    *(int *)context += slice_starts(name, SLICE("seg-")) || slice_eq(name, SLICE("MIGRATING"));
    return 0;
}

/* The example of doc/format/store.md, in version 1. */
static void a_store_of_the_first_version_is_migrated(void)
{
    SimulatedOs *machine = simulated_os_new(1);
    const Os *os = simulated_os_table(machine);
    StoreReader *reader;
    Store *store;
    Complaint complaint = {0};
    int rows = 0, plain = 0;
    expect_ok(os_make_folders(os, FOLDER));
    copy_file(os, FOLDER, "FORMAT");
    copy_file(os, FOLDER, "seg-00000001.log");
    expect_int(store_reader_open(os, FOLDER, kit_kek(), &reader, &complaint), -EPROTO);
    expect_text(slice_from_cstr(complaint.id), "store.older");
    for (int i = 0; i < 2; i++) {
        if (!expect_ok(kit_open(os, FOLDER, NULL, &store, &complaint))) return;
        store_close(store);
        rows = 0;
        if (!expect_ok(store_reader_open(os, FOLDER, kit_kek(), &reader, &complaint))) return;
        expect_ok(store_scan(reader, KIT_ALL, see_example, NULL, &rows));
        expect_int(rows, 1);
        store_reader_close(reader);
    }
    expect_ok(os->list(os->state, FOLDER, note_plain_name, &plain));
    expect_int(plain, 0); /* nothing is left unencrypted */
    simulated_os_free(machine);
}

static const TapTest tests[] = {
    TAP_TEST(what_is_committed_is_found),
    TAP_TEST(the_same_on_a_real_disk),
    TAP_TEST(random_work_agrees_with_a_list),
    TAP_TEST(readers_see_all_that_was_committed_before),
    TAP_TEST(other_folders_are_refused_unharmed),
    TAP_TEST(there_is_one_writer),
    TAP_TEST(files_of_others_in_the_folder_are_left_alone),
    TAP_TEST(large_rows),
    TAP_TEST(a_store_of_the_first_version_is_migrated),
};
TAP_MAIN(tests)
