/* See sources_run.h. */
#include "main/sources_run.h"

#include "main/input_words.h"
#include "main/output.h"
#include "main/source_proposal.h"

#include "base/json_text.h"
#include "engine/reading.h"

#include <errno.h>
#include <stdio.h>

void sources_add_member(Buf *to, const char *name, Slice value)
{
    buf_add_char(to, to->len > 0 ? ',' : '{');
    json_add_string(to, slice_from_cstr(name));
    buf_add_char(to, ':');
    json_add_string(to, value);
}

void sources_add_number(Buf *to, const char *name, uint64_t value)
{
    buf_add_char(to, ',');
    json_add_string(to, slice_from_cstr(name));
    buf_add_char(to, ':');
    buf_add_u64(to, value);
}

typedef struct Guess {
    SourcesRun *run;
    SourceGuess *guess;
    Batch *batches[2]; /* filled in turn */
    size_t turn;
    bool yaml; /* print nothing but the proposals */
    uint64_t failed;
    int64_t received_ns;
} Guess;

static Batch *take(void *context)
{
    Guess *guess = context;
    Batch *batch = guess->batches[guess->turn];
    guess->turn = 1 - guess->turn;
    return batch;
}

static int give(void *context, Batch *batch)
{
    (void)context;
    batch_clear(batch);
    return 0;
}

static int on_event(void *context, Batch *batch, const Event *event)
{
    Guess *guess = context;
    return source_guess_feed(guess->guess, event, guess->received_ns, &batch->arena);
}

static int on_damage(void *context, const Damage *damage)
{
    (void)context;
    (void)damage;
    return 0;
}

static void add_guess(Guess *guess, Slice file, Slice source, Slice title, uint64_t lines)
{
    Buf *output = &guess->run->output;
    CLEANUP(buf_done) Buf head = {0};
    sources_add_member(&head, "file", file);
    sources_add_member(&head, "source", source);
    sources_add_member(&head, "title", title);
    buf_add_slice(output, buf_slice(&head));
    sources_add_number(output, "lines", lines);
    uint64_t total = source_guess_tally(guess->guess)->total;
    buf_add_format(output, ",\"share\":%.3f", (double)lines / (double)(total ? total : 1));
}

/* What the unknown lines look like, and a definition for them. */
static int add_proposal(Guess *guess, Slice file)
{
    Buf *output = &guess->run->output;
    ProposalSummary summary;
    CLEANUP(buf_done) Buf yaml = {0};
    int r = source_proposal_write(guess->guess, file, guess->run->invocation->language, &yaml,
                                  &summary);
    if (r == -ENODATA) {
        SAY(MESSAGE_SOURCES_NO_PROPOSAL, guess->run->invocation->language, {"file", file});
        return 0;
    }
    if (r < 0) return r;
    if (guess->yaml) {
        buf_add_slice(output, buf_slice(&yaml));
        return 0;
    }
    CLEANUP(buf_done) Buf members = {0};
    sources_add_member(&members, "shape", slice_from_cstr(shape_name(summary.shape)));
    sources_add_member(&members, "time_format", slice_from_cstr(summary.time_format));
    sources_add_number(&members, "templates", summary.templates);
    sources_add_member(&members, "proposal", buf_slice(&yaml));
    buf_add_char(output, ',');
    buf_add_slice(output, slice_skip(buf_slice(&members), 1));
    return 0;
}

/* The most frequent first. */
static void print_known(Guess *guess, Slice file)
{
    Buf *output = &guess->run->output;
    GuessTally tally = *source_guess_tally(guess->guess);
    for (size_t most; (most = source_guess_most(&tally)) != SOURCE_GUESS_NONE;) {
        const SourceInfo *info = source_set_info(guess->run->set, most);
        add_guess(guess, file, info->name, info->title[guess->run->invocation->language],
                  tally.lines[most]);
        buf_add_cstr(output, "}\n");
        tally.lines[most] = 0;
    }
    if (tally.built_in == 0) return;
    add_guess(guess, file, SLICE("built-in"), SLICE("Windows, Unix"), tally.built_in);
    buf_add_cstr(output, "}\n");
}

static int print_guesses(Guess *guess, Slice file)
{
    Language language = guess->run->invocation->language;
    uint64_t unknown = source_guess_tally(guess->guess)->unknown;
    if (guess->yaml) {
        if (unknown == 0) SAY(MESSAGE_SOURCES_NOTHING_UNKNOWN, language, {"file", file});
        return unknown == 0 ? 0 : add_proposal(guess, file);
    }
    print_known(guess, file);
    if (unknown == 0) return 0;
    add_guess(guess, file, SLICE("unknown"),
              language == LANGUAGE_JA ? SLICE("どの定義にも当てはまらない行")
                                      : SLICE("lines that no definition knows"),
              unknown);
    int r = add_proposal(guess, file);
    buf_add_cstr(&guess->run->output, "}\n");
    return r;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Guess *guess = context;
    guess->received_ns = os_real.now_ns(os_real.state);
    int r = source_guess_begin(guess->guess);
    if (r < 0) return r;
    const DecodeOptions options = {.zone_offset_seconds =
                                       guess->run->invocation->zone_offset_seconds,
                                   .received_ns = guess->received_ns};
    const ReadingHandler handler = {
        .take = take, .give = give, .event = on_event, .damage = on_damage, .context = guess};
    r = reading_run(stream, &options, &handler);
    if (r == -EBADMSG || r == -EIO || r == -EISDIR || r == -EOVERFLOW) r = 0;
    return r < 0 ? r : print_guesses(guess, name);
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    Guess *guess = context;
    guess->failed++;
    say_input_problem(name, error, complaint, guess->run->invocation->language);
    return 0;
}

static void on_passed_over(void *context, Slice name)
{
    (void)context;
    (void)name;
}

static int guess_paths(SourcesRun *run, Guess *guess)
{
    const InputSink sink = {.stream = on_stream,
                            .problem = on_problem,
                            .passed_over = on_passed_over,
                            .context = guess};
    const Invocation *invocation = run->invocation;
    int r = source_guess_new(&os_real, run->set, invocation->zone_offset_seconds, &guess->guess);
    for (size_t i = 1; i < invocation->argument_count && r >= 0; i++) {
        r = input_walk(&os_real, invocation->arguments[i], &sink);
    }
    return r < 0 ? r : output_flush(&run->output, 0);
}

int sources_guess(SourcesRun *run)
{
    Guess guess = {.run = run, .yaml = option_value(run->invocation, "yaml") != NULL};
    guess.batches[0] = batch_new();
    guess.batches[1] = batch_new();
    int r = guess.batches[0] && guess.batches[1] ? guess_paths(run, &guess) : -ENOMEM;
    source_guess_free(guess.guess);
    batch_free(guess.batches[0]);
    batch_free(guess.batches[1]);
    return r < 0 ? r : guess.failed > 0 ? -EIO : 0;
}
