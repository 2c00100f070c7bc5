/* The first pass over the rows of several segments: where each stands, its kind and time, whether
 * it gives its leaf and the leaves their root, and which keys can be made again from the rows. */
#include "store/segment/repack_int.h"

#include "base/number.h"
#include "record/event_key.h"

#include <errno.h>
#include <stdlib.h>

/* Prints of an input's keys, and which of them a row was found for. */
typedef struct FoundPrints {
    KeySeed seed;
    Buf prints; /* uint64_t, ascending */
    uint8_t *taken;
} FoundPrints;

typedef struct RepackSurveyor {
    const SegmentPlan *plan;
    Repacking *repacking;
    Survey *survey;
    SegmentHeader *header;
    Grouping grouping;
    Buf scratch;
    /* of the input at hand */
    Segment *input;
    uint16_t input_index;
    Digest *leaves; /* by its ranks; zeros: not yet seen */
    FoundPrints *parts;
    size_t part_count, prints_left;
} RepackSurveyor;

static void input_done(RepackSurveyor *surveyor)
{
    for (size_t i = 0; i < surveyor->part_count; i++) {
        buf_done(&surveyor->parts[i].prints);
        free(surveyor->parts[i].taken);
        explicit_bzero(&surveyor->parts[i].seed, sizeof surveyor->parts[i].seed);
    }
    free(surveyor->parts);
    free(surveyor->leaves);
    surveyor->parts = NULL;
    surveyor->leaves = NULL;
    surveyor->part_count = 0;
}

static void repack_surveyor_done(RepackSurveyor *surveyor)
{
    input_done(surveyor);
    grouping_done(&surveyor->grouping);
    buf_done(&surveyor->scratch);
}

/* ---- numbers of all inputs */

static int compare_runs(const void *a_run, const void *b_run)
{
    const NumberRun *a = a_run, *b = b_run; /* rank is how many, here */
    return (a->number > b->number) - (a->number < b->number);
}

static int add_runs(Buf *to, const NumberRuns *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        uint64_t end = i + 1 < runs->count ? runs->runs[i + 1].rank : runs->rows;
        NumberRun run = {end - runs->runs[i].rank, runs->runs[i].number};
        buf_add(to, &run, sizeof run);
    }
    return buf_error(to);
}

/* A number that two inputs have does not rise: -EINVAL. */
static int join_numbers(const Repacking *repacking, NumberRuns *ret)
{
    const RepackRows *rows = &repacking->rows;
    CLEANUP(buf_done) Buf all = buf_make(0);
    int r = 0;
    for (size_t i = 0; i < rows->input_count && r == 0; i++) {
        r = add_runs(&all, &rows->inputs[i]->directory.numbers);
    }
    if (r < 0) return r;
    NumberRun *runs = (NumberRun *)(void *)all.ptr;
    size_t count = all.len / sizeof *runs;
    qsort(runs, count, sizeof *runs, compare_runs);
    for (size_t i = 0; i < count; i++) {
        for (uint64_t j = 0; j < runs[i].rank && r == 0; j++) {
            if (repack_drops(repacking, runs[i].number + j)) continue;
            r = number_runs_gather(ret, runs[i].number + j);
        }
    }
    return r;
}

/* ---- keys */

static int read_parts(RepackSurveyor *surveyor)
{
    Segment *input = surveyor->input;
    int r = segment_open_keys(input);
    if (r < 0) return r;
    surveyor->parts = calloc(input->key_part_count + 1, sizeof *surveyor->parts);
    if (!surveyor->parts) return -ENOMEM;
    surveyor->part_count = input->key_part_count;
    surveyor->prints_left = 0;
    for (size_t i = 0; i < input->key_part_count && r == 0; i++) {
        FoundPrints *part = &surveyor->parts[i];
        part->seed = input->keys[i].seed;
        r = segment_read_prints(input, &input->keys[i], &part->prints);
        part->taken = calloc(part->prints.len / sizeof(uint64_t) + 1, 1);
        if (!part->taken) r = -ENOMEM;
        surveyor->prints_left += part->prints.len / sizeof(uint64_t);
    }
    return r;
}

static int compare_prints(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A row takes the print of its key; another row of the same content does not take it again. */
static bool take_print(RepackSurveyor *surveyor, const uint8_t *key)
{
    for (size_t i = 0; i < surveyor->part_count; i++) {
        const FoundPrints *part = &surveyor->parts[i];
        uint64_t print = keys_fingerprint(&part->seed, key);
        if (part->prints.len == 0) continue;
        const uint64_t *prints = (const void *)part->prints.ptr;
        const uint64_t *found =
            bsearch(&print, prints, part->prints.len / sizeof print, sizeof print, compare_prints);
        if (!found || part->taken[found - prints]) continue;
        part->taken[found - prints] = 1;
        surveyor->prints_left--;
        return true;
    }
    return false;
}

static unsigned find_content(RepackSurveyor *surveyor, const Row *row)
{
    uint8_t key[ROW_KEY_BYTES];
    segment_marked_key(&surveyor->scratch, row, 1, key);
    for (unsigned mark = 1; mark <= MARK_CONTENT; mark++, key[ROW_KEY_BYTES - 1]++) {
        if (take_print(surveyor, key)) return mark;
    }
    return 0;
}

/* Lines that came often before keep their prints. */
static unsigned find_line(RepackSurveyor *surveyor, const Row *row)
{
    uint8_t key[ROW_KEY_BYTES];
    Digest line = event_line_digest(row->record.text[RECORD_AKASHI_SOURCE], &row->event);
    for (unsigned before = 0; before < MARK_BEFORE; before++) {
        event_line_key(&line, false, before, key);
        for (unsigned added = 0; added < MARK_ADDED; added++, key[ROW_KEY_BYTES - 1]++) {
            if (take_print(surveyor, key)) {
                return MARK_CONTENT + 1 + before * MARK_ADDED + added;
            }
        }
    }
    return 0;
}

/* A row that is to be asked by its time must have it of itself. */
static unsigned find_mark(RepackSurveyor *surveyor, const Row *row)
{
    if (surveyor->prints_left == 0) return 0;
    if (event_is_itself(&row->event)) return find_content(surveyor, row);
    return event_has_own_time(&row->event) ? find_line(surveyor, row) : 0;
}

/* What no row stands for stays, with its seed: that of the member whose part it was. */
static int keep_left(RepackSurveyor *surveyor)
{
    Repacking *repacking = surveyor->repacking;
    for (size_t i = 0; i < surveyor->part_count; i++) {
        const FoundPrints *part = &surveyor->parts[i];
        size_t member = 0, count = part->prints.len / sizeof(uint64_t);
        while (member < repacking->member_count &&
               memcmp(&repacking->members[member].key_seed, &part->seed, sizeof part->seed) != 0) {
            member++;
        }
        for (size_t j = 0; j < count; j++) {
            if (part->taken[j]) continue;
            if (member == repacking->member_count) return -EBADMSG;
            buf_add(&repacking->left[member], part->prints.ptr + j * sizeof(uint64_t),
                    sizeof(uint64_t));
        }
        if (member < repacking->member_count && buf_error(&repacking->left[member])) return -ENOMEM;
    }
    return 0;
}

/* ---- rows */

static int note_leaf(RepackSurveyor *surveyor, const Row *row, uint64_t rank)
{
    static const Digest none;
    if (memcmp(&surveyor->leaves[rank], &none, sizeof none) != 0) return -EBADMSG; /* twice */
    return segment_leaf(surveyor->input, row, rank, &surveyor->leaves[rank]);
}

/* The print of a key that is made from its row: it stays with its member. */
static void keep_print(RepackSurveyor *surveyor, size_t member, const Row *row, unsigned mark)
{
    Repacking *repacking = surveyor->repacking;
    uint8_t key[ROW_KEY_BYTES];
    segment_marked_key(&surveyor->scratch, row, mark, key);
    uint64_t print = keys_fingerprint(&repacking->members[member].key_seed, key);
    buf_add(&repacking->left[member], &print, sizeof print);
}

/* Of a row that is left out its leaf stays, and its key is known ever after: prints that no row
 * takes stay with their members. */
static int drop_row(RepackSurveyor *surveyor, const Row *row, uint64_t number, const Digest *leaf,
                    unsigned mark)
{
    Repacking *repacking = surveyor->repacking;
    GoneRow gone = {.leaf = *leaf};
    size_t member = 0;
    while (member < repacking->member_count &&
           number_runs_find(&repacking->members[member].numbers, number, &gone.rank) < 0) {
        member++;
    }
    if (member == repacking->member_count) return -EBADMSG;
    buf_add(&repacking->gone[member], &gone, sizeof gone);
    if (mark) keep_print(surveyor, member, row, mark);
    int r = buf_error(&repacking->gone[member]);
    return r < 0 ? r : buf_error(&repacking->left[member]);
}

static int take_row(RepackSurveyor *surveyor, OpenBlock *block, uint32_t at, RowPlace place)
{
    Repacking *repacking = surveyor->repacking;
    uint64_t rank = open_block_rank(block, at), to;
    Row row;
    if (rank >= segment_header(surveyor->input)->count) return -EBADMSG;
    int r = open_block_row(block, at, &row);
    if (r == 0) r = note_leaf(surveyor, &row, rank);
    if (r < 0) return r;
    uint64_t number = segment_number_of(surveyor->input, rank);
    if (repack_drops(repacking, number)) {
        return drop_row(surveyor, &row, number, &surveyor->leaves[rank],
                        open_block_mark(block, at));
    }
    r = number_runs_find(&surveyor->survey->numbers, number, &to);
    if (r == 0) r = grouping_add(&surveyor->grouping, &row, to);
    if (r < 0) return r;
    unsigned mark = open_block_mark(block, at);
    repacking->marks[to] = (uint8_t)(mark ? mark : find_mark(surveyor, &row));
    repacking->rows.places[to] = place;
    survey_note_time(surveyor->header, row.record.time_ns);
    return 0;
}

static int take_block(RepackSurveyor *surveyor, uint32_t number)
{
    CLEANUP(open_block_done) OpenBlock *block = NULL;
    int r = segment_open_block(surveyor->input, number, &block);
    for (uint32_t i = 0; r == 0 && i < segment_block(surveyor->input, number)->row_count; i++) {
        RowPlace place = {surveyor->input_index, (uint16_t)number, (uint16_t)i};
        r = take_row(surveyor, block, i, place);
    }
    return r;
}

/* The leaves of each member, in its order, give the root that the log has. */
static int judge_roots(const RepackSurveyor *surveyor)
{
    Segment *input = surveyor->input;
    for (size_t i = 0; i < segment_member_count(input); i++) {
        const SegmentHeader *header = segment_member(input, i);
        const NumberRuns *numbers = segment_is_repacked(input)
                                        ? &input->directory.members[i].numbers
                                        : &input->directory.numbers;
        Tree tree = {0};
        size_t gone_count, gone_at = 0;
        const GoneRow *gone = segment_member_gone(input, i, &gone_count);
        for (uint64_t j = 0; j < header->count; j++) {
            uint64_t rank;
            if (gone_at < gone_count && gone[gone_at].rank == j) {
                tree_add(&tree, &gone[gone_at++].leaf);
                continue;
            }
            int r = segment_rank_of(input, number_runs_at(numbers, j), &rank);
            if (r < 0) return -EBADMSG;
            tree_add(&tree, &surveyor->leaves[rank]);
        }
        Digest root = tree_root(&tree);
        if (memcmp(&root, &header->root, sizeof root) != 0) return -EBADMSG;
    }
    return 0;
}

static int take_input(RepackSurveyor *surveyor, size_t index)
{
    Segment *input = surveyor->repacking->rows.inputs[index];
    surveyor->input = input;
    surveyor->input_index = (uint16_t)index;
    surveyor->leaves = calloc(segment_header(input)->count + 1, sizeof *surveyor->leaves);
    int r = surveyor->leaves ? read_parts(surveyor) : -ENOMEM;
    for (uint32_t i = 0; i < segment_block_count(input) && r == 0; i++) {
        const SegmentPlan *plan = surveyor->plan;
        r = plan->going ? plan->going(plan->going_context, 0) : 0;
        if (r == 0) r = take_block(surveyor, i);
    }
    if (r == 0) r = judge_roots(surveyor);
    if (r == 0) r = keep_left(surveyor);
    input_done(surveyor);
    return r;
}

/* The root of a re-packed file: of a tree whose leaves are its members' headers. */
static Digest root_of(const Repacking *repacking)
{
    Tree tree = {0};
    for (size_t i = 0; i < repacking->member_count; i++) {
        char room[SEGMENT_HEADER_BYTES_MAX];
        Buf header = buf_over(room, sizeof room);
        segment_header_add(&header, &repacking->members[i].header);
        Digest leaf = tree_leaf(buf_slice(&header));
        tree_add(&tree, &leaf);
    }
    return tree_root(&tree);
}

static int compare_gone(const void *a_row, const void *b_row)
{
    const GoneRow *a = a_row, *b = b_row;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static void settle_gone(Repacking *repacking)
{
    for (size_t i = 0; i < repacking->member_count; i++) {
        Buf *gone = &repacking->gone[i];
        size_t count = gone->len / sizeof(GoneRow);
        if (count) qsort(gone->ptr, count, sizeof(GoneRow), compare_gone);
        repacking->members[i].gone = (const GoneRow *)(const void *)gone->ptr;
        repacking->members[i].gone_count = count;
    }
}

int repack_survey(SegmentPlan *plan, const SegmentKey *key, SegmentHeader *header, Survey *ret)
{
    (void)key; /* leaves stay under the blinds of their members */
    Repacking *repacking = plan->context;
    CLEANUP(repack_surveyor_done)
    RepackSurveyor surveyor = {.plan = plan,
                               .repacking = repacking,
                               .survey = ret,
                               .header = header,
                               .scratch = buf_make(0)};
    size_t count = plan->rows->count;
    ret->order = calloc(count, sizeof *ret->order);
    repacking->rows.places = calloc(count, sizeof *repacking->rows.places);
    repacking->marks = calloc(count, 1);
    if (!ret->order || !repacking->rows.places || !repacking->marks) return -ENOMEM;
    int r = join_numbers(repacking, &ret->numbers);
    if (r == 0 && ret->numbers.rows != count) r = -EBADMSG;
    grouping_begin(&surveyor.grouping, ret->order, repacking->seed);
    for (size_t i = 0; i < repacking->rows.input_count && r == 0; i++) {
        r = take_input(&surveyor, i);
    }
    if (r < 0) return r;
    settle_gone(repacking);
    plan->marks = repacking->marks;
    header->last_leaf = count - 1;
    header->root = root_of(repacking);
    grouping_end(&surveyor.grouping);
    return 0;
}
