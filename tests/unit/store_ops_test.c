/* Proofs for an auditor, judged by the auditor's own checks; figures of a store; the daily backup.
 */
#include "engine/daily_backup.h"
#include "store/ops/export_proof.h"
#include "store/ops/store_status.h"
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"
#include "verify/verify.h"

#include "base/check.h"
#include "base/time_text.h"
#include "os/simulated.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/store"
#define OUT "/out"
#define ROWS 220

typedef struct Rig {
    SimulatedOs *machine;
    const Os *os;
    Store *store;
    KitHistory history;
} Rig;

static void rig_init(Rig *rig, uint64_t seed)
{
    const StoreOptions small = {.segment_bytes_max = 9000, .block_bytes_max = 3000};
    Complaint complaint;
    *rig = (Rig){.machine = simulated_os_new(seed)};
    rig->os = simulated_os_table(rig->machine);
    CHECK(kit_open(rig->os, FOLDER, &small, &rig->store, &complaint) == 0);
    CHECK(kit_work(rig->store, 0, ROWS, 11, &rig->history) == 0);
    CHECK(rig->os->make_folder(rig->os->state, OUT, 0700) == 0);
}

static void rig_done(Rig *rig)
{
    store_close(rig->store);
    kit_history_done(&rig->history);
    simulated_os_free(rig->machine);
}

static Bytes read_all(const Os *os, const char *name, Arena *arena)
{
    char path[128];
    Slice text = {0};
    snprintf(path, sizeof path, OUT "/%s", name);
    expect_ok(os_read_file(os, path, (size_t)64 << 20, arena, &text));
    return (Bytes){(const uint8_t *)text.ptr, text.len};
}

typedef struct Judged {
    Arena arena;
    VerifyLog log;
} Judged;

static void judge_chain(const Os *os, const char *first_key, Judged *ret)
{
    VerifyKey key;
    Finding finding = {0};
    *ret = (Judged){.arena = arena_make(0)};
    CHECK(verify_key_parse((Bytes){(const uint8_t *)first_key, strlen(first_key)}, &key));
    verify_log_init(&ret->log, &key);
    expect(verify_log_entries(&ret->log, read_all(os, "chain.log", &ret->arena), &finding) ==
           VERIFY_HOLDS);
    expect(verify_log_checkpoints(&ret->log, read_all(os, "checkpoints.txt", &ret->arena),
                                  &finding) == VERIFY_HOLDS);
}

/* The proof holds and shows the raw bytes of that row. */
static void judge_proof(Judged *judged, const Os *os, uint64_t ordinal, uint64_t id)
{
    char name[32];
    Bytes raw;
    uint8_t *held = NULL;
    Finding finding = {.id = ""};
    snprintf(name, sizeof name, "%08llu.proof", (unsigned long long)ordinal);
    Bytes proof = read_all(os, name, &judged->arena);
    if (!expect(verify_log_proof(&judged->log, proof, &finding) == VERIFY_HOLDS)) {
        tap_note("%s: %s", name, finding.id);
    }
    expect(verify_proof_raw(proof, &raw, &held) == VERIFY_HOLDS);
    Row row = kit_row(id, &judged->arena);
    expect_slice(slice_of(raw.at, raw.count), row.event.raw);
    free(held);
}

static int export_some(Rig *rig, ProofWanted *wanted, size_t count, ProofsWritten *ret)
{
    StoreReader *reader;
    Complaint complaint = {0};
    int r = store_reader_open(rig->os, FOLDER, kit_kek(), &reader, &complaint);
    if (r < 0) return r;
    r = export_proofs(rig->os, FOLDER, reader, wanted, count, OUT, NULL, NULL, ret, &complaint);
    if (r < 0) tap_note("%s", complaint.en);
    store_reader_close(reader);
    return r;
}

/* Numbers follow ids by one: every row is stored once, in order. */
static void check_proofs(Rig *rig)
{
    ProofWanted wanted[ROWS / 3 + 1];
    ProofsWritten written = {0};
    Judged judged;
    size_t count = 0;
    for (uint64_t id = 0; id < ROWS; id += 3) {
        wanted[count] = (ProofWanted){.number = id + 1, .ordinal = count + 1};
        count++;
    }
    if (!expect_ok(export_some(rig, wanted, count, &written))) return;
    expect(written.proofs > 40);
    expect_int(written.proofs + written.unsealed, count);
    judge_chain(rig->os, written.first_key, &judged);
    for (uint64_t i = 0; i < written.proofs; i++) {
        judge_proof(&judged, rig->os, i + 1, i * 3);
    }
    verify_log_done(&judged.log);
    arena_done(&judged.arena);
}

static void proofs_hold_for_the_auditor(void)
{
    Rig rig;
    rig_init(&rig, 1);
    check_proofs(&rig);
    ProofsWritten written;
    ProofWanted one = {.number = 1, .ordinal = 1};
    expect_int(export_some(&rig, &one, 1, &written), -EEXIST); /* never over an export */
    rig_done(&rig);
}

static void proofs_outlive_repacking(void)
{
    Rig rig;
    StorePackTally tally;
    rig_init(&rig, 2);
    expect_ok(store_seal(rig.store));
    expect_ok(store_pack(rig.store, &(StorePackOptions){.at_once = true}, &tally));
    expect(tally.files_after < tally.files_before);
    check_proofs(&rig);
    rig_done(&rig);
}

static void a_damaged_segment_proves_nothing(void)
{
    Rig rig;
    ProofsWritten written;
    ProofWanted one = {.number = 1, .ordinal = 1};
    rig_init(&rig, 3);
    expect_ok(simulated_os_flip(rig.machine, FOLDER "/segments/00000001.seg", 1500, 1));
    expect_int(export_some(&rig, &one, 1, &written), -EBADMSG);
    rig_done(&rig);
}

static int prove_row(Rig *rig, uint64_t number, const atomic_bool *cancel, RowProof *ret, Buf *text)
{
    StoreReader *reader;
    Complaint complaint = {0};
    int r = store_reader_open(rig->os, FOLDER, kit_kek(), &reader, &complaint);
    if (r < 0) return r;
    r = export_row_proof(rig->os, FOLDER, reader, number, cancel, ret, text, &complaint);
    expect((r == -EBADMSG) == (complaint.id != NULL));
    store_reader_close(reader);
    return r;
}

/* What is shown of one row is what its proof file has. */
static void check_row(Rig *rig, uint64_t number, const Judged *judged, Bytes file)
{
    RowProof proof;
    CLEANUP(buf_done) Buf text = buf_make(0);
    if (!expect_ok(prove_row(rig, number, NULL, &proof, &text))) return;
    const VerifyCheckpoint *last =
        (VerifyCheckpoint *)judged->log.checkpoints.items + judged->log.checkpoints.count - 1;
    expect_slice(buf_slice(&text), slice_of(file.at, file.count));
    expect(proof.is_covered && proof.index < proof.segment_rows);
    expect(proof.entry < proof.checkpoint.size);
    expect_int(proof.checkpoint.number, last->number);
    expect_int(proof.checkpoint.time_ns, last->time_ns);
    expect(memcmp(proof.checkpoint.root.bytes, last->root.bytes, 32) == 0);
}

static void check_rows(Rig *rig)
{
    const uint64_t numbers[] = {1, 60, 100};
    const atomic_bool stopped = true;
    ProofWanted wanted[ARRAY_COUNT(numbers)];
    ProofsWritten written = {0};
    RowProof proof;
    Judged judged;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
        wanted[i] = (ProofWanted){.number = numbers[i], .ordinal = i + 1};
    if (!expect_ok(export_some(rig, wanted, ARRAY_COUNT(numbers), &written))) return;
    judge_chain(rig->os, written.first_key, &judged);
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        char name[32];
        snprintf(name, sizeof name, "%08zu.proof", i + 1);
        check_row(rig, numbers[i], &judged, read_all(rig->os, name, &judged.arena));
    }
    expect_int(prove_row(rig, 100, &stopped, &proof, NULL), -ECANCELED);
    expect_int(prove_row(rig, ROWS + 9, NULL, &proof, NULL), -ENOENT);
    verify_log_done(&judged.log);
    arena_done(&judged.arena);
}

static void one_row_is_shown_with_its_proof(void)
{
    Rig rig;
    RowProof proof;
    StorePackTally tally;
    rig_init(&rig, 6);
    expect_int(prove_row(&rig, ROWS, NULL, &proof, NULL), -ENOENT); /* not sealed yet */
    check_rows(&rig);
    rig_done(&rig);
    rig_init(&rig, 7);
    expect_ok(store_seal(rig.store));
    expect_ok(store_pack(rig.store, &(StorePackOptions){.at_once = true}, &tally));
    check_rows(&rig);
    rig_done(&rig);
    rig_init(&rig, 8);
    expect_ok(simulated_os_flip(rig.machine, FOLDER "/segments/00000001.seg", 1500, 1));
    expect_int(prove_row(&rig, 1, NULL, &proof, NULL), -EBADMSG);
    rig_done(&rig);
}

static void figures_of_a_store(void)
{
    Rig rig;
    StoreStatus status;
    Complaint complaint = {0};
    rig_init(&rig, 4);
    expect_ok(store_status(rig.os, FOLDER, kit_kek(), &status, &complaint));
    expect_int(status.rows, ROWS);
    expect(status.segments > 2 && status.unsealed_rows < ROWS && status.chain_holds);
    expect(strncmp(status.first_key, "akashi/", 7) == 0 && !strchr(status.first_key, '\n'));
    expect(status.newest_ns > status.oldest_ns && store_status_days(&status) > 1);
    expect_int(store_status_days_left(&status, 1 << 20), -1); /* less than a day is known */
    rig.os->sleep_ns(rig.os->state, 2 * 86400 * NS_PER_SECOND);
    expect_ok(store_status(rig.os, FOLDER, kit_kek(), &status, &complaint));
    expect(status.bytes_a_day > 0);
    expect_int(store_status_days_left(&status, 10 * status.bytes_a_day), 10);
    expect_int(store_status(rig.os, "/nowhere", kit_kek(), &status, &complaint), -ENOENT);
    rig_done(&rig);
}

static void a_backup_every_day(void)
{
    Rig rig;
    atomic_bool stopping = false;
    char words[DAILY_BACKUP_WORDS_MAX];
    rig_init(&rig, 5);
    DailyBackupOptions options = {.os = rig.os,
                                  .folder = FOLDER,
                                  .kek = kit_kek(),
                                  .to = "/mnt/backup",
                                  .hour = 3,
                                  .zone_offset_seconds = 9 * 3600,
                                  .stopping = &stopping};
    const int64_t hour = 3600 * NS_PER_SECOND;
    expect_int(daily_backup_wait_ns(&options, 0), 18 * hour); /* 09:00 there */
    expect_int(daily_backup_wait_ns(&options, 17 * hour), hour);
    expect_int(daily_backup_wait_ns(&options, 18 * hour), 24 * hour); /* it is being made */
    expect_ok(daily_backup_once(&options, words));
    expect(strncmp(words, "<86>1 ", 6) == 0 && strstr(words, "generation 1"));
    options.to = FOLDER "/inside";
    expect_int(daily_backup_once(&options, words), -EXDEV);
    expect(strncmp(words, "<82>1 ", 6) == 0 && strstr(words, "failed"));
    atomic_store(&stopping, true);
    options.to = "/mnt/other";
    expect_int(daily_backup_once(&options, words), -ECANCELED);
    rig_done(&rig);
}

static const TapTest tests[] = {
    TAP_TEST(proofs_hold_for_the_auditor),
    TAP_TEST(proofs_outlive_repacking),
    TAP_TEST(one_row_is_shown_with_its_proof),
    TAP_TEST(a_damaged_segment_proves_nothing),
    TAP_TEST(figures_of_a_store),
    TAP_TEST(a_backup_every_day),
};
TAP_MAIN(tests)
