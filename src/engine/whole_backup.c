/* See whole_backup.h. */
#include "engine/whole_backup.h"

#include "account/account.h"
#include "alert/story.h"
#include "engine/backup_beside.h"

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

/* The databases' copies, then the files. */
static int gather(const Copies *copies, BesideFiles *files, BackupOptions *whole)
{
    CLEANUP(buf_done) Buf found = files->guests;
    files->guests = buf_make(0);
    buf_add(&files->guests, copies->guests, copies->count * sizeof copies->guests[0]);
    buf_add(&files->guests, found.ptr, found.len);
    whole->guests = (const BackupGuest *)(const void *)files->guests.ptr;
    whole->guest_count = files->guests.len / sizeof(BackupGuest);
    return buf_error(&files->guests);
}

static int take_with_files(const BackupOptions *options, const char *config_path,
                           const Copies *copies, BackupSummary *ret, Complaint *complaint)
{
    CLEANUP(beside_files_done) BesideFiles files;
    BackupOptions whole = *options;
    int r = beside_files_find(options->os, options->store, config_path, &files);
    if (r == 0) r = gather(copies, &files, &whole);
    if (r < 0) {
        complaint_say(complaint, "backup.beside", "%s/%s cannot be copied: %s",
                      "%s/%s を写せません: %s", options->store, "sources, rules, packs",
                      strerrordesc_np(-r));
        return r;
    }
    r = backup_take(&whole, ret, complaint);
    if (r < 0) return r;
    ret->left_out = files.left_out;
    memcpy(ret->first_left_out, files.first_left_out, sizeof ret->first_left_out);
    return 0;
}

int whole_backup_take(const BackupOptions *options, const char *config_path, BackupSummary *ret,
                      Complaint *complaint)
{
    CLEANUP(remove_copies) Copies copies = {.os = options->os};
    for (size_t i = 0; i < ARRAY_COUNT(beside); i++) {
        int r = copy_one(&copies, options->store, i);
        if (r == 0) continue;
        complaint_say(complaint, "backup.beside", "%s/%s cannot be copied: %s",
                      "%s/%s を写せません: %s", options->store, beside[i].name,
                      strerrordesc_np(-r));
        return r;
    }
    return take_with_files(options, config_path, &copies, ret, complaint);
}
