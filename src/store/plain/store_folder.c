/* See store_folder.h. */
#include "store/plain/store_folder.h"

#include "base/digest.h"
#include "base/number.h"
#include "store/plain/block_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { STORE_VERSION = 1, FORMAT_BYTES_MAX = 512, FORMAT_SUM_DIGITS = 32 };
#define FORMAT_MAGIC SLICE("akashi store ")

/* ---- names */

void store_file_name(StoreFile kind, uint32_t number, char *to)
{
    static const char *const shapes[][2] = {
        [STORE_FILE_SEGMENT] = {"seg-", ".log"},
        [STORE_FILE_INDEX] = {"seg-", ".idx"},
        [STORE_FILE_LOG] = {"new-", ".log"},
    };
    snprintf(to, FILE_NAME_MAX, "%s%08u%s", shapes[kind][0], number, shapes[kind][1]);
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
    if (number >= LOG_NUMBER_BIT) return 0;
    store_file_name(kind, (uint32_t)number, same);
    return slice_eq(name, slice_from_cstr(same)) ? (uint32_t)number : 0;
}

static int note_name(void *context, Slice name)
{
    StoreListing *listing = context;
    uint32_t segment = number_in_name(STORE_FILE_SEGMENT, name);
    uint32_t log = number_in_name(STORE_FILE_LOG, name);
    if (segment) buf_add(&listing->segments, &segment, sizeof segment);
    if (log) buf_add(&listing->logs, &log, sizeof log);
    bool ours = segment || log || number_in_name(STORE_FILE_INDEX, name) ||
                slice_eq(name, SLICE("LOCK")) || slice_eq(name, SLICE("FORMAT")) ||
                slice_eq(name, SLICE("FORMAT.tmp"));
    listing->others |= !ours;
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
    buf_done(&listing->segments);
    buf_done(&listing->logs);
}

int store_folder_list(const StoreFolder *folder, StoreListing *listing)
{
    buf_clear(&listing->segments);
    buf_clear(&listing->logs);
    listing->others = false;
    int r = folder->os->list(folder->os->state, folder->path, note_name, listing);
    if (r < 0) return r;
    if (buf_error(&listing->segments) || buf_error(&listing->logs)) return -ENOMEM;
    sort_numbers(&listing->segments);
    sort_numbers(&listing->logs);
    return 0;
}

/* ---- FORMAT: one line, `akashi store VERSION ID SUM`. The sum is over all before the blank that
 * it follows, in every version, so that a newer version is told from a damaged one. */

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

typedef enum FormatState { FORMAT_GOOD, FORMAT_NEWER, FORMAT_HURT, FORMAT_FOREIGN } FormatState;

static FormatState format_parse(Slice text, uint64_t *ret_id)
{
    Slice line, rest = text, version_text, id_text;
    uint64_t version;
    if (!slice_starts(text, FORMAT_MAGIC)) {
        return looks_like_format(text) ? FORMAT_HURT : FORMAT_FOREIGN;
    }
    if (!slice_cut(&rest, '\n', &line) || !sum_is_right(line)) return FORMAT_HURT;
    line = slice_skip(line, FORMAT_MAGIC.len);
    if (!slice_cut(&line, ' ', &version_text) || number_parse_u64(version_text, &version) < 0) {
        return FORMAT_HURT;
    }
    if (version != STORE_VERSION) return FORMAT_NEWER;
    if (!slice_cut(&line, ' ', &id_text) || number_parse_hex(id_text, ret_id) < 0)
        return FORMAT_HURT;
    return FORMAT_GOOD;
}

int store_folder_write_format(StoreFolder *folder)
{
    const Os *os = folder->os;
    while (folder->store_id == 0) {
        int r = os->random(os->state, &folder->store_id, sizeof folder->store_id);
        if (r < 0) return r;
    }
    char text[FORMAT_BYTES_MAX];
    int len = snprintf(text, sizeof text, "%s%d %016llx", FORMAT_MAGIC.ptr, STORE_VERSION,
                       (unsigned long long)folder->store_id);
    char sum[FORMAT_SUM_DIGITS + 1];
    format_sum(slice_of(text, (size_t)len), sum);
    len += snprintf(text + len, sizeof text - (size_t)len, " %s\n", sum);
    StorePath temporary = store_path(folder, "FORMAT.tmp"), final = store_path(folder, "FORMAT");
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text, (size_t)len);
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
    for (size_t i = 0; i < listing_count(&listing->segments) && r == 0; i++) {
        r = find_id_in_file(folder, STORE_FILE_SEGMENT, listing_at(&listing->segments, i));
    }
    for (size_t i = 0; i < listing_count(&listing->logs) && r == 0; i++) {
        r = find_id_in_file(folder, STORE_FILE_LOG, listing_at(&listing->logs, i));
    }
    return r;
}

int store_complain(Complaint *complaint, int error, const char *path)
{
    complaint_say(complaint, "store.system", "%s: %s", "%s: %s", path, strerrordesc_np(-error));
    return error;
}

static int look_without_format(StoreFolder *folder, bool hurt, FolderState *ret,
                               Complaint *complaint)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = store_folder_list(folder, &listing);
    if (r == 0) r = find_id(folder, &listing);
    if (r < 0) return store_complain(complaint, r, folder->path);
    if (r == 1 || hurt) {
        *ret = FOLDER_DAMAGED;
        return 0;
    }
    if (!listing.others && !listing_count(&listing.segments) && !listing_count(&listing.logs)) {
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

static int look_at_format(StoreFolder *folder, Slice text, FolderState *ret, Complaint *complaint)
{
    FormatState state = format_parse(text, &folder->store_id);
    if (state == FORMAT_GOOD) {
        *ret = FOLDER_STORE;
        return 0;
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

int store_folder_look(StoreFolder *folder, const Os *os, const char *path, FolderState *ret,
                      Complaint *complaint)
{
    size_t len = strlen(path);
    if (len == 0 || len >= STORE_PATH_MAX) {
        return store_complain(complaint, len ? -ENAMETOOLONG : -ENOENT, path);
    }
    *folder = (StoreFolder){.os = os};
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
    if (r == 0) r = read_format(folder, bytes, &text);
    if (r == -ENOENT) return look_without_format(folder, false, ret, complaint);
    if (r < 0) return store_complain(complaint, r, path);
    return look_at_format(folder, text, ret, complaint);
}
