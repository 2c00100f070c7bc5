/* See key_index.h; the bytes are described in doc/format/store.md. */
#include "store/plain/key_index.h"

#include "base/digest.h"
#include "base/number.h"
#include "store/plain/key_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum {
    INDEX_VERSION = 1,
    SUM_BYTES = 16,
    HEAD_BYTES = 152, /* with its sum */
    PAGE_BYTES = 1024,
    PAGE_KEYS = 63, /* and the page's sum */
    FILTER_BLOCK_BYTES = 64,
    FILTER_BITS = 6,          /* set for each key, all in one block: one cache line a lookup */
    FILTER_KEYS_A_BLOCK = 51, /* ten bits a key */
};
static const char index_magic[8] = "AKINDEX\n";
_Static_assert(PAGE_KEYS *ROW_KEY_BYTES + SUM_BYTES == PAGE_BYTES, "a page is full");

static void add_sum(Buf *to, Slice bytes)
{
    Digest digest = digest_sha256(&bytes, 1);
    buf_add(to, digest.bytes, SUM_BYTES);
}

static bool ends_with_sum(const char *bytes, size_t len)
{
    Slice summed = slice_of(bytes, len - SUM_BYTES);
    Digest digest = digest_sha256(&summed, 1);
    return memcmp(digest.bytes, bytes + len - SUM_BYTES, SUM_BYTES) == 0;
}

/* ---- the filter: a Bloom filter whose bits for one key lie in one block */

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

static uint8_t *filter_block(const KeyIndex *index, const uint8_t *key)
{
    uint64_t at = (mixed(read_le64(key)) >> 32) * index->filter_blocks >> 32;
    return index->filter + at * FILTER_BLOCK_BYTES;
}

static void filter_add(const KeyIndex *index, const uint8_t *key)
{
    uint8_t *block = filter_block(index, key);
    uint64_t bits = mixed(read_le64(key + 8) + 1);
    for (int i = 0; i < FILTER_BITS; i++, bits >>= 9) {
        block[bits >> 3 & 63] |= (uint8_t)(1u << (bits & 7));
    }
}

static bool filter_may_have(const KeyIndex *index, const uint8_t *key)
{
    const uint8_t *block = filter_block(index, key);
    uint64_t bits = mixed(read_le64(key + 8) + 1);
    for (int i = 0; i < FILTER_BITS; i++, bits >>= 9) {
        if (!(block[bits >> 3 & 63] & 1u << (bits & 7))) return false;
    }
    return true;
}

/* ---- making */

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, ROW_KEY_BYTES);
}

/* Sorts, and removes what is twice (a segment of a crashed writer never has that; a made-up one
 * may). */
static size_t sort_keys(uint8_t (*keys)[ROW_KEY_BYTES], size_t count)
{
    size_t kept = 0;
    if (count) qsort(keys, count, ROW_KEY_BYTES, compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (kept && memcmp(keys[kept - 1], keys[i], ROW_KEY_BYTES) == 0) continue;
        memmove(keys[kept++], keys[i], ROW_KEY_BYTES);
    }
    return kept;
}

static int gather_keys(const SurveyedFile *file, const FileSurvey *survey, BlockCodec *codec,
                       Buf *keys)
{
    BlockWalk walk;
    BlockHead head;
    block_walk_begin(&walk, file->os, file->fd, file->file_number, file->store_id, survey->end);
    int r;
    while ((r = block_walk_next(&walk, &head)) == 1) {
        Slice found;
        const char *reason;
        if (!head.has_keys) continue;
        r = block_load_keys(codec, file->os, file->fd, &head, &found, &reason);
        if (r == -EBADMSG) continue;
        if (r < 0) return r;
        for (size_t at = 0; at < found.len; at += ROW_KEY_BYTES) {
            const uint8_t *key = (const uint8_t *)found.ptr + at;
            if (!key_is_none(key)) buf_add(keys, key, ROW_KEY_BYTES);
        }
    }
    return r < 0 ? r : buf_error(keys);
}

static void add_head(Buf *to, const StoreFolder *folder, const KeyIndex *index)
{
    const FileSurvey *survey = &index->survey;
    size_t start = to->len;
    buf_add(to, index_magic, sizeof index_magic);
    buf_add_le32(to, INDEX_VERSION);
    buf_add_le32(to, index->segment);
    buf_add_le64(to, folder->store_id);
    buf_add_le64(to, survey->end);
    buf_add_le64(to, survey->first_row);
    buf_add_le64(to, survey->next_row);
    buf_add_le64(to, survey->rows);
    buf_add_le64(to, survey->keyed_rows);
    buf_add_le64(to, survey->row_bytes);
    buf_add_le64(to, survey->raw_bytes);
    buf_add_le64(to, survey->damaged_blocks);
    buf_add_le64(to, (uint64_t)survey->time_min_ns);
    buf_add_le64(to, (uint64_t)survey->time_max_ns);
    buf_add_le64(to, index->key_count);
    buf_add_le32(to, index->page_count);
    buf_add_le32(to, index->filter_blocks);
    buf_add_le64(to, 0);
    buf_add_le64(to, 0);
    if (!buf_error(to)) add_sum(to, slice_of(to->ptr + start, to->len - start));
}

static void add_page(Buf *to, const uint8_t *keys, size_t count)
{
    char page[PAGE_BYTES] = {0};
    memcpy(page, keys, count * ROW_KEY_BYTES); /* the rest stays zero, which is no key */
    Slice summed = slice_of(page, PAGE_BYTES - SUM_BYTES);
    buf_add_slice(to, summed);
    add_sum(to, summed);
}

/* The whole file: head, filter, fences, their sum, pages. */
static int build(const StoreFolder *folder, KeyIndex *index, const uint8_t (*keys)[ROW_KEY_BYTES],
                 Buf *to)
{
    index->page_count = (uint32_t)((index->key_count + PAGE_KEYS - 1) / PAGE_KEYS);
    index->filter_blocks = (uint32_t)(index->key_count / FILTER_KEYS_A_BLOCK + 1);
    size_t filter_bytes = (size_t)index->filter_blocks * FILTER_BLOCK_BYTES;
    index->filter = calloc(1, filter_bytes);
    if (!index->filter) return -ENOMEM;
    for (size_t i = 0; i < index->key_count; i++) {
        filter_add(index, keys[i]);
    }
    add_head(to, folder, index);
    size_t start = to->len;
    buf_add(to, index->filter, filter_bytes);
    for (size_t i = 0; i < index->key_count; i += PAGE_KEYS) {
        buf_add(to, keys[i], ROW_KEY_BYTES);
    }
    if (buf_error(to)) return buf_error(to);
    add_sum(to, slice_of(to->ptr + start, to->len - start));
    for (size_t i = 0; i < index->key_count; i += PAGE_KEYS) {
        size_t left = (size_t)index->key_count - i;
        add_page(to, keys[i], left < PAGE_KEYS ? left : PAGE_KEYS);
    }
    return buf_error(to);
}

static int write_file(const StoreFolder *folder, uint32_t segment, Slice bytes)
{
    const Os *os = folder->os;
    StorePath final = store_file_path(folder, STORE_FILE_INDEX, segment), temporary = final;
    size_t len = strlen(temporary.text);
    memcpy(temporary.text + len - 3, "tmp", 3);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, bytes.ptr, bytes.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, temporary.text, final.text);
    return r < 0 ? r : os->sync_folder(os->state, folder->path);
}

int key_index_make(const StoreFolder *folder, uint32_t segment, BlockCodec *codec)
{
    const Os *os = folder->os;
    StorePath path = store_file_path(folder, STORE_FILE_SEGMENT, segment);
    CLEANUP(os_fd_done) OsFd held = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (held.fd < 0) return held.fd;
    SurveyedFile file = {os, held.fd, segment, folder->store_id, .closed = true};
    CLEANUP(key_index_done) KeyIndex index = {.segment = segment};
    CLEANUP(buf_done) Buf keys = buf_make(0), bytes = buf_make(0);
    int r = file_survey(&file, codec, &index.survey);
    if (r == 0) r = gather_keys(&file, &index.survey, codec, &keys);
    if (r < 0) return r;
    uint8_t(*sorted)[ROW_KEY_BYTES] = (uint8_t(*)[ROW_KEY_BYTES])keys.ptr;
    index.key_count = sort_keys(sorted, keys.len / ROW_KEY_BYTES);
    r = build(folder, &index, (const uint8_t(*)[ROW_KEY_BYTES])sorted, &bytes);
    return r < 0 ? r : write_file(folder, segment, buf_slice(&bytes));
}

/* ---- opening */

void key_index_done(KeyIndex *index)
{
    free(index->filter);
    free(index->fences);
    index->filter = NULL;
    index->fences = NULL;
}

size_t key_index_bytes(const KeyIndex *index)
{
    return (size_t)index->filter_blocks * FILTER_BLOCK_BYTES +
           (size_t)index->page_count * ROW_KEY_BYTES;
}

uint64_t key_index_file_bytes(const KeyIndex *index)
{
    return index->pages_offset + (uint64_t)index->page_count * PAGE_BYTES;
}

static int parse_head(const char *bytes, const StoreFolder *folder, uint32_t segment, KeyIndex *ret)
{
    if (memcmp(bytes, index_magic, sizeof index_magic) != 0 ||
        read_le32(bytes + 8) != INDEX_VERSION || read_le32(bytes + 12) != segment ||
        read_le64(bytes + 16) != folder->store_id || !ends_with_sum(bytes, HEAD_BYTES)) {
        return -EBADMSG;
    }
    *ret = (KeyIndex){
        .segment = segment,
        .survey = {.end = read_le64(bytes + 24),
                   .durable_end = read_le64(bytes + 24),
                   .marked = true,
                   .first_row = read_le64(bytes + 32),
                   .next_row = read_le64(bytes + 40),
                   .rows = read_le64(bytes + 48),
                   .keyed_rows = read_le64(bytes + 56),
                   .row_bytes = read_le64(bytes + 64),
                   .raw_bytes = read_le64(bytes + 72),
                   .damaged_blocks = read_le64(bytes + 80),
                   .time_min_ns = (int64_t)read_le64(bytes + 88),
                   .time_max_ns = (int64_t)read_le64(bytes + 96)},
        .key_count = read_le64(bytes + 104),
        .page_count = read_le32(bytes + 112),
        .filter_blocks = read_le32(bytes + 116),
    };
    ret->pages_offset = HEAD_BYTES + key_index_bytes(ret) + SUM_BYTES;
    bool sound =
        ret->filter_blocks > 0 && ret->page_count == (ret->key_count + PAGE_KEYS - 1) / PAGE_KEYS;
    return sound ? 0 : -EBADMSG;
}

/* The filter and the fences, which one sum covers. */
static int load_tables(const Os *os, int fd, KeyIndex *index)
{
    size_t bytes = key_index_bytes(index) + SUM_BYTES;
    size_t filter_bytes = (size_t)index->filter_blocks * FILTER_BLOCK_BYTES;
    CLEANUP(buf_done) Buf tables = buf_make(0);
    char *room = buf_reserve(&tables, bytes);
    if (!room) return -ENOMEM;
    ssize_t got = os_pread_full(os, fd, room, bytes, HEAD_BYTES);
    if (got < 0) return (int)got;
    if ((size_t)got != bytes || !ends_with_sum(room, bytes)) return -EBADMSG;
    index->filter = malloc(filter_bytes);
    index->fences = malloc((size_t)index->page_count * ROW_KEY_BYTES + 1);
    if (!index->filter || !index->fences) return -ENOMEM;
    memcpy(index->filter, room, filter_bytes);
    memcpy(index->fences, room + filter_bytes, (size_t)index->page_count * ROW_KEY_BYTES);
    return 0;
}

int key_index_open(const StoreFolder *folder, uint32_t segment, bool with_keys, KeyIndex *ret)
{
    const Os *os = folder->os;
    StorePath path = store_file_path(folder, STORE_FILE_INDEX, segment);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    char head[HEAD_BYTES];
    ssize_t got = os_pread_full(os, file.fd, head, sizeof head, 0);
    if (got < 0) return (int)got;
    if (got != HEAD_BYTES) return -EBADMSG;
    KeyIndex index;
    int r = parse_head(head, folder, segment, &index);
    if (r < 0) return r;
    if (with_keys) r = load_tables(os, file.fd, &index);
    if (r < 0) {
        key_index_done(&index);
        return r;
    }
    *ret = index;
    return 0;
}

/* ---- looking up */

void key_index_file_done(KeyIndexFile *file)
{
    if (file->fd >= 0) file->os->close(file->os->state, file->fd);
    file->fd = -1;
}

static int open_file(const KeyIndex *index, const StoreFolder *folder, KeyIndexFile *file)
{
    if (file->fd >= 0 && file->segment == index->segment) return 0;
    key_index_file_done(file);
    StorePath path = store_file_path(folder, STORE_FILE_INDEX, index->segment);
    int fd = folder->os->open(folder->os->state, path.text, O_RDONLY, 0);
    if (fd < 0) return fd == -ENOENT ? -EBADMSG : fd;
    *file = (KeyIndexFile){.os = folder->os, .fd = fd, .segment = index->segment};
    return 0;
}

static int load_page(const KeyIndex *index, const KeyIndexFile *file, uint32_t page, char *to)
{
    uint64_t offset = index->pages_offset + (uint64_t)page * PAGE_BYTES;
    ssize_t got = os_pread_full(file->os, file->fd, to, PAGE_BYTES, offset);
    if (got < 0) return (int)got;
    return got == PAGE_BYTES && ends_with_sum(to, PAGE_BYTES) ? 0 : -EBADMSG;
}

static bool page_has(const char *page, const uint8_t *key)
{
    for (size_t i = 0; i < PAGE_KEYS; i++) {
        if (memcmp(page + i * ROW_KEY_BYTES, key, ROW_KEY_BYTES) == 0) return true;
    }
    return false;
}

/* The last page whose first key is not above the key is the only one that may hold it. */
int key_index_has(const KeyIndex *index, const StoreFolder *folder, KeyIndexFile *file,
                  const uint8_t *key)
{
    if (index->key_count == 0 || (index->filter && !filter_may_have(index, key))) return 0;
    int r = open_file(index, folder, file);
    if (r < 0) return r;
    uint32_t low = 0, high = index->page_count; /* the page is in [low, high) */
    char page[PAGE_BYTES];
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        const void *first = index->fences ? (const void *)index->fences[middle] : page;
        if (!index->fences) {
            r = load_page(index, file, middle, page);
            if (r < 0) return r;
        }
        if (memcmp(first, key, ROW_KEY_BYTES) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    r = load_page(index, file, low, page);
    return r < 0 ? r : page_has(page, key);
}
