/* What an administrator writes for translation: source definitions (engine/sources) and the file of
 * names, patterns and windows by which events are joined into actions (knowledge/actions). Read at
 * the start, and again while a server runs when one of these files has changed.
 *
 * For one thread at a time. */
#ifndef AKASHI_ENGINE_TRANSLATION_FILES_H
#define AKASHI_ENGINE_TRANSLATION_FILES_H

#include "engine/row_maker.h"
#include "engine/sources.h"

#define ACTIONS_FILE_BYTES_MAX ((size_t)256 << 10)
#define TRANSLATION_FOLDERS_MAX 4

typedef struct TranslationFiles TranslationFiles;

typedef struct TranslationFilesOptions {
    const Os *os;
    const char *const *folders; /* as sources_open, at most TRANSLATION_FOLDERS_MAX; copied */
    size_t folder_count;
    const char *actions_path; /* copied; NULL: none */
    bool actions_expected;    /* that there is no such file is a mistake */
    SourcesWatcher watcher;   /* mistakes in definitions at the start, in all of it later */
} TranslationFilesOptions;

/* -EINVAL: the file of actions cannot be used, with the complaint (file, line); a definition with a
 * mistake is told and left out, as sources_open. -ENOMEM, -E2BIG with the complaint. */
MUST_USE int translation_files_open(const TranslationFilesOptions *options, TranslationFiles **ret,
                                    Complaint *complaint);
void translation_files_free(TranslationFiles *files); /* NULL: nothing */

/* Both live until the next refresh that changes them. */
const SourceSet *translation_files_sources(const TranslationFiles *files);
Slice translation_files_actions(const TranslationFiles *files);

/* Looks whether a file has changed, come or gone, and if so gives the maker what they say now: 1;
 * nothing has changed: 0. -EINVAL: there is a mistake in one of them, which was told; all stays as
 * it was until they change again. -ENOMEM. */
MUST_USE int translation_files_refresh(TranslationFiles *files, RowMaker *maker);

/* The file of actions alone, for the arena's life; no such file: empty unless `is_expected`.
 * -EINVAL with the complaint; -ENOMEM. */
MUST_USE int actions_file_read(const Os *os, const char *path, bool is_expected, Arena *arena,
                               Slice *ret, Complaint *complaint);

#endif
