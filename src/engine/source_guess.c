/* See source_guess.h. */
#include "engine/source_guess.h"

#include "translate/translate.h"

#include <errno.h>
#include <stdlib.h>

struct SourceGuess {
    const Os *os;
    const SourceSet *set;
    Translator *translator;
    Proposal *proposal; /* of the unknown lines of the log at hand */
    GuessTally tally;
};

void source_guess_free(SourceGuess *guess)
{
    if (!guess) return;
    proposal_free(guess->proposal);
    translator_free(guess->translator);
    free(guess);
}

int source_guess_new(const Os *os, const SourceSet *set, int zone_offset_seconds, SourceGuess **ret)
{
    SourceGuess *guess = calloc(1, sizeof *guess);
    if (!guess) return -ENOMEM;
    guess->os = os;
    guess->set = set;
    guess->translator = translator_new();
    int r = guess->translator ? 0 : -ENOMEM;
    if (r == 0) r = translator_use_sources(guess->translator, set, zone_offset_seconds);
    if (r == 0) r = source_guess_begin(guess);
    if (r < 0) {
        source_guess_free(guess);
        return r;
    }
    *ret = guess;
    return 0;
}

int source_guess_begin(SourceGuess *guess)
{
    uint64_t seed;
    int r = guess->os->random(guess->os->state, &seed, sizeof seed);
    if (r < 0) return r;
    Proposal *proposal = proposal_new(seed);
    if (!proposal) return -ENOMEM;
    proposal_free(guess->proposal);
    guess->proposal = proposal;
    guess->tally = (GuessTally){0};
    return 0;
}

static int on_record(void *context, const Record *record, const Event *event)
{
    SourceGuess *guess = context;
    GuessTally *tally = &guess->tally;
    Slice rule = record->text[RECORD_AKASHI_RULE];
    size_t index;
    tally->total++;
    if (source_set_of_rule(guess->set, rule, &index) == 0) {
        tally->lines[index]++;
    } else if (event->format == EVENT_WINDOWS || !slice_starts(rule, SLICE("fallback."))) {
        tally->built_in++;
    } else {
        tally->unknown++;
        return proposal_feed(guess->proposal, event);
    }
    proposal_see_claimed(guess->proposal, event);
    return 0;
}

int source_guess_feed(SourceGuess *guess, const Event *event, int64_t received_ns, Arena *arena)
{
    return translator_feed(guess->translator, event, received_ns, arena, on_record, guess);
}

const GuessTally *source_guess_tally(const SourceGuess *guess)
{
    return &guess->tally;
}

size_t source_guess_most(const GuessTally *tally)
{
    size_t best = SOURCE_GUESS_NONE;
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        if (tally->lines[i] == 0) continue;
        if (best == SOURCE_GUESS_NONE || tally->lines[i] > tally->lines[best]) best = i;
    }
    return best;
}

/* The proposal is tried as the user would: compiled, its samples run. */
static int try_samples(Slice yaml, SampleCounts *counts)
{
    const SampleWatcher watcher = {0};
    Complaint complaint = {0};
    SourceSet *set = source_set_new();
    if (!set) return -ENOMEM;
    int r = source_set_add(set, SLICE("proposal"), yaml, false, &complaint);
    if (r == 0) r = source_set_finish(set);
    if (r == 0) r = source_samples_run(set, 0, &watcher, counts);
    source_set_free(set);
    counts->failed += r < 0;
    return r == -ENOMEM ? r : 0;
}

int source_guess_propose(SourceGuess *guess, Slice name, Buf *yaml, ProposalSummary *ret,
                         SampleCounts *ret_samples)
{
    SampleCounts counts = {0};
    ProposalSummary summary;
    int r = proposal_write(guess->proposal, name, yaml, &summary);
    if (r == 0) r = try_samples(buf_slice(yaml), &counts);
    if (r < 0) return r;
    *ret = summary;
    *ret_samples = counts;
    return 0;
}
