/* See action_score.h. */
#include "tests/support/action_score.h"

#include "base/check.h"
#include "base/map.h"
#include "base/number.h"
#include "record/print.h"
#include "translate/translate.h"

#include <stdlib.h>

#define MATCH_NS (45 * NS_PER_SECOND) /* a saved document waits, others do not come that near */

typedef struct Scoring {
    HumanScript *script;
    ActionScore *score;
    Actions *actions;
    uint64_t raw_id;
    size_t *first; /* of a person's actions; they stand together */
    ActionSink sink;
    Buf line;
} Scoring;

static const Verb scored[] = {VERB_READ, VERB_WRITE,  VERB_CREATE, VERB_MKDIR,         VERB_DELETE,
                              VERB_MOVE, VERB_RENAME, VERB_COPY,   VERB_DELETE_RECYCLE};

static bool is_scored(Verb verb)
{
    for (size_t i = 0; i < ARRAY_COUNT(scored); i++) {
        if (scored[i] == verb) return true;
    }
    return false;
}

static bool person_of(const Record *record, uint64_t *ret)
{
    Slice user = record->text[RECORD_USER_NAME];
    return slice_starts(user, SLICE("user")) && number_parse_u64(slice_skip(user, 4), ret) == 0;
}

static bool matches(const HumanAction *action, const Record *record)
{
    int64_t apart = record->time_ns - action->time_ns;
    return !action->found && action->verb == record->verb && apart < MATCH_NS &&
           apart > -MATCH_NS && slice_eq(action->object, record->text[RECORD_AKASHI_OBJECT]);
}

/* Does one of the raw events that the record names speak of the object, or of something in it? */
static bool is_in_events(const Scoring *scoring, const Action *action, Slice object)
{
    for (size_t i = 0; i < action->run_count; i++) {
        for (uint32_t k = 0; k < action->runs[i].count; k++) {
            const HumanEvent *event = &scoring->script->events[action->runs[i].id + k];
            if (slice_starts_nocase(event->path, object)) return true;
        }
    }
    return false;
}

static void judge(Scoring *scoring, const Record *record, uint64_t person)
{
    HumanScript *script = scoring->script;
    VerbScore *score = &scoring->score->verbs[record->verb];
    Slice object = record->text[RECORD_AKASHI_OBJECT];
    for (size_t i = scoring->first[person]; i < scoring->first[person + 1]; i++) {
        HumanAction *action = &script->actions[i];
        if (!matches(action, record)) continue;
        Slice want = action->unknown_target ? SLICE("unknown") : action->target;
        action->found = true;
        score->right++;
        score->wrong_target += !slice_eq(want, record->text[RECORD_AKASHI_TARGET_PATH]);
        return;
    }
    score->wrong++;
    if (record->verb == VERB_READ && slice_find_char(object, '.') == SLICE_NOT_FOUND) {
        scoring->score->folders_read++;
    }
}

/* The raw events that the record names are of its person and have the numbers it says. */
static void check_references(Scoring *scoring, const Action *action, uint64_t person)
{
    ActionScore *score = scoring->score;
    for (size_t i = 0; i < action->run_count; i++) {
        const RawRun *run = &action->runs[i];
        for (uint32_t k = 0; k < run->count; k++) {
            CHECK(run->id + k < scoring->script->event_count);
            const HumanEvent *event = &scoring->script->events[run->id + k];
            score->references++;
            if (event->record_id != run->record_id + k || event->person != person) {
                score->wrong_references++;
            }
        }
    }
}

static void count_gaps(ActionScore *score, Slice numbers)
{
    Slice piece;
    while (slice_cut(&numbers, ',', &piece)) {
        score->gaps_told++;
    }
}

static int on_action(void *context, const Action *action)
{
    Scoring *scoring = context;
    const Record *record = action->record;
    uint64_t person;
    const Row row = {.record = *record};
    scoring->score->records++;
    buf_clear(&scoring->line);
    print_record_json(&scoring->line, &row, false);
    const uint64_t seed[2] = {scoring->score->output_hash, 1};
    scoring->score->output_hash = siphash_1_3(seed, buf_slice(&scoring->line));
    if (record->verb == VERB_LOG_GAP) count_gaps(scoring->score, record->text[RECORD_MESSAGE]);
    if (!person_of(record, &person)) return 0;
    check_references(scoring, action, person);
    if (slice_find(record->text[RECORD_AKASHI_DETAIL], SLICE("background")) != SLICE_NOT_FOUND) {
        return 0;
    }
    if (!is_scored(record->verb)) return 0;
    judge(scoring, record, person);
    if (record->certainty == CERTAINTY_OBSERVED &&
        !is_in_events(scoring, action, record->text[RECORD_AKASHI_OBJECT])) {
        scoring->score->wrong_observed++;
    }
    return 0;
}

static int on_record(void *context, const Record *record, const Event *event)
{
    Scoring *scoring = context;
    return actions_feed(scoring->actions, event, record, scoring->raw_id, &scoring->sink);
}

static void find_people(Scoring *scoring)
{
    const HumanScript *script = scoring->script;
    scoring->first = calloc(HUMAN_PEOPLE_MAX + 2, sizeof *scoring->first);
    CHECK(scoring->first);
    for (size_t i = 0, person = 0; person <= HUMAN_PEOPLE_MAX; person++) {
        while (i < script->action_count && script->actions[i].person < person) {
            i++;
        }
        scoring->first[person] = i;
    }
    scoring->first[HUMAN_PEOPLE_MAX + 1] = script->action_count;
}

static void feed_all(Scoring *scoring)
{
    Translator *translator = translator_new();
    CLEANUP(arena_done) Arena arena = {0};
    CHECK(translator);
    for (size_t i = 0; i < scoring->script->event_count; i++) {
        Event event;
        human_event(&scoring->script->events[i], i, &arena, &event);
        scoring->raw_id = i;
        CHECK(translator_feed(translator, &event, 0, &arena, on_record, scoring) == 0);
        if (i % 256 == 255) arena_reset(&arena);
    }
    CHECK(actions_flush(scoring->actions, true, &scoring->sink) == 0);
    translator_free(translator);
}

void action_score_run(HumanScript *script, const ActionSettings *settings, const uint64_t seed[2],
                      ActionScore *ret)
{
    *ret = (ActionScore){.actions = script->action_count};
    Scoring scoring = {.script = script, .score = ret, .actions = actions_new(settings, seed)};
    CHECK(scoring.actions);
    scoring.sink = (ActionSink){.record = on_action, .context = &scoring};
    find_people(&scoring);
    for (size_t i = 0; i < script->action_count; i++) {
        script->actions[i].found = false;
    }
    feed_all(&scoring);
    for (size_t i = 0; i < script->action_count; i++) {
        ret->verbs[script->actions[i].verb].missed += !script->actions[i].found;
    }
    ret->counters = actions_counters(scoring.actions);
    actions_free(scoring.actions);
    buf_done(&scoring.line);
    free(scoring.first);
}

double verb_score_f1(const VerbScore *score)
{
    double right = (double)score->right;
    double other = (double)(score->wrong + score->missed);
    return right + other > 0 ? right / (right + other / 2) : 1;
}
