/* Backups: generations, what is shared, what is noticed, and back again. */
#include "store/ops/backup.h"
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "os/faulty.h"
#include "os/simulated.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define FOLDER "/var/store"
#define TO "/mnt/backup"
#define BACK "/var/restored"

typedef struct Rig {
    SimulatedOs *machine;
    const Os *os;
    Store *store;
    KitHistory history;
    uint64_t next;
} Rig;

static const StoreOptions small = {.segment_bytes_max = 9000, .block_bytes_max = 4000};

static void rig_init(Rig *rig, uint64_t seed)
{
    Complaint complaint;
    *rig = (Rig){.machine = simulated_os_new(seed)};
    rig->os = simulated_os_table(rig->machine);
    CHECK(kit_open(rig->os, FOLDER, &small, &rig->store, &complaint) == 0);
}

static void rig_done(Rig *rig)
{
    store_close(rig->store);
    kit_history_done(&rig->history);
    simulated_os_free(rig->machine);
}

static void work(Rig *rig, uint64_t rows)
{
    expect_ok(kit_work(rig->store, rig->next, rig->next + rows, 7, &rig->history));
    rig->next += rows;
}

static int take(const Os *os, unsigned keep, BackupSummary *ret, Complaint *complaint)
{
    const BackupOptions options = {
        .os = os, .store = FOLDER, .kek = kit_kek(), .to = TO, .keep = keep};
    return backup_take(&options, ret, complaint);
}

static int restore(const Os *os, uint32_t generation, const char *to, Complaint *complaint)
{
    RestoreSummary summary;
    int r = backup_restore(os, TO, generation, to, NULL, NULL, &summary, complaint);
    if (r < 0) return r;
    expect(summary.has_root && summary.size > 0);
    expect(memcmp(&summary.root, &summary.new_root, sizeof summary.root) == 0);
    return 0;
}

static void a_generation_is_the_store_again(void)
{
    Rig rig;
    BackupSummary first, second;
    Complaint complaint = {0};
    rig_init(&rig, 1);
    work(&rig, 150);
    if (!expect_ok(take(rig.os, 0, &first, &complaint))) tap_note("%s", complaint.en);
    expect(first.generation == 1 && first.chain_holds && first.rows > 50);
    expect(first.copied_bytes == first.bytes);
    expect_ok(restore(rig.os, 0, BACK, &complaint));
    expect(kit_check(rig.os, BACK, &rig.history, true));
    expect(kit_check_again(rig.os, BACK, &rig.history, true)); /* it can be written to */
    work(&rig, 60);
    expect_ok(take(rig.os, 0, &second, &complaint));
    expect(second.generation == 2 && second.bytes > first.bytes);
    expect(second.copied_bytes < second.bytes / 2); /* segments were there */
    expect_ok(restore(rig.os, 2, BACK "2", &complaint));
    expect(kit_check(rig.os, BACK "2", &rig.history, true));
    rig_done(&rig);
}

static void a_folder_that_is_not_empty_is_left_alone(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    rig_init(&rig, 2);
    work(&rig, 30);
    expect_ok(take(rig.os, 0, &summary, &complaint));
    expect_int(restore(rig.os, 0, FOLDER, &complaint), -ENOTEMPTY);
    expect_text(slice_from_cstr(complaint.id), "restore.not_empty");
    expect_int(restore(rig.os, 9, BACK, &complaint), -ENOENT);
    expect(kit_check(rig.os, FOLDER, &rig.history, true));
    rig_done(&rig);
}

static void old_generations_are_thinned_with_what_only_they_have(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    uint64_t removed = 0;
    rig_init(&rig, 3);
    for (int i = 0; i < 6; i++) {
        work(&rig, 40);
        expect_ok(take(rig.os, 1, &summary, &complaint)); /* fewer than the least are the least */
        removed += summary.removed;
    }
    CLEANUP(buf_done) Buf generations = buf_make(0);
    expect_ok(backup_generations(rig.os, TO, &generations));
    expect_int(generations.len / sizeof(uint32_t), BACKUP_KEEP_MIN);
    expect_int(removed, 3);
    expect_int(restore(rig.os, 1, BACK, &complaint), -ENOENT);
    for (uint32_t i = 4; i <= 6; i++) {
        char to[64];
        snprintf(to, sizeof to, BACK "%u", i);
        expect_ok(restore(rig.os, i, to, &complaint));
    }
    expect(kit_check(rig.os, BACK "6", &rig.history, true));
    rig_done(&rig);
}

static void note_finding(void *context, const BackupFinding *finding)
{
    snprintf(context, 128, "%u %s %s", finding->generation, finding->file ? finding->file : "",
             finding->reason);
}

static int flip_part(const Rig *rig, const char *name, Digest *ret)
{
    BackupList list;
    int r = backup_list_read(rig->os, TO, 1, &list);
    if (r < 0) return r;
    const BackupFile *file = backup_list_find(&list, slice_from_cstr(name));
    CHECK(file && file->part_count == 1);
    *ret = backup_part(&list, file->first_part)->digest;
    BackupPath path = backup_object_path(TO, ret);
    uint64_t middle = file->bytes / 2;
    backup_list_done(&list);
    return simulated_os_flip(rig->machine, path.text, middle, 4);
}

static void a_damaged_part_is_found_and_copied_again(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    char found[128] = "";
    uint64_t bytes;
    Digest digest;
    rig_init(&rig, 4);
    work(&rig, 150);
    expect_ok(take(rig.os, 0, &summary, &complaint));
    expect_int(backup_check(rig.os, TO, NULL, note_finding, found, &bytes), 0);
    expect_int(bytes, summary.bytes);
    expect_ok(flip_part(&rig, "segments/00000001.seg", &digest));
    expect_int(restore(rig.os, 1, BACK, &complaint), -EBADMSG);
    expect_int(store_reader_open(rig.os, BACK, kit_kek(), &(StoreReader *){NULL}, &complaint),
               -EPROTO); /* half of a store is none */
    expect_text(slice_from_cstr(complaint.id), "store.restoring");
    expect_int(backup_check(rig.os, TO, NULL, note_finding, found, &bytes), 1);
    expect_text(slice_from_cstr(found), "1 segments/00000001.seg changed");
    expect_ok(take(rig.os, 0, &summary, &complaint));
    expect_ok(restore(rig.os, 0, BACK, &complaint)); /* goes on where the first was cut off */
    expect(kit_check(rig.os, BACK, &rig.history, true));
    expect_ok(simulated_os_flip(rig.machine, TO "/generations/000002.list", 30, 1));
    expect_int(backup_check(rig.os, TO, NULL, note_finding, found, &bytes), 1);
    rig_done(&rig);
}

static void wrong_places_and_keys_are_refused(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    rig_init(&rig, 5);
    work(&rig, 10);
    BackupOptions options = {.os = rig.os, .store = FOLDER, .kek = kit_kek()};
    options.to = FOLDER "/backup";
    expect_int(backup_take(&options, &summary, &complaint), -EXDEV);
    CLEANUP(secret_done) Secret *other = secret_new(KEK_BYTES);
    CHECK(other);
    options = (BackupOptions){.os = rig.os, .store = FOLDER, .kek = other, .to = TO};
    expect_int(backup_take(&options, &summary, &complaint), -ENOKEY);
    options.store = "/nowhere";
    expect_int(backup_take(&options, &summary, &complaint), -ENOENT);
    expect_ok(take(rig.os, 0, &summary, &complaint));
    Store *second;
    expect_ok(kit_open(rig.os, "/var/other", &small, &second, &complaint));
    store_close(second);
    options = (BackupOptions){.os = rig.os, .store = "/var/other", .kek = kit_kek(), .to = TO};
    expect_int(backup_take(&options, &summary, &complaint), -EXDEV);
    rig_done(&rig);
}

static void a_full_target_keeps_what_was_listed(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    rig_init(&rig, 6);
    work(&rig, 60);
    expect_ok(take(rig.os, 0, &summary, &complaint));
    work(&rig, 200);
    FaultyOs faulty;
    faulty_os_init(&faulty, rig.os);
    int failed = 0;
    for (uint64_t space = 100; space < 60000; space += 1777) {
        faulty_os_plan(&faulty, (FaultPlan){.space_bytes = space});
        int r = take(&faulty.os, 0, &summary, &complaint);
        if (r == 0) break;
        failed++;
        expect_int(r, -ENOSPC);
        expect_text(slice_from_cstr(complaint.id), "backup.full");
    }
    expect(failed > 3);
    faulty_os_done(&faulty);
    CLEANUP(buf_done) Buf generations = buf_make(0);
    expect_ok(backup_generations(rig.os, TO, &generations));
    expect(generations.len / sizeof(uint32_t) <= 2);
    expect_ok(restore(rig.os, 1, BACK, &complaint));
    expect_ok(take(rig.os, 0, &summary, &complaint));
    expect_ok(restore(rig.os, 0, BACK "2", &complaint));
    expect(kit_check(rig.os, BACK "2", &rig.history, true));
    rig_done(&rig);
}

static void names_from_a_list_stay_in_the_folder(void)
{
    static const char *const good[] = {"FORMAT", "segments/00000001.seg", "chain/chain.log",
                                       "wal-00000001.log.bad"};
    static const char *const bad[] = {"",      "/etc/passwd", "../x",       "a/../b",
                                      "a/b/c", ".hidden",     "a/",         "a//b",
                                      "a b",   "a\nb",        "segments/.x"};
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        expect(backup_name_is_good(slice_from_cstr(good[i])));
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        if (backup_name_is_good(slice_from_cstr(bad[i]))) {
            tap_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
        }
    }
}

static void a_list_has_one_meaning_or_none(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    BackupList list;
    rig_init(&rig, 7);
    work(&rig, 40);
    expect_ok(take(rig.os, 0, &summary, &complaint));
    CLEANUP(buf_done) Buf text = buf_make(0);
    if (!expect_ok(backup_list_read(rig.os, TO, 1, &list))) return;
    backup_list_print(&list, &text);
    backup_list_done(&list);
    for (size_t i = 0; i < text.len; i++) {
        text.ptr[i] ^= 1;
        expect(backup_list_parse(buf_slice(&text), &list) < 0);
        text.ptr[i] ^= 1;
        if (i % 17 == 0) expect(backup_list_parse(slice_first(buf_slice(&text), i), &list) < 0);
    }
    rig_done(&rig);
}

/* The writer goes on between any two calls of the backup. */
typedef struct Busy {
    Rig *rig;
    FaultyOs *faulty;
    uint64_t added;
} Busy;

static int add_rows(void *context, uint64_t done, uint64_t all)
{
    (void)done, (void)all;
    Busy *busy = context;
    if (busy->added < 300) work(busy->rig, 12);
    busy->added += 12;
    return 0;
}

static void a_writer_goes_on_meanwhile(void)
{
    Rig rig;
    BackupSummary summary;
    Complaint complaint = {0};
    rig_init(&rig, 8);
    work(&rig, 100);
    Busy busy = {.rig = &rig};
    size_t before = kit_count(&rig.history.appended);
    const BackupOptions options = {.os = rig.os,
                                   .store = FOLDER,
                                   .kek = kit_kek(),
                                   .to = TO,
                                   .progress = add_rows,
                                   .context = &busy};
    if (!expect_ok(backup_take(&options, &summary, &complaint))) tap_note("%s", complaint.en);
    expect(busy.added > 50);
    expect_ok(restore(rig.os, 0, BACK, &complaint));
    /* All that was there when it began, and of the rest a beginning. */
    for (size_t i = before; i < rig.history.safe.len; i++) {
        rig.history.safe.ptr[i] = 0;
    }
    expect(kit_check(rig.os, BACK, &rig.history, true));
    rig_done(&rig);
}

static const TapTest tests[] = {
    TAP_TEST(a_generation_is_the_store_again),
    TAP_TEST(a_folder_that_is_not_empty_is_left_alone),
    TAP_TEST(old_generations_are_thinned_with_what_only_they_have),
    TAP_TEST(a_damaged_part_is_found_and_copied_again),
    TAP_TEST(wrong_places_and_keys_are_refused),
    TAP_TEST(a_full_target_keeps_what_was_listed),
    TAP_TEST(names_from_a_list_stay_in_the_folder),
    TAP_TEST(a_list_has_one_meaning_or_none),
    TAP_TEST(a_writer_goes_on_meanwhile),
};
TAP_MAIN(tests)
