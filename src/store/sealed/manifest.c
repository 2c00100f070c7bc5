/* See manifest.h. */
#include "store/sealed/manifest.h"

#include "base/number.h"
#include "store/crypt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEX_DIGEST = 64 };
#define MANIFEST_BYTES_MAX ((size_t)512 << 20)
#define MANIFEST_FIRST_LINE SLICE("akashi manifest 1 ")
#define MANIFEST_REPLACED_WORD SLICE("replaced ")

SegmentFileName manifest_file_name(uint32_t file)
{
    SegmentFileName name;
    snprintf(name.text, sizeof name.text, "segments/%08u.seg", file);
    return name;
}

void manifest_done(Manifest *manifest)
{
    free(manifest->segments);
    free(manifest->replaced);
    *manifest = (Manifest){0};
}

uint64_t manifest_end_row(const Manifest *manifest)
{
    uint64_t end = 1;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->segments[i].end_row > end) end = manifest->segments[i].end_row;
    }
    return end;
}

uint32_t manifest_next_file(const Manifest *manifest)
{
    uint32_t last = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->segments[i].file > last) last = manifest->segments[i].file;
    }
    for (size_t i = 0; i < manifest->replaced_count; i++) {
        if (manifest->replaced[i].file > last) last = manifest->replaced[i].file;
    }
    return last + 1;
}

int manifest_add(Manifest *manifest, const ManifestSegment *segment)
{
    if (manifest->count == MANIFEST_SEGMENTS_MAX) return -ERANGE;
    if (manifest->count == manifest->capacity) {
        size_t capacity = manifest->capacity ? manifest->capacity * 2 : 16;
        ManifestSegment *bigger = realloc(manifest->segments, capacity * sizeof *bigger);
        if (!bigger) return -ENOMEM;
        manifest->segments = bigger;
        manifest->capacity = capacity;
    }
    size_t at = manifest->count++;
    for (; at > 0 && manifest->segments[at - 1].first_row > segment->first_row; at--) {
        manifest->segments[at] = manifest->segments[at - 1];
    }
    manifest->segments[at] = *segment;
    return 0;
}

int manifest_copy(const Manifest *from, Manifest *ret)
{
    Manifest copy = {.count = from->count, .capacity = from->count};
    copy.segments = calloc(from->count + 1, sizeof *copy.segments);
    copy.replaced = calloc(from->replaced_count + 1, sizeof *copy.replaced);
    if (!copy.segments || !copy.replaced) {
        manifest_done(&copy);
        return -ENOMEM;
    }
    copy.replaced_count = from->replaced_count;
    if (from->count) memcpy(copy.segments, from->segments, from->count * sizeof *copy.segments);
    if (from->replaced_count) {
        memcpy(copy.replaced, from->replaced, from->replaced_count * sizeof *copy.replaced);
    }
    *ret = copy;
    return 0;
}

static size_t place_of(const Manifest *manifest, uint32_t file)
{
    size_t i = 0;
    while (i < manifest->count && manifest->segments[i].file != file) {
        i++;
    }
    return i;
}

bool manifest_has(const Manifest *manifest, uint32_t file)
{
    return place_of(manifest, file) < manifest->count;
}

bool manifest_is_replaced(const Manifest *manifest, uint32_t file)
{
    for (size_t i = 0; i < manifest->replaced_count; i++) {
        if (manifest->replaced[i].file == file) return true;
    }
    return false;
}

static int add_replaced(Manifest *manifest, const ManifestReplaced *replaced)
{
    size_t count = manifest->replaced_count + 1;
    if (count > MANIFEST_REPLACED_MAX) return -ERANGE;
    ManifestReplaced *bigger = realloc(manifest->replaced, count * sizeof *bigger);
    if (!bigger) return -ENOMEM;
    bigger[count - 1] = *replaced;
    manifest->replaced = bigger;
    manifest->replaced_count = count;
    return 0;
}

int manifest_replace(Manifest *manifest, uint32_t file, int64_t until_ns)
{
    size_t at = place_of(manifest, file);
    if (at == manifest->count) return -ENOENT;
    int r = add_replaced(manifest, &(ManifestReplaced){file, until_ns});
    if (r < 0) return r;
    manifest->count--;
    memmove(&manifest->segments[at], &manifest->segments[at + 1],
            (manifest->count - at) * sizeof *manifest->segments);
    return 0;
}

int manifest_bury(Manifest *manifest, uint32_t file, int64_t until_ns)
{
    size_t at = place_of(manifest, file);
    if (at == manifest->count) return -ENOENT;
    int r = add_replaced(manifest, &(ManifestReplaced){file, until_ns});
    if (r == 0) manifest->segments[at].tombstone = true;
    return r;
}

bool manifest_has_header(const Manifest *manifest, const Digest *header)
{
    for (size_t i = 0; i < manifest->count; i++) {
        const Digest *one = &manifest->segments[i].header;
        if (memcmp(one, header, sizeof *one) == 0) return true;
    }
    return false;
}

void manifest_forget_replaced(Manifest *manifest, uint32_t file)
{
    size_t kept = 0;
    for (size_t i = 0; i < manifest->replaced_count; i++) {
        if (manifest->replaced[i].file != file) {
            manifest->replaced[kept++] = manifest->replaced[i];
        }
    }
    manifest->replaced_count = kept;
}

/* ---- as text */

static void add_hex(Buf *to, const Digest *digest)
{
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        buf_add_format(to, "%02x", digest->bytes[i]);
    }
}

static void add_segment(Buf *to, const ManifestSegment *segment)
{
    const uint64_t numbers[] = {segment->file,       segment->chain_number, segment->first_row,
                                segment->end_row,    segment->row_count,    segment->undated_count,
                                segment->row_bytes,  segment->raw_bytes,    segment->file_bytes,
                                segment->lost_blocks};
    buf_add_cstr(to, "segment");
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        buf_add_char(to, ' ');
        buf_add_u64(to, numbers[i]);
    }
    buf_add_char(to, ' ');
    buf_add_i64(to, segment->from_ns);
    buf_add_char(to, ' ');
    buf_add_i64(to, segment->to_ns);
    buf_add_format(to, " %s 0 %d ", segment->class_name, segment->tombstone);
    add_hex(to, &segment->header);
    buf_add_char(to, ' ');
    buf_add_i64(to, segment->sealed_ns);
    buf_add_char(to, '\n');
}

/* The key of the sum is no other key: derived from the KEK for this alone. */
static Digest sum_of(const StoreFolder *folder, Slice text)
{
    Slice kek = slice_of(secret_read(folder->kek), secret_len(folder->kek));
    Digest key = crypt_hmac(kek, SLICE("akashi manifest"));
    Digest sum = crypt_hmac(slice_of(key.bytes, sizeof key.bytes), text);
    explicit_bzero(&key, sizeof key);
    return sum;
}

static bool take_number(Slice *line, uint64_t *ret)
{
    Slice word;
    if (!slice_cut(line, ' ', &word)) return false;
    return number_parse_u64(word, ret) == 0;
}

static bool take_time(Slice *line, int64_t *ret)
{
    Slice word;
    if (!slice_cut(line, ' ', &word)) return false;
    return number_parse_i64(word, ret) == 0;
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

static bool take_class(Slice *line, char *to)
{
    Slice word;
    if (!slice_cut(line, ' ', &word) || word.len == 0 || word.len >= MANIFEST_CLASS_BYTES_MAX) {
        return false;
    }
    memcpy(to, word.ptr, word.len);
    return true;
}

/* The sum holds, so what does not parse was written by a version that knew more. */
static bool parse_segment(Slice line, ManifestSegment *ret)
{
    ManifestSegment segment = {0};
    uint64_t file, zero, tombstone;
    uint64_t *const numbers[] = {&file,
                                 &segment.chain_number,
                                 &segment.first_row,
                                 &segment.end_row,
                                 &segment.row_count,
                                 &segment.undated_count,
                                 &segment.row_bytes,
                                 &segment.raw_bytes,
                                 &segment.file_bytes,
                                 &segment.lost_blocks};
    Slice word;
    if (!slice_cut(&line, ' ', &word) || !slice_eq(word, SLICE("segment"))) return false;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        if (!take_number(&line, numbers[i])) return false;
    }
    if (!take_time(&line, &segment.from_ns) || !take_time(&line, &segment.to_ns)) return false;
    if (!take_class(&line, segment.class_name)) return false;
    if (!take_number(&line, &zero) || !take_number(&line, &tombstone)) return false;
    if (!slice_cut(&line, ' ', &word) || !take_digest(word, &segment.header)) return false;
    if (line.len && number_parse_i64(line, &segment.sealed_ns) < 0) return false;
    if (file > UINT32_MAX) return false;
    segment.file = (uint32_t)file;
    segment.tombstone = tombstone != 0;
    *ret = segment;
    return true;
}

static int take_replaced(Slice line, Manifest *manifest)
{
    uint64_t file;
    int64_t until_ns;
    line = slice_skip(line, MANIFEST_REPLACED_WORD.len);
    if (!take_number(&line, &file) || number_parse_i64(line, &until_ns) < 0 || file > UINT32_MAX) {
        return -EPROTO;
    }
    return add_replaced(manifest, &(ManifestReplaced){(uint32_t)file, until_ns});
}

static int parse_line(Slice line, Manifest *manifest)
{
    ManifestSegment segment;
    if (slice_starts(line, MANIFEST_REPLACED_WORD)) return take_replaced(line, manifest);
    return parse_segment(line, &segment) ? manifest_add(manifest, &segment) : -EPROTO;
}

static int parse_body(Slice text, Manifest *manifest)
{
    Slice line;
    while (slice_cut(&text, '\n', &line)) {
        int r = parse_line(line, manifest);
        if (r < 0) return r;
    }
    return text.len ? -EPROTO : 0;
}

static int parse(const StoreFolder *folder, Slice text, Manifest *manifest)
{
    Digest want;
    Slice first;
    if (text.len < 5 + HEX_DIGEST || text.ptr[text.len - 1] != '\n') return -EBADMSG;
    size_t body = text.len - (5 + HEX_DIGEST); /* `sum ` and the line's end */
    Slice last = slice_skip(text, body);
    if (!slice_starts(last, SLICE("sum "))) return -EBADMSG;
    if (!take_digest(slice_first(slice_skip(last, 4), HEX_DIGEST), &want)) return -EBADMSG;
    text = slice_first(text, body);
    Digest sum = sum_of(folder, text);
    if (memcmp(&sum, &want, sizeof sum) != 0) return -EBADMSG;
    if (!slice_starts(text, MANIFEST_FIRST_LINE)) return -EPROTO;
    if (!slice_cut(&text, '\n', &first)) return -EBADMSG;
    return parse_body(text, manifest);
}

int manifest_read(const StoreFolder *folder, Manifest *ret)
{
    StorePath path = store_path(folder, "MANIFEST");
    CLEANUP(arena_done) Arena arena = arena_make(2 * MANIFEST_BYTES_MAX);
    Slice text;
    *ret = (Manifest){0};
    int r = os_read_file(folder->os, path.text, MANIFEST_BYTES_MAX, &arena, &text);
    if (r == -EFBIG) r = -EBADMSG;
    if (r == 0) r = parse(folder, text, ret);
    if (r < 0) manifest_done(ret);
    return r;
}

int manifest_print(const StoreFolder *folder, const Manifest *manifest, Buf *to)
{
    buf_add_format(to, "%.*s%016llx\n", SLICE_FMT(MANIFEST_FIRST_LINE),
                   (unsigned long long)folder->store_id);
    for (size_t i = 0; i < manifest->count; i++) {
        add_segment(to, &manifest->segments[i]);
    }
    for (size_t i = 0; i < manifest->replaced_count; i++) {
        buf_add_format(to, "%.*s%u %lld\n", SLICE_FMT(MANIFEST_REPLACED_WORD),
                       manifest->replaced[i].file, (long long)manifest->replaced[i].until_ns);
    }
    Digest sum = sum_of(folder, buf_slice(to));
    buf_add_cstr(to, "sum ");
    add_hex(to, &sum);
    buf_add_char(to, '\n');
    return buf_error(to);
}

int manifest_write(const StoreFolder *folder, const Manifest *manifest)
{
    const Os *os = folder->os;
    CLEANUP(buf_done) Buf text = buf_make(MANIFEST_BYTES_MAX);
    int r = manifest_print(folder, manifest, &text);
    if (r < 0) return r;
    StorePath temporary = store_path(folder, "MANIFEST.tmp"),
              final = store_path(folder, "MANIFEST");
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, temporary.text, final.text);
    return r < 0 ? r : os->sync_folder(os->state, folder->path);
}
