/* See fake_reader.h. */
#include "tests/support/fake_reader.h"

#include <errno.h>

static bool in_range(const Row *row, uint64_t number, const ScanRange *range)
{
    int64_t ns =
        row->record.time_ns == TIME_UNKNOWN ? row->record.ingested_ns : row->record.time_ns;
    return ns >= range->from_ns && ns < range->to_ns && number > range->after;
}

int store_scan(StoreReader *reader, const ScanRange *range, RowSink sink, DamageSink damage,
               void *context)
{
    for (size_t i = 0; i < reader->damaged && damage; i++) {
        damage(context, "fake", i, "fake.damage");
    }
    for (size_t i = 0; i < reader->count; i++) {
        size_t at = range->newest_first ? reader->count - 1 - i : i;
        if (!in_range(&reader->rows[at], at + 1, range)) continue;
        int r = sink(context, &reader->rows[at], at + 1);
        if (r != 0) return r < 0 ? r : 0;
    }
    return 0;
}

/* All rows are unsealed. */
size_t store_reader_segment_count(const StoreReader *reader)
{
    (void)reader;
    return 0;
}

const StoreSegmentInfo *store_reader_segment_info(const StoreReader *reader, size_t index)
{
    (void)reader, (void)index;
    return NULL;
}

int store_reader_open_segment(const StoreReader *reader, size_t index, Segment **ret)
{
    (void)reader, (void)index, (void)ret;
    return -ENOENT;
}
