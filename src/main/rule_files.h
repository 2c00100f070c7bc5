/* Rules from files and folders, for `detect` and `rules`. */
#ifndef AKASHI_MAIN_RULE_FILES_H
#define AKASHI_MAIN_RULE_FILES_H

#include "main/pack_files.h"

#include "detect/rule_set.h"

#define RULE_PATHS_MAX 64 /* of --rules, separated by commas */

/* Reads all *.yml and *.yaml below the path (or the file that it names) into the set, in the order
 * of their names; what packs say beside the rules goes into packs. What cannot be read is said on
 * stderr and counted in *ret_unreadable. -ENOMEM, -E2BIG: too many rules. */
MUST_USE int rule_files_read(RuleSet *set, PackFiles *packs, const char *path, Language language,
                             uint64_t *ret_unreadable);
/* The files of --pipeline, before the rules. -EINVAL after saying what is wrong. */
MUST_USE int rule_files_pipelines(RuleSet *set, const char *paths, Language language);
/* All of --rules and --pipeline, compiled. NULL after saying what is wrong. */
RuleSet *rule_files_load(const Invocation *invocation, char **paths, size_t count, PackFiles *packs,
                         uint64_t *ret_unreadable);
/* Splits a,b,c in place. */
size_t rule_files_split(char *text, char **ret_paths);

#endif
