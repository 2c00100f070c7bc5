/* akashi store delete: the rows that a question finds leave the store. */
#include "main/progress.h"
#include "main/store_kek.h"
#include "main/store_tasks.h"

#include "engine/retention.h"
#include "search/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DELETED_AT_ONCE_MAX ((size_t)16 << 20) /* rows; past it the question is to be narrowed */

typedef struct DeleteRun {
    const Invocation *invocation;
    KeepHands hands;
    Progress progress;
    Retention retention;
    Arena arena;
    Buf numbers; /* uint64_t each */
    Buf reason;
} DeleteRun;

static int take_answer(void *context, const Answer *answer)
{
    DeleteRun *run = context;
    buf_add(&run->numbers, &answer->number, sizeof answer->number);
    return buf_error(&run->numbers);
}

static void show_progress(void *context, uint64_t done, uint64_t all)
{
    progress_show(&((DeleteRun *)context)->progress, SLICE(""), done, all, done);
}

static int compare_numbers(const void *a_number, const void *b_number)
{
    const uint64_t *a = a_number, *b = b_number;
    return (*a > *b) - (*a < *b);
}

/* `delete` is the first argument; the others are one question. */
static int read_question(DeleteRun *run, Query **ret)
{
    const Invocation *invocation = run->invocation;
    const QueryOptions options = {.now_ns = os_real.now_ns(os_real.state),
                                  .zone_offset_seconds = invocation->zone_offset_seconds};
    CLEANUP(buf_done) Buf text = {0};
    Complaint complaint = {0};
    Slice kept;
    for (size_t i = 1; i < invocation->argument_count; i++) {
        if (i > 1) buf_add_char(&text, ' ');
        buf_add_cstr(&text, invocation->arguments[i]);
    }
    if (text.len == 0) {
        SAY(MESSAGE_KEEP_NO_QUESTION, invocation->language);
        return -EINVAL;
    }
    int r = arena_copy(&run->arena, buf_slice(&text), &kept);
    if (r == 0) r = query_parse(kept, &options, &run->arena, ret, &complaint);
    if (r == 0 && !search_is_live(*ret)) {
        SAY(MESSAGE_KEEP_NO_PIPES, invocation->language);
        return -EINVAL;
    }
    if (r < 0) keep_say_failed(invocation, r, &complaint);
    return r;
}

static int search(DeleteRun *run, const Query *query, StoreReader *reader)
{
    const Settings *settings = &run->invocation->settings;
    SearchStats stats;
    char count[NUMBER_WORDS_MAX];
    SearchOptions options = {.range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX},
                             .memory_bytes_max =
                                 (size_t)setting_number(settings, SETTING_SEARCH_MEMORY_MIB) << 20,
                             .progress = show_progress,
                             .progress_context = run};
    int r = os_real.random(os_real.state, options.seed, sizeof options.seed);
    if (r == 0) r = search_run(query, reader, &options, take_answer, run, &stats);
    progress_clear(&run->progress);
    if (r < 0) return r;
    if (stats.damaged_blocks > 0) {
        SAY(MESSAGE_SEARCH_DAMAGED, run->invocation->language,
            {"count", number_words(count, stats.damaged_blocks)});
    }
    return stats.memory_met ? -ENOMEM : 0; /* else some would stay, unsaid */
}

static int find_rows(DeleteRun *run)
{
    StoreReader *reader;
    Query *query;
    Complaint complaint = {0};
    const Invocation *invocation = run->invocation;
    int r = read_question(run, &query);
    if (r < 0) return r;
    r = store_reader_open(&os_real, invocation->folder, run->hands.kek, &reader, &complaint);
    if (r == 0) {
        r = search(run, query, reader);
        store_reader_close(reader);
    }
    if (r == -EMSGSIZE) {
        SAY(MESSAGE_KEEP_TOO_MANY, invocation->language);
    } else if (r < 0) {
        keep_say_failed(invocation, r, &complaint);
    } else if (run->numbers.len) {
        qsort(run->numbers.ptr, run->numbers.len / sizeof(uint64_t), sizeof(uint64_t),
              compare_numbers);
    }
    return r;
}

static int say_deleted(const DeleteRun *run, int result, const StoreDeleted *deleted, bool dry_run)
{
    char rows[NUMBER_WORDS_MAX], files[NUMBER_WORDS_MAX];
    const Complaint none = {0};
    Language language = run->invocation->language;
    if (result == -EPERM) {
        SAY(MESSAGE_KEEP_DELETE_HELD, language, {"files", number_words(files, deleted->held)});
        return EXIT_ANSWER_NO;
    }
    if (result == 0 || deleted->rows) {
        SAY(dry_run ? MESSAGE_KEEP_WOULD_DELETE : MESSAGE_KEEP_DELETED, language,
            {"rows", number_words(rows, deleted->rows)},
            {"files", number_words(files, deleted->segments)});
    }
    if (result < 0) return keep_say_failed(run->invocation, result, &none);
    if (dry_run && deleted->held) {
        SAY(MESSAGE_KEEP_DELETE_HELD, language, {"files", number_words(files, deleted->held)});
    }
    return EXIT_DONE;
}

static int delete_rows(DeleteRun *run)
{
    bool dry_run = option_value(run->invocation, "yes") == NULL;
    const StoreDeletion deletion = {.numbers = (const uint64_t *)(const void *)run->numbers.ptr,
                                    .count = run->numbers.len / sizeof(uint64_t),
                                    .reason = buf_slice(&run->reason),
                                    .dry_run = dry_run};
    StoreDeleted deleted;
    int r = run->hands.server ? store_call_delete(run->hands.server, &deletion, &deleted)
                              : store_delete(run->hands.store, &deletion, &deleted);
    int status = say_deleted(run, r, &deleted, dry_run);
    if (status != EXIT_DONE || !dry_run || option_value(run->invocation, "dry-run")) return status;
    SAY(MESSAGE_KEEP_SAY_YES, run->invocation->language);
    return EXIT_ANSWER_NO;
}

static int take_reason(DeleteRun *run)
{
    const Invocation *invocation = run->invocation;
    const char *reason = option_value(invocation, "reason");
    if (reason) buf_add_format(&run->reason, "%s: %s", keep_who(invocation), reason);
    if (reason && reason[0] && run->reason.len <= 512) return 0;
    SAY(MESSAGE_KEEP_NO_REASON, invocation->language);
    return -EINVAL;
}

/* Rows of the log are sealed first: only segments can be written anew. */
static int prepare(DeleteRun *run)
{
    const Invocation *invocation = run->invocation;
    const Complaint none = {0};
    int r = take_reason(run);
    if (r == 0) r = keep_read_retention(invocation, &run->retention);
    if (r == 0) r = keep_open_hands(invocation, &run->retention, &run->hands);
    if (r < 0) return r;
    r = run->hands.server ? store_call_seal(run->hands.server) : store_seal(run->hands.store);
    if (r < 0) keep_say_failed(invocation, r, &none);
    return r;
}

int store_delete_task(const Invocation *invocation)
{
    static DeleteRun run;
    int status = EXIT_FAILED;
    run = (DeleteRun){.invocation = invocation,
                      .progress = progress_make(),
                      .arena = arena_make(0),
                      .numbers = buf_make(DELETED_AT_ONCE_MAX * sizeof(uint64_t))};
    if (prepare(&run) == 0 && find_rows(&run) == 0) status = delete_rows(&run);
    keep_close_hands(&run.hands);
    arena_done(&run.arena);
    buf_done(&run.numbers);
    buf_done(&run.reason);
    return status;
}
