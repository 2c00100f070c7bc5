/* A backup of the store together with what stands beside it: stories and accounts. */
#ifndef AKASHI_ENGINE_WHOLE_BACKUP_H
#define AKASHI_ENGINE_WHOLE_BACKUP_H

#include "store/ops/backup.h"

/* As backup_take. alerts.db and accounts.db, where there are any, are copied first, each as it is
 * at one moment: what the rules have seen is then never later than the store in the same
 * generation. */
MUST_USE int whole_backup_take(const BackupOptions *options, BackupSummary *ret,
                               Complaint *complaint);

#endif
