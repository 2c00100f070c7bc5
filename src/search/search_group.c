/* stats and top: how many rows there are for each combination of values, largest first, then by
 * key. Rows without a value count under an empty one. At the memory limit new combinations are left
 * out (SearchStats.memory_met); those known by then are counted on, exactly. */
#include "search/search_stage.h"

#include "base/map.h"
#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

typedef struct GroupStage {
    Stage stage;
    Map groups;    /* key: for each field its length, 4 bytes, and its bytes; value: rows */
    Buf key;       /* of the row at hand */
    Arena scratch; /* of the row at hand */
} GroupStage;

typedef struct Group {
    Slice key;
    uint64_t rows;
} Group;

/* What one slot costs at worst: the map's own 32 bytes, half of that again while it grows, and the
 * list that is sorted at the end. */
#define SLOT_BYTES (32 + 16 + sizeof(Group))

static int make_key(GroupStage *group, const Answer *answer) {
    const Pipe *pipe = group->stage.pipe;
    buf_clear(&group->key);
    arena_reset(&group->scratch);
    for (size_t i = 0; i < pipe->field_count; i++) {
        Slice value;
        int r = stage_field_text(&pipe->fields[i], answer, &group->scratch, &value);
        if (r < 0) return r;
        if (value.len > UINT32_MAX) return -ENOMEM;
        buf_add_le32(&group->key, (uint32_t)value.len);
        buf_add_slice(&group->key, value);
    }
    return buf_error(&group->key) ? -ENOMEM : 0;
}

static int group_take(Stage *stage, const Answer *answer) {
    GroupStage *group = (GroupStage *)stage;
    int r = make_key(group, answer);
    if (r < 0) return r;
    uint64_t *rows = map_put(&group->groups, buf_slice(&group->key), NULL);
    if (rows) {
        ++*rows;
    } else {
        stage->stats->memory_met = true;
    }
    return 0;
}

static Slice take_cell(Slice *key) {
    size_t len = read_le32(key->ptr);
    Slice cell = slice_of(key->ptr + 4, len);
    *key = slice_skip(*key, 4 + len);
    return cell;
}

static int compare_groups(const void *left, const void *right) {
    const Group *a = left, *b = right;
    if (a->rows != b->rows) return a->rows > b->rows ? -1 : 1;
    Slice rest_a = a->key, rest_b = b->key;
    int order = 0;
    while (order == 0 && rest_a.len > 0) {
        order = slice_compare(take_cell(&rest_a), take_cell(&rest_b));
    }
    return order;
}

static int emit(Stage *stage, const Group *group) {
    const Pipe *pipe = stage->pipe;
    Slice cells[PIPE_GROUP_FIELDS_MAX + 1], key = group->key;
    char count[NUMBER_TEXT_MAX];
    for (size_t i = 0; i < pipe->field_count; i++) {
        cells[i] = take_cell(&key);
    }
    cells[pipe->field_count] = slice_of(count, number_print_u64(count, group->rows));
    const Answer out = {.columns = pipe->columns,
                        .numbers = pipe->numbers,
                        .cells = cells,
                        .column_count = pipe->column_count};
    return stage->next->take(stage->next, &out);
}

static int emit_sorted(GroupStage *group, Group *list) {
    size_t position = 0, count = 0;
    while (map_next(&group->groups, &position, &list[count].key, &list[count].rows)) {
        count++;
    }
    qsort(list, count, sizeof *list, compare_groups);
    uint64_t max = group->stage.pipe->rows_max;
    for (size_t i = 0; i < count && (max == 0 || i < max); i++) {
        int r = emit(&group->stage, &list[i]);
        if (r != 0) return r;
    }
    return 0;
}

static int group_end(Stage *stage) {
    GroupStage *group = (GroupStage *)stage;
    if (stage->pipe->field_count == 0 && group->groups.count == 0) {
        return emit(stage, &(Group){0}); /* a count of nothing is still an answer: 0 */
    }
    /* One more: map_next writes only on success, but its targets must exist. */
    Group *list = calloc(group->groups.count + 1, sizeof *list);
    if (!list) return -ENOMEM;
    int r = emit_sorted(group, list);
    free(list);
    return r;
}

static void group_free(Stage *stage) {
    GroupStage *group = (GroupStage *)stage;
    map_done(&group->groups);
    buf_done(&group->key);
    arena_done(&group->scratch);
    free(group);
}

Stage *stage_group_new(const Pipe *pipe, const uint64_t seed[2], size_t memory_bytes_max) {
    GroupStage *group = calloc(1, sizeof *group);
    if (!group) return NULL;
    size_t slots = 64; /* a power of two, as the map grows by doubling */
    while (slots * 2 * SLOT_BYTES <= memory_bytes_max / 2) {
        slots *= 2;
    }
    group->stage = (Stage){.take = group_take, .end = group_end, .free = group_free, .pipe = pipe};
    group->groups = map_make(slots / 4 * 3, seed);
    group->groups.keys.bytes_max = memory_bytes_max / 2;
    group->key = buf_make((size_t)256 << 20);
    group->scratch = arena_make((size_t)64 << 20);
    return &group->stage;
}
