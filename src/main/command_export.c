/* akashi export: records to hand over: as JSON lines, as the raw bytes that came in, and with
 * proofs that somebody else checks with akashi-verify alone. */
#include "main/commands.h"
#include "main/export_readme.h"
#include "main/progress.h"
#include "main/store_kek.h"

#include "base/number.h"
#include "base/time_text.h"
#include "search/search.h"
#include "store/ops/export_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE_BYTES ((size_t)256 << 10)

typedef struct OutFile {
    int fd;
    uint64_t bytes; /* written, and waiting in `piece` */
    Buf piece;
} OutFile;

/* Records, and their raw bytes. */
typedef struct OutPair {
    OutFile records, raw;
    uint64_t count;
} OutPair;

typedef struct ExportRun {
    const Invocation *invocation;
    const char *folder;
    bool with_proof;
    OutPair main;
    OutPair unsealed; /* with proofs: what has none is kept apart */
    Buf wanted;       /* ProofWanted each */
    Progress progress;
    Secret *kek;
    StoreReader *reader;
    Complaint complaint; /* of a lookup */
} ExportRun;

/* ---- the files */

static int out_flush(OutFile *file, size_t bytes_min)
{
    if (buf_error(&file->piece)) return buf_error(&file->piece);
    if (file->piece.len < bytes_min) return 0;
    int r = os_write_full(&os_real, file->fd, file->piece.ptr, file->piece.len);
    buf_clear(&file->piece);
    return r;
}

static int out_open(const ExportRun *run, const char *name, OutFile *ret)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/%s", run->folder, name);
    ret->fd = os_real.open(os_real.state, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    return ret->fd < 0 ? ret->fd : 0;
}

static int out_close(OutFile *file, bool sync)
{
    int r = 0;
    if (file->fd >= 0 && sync) r = out_flush(file, 0);
    if (file->fd >= 0 && sync && r == 0) r = os_real.sync_data(os_real.state, file->fd);
    if (file->fd >= 0) os_real.close(os_real.state, file->fd);
    buf_done(&file->piece);
    file->fd = -1;
    return r < 0 ? r : 0;
}

static int note_any(void *context, Slice name)
{
    (void)name;
    *(bool *)context = true;
    return 0;
}

static int open_folder(ExportRun *run)
{
    bool any = false;
    int r = os_real.list(os_real.state, run->folder, note_any, &any);
    if (r < 0 && r != -ENOENT) return r;
    if (any) return -ENOTEMPTY;
    r = os_make_folders(&os_real, run->folder);
    if (r == 0) r = out_open(run, "records.jsonl", &run->main.records);
    return r < 0 ? r : out_open(run, "raw.log", &run->main.raw);
}

/* ---- a record */

static void add_record(OutPair *to, const Row *row, bool proven)
{
    export_record_add(&to->records.piece, row, to->raw.bytes, proven ? to->count : 0);
    buf_add_slice(&to->raw.piece, row->event.raw);
    buf_add_char(&to->raw.piece, '\n');
    to->raw.bytes += row->event.raw.len + 1;
}

static int open_unsealed(ExportRun *run)
{
    if (run->unsealed.records.fd >= 0) return 0;
    int r = out_open(run, "unsealed-records.jsonl", &run->unsealed.records);
    return r < 0 ? r : out_open(run, "unsealed-raw.log", &run->unsealed.raw);
}

static int on_answer(void *context, const Answer *answer)
{
    ExportRun *run = context;
    bool proven = run->with_proof && export_is_sealed(run->reader, answer->number);
    OutPair *to = run->with_proof && !proven ? &run->unsealed : &run->main;
    int r = to == &run->unsealed ? open_unsealed(run) : 0;
    if (r < 0) return r;
    to->count++;
    if (proven && to->count > EXPORT_PROOFS_MAX) return -E2BIG;
    add_record(to, answer->row, proven);
    ProofWanted wanted = {.number = answer->number, .ordinal = to->count};
    if (proven) buf_add(&run->wanted, &wanted, sizeof wanted);
    r = buf_error(&run->wanted);
    if (r == 0) r = out_flush(&to->records, PIECE_BYTES);
    return r < 0 ? r : out_flush(&to->raw, PIECE_BYTES);
}

static int pair_close(OutPair *pair, bool sync)
{
    int r = out_close(&pair->records, sync);
    int raw = out_close(&pair->raw, sync && r == 0);
    return r < 0 ? r : raw;
}

static void on_search(void *context, uint64_t done, uint64_t all)
{
    ExportRun *run = context;
    progress_show(&run->progress, SLICE("search"), done, all, run->main.count);
}

static int on_proof(void *context, uint64_t done, uint64_t all)
{
    ExportRun *run = context;
    progress_show(&run->progress, SLICE("proofs"), done, all, done);
    return 0;
}

/* ---- the query */

static int join_arguments(const Invocation *invocation, Arena *arena, Slice *ret)
{
    CLEANUP(buf_done) Buf text = {0};
    for (size_t i = 0; i < invocation->argument_count; i++) {
        if (i > 0) buf_add_char(&text, ' ');
        buf_add_cstr(&text, invocation->arguments[i]);
    }
    return arena_copy(arena, buf_slice(&text), ret);
}

static int parse_query(ExportRun *run, Arena *arena, Query **ret)
{
    const Invocation *invocation = run->invocation;
    const QueryOptions asked = {.now_ns = os_real.now_ns(os_real.state),
                                .zone_offset_seconds = invocation->zone_offset_seconds,
                                /* proofs are of events: an action has no bytes of its own */
                                .without_evidence =
                                    !run->with_proof && !option_value(invocation, "all")};
    const Slice *columns;
    Slice text;
    Complaint complaint = {0};
    int r = join_arguments(invocation, arena, &text);
    if (r == 0) r = query_parse(text, &asked, arena, ret, &complaint);
    if (r < 0 && complaint.id) say_complaint(&complaint, invocation->language);
    if (r < 0) return r;
    if (search_columns(*ret, &columns) == 0) return 0;
    SAY(MESSAGE_EXPORT_RECORDS_ONLY, invocation->language);
    return -EINVAL;
}

static int search_options(const ExportRun *run, SearchOptions *ret)
{
    const Settings *settings = &run->invocation->settings;
    *ret = (SearchOptions){
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX},
        .order = SEARCH_BY_ARRIVAL, /* nothing is held back, however many there are */
        .memory_bytes_max = (size_t)setting_number(settings, SETTING_SEARCH_MEMORY_MIB) << 20,
        .os = &os_real,
        .progress = on_search,
        .progress_context = (void *)run,
    };
    int r = os_real.random(os_real.state, ret->seed, sizeof ret->seed);
    if (r == 0) r = option_time(run->invocation, "from", &ret->range.from_ns);
    return r < 0 ? r : option_time(run->invocation, "to", &ret->range.to_ns);
}

/* ---- all of it */

static int say_failed(const ExportRun *run, int error, const Complaint *complaint)
{
    Language language = run->invocation->language;
    if (complaint->id) {
        say_complaint(complaint, language);
    } else if (error == -ENOTEMPTY) {
        SAY(MESSAGE_EXPORT_NOT_EMPTY, language, {"folder", slice_from_cstr(run->folder)});
    } else if (error == -E2BIG) {
        char most[NUMBER_WORDS_MAX];
        SAY(MESSAGE_EXPORT_TOO_MANY, language, {"most", number_words(most, EXPORT_PROOFS_MAX)});
    } else {
        SAY(MESSAGE_EXPORT_FAILED, language, {"folder", slice_from_cstr(run->folder)},
            {"error", error_words(error)});
    }
    return EXIT_FAILED;
}

static int write_proofs(ExportRun *run, ProofsWritten *ret, Complaint *complaint)
{
    return export_proofs(&os_real, run->invocation->folder, run->reader,
                         (ProofWanted *)run->wanted.ptr, run->wanted.len / sizeof(ProofWanted),
                         run->folder, on_proof, run, ret, complaint);
}

static int say_done(const ExportRun *run, const SearchStats *stats, const ProofsWritten *proofs)
{
    Language language = run->invocation->language;
    char count[NUMBER_WORDS_MAX], made[NUMBER_WORDS_MAX], missing[NUMBER_WORDS_MAX];
    SAY(MESSAGE_EXPORT_DONE, language, {"folder", slice_from_cstr(run->folder)},
        {"count", number_words(count, run->main.count + run->unsealed.count)},
        {"proofs", number_words(made, proofs->proofs)});
    uint64_t unsealed = run->unsealed.count + proofs->unsealed;
    if (unsealed) {
        SAY(MESSAGE_EXPORT_UNSEALED, language, {"count", number_words(missing, unsealed)});
    }
    if (stats->memory_met || stats->damaged_blocks) {
        SAY(MESSAGE_SEARCH_DAMAGED, language,
            {"count", number_words(missing, stats->damaged_blocks)});
    }
    return unsealed || stats->memory_met || stats->damaged_blocks ? EXIT_ANSWER_NO : EXIT_DONE;
}

static int export_all(ExportRun *run, const Query *query, SearchOptions *options)
{
    SearchStats stats = {0};
    ProofsWritten proofs = {0};
    Complaint complaint = {0};
    const Invocation *invocation = run->invocation;
    int r = store_reader_open(&os_real, invocation->folder, run->kek, &run->reader, &complaint);
    if (r < 0) run->reader = NULL;
    if (r == 0) r = open_folder(run);
    if (r == 0) r = search_run(query, run->reader, options, on_answer, run, &stats);
    if (r >= 0) r = pair_close(&run->main, true);
    if (r == 0) r = pair_close(&run->unsealed, true);
    if (r == 0 && run->with_proof) r = write_proofs(run, &proofs, &complaint);
    if (r == 0) {
        r = export_readme_write(&os_real, run->folder,
                                &(ExportFacts){.with_proof = run->with_proof,
                                               .now_ns = os_real.now_ns(os_real.state),
                                               .count = run->main.count,
                                               .unsealed = run->unsealed.count},
                                proofs.first_key);
    }
    progress_clear(&run->progress);
    return r < 0 ? say_failed(run, r, run->complaint.id ? &run->complaint : &complaint)
                 : say_done(run, &stats, &proofs);
}

static int run_export(const Invocation *invocation)
{
    ExportRun run = {.invocation = invocation,
                     .folder = option_value(invocation, "out"),
                     .with_proof = option_value(invocation, "proof") != NULL,
                     .main = {{.fd = -1}, {.fd = -1}, 0},
                     .unsealed = {{.fd = -1}, {.fd = -1}, 0},
                     .wanted = buf_make(0),
                     .progress = progress_make()};
    CLEANUP(arena_done) Arena arena = {0};
    Query *query = NULL;
    SearchOptions options;
    if (!run.folder || strlen(run.folder) > 3840) {
        SAY(MESSAGE_EXPORT_WHERE, invocation->language);
        return EXIT_FAILED;
    }
    if (parse_query(&run, &arena, &query) < 0 || search_options(&run, &options) < 0) {
        return EXIT_FAILED;
    }
    if (store_kek_open(invocation, false, &run.kek) < 0) return EXIT_FAILED;
    options.complaint = &run.complaint;
    int status = export_all(&run, query, &options);
    if (pair_close(&run.main, false) < 0 || pair_close(&run.unsealed, false) < 0) {
        status = EXIT_FAILED;
    }
    store_reader_close(run.reader);
    secret_free(run.kek);
    buf_done(&run.wanted);
    return status;
}

static const OptionInfo export_options[] = {
    {"out",
     "DIR",
     {"書き出すフォルダー（ないか、空のもの）", "the folder to write to (absent or empty)"}},
    {"proof",
     NULL,
     {"改ざんがないことの証明を付ける（akashi-verify で確かめられる。--all も含む）",
      "with proofs that nothing was changed, for akashi-verify (includes --all)"}},
    {"all",
     NULL,
     {"一つの操作にまとめた元のイベント（role:evidence）も書き出す",
      "with the events that were joined into one action (role:evidence)"}},
    {"from", "TIME", {"この日時から", "from this time on"}},
    {"to", "TIME", {"この日時より前まで", "before this time"}},
};

const CommandInfo export_command = {
    .name = "export",
    .arguments = "QUERY",
    .words = {"探した記録を、元のバイト列と証明を添えて書き出す（監査や提出のため）",
              "write found records with their raw bytes and proofs, to hand them over"},
    .examples = "  akashi export 'user:tanaka 操作:削除' --out /tmp/tanaka --proof\n"
                "  akashi export '*' --from 2026-11-01 --to 2026-12-01 --out /mnt/november\n"
                "  akashi-verify --key first-key.txt /tmp/tanaka\n",
    .options = export_options,
    .option_count = ARRAY_COUNT(export_options),
    .run = run_export,
};
