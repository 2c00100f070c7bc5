#include "server/api/api_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

bool api_file_name_is_good(Slice name)
{
    if (name.len == 0 || name.len > API_FILE_NAME_BYTES_MAX || name.ptr[0] == '.') return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '-' && c != '_' && c != '.') return false;
    }
    return true;
}

int api_file_write(const Os *os, const char *folder, const char *name, Slice bytes)
{
    char path[API_PATH_BYTES_MAX], fresh[API_PATH_BYTES_MAX];
    int len = snprintf(fresh, sizeof fresh, "%s/%s.new", folder, name);
    if (len >= (int)sizeof fresh) return -ENAMETOOLONG;
    snprintf(path, sizeof path, "%.*s", len - 4, fresh);
    int r = os->make_folder(os->state, folder, 0700);
    if (r < 0 && r != -EEXIST) return r;
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, bytes.ptr, bytes.len);
    if (r >= 0) r = os->sync_data(os->state, file.fd);
    if (r >= 0) r = os->rename(os->state, fresh, path);
    if (r >= 0) r = os->sync_folder(os->state, folder);
    return r < 0 ? r : 0;
}
