/* search_histogram and search_facets: how many, in each piece of time and of each value. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"

#include "base/number.h"

#include <errno.h>
#include <stdio.h>

#define PIECES_MAX 512
#define FACET_FIELDS_MAX 8
#define FACET_VALUES_MAX 100

/* ---- in time --------------------------------------------------------------------------------- */

typedef struct Pieces {
    int64_t at_ns[PIECES_MAX];
    uint64_t counts[PIECES_MAX];
    size_t count;
} Pieces;

static int on_piece(void *context, const Answer *answer)
{
    Pieces *pieces = context;
    int64_t at_ns;
    uint64_t count;
    if (pieces->count == PIECES_MAX) return 1;
    if (answer->column_count < 2 || time_parse_rfc3339(answer->cells[0], 0, &at_ns) < 0 ||
        number_parse_u64(answer->cells[1], &count) < 0)
        return 0; /* rows without a time of their own have no piece */
    pieces->at_ns[pieces->count] = at_ns;
    pieces->counts[pieces->count++] = count;
    return 0;
}

/* The least of these that cuts the range into at most so many; 0: the range has no two ends, and
 * `timeline` chooses by what it finds. */
static int64_t piece_seconds(const ScanRange *range, int64_t pieces)
{
    static const int64_t steps[] = {1,     5,     10,     30,      60,      300,
                                    600,   1800,  3600,   7200,    14400,   28800,
                                    43200, 86400, 604800, 2592000, 31536000};
    if (range->from_ns == INT64_MIN || range->to_ns == INT64_MAX) return 0;
    int64_t seconds = (range->to_ns / NS_PER_SECOND) - (range->from_ns / NS_PER_SECOND);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        if (seconds / steps[i] < pieces) return steps[i];
    }
    return steps[ARRAY_COUNT(steps) - 1];
}

/* Where the range was open the pieces are those of `timeline`: so many are joined into one that
 * there are no more than asked for. */
static void join_pieces(Pieces *pieces, int64_t most)
{
    size_t together = (pieces->count + (size_t)most - 1) / (size_t)most, count = 0;
    if (together <= 1) return;
    for (size_t i = 0; i < pieces->count; i += together, count++) {
        uint64_t sum = 0;
        for (size_t j = i; j < pieces->count && j < i + together; j++)
            sum += pieces->counts[j];
        pieces->at_ns[count] = pieces->at_ns[i];
        pieces->counts[count] = sum;
    }
    pieces->count = count;
}

static void add_pieces(ApiRequest *request, const ApiQuestion *question, const Pieces *pieces,
                       int64_t seconds)
{
    ApiJson json = api_answer_json(request);
    uint64_t total = 0;
    int64_t from_ns = question->range.from_ns, to_ns = question->range.to_ns;
    if (pieces->count > 0) {
        if (seconds == 0 && pieces->count > 1)
            seconds = (pieces->at_ns[1] - pieces->at_ns[0]) / NS_PER_SECOND;
        if (seconds == 0) seconds = 1;
        from_ns = pieces->at_ns[0];
        to_ns = pieces->at_ns[pieces->count - 1] + seconds * NS_PER_SECOND;
    }
    if (from_ns == INT64_MIN) from_ns = question->now_ns;
    if (to_ns == INT64_MAX) to_ns = question->now_ns;
    api_json_object(&json, NULL);
    api_json_time(&json, "from", from_ns);
    api_json_time(&json, "to", to_ns);
    api_json_count(&json, "piece_seconds", (uint64_t)seconds);
    api_json_list(&json, "counts");
    for (size_t i = 0; i < pieces->count; i++) {
        api_json_count(&json, NULL, pieces->counts[i]);
        total += pieces->counts[i];
    }
    api_json_end_list(&json);
    api_json_count(&json, "total", total);
    api_json_end_object(&json);
}

void api_search_histogram(ApiRequest *request)
{
    ApiQuestion question;
    Pieces pieces = {.count = 0};
    Complaint complaint = {0};
    SearchStats stats;
    const Query *query;
    char pipe[64] = "| timeline";
    if (api_question_read(request, &question) < 0) return;
    int64_t seconds = piece_seconds(&question.range, api_value_integer(request, "pieces"));
    if (seconds > 0) snprintf(pipe, sizeof pipe, "| timeline %llds", (long long)seconds);
    const ApiAsking asking = {.sink = on_piece, .sink_context = &pieces, .complaint = &complaint};
    int r = api_question_pipe(&question, slice_from_cstr(pipe), &query, &complaint);
    if (r == 0) r = api_question_ask(&question, query, &asking, &stats);
    if (r < 0) {
        api_question_fail(request, r, &complaint);
    } else {
        if (seconds == 0) join_pieces(&pieces, api_value_integer(request, "pieces"));
        add_pieces(request, &question, &pieces, seconds);
    }
    api_question_done(&question);
}

/* ---- of values ------------------------------------------------------------------------------- */

typedef struct Facet {
    ApiJson *json;
    bool rarest;
    size_t shown_max, shown;
    uint64_t different, without;
    /* rarest: the last ones that came, in a ring; they come largest first */
    Slice values[FACET_VALUES_MAX];
    uint64_t counts[FACET_VALUES_MAX];
    Arena *arena;
} Facet;

static void add_value(ApiJson *json, Slice value, uint64_t count)
{
    api_json_object(json, NULL);
    api_json_text(json, "value", value);
    api_json_count(json, "count", count);
    api_json_end_object(json);
}

static int keep_last(Facet *facet, Slice value, uint64_t count)
{
    size_t at = (facet->different - 1) % facet->shown_max;
    facet->counts[at] = count;
    return arena_copy(facet->arena, value, &facet->values[at]);
}

static int on_value(void *context, const Answer *answer)
{
    Facet *facet = context;
    uint64_t count;
    if (answer->column_count < 2 || number_parse_u64(answer->cells[1], &count) < 0) return 0;
    if (answer->cells[0].len == 0) {
        facet->without = count;
        return 0;
    }
    facet->different++;
    if (facet->rarest) return keep_last(facet, answer->cells[0], count);
    if (facet->shown == facet->shown_max) return 0;
    facet->shown++;
    add_value(facet->json, answer->cells[0], count);
    return 0;
}

static void add_rarest(Facet *facet)
{
    size_t kept = facet->different < facet->shown_max ? facet->different : facet->shown_max;
    for (size_t i = 0; i < kept; i++) {
        size_t at = (facet->different - 1 - i) % facet->shown_max;
        add_value(facet->json, facet->values[at], facet->counts[at]);
    }
}

/* A name as fields have them; so nothing but a name reaches the question that is made of it. */
static bool is_field_name(Slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !strchr("._@-", c)) return false;
    }
    return name.len > 0 && name.len <= 64;
}

static int ask_facet(ApiQuestion *question, Slice field, Facet *facet, Complaint *complaint)
{
    char pipe[128];
    SearchStats stats;
    const Query *query;
    const ApiAsking asking = {.sink = on_value, .sink_context = facet, .complaint = complaint};
    snprintf(pipe, sizeof pipe, "| stats count() by \"%.*s\"", SLICE_FMT(field));
    int r = api_question_pipe(question, slice_from_cstr(pipe), &query, complaint);
    return r == 0 ? api_question_ask(question, query, &asking, &stats) : r;
}

static int add_facet(ApiRequest *request, ApiQuestion *question, ApiJson *json, Slice field,
                     Complaint *complaint)
{
    Facet facet = {.json = json,
                   .rarest = slice_eq(api_value(request, "order"), SLICE("rarest")),
                   .shown_max = (size_t)api_value_integer(request, "values"),
                   .arena = &question->arena};
    api_json_object(json, NULL);
    api_json_text(json, "field", field);
    api_json_list(json, "values");
    int r = ask_facet(question, field, &facet, complaint);
    if (facet.rarest) add_rarest(&facet);
    api_json_end_list(json);
    api_json_count(json, "different", facet.different);
    api_json_count(json, "without", facet.without);
    api_json_end_object(json);
    return r;
}

static int refuse_fields(ApiRequest *request)
{
    Complaint complaint = {0};
    complaint_say(&complaint, "api.fields", "give 1 to %d names of fields, with commas between",
                  "項目の名前を1～%d個、コンマで区切って指定してください", FACET_FIELDS_MAX);
    api_fail_complaint(request, 400, &complaint, "fields");
    return -1;
}

static int add_facets(ApiRequest *request, ApiQuestion *question, ApiJson *json,
                      Complaint *complaint)
{
    Slice rest = api_value(request, "fields");
    size_t count = 0;
    int r = 0;
    while (r == 0 && rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        Slice name = slice_first(rest, comma ? (size_t)(comma - rest.ptr) : rest.len);
        rest = slice_skip(rest, name.len + (comma != NULL));
        if (!is_field_name(name) || ++count > FACET_FIELDS_MAX) return refuse_fields(request);
        r = add_facet(request, question, json, name, complaint);
    }
    if (r == 0) return 0;
    api_question_fail(request, r, complaint);
    return -1;
}

void api_search_facets(ApiRequest *request)
{
    ApiQuestion question;
    Complaint complaint = {0};
    if (api_question_read(request, &question) < 0) return;
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "facets");
    if (add_facets(request, &question, &json, &complaint) == 0) {
        api_json_end_list(&json);
        api_json_end_object(&json);
    }
    api_question_done(&question);
}
