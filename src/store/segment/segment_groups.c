/* Which rows stand together: those of one kind of event, by time. */
#include "base/map.h"
#include "store/columns/columns.h"
#include "store/segment/segment_int.h"

#include <errno.h>
#include <stdlib.h>

#define GROUP_ROWS_MIN 1024u /* groups with fewer share one for each format */
#define FORMATS (EVENT_JSON + 1)

/* The bytes of equal keys are equal; those of raw's first byte keep binary and text apart. */
static void kind_of(const Row *row, uint64_t seed, Buf *ret)
{
    const Event *event = &row->event;
    buf_clear(ret);
    buf_add_char(ret, (char)event->format);
    buf_add_char(ret, event->raw.len ? event->raw.ptr[0] : 0);
    Slice id = event_text(event, "EventID");
    if (event->format == EVENT_WINDOWS && id.len > 0) {
        buf_add_slice(ret, slice_first(id, 16));
        buf_add_char(ret, 0);
        buf_add_slice(ret, slice_first(event_text(event, "Channel"), 256));
    } else {
        buf_add_le64(ret, columns_shape(event->raw, seed));
    }
}

static int by_group_and_time(const void *a, const void *b)
{
    const GroupedRow *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->time_ns != y->time_ns) return x->time_ns < y->time_ns ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

void grouping_begin(Grouping *grouping, GroupedRow *rows, uint64_t seed)
{
    const uint64_t map_seed[2] = {seed, ~seed};
    *grouping =
        (Grouping){.kinds = map_make(SEGMENT_GROUPS_MAX, map_seed), .seed = seed, .rows = rows};
}

void grouping_done(Grouping *grouping)
{
    map_done(&grouping->kinds);
    buf_done(&grouping->kind);
}

/* Groups 0 ... FORMATS - 1 are for rows of small groups and of those past the maximum. The group
 * has the format in its low byte until the end. */
int grouping_add(Grouping *grouping, const Row *row, uint64_t rank)
{
    const Event *event = &row->event;
    kind_of(row, grouping->seed, &grouping->kind);
    if (buf_error(&grouping->kind)) return -ENOMEM;
    uint64_t *place = map_put(&grouping->kinds, buf_slice(&grouping->kind), NULL);
    if (place && *place == 0) *place = grouping->kinds.count + FORMATS - 1;
    uint32_t group = place ? (uint32_t)*place : (uint32_t)event->format;
    grouping->sizes[group]++;
    grouping->rows[rank] = (GroupedRow){
        .group = group << 8 | (uint32_t)event->format,
        .rank = (uint32_t)rank,
        .time_ns = row->record.time_ns,
        .raw_bytes = event->raw.len < UINT32_MAX ? (uint32_t)event->raw.len : UINT32_MAX};
    grouping->count++;
    return 0;
}

void grouping_end(Grouping *grouping)
{
    for (size_t i = 0; i < grouping->count; i++) {
        GroupedRow *row = &grouping->rows[i];
        uint32_t group = row->group >> 8, format = row->group & 255;
        row->group = grouping->sizes[group] < GROUP_ROWS_MIN ? format : group;
    }
    qsort(grouping->rows, grouping->count, sizeof *grouping->rows, by_group_and_time);
}
