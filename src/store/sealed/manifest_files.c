/* What the files of segments say, for MANIFEST; see manifest.h. */
#include "store/sealed/manifest.h"

#include "base/number.h"
#include "store/segment/segment.h"

#include <errno.h>
#include <stdlib.h>

void segment_files_done(SegmentFiles *files)
{
    buf_done(&files->numbers);
    buf_done(&files->parts);
}

static int note_file(void *context, Slice name)
{
    SegmentFiles *files = context;
    uint64_t number;
    if (name.len > 5 && slice_eq(slice_skip(name, name.len - 5), SLICE(".part"))) {
        buf_add_slice(&files->parts, name);
        buf_add_char(&files->parts, '\0');
    }
    if (name.len != 12 || !slice_eq(slice_skip(name, 8), SLICE(".seg"))) return 0;
    if (number_parse_u64(slice_first(name, 8), &number) < 0 || number == 0) return 0;
    uint32_t file = (uint32_t)number;
    buf_add(&files->numbers, &file, sizeof file);
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int segment_files_list(const StoreFolder *folder, SegmentFiles *files)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, "segments");
    int r = os->list(os->state, path.text, note_file, files);
    if (r == -ENOENT) return 0;
    if (r < 0) return r;
    if (buf_error(&files->numbers) || buf_error(&files->parts)) return -ENOMEM;
    if (files->numbers.len) {
        qsort(files->numbers.ptr, listing_count(&files->numbers), sizeof(uint32_t),
              compare_numbers);
    }
    return 0;
}

/* ---- what a segment's entry says */

static void take_blocks(const Segment *segment, ManifestSegment *entry)
{
    entry->from_ns = INT64_MAX;
    entry->to_ns = INT64_MIN;
    for (uint32_t i = 0; i < segment_block_count(segment); i++) {
        const SegmentBlock *block = segment_block(segment, i);
        entry->undated_count += block->undated_count;
        if (block->from_ns > block->to_ns) continue;
        if (block->from_ns < entry->from_ns) entry->from_ns = block->from_ns;
        if (block->to_ns > entry->to_ns) entry->to_ns = block->to_ns;
    }
}

int manifest_describe(const StoreFolder *folder, uint32_t file, ManifestSegment *ret)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, manifest_file_name(file).text);
    CLEANUP(segment_done) Segment *segment = NULL;
    FileInfo info;
    int r = os->info(os->state, path.text, &info);
    if (r == 0) r = segment_open(os, path.text, folder->kek, &segment);
    if (r < 0) return r;
    const SegmentHeader *header = segment_header(segment);
    ManifestSegment entry = {.file = file,
                             .chain_number = header->number,
                             .header = segment_header_digest(header),
                             .first_row = segment_number_of(segment, 0),
                             .end_row = segment_number_of(segment, header->count - 1) + 1,
                             .row_count = header->count,
                             .file_bytes = info.bytes,
                             .sealed_ns = info.modified_ns};
    Slice policy = slice_first(header->policy, MANIFEST_CLASS_BYTES_MAX - 1);
    memcpy(entry.class_name, policy.ptr, policy.len);
    take_blocks(segment, &entry);
    *ret = entry;
    return 0;
}

/* ---- what is there twice */

/* The header hashes of all members of all files. */
typedef struct Holding {
    Digest header;
    uint32_t file;
    bool repacked;
} Holding;

static int add_holdings(const StoreFolder *folder, uint32_t file, Buf *to)
{
    StorePath path = store_path(folder, manifest_file_name(file).text);
    CLEANUP(segment_done) Segment *segment = NULL;
    int r = segment_open(folder->os, path.text, folder->kek, &segment);
    if (r < 0) return r == -ENOMEM ? r : 0; /* nothing can be read of it */
    for (size_t i = 0; i < segment_member_count(segment); i++) {
        Holding holding = {segment_header_digest(segment_member(segment, i)), file,
                           segment_is_repacked(segment)};
        buf_add(to, &holding, sizeof holding);
    }
    return buf_error(to);
}

static const Holding *holding_at(const Buf *holdings, size_t i)
{
    return (const Holding *)(const void *)holdings->ptr + i;
}

/* Another file that still counts holds it, too. *ret_file is the last such. */
static bool held_elsewhere(const Manifest *manifest, const Buf *holdings, const Holding *wanted,
                           uint32_t *ret_file)
{
    bool found = false;
    for (size_t i = 0; i < holdings->len / sizeof(Holding); i++) {
        const Holding *other = holding_at(holdings, i);
        if (other->file == wanted->file || !manifest_has(manifest, other->file)) continue;
        if (memcmp(&other->header, &wanted->header, sizeof other->header) != 0) continue;
        *ret_file = other->file;
        found = true;
    }
    return found;
}

/* A re-packed file all of whose members are elsewhere goes; else those that have its members go. */
static int settle_file(Manifest *manifest, const Buf *holdings, uint32_t file, int64_t until_ns)
{
    bool all = true;
    uint32_t other;
    int r = 0;
    for (size_t i = 0; i < holdings->len / sizeof(Holding); i++) {
        const Holding *own = holding_at(holdings, i);
        if (own->file == file) all = held_elsewhere(manifest, holdings, own, &other) && all;
    }
    if (all) return manifest_replace(manifest, file, until_ns);
    for (size_t i = 0; i < holdings->len / sizeof(Holding) && r == 0; i++) {
        const Holding *own = holding_at(holdings, i);
        while (r == 0 && own->file == file && held_elsewhere(manifest, holdings, own, &other)) {
            r = manifest_replace(manifest, other, until_ns);
        }
    }
    return r;
}

int manifest_drop_doubles(const StoreFolder *folder, Manifest *manifest, int64_t until_ns)
{
    CLEANUP(buf_done) Buf holdings = buf_make(0);
    int r = 0;
    uint32_t file = 0;
    for (size_t i = 0; i < manifest->count && r == 0; i++) {
        r = add_holdings(folder, manifest->segments[i].file, &holdings);
    }
    for (size_t i = holdings.len / sizeof(Holding); i-- > 0 && r == 0;) {
        const Holding *holding = holding_at(&holdings, i);
        if (!holding->repacked || holding->file == file) continue;
        file = holding->file;
        if (manifest_has(manifest, file)) r = settle_file(manifest, &holdings, file, until_ns);
    }
    return r;
}

int manifest_remake(const StoreFolder *folder, Manifest *ret)
{
    CLEANUP(segment_files_done) SegmentFiles files = {0};
    Manifest manifest = {0};
    int r = segment_files_list(folder, &files);
    for (size_t i = 0; i < listing_count(&files.numbers) && r == 0; i++) {
        ManifestSegment entry;
        r = manifest_describe(folder, listing_at(&files.numbers, i), &entry);
        if (r == 0) {
            r = manifest_add(&manifest, &entry);
        } else if (r != -ENOMEM) {
            r = 0;
        }
    }
    if (r == 0) r = manifest_drop_doubles(folder, &manifest, 0);
    if (r < 0) {
        manifest_done(&manifest);
        return r;
    }
    *ret = manifest;
    return 0;
}
