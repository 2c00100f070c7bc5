/* What the company knows of itself and of the world, from its files: the document company.yaml, the
 * lists that it names, the country database. */
#ifndef AKASHI_ENGINE_CONTEXT_LOAD_H
#define AKASHI_ENGINE_CONTEXT_LOAD_H

#include "engine/context_file.h"
#include "translate/context/context.h"

typedef struct ContextWatcher {
    /* Something of it cannot be used: the rest is. May be NULL. */
    void (*mistake)(void *context, const Complaint *complaint);
    /* A file was read. May be NULL. */
    void (*file)(void *context, const ContextFile *file, const ContextTally *tally);
    void *context;
} ContextWatcher;

typedef struct ContextLoad {
    const Os *os;
    const char *const *folders; /* the last one that has a company.yaml counts */
    size_t folder_count;
    int zone_offset_seconds; /* where the document says none */
    const ContextWatcher *watcher;
} ContextLoad;

/* Finished. Without a document, or with one that has a mistake (it is told), what is true of every
 * company. Paths in the document are beside it unless they begin with /. -ENOMEM, or what the Os
 * said of its randomness. */
MUST_USE int context_load(const ContextLoad *load, Context **ret);
/* Where a file lies that the document of this folder names. -ENAMETOOLONG. */
MUST_USE int context_file_path(const char *folder, const ContextFile *file,
                               char to[COMPANY_PATH_BYTES_MAX]);
/* One document with its lists, mistakes told; `folder` is where its files lie. Also -EINVAL. */
MUST_USE int context_load_document(const ContextLoad *load, Slice document, const char *folder,
                                   Context **ret);

#endif
