/* akashi decode, akashi translate: files in, JSON lines out, nothing stored. */
#include "main/commands.h"
#include "main/input_words.h"
#include "main/known_sources.h"
#include "main/output.h"
#include "main/progress.h"

#include "engine/damage_words.h"
#include "engine/reading.h"
#include "record/print.h"
#include "translate/actions/actions.h"
#include "translate/translate.h"

#include <errno.h>

#define INPUT_PROBLEMS_SHOWN                                                                       \
    1000 /* of damaged pieces and unreadable inputs, each; all are counted */

typedef struct ReadRun {
    const Invocation *invocation;
    Translator *translator; /* NULL: decode only */
    Actions *actions;       /* with the translator */
    Batch *batches[2];      /* filled in turn */
    size_t turn;
    InputStream *stream;
    Slice name; /* of the input being read */
    int64_t received_ns;
    Buf output;
    Progress progress;
    uint64_t records, damaged, failed, passed_over;
} ReadRun;

static Batch *take(void *context)
{
    ReadRun *run = context;
    Batch *batch = run->batches[run->turn];
    run->turn = 1 - run->turn;
    return batch;
}

static int give(void *context, Batch *batch)
{
    ReadRun *run = context;
    uint64_t done, total;
    batch_clear(batch);
    input_progress(run->stream, &done, &total);
    progress_show(&run->progress, run->name, done, total, run->records);
    return 0;
}

/* A joined record has no one event: it stands at its first, and akashi.raw names the others by
 * their places in the file. */
static int on_action(void *context, const Action *action)
{
    ReadRun *run = context;
    const Event none = {.index = action->runs[0].id};
    const Row row = {.origin = run->name,
                     .event = action->event ? *action->event : none,
                     .record = *action->record};
    print_record_json(&run->output, &row, true);
    return output_flush(&run->output, OUTPUT_PIECE_BYTES);
}

static int on_record(void *context, const Record *record, const Event *event)
{
    ReadRun *run = context;
    const ActionSink sink = {.record = on_action, .context = run};
    return actions_feed(run->actions, event, record, event->index, &sink);
}

/* What waits at the end of an input has nothing more to wait for. */
static int finish_actions(ReadRun *run)
{
    const ActionSink sink = {.record = on_action, .context = run};
    if (!run->actions) return 0;
    int r = actions_flush(run->actions, true, &sink);
    actions_begin_input(run->actions);
    return r;
}

static int on_event(void *context, Batch *batch, const Event *event)
{
    ReadRun *run = context;
    run->records++;
    if (run->translator) {
        return translator_feed(run->translator, event, run->received_ns, &batch->arena, on_record,
                               run);
    }
    print_event_json(&run->output, event, run->name);
    return output_flush(&run->output, OUTPUT_PIECE_BYTES);
}

static int on_damage(void *context, const Damage *damage)
{
    ReadRun *run = context;
    if (++run->damaged > INPUT_PROBLEMS_SHOWN) return 0;
    progress_clear(&run->progress);
    damage_say(run->name, damage, run->invocation->language);
    return 0;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    ReadRun *run = context;
    run->stream = stream;
    run->name = name;
    run->received_ns = os_real.now_ns(os_real.state);
    const DecodeOptions options = {.zone_offset_seconds = run->invocation->zone_offset_seconds,
                                   .received_ns = run->received_ns};
    const ReadingHandler handler = {
        .take = take, .give = give, .event = on_event, .damage = on_damage, .context = run};
    int r = reading_run(stream, &options, &handler);
    int finished = finish_actions(run);
    if (finished < 0) return finished;
    return r == -EBADMSG || r == -EIO || r == -EISDIR || r == -EOVERFLOW ? 0 : r;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    ReadRun *run = context;
    if (++run->failed > INPUT_PROBLEMS_SHOWN) return 0;
    progress_clear(&run->progress);
    say_input_problem(name, error, complaint, run->invocation->language);
    return 0;
}

static void on_passed_over(void *context, Slice name)
{
    (void)name;
    ((ReadRun *)context)->passed_over++;
}

static int read_paths(ReadRun *run)
{
    const InputSink sink = {
        .stream = on_stream, .problem = on_problem, .passed_over = on_passed_over, .context = run};
    const Invocation *invocation = run->invocation;
    int r = 0;
    for (size_t i = 0; i < invocation->argument_count && r >= 0; i++) {
        r = input_walk(&os_real, invocation->arguments[i], &sink);
    }
    if (r >= 0) r = output_flush(&run->output, 0);
    return r;
}

static void say_summary(ReadRun *run)
{
    char records[NUMBER_WORDS_MAX], damaged[NUMBER_WORDS_MAX];
    progress_clear(&run->progress);
    say_passed_over(run->passed_over, run->invocation->language);
    SAY(MESSAGE_SUMMARY_DECODE, run->invocation->language,
        {"records", number_words(records, run->records)},
        {"damaged", number_words(damaged, run->damaged)});
}

/* 0: all was read. EXIT_FAILED also when some input could not be read; the others were. */
static int finish(ReadRun *run, int r)
{
    Language language = run->invocation->language;
    if (r == -EPIPE) return EXIT_DONE; /* head, less: the reader has seen enough */
    say_summary(run);
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, language);
    if (r < 0 && r != -ENOMEM) SAY(MESSAGE_OUTPUT_FAILED, language, {"error", error_words(r)});
    return r < 0 || run->failed > 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run_reading(const Invocation *invocation, Translator *translator, Actions *actions)
{
    ReadRun run = {.invocation = invocation,
                   .translator = translator,
                   .actions = actions,
                   .progress = progress_make()};
    if (invocation->argument_count == 0) {
        SAY(MESSAGE_INPUT_NONE, invocation->language);
        return EXIT_FAILED;
    }
    run.batches[0] = batch_new();
    run.batches[1] = batch_new();
    int r = run.batches[0] && run.batches[1] ? read_paths(&run) : -ENOMEM;
    int status = finish(&run, r);
    batch_free(run.batches[0]);
    batch_free(run.batches[1]);
    buf_done(&run.output);
    return status;
}

static int run_decode(const Invocation *invocation)
{
    return run_reading(invocation, NULL, NULL);
}

/* NULL: no memory, or no randomness. */
static Actions *new_actions(Slice text, ActionSettings **ret_settings)
{
    uint64_t seed[2];
    if (os_real.random(os_real.state, seed, sizeof seed) < 0) return NULL;
    if (action_settings_make(text, ret_settings, NULL) < 0) return NULL;
    return actions_new(*ret_settings, seed);
}

static int run_translate(const Invocation *invocation)
{
    CLEANUP(arena_done) Arena arena = {0};
    ActionSettings *settings = NULL;
    Slice text;
    if (known_actions_read(invocation, &invocation->settings, &arena, &text) < 0)
        return EXIT_FAILED;
    Translator *translator = translator_new();
    Actions *actions = new_actions(text, &settings);
    SourceSet *sources = NULL;
    int status = EXIT_FAILED, r = translator && actions ? 0 : -ENOMEM;
    if (r == 0) r = known_sources_open(invocation, &sources, NULL); /* says itself what failed */
    if (r == 0) {
        r = translator_use_sources(translator, sources, invocation->zone_offset_seconds);
    }
    if (r == 0) status = run_reading(invocation, translator, actions);
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    actions_free(actions);
    action_settings_free(settings);
    translator_free(translator);
    source_set_free(sources);
    return status;
}

const CommandInfo decode_command = {
    .name = "decode",
    .arguments = "PATH...",
    .words = {"ログのファイルを読み、1件1行のJSONで書き出す（保存しない）",
              "read log files and print each event as a line of JSON; stores nothing"},
    .examples = "  akashi decode Security.evtx\n"
                "  akashi decode /var/log/auth.log logs.zip | head\n"
                "  zstdcat old.json.zst | akashi decode -\n",
    .run = run_decode,
};

const CommandInfo translate_command = {
    .name = "translate",
    .arguments = "PATH...",
    .words = {"ログのファイルを「いつ・だれが・何をしたか」の記録に直して書き出す（保存しない）",
              "turn log files into records of who did what and print them; stores nothing"},
    .examples = "  akashi translate Security.evtx\n"
                "  akashi translate /var/log/auth.log | jq -r '.[\"sentence.en\"]'\n",
    .run = run_translate,
};
