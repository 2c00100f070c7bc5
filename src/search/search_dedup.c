/* dedup: the first row of each combination of values. At the memory limit rows of combinations not
 * seen before are left out (SearchStats.memory_met), so that none ever comes twice. */
#include "search/search_stage.h"

#include "base/map.h"

#include <stdlib.h>

typedef struct DedupStage {
    Stage stage;
    Map seen;
    Buf key;
    Arena scratch;
} DedupStage;

static int dedup_take(Stage *stage, const Answer *answer)
{
    DedupStage *dedup = (DedupStage *)stage;
    bool is_new = false;
    arena_reset(&dedup->scratch);
    int r = stage_key_make(stage->pipe, answer, &dedup->scratch, &dedup->key);
    if (r < 0) return r;
    if (!map_put(&dedup->seen, buf_slice(&dedup->key), &is_new)) stage->stats->memory_met = true;
    return is_new ? stage_give(stage, answer) : 0;
}

static void dedup_free(Stage *stage)
{
    DedupStage *dedup = (DedupStage *)stage;
    map_done(&dedup->seen);
    buf_done(&dedup->key);
    arena_done(&dedup->scratch);
    free(dedup);
}

Stage *stage_dedup_new(const Pipe *pipe, const StageSetup *setup)
{
    DedupStage *dedup = calloc(1, sizeof *dedup);
    if (!dedup) return NULL;
    size_t half = setup->memory_bytes_max / 2;
    dedup->stage =
        (Stage){.take = dedup_take, .end = stage_nothing_held, .free = dedup_free, .pipe = pipe};
    dedup->seen = map_make(stage_map_room(half, 0), setup->options->seed);
    dedup->seen.keys.bytes_max = half;
    dedup->key = buf_make(STAGE_ROW_BYTES_MAX * 4);
    dedup->scratch = arena_make(STAGE_ROW_BYTES_MAX);
    return &dedup->stage;
}
