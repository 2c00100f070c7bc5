/* akashi sources: which kinds of devices are known, which one a log is of, a definition for one
 * that is not, and the tests inside the definitions. */
#include "main/commands.h"
#include "main/known_sources.h"
#include "main/output.h"
#include "main/source_folder.h"
#include "main/sources_run.h"
#include "main/sources_stored.h"

#include "base/json_text.h"
#include "base/nearest.h"
#include "engine/source_samples.h"

#include <errno.h>
#include <stdio.h>

/* --- list ------------------------------------------------------------------------------------- */

static void add_links(Buf *to, const SourceInfo *info)
{
    buf_add_cstr(to, ",\"about\":[");
    for (size_t i = 0; i < info->about_count; i++) {
        if (i > 0) buf_add_char(to, ',');
        json_add_string(to, info->about[i]);
    }
    buf_add_char(to, ']');
}

/* No log and no manual stands behind it. */
static bool is_assumed(const SourceInfo *info)
{
    for (size_t i = 0; i < info->sample_count; i++) {
        if (!slice_eq(info->samples[i].kind, SLICE("assumed"))) return false;
    }
    return info->sample_count > 0;
}

/* The state of a definition: its samples are run. */
static int add_state(SourcesRun *run, size_t index)
{
    const SampleWatcher watcher = {0};
    SampleCounts counts = {0};
    int r = source_samples_run(run->set, index, &watcher, &counts);
    if (r < 0) return r;
    sources_add_number(&run->output, "samples", counts.passed + counts.failed);
    sources_add_member(&run->output, "state",
                       counts.failed                                  ? SLICE("samples-fail")
                       : counts.passed + counts.failed == 0           ? SLICE("no-samples")
                       : is_assumed(source_set_info(run->set, index)) ? SLICE("assumed")
                                                                      : SLICE("ready"));
    return 0;
}

static void add_stored(Buf *to, const StoredCount *stored)
{
    sources_add_number(to, "rows", stored->rows);
    if (stored->last[0]) sources_add_member(to, "last", slice_from_cstr(stored->last));
    if (stored->retranslated) sources_add_number(to, "retranslated", stored->retranslated);
}

static void say_stored(const SourcesRun *run, const SourcesStored *stored)
{
    const Invocation *invocation = run->invocation;
    char all[NUMBER_WORDS_MAX], claimed[NUMBER_WORDS_MAX], built_in[NUMBER_WORDS_MAX];
    char unknown[NUMBER_WORDS_MAX];
    uint64_t rows = 0;
    if (!stored->is_there) {
        SAY(MESSAGE_SOURCES_NO_STORE, invocation->language,
            {"folder", slice_from_cstr(invocation->folder)});
        return;
    }
    for (size_t i = 0; i < source_set_count(run->set); i++) {
        rows += stored->of[i].rows;
    }
    if (stored->damaged_blocks > 0) {
        SAY(MESSAGE_SOURCES_DAMAGED, invocation->language,
            {"count", number_words(all, stored->damaged_blocks)});
    }
    SAY(MESSAGE_SOURCES_STORED, invocation->language,
        {"rows", number_words(all, rows + stored->built_in.rows + stored->unknown.rows)},
        {"claimed", number_words(claimed, rows)},
        {"built_in", number_words(built_in, stored->built_in.rows)},
        {"unknown", number_words(unknown, stored->unknown.rows)},
        {"last", stored->unknown.last[0] ? slice_from_cstr(stored->unknown.last) : SLICE("-")});
}

/* One object: how many lines no definition knows, when the last came, some of them. */
static int list_unknown(SourcesRun *run)
{
    SourcesStored stored;
    int r = sources_stored_count(run, &stored);
    if (r < 0) return r;
    if (stored.is_there) {
        sources_add_member(&run->output, "source", SLICE("unknown"));
        add_stored(&run->output, &stored.unknown);
        r = sources_stored_unknown(run, &run->output);
        buf_add_cstr(&run->output, "}\n");
        if (r == 0) r = output_flush(&run->output, 0);
    }
    say_stored(run, &stored);
    return r;
}

static int list_sources(SourcesRun *run)
{
    SourcesStored stored;
    int counted = sources_stored_count(run, &stored);
    if (counted < 0) return counted;
    char count[NUMBER_WORDS_MAX], mistakes[NUMBER_WORDS_MAX];
    Language language = run->invocation->language;
    for (size_t i = 0; i < source_set_count(run->set); i++) {
        const SourceInfo *info = source_set_info(run->set, i);
        CLEANUP(buf_done) Buf head = {0};
        sources_add_member(&head, "source", info->name);
        sources_add_member(&head, "title", info->title[language]);
        sources_add_member(&head, "vendor", info->vendor);
        sources_add_member(&head, "product", info->product);
        sources_add_member(&head, "dataset", info->dataset);
        sources_add_member(&head, "file", info->file);
        sources_add_member(&head, "setup", info->setup[language]);
        buf_add_slice(&run->output, buf_slice(&head));
        add_links(&run->output, info);
        int r = add_state(run, i);
        if (r < 0) return r;
        if (stored.is_there) add_stored(&run->output, &stored.of[i]);
        buf_add_cstr(&run->output, "}\n");
    }
    int r = output_flush(&run->output, 0);
    SAY(MESSAGE_SOURCES_LISTED, language,
        {"count", number_words(count, source_set_count(run->set))},
        {"mistakes", number_words(mistakes, run->mistakes)});
    say_stored(run, &stored);
    return r;
}

/* --- test ------------------------------------------------------------------------------------- */

static void on_failed(void *context, const SampleFailure *failure)
{
    const SourcesRun *run = context;
    char line[NUMBER_WORDS_MAX];
    SAY(MESSAGE_SOURCES_SAMPLE_FAILED, run->invocation->language, {"file", failure->info->file},
        {"line", number_words(line, failure->sample->line)}, {"name", failure->name},
        {"want", failure->want}, {"got", failure->got});
}

static int unknown_source(const SourcesRun *run, Slice name)
{
    Slice names[SOURCES_MAX];
    for (size_t i = 0; i < source_set_count(run->set); i++) {
        names[i] = source_set_info(run->set, i)->name;
    }
    Slice nearest = nearest_name(name, names, source_set_count(run->set));
    SAY(MESSAGE_SOURCES_UNKNOWN, run->invocation->language, {"name", name},
        {"nearest", nearest.len ? nearest : SLICE("akashi sources list")});
    return -ENOENT;
}

/* *ret_failed: some sample did not give its record, or a definition could not be read. */
static int test_sources(SourcesRun *run, bool *ret_failed)
{
    const Invocation *invocation = run->invocation;
    const SampleWatcher watcher = {.failed = on_failed, .context = run};
    SampleCounts counts = {0};
    char passed[NUMBER_WORDS_MAX], failed[NUMBER_WORDS_MAX];
    int r = 0;
    for (size_t i = 1; i < invocation->argument_count && r == 0; i++) {
        size_t index;
        Slice name = slice_from_cstr(invocation->arguments[i]);
        if (source_set_find(run->set, name, &index) < 0) return unknown_source(run, name);
        r = source_samples_run(run->set, index, &watcher, &counts);
    }
    for (size_t i = 0; i < source_set_count(run->set) && r == 0; i++) {
        if (invocation->argument_count > 1) break;
        r = source_samples_run(run->set, i, &watcher, &counts);
    }
    if (r < 0) return r;
    *ret_failed = counts.failed > 0 || run->mistakes > 0;
    SAY(MESSAGE_SOURCES_TESTED, invocation->language,
        {"passed", number_words(passed, counts.passed)},
        {"failed", number_words(failed, counts.failed)});
    return 0;
}

/* --- the command ------------------------------------------------------------------------------ */

/* Commands that need no set of the known ones. -EAGAIN: it is none of them. */
static int run_folder(const Invocation *invocation, const char *what)
{
    bool refused = false;
    if (invocation->argument_count != 2) return -EAGAIN;
    const char *argument = invocation->arguments[1];
    if (strcmp(what, "remove") == 0) {
        return source_folder_remove(invocation, argument) < 0 ? EXIT_FAILED : EXIT_DONE;
    }
    if (strcmp(what, "add") != 0) return -EAGAIN;
    int r = source_folder_add(invocation, argument, &refused);
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    return r < 0 ? EXIT_FAILED : refused ? EXIT_ANSWER_NO : EXIT_DONE;
}

static int run_sources(const Invocation *invocation)
{
    SourcesRun run = {.invocation = invocation};
    const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
    bool list = strcmp(what, "list") == 0, test = strcmp(what, "test") == 0, failed = false;
    bool guess = strcmp(what, "guess") == 0 && invocation->argument_count > 1;
    int r = run_folder(invocation, what);
    if (r >= 0) return r;
    if (!list && !test && !guess) {
        print_command_help(&sources_command, invocation->language);
        return EXIT_FAILED;
    }
    r = known_sources_open(invocation, &run.set, &run.mistakes);
    if (r < 0) return EXIT_FAILED;
    bool unknown = list && option_value(invocation, "unknown");
    r = unknown ? list_unknown(&run)
        : list  ? list_sources(&run)
        : test  ? test_sources(&run, &failed)
                : sources_guess(&run);
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    buf_done(&run.output);
    source_set_free(run.set);
    if (r == -EPIPE) return EXIT_DONE; /* the reader has seen enough */
    return r < 0 ? EXIT_FAILED : failed ? EXIT_ANSWER_NO : EXIT_DONE;
}

static const OptionInfo options[] = {
    {"yaml",
     NULL,
     {"guess: 知らない行のための定義の案だけを、保存できる形で出す",
      "guess: print only the definition proposed for unknown lines, ready to be saved"}},
    {"unknown",
     NULL,
     {"list: 保存した行のうち、どの定義にも当てはまらないものの件数と例を出す",
      "list: of the stored rows, how many no definition knows, and some of them"}},
};

const CommandInfo sources_command = {
    .name = "sources",
    .arguments = "list | guess PATH... | add FILE | remove NAME | test [NAME...]",
    .words =
        {"どの機器のログが分かるか。ログがどの機器のものか。知らないログの定義の案。定義の追加と試"
         "験",
         "which devices' logs are known; which one a log is of; a definition for an unknown one; "
         "add and test definitions"},
    .examples = "  akashi sources list\n"
                "  akashi sources list --unknown\n"
                "  akashi sources list | jq -r 'select(.source==\"fortigate\").setup'\n"
                "  akashi sources guess firewall.log\n"
                "  akashi sources guess --yaml door.log >door.yaml\n"
                "  akashi sources add door.yaml\n"
                "  akashi sources remove door\n"
                "  akashi sources test fortigate\n",
    .options = options,
    .option_count = ARRAY_COUNT(options),
    .run = run_sources,
};
