/* What the log says of records that are deleted; see checkpoint.h. */
#include "store/proof/chain_int.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>

static int start(Chain *chain, Slice reason)
{
    if (reason.len > REASON_BYTES_MAX || !utf8_is_valid(reason)) return -EINVAL;
    return chain->failed ? -EIO : 0;
}

/* The notices that are due come first. */
static int add(Chain *chain, ChainEntry *entry)
{
    int r = chain_notice_time(chain);
    return r < 0 ? r : chain_add_entry(chain, entry);
}

/* ---- tombstones */

typedef struct Buried {
    Digest header;
    uint64_t segment;
    bool found, has_tombstone;
} Buried;

typedef struct Burial {
    uint64_t number;
    RepackRun runs[REPACK_RUNS_MAX];
    size_t run_count;
    Buried *segments; /* of the runs, one after the other */
    size_t count;
} Burial;

static void burial_done(Burial *burial)
{
    free(burial->segments);
}

static int find_runs(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body, (void)leaf;
    Burial *burial = context;
    if (entry->kind != ENTRY_REPACK) return 0;
    if ((entry->repack.file | REPACKED_BIT) != (burial->number | REPACKED_BIT)) return 0;
    memcpy(burial->runs, entry->repack.runs, sizeof burial->runs);
    burial->run_count = entry->repack.run_count;
    return 0;
}

static Buried *buried_at(const Burial *burial, uint64_t segment)
{
    size_t at = 0;
    for (size_t i = 0; i < burial->run_count; i++) {
        const RepackRun *run = &burial->runs[i];
        if (segment >= run->first && segment - run->first < run->count) {
            return &burial->segments[at + (segment - run->first)];
        }
        at += run->count;
    }
    return NULL;
}

static int find_segments(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body, (void)leaf;
    const Burial *burial = context;
    if (entry->kind == ENTRY_SEGMENT) {
        Buried *buried = buried_at(burial, entry->segment.number);
        if (!buried) return 0;
        *buried =
            (Buried){segment_header_digest(&entry->segment), entry->segment.number, true, false};
    }
    if (entry->kind == ENTRY_TOMBSTONE) {
        Buried *buried = buried_at(burial, entry->tombstone.segment);
        if (buried) buried->has_tombstone = true;
    }
    return 0;
}

static int gather(Chain *chain, Burial *burial)
{
    uint64_t good_bytes, count = 0;
    int r = 0;
    if (burial->number & REPACKED_BIT) {
        r = chain_walk(chain, find_runs, burial, &good_bytes);
    } else {
        burial->runs[0] = (RepackRun){burial->number, 1};
        burial->run_count = 1;
    }
    for (size_t i = 0; i < burial->run_count; i++) {
        count += burial->runs[i].count;
        if (burial->runs[i].count > CHAIN_ENTRIES_MAX || count > CHAIN_ENTRIES_MAX) return -EBADMSG;
    }
    if (r < 0) return r;
    burial->segments = calloc(count + 1, sizeof *burial->segments);
    if (!burial->segments) return -ENOMEM;
    burial->count = count;
    return chain_walk(chain, find_segments, burial, &good_bytes);
}

int chain_bury(Chain *chain, uint64_t number, const Digest *header, TombstoneCause cause,
               Slice reason)
{
    CLEANUP(burial_done) Burial burial = {.number = number};
    int r = start(chain, reason);
    if (r == 0) r = gather(chain, &burial);
    for (size_t i = 0; i < burial.count && r == 0; i++) {
        const Buried *buried = &burial.segments[i];
        if (!buried->found || buried->has_tombstone) continue;
        bool is_it = number & REPACKED_BIT || memcmp(&buried->header, header, sizeof *header) == 0;
        if (!is_it) continue;
        ChainEntry entry = {.kind = ENTRY_TOMBSTONE,
                            .tombstone = {.segment = buried->segment,
                                          .header = buried->header,
                                          .cause = (uint8_t)cause,
                                          .reason = reason}};
        r = add(chain, &entry);
    }
    return r;
}

/* ---- redactions */

typedef struct RedactionSearch {
    const Redaction *redaction;
    bool found, has_tombstone;
    uint64_t count;
} RedactionSearch;

static int find_redacted(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body, (void)leaf;
    RedactionSearch *search = context;
    const Redaction *redaction = search->redaction;
    if (entry->kind == ENTRY_SEGMENT && entry->segment.number == redaction->segment) {
        Digest header = segment_header_digest(&entry->segment);
        search->found = memcmp(&header, &redaction->header, sizeof header) == 0;
        search->count = entry->segment.count;
    }
    if (entry->kind == ENTRY_TOMBSTONE && entry->tombstone.segment == redaction->segment) {
        search->has_tombstone = true;
    }
    return 0;
}

int chain_append_redaction(Chain *chain, const Redaction *redaction)
{
    RedactionSearch search = {.redaction = redaction};
    uint64_t good_bytes;
    int r = start(chain, redaction->reason);
    if (r == 0) r = chain_walk(chain, find_redacted, &search, &good_bytes);
    if (r < 0) return r;
    if (!search.found || search.has_tombstone) return -ENOENT;
    if (redaction->count == 0 || redaction->count > search.count) return -EINVAL;
    ChainEntry entry = {.kind = ENTRY_REDACTION, .redaction = *redaction};
    return add(chain, &entry);
}
