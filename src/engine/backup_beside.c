/* See backup_beside.h. */
#include "engine/backup_beside.h"

#include "engine/context_load.h"
#include "engine/pack_switch.h"
#include "engine/rule_exceptions.h"

#include <errno.h>
#include <stdio.h>

/* One of the two folders. */
typedef struct Place {
    const Os *os;
    BesideFiles *files;
    const char *folder;
    const char *put;   /* what names in a backup begin with: "", or BESIDE_SETTINGS */
    const char *below; /* while a folder is listed */
} Place;

void beside_files_done(BesideFiles *files)
{
    arena_done(&files->arena);
    buf_done(&files->guests);
}

static int leave_out(BesideFiles *files, const char *path)
{
    if (files->left_out++ == 0) {
        snprintf(files->first_left_out, sizeof files->first_left_out, "%.255s", path);
    }
    return 0;
}

/* `name` is in the place, in a folder of it at most. */
static int name_in_backup(const Place *place, Slice name, BackupGuest *guest)
{
    bool is_below = slice_find_char(name, '/') != SLICE_NOT_FOUND;
    const char *join = !place->put[0] ? "" : is_below ? "." : "/";
    Slice text;
    int r =
        arena_format(&place->files->arena, &text, "%s%s%.*s", place->put, join, SLICE_FMT(name));
    if (r == 0) guest->name = text.ptr;
    return r;
}

static int add(const Place *place, Slice name)
{
    BesideFiles *files = place->files;
    BackupGuest guest = {0};
    FileInfo info;
    Slice path;
    int r = arena_format(&files->arena, &path, "%s/%.*s", place->folder, SLICE_FMT(name));
    if (r == 0) r = name_in_backup(place, name, &guest);
    if (r < 0) return r;
    guest.path = path.ptr;
    if (place->os->info(place->os->state, path.ptr, &info) < 0 || !info.is_regular) return 0;
    if (!backup_name_is_good(slice_from_cstr(guest.name)) || info.bytes > BESIDE_FILE_BYTES_MAX ||
        files->guests.len >= BESIDE_FILES_MAX * sizeof guest) {
        return leave_out(files, path.ptr);
    }
    buf_add(&files->guests, &guest, sizeof guest);
    return buf_error(&files->guests);
}

static int on_listed(void *context, Slice name)
{
    const Place *place = context;
    Slice path;
    if (slice_starts(name, SLICE("."))) return 0; /* half written */
    int r = arena_format(&place->files->arena, &path, "%s/%.*s", place->below, SLICE_FMT(name));
    return r < 0 ? r : add(place, path);
}

static int add_folder(Place *place, const char *name)
{
    Slice path;
    place->below = name;
    int r = arena_format(&place->files->arena, &path, "%s/%s", place->folder, name);
    if (r == 0) r = place->os->list(place->os->state, path.ptr, on_listed, place);
    return r == -ENOENT || r == -ENOTDIR ? 0 : r;
}

/* What the document names; one with a mistake is kept alone. */
static int add_lists(const Place *place, Slice document)
{
    Context *context;
    const ContextOptions options = {.now_ns = TIME_UNKNOWN};
    int r = context_new(document, &options, &context, NULL);
    if (r < 0) return r == -ENOMEM ? r : 0;
    for (size_t i = 0; i < context_file_count(context) && r == 0; i++) {
        const ContextFile *file = context_file(context, i);
        if (file->kind == CONTEXT_FILE_GEO) continue;
        if (slice_starts(file->path, SLICE("/"))) {
            char path[COMPANY_PATH_BYTES_MAX];
            r = context_file_path(place->folder, file, path);
            if (r == 0) r = leave_out(place->files, path);
        } else {
            r = add(place, file->path);
        }
    }
    context_free(context);
    return r;
}

static int add_company(const Place *place)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice document;
    int r = add(place, SLICE(COMPANY_FILE_NAME));
    if (r < 0) return r;
    int read = company_file_read(place->os, place->folder, &arena, &document, NULL);
    return read < 0 ? (read == -ENOMEM ? read : 0) : add_lists(place, document);
}

static int add_data(const Os *os, const char *folder, BesideFiles *files)
{
    Place place = {.os = os, .files = files, .folder = folder, .put = ""};
    int r = add(&place, SLICE(PACK_SWITCHES_FILE));
    if (r == 0) r = add(&place, SLICE(RULE_EXCEPTIONS_FILE));
    if (r == 0) r = add_company(&place);
    if (r == 0) r = add_folder(&place, "sources");
    if (r == 0) r = add_folder(&place, "rules");
    return r == 0 ? add_folder(&place, "packs") : r;
}

static int add_settings(const Os *os, const char *config_path, BesideFiles *files)
{
    Slice path = slice_from_cstr(config_path), folder;
    size_t slash = slice_rfind_char(path, '/');
    int r = slash == SLICE_NOT_FOUND
                ? arena_format(&files->arena, &folder, ".")
                : arena_format(&files->arena, &folder, "%.*s",
                               SLICE_FMT(slice_first(path, slash > 0 ? slash : 1)));
    if (r < 0) return r;
    Place place = {.os = os, .files = files, .folder = folder.ptr, .put = BESIDE_SETTINGS};
    r = add(&place, slash == SLICE_NOT_FOUND ? path : slice_skip(path, slash + 1));
    if (r == 0) r = add_company(&place);
    return r == 0 ? add_folder(&place, "sources") : r;
}

int beside_files_find(const Os *os, const char *folder, const char *config_path, BesideFiles *ret)
{
    *ret = (BesideFiles){.arena = arena_make((size_t)64 << 20),
                         .guests = buf_make(BESIDE_FILES_MAX * sizeof(BackupGuest))};
    int r = add_data(os, folder, ret);
    if (r == 0 && config_path) r = add_settings(os, config_path, ret);
    return r;
}
