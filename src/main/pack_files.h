/* What rule files say beyond Sigma, collected while they are read: see detect/pack.h. */
#ifndef AKASHI_MAIN_PACK_FILES_H
#define AKASHI_MAIN_PACK_FILES_H

#include "main/options.h"

#include "detect/pack.h"

#define PACKS_MAX 64 /* of one call; pack.yaml of further ones is not kept */

typedef struct PackFiles {
    Arena arena;
    PackInfo infos[PACKS_MAX];
    size_t info_count;
    PackRule *rules;
    HabitEntry *habits; /* of those rules that have one */
    size_t rule_count, habit_count, capacity;
    uint64_t mistakes; /* said on stderr */
} PackFiles;

void pack_files_done(PackFiles *packs);
bool pack_file_is_info(const char *path);
/* Both say what is wrong and count it. -ENOMEM. */
MUST_USE int pack_files_add_info(PackFiles *packs, Slice yaml, Slice file, Language language);
MUST_USE int pack_files_add_rules(PackFiles *packs, Slice yaml, Slice file, size_t first_rule,
                                  Language language);

#endif
