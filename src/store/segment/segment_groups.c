/* Which rows stand together: those of one kind of event, by time. */
#include "base/map.h"
#include "store/columns/columns.h"
#include "store/segment/segment_int.h"

#include <errno.h>
#include <stdlib.h>

#define GROUP_ROWS_MIN 256u /* groups with fewer share one for each format */
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
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Groups 0 ... FORMATS - 1 are for rows of small groups and of those past the maximum. */
static int find_groups(const Row *rows, size_t count, uint64_t seed, GroupedRow *ret,
                       uint32_t sizes[SEGMENT_GROUPS_MAX + FORMATS])
{
    const uint64_t map_seed[2] = {seed, ~seed};
    CLEANUP(map_done) Map kinds = map_make(SEGMENT_GROUPS_MAX, map_seed);
    CLEANUP(buf_done) Buf kind = buf_make(0);
    for (size_t i = 0; i < count; i++) {
        kind_of(&rows[i], seed, &kind);
        if (buf_error(&kind)) return buf_error(&kind);
        uint64_t *place = map_put(&kinds, buf_slice(&kind), NULL);
        if (place && *place == 0) *place = kinds.count + FORMATS - 1;
        uint32_t group = place ? (uint32_t)*place : (uint32_t)rows[i].event.format;
        ret[i] = (GroupedRow){group, (uint32_t)i, rows[i].record.time_ns};
        sizes[group]++;
    }
    return 0;
}

int segment_group(const Row *rows, size_t count, uint64_t seed, GroupedRow *ret)
{
    uint32_t sizes[SEGMENT_GROUPS_MAX + FORMATS] = {0};
    int r = find_groups(rows, count, seed, ret, sizes);
    if (r < 0) return r;
    for (size_t i = 0; i < count; i++) {
        if (sizes[ret[i].group] < GROUP_ROWS_MIN) ret[i].group = rows[i].event.format;
    }
    qsort(ret, count, sizeof *ret, by_group_and_time);
    return 0;
}
