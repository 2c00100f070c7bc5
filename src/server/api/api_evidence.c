#include "server/api/api_evidence.h"

#include "base/number.h"
#include "server/api/api_question.h"

#include <errno.h>
#include <stdlib.h>

/* Of a record joined from many events the first and the last say its times; what came out of order
 * waits so long at most (translate/actions). */
#define OUT_OF_ORDER_NS (2 * NS_PER_SECOND)
/* An open handle is older than what was done with it. Where not all were found. */
#define WIDER_NS (3600 * NS_PER_SECOND)

/* ---- akashi.raw ------------------------------------------------------------------------------ */

/* `1042` or `1042-1050`. */
static bool take_range(Slice text, uint64_t *ret_first, uint64_t *ret_count)
{
    size_t dash = slice_find_char(text, '-');
    uint64_t first, last;
    Slice begin = dash == SLICE_NOT_FOUND ? text : slice_first(text, dash);
    Slice end = dash == SLICE_NOT_FOUND ? text : slice_skip(text, dash + 1);
    if (number_parse_u64(begin, &first) < 0 || number_parse_u64(end, &last) < 0 || last < first)
        return false;
    *ret_first = first;
    *ret_count = last - first + 1;
    return true;
}

static void add_run(ApiEvidence *evidence, Slice piece)
{
    EvidenceRun run = {0};
    uint64_t records;
    size_t mark = slice_rfind_char(piece, '#');
    if (mark == SLICE_NOT_FOUND || !take_range(slice_skip(piece, mark + 1), &run.id, &run.count))
        return;
    size_t slash = slice_rfind_char(slice_first(piece, mark), '/');
    if (slash != SLICE_NOT_FOUND &&
        !take_range(slice_of(piece.ptr + slash + 1, mark - slash - 1), &run.record_id, &records))
        run.record_id = 0;
    evidence->more = evidence->more || evidence->run_count == API_EVIDENCE_RUNS_MAX;
    if (evidence->run_count < API_EVIDENCE_RUNS_MAX) evidence->runs[evidence->run_count++] = run;
}

static void add_piece(ApiEvidence *evidence, Slice piece)
{
    uint64_t number;
    if (slice_starts(piece, SLICE("+"))) {
        evidence->more = true;
    } else if (slice_starts(piece, SLICE("row/"))) {
        if (number_parse_u64(slice_skip(piece, 4), &number) == 0 &&
            evidence->count < API_EVIDENCE_MAX)
            evidence->numbers[evidence->count++] = number;
    } else {
        add_run(evidence, piece);
    }
}

int api_evidence_of(const Record *record, Arena *arena, ApiEvidence *ret)
{
    Slice rest = record->text[RECORD_AKASHI_RAW], piece;
    int r = arena_copy(arena, record->text[RECORD_HOST_NAME], &ret->host);
    if (r == 0) r = arena_copy(arena, record->text[RECORD_EVENT_DATASET], &ret->dataset);
    if (r < 0) return r;
    ret->run_count = ret->count = 0;
    ret->more = false;
    while (slice_cut(&rest, ',', &piece))
        add_piece(ret, piece);
    ret->from_ns = record->time_ns;
    ret->to_ns = record->end_ns == TIME_UNKNOWN ? record->time_ns : record->end_ns;
    if (record->time_ns == TIME_UNKNOWN) ret->run_count = 0;
    return 0;
}

/* ---- the rows -------------------------------------------------------------------------------- */

/* NULL: it is not named. */
static const EvidenceRun *run_of(const ApiEvidence *evidence, const Event *event)
{
    for (size_t i = 0; i < evidence->run_count; i++) {
        const EvidenceRun *run = &evidence->runs[i];
        uint64_t at = event->index - run->id;
        if (event->index < run->id || at >= run->count) continue;
        if (run->record_id == 0 || event->record_id == run->record_id + at) return run;
    }
    return NULL;
}

static int on_row(void *context, const Answer *answer)
{
    ApiEvidence *evidence = context;
    const Row *row = answer->row;
    const EvidenceRun *run = row ? run_of(evidence, &row->event) : NULL;
    if (!run || !slice_eq(row->record.text[RECORD_EVENT_DATASET], evidence->dataset)) return 0;
    bool elsewhere = !slice_eq(row->record.text[RECORD_HOST_NAME], evidence->host);
    if (elsewhere && run->record_id == 0) return 0;
    if (evidence->count == API_EVIDENCE_MAX) {
        evidence->more = true;
        return 1;
    }
    evidence->is_elsewhere[evidence->count] = elsewhere;
    evidence->numbers[evidence->count++] = answer->number;
    return 0;
}

/* Files that were read one by one each count from 0: where all were found on its own host, those
 * of others have the same numbers by chance. */
static void drop_others(ApiEvidence *evidence, uint64_t named)
{
    size_t kept = 0;
    uint64_t own = 0;
    for (size_t i = 0; i < evidence->count; i++)
        own += !evidence->is_elsewhere[i];
    if (own < named || own == evidence->count) return;
    for (size_t i = 0; i < evidence->count; i++) {
        if (!evidence->is_elsewhere[i]) evidence->numbers[kept++] = evidence->numbers[i];
    }
    evidence->count = kept;
}

static int look(ApiRequest *request, ApiEvidence *evidence, int64_t slack_ns)
{
    ApiQuestion question;
    SearchStats stats;
    const ApiAsking asking = {.order = SEARCH_BY_ARRIVAL, .sink = on_row, .sink_context = evidence};
    evidence->count = 0;
    if (api_question_of(request, SLICE("role:evidence"), true, &question) < 0) return -1;
    question.range.newest_first = false;
    if (__builtin_sub_overflow(evidence->from_ns, slack_ns, &question.range.from_ns))
        question.range.from_ns = INT64_MIN;
    if (__builtin_add_overflow(evidence->to_ns, slack_ns + 1, &question.range.to_ns))
        question.range.to_ns = INT64_MAX;
    int r = api_question_ask(&question, question.query, &asking, &stats);
    api_question_done(&question);
    return r;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int api_evidence_find(ApiRequest *request, ApiEvidence *evidence)
{
    uint64_t named = 0;
    for (size_t i = 0; i < evidence->run_count; i++)
        named += evidence->runs[i].count;
    if (named == 0) return 0;
    int r = look(request, evidence, OUT_OF_ORDER_NS);
    if (r == 0 && evidence->count < named && evidence->count < API_EVIDENCE_MAX)
        r = look(request, evidence, WIDER_NS);
    drop_others(evidence, named);
    qsort(evidence->numbers, evidence->count, sizeof *evidence->numbers, compare_numbers);
    return r;
}
