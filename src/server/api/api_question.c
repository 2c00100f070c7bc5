#include "server/api/api_question.h"

#include "search/measure.h"

#include <errno.h>

/* ---- reading --------------------------------------------------------------------------------- */

static bool has_parameter(const ApiRequest *request, const char *name)
{
    for (size_t i = 0; i < request->route->parameter_count; i++) {
        if (strcmp(request->route->parameters[i].name, name) == 0) return true;
    }
    return false;
}

static Slice value_if(const ApiRequest *request, const char *name)
{
    return has_parameter(request, name) ? api_value(request, name) : (Slice){0};
}

static int two_digits(Slice text, size_t at)
{
    char tens = text.ptr[at], ones = text.ptr[at + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return -1;
    return (tens - '0') * 10 + (ones - '0');
}

/* +09:00, Z, and the server's own name. Names of other zones would need their history of summer
 * times: refused rather than guessed. */
static int read_zone(const ApiDoor *door, Slice text, int *ret)
{
    if (slice_eq(text, SLICE("Z")) || slice_eq(text, SLICE("UTC"))) {
        *ret = 0;
        return 0;
    }
    if (door->zone_name && slice_eq(text, slice_from_cstr(door->zone_name))) {
        *ret = door->zone_offset_seconds;
        return 0;
    }
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':')
        return -EINVAL;
    int hours = two_digits(text, 1), minutes = two_digits(text, 4);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return -EINVAL;
    *ret = (text.ptr[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return 0;
}

static int refuse_time(ApiRequest *request, const char *field)
{
    Complaint complaint = {0};
    complaint_say(&complaint, "api.time",
                  "this is no time; write it like 2026-11-20 or 2026-11-20T17:40",
                  "日時として読めません。2026-11-20 または 2026-11-20T17:40 のように書きます");
    api_fail_complaint(request, 400, &complaint, field);
    return -1;
}

static int read_range(ApiRequest *request, ApiQuestion *question)
{
    Slice from = value_if(request, "from"), to = value_if(request, "to");
    TimeSpan span;
    question->range = (ScanRange){.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true};
    if (from.len > 0) {
        if (time_span_parse(from, question->zone_offset_seconds, &span) < 0)
            return refuse_time(request, "from");
        question->range.from_ns = span.from_ns;
    }
    if (to.len > 0) { /* a day or minute whole, as a person means it; an exact moment as it is */
        if (time_span_parse(to, question->zone_offset_seconds, &span) < 0)
            return refuse_time(request, "to");
        bool is_exact = span.to_ns - span.from_ns <= NS_PER_SECOND;
        question->range.to_ns = is_exact ? span.from_ns : span.to_ns;
    }
    return 0;
}

static void read_language(const ApiRequest *request, ApiQuestion *question)
{
    Slice lang = value_if(request, "lang");
    question->language = request->language;
    if (lang.len > 0) question->language = slice_eq(lang, SLICE("en")) ? LANGUAGE_EN : LANGUAGE_JA;
}

/* The person's grants, as a filter of its own tree: what they wrote cannot leave it. */
static int narrow(ApiRequest *request, ApiQuestion *question)
{
    Buf text = buf_make(QUERY_BYTES_MAX);
    Query *scope = NULL;
    const QueryOptions options = {.now_ns = question->now_ns};
    int r = account_scope(&request->self, MAY_READ, &text);
    question->sees_nothing = r == -EACCES;
    if (r == 0) {
        Slice kept;
        r = buf_error(&text);
        if (r == 0) r = arena_copy(&question->arena, buf_slice(&text), &kept);
        if (r == 0) r = query_parse(kept, &options, &question->arena, &scope, NULL);
        if (r == 0) r = query_scope(question->query, scope, &question->arena);
    } else if (r == 1 || r == -EACCES) {
        r = 0;
    }
    buf_done(&text);
    return r;
}

static int parse(ApiRequest *request, ApiQuestion *question, Slice q, bool all)
{
    Complaint complaint = {0};
    Slice text;
    const QueryOptions options = {.now_ns = question->now_ns,
                                  .zone_offset_seconds = question->zone_offset_seconds,
                                  .without_evidence = !all};
    int r = arena_copy(&question->arena, q, &text);
    if (r == 0) r = query_parse(text, &options, &question->arena, &question->query, &complaint);
    if (r == -EINVAL) {
        api_fail_complaint(request, 400, &complaint, "q");
        return -1;
    }
    if (r == 0) r = narrow(request, question);
    if (r == 0) return 0;
    api_fail_error(request, r);
    return -1;
}

int api_question_read(ApiRequest *request, ApiQuestion *ret)
{
    bool all = has_parameter(request, "all") && api_value_boolean(request, "all");
    return api_question_of(request, value_if(request, "q"), all, ret);
}

int api_question_of(ApiRequest *request, Slice q, bool all, ApiQuestion *ret)
{
    ApiDoor *door = request->door;
    ApiQuestion question = {.door = door,
                            .arena = arena_make(QUESTION_ARENA_BYTES_MAX),
                            .zone_offset_seconds = request->zone_offset_seconds,
                            .now_ns = door->os->now_ns(door->os->state)};
    Slice zone = value_if(request, "zone");
    int r = 0;
    if (zone.len > 0 && read_zone(door, zone, &question.zone_offset_seconds) < 0) {
        Complaint complaint = {0};
        complaint_say(&complaint, "api.zone", "write the zone as an offset, such as +09:00",
                      "時間帯は +09:00 のように書いてください");
        api_fail_complaint(request, 400, &complaint, "zone");
        r = -1;
    }
    read_language(request, &question);
    if (r == 0) r = read_range(request, &question);
    if (r == 0) r = parse(request, &question, q, all);
    if (r < 0) {
        api_question_done(&question);
        return -1;
    }
    *ret = question;
    return 0;
}

void api_question_done(ApiQuestion *question)
{
    arena_done(&question->arena);
}

int api_question_pipe(ApiQuestion *question, Slice pipes, const Query **ret, Complaint *complaint)
{
    const QueryOptions options = {.now_ns = question->now_ns,
                                  .zone_offset_seconds = question->zone_offset_seconds};
    Query *parsed, *joined;
    Slice text;
    int r = arena_copy(&question->arena, pipes, &text);
    if (r == 0) r = query_parse(text, &options, &question->arena, &parsed, complaint);
    if (r == 0) r = query_join(question->query, parsed, &question->arena, &joined);
    if (r == 0) *ret = joined;
    return r;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* The turn's own end of time, and the reader's going away, are one flag for the search. */
typedef struct Watch {
    const ApiAsking *asking;
    SearchTurn *turn;
} Watch;

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    Watch *watch = context;
    const ApiAsking *asking = watch->asking;
    if (asking->cancel && atomic_load(asking->cancel)) atomic_store(&watch->turn->cancel, true);
    if (asking->progress) asking->progress(asking->progress_context, done, all);
}

static int ask_in_turn(ApiQuestion *question, const Query *query, const ApiAsking *asking,
                       StoreReader *reader, SearchTurn *turn, SearchStats *ret_stats)
{
    const ApiDoor *door = question->door;
    Watch watch = {.asking = asking, .turn = turn};
    SearchOptions options = {.range = question->range,
                             .order = asking->order,
                             .limit = asking->limit,
                             .memory_bytes_max = door->search_memory_bytes_max,
                             .cache = door->cache,
                             .progress = on_progress,
                             .progress_context = &watch,
                             .cancel = &turn->cancel,
                             .os = door->os,
                             .lookup_folder = door->lookup_folder,
                             .complaint = asking->complaint};
    int r = door->os->random(door->os->state, options.seed, sizeof options.seed);
    if (r < 0) return r;
    if (asking->opened) asking->opened(asking->sink_context, reader, &turn->cancel);
    r = search_run(query, reader, &options, asking->sink, asking->sink_context, ret_stats);
    if (r != -ECANCELED) return r;
    return asking->cancel && atomic_load(asking->cancel) ? -ECANCELED : -ETIME;
}

int api_question_ask(ApiQuestion *question, const Query *query, const ApiAsking *asking,
                     SearchStats *ret_stats)
{
    const ApiDoor *door = question->door;
    StoreReader *reader = NULL;
    *ret_stats = (SearchStats){0};
    if (question->sees_nothing) return 0;
    SearchTurn *turn = search_gate_enter(door->gate);
    if (!turn) return -EBUSY;
    int r = store_reader_open(door->os, door->folder, door->kek, &reader, asking->complaint);
    if (r == 0) r = ask_in_turn(question, query, asking, reader, turn, ret_stats);
    if (reader) store_reader_close(reader);
    search_gate_leave(door->gate, turn);
    return r == -ENOENT ? 0 : r;
}

void api_question_fail(ApiRequest *request, int error, const Complaint *complaint)
{
    if (error == -ETIME) {
        api_fail(request, 503, "search.time", "the search took too long; choose a shorter time",
                 "時間がかかりすぎました。期間を短くしてください");
    } else if (complaint && complaint->id) {
        api_fail_complaint(request, error == -EINVAL ? 400 : 500, complaint, "q");
    } else {
        api_fail_error(request, error);
    }
}
