/* Which files a whole backup takes beside the store and its databases: what people wrote.
 *
 * Of the data folder: packs.switched, exceptions.jsonl, company.yaml with the lists that it names,
 * and the folders sources, rules and packs. Of the folder of the configuration: the configuration,
 * company.yaml with its lists, sources; a restore puts these copies into `settings` (PATH there is
 * settings/PATH, FOLDER/PATH is settings.FOLDER/PATH), to be looked at and copied back by hand,
 * because that folder belongs to the machine. Not taken: secrets, which the configuration only
 * names, the country database, what lies deeper than one folder, and what is larger than
 * BESIDE_FILE_BYTES_MAX. */
#ifndef AKASHI_ENGINE_BACKUP_BESIDE_H
#define AKASHI_ENGINE_BACKUP_BESIDE_H

#include "store/ops/backup.h"

#define BESIDE_FILES_MAX ((size_t)16384)
#define BESIDE_FILE_BYTES_MAX ((uint64_t)64 << 20)
#define BESIDE_SETTINGS "settings"

typedef struct BesideFiles {
    Arena arena;
    Buf guests;      /* BackupGuest each; they live in the arena */
    size_t left_out; /* by their name (backup_name_is_good), size or number */
    char first_left_out[256];
} BesideFiles;

/* config_path: NULL: there is none. -ENOMEM, or what the system said of a folder that is there;
 * *ret is to be done with also then. */
MUST_USE int beside_files_find(const Os *os, const char *folder, const char *config_path,
                               BesideFiles *ret);
void beside_files_done(BesideFiles *files);

#endif
