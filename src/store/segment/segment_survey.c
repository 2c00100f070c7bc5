/* The first of the two passes over a segment's rows: groups, leaves, keys, numbers, times. */
#include "store/segment/segment_int.h"
#include "store/segment/segment_keys.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Surveyor {
    const SegmentKey *key;
    KeySeed key_seed;
    Survey *survey;
    SegmentHeader *header;
    Grouping grouping;
    Tree tree;
    Buf scratch;
} Surveyor;

static void surveyor_done(Surveyor *surveyor)
{
    explicit_bzero(&surveyor->key_seed, sizeof surveyor->key_seed);
    grouping_done(&surveyor->grouping);
    buf_done(&surveyor->scratch);
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

static int take_row(Surveyor *surveyor, const Row *row, uint64_t number)
{
    Survey *survey = surveyor->survey;
    Digest leaf;
    int r = number_runs_gather(&survey->numbers, number);
    if (r == 0) r = grouping_add(&surveyor->grouping, row, surveyor->tree.count);
    if (r == 0) {
        r = segment_leaf_of(surveyor->key, &surveyor->scratch, row, surveyor->tree.count, &leaf);
    }
    if (r < 0) return r;
    tree_add(&surveyor->tree, &leaf);
    if (!keys_is_none(row->key))
        survey->prints[survey->print_count++] = keys_fingerprint(&surveyor->key_seed, row->key);
    survey_note_time(surveyor->header, row->record.time_ns);
    return 0;
}

static int take_rows(Surveyor *surveyor, const SegmentRows *rows)
{
    CLEANUP(arena_done) Arena arena = arena_make(SEGMENT_READ_BYTES_MAX);
    for (size_t i = 0; i < rows->count; i++) {
        Row row;
        uint64_t number;
        arena_reset(&arena);
        int r = rows->get(rows->context, i, &arena, &row, &number);
        if (r == 0) r = take_row(surveyor, &row, number);
        if (r < 0) return r;
    }
    return 0;
}

static int survey(SegmentPlan *plan, const SegmentKey *key, SegmentHeader *header, Survey *ret)
{
    const SegmentRows *rows = plan->rows;
    uint64_t seed = *(const uint64_t *)plan->context;
    CLEANUP(surveyor_done)
    Surveyor surveyor = {.key = key, .key_seed = keys_seed(key), .survey = ret, .header = header};
    ret->order = calloc(rows->count, sizeof *ret->order);
    ret->prints = calloc(rows->count, sizeof *ret->prints);
    if (!ret->order || !ret->prints) return -ENOMEM;
    grouping_begin(&surveyor.grouping, ret->order, seed);
    header->last_leaf = header->first_leaf + rows->count - 1;
    int r = take_rows(&surveyor, rows);
    if (r < 0) return r;
    header->root = tree_root(&surveyor.tree);
    grouping_end(&surveyor.grouping);
    return 0;
}

int segment_write(const Os *os, const char *folder, const char *name, const SegmentOptions *options,
                  const SegmentRows *rows, SegmentHeader *ret_header)
{
    uint64_t seed = options->seed;
    SegmentPlan plan = {.rows = rows, .survey = survey, .context = &seed};
    return segment_write_plan(os, folder, name, options, &plan, ret_header);
}
