/* See version1.h. The bytes: doc/format/store.md, Version 1. */
#include "store/wal/version1.h"

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

enum {
    HEAD_BYTES = 136,
    SUMMED_BYTES = 120,
    SUM_BYTES = 16,
    TIP_BIT_SHIFT = 31,
    SEARCH_BYTES = 65536,
};

typedef struct Head {
    uint8_t kind;
    bool has_keys;
    uint64_t store_id, offset, first_row;
    uint32_t file_number, row_count, row_bytes, packed_bytes;
    char keys_sum[SUM_BYTES], rows_sum[SUM_BYTES];
} Head;

typedef struct Reading {
    const StoreFolder *folder;
    Version1Sink sink;
    void *context;
    Version1Tally *tally;
    int fd;
    uint32_t file_number;
    uint64_t end;
    Buf stored, rows;
    char search[SEARCH_BYTES];
} Reading;

static bool sum_holds(const char *bytes, size_t len, const char *want)
{
    Slice piece = slice_of(bytes, len);
    Digest digest = digest_sha256(&piece, 1);
    return memcmp(digest.bytes, want, SUM_BYTES) == 0;
}

static bool parse_head(const Reading *reading, const char *bytes, uint64_t offset, Head *ret)
{
    if (memcmp(bytes, "AKBLOCK\n", 8) != 0 || read_le16(bytes + 8) != 1) return false;
    if (!sum_holds(bytes, SUMMED_BYTES, bytes + SUMMED_BYTES)) return false;
    Head head = {.kind = (uint8_t)bytes[10],
                 .has_keys = bytes[11] & 1,
                 .file_number = read_le32(bytes + 12),
                 .store_id = read_le64(bytes + 16),
                 .offset = read_le64(bytes + 24),
                 .first_row = read_le64(bytes + 40),
                 .row_count = read_le32(bytes + 48),
                 .row_bytes = read_le32(bytes + 52),
                 .packed_bytes = read_le32(bytes + 56)};
    memcpy(head.keys_sum, bytes + 88, SUM_BYTES);
    memcpy(head.rows_sum, bytes + 104, SUM_BYTES);
    if (head.offset != offset || head.file_number != reading->file_number) return false;
    if (reading->folder->store_id && head.store_id != reading->folder->store_id) return false;
    *ret = head;
    if (head.kind == BLOCK_MARK) return head.packed_bytes == 0 && head.row_count == 0;
    return head.kind == BLOCK_ROWS && head.row_count <= BLOCK_ROWS_MAX && head.first_row > 0 &&
           head.row_bytes <= BLOCK_ROW_BYTES_MAX;
}

static uint64_t keys_bytes(const Head *head)
{
    return head->has_keys ? (uint64_t)head->row_count * ROW_KEY_BYTES : 0;
}

/* 1: a head stands at the offset; 0: none. */
static int head_at(const Reading *reading, uint64_t offset, Head *ret)
{
    const Os *os = reading->folder->os;
    char bytes[HEAD_BYTES];
    ssize_t got = os_pread_full(os, reading->fd, bytes, sizeof bytes, offset);
    if (got < 0) return (int)got;
    if (got != HEAD_BYTES || !parse_head(reading, bytes, offset, ret)) return 0;
    return HEAD_BYTES + keys_bytes(ret) + ret->packed_bytes <= reading->end - offset;
}

/* Looks for the next head from *offset on. 1: found there; 0: none. */
static int find_head(Reading *reading, uint64_t *offset, Head *ret)
{
    const Os *os = reading->folder->os;
    while (*offset + HEAD_BYTES <= reading->end) {
        ssize_t got = os_pread_full(os, reading->fd, reading->search, SEARCH_BYTES, *offset);
        if (got < HEAD_BYTES) return got < 0 ? (int)got : 0;
        const char *magic = memmem(reading->search, (size_t)got, "AKBLOCK\n", 8);
        if (!magic) {
            *offset += (uint64_t)got - 7;
            continue;
        }
        *offset += (uint64_t)(magic - reading->search);
        int r = head_at(reading, *offset, ret);
        if (r != 0) return r;
        ++*offset;
    }
    return 0;
}

static int give_block(Reading *reading, const Head *head)
{
    const Os *os = reading->folder->os;
    size_t keys = (size_t)keys_bytes(head), bytes = keys + head->packed_bytes;
    buf_clear(&reading->stored);
    buf_clear(&reading->rows);
    char *stored = buf_reserve(&reading->stored, bytes + 1);
    char *rows = buf_reserve(&reading->rows, (size_t)head->row_bytes + 1);
    if (!stored || !rows) return -ENOMEM;
    ssize_t got = os_pread_full(os, reading->fd, stored, bytes, head->offset + HEAD_BYTES);
    if (got < 0 && got != -EIO) return (int)got;
    bool good = got == (ssize_t)bytes && sum_holds(stored, keys, head->keys_sum) &&
                sum_holds(stored + keys, head->packed_bytes, head->rows_sum);
    size_t unpacked =
        good ? ZSTD_decompress(rows, head->row_bytes, stored + keys, head->packed_bytes) : 0;
    if (!good || ZSTD_isError(unpacked) || unpacked != head->row_bytes) {
        reading->tally->damaged_blocks++;
        return 0;
    }
    return reading->sink(reading->context, head->first_row, head->row_count,
                         slice_of(rows, unpacked), slice_of(stored, keys));
}

static int read_blocks(Reading *reading)
{
    uint64_t offset = 0;
    Head head;
    for (;;) {
        int r = head_at(reading, offset, &head);
        if (r == 0 && offset < reading->end) {
            r = find_head(reading, &offset, &head);
            reading->tally->damaged_blocks++;
        }
        if (r <= 0) return r;
        if (head.kind == BLOCK_ROWS) r = give_block(reading, &head);
        if (r < 0) return r;
        offset = head.offset + HEAD_BYTES + keys_bytes(&head) + head.packed_bytes;
    }
}

static int read_file(Reading *reading, const char *name)
{
    const Os *os = reading->folder->os;
    StorePath path = store_path(reading->folder, name);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    FileInfo info;
    if (file.fd < 0) return file.fd == -ENOENT ? 0 : file.fd;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    reading->fd = file.fd;
    reading->end = info.bytes;
    return read_blocks(reading);
}

/* ---- the files: seg-N.log, seg-N.idx, new-N.log */

typedef struct Names {
    Buf segs, news; /* uint32_t each */
    Buf all;        /* names, NUL-terminated */
} Names;

static void names_done(Names *names)
{
    buf_done(&names->segs);
    buf_done(&names->news);
    buf_done(&names->all);
}

static int note_name(void *context, Slice name)
{
    Names *names = context;
    uint64_t number;
    bool seg = slice_starts(name, SLICE("seg-")), new = slice_starts(name, SLICE("new-"));
    if ((!seg && !new) || name.len != 16) return 0;
    if (number_parse_u64(slice_first(slice_skip(name, 4), 8), &number) < 0) return 0;
    uint32_t file = (uint32_t)number;
    Slice end = slice_skip(name, 12);
    bool log = slice_eq(end, SLICE(".log"));
    if (!log && !slice_eq(end, SLICE(".idx"))) return 0;
    buf_add_slice(&names->all, name);
    buf_add_char(&names->all, '\0');
    if (log) buf_add(seg ? &names->segs : &names->news, &file, sizeof file);
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int list_names(const StoreFolder *folder, Names *names)
{
    int r = folder->os->list(folder->os->state, folder->path, note_name, names);
    if (r < 0) return r;
    if (buf_error(&names->segs) || buf_error(&names->news) || buf_error(&names->all)) {
        return -ENOMEM;
    }
    Buf *const both[] = {&names->segs, &names->news};
    for (size_t i = 0; i < ARRAY_COUNT(both); i++) {
        if (both[i]->len) {
            qsort(both[i]->ptr, listing_count(both[i]), sizeof(uint32_t), compare_numbers);
        }
    }
    return 0;
}

static int read_kind(Reading *reading, const Buf *numbers, const char *shape, uint32_t bit)
{
    int r = 0;
    for (size_t i = 0; i < listing_count(numbers) && r == 0; i++) {
        char name[FILE_NAME_MAX];
        uint32_t number = listing_at(numbers, i);
        snprintf(name, sizeof name, "%s-%08u.log", shape, number);
        reading->file_number = number | bit;
        r = read_file(reading, name);
    }
    return r;
}

int version1_read(const StoreFolder *folder, Version1Sink sink, void *context, Version1Tally *ret)
{
    CLEANUP(names_done) Names names = {0};
    *ret = (Version1Tally){0};
    int r = list_names(folder, &names);
    if (r < 0) return r;
    Reading *reading = calloc(1, sizeof *reading);
    if (!reading) return -ENOMEM;
    reading->folder = folder;
    reading->sink = sink;
    reading->context = context;
    reading->tally = ret;
    r = read_kind(reading, &names.segs, "seg", 0);
    if (r == 0) r = read_kind(reading, &names.news, "new", (uint32_t)1 << TIP_BIT_SHIFT);
    buf_done(&reading->stored);
    buf_done(&reading->rows);
    free(reading);
    return r;
}

void version1_remove(const StoreFolder *folder, bool keep)
{
    CLEANUP(names_done) Names names = {0};
    if (list_names(folder, &names) < 0) return;
    for (const char *at = names.all.ptr; at && at < names.all.ptr + names.all.len;
         at += strlen(at) + 1) {
        StorePath path = store_path(folder, at), bad = path;
        size_t len = strlen(bad.text);
        snprintf(bad.text + len, sizeof bad.text - len, ".bad");
        if (keep)
            folder->os->rename(folder->os->state, path.text, bad.text);
        else
            folder->os->unlink(folder->os->state, path.text);
    }
}

/* ---- MIGRATING */

static Digest mark_of(const StoreFolder *folder)
{
    char text[64];
    int len = snprintf(text, sizeof text, "akashi migrating %016llx",
                       (unsigned long long)folder->store_id);
    Slice kek = slice_of(secret_read(folder->kek), secret_len(folder->kek));
    return crypt_hmac(kek, slice_of(text, (size_t)len));
}

int version1_is_migrating(const StoreFolder *folder)
{
    const Os *os = folder->os;
    Digest want = mark_of(folder), got;
    StorePath path = store_path(folder, "MIGRATING");
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd == -ENOENT ? 0 : file.fd;
    ssize_t bytes = os_read_full(os, file.fd, &got, sizeof got);
    if (bytes < 0) return (int)bytes;
    return bytes == sizeof got && memcmp(&got, &want, sizeof got) == 0;
}

int version1_begin(const StoreFolder *folder)
{
    const Os *os = folder->os;
    Digest mark = mark_of(folder);
    StorePath path = store_path(folder, "MIGRATING");
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, &mark, sizeof mark);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : os->sync_folder(os->state, folder->path);
}

int version1_end(const StoreFolder *folder, bool keep)
{
    StorePath path = store_path(folder, "MIGRATING");
    version1_remove(folder, keep);
    int r = folder->os->unlink(folder->os->state, path.text);
    return r == -ENOENT ? 0 : r;
}
