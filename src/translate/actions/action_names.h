/* Inside actions/: texts kept once, each with a number. Counted: a name is freed with its last
 * holder. Paths and accounts compare as Windows compares them in ASCII: case is ignored, and the
 * spelling met first is kept. A text that begins with / is a path of Unix, where case counts. */
#ifndef AKASHI_TRANSLATE_ACTION_NAMES_H
#define AKASHI_TRANSLATE_ACTION_NAMES_H

#include "base/cleanup.h"
#include "base/slice.h"

typedef uint32_t NameId; /* 0: the empty text */

typedef struct Names Names;

/* NULL: no memory. */
Names *names_new(size_t bytes_max, const uint64_t seed[2]);
void names_free(Names *names);

/* One more holder. 0 for an empty text, and when there is no room or memory: *ret_full is then set
 * (never cleared). Texts over NAME_BYTES_MAX are cut. */
#define NAME_BYTES_MAX 8192
NameId name_hold(Names *names, Slice text, bool *ret_full);
/* The same for a name that is already held. */
NameId name_hold_again(Names *names, NameId id);
void name_drop(Names *names, NameId id);
/* Lives until the last holder drops it. */
Slice name_text(const Names *names, NameId id);
/* Of the text as it is compared, under the seed. */
uint64_t name_hash(const Names *names, NameId id);
uint64_t text_hash(const Names *names, Slice text);

#endif
