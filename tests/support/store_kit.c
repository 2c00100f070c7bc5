/* See store_kit.h. */
#include "tests/support/store_kit.h"

#include "base/check.h"
#include "record/event_key.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t kit_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* ---- stores */

const Secret *kit_kek(void)
{
    static Secret *kek;
    if (!kek) {
        kek = secret_new(KEK_BYTES);
        CHECK(kek);
        memset(secret_bytes(kek), 0x5a, KEK_BYTES);
    }
    return kek;
}

int kit_open(const Os *os, const char *folder, const StoreOptions *options, Store **ret,
             Complaint *complaint)
{
    StoreOptions with_key = options ? *options : (StoreOptions){0};
    with_key.kek = kit_kek();
    with_key.seal_in_commit = true;
    return store_open(os, folder, &with_key, ret, complaint);
}

/* ---- rows */

enum { KIT_FIELDS = 6 };

static Slice words(Arena *arena, uint64_t *random, size_t count)
{
    static const char *const all[] = {"logon",  "share",    "認証",   "C:\\work\\a.xlsx",
                                      "failed", "ユーザー", "tanaka", "192.0.2.7",
                                      "0x3e7",  "\xff\xfe", "",       "success"};
    CLEANUP(buf_done) Buf text = buf_make(0);
    for (size_t i = 0; i < count; i++) {
        buf_add_cstr(&text, all[kit_random(random) % ARRAY_COUNT(all)]);
        buf_add_char(&text, ' ');
    }
    Slice copy;
    CHECK(arena_copy(arena, buf_slice(&text), &copy) == 0);
    return copy;
}

/* A value: a piece of raw, the same bytes elsewhere, or something else. */
static Slice value_of(Slice raw, Arena *arena, uint64_t *random)
{
    uint64_t kind = kit_random(random) % 4;
    size_t from = raw.len ? kit_random(random) % raw.len : 0;
    Slice piece = slice_first(slice_skip(raw, from), kit_random(random) % 24);
    Slice copy;
    CHECK(arena_copy(arena, piece, &copy) == 0);
    return kind < 2 ? piece : kind == 2 ? copy : words(arena, random, 2);
}

static void fill_event(Event *event, Arena *arena, uint64_t *random, uint64_t id)
{
    static const char *const names[] = {"EventID", "Computer", "SubjectUserName", "Message",
                                        "項目"};
    Field *fields = ARENA_ARRAY(arena, Field, KIT_FIELDS);
    CHECK(fields);
    size_t count = kit_random(random) % (KIT_FIELDS + 1);
    event->format = (EventFormat)(id % 4);
    event->parse = (ParseState)(id % 3);
    event->time_ns = id % 11 == 0 ? TIME_UNKNOWN : (int64_t)(1700000000 + id * 60) * NS_PER_SECOND;
    event->offset = id * 100;
    event->index = id;
    event->record_id = id % 5 ? id + 7 : 0;
    event->raw = words(arena, random, id % 97 == 0 ? 900 : kit_random(random) % 24);
    for (size_t i = 0; i < count; i++) {
        fields[i].name = slice_from_cstr(names[kit_random(random) % ARRAY_COUNT(names)]);
        fields[i].kind = (FieldKind)(kit_random(random) % 5);
        fields[i].value = value_of(event->raw, arena, random);
    }
    if (event_is_itself(event)) {
        if (count == 0) count = 1;
        fields[0].name = SLICE("EventRecordID");
        CHECK(arena_format(arena, &fields[0].value, "%llu", (unsigned long long)id) == 0);
    }
    event->fields = fields;
    event->field_count = count;
}

static void fill_record(Record *record, const Event *event, Arena *arena, uint64_t *random,
                        uint64_t id)
{
    record->time_ns = id % 13 == 0 ? event->time_ns + 5 : event->time_ns;
    record->end_ns = id % 3 ? TIME_UNKNOWN : event->time_ns + 1000;
    record->ingested_ns = (int64_t)(1800000000 + id) * NS_PER_SECOND;
    record->verb = (Verb)(id % VERB_COUNT);
    record->outcome = (Outcome)(id % 3);
    record->certainty = (Certainty)(id / 3 % 3);
    record->count = (uint32_t)(1 + id % 4);
    for (size_t i = 0; i < 5; i++) {
        Slice text = value_of(event->raw, arena, random);
        if (event->field_count && kit_random(random) % 2) {
            text = event->fields[kit_random(random) % event->field_count].value;
            if (kit_random(random) % 2) text = slice_skip(text, 3);
        }
        record->text[kit_random(random) % RECORD_FIELD_COUNT] = text;
    }
}

Row kit_row(uint64_t id, Arena *arena)
{
    uint64_t random = id * 7919 + 1;
    Row row = {0};
    if (id % 9 != 0) {
        for (size_t i = 0; i < ROW_KEY_BYTES; i++) {
            row.key[i] = (uint8_t)(kit_random(&random) >> 56);
        }
        row.key[0] &= (uint8_t)~ROW_KEY_ONCE;
    }
    row.origin = id % 2 ? SLICE("security.evtx") : SLICE("syslog/udp 192.0.2.7");
    fill_event(&row.event, arena, &random, id);
    fill_record(&row.record, &row.event, arena, &random, id);
    if (id % 9 != 0 && event_is_itself(&row.event)) {
        CLEANUP(buf_done) Buf scratch = buf_make(0);
        event_content_key(&scratch, row.record.text[RECORD_AKASHI_SOURCE], &row.event, row.key);
        row.key[ROW_KEY_BYTES - 1] = (uint8_t)(row.key[ROW_KEY_BYTES - 1] + id % 7 / 5);
    }
    return row;
}

static bool same_event(const Event *a, const Event *b)
{
    bool same = a->format == b->format && a->parse == b->parse && a->time_ns == b->time_ns &&
                a->offset == b->offset && a->index == b->index && a->record_id == b->record_id &&
                slice_eq(a->raw, b->raw) && a->field_count == b->field_count;
    for (size_t i = 0; same && i < a->field_count; i++) {
        same = slice_eq(a->fields[i].name, b->fields[i].name) &&
               slice_eq(a->fields[i].value, b->fields[i].value) &&
               a->fields[i].kind == b->fields[i].kind;
    }
    return same;
}

static bool same_record(const Record *a, const Record *b)
{
    bool same = a->time_ns == b->time_ns && a->end_ns == b->end_ns &&
                a->ingested_ns == b->ingested_ns && a->verb == b->verb &&
                a->outcome == b->outcome && a->certainty == b->certainty && a->count == b->count;
    for (size_t i = 0; same && i < RECORD_FIELD_COUNT; i++) {
        same = slice_eq(a->text[i], b->text[i]);
    }
    return same;
}

bool kit_same_row(const Row *got, const Row *want)
{
    const char *different = NULL;
    static const uint8_t no_key[ROW_KEY_BYTES];
    bool sealed = memcmp(got->key, no_key, ROW_KEY_BYTES) == 0;
    if (!sealed && memcmp(got->key, want->key, ROW_KEY_BYTES) != 0) different = "key";
    if (!slice_eq(got->origin, want->origin)) different = "origin";
    if (!same_event(&got->event, &want->event)) different = "event";
    if (!same_record(&got->record, &want->record)) different = "record";
    if (different) {
        tap_note("row %llu: its %s is not what was put in", (unsigned long long)want->event.index,
                 different);
    }
    return !different;
}

/* ---- scans */

void kit_scan_done(KitScan *scan)
{
    buf_done(&scan->ids);
    buf_done(&scan->numbers);
    buf_done(&scan->damage);
    arena_done(&scan->arena);
}

static int take_row(void *context, const Row *row, uint64_t number)
{
    KitScan *scan = context;
    arena_reset(&scan->arena);
    Row want = kit_row(row->event.index, &scan->arena);
    scan->wrong += !kit_same_row(row, &want);
    buf_add(&scan->ids, &row->event.index, sizeof row->event.index);
    buf_add(&scan->numbers, &number, sizeof number);
    return 0;
}

static void take_damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    KitScan *scan = context;
    scan->damage_count++;
    buf_add_format(&scan->damage, "%s %llu %s\n", file, (unsigned long long)offset, reason);
}

int kit_scan(const Os *os, const char *folder, const ScanRange *range, KitScan *ret)
{
    StoreReader *reader;
    Complaint complaint;
    int r = store_reader_open(os, folder, kit_kek(), &reader, &complaint);
    if (r < 0) return r;
    r = store_scan(reader, range, take_row, take_damage, ret);
    store_reader_close(reader);
    return r;
}

/* ---- checks */

void kit_history_done(KitHistory *history)
{
    buf_done(&history->appended);
    buf_done(&history->safe);
}

size_t kit_safe_count(const KitHistory *history)
{
    size_t count = 0;
    for (size_t i = 0; i < history->safe.len; i++) {
        count += history->safe.ptr[i] == 1;
    }
    return count;
}

static bool ascends(const Buf *numbers)
{
    for (size_t i = 1; i < kit_count(numbers); i++) {
        if (kit_at(numbers, i - 1) >= kit_at(numbers, i)) return false;
    }
    return true;
}

/* The place of an id among those appended, from `at` on; their count when it is not there, SIZE_MAX
 * when a row that may not be missing comes before it. */
static size_t skip_to(const KitHistory *history, size_t at, uint64_t id, bool lossless)
{
    size_t all = kit_count(&history->appended);
    while (at < all && kit_at(&history->appended, at) != id) {
        if (lossless && history->safe.ptr[at]) return SIZE_MAX;
        at++;
    }
    return at;
}

static const char *judge_order(const KitScan *scan, const KitHistory *history, bool lossless)
{
    size_t at = 0, all = kit_count(&history->appended);
    for (size_t i = 0; i < kit_count(&scan->ids); i++) {
        at = skip_to(history, at, kit_at(&scan->ids, i), lossless);
        if (at == SIZE_MAX) return "a committed row is missing (S1)";
        if (at == all) return "a row is doubled, out of order, or nobody's (S2, S3)";
        at++;
    }
    bool rest_is_missing = skip_to(history, at, UINT64_MAX, lossless) == SIZE_MAX;
    return rest_is_missing ? "committed rows are missing at the end (S1)" : NULL;
}

typedef struct Numbered {
    uint64_t number, id;
} Numbered;

static int by_number(const void *a, const void *b)
{
    const Numbered *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Sealed rows come by time: brings what was found into the order of the numbers. */
void kit_scan_sort(KitScan *scan)
{
    size_t count = kit_count(&scan->ids);
    Numbered *pairs = calloc(count + 1, sizeof *pairs);
    CHECK(pairs);
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (Numbered){kit_at(&scan->numbers, i), kit_at(&scan->ids, i)};
    }
    qsort(pairs, count, sizeof *pairs, by_number);
    for (size_t i = 0; i < count; i++) {
        memcpy(scan->ids.ptr + i * 8, &pairs[i].id, 8);
        memcpy(scan->numbers.ptr + i * 8, &pairs[i].number, 8);
    }
    free(pairs);
}

static bool is_same(const KitScan *a, const KitScan *b)
{
    return a->numbers.len == b->numbers.len &&
           (a->numbers.len == 0 || memcmp(a->numbers.ptr, b->numbers.ptr, a->numbers.len) == 0);
}

static bool is_reverse(const KitScan *forwards, const KitScan *backwards)
{
    size_t count = kit_count(&forwards->numbers);
    bool same = count == kit_count(&backwards->numbers);
    for (size_t i = 0; same && i < count; i++) {
        same = kit_at(&forwards->numbers, i) == kit_at(&backwards->numbers, count - 1 - i);
    }
    return same;
}

bool kit_check(const Os *os, const char *folder, const KitHistory *history, bool lossless)
{
    CLEANUP(kit_scan_done) KitScan forwards = {0}, backwards = {0};
    CLEANUP(kit_scan_done) KitScan log = {0}, log_backwards = {0};
    ScanRange unsealed = *KIT_ALL;
    unsealed.unsealed_only = true;
    int r = kit_scan(os, folder, KIT_ALL, &forwards);
    if (r == -ENOENT && kit_safe_count(history) == 0) return true; /* the store was not there yet */
    if (r == 0) r = kit_scan(os, folder, KIT_ALL_NEWEST_FIRST, &backwards);
    if (r == 0) r = kit_scan(os, folder, &unsealed, &log);
    unsealed.newest_first = true;
    if (r == 0) r = kit_scan(os, folder, &unsealed, &log_backwards);
    kit_scan_sort(&forwards);
    kit_scan_sort(&backwards);
    const char *wrong = r < 0 ? "the scan failed" : judge_order(&forwards, history, lossless);
    if (!wrong && (forwards.wrong || backwards.wrong)) wrong = "a row is not what was put in";
    if (!wrong && !ascends(&forwards.numbers)) wrong = "numbers do not ascend (S3)";
    if (!wrong && !is_same(&forwards, &backwards)) wrong = "newest first gives others (S3)";
    if (!wrong && !ascends(&log.numbers)) wrong = "unsealed numbers do not ascend (S3)";
    if (!wrong && !is_reverse(&log, &log_backwards)) wrong = "newest first is no reverse (S3)";
    if (!wrong) return true;
    tap_fail(__FILE__, __LINE__,
             "%s: result %d, %zu rows found, %zu appended, %zu safe; damage:\n%.*s", wrong, r,
             kit_count(&forwards.ids), kit_count(&history->appended), kit_safe_count(history),
             SLICE_FMT(buf_slice(&forwards.damage)));
    return false;
}

static int append_again(Store *store, const KitHistory *history)
{
    Arena arena = arena_make(0);
    StoreTally tally = {0};
    int r = 0;
    for (size_t i = 0; i < kit_count(&history->appended) && r == 0; i++) {
        arena_reset(&arena);
        Row row = kit_row(kit_at(&history->appended, i), &arena);
        if (row.event.index % 9 != 0) r = store_append(store, &row, 1, &tally);
    }
    arena_done(&arena);
    return r < 0 ? r : store_commit(store);
}

/* How often each id of the history was found must be once; ids without a key perhaps never. */
static bool each_once(const KitScan *scan, const KitHistory *history, bool lossless)
{
    size_t keyed = 0, found = 0;
    for (size_t i = 0; i < kit_count(&history->appended); i++) {
        keyed += kit_at(&history->appended, i) % 9 != 0;
    }
    for (size_t i = 0; i < kit_count(&scan->ids); i++) {
        found += kit_at(&scan->ids, i) % 9 != 0;
        for (size_t j = 0; j < i; j++) {
            if (kit_at(&scan->ids, i) == kit_at(&scan->ids, j)) return false;
        }
    }
    return lossless ? found == keyed : found <= keyed;
}

bool kit_check_again(const Os *os, const char *folder, const KitHistory *history, bool lossless)
{
    Store *store;
    Complaint complaint;
    int r = kit_open(os, folder, NULL, &store, &complaint);
    if (r == 0) {
        r = append_again(store, history);
        store_close(store);
    }
    CLEANUP(kit_scan_done) KitScan scan = {0};
    if (r == 0) r = kit_scan(os, folder, KIT_ALL, &scan);
    if (r == 0 && !scan.wrong && each_once(&scan, history, lossless)) return true;
    tap_fail(__FILE__, __LINE__,
             "after appending again: result %d, %zu wrong, %zu rows of %zu (S2)", r, scan.wrong,
             kit_count(&scan.ids), kit_count(&history->appended));
    return false;
}

static int commit_batch(Store *store, KitHistory *history)
{
    int r = store_commit(store);
    if (r < 0) return r;
    memset(history->safe.ptr + history->batch, 1, history->safe.len - history->batch);
    history->batch = history->safe.len;
    return 0;
}

int kit_work(Store *store, uint64_t from, uint64_t to, size_t step, KitHistory *history)
{
    Arena arena = arena_make(0);
    StoreTally tally = {0};
    int r = 0;
    for (uint64_t id = from; id < to && r == 0; id++) {
        arena_reset(&arena);
        Row row = kit_row(id, &arena);
        buf_add(&history->appended, &id, sizeof id);
        buf_add_char(&history->safe, 0);
        r = store_append(store, &row, 1, &tally);
        bool due = (id + 1 - from) % step == 0 || id + 1 == to;
        if (r == 0 && due) r = commit_batch(store, history);
    }
    if (r < 0) history->batch = history->safe.len; /* given up */
    arena_done(&arena);
    return r;
}
