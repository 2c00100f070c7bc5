/* See backup_list.h; the bytes are described in doc/format/backup.md. */
#include "store/ops/backup_list.h"

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEX_DIGEST = 64 };
#define FIRST_LINE SLICE("akashi backup 1")

void backup_list_init(BackupList *list)
{
    *list = (BackupList){.files = buf_make(BACKUP_FILES_MAX * sizeof(BackupFile)),
                         .parts = buf_make(0)};
}

void backup_list_done(BackupList *list)
{
    buf_done(&list->files);
    buf_done(&list->parts);
}

int backup_list_add(BackupList *list, const BackupFile *file, const BackupPart *parts,
                    size_t part_count)
{
    BackupFile added = *file;
    added.first_part = list->parts.len / sizeof(BackupPart);
    added.part_count = part_count;
    buf_add(&list->parts, parts, part_count * sizeof *parts);
    if (buf_error(&list->parts)) return -ENOMEM;
    buf_add(&list->files, &added, sizeof added);
    int r = buf_error(&list->files);
    return r == -EMSGSIZE ? -E2BIG : r;
}

const BackupFile *backup_list_find(const BackupList *list, Slice name)
{
    for (size_t i = 0; i < backup_file_count(list); i++) {
        if (slice_eq(slice_from_cstr(backup_file(list, i)->name), name)) {
            return backup_file(list, i);
        }
    }
    return NULL;
}

uint64_t backup_list_bytes(const BackupList *list)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < backup_file_count(list); i++) {
        bytes += backup_file(list, i)->bytes;
    }
    return bytes;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool backup_name_is_good(Slice name)
{
    size_t slashes = 0;
    if (name.len == 0 || name.len >= BACKUP_NAME_BYTES_MAX) return false;
    for (size_t i = 0; i < name.len; i++) {
        bool begins = i == 0 || name.ptr[i - 1] == '/';
        if (name.ptr[i] == '/') {
            if (begins || i + 1 == name.len || ++slashes > 1) return false;
        } else if (!is_name_char(name.ptr[i]) || (begins && name.ptr[i] == '.')) {
            return false;
        }
    }
    return true;
}

/* ---- as text */

static void add_digest(Buf *to, const Digest *digest)
{
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        buf_add_format(to, "%02x", digest->bytes[i]);
    }
}

static void add_number(Buf *to, const char *name, uint64_t number)
{
    buf_add_format(to, "%s %llu\n", name, (unsigned long long)number);
}

static void add_file(Buf *to, const BackupList *list, const BackupFile *file)
{
    buf_add_cstr(to, "file ");
    add_digest(to, &file->digest);
    buf_add_format(to, " %llu %lld %s\n", (unsigned long long)file->bytes,
                   (long long)file->modified_ns, file->name);
    for (size_t i = 0; i < file->part_count; i++) {
        const BackupPart *part = backup_part(list, file->first_part + i);
        buf_add_cstr(to, "part ");
        add_digest(to, &part->digest);
        buf_add_format(to, " %llu\n", (unsigned long long)part->bytes);
    }
}

void backup_list_print(const BackupList *list, Buf *to)
{
    buf_add_slice(to, FIRST_LINE);
    buf_add_format(to, "\nstore %016llx\n", (unsigned long long)list->store_id);
    add_number(to, "generation", list->generation);
    buf_add_format(to, "time %lld\n", (long long)list->time_ns);
    add_number(to, "rows", list->rows);
    add_number(to, "checkpoint", list->checkpoint);
    add_number(to, "size", list->size);
    buf_add_cstr(to, "root ");
    add_digest(to, &list->root);
    buf_add_char(to, '\n');
    for (size_t i = 0; i < backup_file_count(list); i++) {
        add_file(to, list, backup_file(list, i));
    }
    if (buf_error(to)) return;
    Slice text = buf_slice(to);
    Digest sum = digest_sha256(&text, 1);
    buf_add_cstr(to, "sum ");
    add_digest(to, &sum);
    buf_add_char(to, '\n');
}

static bool take_digest(Slice text, Digest *ret)
{
    if (text.len != HEX_DIGEST) return false;
    for (size_t i = 0; i < sizeof ret->bytes; i++) {
        uint64_t byte;
        if (number_parse_hex(slice_first(slice_skip(text, 2 * i), 2), &byte) < 0) return false;
        ret->bytes[i] = (uint8_t)byte;
    }
    return true;
}

/* A line `NAME VALUE`. */
static bool take_line(Slice *text, Slice name, Slice *ret_value)
{
    Slice line;
    if (!slice_cut(text, '\n', &line) || !slice_starts(line, name)) return false;
    if (line.len <= name.len || line.ptr[name.len] != ' ') return false;
    *ret_value = slice_skip(line, name.len + 1);
    return true;
}

static bool take_u64(Slice *text, Slice name, uint64_t *ret)
{
    Slice value;
    return take_line(text, name, &value) && number_parse_u64(value, ret) == 0;
}

static bool parse_head(Slice *text, BackupList *list)
{
    Slice value;
    uint64_t generation;
    if (!take_line(text, SLICE("store"), &value) || number_parse_hex(value, &list->store_id) < 0) {
        return false;
    }
    if (!take_u64(text, SLICE("generation"), &generation) || generation > BACKUP_GENERATIONS_MAX) {
        return false;
    }
    list->generation = (uint32_t)generation;
    if (!take_line(text, SLICE("time"), &value) || number_parse_i64(value, &list->time_ns) < 0) {
        return false;
    }
    return take_u64(text, SLICE("rows"), &list->rows) &&
           take_u64(text, SLICE("checkpoint"), &list->checkpoint) &&
           take_u64(text, SLICE("size"), &list->size) && take_line(text, SLICE("root"), &value) &&
           take_digest(value, &list->root);
}

static bool parse_file(Slice line, BackupFile *ret)
{
    Slice digest, bytes, modified;
    if (!slice_cut(&line, ' ', &digest) || !slice_cut(&line, ' ', &bytes) ||
        !slice_cut(&line, ' ', &modified) || !backup_name_is_good(line)) {
        return false;
    }
    if (!take_digest(digest, &ret->digest) || number_parse_u64(bytes, &ret->bytes) < 0 ||
        number_parse_i64(modified, &ret->modified_ns) < 0) {
        return false;
    }
    memcpy(ret->name, line.ptr, line.len);
    return true;
}

static int parse_parts(Slice *text, BackupFile *file, Buf *parts)
{
    uint64_t bytes = 0;
    buf_clear(parts);
    while (bytes < file->bytes) {
        Slice value, digest;
        BackupPart part;
        if (!take_line(text, SLICE("part"), &value) || !slice_cut(&value, ' ', &digest) ||
            !take_digest(digest, &part.digest) || number_parse_u64(value, &part.bytes) < 0 ||
            part.bytes == 0 || part.bytes > BACKUP_PART_BYTES) {
            return -EBADMSG;
        }
        bytes += part.bytes;
        buf_add(parts, &part, sizeof part);
    }
    return bytes == file->bytes ? buf_error(parts) : -EBADMSG;
}

static int parse_files(Slice text, BackupList *list)
{
    CLEANUP(buf_done) Buf parts = buf_make(0);
    Slice value;
    int r = 0;
    while (text.len > 0 && r == 0) {
        BackupFile file = {0};
        if (!take_line(&text, SLICE("file"), &value) || !parse_file(value, &file)) return -EBADMSG;
        r = parse_parts(&text, &file, &parts);
        if (r == 0) {
            r = backup_list_add(list, &file, (const BackupPart *)parts.ptr,
                                parts.len / sizeof(BackupPart));
        }
    }
    return r;
}

int backup_list_parse(Slice text, BackupList *ret)
{
    Digest want, sum;
    Slice line;
    size_t tail = sizeof "sum \n" - 1 + HEX_DIGEST;
    if (text.len < tail || text.ptr[text.len - 1] != '\n') return -EBADMSG;
    Slice body = slice_first(text, text.len - tail), last = slice_skip(text, body.len);
    if (!slice_starts(last, SLICE("sum ")) ||
        !take_digest(slice_first(slice_skip(last, 4), HEX_DIGEST), &want)) {
        return -EBADMSG;
    }
    sum = digest_sha256(&body, 1);
    if (memcmp(&sum, &want, sizeof sum) != 0) return -EBADMSG;
    if (!slice_cut(&body, '\n', &line) || !slice_eq(line, FIRST_LINE)) return -EPROTO;
    backup_list_init(ret);
    int r = parse_head(&body, ret) ? parse_files(body, ret) : -EBADMSG;
    if (r < 0) backup_list_done(ret);
    return r;
}

/* ---- in the folder */

BackupPath backup_object_path(const char *to, const Digest *digest)
{
    BackupPath path;
    char hex[HEX_DIGEST + 1];
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest->bytes[i]);
    }
    snprintf(path.text, sizeof path.text, "%s/objects/%.2s/%s", to, hex, hex);
    return path;
}

BackupPath backup_list_path(const char *to, uint32_t generation)
{
    BackupPath path;
    snprintf(path.text, sizeof path.text, "%s/generations/%06u.list", to, generation);
    return path;
}

static int note_generation(void *context, Slice name)
{
    Buf *numbers = context;
    uint64_t number;
    if (!slice_ends(name, SLICE(".list")) ||
        number_parse_u64(slice_first(name, name.len - 5), &number) < 0 || number == 0 ||
        number > BACKUP_GENERATIONS_MAX) {
        return 0;
    }
    uint32_t generation = (uint32_t)number;
    buf_add(numbers, &generation, sizeof generation);
    return buf_error(numbers);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int backup_generations(const Os *os, const char *to, Buf *ret)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/generations", to);
    int r = os->list(os->state, path, note_generation, ret);
    if (r == -ENOENT) return 0;
    if (r < 0) return r;
    if (ret->len) {
        qsort(ret->ptr, ret->len / sizeof(uint32_t), sizeof(uint32_t), compare_numbers);
    }
    return 0;
}

int backup_list_read(const Os *os, const char *to, uint32_t generation, BackupList *ret)
{
    CLEANUP(arena_done) Arena arena = arena_make(2 * BACKUP_LIST_BYTES_MAX);
    BackupPath path = backup_list_path(to, generation);
    Slice text;
    int r = os_read_file(os, path.text, BACKUP_LIST_BYTES_MAX, &arena, &text);
    if (r == -EFBIG) r = -EBADMSG;
    return r < 0 ? r : backup_list_parse(text, ret);
}

int backup_sync_folder(const Os *os, const char *path)
{
    int r = os->sync_folder(os->state, path);
    return r == -EINVAL ? 0 : r;
}

int backup_list_write(const Os *os, const char *to, const BackupList *list)
{
    CLEANUP(buf_done) Buf text = buf_make(BACKUP_LIST_BYTES_MAX);
    BackupPath path = backup_list_path(to, list->generation), passing = path;
    char folder[4352];
    backup_list_print(list, &text);
    if (buf_error(&text)) return buf_error(&text);
    snprintf(folder, sizeof folder, "%s/generations", to);
    size_t len = strlen(passing.text);
    snprintf(passing.text + len, sizeof passing.text - len, ".tmp");
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, passing.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, passing.text, path.text);
    if (r < 0) {
        os->unlink(os->state, passing.text);
        return r;
    }
    return backup_sync_folder(os, folder);
}
