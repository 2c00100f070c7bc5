/* See source_samples.h. */
#include "engine/source_samples.h"

#include "decode/lines.h"
#include "translate/translate.h"

#include <errno.h>

typedef struct SampleRun {
    const SourceSet *set;
    size_t index;
    const SourceSample *sample;
    const SampleWatcher *watcher;
    Arena arena;
    bool is_last; /* the line at work is the sample's own, not one before it */
    bool seen;    /* a record came */
    bool failed;
} SampleRun;

static void fail(SampleRun *run, Slice name, Slice want, Slice got)
{
    const SampleFailure failure = {.info = source_set_info(run->set, run->index),
                                   .sample = run->sample,
                                   .name = name,
                                   .want = want,
                                   .got = got};
    run->failed = true;
    if (run->watcher->failed) run->watcher->failed(run->watcher->context, &failure);
}

static int on_record(void *context, const Record *record, const Event *event)
{
    SampleRun *run = context;
    (void)event;
    if (!run->is_last) return 0;
    Slice rule = record->text[RECORD_AKASHI_RULE];
    run->seen = true;
    if (!source_set_owns(run->set, run->index, rule)) {
        fail(run, SLICE("akashi.rule"), source_set_info(run->set, run->index)->name, rule);
        return 0;
    }
    for (size_t i = 0; i < run->sample->expectation_count; i++) {
        const SourceExpectation *expectation = &run->sample->expectations[i];
        char scratch[RECORD_SCRATCH_BYTES];
        Slice got = {0};
        int r = record_get(record, expectation->name, scratch, &got);
        if (r < 0 || !slice_eq(got, expectation->value))
            fail(run, expectation->name, expectation->value, got);
    }
    return 0;
}

static int feed(SampleRun *run, Translator *translator, Slice line, uint64_t index)
{
    const DecodeOptions options = {.zone_offset_seconds = SAMPLE_ZONE_SECONDS,
                                   .received_ns = SAMPLE_RECEIVED_NS};
    Event event;
    int r = line_decode(line, &options, &run->arena, &event);
    if (r < 0) return r;
    event.index = index;
    return translator_feed(translator, &event, SAMPLE_RECEIVED_NS, &run->arena, on_record, run);
}

static int run_sample(SampleRun *run)
{
    const SourceSample *sample = run->sample;
    Translator *translator = translator_new();
    if (!translator) return -ENOMEM;
    int r = translator_use_sources(translator, run->set, SAMPLE_ZONE_SECONDS);
    for (size_t i = 0; i < sample->before_count && r == 0; i++) {
        r = feed(run, translator, sample->before[i], i);
    }
    run->is_last = true;
    Slice text = sample->text;
    while (text.len > 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
    }
    if (r == 0) r = feed(run, translator, text, sample->before_count);
    if (r == 0 && !run->seen) {
        fail(run, SLICE("akashi.rule"), source_set_info(run->set, run->index)->name, (Slice){0});
    }
    translator_free(translator);
    return r;
}

int source_samples_run(const SourceSet *set, size_t index, const SampleWatcher *watcher,
                       SampleCounts *counts)
{
    const SourceInfo *info = source_set_info(set, index);
    for (size_t i = 0; i < info->sample_count; i++) {
        SampleRun run = {
            .set = set, .index = index, .sample = &info->samples[i], .watcher = watcher};
        int r = run_sample(&run);
        arena_done(&run.arena);
        if (r < 0) return r;
        counts->passed += !run.failed;
        counts->failed += run.failed;
    }
    return 0;
}
