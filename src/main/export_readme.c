/* See export_readme.h. */
#include "main/export_readme.h"

#include <fcntl.h>
#include <stdio.h>

static int write_file(const Os *os, const char *folder, const char *name, Slice text)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_EXCL, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : 0;
}

int export_readme_write(const Os *os, const char *folder, const ExportFacts *facts,
                        const char *first_key)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    export_readme_add(&text, facts);
    if (buf_error(&text)) return buf_error(&text);
    int r = write_file(os, folder, "README.txt", buf_slice(&text));
    if (r == 0 && facts->with_proof) {
        r = write_file(os, folder, "first-key.txt", slice_from_cstr(first_key));
    }
    if (r == 0) r = os->sync_folder(os->state, folder);
    return r < 0 ? r : 0;
}
