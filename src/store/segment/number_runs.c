/* See number_runs.h; bytes: doc/format/segment.md. */
#include "store/segment/number_runs.h"

#include "base/number.h"

#include <errno.h>

static uint64_t next_number(const NumberRuns *runs)
{
    const NumberRun *last = &runs->runs[runs->count - 1];
    return last->number + (runs->rows - last->rank);
}

int number_runs_gather(NumberRuns *runs, uint64_t number)
{
    uint64_t next = runs->count ? next_number(runs) : 0;
    if (number < next) return -EINVAL;
    if (runs->count == 0 || number > next) {
        NumberRun run = {runs->rows, number};
        buf_add(&runs->held, &run, sizeof run);
        if (buf_error(&runs->held)) return -ENOMEM;
        runs->runs = (const NumberRun *)(const void *)runs->held.ptr;
        runs->count++;
    }
    runs->rows++;
    return 0;
}

void number_runs_add(Buf *to, const NumberRuns *runs)
{
    uint64_t after = 0;
    buf_add_varint(to, runs->count);
    for (size_t i = 0; i < runs->count; i++) {
        uint64_t end = i + 1 < runs->count ? runs->runs[i + 1].rank : runs->rows;
        uint64_t rows = end - runs->runs[i].rank;
        buf_add_varint(to, runs->runs[i].number - after);
        buf_add_varint(to, rows);
        after = runs->runs[i].number + rows;
    }
}

int number_runs_take(Slice *bytes, uint64_t rows, Arena *arena, NumberRuns *ret)
{
    uint64_t count, gap, length;
    if (slice_take_varint(bytes, &count) < 0 || count > bytes->len / 2) return -EBADMSG;
    NumberRun *runs = ARENA_ARRAY(arena, NumberRun, (size_t)count + 1);
    if (!runs) return -ENOMEM;
    uint64_t rank = 0, number = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (slice_take_varint(bytes, &gap) < 0 || slice_take_varint(bytes, &length) < 0 ||
            length == 0 || length > rows - rank || gap > UINT64_MAX - number - rows) {
            return -EBADMSG;
        }
        runs[i] = (NumberRun){rank, number + gap};
        number += gap + length;
        rank += length;
    }
    if (rank != rows) return -EBADMSG;
    *ret = (NumberRuns){.runs = runs, .count = (size_t)count, .rows = rows};
    return 0;
}

/* The last run that begins at or before: by rank, or by number. */
static const NumberRun *run_of(const NumberRuns *runs, uint64_t value, bool by_number)
{
    size_t low = 0, high = runs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t begin = by_number ? runs->runs[middle].number : runs->runs[middle].rank;
        if (begin <= value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? &runs->runs[low - 1] : NULL;
}

uint64_t number_runs_at(const NumberRuns *runs, uint64_t rank)
{
    const NumberRun *run = run_of(runs, rank, false);
    return run ? run->number + (rank - run->rank) : rank;
}

int number_runs_find(const NumberRuns *runs, uint64_t number, uint64_t *ret_rank)
{
    const NumberRun *run = run_of(runs, number, true);
    if (!run) return -ENOENT;
    uint64_t end = run + 1 < runs->runs + runs->count ? run[1].rank : runs->rows;
    if (number - run->number >= end - run->rank) return -ENOENT;
    *ret_rank = run->rank + (number - run->number);
    return 0;
}
