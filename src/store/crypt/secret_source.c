/* See secret.h: where a key-encryption key comes from. */
#include "store/crypt/base64_text.h"
#include "store/crypt/secret.h"

#include "base/number.h"

#include <argon2.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define KEY_FILE_BYTES_MAX 64
#define STRETCHING_FILE_BYTES_MAX 512

static void place(Complaint *complaint, const char *path)
{
    if (complaint) snprintf(complaint->file, sizeof complaint->file, "%s", path);
}

static int say_system(Complaint *complaint, int error)
{
    complaint_say(complaint, "key.unreadable", "the file cannot be read: %s",
                  "ファイルを読めません: %s", strerror(-error));
    return error;
}

/* Reads at most `room` bytes of the file; -EFBIG when there are more. */
static ssize_t read_small(const Os *os, const char *path, char *to, size_t room, FileInfo *ret_info)
{
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDONLY | O_NOCTTY, 0)};
    if (file.fd < 0) return file.fd;
    int r = os->info_fd(os->state, file.fd, ret_info);
    if (r < 0) return r;
    if (!ret_info->is_regular) return -EINVAL;
    if (ret_info->bytes > room) return -EFBIG;
    return os_read_full(os, file.fd, to, room);
}

static int key_from_content(Slice content, Secret *key)
{
    if (content.len == KEK_BYTES) {
        memcpy(secret_bytes(key), content.ptr, KEK_BYTES);
        return 0;
    }
    if (content.len && content.ptr[content.len - 1] == '\n') content.len--;
    if (content.len != BASE64_BYTES(KEK_BYTES)) return -EINVAL;
    return base64_decode(content, secret_bytes(key), KEK_BYTES) == KEK_BYTES ? 0 : -EINVAL;
}

int secret_from_key_file(const Os *os, const char *path, Secret **ret, Complaint *complaint)
{
    place(complaint, path);
    CLEANUP(secret_done) Secret *content = secret_new(KEY_FILE_BYTES_MAX);
    CLEANUP(secret_done) Secret *key = secret_new(KEK_BYTES);
    if (!content || !key) return say_system(complaint, -ENOMEM);
    FileInfo info = {0};
    ssize_t got = read_small(os, path, (char *)secret_bytes(content), KEY_FILE_BYTES_MAX, &info);
    if (got < 0 && got != -EFBIG && got != -EINVAL) return say_system(complaint, (int)got);
    if (info.mode & 077) {
        complaint_say(complaint, "key.open_to_others",
                      "others than its owner may use this key file (mode %03o); chmod 400 it",
                      "鍵ファイルを所有者以外が利用できます（モード %03o）。chmod 400 してください",
                      info.mode & 0777);
        return -EACCES;
    }
    if (got < 0 || key_from_content(slice_of(secret_read(content), (size_t)got), key) < 0) {
        complaint_say(complaint, "key.not_a_key",
                      "a key file holds exactly %d bytes, or one line of base64 for as many",
                      "鍵ファイルの中身は %d バイトちょうど、またはそれを表す base64 の1行です",
                      KEK_BYTES);
        return -EINVAL;
    }
    *ret = key;
    key = NULL;
    return 0;
}

int secret_stretch(Slice passphrase, const Stretching *how, Secret **ret)
{
    Secret *key = secret_new(KEK_BYTES);
    if (!key) return -ENOMEM;
    int r =
        argon2id_hash_raw(how->passes, how->memory_kib, how->lanes, passphrase.ptr, passphrase.len,
                          how->salt, sizeof how->salt, secret_bytes(key), KEK_BYTES);
    if (r != ARGON2_OK) {
        secret_free(key);
        return r == ARGON2_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -EINVAL;
    }
    *ret = key;
    return 0;
}

static int take_number(Slice *rest, Slice name, uint32_t least, uint32_t most, uint32_t *ret)
{
    Slice line;
    uint64_t value;
    if (!slice_cut(rest, '\n', &line) || !slice_starts(line, name)) return -EPROTO;
    if (number_parse_u64(slice_skip(line, name.len), &value) < 0) return -EPROTO;
    if (value < least || value > most) return -EPROTO;
    *ret = (uint32_t)value;
    return 0;
}

static int stretching_parse(Slice text, Stretching *ret)
{
    Slice line, salt = SLICE("salt ");
    Stretching how;
    if (!slice_cut(&text, '\n', &line) || !slice_eq(line, SLICE("akashi passphrase 1"))) {
        return -EPROTO;
    }
    int r = take_number(&text, SLICE("memory_kib "), STRETCHING_MEMORY_KIB_MIN,
                        STRETCHING_MEMORY_KIB_MAX, &how.memory_kib);
    if (r == 0) {
        r = take_number(&text, SLICE("passes "), STRETCHING_PASSES_MIN, STRETCHING_PASSES_MAX,
                        &how.passes);
    }
    if (r == 0) r = take_number(&text, SLICE("lanes "), 1, STRETCHING_LANES_MAX, &how.lanes);
    if (r < 0) return r;
    if (!slice_cut(&text, '\n', &line) || !slice_starts(line, salt) || text.len) return -EPROTO;
    if (base64_decode(slice_skip(line, salt.len), how.salt, sizeof how.salt) != sizeof how.salt) {
        return -EPROTO;
    }
    *ret = how;
    return 0;
}

/* Under a passing name first: a torn file would lock its owner out of everything. */
static int stretching_write(const Os *os, const char *path, const Stretching *how)
{
    CLEANUP(buf_done) Buf text = buf_make(STRETCHING_FILE_BYTES_MAX);
    buf_add_format(&text, "akashi passphrase 1\nmemory_kib %u\npasses %u\nlanes %u\nsalt ",
                   how->memory_kib, how->passes, how->lanes);
    base64_add(&text, how->salt, sizeof how->salt);
    buf_add_char(&text, '\n');
    if (buf_error(&text)) return buf_error(&text);
    char passing[4096], folder[4096];
    if ((size_t)snprintf(passing, sizeof passing, "%s.new", path) >= sizeof passing) {
        return -ENAMETOOLONG;
    }
    size_t slash = slice_rfind_char(slice_from_cstr(path), '/');
    snprintf(folder, sizeof folder, "%.*s", slash == SLICE_NOT_FOUND ? 1 : (int)(slash ? slash : 1),
             slash == SLICE_NOT_FOUND ? "." : path);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, passing, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, passing, path);
    if (r == 0) r = os->sync_folder(os->state, folder);
    return r < 0 ? r : 0;
}

static int stretching_new(const Os *os, const char *path, Stretching *ret)
{
    Stretching how = {
        .memory_kib = STRETCHING_MEMORY_KIB_MIN, .passes = STRETCHING_PASSES_MIN, .lanes = 1};
    int r = os->random(os->state, how.salt, sizeof how.salt);
    if (r >= 0) r = stretching_write(os, path, &how);
    if (r < 0) return r;
    *ret = how;
    return 0;
}

int secret_from_passphrase(const Os *os, const char *path, Slice passphrase, Secret **ret,
                           Complaint *complaint)
{
    place(complaint, path);
    if (passphrase.len == 0) {
        complaint_say(complaint, "key.empty_passphrase", "the passphrase is empty",
                      "パスフレーズが空です");
        return -EINVAL;
    }
    char text[STRETCHING_FILE_BYTES_MAX];
    FileInfo info;
    Stretching how;
    ssize_t got = read_small(os, path, text, sizeof text, &info);
    if (got == -ENOENT) {
        int r = stretching_new(os, path, &how);
        if (r < 0) return say_system(complaint, r);
    } else if (got < 0 && got != -EFBIG && got != -EINVAL) {
        return say_system(complaint, (int)got);
    } else if (got < 0 || stretching_parse(slice_of(text, (size_t)got), &how) < 0) {
        complaint_say(
            complaint, "key.bad_stretching",
            "the passphrase parameters are damaged, weaker than %u KiB and %u passes, or of "
            "a newer version; restore this file from a backup",
            "パスフレーズのパラメータが壊れているか、%u KiB・%u 回より弱いか、新しい版の"
            "ものです。バックアップから戻してください",
            STRETCHING_MEMORY_KIB_MIN, STRETCHING_PASSES_MIN);
        return -EPROTO;
    }
    int r = secret_stretch(passphrase, &how, ret);
    return r < 0 ? say_system(complaint, r) : 0;
}
