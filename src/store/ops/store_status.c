/* See store_status.h. */
#include "store/ops/store_status.h"

#include "store/proof/checkpoint.h"
#include "store/wal/reader_int.h"

#include <errno.h>
#include <stdio.h>

#define DAY_NS (86400 * NS_PER_SECOND)

static void take_segments(const StoreReader *reader, StoreStatus *status)
{
    status->segments = store_reader_segment_count(reader);
    uint64_t sealed = 0;
    for (size_t i = 0; i < status->segments; i++) {
        const StoreSegmentInfo *info = store_reader_segment_info(reader, i);
        sealed += info->row_count;
        if (info->from_ns > info->to_ns) continue;
        bool first = status->oldest_ns == TIME_UNKNOWN;
        if (first || info->from_ns < status->oldest_ns) status->oldest_ns = info->from_ns;
        if (first || info->to_ns > status->newest_ns) status->newest_ns = info->to_ns;
    }
    status->unsealed_rows = status->rows > sealed ? status->rows - sealed : 0;
}

/* By when the files were made, which is when their logs came, not by what the logs say. */
static void take_growth(const StoreReader *reader, StoreStatus *status)
{
    const Os *os = reader->folder.os;
    int64_t now = os->now_ns(os->state), since = now - STATUS_RATE_DAYS * DAY_NS, first = now;
    uint64_t bytes = 0;
    for (size_t i = 0; i < status->segments; i++) {
        StorePath path = store_path(&reader->folder, store_reader_segment_info(reader, i)->file);
        FileInfo info;
        if (os->info(os->state, path.text, &info) < 0) continue;
        if (info.modified_ns < first) first = info.modified_ns;
        if (info.modified_ns >= since) bytes += info.bytes;
    }
    if (first < since) first = since;
    if (now - first < DAY_NS) return;
    status->bytes_a_day = (uint64_t)((double)bytes / ((double)(now - first) / (double)DAY_NS));
}

static void take_chain(const StoreReader *reader, StoreStatus *status)
{
    CLEANUP(chain_done) Chain *chain = NULL;
    StorePath path = store_path(&reader->folder, "chain");
    ChainState state;
    if (chain_open_reading(reader->folder.os, path.text, &chain) < 0) return;
    chain_state(chain, &state);
    Buf text = buf_over(status->first_key, sizeof status->first_key - 1);
    public_key_text_add(&text, &state.log_id, &state.first_key);
    status->first_key[text.len ? text.len - 1 : 0] = '\0'; /* without the line's end */
    status->chain_holds = true;
    status->checkpoint = state.last.number;
    status->checkpoint_ns = state.last.time_ns;
    status->entries = state.last.size;
    status->root = state.last.root;
}

int store_status(const Os *os, const char *folder, const Secret *kek, StoreStatus *ret,
                 Complaint *complaint)
{
    StoreReader *reader;
    StoreStats stats;
    int r = store_reader_open(os, folder, kek, &reader, complaint);
    if (r < 0) return r;
    store_reader_stats(reader, &stats);
    StoreStatus status = {.rows = stats.rows,
                          .raw_bytes = stats.raw_bytes,
                          .bytes = stats.bytes,
                          .damaged_blocks = stats.damaged_blocks,
                          .oldest_ns = TIME_UNKNOWN,
                          .newest_ns = TIME_UNKNOWN,
                          .checkpoint_ns = TIME_UNKNOWN};
    take_segments(reader, &status);
    take_growth(reader, &status);
    take_chain(reader, &status);
    store_reader_close(reader);
    *ret = status;
    return 0;
}

int64_t store_status_days(const StoreStatus *status)
{
    if (status->oldest_ns == TIME_UNKNOWN) return 0;
    return status->newest_ns / DAY_NS - status->oldest_ns / DAY_NS + 1; /* no overflow */
}

int64_t store_status_days_left(const StoreStatus *status, uint64_t free_bytes)
{
    return status->bytes_a_day ? (int64_t)(free_bytes / status->bytes_a_day) : -1;
}
