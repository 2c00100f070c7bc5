/* Runs the definitions of a set over events, one after the other. */
#ifndef AKASHI_TRANSLATE_SOURCE_RUN_H
#define AKASHI_TRANSLATE_SOURCE_RUN_H

#include "translate/job.h"
#include "translate/source/source.h"

#define SOURCE_TEXT_BYTES_MAX ((size_t)64 << 10) /* what is behind it is in the raw bytes only */

/* Owned by one stream of work. Remembers the last table header of each definition, and which table
 * the stream is in; an event with index 0 begins a new stream. */
typedef struct SourceRunner SourceRunner;

/* NULL: no memory. The set must outlive it. */
SourceRunner *source_runner_new(const SourceSet *set, int zone_offset_seconds);
void source_runner_free(SourceRunner *runner);

/* Fills the job's record. *event is the job's event: it becomes the one with the fields of the line
 * taken apart. Its message, and the one in `known` (the job's), become UTF-8 in any case.
 * RULE_DECLINES: no definition claims it, the record is as it was; -ENOMEM. */
MUST_USE int source_runner_feed(SourceRunner *runner, Job *job, Slice *known, Event *event);

#endif
