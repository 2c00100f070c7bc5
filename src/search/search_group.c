/* stats, top and rare: what the functions give for each combination of values. Rows without a value
 * are a combination of their own. Largest groups first (rare: smallest), then by key; grouped by
 * pieces of time or of numbers, in their order. At the memory limit new combinations are left out
 * (SearchStats.memory_met); those known by then are counted on, exactly. */
#include "search/search_aggregate.h"

#include "base/number.h"

#include <stdlib.h>

typedef struct Group {
    Slice key; /* stage_key_make; in the map */
    uint64_t rows;
    uint64_t number; /* its tallies begin at tallies[number * tally_count] */
} Group;

typedef struct GroupStage {
    Stage stage;
    Map numbers; /* key to number of its group, from 1 */
    Group *groups;
    Tally *tallies; /* of each group tally_count */
    size_t tally_count;
    size_t tally_of[PIPE_AGGREGATES_MAX]; /* by function; count() has none */
    size_t count, room;
    TallyMemory memory;
    Buf key;       /* of the row at hand */
    Arena scratch; /* of the row at hand */
} GroupStage;

static int grow(GroupStage *group)
{
    if (group->count < group->room) return 0;
    size_t room = group->room * 2 + 16;
    Group *groups = realloc(group->groups, room * sizeof *groups);
    if (!groups) return -ENOMEM;
    group->groups = groups;
    if (group->tally_count > 0) {
        Tally *tallies = realloc(group->tallies, room * group->tally_count * sizeof *tallies);
        if (!tallies) return -ENOMEM;
        group->tallies = tallies;
    }
    group->room = room;
    return 0;
}

static int new_group(GroupStage *group, uint64_t *number)
{
    size_t tallies = group->tally_count;
    int r = grow(group);
    if (r < 0) return r;
    group->groups[group->count] = (Group){.number = group->count};
    if (tallies > 0)
        memset(group->tallies + group->count * tallies, 0, tallies * sizeof *group->tallies);
    *number = ++group->count;
    return 0;
}

int stage_group_tally(Stage *stage, size_t at, size_t aggregate, Slice value, uint64_t times)
{
    GroupStage *group = (GroupStage *)stage;
    uint64_t number = at * group->tally_count + group->tally_of[aggregate];
    int r = tally_add(&group->tallies[number], &stage->pipe->aggregates[aggregate], number, value,
                      times, &group->memory);
    if (group->memory.met) stage->stats->memory_met = true;
    return r;
}

int stage_group_count(Stage *stage, Slice key, uint64_t rows, size_t *ret_group)
{
    GroupStage *group = (GroupStage *)stage;
    bool is_new = false;
    uint64_t *number = map_put(&group->numbers, key, &is_new);
    *ret_group = SIZE_MAX;
    if (!number) {
        stage->stats->memory_met = true;
        return 0;
    }
    int r = is_new ? new_group(group, number) : 0;
    if (r < 0) return r;
    *ret_group = *number - 1;
    group->groups[*ret_group].rows += rows;
    return 0;
}

static int group_take(Stage *stage, const Answer *answer)
{
    GroupStage *group = (GroupStage *)stage;
    const Pipe *pipe = stage->pipe;
    size_t at;
    arena_reset(&group->scratch);
    int r = stage_key_make(pipe, answer, &group->scratch, &group->key);
    if (r == 0) r = stage_group_count(stage, buf_slice(&group->key), 1, &at);
    if (r < 0 || at == SIZE_MAX) return r;
    for (size_t i = 0; i < pipe->aggregate_count && r == 0; i++) {
        const Aggregate *aggregate = &pipe->aggregates[i];
        Slice value;
        if (!aggregate->has_field) continue;
        r = stage_field_text(&aggregate->field, answer, &group->scratch, &value);
        if (r == 0) r = stage_group_tally(stage, at, i, value, 1);
    }
    return r;
}

static int compare_groups(const void *left, const void *right, void *context)
{
    const Group *a = left, *b = right;
    const Pipe *pipe = context;
    if (!pipe->in_key_order && a->rows != b->rows)
        return (a->rows > b->rows) == pipe->least_first ? 1 : -1;
    /* Pieces of numbers stand in the order of numbers, not of their digits. */
    Slice rest_a = a->key, rest_b = b->key;
    for (size_t i = 0; pipe->in_key_order && i < pipe->field_count; i++) {
        Slice text_a = stage_key_take(&rest_a), text_b = stage_key_take(&rest_b);
        SortKey key_a = sort_key_of(text_a), key_b = sort_key_of(text_b);
        int order = sort_key_compare(&key_a, &key_b, false);
        if (order != 0) return order;
    }
    return stage_key_compare(a->key, b->key);
}

static int emit(GroupStage *group, const Group *one)
{
    const Pipe *pipe = group->stage.pipe;
    Slice cells[PIPE_COLUMNS_MAX], key = one->key;
    size_t made = 0;
    arena_reset(&group->scratch);
    for (; made < pipe->field_count; made++) {
        cells[made] = stage_key_take(&key);
    }
    size_t first = one->number * group->tally_count;
    Tally rows = {.count = one->rows};
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        const Aggregate *aggregate = &pipe->aggregates[i];
        Tally *tally = aggregate->has_field ? &group->tallies[first + group->tally_of[i]] : &rows;
        int r = tally_text(tally, aggregate, &group->scratch, &cells[made++]);
        if (r < 0) return r;
    }
    const Answer out = {.columns = pipe->columns,
                        .numbers = pipe->numbers,
                        .cells = cells,
                        .column_count = pipe->column_count};
    return stage_give(&group->stage, &out);
}

static void find_keys(GroupStage *group)
{
    size_t position = 0;
    Slice key;
    uint64_t number;
    while (map_next(&group->numbers, &position, &key, &number)) {
        group->groups[number - 1].key = key;
    }
}

static int group_end(Stage *stage)
{
    GroupStage *group = (GroupStage *)stage;
    const Pipe *pipe = stage->pipe;
    if (pipe->field_count == 0 && group->count == 0) {
        uint64_t number; /* a count of nothing is still an answer: 0 */
        int r = new_group(group, &number);
        if (r < 0) return r;
    }
    if (group->count == 0) return 0;
    find_keys(group);
    qsort_r(group->groups, group->count, sizeof *group->groups, compare_groups, (void *)pipe);
    for (size_t i = 0; i < group->count && (pipe->rows_max == 0 || i < pipe->rows_max); i++) {
        int r = emit(group, &group->groups[i]);
        if (r != 0) return r;
    }
    return 0;
}

static void group_free(Stage *stage)
{
    GroupStage *group = (GroupStage *)stage;
    for (size_t i = 0; i < group->count * group->tally_count; i++) {
        tally_done(&group->tallies[i]);
    }
    tally_memory_done(&group->memory);
    map_done(&group->numbers);
    free(group->groups);
    free(group->tallies);
    buf_done(&group->key);
    arena_done(&group->scratch);
    free(group);
}

/* Half for the groups, a quarter for their keys, a quarter for what the functions keep. */
Stage *stage_group_new(const Pipe *pipe, const StageSetup *setup)
{
    GroupStage *group = calloc(1, sizeof *group);
    if (!group) return NULL;
    const uint64_t *seed = setup->options->seed;
    size_t quarter = setup->memory_bytes_max / 4;
    bool has_distinct = false;
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        group->tally_of[i] = group->tally_count;
        group->tally_count += pipe->aggregates[i].has_field;
        has_distinct |= pipe->aggregates[i].kind == AGGREGATE_DISTINCT;
    }
    /* A third more for the old pieces while they grow. */
    size_t entry = (sizeof(Group) + group->tally_count * sizeof(Tally)) * 3 / 2;
    group->stage = (Stage){.take = group_take, .end = group_end, .free = group_free, .pipe = pipe};
    group->numbers = map_make(stage_map_room(quarter * 2, entry), seed);
    group->numbers.keys.bytes_max = quarter;
    tally_memory_init(&group->memory, quarter, has_distinct, seed);
    group->key = buf_make(STAGE_ROW_BYTES_MAX * 4);
    group->scratch = arena_make(STAGE_ROW_BYTES_MAX);
    return &group->stage;
}
