/* See store_folder.h. */
#include "store/wal/store_folder.h"

#include "base/digest.h"
#include "base/number.h"
#include "store/crypt/crypt.h"
#include "store/ops/rekey_journal.h"
#include "store/store.h"
#include "store/wal/block_walk.h"
#include "store/wal/version1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { STORE_VERSION = 2, FORMAT_SUM_DIGITS = 32, KEY_CHECK_DIGITS = 32 };
#define FORMAT_MAGIC SLICE("akashi store ")

/* ---- names */

void store_file_name(StoreFile kind, uint32_t number, char *to)
{
    snprintf(to, FILE_NAME_MAX, "%s-%08u.log", kind == STORE_FILE_WAL ? "wal" : "now", number);
}

StorePath store_path(const StoreFolder *folder, const char *name)
{
    StorePath path;
    snprintf(path.text, sizeof path.text, "%s/%s", folder->path, name);
    return path;
}

StorePath store_file_path(const StoreFolder *folder, StoreFile kind, uint32_t number)
{
    char name[FILE_NAME_MAX];
    store_file_name(kind, number, name);
    return store_path(folder, name);
}

/* The number in a name of this kind; 0: it is none. */
static uint32_t number_in_name(StoreFile kind, Slice name)
{
    char same[FILE_NAME_MAX];
    uint64_t number;
    if (name.len < 13 ||
        number_parse_u64(slice_first(slice_skip(name, 4), name.len - 8), &number) < 0) {
        return 0;
    }
    if (number >= TIP_NUMBER_BIT) return 0;
    store_file_name(kind, (uint32_t)number, same);
    return slice_eq(name, slice_from_cstr(same)) ? (uint32_t)number : 0;
}

/* Files that keep what a damaged one held, and those of version 1, are nobody else's either. */
static bool is_our_name(Slice name)
{
    static const char *const ours[] = {"HOLDS",     "HOLDS.lock", "HOLDS.tmp",    "LOCK",
                                       "FORMAT",    "FORMAT.tmp", "MANIFEST.tmp", "passphrase.txt",
                                       "MIGRATING", "REKEY",      "REKEY.tmp",    "REKEY.done"};
    for (size_t i = 0; i < ARRAY_COUNT(ours); i++) {
        if (slice_eq(name, slice_from_cstr(ours[i]))) return true;
    }
    return slice_starts(name, SLICE("wal-")) || slice_starts(name, SLICE("chain."));
}

/* What the rest of Akashi keeps in the same folder, and may have put there before the store. */
static bool is_guest_name(Slice name)
{
    static const char *const guests[] = {"sources", "packs",        "rules",
                                         "lists",   "company.yaml", "actions.tsv"};
    for (size_t i = 0; i < ARRAY_COUNT(guests); i++) {
        if (slice_eq(name, slice_from_cstr(guests[i]))) return true;
    }
    return slice_starts(name, SLICE("alerts.")) || slice_starts(name, SLICE("accounts.")) ||
           slice_starts(name, SLICE("side."));
}

static int note_name(void *context, Slice name)
{
    StoreListing *listing = context;
    uint32_t wal = number_in_name(STORE_FILE_WAL, name);
    uint32_t tip = number_in_name(STORE_FILE_TIP, name);
    bool sealed = slice_eq(name, SLICE("MANIFEST")) || slice_eq(name, SLICE("segments")) ||
                  slice_eq(name, SLICE("chain"));
    bool version1 = slice_starts(name, SLICE("seg-")) || slice_starts(name, SLICE("new-"));
    if (wal) buf_add(&listing->wals, &wal, sizeof wal);
    if (tip) buf_add(&listing->tips, &tip, sizeof tip);
    listing->sealed += sealed;
    listing->version1 |= version1;
    listing->others |=
        !wal && !tip && !sealed && !version1 && !is_our_name(name) && !is_guest_name(name);
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_numbers(Buf *numbers)
{
    if (numbers->len) {
        qsort(numbers->ptr, listing_count(numbers), sizeof(uint32_t), compare_numbers);
    }
}

void store_listing_done(StoreListing *listing)
{
    buf_done(&listing->wals);
    buf_done(&listing->tips);
}

int store_folder_list(const StoreFolder *folder, StoreListing *listing)
{
    buf_clear(&listing->wals);
    buf_clear(&listing->tips);
    listing->sealed = 0;
    listing->version1 = false;
    listing->others = false;
    int r = folder->os->list(folder->os->state, folder->path, note_name, listing);
    if (r < 0) return r;
    if (buf_error(&listing->wals) || buf_error(&listing->tips)) return -ENOMEM;
    sort_numbers(&listing->wals);
    sort_numbers(&listing->tips);
    return 0;
}

/* ---- FORMAT: one line, `akashi store VERSION ID CHECK SUM`. The sum is over all before the blank
 * that it follows, in every version, so that a newer version is told from a damaged one. The check
 * tells a wrong key from a damaged store; it says nothing about the key. */

static void print_hex(char *to, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(to + 2 * i, 3, "%02x", bytes[i]);
    }
}

static void format_sum(Slice text, char *to)
{
    Digest digest = digest_sha256(&text, 1);
    print_hex(to, digest.bytes, FORMAT_SUM_DIGITS / 2);
}

static bool sum_is_right(Slice line)
{
    char sum[FORMAT_SUM_DIGITS + 1];
    if (line.len < FORMAT_SUM_DIGITS + 1) return false;
    size_t at = line.len - FORMAT_SUM_DIGITS;
    format_sum(slice_first(line, at - 1), sum);
    return line.ptr[at - 1] == ' ' && memcmp(line.ptr + at, sum, FORMAT_SUM_DIGITS) == 0;
}

/* Most of the first bytes are ours: a store whose FORMAT was hurt, not somebody else's file. */
static bool looks_like_format(Slice text)
{
    size_t same = 0;
    for (size_t i = 0; i < FORMAT_MAGIC.len && i < text.len; i++) {
        same += text.ptr[i] == FORMAT_MAGIC.ptr[i];
    }
    return same * 4 >= FORMAT_MAGIC.len * 3;
}

typedef enum FormatState {
    FORMAT_GOOD,
    FORMAT_OLDER,
    FORMAT_NEWER,
    FORMAT_HURT,
    FORMAT_FOREIGN,
    FORMAT_OTHER_KEY,
} FormatState;

static void key_check(const StoreFolder *folder, char *to)
{
    char text[64];
    int len = snprintf(text, sizeof text, "akashi store key check %016llx",
                       (unsigned long long)folder->store_id);
    Slice kek = slice_of(secret_read(folder->kek), secret_len(folder->kek));
    Digest digest = crypt_hmac(kek, slice_of(text, (size_t)len));
    print_hex(to, digest.bytes, KEY_CHECK_DIGITS / 2);
}

static bool key_is_right(const StoreFolder *folder, Slice want)
{
    char check[KEY_CHECK_DIGITS + 1];
    key_check(folder, check);
    return slice_eq(want, slice_from_cstr(check));
}

static FormatState format_parse(Slice text, StoreFolder *folder)
{
    Slice line, rest = text, version_text, id_text, check_text;
    uint64_t version;
    if (!slice_starts(text, FORMAT_MAGIC)) {
        return looks_like_format(text) ? FORMAT_HURT : FORMAT_FOREIGN;
    }
    if (!slice_cut(&rest, '\n', &line) || !sum_is_right(line)) return FORMAT_HURT;
    line = slice_skip(line, FORMAT_MAGIC.len);
    if (!slice_cut(&line, ' ', &version_text) || number_parse_u64(version_text, &version) < 0) {
        return FORMAT_HURT;
    }
    if (version > STORE_VERSION || version == 0) return FORMAT_NEWER;
    if (!slice_cut(&line, ' ', &id_text) || number_parse_hex(id_text, &folder->store_id) < 0)
        return FORMAT_HURT;
    if (version < STORE_VERSION) return FORMAT_OLDER;
    if (!slice_cut(&line, ' ', &check_text)) return FORMAT_HURT;
    return key_is_right(folder, check_text) ? FORMAT_GOOD : FORMAT_OTHER_KEY;
}

size_t store_folder_print_format(const StoreFolder *folder, char *to)
{
    char check[KEY_CHECK_DIGITS + 1], sum[FORMAT_SUM_DIGITS + 1];
    key_check(folder, check);
    int len = snprintf(to, FORMAT_BYTES_MAX, "%s%d %016llx %s", FORMAT_MAGIC.ptr, STORE_VERSION,
                       (unsigned long long)folder->store_id, check);
    format_sum(slice_of(to, (size_t)len), sum);
    len += snprintf(to + len, FORMAT_BYTES_MAX - (size_t)len, " %s\n", sum);
    return (size_t)len;
}

int store_folder_write_format(StoreFolder *folder)
{
    const Os *os = folder->os;
    while (folder->store_id == 0) {
        int r = os->random(os->state, &folder->store_id, sizeof folder->store_id);
        if (r < 0) return r;
    }
    char text[FORMAT_BYTES_MAX];
    size_t len = store_folder_print_format(folder, text);
    StorePath temporary = store_path(folder, "FORMAT.tmp"), final = store_path(folder, "FORMAT");
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text, len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, temporary.text, final.text);
    return r < 0 ? r : os->sync_folder(os->state, folder->path);
}

int store_folder_make(const StoreFolder *folder)
{
    int r = os_make_folders(folder->os, folder->path);
    if (r < 0) return r;
    char above[STORE_PATH_MAX];
    snprintf(above, sizeof above, "%s", folder->path);
    for (size_t len = strlen(above); len > 0; above[len] = '\0') {
        while (len > 0 && above[len - 1] != '/') {
            len--; /* the last name */
        }
        while (len > 1 && above[len - 1] == '/') {
            len--; /* and what parts it from the others */
        }
        above[len] = '\0';
        r = folder->os->sync_folder(folder->os->state, len ? above : ".");
        if (r == -EIO) return r; /* other errors: folders above that we may not open are not ours */
        if (len == 1 && above[0] == '/') break;
    }
    return 0;
}

/* ---- what the folder is */

static int read_format(const StoreFolder *folder, char *to, Slice *ret)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, "FORMAT");
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    ssize_t got = os_read_full(os, file.fd, to, FORMAT_BYTES_MAX);
    if (got < 0) return (int)got;
    *ret = slice_of(to, (size_t)got);
    return 0;
}

static int find_id_in_file(StoreFolder *folder, StoreFile kind, uint32_t number)
{
    const Os *os = folder->os;
    StorePath path = store_file_path(folder, kind, number);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd == -ENOENT ? 0 : file.fd;
    FileInfo info;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    BlockWalk walk;
    BlockHead head;
    block_walk_begin(&walk, os, file.fd, file_number(kind, number), 0, info.bytes);
    r = block_walk_next(&walk, &head);
    if (r == 1) folder->store_id = head.store_id;
    return r;
}

/* Without FORMAT the id is what the first good block says. */
static int find_id(StoreFolder *folder, const StoreListing *listing)
{
    int r = 0;
    for (size_t i = 0; i < listing_count(&listing->wals) && r == 0; i++) {
        r = find_id_in_file(folder, STORE_FILE_WAL, listing_at(&listing->wals, i));
    }
    for (size_t i = 0; i < listing_count(&listing->tips) && r == 0; i++) {
        r = find_id_in_file(folder, STORE_FILE_TIP, listing_at(&listing->tips, i));
    }
    return r;
}

int store_complain(Complaint *complaint, int error, const char *path)
{
    complaint_say(complaint, "store.system", "%s: %s", "%s: %s", path, strerrordesc_np(-error));
    return error;
}

int store_complain_key(Complaint *complaint, const char *path)
{
    complaint_say(
        complaint, "store.key",
        "%s was written with another key. Give the key file (or passphrase) that it was "
        "made with: settings store.key_file and store.passphrase_file. Nothing was "
        "changed.",
        "%s は別の鍵で書かれています。作ったときの鍵ファイル(またはパスフレーズ)を設定 "
        "store.key_file か store.passphrase_file で指定してください。何も変更していません。",
        path);
    return -ENOKEY;
}

static int look_without_format(StoreFolder *folder, bool hurt, FolderState *ret,
                               Complaint *complaint)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = store_folder_list(folder, &listing);
    if (r == 0) r = find_id(folder, &listing);
    if (r < 0) return store_complain(complaint, r, folder->path);
    if (r == 1 || hurt || listing.sealed >= 2) {
        *ret = FOLDER_DAMAGED;
        return 0;
    }
    if (listing.version1) {
        *ret = FOLDER_VERSION_1;
        return 0;
    }
    if (!listing.others && !listing_count(&listing.wals) && !listing_count(&listing.tips)) {
        *ret = FOLDER_EMPTY;
        return 0;
    }
    complaint_say(
        complaint, "store.foreign",
        "%s is not a store of Akashi: it holds other files. Choose an empty folder.",
        "%s は Akashi の保存先ではありません(別のファイルがあります)。空のフォルダを指定して"
        "ください。",
        folder->path);
    return -EPROTO;
}

/* A store of this version does not become one of version 1 by an old FORMAT put there. */
static int look_at_version1(StoreFolder *folder, FolderState *ret, Complaint *complaint)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = store_folder_list(folder, &listing);
    bool newer = listing.sealed || listing_count(&listing.wals) || listing_count(&listing.tips);
    if (r == 0 && newer) r = version1_is_migrating(folder);
    if (r < 0) return store_complain(complaint, r, folder->path);
    *ret = newer && r == 0 ? FOLDER_DAMAGED : FOLDER_VERSION_1;
    return 0;
}

static int look_at_format(StoreFolder *folder, Slice text, FolderState *ret, Complaint *complaint)
{
    FormatState state = format_parse(text, folder);
    if (state == FORMAT_OTHER_KEY) return store_complain_key(complaint, folder->path);
    if (state == FORMAT_GOOD || state == FORMAT_OLDER) {
        *ret = FOLDER_STORE;
        return state == FORMAT_GOOD ? 0 : look_at_version1(folder, ret, complaint);
    }
    if (state != FORMAT_NEWER) {
        int r = look_without_format(folder, state == FORMAT_HURT, ret, complaint);
        if (r == 0 && *ret == FOLDER_EMPTY) r = -EPROTO; /* it holds a FORMAT, and not ours */
        if (r == -EPROTO) {
            complaint_say(complaint, "store.foreign",
                          "%s is not a store of Akashi. Choose an empty folder.",
                          "%s は Akashi の保存先ではありません。空のフォルダを指定してください。",
                          folder->path);
        }
        return r;
    }
    complaint_say(complaint, "store.newer",
                  "%s was written by a newer version of Akashi. Use that version or a later one.",
                  "%s は新しい版の Akashi で書かれています。その版以降を使ってください。",
                  folder->path);
    return -EPROTO;
}

/* What is not finished: a restore, a change of key. */
static int look_at_markers(const StoreFolder *folder, Complaint *complaint)
{
    StorePath marker = store_path(folder, STORE_RESTORING);
    FileInfo info;
    int r = folder->os->info(folder->os->state, marker.text, &info);
    if (r == -ENOENT) return store_rekey_look(folder, complaint);
    if (r < 0) return r;
    complaint_say(complaint, "store.restoring",
                  "a backup was being restored to %s and that was not finished. Run akashi restore "
                  "again with the same folder.",
                  "%s へのバックアップの復元が終わっていません。同じフォルダーを指定して akashi "
                  "restore をもう一度実行してください。",
                  folder->path);
    return -EPROTO;
}

int store_folder_look(StoreFolder *folder, const Os *os, const char *path, const Secret *kek,
                      FolderState *ret, Complaint *complaint)
{
    size_t len = strlen(path);
    if (len == 0 || len >= STORE_PATH_MAX) {
        return store_complain(complaint, len ? -ENAMETOOLONG : -ENOENT, path);
    }
    *folder = (StoreFolder){.os = os, .kek = kek};
    memcpy(folder->path, path, len);
    char bytes[FORMAT_BYTES_MAX];
    Slice text = {0};
    FileInfo info;
    int r = os->info(os->state, path, &info);
    if (r == -ENOENT) {
        *ret = FOLDER_EMPTY;
        return 0;
    }
    if (r == 0 && !info.is_folder) r = -ENOTDIR;
    if (r == 0) r = look_at_markers(folder, complaint);
    if (r == -EPROTO || r == -EBUSY || r == -ENOKEY) return r;
    if (r == 0) r = read_format(folder, bytes, &text);
    if (r == -ENOENT) return look_without_format(folder, false, ret, complaint);
    if (r < 0) return store_complain(complaint, r, path);
    return look_at_format(folder, text, ret, complaint);
}

int store_has_key(const Os *os, const char *path)
{
    StoreFolder folder = {.os = os};
    char bytes[FORMAT_BYTES_MAX];
    Slice text = {0};
    FileInfo info;
    if (snprintf(folder.path, sizeof folder.path, "%s", path) >= STORE_PATH_MAX) {
        return -ENAMETOOLONG;
    }
    int r = read_format(&folder, bytes, &text);
    if (r == 0) return !slice_starts(text, SLICE("akashi store 1 "));
    if (r != -ENOENT && r != -ENOTDIR) return r;
    StorePath manifest = store_path(&folder, "MANIFEST");
    return os->info(os->state, manifest.text, &info) == 0;
}
