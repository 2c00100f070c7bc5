/* Any bytes as a question: parsed, asked of rows made of the same bytes, and run over them. The
 * first line is the question, the rest is what the rows are made of. */
#include "base/check.h"
#include "search/search.h"
#include "tests/support/fake_reader.h"

#include <errno.h>

#define ROWS 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void make_rows(Slice content, Field *fields, Row *rows) {
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

static int print_answer(void *context, const Answer *answer) {
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

static void run(const Query *query, const Row *rows, AnswerFormat format) {
    StoreReader reader = {.rows = rows, .count = ROWS};
    Printing printing = {.printer = {.format = format, .language = LANGUAGE_EN}};
    const SearchOptions options = {
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
        .memory_bytes_max = 16384};
    SearchStats stats;
    CHECK(search_run(query, &reader, &options, print_answer, &printing, &stats) == 0);
    uint64_t matched = 0;
    for (size_t i = 0; i < ROWS; i++) {
        matched += query_matches(query, &rows[i]);
    }
    CHECK(stats.matched <= matched);
    buf_done(&printing.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    Slice all = slice_of(bytes, len), text = {0};
    Field fields[ROWS * 2];
    Row rows[ROWS];
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    Query *query = NULL;
    slice_cut(&all, '\n', &text);
    int r = query_parse(text, &arena, &query, &complaint);
    if (r < 0) {
        CHECK(r == -EINVAL && complaint.id && complaint.en[0] && complaint.ja[0] && !query);
        CHECK(complaint.column >= 1 && complaint.column <= text.len + 1);
    } else {
        make_rows(all, fields, rows);
        run(query, rows, (AnswerFormat)(len % 3));
    }
    arena_done(&arena);
    return 0;
}
