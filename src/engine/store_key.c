/* See store_key.h. */
#include "engine/store_key.h"

#include "base/buf.h"
#include "store/crypt/base64_text.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352

static int say_missing(Complaint *complaint, const char *path)
{
    complaint_say(
        complaint, "key.missing",
        "the key file %s is missing. Without it nothing that was stored can be read: put "
        "your copy back, or name another file with store.key_file.",
        "鍵ファイル %s がありません。保存したログは鍵なしでは読めません。控えを元の場所に戻す"
        "か、store.key_file で別の場所を指定してください。",
        path);
    return -ENOENT;
}

static int say_system(Complaint *complaint, int error, const char *path)
{
    complaint_say(complaint, "key.system", "%s: %s", "%s: %s", path, strerrordesc_np(-error));
    return error;
}

/* The name is durable before anything is written under the key. */
static int write_key(const Os *os, const char *path, const char *folder, Secret *line)
{
    int r = os_make_folders(os, folder);
    if (r < 0) return r;
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_EXCL, 0400)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, secret_read(line), secret_len(line));
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->sync_folder(os->state, folder);
    if (r < 0) os->unlink(os->state, path);
    return r;
}

static int make_key(const Os *os, const char *path)
{
    CLEANUP(secret_done) Secret *key = NULL;
    CLEANUP(secret_done) Secret *line = secret_new(BASE64_BYTES(KEK_BYTES) + 1);
    char folder[PATH_BYTES_MAX];
    if (!line) return -ENOMEM;
    int r = secret_random(os, KEK_BYTES, &key);
    if (r < 0) return r;
    Buf text = {.ptr = (char *)secret_bytes(line),
                .capacity = secret_len(line),
                .bytes_max = secret_len(line)};
    base64_add(&text, secret_read(key), KEK_BYTES);
    buf_add_char(&text, '\n');
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (buf_error(&text)) return -EINVAL;
    if (!slash) return write_key(os, path, ".", line);
    *slash = '\0';
    return write_key(os, path, folder[0] ? folder : "/", line);
}

int store_key_make(const Os *os, const char *path, Complaint *complaint)
{
    int r = strlen(path) < PATH_BYTES_MAX ? make_key(os, path) : -ENAMETOOLONG;
    return r < 0 ? say_system(complaint, r, path) : 0;
}

static int default_key(const Os *os, const StoreKeyOptions *options, Secret **ret, bool *ret_made,
                       Complaint *complaint)
{
    const char *path = options->default_path;
    FileInfo info;
    int r = os->info(os->state, path, &info);
    if (r == -ENOENT) {
        int there = store_has_key(os, options->folder);
        if (there < 0) return say_system(complaint, there, options->folder);
        if (there || !options->may_make) return say_missing(complaint, path);
        r = make_key(os, path);
        if (r == 0) *ret_made = true;
    }
    if (r < 0 && r != -EEXIST) return say_system(complaint, r, path);
    return secret_from_key_file(os, path, ret, complaint);
}

static int passphrase_key(const Os *os, const StoreKeyOptions *options, const char *path,
                          Secret **ret, Complaint *complaint)
{
    CLEANUP(secret_done) Secret *room = secret_new(STORE_PASSPHRASE_BYTES_MAX);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDONLY, 0)};
    char beside[PATH_BYTES_MAX];
    Slice line, content;
    if (!room) return -ENOMEM;
    if (file.fd < 0) return say_system(complaint, file.fd, path);
    ssize_t got = os_read_full(os, file.fd, secret_bytes(room), STORE_PASSPHRASE_BYTES_MAX);
    if (got < 0) return say_system(complaint, (int)got, path);
    content = slice_of(secret_read(room), (size_t)got);
    if (!slice_cut(&content, '\n', &line)) line = content;
    int r = options->may_make ? os_make_folders(os, options->folder) : 0;
    if (r < 0) return say_system(complaint, r, options->folder);
    snprintf(beside, sizeof beside, "%s/passphrase.txt", options->folder);
    return secret_from_passphrase(os, beside, line, ret, complaint);
}

int store_key_open(const Os *os, const StoreKeyOptions *options, Secret **ret, bool *ret_made,
                   Complaint *complaint)
{
    const char *passphrase = setting_text(options->settings, SETTING_STORE_PASSPHRASE_FILE);
    const char *file = setting_text(options->settings, SETTING_STORE_KEY_FILE);
    *ret_made = false;
    if (passphrase[0]) return passphrase_key(os, options, passphrase, ret, complaint);
    if (file[0]) return secret_from_key_file(os, file, ret, complaint);
    return default_key(os, options, ret, ret_made, complaint);
}
