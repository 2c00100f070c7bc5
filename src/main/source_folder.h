/* The administrator's own definitions in the data folder: added, and taken away again. */
#ifndef AKASHI_MAIN_SOURCE_FOLDER_H
#define AKASHI_MAIN_SOURCE_FOLDER_H

#include "base/cleanup.h"
#include "main/options.h"

/* Checks the definition in the file, runs its samples, and saves it as sources/NAME.yaml in the
 * data folder; one of that name that was there is kept as NAME.yaml.before. What is wrong is said.
 * *ret_refused: its samples do not fit, nothing was saved. */
MUST_USE int source_folder_add(const Invocation *invocation, const char *path, bool *ret_refused);
/* Renames sources/NAME.yaml to NAME.yaml.removed, and NAME.yaml.before, where there is one, to
 * NAME.yaml: so the last add is undone. -ENOENT: there is none; said. */
MUST_USE int source_folder_remove(const Invocation *invocation, const char *name);

#endif
