/* sequence: for each key the rows that pass the filters one after the other within the time.
 *
 * Rows come in the order of the store, which need not be that of their times; so all rows that pass
 * any of the filters are noted and put in order at the end. A row serves one filter of a match, and
 * one match. Of several beginnings the latest one is taken, which gives the shortest match. Matches
 * are shown with the latest end first. At the memory limit rows are left out (memory_met). Rows
 * without a time of their own, or without a value in the first key, take no part. */
#include "search/search_stage.h"

#include "base/map.h"
#include "base/number.h"
#include "base/time_text.h"

#include <stdlib.h>

typedef struct Noted {
    int64_t time_ns;
    uint64_t number;
    uint32_t key;
    uint32_t steps; /* a bit for each filter passed */
} Noted;

typedef struct Match {
    uint32_t key;
    int64_t first_ns, last_ns;
    uint64_t numbers[PIPE_STEPS_MAX];
} Match;

/* A match begun: the rows up to some step. */
typedef struct Begun {
    bool is_there;
    int64_t first_ns;
    uint64_t numbers[PIPE_STEPS_MAX];
} Begun;

typedef struct SequenceStage {
    Stage stage;
    Map keys; /* to their number, from 1 */
    Noted *noted;
    size_t noted_count, noted_room, noted_max;
    Match *matches;
    size_t match_count, match_room, match_max;
    Buf key;
    Arena scratch;
} SequenceStage;

static uint32_t steps_passed(const Pipe *pipe, const Row *row)
{
    uint32_t steps = 0;
    for (size_t i = 0; i < pipe->step_count; i++) {
        if (query_node_matches(pipe->steps[i], row)) steps |= 1u << i;
    }
    return steps;
}

static int note(SequenceStage *sequence, const Noted *noted)
{
    if (sequence->noted_count == sequence->noted_max) {
        sequence->stage.stats->memory_met = true;
        return 0;
    }
    if (sequence->noted_count == sequence->noted_room) {
        size_t room = sequence->noted_room * 2 + 64;
        Noted *larger = realloc(sequence->noted, room * sizeof *larger);
        if (!larger) return -ENOMEM;
        sequence->noted = larger;
        sequence->noted_room = room;
    }
    sequence->noted[sequence->noted_count++] = *noted;
    return 0;
}

static int sequence_take(Stage *stage, const Answer *answer)
{
    SequenceStage *sequence = (SequenceStage *)stage;
    const Record *record = &answer->row->record;
    Noted noted = {.time_ns = record->time_ns, .number = answer->number};
    if (record->time_ns == TIME_UNKNOWN) return 0;
    noted.steps = steps_passed(stage->pipe, answer->row);
    if (noted.steps == 0) return 0;
    arena_reset(&sequence->scratch);
    int r = stage_key_make(stage->pipe, answer, &sequence->scratch, &sequence->key);
    if (r < 0 || read_le32(sequence->key.ptr) == 0) return r;
    bool is_new = false;
    uint64_t *number = map_put(&sequence->keys, buf_slice(&sequence->key), &is_new);
    if (!number) {
        stage->stats->memory_met = true;
        return 0;
    }
    if (is_new) *number = sequence->keys.count;
    noted.key = (uint32_t)*number;
    return note(sequence, &noted);
}

static int compare_noted(const void *left, const void *right)
{
    const Noted *a = left, *b = right;
    if (a->key != b->key) return a->key > b->key ? 1 : -1;
    if (a->time_ns != b->time_ns) return a->time_ns > b->time_ns ? 1 : -1;
    return (a->number > b->number) - (a->number < b->number);
}

static int compare_matches(const void *left, const void *right)
{
    const Match *a = left, *b = right;
    if (a->last_ns != b->last_ns) return a->last_ns < b->last_ns ? 1 : -1;
    return (a->numbers[0] < b->numbers[0]) - (a->numbers[0] > b->numbers[0]);
}

static int add_match(SequenceStage *sequence, const Noted *last, const Begun *begun)
{
    if (sequence->match_count == sequence->match_max) {
        sequence->stage.stats->memory_met = true;
        return 0;
    }
    if (sequence->match_count == sequence->match_room) {
        size_t room = sequence->match_room * 2 + 16;
        Match *larger = realloc(sequence->matches, room * sizeof *larger);
        if (!larger) return -ENOMEM;
        sequence->matches = larger;
        sequence->match_room = room;
    }
    Match *match = &sequence->matches[sequence->match_count++];
    *match = (Match){.key = last->key, .first_ns = begun->first_ns, .last_ns = last->time_ns};
    memcpy(match->numbers, begun->numbers, sizeof match->numbers);
    return 0;
}

/* The row goes behind what is begun, the later steps first, so that it serves only one. */
static int follow(SequenceStage *sequence, Begun *begun, const Noted *noted)
{
    const Pipe *pipe = sequence->stage.pipe;
    for (size_t step = pipe->step_count; step-- > 0;) {
        Begun *before = step > 0 ? &begun[step - 1] : NULL;
        if (!(noted->steps >> step & 1)) continue;
        if (before &&
            (!before->is_there || (Decimal)noted->time_ns - before->first_ns > pipe->span_ns))
            continue;
        begun[step] = before ? *before : (Begun){.is_there = true, .first_ns = noted->time_ns};
        begun[step].numbers[step] = noted->number;
        if (step + 1 < pipe->step_count) continue;
        int r = add_match(sequence, noted, &begun[step]);
        memset(begun, 0, PIPE_STEPS_MAX * sizeof *begun);
        return r;
    }
    return 0;
}

static int find_matches(SequenceStage *sequence)
{
    Begun begun[PIPE_STEPS_MAX];
    if (sequence->noted_count == 0) return 0;
    qsort(sequence->noted, sequence->noted_count, sizeof *sequence->noted, compare_noted);
    for (size_t i = 0; i < sequence->noted_count; i++) {
        const Noted *noted = &sequence->noted[i];
        if (i == 0 || noted->key != noted[-1].key) memset(begun, 0, sizeof begun);
        int r = follow(sequence, begun, noted);
        if (r < 0) return r;
        if (stage_is_cancelled(sequence->stage.cancel)) return -ECANCELED;
    }
    return 0;
}

static int emit(SequenceStage *sequence, const Slice *keys, const Match *match)
{
    const Pipe *pipe = sequence->stage.pipe;
    Slice cells[PIPE_COLUMNS_MAX], key = keys[match->key];
    char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];
    char numbers[PIPE_STEPS_MAX * (NUMBER_TEXT_MAX + 2)];
    size_t made = 0, len = 0;
    for (; made < pipe->field_count; made++) {
        cells[made] = stage_key_take(&key);
    }
    for (size_t i = 0; i < pipe->step_count; i++) {
        if (i > 0) {
            memcpy(numbers + len, ", ", 2);
            len += 2;
        }
        len += number_print_u64(numbers + len, match->numbers[i]);
    }
    cells[made++] = slice_of(first, time_print_rfc3339(first, match->first_ns));
    cells[made++] = slice_of(last, time_print_rfc3339(last, match->last_ns));
    cells[made++] = slice_of(numbers, len);
    const Answer out = {.columns = pipe->columns,
                        .numbers = pipe->numbers,
                        .cells = cells,
                        .column_count = pipe->column_count};
    return stage_give(&sequence->stage, &out);
}

static int emit_all(SequenceStage *sequence, Slice *keys)
{
    size_t position = 0;
    Slice key;
    uint64_t number;
    while (map_next(&sequence->keys, &position, &key, &number)) {
        keys[number] = key;
    }
    for (size_t i = 0; i < sequence->match_count; i++) {
        int r = emit(sequence, keys, &sequence->matches[i]);
        if (r != 0) return r;
    }
    return 0;
}

static int sequence_end(Stage *stage)
{
    SequenceStage *sequence = (SequenceStage *)stage;
    int r = find_matches(sequence);
    if (r < 0 || sequence->match_count == 0) return r;
    qsort(sequence->matches, sequence->match_count, sizeof *sequence->matches, compare_matches);
    Slice *keys = calloc(sequence->keys.count + 1, sizeof *keys);
    if (!keys) return -ENOMEM;
    r = emit_all(sequence, keys);
    free(keys);
    return r;
}

static void sequence_free(Stage *stage)
{
    SequenceStage *sequence = (SequenceStage *)stage;
    map_done(&sequence->keys);
    free(sequence->noted);
    free(sequence->matches);
    buf_done(&sequence->key);
    arena_done(&sequence->scratch);
    free(sequence);
}

/* A quarter each for keys, their texts, the rows noted and the matches. */
Stage *stage_sequence_new(const Pipe *pipe, const StageSetup *setup)
{
    SequenceStage *sequence = calloc(1, sizeof *sequence);
    if (!sequence) return NULL;
    size_t quarter = setup->memory_bytes_max / 4;
    sequence->stage =
        (Stage){.take = sequence_take, .end = sequence_end, .free = sequence_free, .pipe = pipe};
    sequence->keys = map_make(stage_map_room(quarter, sizeof(Slice)), setup->options->seed);
    sequence->keys.keys.bytes_max = quarter;
    sequence->noted_max = quarter / (2 * sizeof(Noted)); /* the old piece stands while it grows */
    sequence->match_max = quarter / (2 * sizeof(Match));
    sequence->key = buf_make(STAGE_ROW_BYTES_MAX * 4);
    sequence->scratch = arena_make(STAGE_ROW_BYTES_MAX);
    return &sequence->stage;
}
