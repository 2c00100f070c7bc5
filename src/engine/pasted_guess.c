/* See pasted_guess.h. */
#include "engine/pasted_guess.h"

#include "decode/lines.h"
#include "engine/source_guess.h"
#include "translate/translate.h"

#include <errno.h>

#define NAME SLICE("new-log") /* of a proposal; who saves it gives it another */
#define FILE_NAME SLICE("definition.yaml")
#define YAML_BYTES_MAX (2 * SOURCE_FILE_BYTES_MAX)

typedef struct Reading {
    const PastedQuestion *question;
    PastedGuess *guess;
    Arena *arena;
    SourceGuess *sources; /* while it is guessed */
    /* while the lines are read with a set: */
    const SourceSet *set;
    Translator *translator;
    bool is_own;      /* the set is one definition: what it does not read is unread */
    bool seeks_times; /* and shows nothing */
    uint64_t shown;
    Slice line;     /* at hand */
    bool line_read; /* by the set */
} Reading;

/* --- lines ------------------------------------------------------------------------------------ */

typedef int (*EventTaker)(Reading *reading, const Event *event, Arena *arena);

static int take_line(Reading *reading, Slice line, uint64_t number, EventTaker take)
{
    CLEANUP(arena_done) Arena arena = {0};
    const PastedQuestion *question = reading->question;
    const DecodeOptions options = {.zone_offset_seconds = question->zone_offset_seconds,
                                   .received_ns = question->received_ns};
    Event event;
    int r = line_decode(line, &options, &arena, &event);
    if (r < 0) return r;
    event.index = number;
    reading->line = line;
    return take(reading, &event, &arena);
}

/* Empty lines are none. */
static int take_lines(Reading *reading, EventTaker take)
{
    Slice rest = reading->question->sample, line;
    uint64_t lines = 0;
    int r = 0;
    for (uint64_t number = 1; r == 0 && slice_cut(&rest, '\n', &line); number++) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
        if (slice_trim(line).len == 0) continue;
        reading->guess->more = lines == PASTED_LINES_MAX;
        if (reading->guess->more) break;
        lines++;
        r = take_line(reading, line, number, take);
    }
    reading->guess->lines = lines;
    return r;
}

/* --- what a set makes of them ----------------------------------------------------------------- */

static bool is_read(const Reading *reading, const Record *record, const Event *event)
{
    size_t index;
    Slice rule = record->text[RECORD_AKASHI_RULE];
    if (source_set_of_rule(reading->set, rule, &index) == 0) return true;
    return !reading->is_own &&
           (event->format == EVENT_WINDOWS || !slice_starts(rule, SLICE("fallback.")));
}

static int seek_times(Reading *reading, const Event *event)
{
    PastedGuess *guess = reading->guess;
    if (guess->times.count > 0) return 0;
    return pasted_times_find(reading->line, event, guess->yaml, reading->arena, &guess->times);
}

static int on_record(void *context, const Record *record, const Event *event)
{
    Reading *reading = context;
    const PastedQuestion *question = reading->question;
    bool read = is_read(reading, record, event);
    reading->line_read = reading->line_read || read;
    if (reading->seeks_times) return read ? seek_times(reading, event) : 0;
    if (reading->shown == PASTED_ROWS_MAX) return 0;
    reading->shown++;
    const Row row = {.event = *event, .record = *record};
    return question->row(question->context, &row, event->index);
}

static int read_event(Reading *reading, const Event *event, Arena *arena)
{
    reading->line_read = false;
    int r = translator_feed(reading->translator, event, reading->question->received_ns, arena,
                            on_record, reading);
    reading->guess->unread += !reading->line_read;
    return r;
}

static int read_with(Reading *reading, const SourceSet *set)
{
    reading->set = set;
    reading->translator = translator_new();
    reading->guess->unread = 0;
    int r = reading->translator ? 0 : -ENOMEM;
    if (r == 0) {
        r = translator_use_sources(reading->translator, set,
                                   reading->question->zone_offset_seconds);
    }
    if (r == 0) r = take_lines(reading, read_event);
    translator_free(reading->translator);
    reading->translator = NULL;
    return r;
}

static int compile(Slice yaml, SourceSet **ret, Complaint *complaint)
{
    SourceSet *set = source_set_new();
    int r = set ? source_set_add(set, FILE_NAME, yaml, false, complaint) : -ENOMEM;
    if (r == 0) r = source_set_finish(set);
    if (r == 0) {
        *ret = set;
    } else {
        source_set_free(set);
    }
    return r;
}

static int read_with_own(Reading *reading, bool seeks_times, Complaint *complaint)
{
    SourceSet *set;
    int r = compile(reading->guess->yaml, &set, complaint);
    if (r < 0) return r;
    reading->is_own = true;
    reading->seeks_times = seeks_times;
    r = read_with(reading, set);
    source_set_free(set);
    return r;
}

/* --- the time --------------------------------------------------------------------------------- */

static int choose_time(Reading *reading, Complaint *complaint)
{
    CLEANUP(buf_done) Buf text = buf_make(YAML_BYTES_MAX);
    PastedGuess *guess = reading->guess;
    Slice format = reading->question->time_format;
    int r = pasted_times_choose(&guess->times, guess->yaml, format, &text);
    if (r == -EINVAL) {
        complaint_say(complaint, "source.no_such_time",
                      "no time of the sample is written like this",
                      "この書き方の日時は、貼り付けた行にありません");
    }
    if (r == 0) r = arena_copy(reading->arena, buf_slice(&text), &guess->yaml);
    for (size_t i = 0; i < guess->times.count; i++)
        guess->times.of[i].chosen = slice_eq(guess->times.of[i].format, format);
    return r;
}

/* Twice: the times of the lines are known only when the definition has taken them apart. */
static int read_definition(Reading *reading, Complaint *complaint)
{
    int r = read_with_own(reading, true, complaint);
    if (r == 0 && reading->question->time_format.len > 0) r = choose_time(reading, complaint);
    return r < 0 ? r : read_with_own(reading, false, complaint);
}

/* --- guessing --------------------------------------------------------------------------------- */

static int guess_event(Reading *reading, const Event *event, Arena *arena)
{
    return source_guess_feed(reading->sources, event, reading->question->received_ns, arena);
}

/* 1: there is a definition now; 0: those in use are to read the lines, because nothing tells the
 * lines apart, or what was made of them is no definition. */
static int propose(Reading *reading)
{
    SourceSet *set;
    Complaint unused = {0};
    CLEANUP(buf_done) Buf yaml = buf_make(YAML_BYTES_MAX);
    PastedGuess *guess = reading->guess;
    ProposalSummary summary;
    SampleCounts samples;
    int r = source_guess_propose(reading->sources, NAME, &yaml, &summary, &samples);
    if (r == 0) r = compile(buf_slice(&yaml), &set, &unused);
    if (r == -ENODATA || r == -EINVAL) return 0;
    if (r < 0) return r;
    source_set_free(set);
    r = arena_copy(reading->arena, buf_slice(&yaml), &guess->yaml);
    if (r < 0) return r;
    guess->shape = shape_name(summary.shape);
    guess->templates = summary.templates;
    return 1;
}

/* Who reads most lines; where nobody does, a definition is proposed. As propose. */
static int judge(Reading *reading)
{
    const GuessTally *tally = source_guess_tally(reading->sources);
    size_t most = source_guess_most(tally);
    if (tally->unknown > tally->total - tally->unknown) return propose(reading);
    if (most == SOURCE_GUESS_NONE || tally->built_in > tally->lines[most]) {
        if (tally->built_in > 0) reading->guess->known = SLICE("built-in");
        return 0;
    }
    return arena_copy(reading->arena, source_set_info(reading->question->sources, most)->name,
                      &reading->guess->known);
}

static int guess_lines(Reading *reading)
{
    const PastedQuestion *question = reading->question;
    int r = source_guess_new(question->os, question->sources, question->zone_offset_seconds,
                             &reading->sources);
    if (r == 0) r = take_lines(reading, guess_event);
    if (r == 0) r = judge(reading);
    source_guess_free(reading->sources);
    reading->sources = NULL;
    return r;
}

int pasted_guess(const PastedQuestion *question, Arena *arena, PastedGuess *ret,
                 Complaint *complaint)
{
    PastedGuess guess = {.yaml = question->yaml};
    Reading reading = {.question = question, .guess = &guess, .arena = arena};
    int r = question->yaml.len > 0 ? 1 : guess_lines(&reading);
    if (r == 1) {
        r = read_definition(&reading, complaint);
    } else if (r == 0) {
        r = read_with(&reading, question->sources);
    }
    if (r == 0) *ret = guess;
    return r;
}
