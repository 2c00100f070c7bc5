/* Any bytes as a question: parsed, asked of rows made of the same bytes, and run over them. The
 * first line is the question, the rest is what the rows are made of. */
#include "base/check.h"
#include "search/search.h"
#include "tests/support/fake_reader.h"

#include <errno.h>

static const QueryOptions asked_at = {.now_ns =
                                          1795190400000000000}; /* 2026-11-20T16:00Z, a Friday */

#define ROWS 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void make_rows(Slice content, Field *fields, Row *rows)
{
    for (size_t i = 0; i < ROWS; i++) {
        Slice piece = slice_skip(content, content.len * i / ROWS);
        fields[i * 2] = (Field){.name = slice_first(piece, 5), .value = slice_skip(piece, 5)};
        fields[i * 2 + 1] = (Field){.name = SLICE("Data"), .value = slice_first(piece, 40)};
        rows[i] = (Row){.event = {.raw = piece, .fields = fields + i * 2, .field_count = 2},
                        .origin = slice_first(piece, 9),
                        .record = {.verb = (Verb)(piece.len % VERB_COUNT),
                                   .outcome = (Outcome)(piece.len % 3),
                                   .time_ns = (int64_t)piece.len * 1000000007,
                                   .end_ns = TIME_UNKNOWN,
                                   .count = 1}};
        rows[i].record.text[RECORD_USER_NAME] = slice_first(piece, 12);
        rows[i].record.text[RECORD_SOURCE_IP] = slice_first(piece, 8);
        rows[i].record.text[RECORD_SOURCE_BYTES] = slice_first(piece, 3);
    }
}

typedef struct Printing {
    Buf out;
    AnswerPrinter printer;
} Printing;

static int print_answer(void *context, const Answer *answer)
{
    Printing *printing = context;
    answer_print(&printing->out, &printing->printer, answer);
    for (size_t i = 0; printing->printer.format != ANSWER_JSON && i < printing->out.len; i++) {
        char c = printing->out.ptr[i];
        bool csv = printing->printer.format == ANSWER_CSV;
        CHECK((unsigned char)c >= ' ' || c == '\n' || (csv && (c == '\r' || c == '\t')));
    }
    buf_clear(&printing->out);
    return 0;
}

static void run(const Query *query, const Row *rows, AnswerFormat format)
{
    StoreReader reader = {.rows = rows, .count = ROWS};
    Complaint complaint = {0};
    Printing printing = {.printer = {.format = format, .language = LANGUAGE_EN}};
    const SearchOptions options = {
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
        .memory_bytes_max = 16384,
        .complaint = &complaint};
    SearchStats stats;
    int r = search_run(query, &reader, &options, print_answer, &printing, &stats);
    CHECK(r == 0 || (r == -EINVAL && complaint.id)); /* a lookup has no folder here */
    uint64_t matched = 0;
    int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;
    query_range(query, &from_ns, &to_ns);
    for (size_t i = 0; i < ROWS; i++) {
        bool matches = query_matches(query, &rows[i]);
        int64_t ns = rows[i].record.time_ns;
        CHECK(!matches || (ns >= from_ns && ns < to_ns));
        matched += matches;
    }
    CHECK(stats.matched <= matched);
    buf_done(&printing.out);
}

static void explain(const Query *query, Arena *arena)
{
    QueryReads reads;
    const QueryNeed *needs;
    size_t count;
    Buf plan = {0};
    search_explain(query, &plan, LANGUAGE_JA);
    CHECK(plan.len > 0 && query_filter_reads(query, arena, &reads) == 0);
    CHECK(query_pipe_reads(query, arena, &reads) == 0);
    CHECK(query_needs(query, arena, &needs, &count) == 0);
    buf_done(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Slice all = slice_of(bytes, len), text = {0};
    Field fields[ROWS * 2];
    Row rows[ROWS];
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    Query *query = NULL;
    slice_cut(&all, '\n', &text);
    int r = query_parse(text, &asked_at, &arena, &query, &complaint);
    if (r < 0) {
        CHECK(r == -EINVAL && complaint.id && complaint.en[0] && complaint.ja[0] && !query);
        CHECK(complaint.column >= 1 && complaint.column <= text.len + 1);
    } else {
        make_rows(all, fields, rows);
        run(query, rows, (AnswerFormat)(len % 3));
        explain(query, &arena);
    }
    arena_done(&arena);
    return 0;
}
