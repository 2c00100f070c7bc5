/* What akashi-verify must notice, each attack by its name, and that nothing of an export can be
 * changed without notice. */
#include "tests/support/log_kit.h"
#include "tests/support/tap.h"
#include "verify/verify.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Export {
    Buf key, chain, notes, proof, leaf_proof;
} Export;

static void export_done(Export *export)
{
    buf_done(&export->key);
    buf_done(&export->chain);
    buf_done(&export->notes);
    buf_done(&export->proof);
    buf_done(&export->leaf_proof);
}

static Bytes bytes_of_buf(const Buf *buf)
{
    return (Bytes){(const uint8_t *)buf->ptr, buf->len};
}

/* "holds", or `ID WHERE NUMBER`. `given`: another checkpoint, or empty. */
static const char *verdict(const Export *export, Slice given)
{
    static char text[128];
    VerifyKey key;
    VerifyLog log;
    Finding finding = {"?", "", 0};
    if (!verify_key_parse(bytes_of_buf(&export->key), &key)) return "no key";
    verify_log_init(&log, &key);
    VerifyResult result = verify_log_entries(&log, bytes_of_buf(&export->chain), &finding);
    if (result == VERIFY_HOLDS) {
        result = verify_log_checkpoints(&log, bytes_of_buf(&export->notes), &finding);
    }
    if (result == VERIFY_HOLDS && given.len) {
        result = verify_log_given(&log, (Bytes){(const uint8_t *)given.ptr, given.len}, &finding);
    }
    if (result == VERIFY_HOLDS && export->proof.len) {
        result = verify_log_proof(&log, bytes_of_buf(&export->proof), &finding);
    }
    if (result == VERIFY_HOLDS && export->leaf_proof.len) {
        result = verify_log_proof(&log, bytes_of_buf(&export->leaf_proof), &finding);
    }
    verify_log_done(&log);
    if (result == VERIFY_HOLDS) return "holds";
    if (!verify_words(finding.id, false)[0] || !verify_words(finding.id, true)[0])
        return "no words";
    if (!finding.where[0]) return finding.id;
    snprintf(text, sizeof text, "%s %s %llu", finding.id, finding.where,
             (unsigned long long)finding.number);
    return text;
}

static Export export_of(const LogKit *kit)
{
    Export export = {.key = buf_make(0)};
    log_kit_print_key(kit, &export.key);
    log_kit_print(kit, &export.chain, &export.notes);
    return export;
}

static LogKit *usual(void)
{
    LogKit *kit = log_kit_new(1);
    log_kit_usual(kit);
    return kit;
}

static void expect_finding_with(LogKit *kit, const char *want, Slice given, int line)
{
    CLEANUP(export_done) Export export = export_of(kit);
    const char *got = verdict(&export, given);
    if (strcmp(got, want) != 0) tap_fail(__FILE__, line, "got %s, want %s", got, want);
    log_kit_free(kit);
}
#define expect_finding(kit, want) expect_finding_with(kit, want, (Slice){0}, __LINE__)

static void a_whole_log_holds(void)
{
    LogKit *kit = usual();
    CLEANUP(export_done) Export export = export_of(kit);
    log_kit_print_proof(kit, 1, 2, true, &export.proof);
    log_kit_print_proof(kit, 3, 0, false, &export.leaf_proof);
    expect_text(slice_from_cstr(verdict(&export, (Slice){0})), "holds");
    log_kit_free(kit);
}

/* The journal's first hole: who has today's key seals yesterday's entries again. */
static void old_entries_sealed_with_a_newer_key(void)
{
    LogKit *kit = log_kit_new(1);
    kit->policy = "changed";
    log_kit_genesis(kit, 0);
    log_kit_checkpoint(kit, 1, 1, 0, 0);
    log_kit_segment(kit, 10); /* not what epoch 0 sealed; key 2 alone is at hand */
    log_kit_segment(kit, 20);
    log_kit_checkpoint(kit, 3, 60, 0, 2);
    log_kit_epoch(kit, 60, 1, 1, 2);
    log_kit_checkpoint(kit, 4, 60, 0, 2);
    log_kit_segment(kit, 70);
    log_kit_checkpoint(kit, 5, 120, 1, 2);
    log_kit_epoch(kit, 180, 2, 2, 2);
    log_kit_checkpoint(kit, 6, 180, 1, 2);
    log_kit_checkpoint(kit, 6, 240, 2, 2);
    expect_finding(kit, "epoch.resealed entry 3");

    kit = usual(); /* the entries as they are, the checkpoints of epoch 1 again and fewer */
    kit->note_count = 3;
    log_kit_checkpoint(kit, 5, 140, 1, 2);
    expect_finding(kit, "epoch.resealed checkpoint 3");

    kit = usual(); /* under the newer epoch's own number */
    kit->note_count = 3;
    log_kit_checkpoint(kit, 5, 140, 2, 2);
    expect_finding(kit, "epoch.resealed checkpoint 3");

    kit = usual(); /* and an old key that was kept, after its time */
    log_kit_segment(kit, 1010);
    log_kit_checkpoint(kit, 10, 1020, 1, 1);
    expect_finding(kit, "epoch.resealed checkpoint 8");
    kit = usual();
    kit->note_count = 5;
    log_kit_checkpoint(kit, 8, 240, 1, 1);
    expect_finding(kit, "epoch.overrun checkpoint 5");
}

/* The second: an epoch without a seal can be cut short or left out. */
static void epochs_left_unsealed(void)
{
    LogKit *kit = usual();
    kit->note_count = 3; /* all of epoch 1's checkpoints are gone; key 2 goes on */
    log_kit_checkpoint(kit, 8, 140, 2, 2);
    expect_finding(kit, "epoch.unsealed checkpoint 3");
    kit = usual();
    kit->note_count = 5; /* only its closing one is gone */
    log_kit_checkpoint(kit, 8, 240, 2, 2);
    expect_finding(kit, "epoch.unsealed checkpoint 5");
    kit = usual(); /* all that epoch 0 sealed is gone */
    kit->note_count = 0;
    log_kit_checkpoint(kit, 9, 1000, 2, 2);
    expect_finding(kit, "epoch.unsealed checkpoint 0");
    kit = usual(); /* ... and then the end of the log */
    kit->note_count = 3;
    kit->entry_count = 5;
    log_kit_checkpoint(kit, 5, 140, 2, 2);
    expect_finding(kit, "epoch.missing checkpoint 3");
    kit = usual();
    kit->entry_count = 8;
    expect_finding(kit, "log.truncated checkpoint 7");
}

static void a_hidden_entry(void)
{
    LogKit *kit = usual();
    log_kit_remove_entry(kit, 2);
    expect_finding(kit, "entry.hidden entry 2");
    kit = log_kit_new(1); /* hidden before it was numbered: the segments tell */
    log_kit_genesis(kit, 0);
    log_kit_checkpoint(kit, 1, 1, 0, 0);
    kit->segments = 1;
    kit->leaves = 3;
    log_kit_segment(kit, 10);
    log_kit_checkpoint(kit, 2, 60, 0, 0);
    expect_finding(kit, "entry.hidden entry 1");
    kit = log_kit_new(1);
    log_kit_genesis(kit, 0);
    kit->leaves = 3; /* records 0 to 2 are in no segment */
    log_kit_segment(kit, 10);
    log_kit_checkpoint(kit, 2, 60, 0, 0);
    expect_finding(kit, "entry.hidden entry 1");
    kit = usual(); /* another segment in its place, everything after it sealed again by the last key
                    */
    LogKit *other = log_kit_new(1);
    other->policy = "changed";
    log_kit_usual(other);
    kit->entries[7] = other->entries[7];
    expect_finding(kit, "entry.changed entry 7");
    log_kit_free(other);
}

static void an_unsealed_file(void)
{
    LogKit *kit = usual();
    log_kit_segment(kit, 1010);
    expect_finding(kit, "entry.unsealed entry 9");
    kit = usual();
    kit->note_count = 0;
    expect_finding(kit, "log.unsealed");
    kit = usual();
    char *dash = memmem(kit->notes[4].bytes, kit->notes[4].len, "— akashi", 8);
    CHECK(dash);
    dash[4] = 'b'; /* a name that is not the log's is a witness, not a seal */
    expect_finding(kit, "checkpoint.unsigned checkpoint 4");

    kit = usual();
    LogKit *longer = usual();
    log_kit_segment(longer, 1010);
    log_kit_checkpoint(longer, 10, 1060, 2, 2);
    CLEANUP(export_done) Export export = export_of(kit);
    log_kit_print_proof(longer, 4, 0, true, &export.proof);
    expect_text(slice_from_cstr(verdict(&export, (Slice){0})), "proof.unsealed");
    log_kit_free(kit);
    log_kit_free(longer);
}

static void reordered_and_spliced(void)
{
    LogKit *kit = usual();
    LogKitPiece kept = kit->entries[1];
    kit->entries[1] = kit->entries[2];
    kit->entries[2] = kept;
    expect_finding(kit, "entry.reordered entry 1");
    kit = usual();
    kept = kit->notes[3];
    kit->notes[3] = kit->notes[4];
    kit->notes[4] = kept;
    expect_finding(kit, "checkpoint.reordered checkpoint 3");
    LogKit *other = log_kit_new(2);
    log_kit_usual(other);
    kit = usual();
    kit->entries[4] = other->entries[4];
    expect_finding(kit, "entry.spliced entry 4");
    kit = usual();
    kit->notes[4] = other->notes[4];
    expect_finding(kit, "checkpoint.spliced checkpoint 4");
    log_kit_free(other);
}

static Slice note_of(const LogKit *kit, size_t at)
{
    return slice_of(kit->notes[at].bytes, kit->notes[at].len);
}

static void rolled_back(void)
{
    LogKit *newer = usual();
    LogKit *kit = usual();
    kit->entry_count = 8;
    kit->note_count = 7;
    CLEANUP(export_done) Export export = export_of(kit);
    expect_text(slice_from_cstr(verdict(&export, (Slice){0})), "holds"); /* by itself it does */
    expect_finding_with(kit, "log.rolled-back", note_of(newer, 7), __LINE__);
    kit = usual();
    kit->entry_count = 3; /* to a state before the epoch of the given one */
    kit->note_count = 2;
    expect_finding_with(kit, "log.rolled-back", note_of(newer, 7), __LINE__);
    expect_finding_with(usual(), "holds", note_of(newer, 5), __LINE__);
    log_kit_free(newer);
}

static void forked(void)
{
    LogKit *kit = usual();
    LogKit *other = log_kit_new(1);
    log_kit_usual(other);
    other->policy = "changed";
    other->entry_count = 9;
    other->note_count = 7;
    log_kit_pause(other, 1000, 240, 999);
    other->entries[8] = other->entries[9];
    log_kit_checkpoint(other, 9, 1000, 2, 2);
    expect_finding_with(usual(), "log.forked", note_of(other, 7), __LINE__);
    kit->notes[8] = other->notes[7]; /* both in one file */
    kit->note_count = 9;
    expect_finding(kit, "log.forked checkpoint 8");
    log_kit_free(other);
}

static void clock_set_back(void)
{
    LogKit *kit = usual();
    log_kit_segment(kit, 500);
    log_kit_checkpoint(kit, 10, 1010, 2, 2);
    expect_finding(kit, "clock.back entry 9");
    kit = usual();
    log_kit_checkpoint(kit, 9, 999, 2, 2);
    expect_finding(kit, "clock.back checkpoint 8");
    kit = usual(); /* sealed before it was written */
    log_kit_segment(kit, 1050);
    log_kit_checkpoint(kit, 10, 1040, 2, 2);
    expect_finding(kit, "clock.back checkpoint 8");
    kit = usual();
    log_kit_checkpoint(kit, 9, 1000 + LOG_KIT_GAP_SECONDS + 1, 2, 2);
    expect_finding(kit, "checkpoint.late checkpoint 8");
    kit = usual();
    log_kit_pause(kit, 2000, 900, 2000);
    log_kit_checkpoint(kit, 10, 2000, 2, 2);
    expect_finding(kit, "pause.wrong checkpoint 8");
}

static void keys_reused_and_forged(void)
{
    LogKit *kit = usual();
    log_kit_epoch(kit, 1010, 3, 1, 2);
    log_kit_checkpoint(kit, 10, 1010, 2, 2);
    expect_finding(kit, "key.reused entry 9");
    kit = usual();
    log_kit_epoch(kit, 1010, 3, 3, 7);
    log_kit_checkpoint(kit, 10, 1010, 2, 2);
    expect_finding(kit, "epoch.forged entry 9");
    kit = usual();
    log_kit_epoch(kit, 1010, 4, 4, 2);
    log_kit_checkpoint(kit, 10, 1010, 2, 2);
    expect_finding(kit, "epoch.gap entry 9");
    LogKit *other = log_kit_new(2);
    log_kit_usual(other);
    other->log_id = log_id_of(&other->public_keys[0]);
    kit = usual();
    CLEANUP(export_done) Export export = export_of(kit);
    buf_clear(&export.key);
    log_kit_print_key(other, &export.key);
    expect_text(slice_from_cstr(verdict(&export, (Slice){0})), "entry.spliced entry 0");
    log_kit_free(other);
    log_kit_free(kit);
}

static void versions(void)
{
    LogKit *kit = usual();
    kit->entries[2].bytes[3] = 0;
    expect_finding(kit, "version.downgrade entry 2");
    kit = usual();
    kit->entries[2].bytes[3] = 2;
    expect_finding(kit, "version.unknown entry 2");
    kit = usual();
    kit->entries[2].bytes[ENTRY_HEAD_BYTES + 3] = 0;
    expect_finding(kit, "version.downgrade entry 2");
    kit = usual();
    char *version = memmem(kit->notes[2].bytes, kit->notes[2].len, "version 1", 9);
    CHECK(version);
    version[8] = '0';
    expect_finding(kit, "version.downgrade checkpoint 2");
}

static void gaps_in_numbers(void)
{
    LogKit *kit = usual();
    log_kit_remove_note(kit, 4);
    expect_finding(kit, "checkpoint.gap checkpoint 4");
    kit = usual(); /* left out, and the rest of the epoch sealed again by its own key */
    log_kit_remove_note(kit, 4);
    kit->note_count = 4;
    log_kit_checkpoint(kit, 6, 180, 1, 1);
    log_kit_checkpoint(kit, 8, 240, 2, 2);
    LogKit *real = usual();
    kit->notes[6] = real->notes[7]; /* but the next one names what stood before it */
    kit->note_count = 7;
    expect_finding(kit, "checkpoint.gap checkpoint 6");
    log_kit_free(real);
    kit = usual();
    kit->note_count = 6;
    kit->checkpoints[5].time_ns++;
    log_kit_checkpoint(kit, 8, 240, 2, 2);
    expect_finding(kit, "checkpoint.changed checkpoint 6");
}

static void wrong_tombstones(void)
{
    LogKit *kit = usual();
    log_kit_tombstone(kit, 1010, 0);
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    expect_finding(kit, "tombstone.wrong entry 9");
    kit = usual();
    kit->headers[1].bytes[0] ^= 1;
    log_kit_tombstone(kit, 1010, 1);
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    expect_finding(kit, "tombstone.wrong entry 9");
}

static void repacks(void)
{
    LogKit *kit = usual();
    log_kit_repack(kit, 1010, 1, 2);
    log_kit_repack(kit, 1011, 1, 3);
    log_kit_checkpoint(kit, 11, 1020, 2, 2);
    expect_finding(kit, "holds");
    kit = usual();
    log_kit_repack(kit, 1010, 0, 2); /* the first one was deleted */
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    expect_finding(kit, "repack.wrong entry 9");
    kit = usual();
    log_kit_repack(kit, 1010, 2, 3); /* there are four */
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    expect_finding(kit, "repack.wrong entry 9");
    kit = usual();
    kit->headers[2].bytes[0] ^= 1;
    log_kit_repack(kit, 1010, 1, 2);
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    expect_finding(kit, "repack.wrong entry 9");
}

static void redactions(void)
{
    static const struct {
        uint64_t segment, records;
        const char *finding;
    } cases[] = {{1, 1, "holds"},
                 {1, 3, "holds"},
                 {3, 2, "holds"},
                 {1, 4, "redaction.wrong entry 9"},
                 {1, 0, "entry.malformed entry 9"},
                 {0, 1, "redaction.wrong entry 9"}}; /* that one has a tombstone */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        LogKit *kit = usual();
        log_kit_redaction(kit, 1010, cases[i].segment, cases[i].records);
        log_kit_checkpoint(kit, 10, 1020, 2, 2);
        expect_finding(kit, cases[i].finding);
    }
    LogKit *kit = usual();
    kit->headers[1].bytes[0] ^= 1;
    log_kit_redaction(kit, 1010, 1, 1);
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    expect_finding(kit, "redaction.wrong entry 9");
}

/* The bytes of doc/format/chain.md: a log that was once written must be readable for ever. */
static void the_format_stays(void)
{
    static const char *const names[] = {"chain/usual", "note/usual"};
    LogKit *kit = usual();
    CLEANUP(export_done) Export export = export_of(kit);
    Arena arena = arena_make(0);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[4096];
        Slice kept = {0};
        snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", tap_source_root(), names[i]);
        expect_ok(os_read_file(&os_real, path, 1 << 20, &arena, &kept));
        expect(slice_eq(buf_slice(i ? &export.notes : &export.chain), kept));
    }
    arena_done(&arena);
    log_kit_free(kit);
}

/* Every byte of every file. */
static void no_byte_can_change(void)
{
    LogKit *kit = usual();
    CLEANUP(export_done) Export export = export_of(kit);
    log_kit_print_proof(kit, 1, 2, true, &export.proof);
    log_kit_print_proof(kit, 3, 0, false, &export.leaf_proof);
    Buf *const files[] = {&export.chain, &export.notes, &export.proof, &export.leaf_proof};
    size_t tried = 0, unnoticed = 0;
    for (size_t f = 0; f < ARRAY_COUNT(files); f++) {
        for (size_t at = 0; at < files[f]->len; at++, tried++) {
            char kept = files[f]->ptr[at];
            files[f]->ptr[at] = (char)(kept ^ 1 << (at + f) % 8);
            if (strcmp(verdict(&export, (Slice){0}), "holds") == 0) {
                tap_fail(__FILE__, __LINE__, "file %zu byte %zu", f, at);
                unnoticed++;
            }
            files[f]->ptr[at] = kept;
        }
    }
    expect_int(unnoticed, 0);
    expect(tried > 5000);
    tap_note("%zu flips", tried);
    log_kit_free(kit);
}

static void no_end_can_be_cut(void)
{
    LogKit *kit = usual();
    CLEANUP(export_done) Export export = export_of(kit);
    log_kit_print_proof(kit, 1, 2, true, &export.proof);
    Buf *const files[] = {&export.chain, &export.notes, &export.proof};
    for (size_t f = 0; f < ARRAY_COUNT(files); f++) {
        size_t whole = files[f]->len;
        for (size_t len = f == 2 ? 1 : 0; len < whole; len += 5) {
            files[f]->len = len;
            if (strcmp(verdict(&export, (Slice){0}), "holds") == 0) {
                tap_fail(__FILE__, __LINE__, "file %zu cut at %zu", f, len);
            }
        }
        files[f]->len = whole;
    }
    log_kit_free(kit);
}

static const TapTest tests[] = {
    TAP_TEST(a_whole_log_holds),
    TAP_TEST(old_entries_sealed_with_a_newer_key),
    TAP_TEST(epochs_left_unsealed),
    TAP_TEST(a_hidden_entry),
    TAP_TEST(an_unsealed_file),
    TAP_TEST(reordered_and_spliced),
    TAP_TEST(rolled_back),
    TAP_TEST(forked),
    TAP_TEST(clock_set_back),
    TAP_TEST(keys_reused_and_forged),
    TAP_TEST(versions),
    TAP_TEST(gaps_in_numbers),
    TAP_TEST(wrong_tombstones),
    TAP_TEST(repacks),
    TAP_TEST(redactions),
    TAP_TEST(the_format_stays),
    TAP_TEST(no_byte_can_change),
    TAP_TEST(no_end_can_be_cut),
};
TAP_MAIN(tests)
