/* search_check: reads a question without asking it; its parts, its mistake with the place. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"

#include "base/utf8.h"

#include <errno.h>

#define CHIPS_MAX 128 /* the rest of a longer question is one chip */

typedef struct ChipWalk {
    Slice text;
    size_t at;
    ApiJson *json;
    size_t count;
} ChipWalk;

/* Full-width forms are those of the keyboard's other half (doc/search.md). */
static uint32_t narrow(uint32_t c)
{
    if (c == 0x3000) return ' ';
    return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
}

/* The sign at `at`, narrow, and where the next one begins. */
static uint32_t peek(const ChipWalk *walk, size_t at, size_t *ret_next)
{
    Slice rest = slice_skip(walk->text, at);
    uint32_t c = utf8_take(&rest);
    *ret_next = walk->text.len - rest.len;
    return narrow(c);
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the closing quotation mark; a doubled one is a sign of the text. */
static size_t skip_quoted(const ChipWalk *walk, size_t at)
{
    size_t next, after;
    peek(walk, at, &next);
    for (at = next; at < walk->text.len; at = next) {
        if (peek(walk, at, &next) != '"') continue;
        if (next >= walk->text.len || peek(walk, next, &after) != '"') return next;
        next = after;
    }
    return walk->text.len;
}

/* What ends at a blank, at `|` or at the end, with quotations and brackets whole. */
static size_t part_end(const ChipWalk *walk, size_t at, bool to_pipe, bool *ret_is_field)
{
    size_t next, depth = 0;
    for (; at < walk->text.len; at = next) {
        uint32_t c = peek(walk, at, &next);
        if (c == '"') {
            next = skip_quoted(walk, at);
        } else if (c == '(') {
            depth++;
        } else if (c == ')') {
            depth -= depth > 0;
        } else if (depth == 0 && (c == '|' || (is_blank(c) && !to_pipe))) {
            return at;
        } else if (c == ':' || c == '=' || c == '<' || c == '>') {
            *ret_is_field = true;
        }
    }
    return at;
}

static bool is_joint(Slice part)
{
    return slice_eq_nocase(part, SLICE("AND")) || slice_eq_nocase(part, SLICE("OR"));
}

/* Does it hold nothing but a time? Asked of the parser itself: alone, it then has a range. */
static bool is_time(const ApiQuestion *question, Slice part)
{
    Arena arena = arena_make((size_t)1 << 20);
    Query *query;
    int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;
    const QueryOptions options = {.now_ns = question->now_ns,
                                  .zone_offset_seconds = question->zone_offset_seconds};
    if (query_parse(part, &options, &arena, &query, NULL) == 0)
        query_range(query, &from_ns, &to_ns);
    arena_done(&arena);
    return from_ns != INT64_MIN || to_ns != INT64_MAX;
}

static const char *kind_of(const ApiQuestion *question, Slice part, bool is_field)
{
    char first = part.ptr[0];
    if (first == '-' || first == '!' || slice_starts_nocase(part, SLICE("NOT "))) return "not";
    if (first == '(') return "group";
    if (is_time(question, part)) return "time";
    return is_field ? "field" : "word";
}

static void add_chip(ChipWalk *walk, const char *kind, size_t from, size_t to)
{
    walk->count++;
    api_json_object(walk->json, NULL);
    api_json_text(walk->json, "text", slice_of(walk->text.ptr + from, to - from));
    api_json_count(walk->json, "from", from);
    api_json_count(walk->json, "to", to);
    api_json_cstr(walk->json, "kind", kind);
    api_json_end_object(walk->json);
}

/* The parts of the filter, then each pipe whole. */
static void add_chips(ApiQuestion *question, ChipWalk *walk)
{
    bool in_pipes = false;
    size_t next;
    while (walk->at < walk->text.len && walk->count < CHIPS_MAX) {
        bool is_field = false;
        size_t from = walk->at;
        uint32_t c = peek(walk, from, &next);
        if (c == '|') in_pipes = true;
        if (c == '|' || is_blank(c)) {
            walk->at = next;
            continue;
        }
        walk->at = part_end(walk, from, in_pipes, &is_field);
        if (walk->at == from) walk->at = next; /* a sign that stands alone */
        Slice part = slice_of(walk->text.ptr + from, walk->at - from);
        if (in_pipes) {
            add_chip(walk, "pipe", from, walk->at);
        } else if (!is_joint(part)) {
            add_chip(walk, kind_of(question, part, is_field), from, walk->at);
        }
    }
}

static void add_plan(ApiJson *json, const ApiQuestion *question, Language language)
{
    Buf plan = buf_make((size_t)1 << 20);
    search_explain(question->query, &plan, language);
    Slice rest = buf_slice(&plan);
    api_json_list(json, "plan");
    while (rest.len > 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        Slice line = slice_first(rest, end ? (size_t)(end - rest.ptr) : rest.len);
        api_json_text_if(json, NULL, line);
        rest = slice_skip(rest, line.len + (end != NULL));
    }
    api_json_end_list(json);
    buf_done(&plan);
}

static void add_mistake(ApiJson *json, const Complaint *complaint)
{
    api_json_object(json, "error");
    api_json_cstr(json, "id", complaint->id ? complaint->id : "query.bad");
    api_json_cstr(json, "ja", complaint->ja);
    api_json_cstr(json, "en", complaint->en);
    api_json_count(json, "column", complaint->column);
    api_json_end_object(json);
}

void api_search_check(ApiRequest *request)
{
    ApiQuestion question = {.zone_offset_seconds = request->zone_offset_seconds,
                            .now_ns = request->door->os->now_ns(request->door->os->state)};
    const QueryOptions options = {.now_ns = question.now_ns,
                                  .zone_offset_seconds = question.zone_offset_seconds};
    Complaint complaint = {0};
    const Slice *columns;
    Slice text = api_value(request, "q");
    int r = query_parse(text, &options, &request->arena, &question.query, &complaint);
    if (r < 0 && r != -EINVAL) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    ChipWalk walk = {.text = text, .json = &json};
    api_json_object(&json, NULL);
    api_json_boolean(&json, "ok", r == 0);
    api_json_list(&json, "chips");
    add_chips(&question, &walk);
    api_json_end_list(&json);
    if (r == 0) {
        api_json_boolean(&json, "table", search_columns(question.query, &columns) > 0);
        add_plan(&json, &question, request->language);
    } else {
        add_mistake(&json, &complaint);
    }
    api_json_end_object(&json);
}
