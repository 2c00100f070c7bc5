/* See context_load.h. */
#include "engine/context_load.h"

#include "translate/context/geo_file.h"

#include <errno.h>
#include <stdio.h>

static void tell(const ContextLoad *load, const Complaint *complaint)
{
    const ContextWatcher *watcher = load->watcher;
    if (watcher && watcher->mistake) watcher->mistake(watcher->context, complaint);
}

static void tell_file(const ContextLoad *load, const ContextFile *file, const ContextTally *tally)
{
    const ContextWatcher *watcher = load->watcher;
    if (watcher && watcher->file) watcher->file(watcher->context, file, tally);
}

int context_file_path(const char *folder, const ContextFile *file, char to[COMPANY_PATH_BYTES_MAX])
{
    bool is_whole = file->path.len > 0 && file->path.ptr[0] == '/';
    int length = snprintf(to, COMPANY_PATH_BYTES_MAX, "%s%s%.*s", is_whole ? "" : folder,
                          is_whole ? "" : "/", SLICE_FMT(file->path));
    return length < COMPANY_PATH_BYTES_MAX ? 0 : -ENAMETOOLONG;
}

/* At the place of the document that names the file. */
static void complain_of_path(const ContextLoad *load, const char *folder, const ContextFile *file,
                             const char *path, int error)
{
    Complaint complaint = {.line = file->line, .column = file->column};
    snprintf(complaint.file, sizeof complaint.file, "%s/" COMPANY_FILE_NAME, folder);
    complaint_say(&complaint, "company.file_unreadable",
                  "the file %s of the list %.*s cannot be read (%s)",
                  "%s（リスト %.*s のファイル）を読めません（%s）", path, SLICE_FMT(file->list),
                  strerrordesc_np(-error));
    tell(load, &complaint);
}

static int add_file(const ContextLoad *load, const char *folder, Context *context, size_t index)
{
    CLEANUP(arena_done) Arena arena = arena_make(GEO_FILE_BYTES_MAX + (1 << 20));
    const ContextFile *file = context_file(context, index);
    size_t bytes_max = file->kind == CONTEXT_FILE_GEO ? GEO_FILE_BYTES_MAX : CONTEXT_LIST_BYTES_MAX;
    char path[COMPANY_PATH_BYTES_MAX];
    Complaint complaint = {0};
    ContextTally tally;
    Slice bytes;
    int r = context_file_path(folder, file, path);
    if (r == 0) r = os_read_file(load->os, path, bytes_max, &arena, &bytes);
    if (r == -ENOMEM) return r;
    if (r < 0) {
        complain_of_path(load, folder, file, path, r);
        return 0;
    }
    r = context_add_file(context, index, bytes, &tally, &complaint);
    if (r == -ENOMEM) return r;
    snprintf(complaint.file, sizeof complaint.file, "%.255s", path);
    if (r < 0 && complaint.id) tell(load, &complaint);
    tell_file(load, file, &tally);
    return 0;
}

int context_load_document(const ContextLoad *load, Slice document, const char *folder,
                          Context **ret)
{
    const Os *os = load->os;
    ContextOptions options = {.zone_offset_seconds = load->zone_offset_seconds,
                              .now_ns = os->now_ns(os->state)};
    Complaint complaint = {0};
    Context *context;
    int r = os->random(os->state, options.seed, sizeof options.seed);
    if (r < 0) return r;
    snprintf(complaint.file, sizeof complaint.file, "%s/" COMPANY_FILE_NAME, folder);
    r = context_new(document, &options, &context, &complaint);
    if (r == -EINVAL) tell(load, &complaint);
    if (r < 0) return r;
    for (size_t i = 0; i < context_file_count(context) && r == 0; i++) {
        r = add_file(load, folder, context, i);
    }
    if (r == 0) r = context_finish(context);
    if (r < 0) {
        context_free(context);
        return r;
    }
    *ret = context;
    return 0;
}

int context_load(const ContextLoad *load, Context **ret)
{
    CLEANUP(arena_done) Arena arena = {0};
    for (size_t i = load->folder_count; i-- > 0;) {
        Complaint complaint = {0};
        Slice document;
        int r = company_file_read(load->os, load->folders[i], &arena, &document, &complaint);
        if (r == -ENOENT) continue;
        if (r == 0) r = context_load_document(load, document, load->folders[i], ret);
        if (r == 0 || r == -ENOMEM) return r;
        if (complaint.id) tell(load, &complaint);
        break;
    }
    return context_load_document(load, (Slice){0}, ".", ret);
}
