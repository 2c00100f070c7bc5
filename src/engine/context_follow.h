/* What the company knows of itself (engine/context_load.h) for a server that runs on: read again
 * when the document, or a file that it names, has changed, come or gone.
 *
 * For one thread at a time. */
#ifndef AKASHI_ENGINE_CONTEXT_FOLLOW_H
#define AKASHI_ENGINE_CONTEXT_FOLLOW_H

#include "engine/context_load.h"

#define CONTEXT_FOLDERS_MAX 4

typedef struct ContextFollow ContextFollow;

/* Reads it, as context_load. What `load` points to is copied, but what its watcher's context is;
 * the watcher is told of later mistakes, too. -E2BIG: more folders than CONTEXT_FOLDERS_MAX. */
MUST_USE int context_follow_open(const ContextLoad *load, ContextFollow **ret);
void context_follow_free(ContextFollow *follow); /* NULL: nothing */

/* Finished. Lives until the context_follow_forget after the refresh that replaced it. */
const Context *context_follow_now(const ContextFollow *follow);

/* Looks whether a file has changed and if so reads all of them: 1: context_follow_now gives another
 * one; 0: nothing has changed, or the one before it was not forgotten yet. -EINVAL: there is a
 * mistake, which was told; all stays as it is until they change again. -ENOMEM. */
MUST_USE int context_follow_refresh(ContextFollow *follow);
/* Nobody uses the one that was replaced any more. */
void context_follow_forget(ContextFollow *follow);

#endif
