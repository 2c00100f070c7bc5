/* A backup of the store together with what stands beside it: stories, accounts, and the files that
 * people wrote (engine/backup_beside.h). */
#ifndef AKASHI_ENGINE_WHOLE_BACKUP_H
#define AKASHI_ENGINE_WHOLE_BACKUP_H

#include "store/ops/backup.h"

/* As backup_take. alerts.db and accounts.db, where there are any, are copied first, each as it is
 * at one moment: what the rules have seen is then never later than the store in the same
 * generation. config_path: the configuration's, whose folder has files of the kind, too; NULL:
 * there is none. Guests of the options are the function's own. */
MUST_USE int whole_backup_take(const BackupOptions *options, const char *config_path,
                               BackupSummary *ret, Complaint *complaint);

#endif
