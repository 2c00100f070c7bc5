/* See segment_kit.h. */
#include "tests/support/segment_kit.h"

#include "base/time_text.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/segments"

typedef struct Part {
    const SegmentKit *kit;
    size_t first;
} Part;

static int get_row(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const Part *part = context;
    (void)arena;
    *ret = part->kit->rows[part->first + index];
    *ret_number = part->first + index + 1;
    return 0;
}

void segment_kit_path(const SegmentKit *kit, size_t index, char path[64])
{
    snprintf(path, 64, FOLDER "/%s", kit->infos[index].file);
}

static void seal(SegmentKit *kit, size_t first, size_t count, uint64_t seed)
{
    size_t at = kit->segment_count++;
    Part part = {kit, first};
    const SegmentRows rows = {.count = count, .get = get_row, .context = &part};
    SegmentOptions options = {.kek = kit->kek, .seed = seed, .level = 1};
    SegmentHeader header;
    options.header.number = at;
    options.header.policy = SLICE("year");
    snprintf(kit->names[at], sizeof kit->names[at], "%zu.seg", at);
    if (!expect_ok(segment_write(kit->os, FOLDER, kit->names[at], &options, &rows, &header)))
        return;
    StoreSegmentInfo *info = &kit->infos[at];
    *info = (StoreSegmentInfo){.number = at,
                               .from_ns = INT64_MAX,
                               .to_ns = INT64_MIN,
                               .row_count = count,
                               .file = kit->names[at]};
    for (size_t i = first; i < first + count; i++) {
        int64_t ns = kit->rows[i].record.time_ns;
        if (ns == TIME_UNKNOWN) {
            info->undated_count++;
            continue;
        }
        if (ns < info->from_ns) info->from_ns = ns;
        if (ns > info->to_ns) info->to_ns = ns;
    }
}

static int newest_first(const void *left, const void *right)
{
    const StoreSegmentInfo *a = left, *b = right;
    return (a->to_ns < b->to_ns) - (a->to_ns > b->to_ns);
}

void segment_kit_make(SegmentKit *kit, const Row *rows, size_t count, size_t sealed,
                      size_t segments, uint64_t seed)
{
    *kit = (SegmentKit){
        .machine = simulated_os_new(seed), .rows = rows, .count = count, .sealed = sealed};
    kit->os = simulated_os_table(kit->machine);
    expect_ok(os_make_folders(kit->os, FOLDER));
    expect_ok(secret_random(kit->os, KEK_BYTES, &kit->kek));
    for (size_t i = 0; i < segments && sealed > 0; i++) {
        size_t first = sealed * i / segments, end = sealed * (i + 1) / segments;
        if (end > first) seal(kit, first, end - first, seed);
    }
    qsort(kit->infos, kit->segment_count, sizeof *kit->infos, newest_first);
}

static StoreSegmentInfo joined(const SegmentKit *kit)
{
    StoreSegmentInfo all = {.number = KIT_SEGMENTS_MAX, .from_ns = INT64_MAX, .to_ns = INT64_MIN};
    for (size_t i = 0; i < kit->segment_count; i++) {
        const StoreSegmentInfo *info = &kit->infos[i];
        if (info->from_ns < all.from_ns) all.from_ns = info->from_ns;
        if (info->to_ns > all.to_ns) all.to_ns = info->to_ns;
        all.row_count += info->row_count;
        all.undated_count += info->undated_count;
    }
    return all;
}

void segment_kit_repack(SegmentKit *kit, uint64_t seed)
{
    Segment *inputs[KIT_SEGMENTS_MAX] = {0};
    const RepackOptions options = {.kek = kit->kek, .file = 99, .level = 1, .seed = seed};
    SegmentHeader header;
    Repack repack;
    int r = 0;
    for (size_t i = 0; i < kit->segment_count && r == 0; i++) {
        char path[64];
        segment_kit_path(kit, i, path);
        r = segment_open(kit->os, path, kit->kek, &inputs[i]);
    }
    if (r == 0) {
        r = segment_repack(kit->os, FOLDER, "99.seg", &options, inputs, kit->segment_count, &header,
                           &repack);
    }
    for (size_t i = 0; i < kit->segment_count; i++) {
        segment_close(inputs[i]);
    }
    if (!expect_ok(r)) return;
    StoreSegmentInfo info = joined(kit);
    snprintf(kit->names[0], sizeof kit->names[0], "99.seg");
    info.file = kit->names[0];
    kit->infos[0] = info;
    kit->segment_count = 1;
}

void segment_kit_done(SegmentKit *kit)
{
    secret_free(kit->kek);
    simulated_os_free(kit->machine);
}

static size_t segment_count(void *context)
{
    return ((const SegmentKit *)context)->segment_count;
}

static size_t no_segments(void *context)
{
    (void)context;
    return 0;
}

static const StoreSegmentInfo *segment_info(void *context, size_t index)
{
    return &((const SegmentKit *)context)->infos[index];
}

static int open_segment(void *context, size_t index, Segment **ret)
{
    const SegmentKit *kit = context;
    char path[64];
    segment_kit_path(kit, index, path);
    return segment_open(kit->os, path, kit->kek, ret);
}

static bool in_range(const Row *row, uint64_t number, const ScanRange *range)
{
    int64_t ns =
        row->record.time_ns == TIME_UNKNOWN ? row->record.ingested_ns : row->record.time_ns;
    return ns >= range->from_ns && ns < range->to_ns && number > range->after;
}

static int scan_from(const SegmentKit *kit, size_t first, const ScanRange *range, RowSink sink,
                     void *context)
{
    for (size_t i = first; i < kit->count; i++) {
        size_t at = range->newest_first ? kit->count - 1 - (i - first) : i;
        if (!in_range(&kit->rows[at], at + 1, range)) continue;
        int r = sink(context, &kit->rows[at], at + 1);
        if (r != 0) return r < 0 ? r : 0;
    }
    return 0;
}

static int scan_unsealed(void *context, const ScanRange *range, RowSink sink, DamageSink damage,
                         void *sink_context)
{
    const SegmentKit *kit = context;
    (void)damage;
    return scan_from(kit, kit->sealed, range, sink, sink_context);
}

static int scan_all(void *context, const ScanRange *range, RowSink sink, DamageSink damage,
                    void *sink_context)
{
    (void)damage;
    return scan_from(context, 0, range, sink, sink_context);
}

SearchSource segment_kit_source(SegmentKit *kit)
{
    return (SearchSource){segment_count, segment_info, open_segment, scan_unsealed, kit};
}

SearchSource segment_kit_plain(SegmentKit *kit)
{
    return (SearchSource){no_segments, segment_info, open_segment, scan_all, kit};
}
