/* Runs the samples inside source definitions: each must be claimed by its own definition and give
 * the record that is written beside it. */
#ifndef AKASHI_ENGINE_SOURCE_SAMPLES_H
#define AKASHI_ENGINE_SOURCE_SAMPLES_H

#include "record/record.h"
#include "translate/source/source.h"

/* Samples are read as if they had come then, in Japan: for times without a year or zone. */
#define SAMPLE_RECEIVED_NS ((int64_t)1798729200 * 1000000000) /* 2026-12-31 15:00:00 UTC */
#define SAMPLE_ZONE_SECONDS (9 * 3600)

typedef struct SampleFailure {
    const SourceInfo *info;
    const SourceSample *sample;
    Slice name; /* of the record's field that differs; `akashi.rule` when another one claimed it */
    Slice want, got;
} SampleFailure;

typedef struct SampleWatcher {
    void (*failed)(void *context,
                   const SampleFailure *failure); /* may come several times a sample */
    void *context;
} SampleWatcher;

typedef struct SampleCounts {
    uint64_t passed, failed;
} SampleCounts;

/* Adds to *counts. -ENOMEM. */
MUST_USE int source_samples_run(const SourceSet *set, size_t index, const SampleWatcher *watcher,
                                SampleCounts *counts);

#endif
