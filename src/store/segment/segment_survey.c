/* The first of the two passes over a segment's rows: groups, leaves, keys, numbers, times. */
#include "store/segment/segment_int.h"

#include <errno.h>
#include <stdlib.h>

#define CAPACITY_FIRST 4096

void surveyor_done(Surveyor *surveyor)
{
    explicit_bzero(&surveyor->key_seed, sizeof surveyor->key_seed);
    grouping_done(&surveyor->grouping);
    for (size_t i = 0; i < TREE_RECORDS_MAX; i++) {
        buf_done(&surveyor->scratch[i]);
    }
}

void survey_done(Survey *survey)
{
    free(survey->order);
    free(survey->prints);
    number_runs_done(&survey->numbers);
}

void survey_note_time(SegmentHeader *header, int64_t time_ns)
{
    if (time_ns == TIME_UNKNOWN) return;
    if (time_ns < header->from_ns) header->from_ns = time_ns;
    if (time_ns > header->to_ns) header->to_ns = time_ns;
}

static int make_room(Surveyor *surveyor, size_t capacity)
{
    Survey *survey = surveyor->survey;
    GroupedRow *order = reallocarray(survey->order, capacity, sizeof *order);
    if (order) survey->order = surveyor->grouping.rows = order;
    uint64_t *prints = reallocarray(survey->prints, capacity, sizeof *prints);
    if (prints) survey->prints = prints;
    if (!order || !prints) return -ENOMEM;
    survey->capacity = capacity;
    return 0;
}

int surveyor_begin(Surveyor *surveyor, const SegmentKey *key, uint64_t seed, size_t row_count,
                   SegmentHeader *header, Survey *survey)
{
    *surveyor =
        (Surveyor){.key = key, .key_seed = keys_seed(key), .survey = survey, .header = header};
    header->from_ns = INT64_MAX;
    header->to_ns = INT64_MIN;
    grouping_begin(&surveyor->grouping, NULL, seed);
    return make_room(surveyor, row_count ? row_count : CAPACITY_FIRST);
}

/* The leaves that wait, into the tree. */
static void settle_leaves(Surveyor *surveyor)
{
    Digest leaves[TREE_RECORDS_MAX];
    tree_record_leaves(surveyor->leaves, surveyor->leaf_count, leaves);
    for (size_t i = 0; i < surveyor->leaf_count; i++) {
        tree_add(&surveyor->tree, &leaves[i]);
    }
    surveyor->leaf_count = 0;
}

int surveyor_take_kept(Surveyor *surveyor, const Row *row, Slice raw, const uint8_t *key,
                       uint64_t number)
{
    Survey *survey = surveyor->survey;
    size_t waiting = surveyor->leaf_count;
    uint64_t rank = surveyor->tree.count + waiting;
    int r = rank < survey->capacity ? 0 : make_room(surveyor, survey->capacity * 2);
    if (r == 0) r = number_runs_gather(&survey->numbers, number);
    if (r == 0) r = grouping_add(&surveyor->grouping, row, rank);
    if (r == 0) {
        r = segment_leaf_record(surveyor->key, &surveyor->scratch[waiting], row, raw, rank,
                                &surveyor->leaves[waiting]);
    }
    if (r < 0) return r;
    surveyor->leaf_count++;
    if (surveyor->leaf_count == TREE_RECORDS_MAX) settle_leaves(surveyor);
    if (key && !keys_is_none(key))
        survey->prints[survey->print_count++] = keys_fingerprint(&surveyor->key_seed, key);
    survey_note_time(surveyor->header, row->record.time_ns);
    return 0;
}

int surveyor_take(Surveyor *surveyor, const Row *row, const uint8_t *key, uint64_t number)
{
    int r = surveyor_take_kept(surveyor, row, row->event.raw, key, number);
    if (r == 0) settle_leaves(surveyor);
    return r;
}

void surveyor_end(Surveyor *surveyor)
{
    settle_leaves(surveyor);
    surveyor->header->root = tree_root(&surveyor->tree);
    grouping_end(&surveyor->grouping);
}

static int take_rows(Surveyor *surveyor, const SegmentRows *rows)
{
    CLEANUP(arena_done) Arena arena = arena_make(SEGMENT_READ_BYTES_MAX);
    for (size_t i = 0; i < rows->count; i++) {
        Row row;
        uint64_t number;
        arena_reset(&arena);
        int r = rows->get(rows->context, i, &arena, &row, &number);
        if (r == 0) r = surveyor_take(surveyor, &row, row.key, number);
        if (r < 0) return r;
    }
    return 0;
}

static int survey(SegmentPlan *plan, const SegmentKey *key, SegmentHeader *header, Survey *ret)
{
    const SegmentRows *rows = plan->rows;
    uint64_t seed = *(const uint64_t *)plan->context;
    CLEANUP(surveyor_done) Surveyor surveyor = {0};
    int r = surveyor_begin(&surveyor, key, seed, rows->count, header, ret);
    if (r == 0) r = take_rows(&surveyor, rows);
    if (r < 0) return r;
    header->last_leaf = header->first_leaf + rows->count - 1;
    surveyor_end(&surveyor);
    return 0;
}

int segment_write(const Os *os, const char *folder, const char *name, const SegmentOptions *options,
                  const SegmentRows *rows, SegmentHeader *ret_header)
{
    uint64_t seed = options->seed;
    SegmentPlan plan = {.rows = rows, .survey = survey, .context = &seed};
    return segment_write_plan(os, folder, name, options, &plan, ret_header);
}
