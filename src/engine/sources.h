/* The source definitions in use: those built in (knowledge/sources/), and over them those of the
 * administrator, the .yaml files in the folder `sources` beside the configuration and in the data
 * folder. */
#ifndef AKASHI_ENGINE_SOURCES_H
#define AKASHI_ENGINE_SOURCES_H

#include "os/os.h"
#include "translate/source/source.h"

typedef struct SourcesWatcher {
    /* A file that cannot be used: the others are. May be NULL. */
    void (*mistake)(void *context, const Complaint *complaint);
    void *context;
} SourcesWatcher;

/* Of `folders` each one's `sources` is read, where there is one; a later one wins. A definition
 * with a mistake is told and left out; one of the same name that was there before stays in use.
 * -ENOMEM, or -E2BIG (see source_set_finish) with the complaint. */
MUST_USE int sources_open(const Os *os, const char *const *folders, size_t folder_count,
                          const SourcesWatcher *watcher, SourceSet **ret, Complaint *complaint);
/* The text of a built-in definition; empty: there is none of that name. */
Slice sources_built_in_yaml(Slice name);

#endif
