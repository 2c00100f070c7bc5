/* timeline: how many rows in each piece of time, oldest first, pieces without rows too.
 *
 * Without a span it chooses one that gives at most PIECES_CHOSEN pieces: for the times asked for
 * when both ends are known, and while rows come it goes over to longer ones as they spread. Each
 * span is a multiple of the one before, so that pieces are only ever joined. Days and weeks begin
 * by the zone of who asks, weeks on Monday. Rows without a time are not counted. */
#include "search/search_stage.h"

#include "base/number.h"
#include "base/time_text.h"

#include <stdlib.h>

#define PIECES_CHOSEN 120
#define PIECES_MAX 10000 /* of a span that was asked for; past it memory_met */
#define MONDAY_NS (4 * 86400 * NS_PER_SECOND)

static const int64_t spans_seconds[] = {1,     5,      10,      30,       60,       300,
                                        600,   1800,   3600,    10800,    21600,    43200,
                                        86400, 604800, 2419200, 31449600, 314496000};

typedef struct TimelineStage {
    Stage stage;
    int64_t span_ns;
    size_t chosen; /* of spans_seconds; only when no span was asked for */
    size_t pieces_max;
    uint64_t *counts; /* pieces_max, of the pieces first, first + 1 ... */
    int64_t first;
    size_t count;
    bool by_range; /* pieces of the whole range asked for are shown */
    int64_t from_ns, to_ns;
    Arena scratch;
} TimelineStage;

static int64_t floor_divide(Decimal value, int64_t step)
{
    Decimal quotient = value / step;
    return (int64_t)(quotient - (value % step < 0));
}

static Decimal shift_of(const TimelineStage *line)
{
    return line->stage.pipe->zone_offset_seconds * (Decimal)NS_PER_SECOND - MONDAY_NS;
}

static int64_t piece_of(const TimelineStage *line, int64_t ns)
{
    return floor_divide(ns + shift_of(line), line->span_ns);
}

/* Joins pieces to those of the next longer span. */
static void coarsen(TimelineStage *line)
{
    int64_t before = spans_seconds[line->chosen], after = spans_seconds[++line->chosen];
    int64_t factor = after / before, first = floor_divide(line->first, factor);
    size_t count = 0;
    for (size_t i = 0; i < line->count; i++) {
        size_t to = (size_t)(floor_divide(line->first + (int64_t)i, factor) - first);
        uint64_t rows = line->counts[i];
        line->counts[i] = 0;
        line->counts[to] += rows;
        count = to + 1;
    }
    line->first = first;
    line->count = count;
    line->span_ns = after * NS_PER_SECOND;
}

/* Makes room for the piece; false when it is too far from the others. */
static bool reach_piece(TimelineStage *line, int64_t piece)
{
    if (line->count == 0) {
        line->first = piece;
        line->count = 1;
        line->counts[0] = 0;
        return true;
    }
    int64_t first = piece < line->first ? piece : line->first;
    int64_t last = line->first + (int64_t)line->count - 1;
    if (piece > last) last = piece;
    if ((Decimal)last - first >= (Decimal)line->pieces_max) return false;
    size_t before = (size_t)(line->first - first), count = (size_t)(last - first + 1);
    memmove(line->counts + before, line->counts, line->count * sizeof *line->counts);
    memset(line->counts, 0, before * sizeof *line->counts);
    size_t used = before + line->count;
    memset(line->counts + used, 0, (count - used) * sizeof *line->counts);
    line->first = first;
    line->count = count;
    return true;
}

static bool reach_time(TimelineStage *line, int64_t ns)
{
    bool chooses = line->stage.pipe->span_ns == 0;
    while (!reach_piece(line, piece_of(line, ns))) {
        if (!chooses || line->chosen + 1 == ARRAY_COUNT(spans_seconds)) return false;
        coarsen(line);
    }
    return true;
}

static int timeline_take(Stage *stage, const Answer *answer)
{
    TimelineStage *line = (TimelineStage *)stage;
    int64_t ns;
    arena_reset(&line->scratch);
    int r = stage_field_time(&stage->pipe->fields[0], answer, &line->scratch, &ns);
    if (r < 0 || ns == TIME_UNKNOWN) return r;
    if (reach_time(line, ns)) {
        line->counts[piece_of(line, ns) - line->first]++;
    } else {
        stage->stats->memory_met = true;
    }
    return 0;
}

/* Rows of a block mostly follow each other in time: so many of them are of the piece at hand. */
void stage_timeline_count(Stage *stage, const int64_t *times_ns, RowBits rows)
{
    TimelineStage *line = (TimelineStage *)stage;
    uint32_t position = 0, row;
    uint64_t *here = NULL;
    Decimal from = 0, to = 0; /* of the piece at hand */
    while (row_bits_next(rows, &position, &row)) {
        int64_t ns = times_ns[row];
        if (ns == TIME_UNKNOWN) continue;
        if (!here || ns < from || ns >= to) {
            here = NULL;
            if (!reach_time(line, ns)) {
                stage->stats->memory_met = true;
                continue;
            }
            int64_t piece = piece_of(line, ns);
            here = &line->counts[piece - line->first];
            from = (Decimal)piece * line->span_ns - shift_of(line);
            to = from + line->span_ns;
        }
        (*here)++;
    }
}

static int emit(TimelineStage *line, size_t at)
{
    const Pipe *pipe = line->stage.pipe;
    Decimal start = ((Decimal)line->first + (Decimal)at) * line->span_ns - shift_of(line);
    char time[TIME_TEXT_MAX], count[NUMBER_TEXT_MAX];
    if (start < INT64_MIN + 1) start = INT64_MIN + 1;
    if (start > INT64_MAX) start = INT64_MAX;
    const Slice cells[] = {slice_of(time, time_print_rfc3339(time, (int64_t)start)),
                           slice_of(count, number_print_u64(count, line->counts[at]))};
    const Answer out = {.columns = pipe->columns,
                        .numbers = pipe->numbers,
                        .cells = cells,
                        .column_count = pipe->column_count};
    return stage_give(&line->stage, &out);
}

static int timeline_end(Stage *stage)
{
    TimelineStage *line = (TimelineStage *)stage;
    if (line->by_range) {
        /* What has no room is only pieces without rows. */
        if (reach_time(line, line->from_ns)) (void)!reach_time(line, line->to_ns - 1);
    }
    for (size_t i = 0; i < line->count; i++) {
        int r = emit(line, i);
        if (r != 0) return r;
    }
    return 0;
}

static void timeline_free(Stage *stage)
{
    TimelineStage *line = (TimelineStage *)stage;
    free(line->counts);
    arena_done(&line->scratch);
    free(line);
}

static void choose_span(TimelineStage *line, const StageSetup *setup)
{
    Decimal range = (Decimal)setup->to_ns - setup->from_ns;
    line->by_range = setup->from_ns > INT64_MIN + 1 && setup->to_ns < INT64_MAX && range > 0;
    line->from_ns = setup->from_ns;
    line->to_ns = setup->to_ns;
    line->span_ns = line->stage.pipe->span_ns;
    line->pieces_max = line->span_ns ? PIECES_MAX : PIECES_CHOSEN + 1;
    if (line->span_ns) return;
    while (line->by_range && line->chosen + 1 < ARRAY_COUNT(spans_seconds) &&
           range / (spans_seconds[line->chosen] * NS_PER_SECOND) > PIECES_CHOSEN - 1) {
        line->chosen++;
    }
    line->span_ns = spans_seconds[line->chosen] * NS_PER_SECOND;
}

Stage *stage_timeline_new(const Pipe *pipe, const StageSetup *setup)
{
    TimelineStage *line = calloc(1, sizeof *line);
    if (!line) return NULL;
    line->stage =
        (Stage){.take = timeline_take, .end = timeline_end, .free = timeline_free, .pipe = pipe};
    line->scratch = arena_make(STAGE_ROW_BYTES_MAX);
    choose_span(line, setup);
    line->counts = calloc(line->pieces_max, sizeof *line->counts);
    if (!line->counts) {
        timeline_free(&line->stage);
        return NULL;
    }
    return &line->stage;
}
