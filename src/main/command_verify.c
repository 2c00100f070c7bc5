/* akashi verify: does all that is stored hold? The chain by the auditor's own checks (verify/),
 * then each segment against it, then the log that is not sealed yet. */
#include "main/commands.h"
#include "main/store_kek.h"

#include "store/ops/verify_threads.h"
#include "store/proof/checkpoint.h"
#include "verify/verify.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define PROOF_FILE_BYTES_MAX ((size_t)4 << 30)
#define VERIFY_THREADS 2 /* what small machines have */

typedef struct VerifyRun {
    const Invocation *invocation;
    Secret *kek;
    StoreReader *reader;
    Arena arena;
    VerifyLog log;
    bool has_log;
    uint64_t rows, bytes, raw_bytes, log_rows, log_damage;
} VerifyRun;

static int say_failed(const VerifyRun *run, const char *file, int error)
{
    SAY(MESSAGE_INPUT_UNREADABLE, run->invocation->language, {"file", slice_from_cstr(file)},
        {"error", error_words(error)});
    return EXIT_FAILED;
}

static int say_bad(const VerifyRun *run, const char *id, const char *file, const char *words)
{
    (void)run;
    printf("%s %s%s%s\n", id, file, words[0] ? ": " : "", words);
    return EXIT_ANSWER_NO;
}

static int say_finding(const VerifyRun *run, const Finding *finding, const char *file)
{
    char place[128];
    bool counted = finding->where[0] != '\0';
    if (counted && finding->where[0] == 'e') file = "chain/chain.log";
    if (counted && finding->where[0] == 'c') file = "chain/checkpoints.txt";
    snprintf(place, sizeof place, counted ? "%s %s %llu" : "%s", file, finding->where,
             (unsigned long long)finding->number);
    return say_bad(run, finding->id, place,
                   verify_words(finding->id, run->invocation->language == LANGUAGE_JA));
}

/* ---- the chain */

static int read_named(VerifyRun *run, const char *name, Slice *ret)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/%s", run->invocation->folder, name);
    int r = os_read_file(&os_real, path, PROOF_FILE_BYTES_MAX, &run->arena, ret);
    if (r == -ENOENT) return say_bad(run, "chain.missing", name, "");
    return r < 0 ? say_failed(run, path, r) : EXIT_DONE;
}

/* Whoever holds a checkpoint that was kept elsewhere need not trust the key that stands here. */
static bool first_key(Slice chain, VerifyKey *ret)
{
    char room[256];
    Buf text = buf_over(room, sizeof room);
    Slice body;
    Digest leaf;
    ChainEntry entry;
    if (frame_take(&chain, &body, &leaf) < 0 || chain_entry_parse(body, &entry) < 0) return false;
    if (entry.kind != ENTRY_GENESIS) return false;
    public_key_text_add(&text, &entry.log_id, &entry.genesis.key);
    return verify_key_parse((Bytes){(const uint8_t *)text.ptr, text.len}, ret);
}

typedef VerifyResult (*Check)(VerifyLog *log, Bytes bytes, Finding *ret);

static int check(VerifyRun *run, Check check_bytes, Slice bytes, const char *name)
{
    Finding finding = {0};
    VerifyResult result =
        check_bytes(&run->log, (Bytes){(const uint8_t *)bytes.ptr, bytes.len}, &finding);
    if (result == VERIFY_NO_MEMORY) return say_failed(run, name, -ENOMEM);
    return result == VERIFY_BROKEN ? say_finding(run, &finding, name) : EXIT_DONE;
}

/* Checkpoints are read first: what they cover is in the log that is read after them. */
static int check_chain(VerifyRun *run)
{
    Slice chain, notes, given;
    VerifyKey key;
    const char *path = option_value(run->invocation, "checkpoint");
    int status = read_named(run, "chain/checkpoints.txt", &notes);
    if (status == EXIT_DONE) status = read_named(run, "chain/chain.log", &chain);
    if (status != EXIT_DONE) return status;
    if (!first_key(chain, &key)) return say_bad(run, "log.empty", "chain/chain.log", "");
    verify_log_init(&run->log, &key);
    run->has_log = true;
    status = check(run, verify_log_entries, chain, "chain/chain.log");
    if (status == EXIT_DONE) {
        status = check(run, verify_log_checkpoints, notes, "chain/checkpoints.txt");
    }
    if (status != EXIT_DONE || !path) return status;
    int r = os_read_file(&os_real, path, PROOF_FILE_BYTES_MAX, &run->arena, &given);
    return r < 0 ? say_failed(run, path, r) : check(run, verify_log_given, given, path);
}

/* ---- the segments */

static bool chain_has(const VerifyRun *run, const SegmentVerified *segment)
{
    const VerifySegment *entries = run->log.segments.items;
    return segment->chain_number < run->log.segments.count &&
           memcmp(&entries[segment->chain_number].header, &segment->header,
                  sizeof segment->header) == 0;
}

/* The last entry of the file's number counts. */
static bool chain_has_repack(const VerifyRun *run, const Repack *repack)
{
    const VerifyRepack *entries = run->log.repacks.items;
    for (size_t i = run->log.repacks.count; i-- > 0;) {
        if (entries[i].file != repack->file) continue;
        return memcmp(&entries[i].directory, &repack->directory, sizeof repack->directory) == 0 &&
               memcmp(&entries[i].members, &repack->members, sizeof repack->members) == 0;
    }
    return false;
}

static int say_segment(const VerifyRun *run, const SegmentFinding *finding, const char *file)
{
    char place[128];
    bool is_block = strcmp(finding->id, "segment.block") == 0;
    snprintf(place, sizeof place, is_block ? "%s block %llu after row %llu" : "%s", file,
             (unsigned long long)finding->block, (unsigned long long)finding->rows);
    return say_bad(run, finding->id, place, "");
}

static int judge_segment(void *context, size_t index, const SegmentVerified *segment,
                         SegmentFinding *ret)
{
    VerifyRun *run = context;
    (void)index;
    bool has =
        segment->repacked ? chain_has_repack(run, &segment->repack) : chain_has(run, segment);
    if (!has) {
        *ret = (SegmentFinding){.id = "segment.chain"};
        return 1;
    }
    run->rows += segment->rows;
    run->bytes += segment->bytes;
    run->raw_bytes += segment->raw_bytes;
    return 0;
}

static int check_segments(VerifyRun *run)
{
    const VerifyThreads threads = {.count = VERIFY_THREADS, .judge = judge_segment, .context = run};
    SegmentFinding finding;
    size_t index;
    int r = store_verify_threads(run->reader, &threads, &index, &finding);
    if (r == 0) return EXIT_DONE;
    const char *file = store_reader_segment_info(run->reader, index)->file;
    return r == 1 ? say_segment(run, &finding, file) : say_failed(run, file, r);
}

/* ---- the log */

static int count_row(void *context, const Row *row, uint64_t number)
{
    (void)row, (void)number;
    ((VerifyRun *)context)->log_rows++;
    return 0;
}

static void note_damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    VerifyRun *run = context;
    if (run->log_damage++ == 0) {
        printf("%s %s offset %llu\n", reason, file, (unsigned long long)offset);
    }
}

static int check_log(VerifyRun *run)
{
    const ScanRange range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .unsealed_only = true};
    int r = store_scan(run->reader, &range, count_row, note_damage, run);
    if (r < 0) return say_failed(run, run->invocation->folder, r);
    return run->log_damage ? EXIT_ANSWER_NO : EXIT_DONE;
}

static int check_all(VerifyRun *run)
{
    int status = check_chain(run);
    if (status == EXIT_DONE) status = check_segments(run);
    return status == EXIT_DONE ? check_log(run) : status;
}

static void say_holds(const VerifyRun *run)
{
    char segments[NUMBER_WORDS_MAX], rows[NUMBER_WORDS_MAX], fresh[NUMBER_WORDS_MAX],
        checkpoints[NUMBER_WORDS_MAX];
    printf("holds\n");
    fflush(stdout);
    SAY(MESSAGE_VERIFY_HOLDS, run->invocation->language,
        {"segments", number_words(segments, store_reader_segment_count(run->reader))},
        {"rows", number_words(rows, run->rows)}, {"fresh", number_words(fresh, run->log_rows)},
        {"checkpoints", number_words(checkpoints, run->log.checkpoints.count)});
}

/* Block after block is opened and freed: given back to the system each time it would be a twentieth
 * of the work (mallopt(3)). */
static void keep_freed_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

static int run_verify(const Invocation *invocation)
{
    VerifyRun run = {.invocation = invocation, .arena = arena_make(3 * PROOF_FILE_BYTES_MAX)};
    Complaint complaint = {0};
    int status = EXIT_FAILED;
    keep_freed_memory();
    if (store_kek_open(invocation, false, &run.kek) < 0) return EXIT_FAILED;
    int r = store_reader_open(&os_real, invocation->folder, run.kek, &run.reader, &complaint);
    if (r < 0) {
        say_complaint(&complaint, invocation->language);
    } else {
        status = check_all(&run);
        if (status == EXIT_DONE) say_holds(&run);
        store_reader_close(run.reader);
    }
    if (run.has_log) verify_log_done(&run.log);
    arena_done(&run.arena);
    secret_free(run.kek);
    return status;
}

static const OptionInfo verify_options[] = {
    {"checkpoint",
     "FILE",
     {"別の場所に控えたチェックポイント（この保存先の履歴にあるかも確かめる）",
      "a checkpoint that was kept elsewhere; it must be part of this history"}},
};

const CommandInfo verify_command = {
    .name = "verify",
    .arguments = "",
    .words = {"保存したログが欠けず、書き換えられていないことを確かめる",
              "check that nothing stored is missing or was changed"},
    .examples = "  akashi verify\n"
                "  akashi verify --checkpoint mailed-2026-11-20.txt\n",
    .options = verify_options,
    .option_count = ARRAY_COUNT(verify_options),
    .run = run_verify,
};
