/* See keep_kit.h. */
#include "tests/support/keep_kit.h"

#include "store/proof/checkpoint.h"
#include "store/sealed/store_verify.h"
#include "tests/support/tap.h"
#include "verify/verify.h"

#include <stdio.h>

static size_t class_of(const void *context, const Row *row)
{
    (void)context;
    return row->event.index % 3;
}

const StoreOptions *keep_options(void)
{
    static const StoreOptions options = {
        .segment_bytes_max = 9000,
        .block_bytes_max = 3000,
        .classes = {.names = {"brief", "standard", "audit"}, .count = 3, .of = class_of}};
    return &options;
}

int keep_open(const Os *os, const char *folder, Store **ret)
{
    Complaint complaint = {0};
    return kit_open(os, folder, keep_options(), ret, &complaint);
}

int keep_add(Store *store, KeepBook *book, uint64_t count)
{
    Arena arena = arena_make(0);
    StoreTally tally = {0};
    int r = 0;
    for (uint64_t i = 0; i < count && r == 0; i++) {
        Row row = kit_row(book->next, &arena);
        book->states[book->next++] = KEEP_GOING;
        r = store_append(store, &row, 1, &tally);
    }
    arena_done(&arena);
    if (r == 0) r = store_commit(store);
    if (r == 0) {
        for (uint64_t i = book->next - count; i < book->next; i++) {
            book->states[i] = KEEP_PRESENT;
        }
        r = store_seal(store);
    }
    return r;
}

StoreRetention keep_retention(void)
{
    return (StoreRetention){
        .days = 30, .classes = {{"brief", 1}, {"audit", 0}}, .class_count = 2, .at_once = true};
}

void keep_mark(KeepBook *book, int class_index, KeepState from, KeepState to)
{
    for (uint64_t id = 0; id < book->next; id++) {
        bool is_of = class_index < 0 || id % 3 == (uint64_t)class_index;
        if (is_of && book->states[id] == from) book->states[id] = (uint8_t)to;
    }
}

void keep_mark_each(KeepBook *book, uint64_t nth, KeepState from, KeepState to)
{
    for (uint64_t id = 0; id < book->next; id += nth) {
        if (book->states[id] == from) book->states[id] = (uint8_t)to;
    }
}

int keep_delete_each(Store *store, const KeepBook *book, uint64_t nth, bool dry_run,
                     StoreDeleted *ret)
{
    uint64_t numbers[KEEP_ROWS_MAX];
    StoreDeletion deletion = {
        .numbers = numbers, .reason = SLICE("sato: asked for"), .dry_run = dry_run};
    for (uint64_t id = 0; id < book->next; id += nth) {
        numbers[deletion.count++] = id + 1;
    }
    return store_delete(store, &deletion, ret);
}

/* ---- checks */

/* A block that was being written when the power went is torn in the log, before the store is opened
 * again; nowhere else. */
static bool is_torn_alone(const KitScan *scan)
{
    Slice rest = buf_slice(&scan->damage), line;
    while (slice_cut(&rest, '\n', &line)) {
        if (line.len > 0 && !slice_starts(line, SLICE("wal-")) &&
            !slice_starts(line, SLICE("tip-"))) {
            return false;
        }
    }
    return true;
}

static const char *judge_rows(const KitScan *scan, const KeepBook *book, bool is_cut)
{
    uint8_t found[KEEP_ROWS_MAX] = {0};
    if (scan->damage_count && !(is_cut && is_torn_alone(scan))) return "damage";
    if (scan->wrong) return "a row is not what was put in";
    for (size_t i = 0; i < kit_count(&scan->ids); i++) {
        uint64_t id = kit_at(&scan->ids, i);
        if (id >= book->next || book->states[id] == KEEP_ABSENT) return "a row from nowhere";
        if (book->states[id] == KEEP_GONE) return "a row that was taken out";
        if (found[id]++) return "a row twice";
    }
    for (uint64_t id = 0; id < book->next; id++) {
        if (book->states[id] == KEEP_PRESENT && !found[id]) {
            tap_note("row %llu", (unsigned long long)id);
            return "a row is missing";
        }
    }
    return NULL;
}

static const char *judge_segments(const Os *os, const char *folder)
{
    StoreReader *reader;
    Complaint complaint;
    const char *wrong = NULL;
    if (store_reader_open(os, folder, kit_kek(), &reader, &complaint) < 0) return "no reader";
    for (size_t i = 0; i < store_reader_segment_count(reader) && !wrong; i++) {
        SegmentVerified verified;
        SegmentFinding finding = {.id = "an error"};
        if (store_verify_segment(reader, i, &verified, &finding) != 0) wrong = finding.id;
    }
    store_reader_close(reader);
    return wrong;
}

static Bytes bytes_from(Slice slice)
{
    return (Bytes){(const uint8_t *)slice.ptr, slice.len};
}

static bool read_file(const Os *os, const char *folder, const char *name, Arena *arena, Slice *ret)
{
    char path[256];
    snprintf(path, sizeof path, "%s/chain/%s", folder, name);
    return os_read_file(os, path, (size_t)1 << 30, arena, ret) == 0;
}

static bool key_of(Slice chain, VerifyKey *ret)
{
    char room[256];
    Buf text = buf_over(room, sizeof room);
    Slice body;
    Digest leaf;
    ChainEntry entry;
    if (frame_take(&chain, &body, &leaf) < 0 || chain_entry_parse(body, &entry) < 0) return false;
    public_key_text_add(&text, &entry.log_id, &entry.genesis.key);
    return verify_key_parse(bytes_from(buf_slice(&text)), ret);
}

static const char *judge_chain(const Os *os, const char *folder, Arena *arena)
{
    Slice chain, notes;
    VerifyKey key;
    VerifyLog log;
    Finding finding = {0};
    if (!read_file(os, folder, "chain.log", arena, &chain)) return "no chain.log";
    if (!read_file(os, folder, "checkpoints.txt", arena, &notes)) return "no checkpoints.txt";
    if (!key_of(chain, &key)) return "no first key";
    verify_log_init(&log, &key);
    VerifyResult result = verify_log_entries(&log, bytes_from(chain), &finding);
    if (result == VERIFY_HOLDS) result = verify_log_checkpoints(&log, bytes_from(notes), &finding);
    verify_log_done(&log);
    return result == VERIFY_HOLDS ? NULL : finding.id;
}

static bool check(const Os *os, const char *folder, const KeepBook *book, bool is_cut)
{
    CLEANUP(kit_scan_done) KitScan scan = {0};
    CLEANUP(arena_done) Arena arena = arena_make(0);
    int r = kit_scan(os, folder, KIT_ALL, &scan);
    const char *wrong = r < 0 ? "the scan failed" : judge_rows(&scan, book, is_cut);
    if (!wrong) wrong = judge_segments(os, folder);
    if (!wrong && !is_cut) wrong = judge_chain(os, folder, &arena);
    if (!wrong) return true;
    tap_fail(__FILE__, __LINE__, "%s: result %d, %zu rows found; damage:\n%.*s", wrong, r,
             kit_count(&scan.ids), SLICE_FMT(buf_slice(&scan.damage)));
    return false;
}

bool keep_check(const Os *os, const char *folder, const KeepBook *book)
{
    return check(os, folder, book, false);
}

bool keep_check_cut(const Os *os, const char *folder, const KeepBook *book)
{
    return check(os, folder, book, true);
}
