/* akashi import: files and folders into the store. */
#include "main/commands.h"
#include "main/input_words.h"
#include "main/known_context.h"
#include "main/known_sources.h"
#include "main/progress.h"
#include "main/store_kek.h"

#include "engine/damage_words.h"
#include "engine/import.h"

#include <errno.h>
#include <stdio.h>

#define INPUT_PROBLEMS_SHOWN                                                                       \
    1000 /* of damaged pieces and unreadable inputs, each; all are counted */

typedef struct ImportRun {
    const Invocation *invocation;
    Progress progress;
    Counters counters;
    uint64_t damage_count, problem_count;
    Secret *kek;
} ImportRun;

static void on_progress(void *context, Slice name, uint64_t done, uint64_t total)
{
    ImportRun *run = context;
    progress_show(&run->progress, name, done, total,
                  counter_read(&run->counters, COUNTER_RECORDS_MADE));
}

static void on_damage(void *context, Slice name, const Damage *damage)
{
    ImportRun *run = context;
    if (++run->damage_count > INPUT_PROBLEMS_SHOWN) return;
    progress_clear(&run->progress);
    damage_say(name, damage, run->invocation->language);
}

static void on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    ImportRun *run = context;
    if (++run->problem_count > INPUT_PROBLEMS_SHOWN) return;
    progress_clear(&run->progress);
    say_input_problem(name, error, complaint, run->invocation->language);
}

static void say_summary(ImportRun *run)
{
    char added[NUMBER_WORDS_MAX], duplicates[NUMBER_WORDS_MAX], damaged[NUMBER_WORDS_MAX];
    Counters *all = &run->counters;
    say_passed_over(counter_read(all, COUNTER_INPUTS_PASSED_OVER), run->invocation->language);
    SAY(MESSAGE_SUMMARY_IMPORT, run->invocation->language,
        {"added", number_words(added, counter_read(all, COUNTER_ROWS_STORED))},
        {"duplicates", number_words(duplicates, counter_read(all, COUNTER_ROWS_DUPLICATE))},
        {"damaged", number_words(damaged, counter_read(all, COUNTER_EVENTS_DAMAGED))});
}

static bool is_server_gone(int error)
{
    return error == -EPIPE || error == -ECONNRESET;
}

static void say_failure(ImportRun *run, int error, const Complaint *complaint)
{
    const Invocation *invocation = run->invocation;
    char rows[NUMBER_WORDS_MAX];
    if (complaint->id) {
        say_complaint(complaint, invocation->language);
    } else if (error == -ENOMEM) {
        SAY(MESSAGE_MEMORY, invocation->language);
    } else if (is_server_gone(error)) {
        SAY(MESSAGE_STORE_SERVER_GONE, invocation->language, {"error", error_words(error)});
    } else {
        SAY(MESSAGE_STORE_FAILED, invocation->language,
            {"folder", slice_from_cstr(invocation->folder)}, {"error", error_words(error)},
            {"rows", number_words(rows, counter_read(&run->counters, COUNTER_ROWS_STORED))});
    }
}

static int run_import(const Invocation *invocation)
{
    ImportRun run = {.invocation = invocation, .progress = progress_make()};
    const ImportWatcher watcher = {
        .progress = on_progress, .damage = on_damage, .problem = on_problem, .context = &run};
    ImportOptions options = {
        .settings = &invocation->settings,
        .folder = invocation->folder,
        .told = store_news_say,
        .told_context = (void *)invocation,
        .source = slice_from_cstr(option_value(invocation, "source")),
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .language = invocation->language,
    };
    Complaint complaint = {0};
    if (invocation->argument_count == 0) {
        SAY(MESSAGE_INPUT_NONE, invocation->language);
        return EXIT_FAILED;
    }
    TranslationFiles *files;
    Context *company;
    if (store_kek_open(invocation, true, &run.kek) < 0) return EXIT_FAILED;
    if (known_files_open(invocation, &files) < 0) return EXIT_FAILED;
    if (known_context_open(invocation, &company, NULL) < 0) return EXIT_FAILED;
    options.sources = translation_files_sources(files);
    options.action_settings = translation_files_actions(files);
    options.context = company;
    options.kek = run.kek;
    int r = import_run(&os_real, &options, invocation->arguments, invocation->argument_count,
                       &watcher, &run.counters, &complaint);
    context_free(company);
    translation_files_free(files);
    secret_free(run.kek);
    progress_clear(&run.progress);
    if (r < 0) say_failure(&run, r, &complaint);
    /* Else the store did not open, or what it has is not known. */
    if (!complaint.id && !is_server_gone(r)) say_summary(&run);
    return r < 0 || run.problem_count > 0 ? EXIT_FAILED : EXIT_DONE;
}

static const OptionInfo import_options[] = {
    {"source",
     "NAME",
     {"どの機器のログか（記録の「機器」に入る）", "which device these logs are from"}},
};

const CommandInfo import_command = {
    .name = "import",
    .arguments = "PATH...",
    .words = {"ログのファイルやフォルダーを保存する。何度実行しても二重にはならない",
              "store log files and folders; safe to repeat, nothing is stored twice"},
    .examples = "  akashi import C_Windows_logs.zip /var/log\n"
                "  akashi import --source FS01 Security.evtx\n",
    .options = import_options,
    .option_count = ARRAY_COUNT(import_options),
    .run = run_import,
};
