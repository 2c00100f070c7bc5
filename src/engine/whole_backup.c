/* See whole_backup.h. */
#include "engine/whole_backup.h"

#include "account/account.h"
#include "alert/story.h"

#include <errno.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352

static const struct {
    const char *name;
    int (*copy)(const Os *os, const char *folder, const char *path); /* -ENOENT: none there */
} beside[] = {
    {ALERTS_FILE, stories_copy},
    {ACCOUNTS_FILE, accounts_copy},
};

typedef struct Copies {
    const Os *os;
    char paths[ARRAY_COUNT(beside)][PATH_BYTES_MAX];
    BackupGuest guests[ARRAY_COUNT(beside)];
    size_t count;
} Copies;

static void remove_copies(Copies *copies)
{
    for (size_t i = 0; i < copies->count; i++)
        copies->os->unlink(copies->os->state, copies->paths[i]);
}

static int copy_one(Copies *copies, const char *folder, size_t which)
{
    char *path = copies->paths[copies->count];
    int len = snprintf(path, PATH_BYTES_MAX, "%s/%s.copy", folder, beside[which].name);
    int r = len < PATH_BYTES_MAX ? beside[which].copy(copies->os, folder, path) : -ENAMETOOLONG;
    if (r == -ENOENT) return 0;
    if (r < 0) return r;
    copies->guests[copies->count++] = (BackupGuest){.path = path, .name = beside[which].name};
    return 0;
}

int whole_backup_take(const BackupOptions *options, BackupSummary *ret, Complaint *complaint)
{
    CLEANUP(remove_copies) Copies copies = {.os = options->os};
    BackupOptions whole = *options;
    for (size_t i = 0; i < ARRAY_COUNT(beside); i++) {
        int r = copy_one(&copies, options->store, i);
        if (r == 0) continue;
        complaint_say(complaint, "backup.beside", "%s/%s cannot be copied: %s",
                      "%s/%s を写せません: %s", options->store, beside[i].name,
                      strerrordesc_np(-r));
        return r;
    }
    whole.guests = copies.guests;
    whole.guest_count = copies.count;
    return backup_take(&whole, ret, complaint);
}
