/* See context_file.h. */
#include "engine/context_file.h"

#include "translate/context/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int company_file_path(const char *folder, char to[COMPANY_PATH_BYTES_MAX])
{
    int length = snprintf(to, COMPANY_PATH_BYTES_MAX, "%s/" COMPANY_FILE_NAME, folder);
    return length < COMPANY_PATH_BYTES_MAX ? 0 : -ENAMETOOLONG;
}

static void set_file(Complaint *complaint, const char *path)
{
    if (complaint) snprintf(complaint->file, sizeof complaint->file, "%.255s", path);
}

int company_file_read(const Os *os, const char *folder, Arena *arena, Slice *ret,
                      Complaint *complaint)
{
    char path[COMPANY_PATH_BYTES_MAX];
    int r = company_file_path(folder, path);
    if (r == 0) r = os_read_file(os, path, CONTEXT_DOCUMENT_BYTES_MAX, arena, ret);
    if (r < 0 && r != -ENOENT) {
        set_file(complaint, path);
        complaint_say(complaint, "company.unreadable",
                      "the company's document cannot be read (%s); it may have at most %zu KiB",
                      "会社の設定を読めません（%s）。大きさは %zu KiB までです",
                      strerrordesc_np(-r), CONTEXT_DOCUMENT_BYTES_MAX >> 10);
    }
    return r;
}

static int judge(const Os *os, Slice document, Complaint *complaint)
{
    ContextOptions options = {.now_ns = TIME_UNKNOWN};
    Context *context = NULL;
    int r = os->random(os->state, options.seed, sizeof options.seed);
    if (r == 0) r = context_new(document, &options, &context, complaint);
    context_free(context);
    return r;
}

static int write_new(const Os *os, const char *path, Slice document)
{
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, document.ptr, document.len);
    return r == 0 ? os->sync_data(os->state, file.fd) : r;
}

int company_file_write(const Os *os, const char *folder, Slice document, Complaint *complaint)
{
    char path[COMPANY_PATH_BYTES_MAX], fresh[COMPANY_PATH_BYTES_MAX + 8];
    int r = company_file_path(folder, path);
    if (r < 0) return r;
    set_file(complaint, path);
    if (document.len > CONTEXT_DOCUMENT_BYTES_MAX) {
        complaint_say(complaint, "company.large", "the document may have at most %zu KiB",
                      "大きさは %zu KiB までです", CONTEXT_DOCUMENT_BYTES_MAX >> 10);
        return -EINVAL;
    }
    r = judge(os, document, complaint);
    if (r < 0) return r;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    r = write_new(os, fresh, document);
    if (r == 0) r = os->rename(os->state, fresh, path);
    if (r < 0) os->unlink(os->state, fresh);
    if (r == 0) r = os->sync_folder(os->state, folder);
    if (r == 0) return 0;
    complaint_say(complaint, "company.unwritable", "the document cannot be written (%s)",
                  "会社の設定を書き込めません（%s）", strerrordesc_np(-r));
    return r;
}
