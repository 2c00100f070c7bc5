/* A copy for backups: see account.h. */
#include "account/account_base.h"

int accounts_copy(const Os *os, const char *folder, const char *path)
{
    /* What must not come to life again with a restored copy goes. */
    return database_copy(os, folder, &account_file, path,
                         "PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON;"
                         "DELETE FROM session; DELETE FROM meta;");
}
