/* akashi retranslate: what is stored, translated once more by today's rules and definitions. */
#include "main/commands.h"
#include "main/known_sources.h"
#include "main/progress.h"
#include "main/store_kek.h"

#include "engine/retranslate.h"

#include <errno.h>
#include <stdio.h>

typedef struct RetranslateRun {
    const Invocation *invocation;
    Progress progress;
    RetranslateTally tally;
} RetranslateRun;

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    RetranslateRun *run = context;
    progress_show(&run->progress, SLICE(""), done, all, run->tally.different);
}

static int say_failure(const RetranslateRun *run, int error, const Complaint *complaint)
{
    const Invocation *invocation = run->invocation;
    Slice folder = slice_from_cstr(invocation->folder);
    char rows[NUMBER_WORDS_MAX];
    if (error == -ENOENT) {
        SAY(MESSAGE_STORE_ABSENT, invocation->language, {"folder", folder});
    } else if (complaint->id) {
        say_complaint(complaint, invocation->language);
    } else if (error == -ENOMEM) {
        SAY(MESSAGE_MEMORY, invocation->language);
    } else {
        SAY(MESSAGE_STORE_FAILED, invocation->language, {"folder", folder},
            {"error", error_words(error)}, {"rows", number_words(rows, run->tally.added)});
    }
    return EXIT_FAILED;
}

static void say_summary(const RetranslateRun *run, bool is_dry)
{
    Language language = run->invocation->language;
    const RetranslateTally *tally = &run->tally;
    char rows[NUMBER_WORDS_MAX], same[NUMBER_WORDS_MAX], left[NUMBER_WORDS_MAX];
    char room[NUMBER_WORDS_MAX], added[NUMBER_WORDS_MAX], repeats[NUMBER_WORDS_MAX];
    if (tally->damaged_blocks > 0) {
        SAY(MESSAGE_SEARCH_DAMAGED, language, {"count", number_words(rows, tally->damaged_blocks)});
    }
    Slice different = number_words(room, tally->different);
    if (is_dry) {
        SAY(MESSAGE_RETRANSLATE_DRY, language, {"different", different});
    }
    SAY(MESSAGE_SUMMARY_RETRANSLATE, language, {"rows", number_words(rows, tally->rows)},
        {"same", number_words(same, tally->same)}, {"left", number_words(left, tally->left)},
        {"different", different}, {"added", number_words(added, tally->added)},
        {"repeats", number_words(repeats, tally->repeats)});
}

static int run_with(RetranslateRun *run, RetranslateOptions *options)
{
    const Invocation *invocation = run->invocation;
    CLEANUP(buf_done) Buf question = {0};
    Complaint complaint = {0};
    for (size_t i = 0; i < invocation->argument_count; i++) {
        if (i > 0) buf_add_char(&question, ' ');
        buf_add_cstr(&question, invocation->arguments[i]);
    }
    int r = buf_error(&question);
    options->question = buf_slice(&question);
    if (r == 0) r = retranslate_run(&os_real, options, &run->tally, &complaint);
    progress_clear(&run->progress);
    if (r < 0) return say_failure(run, r, &complaint);
    say_summary(run, options->dry_run);
    return EXIT_DONE;
}

static int run_retranslate(const Invocation *invocation)
{
    RetranslateRun run = {.invocation = invocation, .progress = progress_make()};
    Secret *kek = NULL;
    SourceSet *sources = NULL;
    RetranslateOptions options = {
        .settings = &invocation->settings,
        .folder = invocation->folder,
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .from_ns = INT64_MIN,
        .to_ns = INT64_MAX,
        .dry_run = option_value(invocation, "dry-run") != NULL,
        .told = store_news_say,
        .told_context = (void *)invocation,
        .progress = on_progress,
        .progress_context = &run,
    };
    if (option_time(invocation, "from", &options.from_ns) < 0) return EXIT_FAILED;
    if (option_time(invocation, "to", &options.to_ns) < 0) return EXIT_FAILED;
    if (store_kek_open(invocation, false, &kek) < 0) return EXIT_FAILED;
    int status = EXIT_FAILED;
    if (known_sources_open(invocation, &sources, NULL) == 0) {
        options.kek = kek;
        options.sources = sources;
        status = run_with(&run, &options);
    }
    source_set_free(sources);
    secret_free(kek);
    return status;
}

static const OptionInfo retranslate_options[] = {
    {"from",
     "TIME",
     {"この日時から（2026-11-20 または 2026-11-20T17:40:00）",
      "from this time on (2026-11-20 or 2026-11-20T17:40:00)"}},
    {"to", "TIME", {"この日時より前まで", "before this time"}},
    {"dry-run",
     NULL,
     {"何も加えず、違いが出る件数だけを調べる", "add nothing; only count what would be different"}},
};

const CommandInfo retranslate_command = {
    .name = "retranslate",
    .arguments = "[QUERY]",
    .words = {"保存したログを今の定義で翻訳し直す。前の記録は残し、違う記録を横に加える",
              "translate stored logs by today's definitions; new records beside the old ones"},
    .examples = "  akashi retranslate --dry-run\n"
                "  akashi retranslate 'akashi.rule:fallback.*' --from 2026-11-01\n"
                "  akashi search 'akashi.role:retranslated'\n",
    .options = retranslate_options,
    .option_count = ARRAY_COUNT(retranslate_options),
    .run = run_retranslate,
};
