/* source_list and source_unparsed. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_source_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCE_NAME_BYTES (sizeof(SourceHealth) + 4) /* its origin and host, and more */
#define UNPARSED_LINES_MAX 20
#define UNPARSED_LINE_BYTES_MAX 4096

void api_source_parts(const SourceHealth *health, Slice *ret_door, Slice *ret_name)
{
    Slice rest = slice_from_cstr(health->origin);
    if (!slice_cut(&rest, ' ', ret_door)) *ret_door = (Slice){0};
    *ret_name = rest.len > 0 ? rest : *ret_door;
}

/* Ourselves (the operator log, self checks) are no device. */
static bool is_ours(Slice door)
{
    return slice_starts(door, SLICE("akashi"));
}

static int by_name(const void *a, const void *b)
{
    const SourceHealth *x = a, *y = b;
    int order = strcmp(x->origin, y->origin);
    return order ? order : strcmp(x->host, y->host);
}

/* `gw1 (192.0.2.7)`: the host is only what the lines say, the address is who sent them. */
static Slice shown_name(Slice address, Slice host, char room[SOURCE_NAME_BYTES])
{
    if (host.len == 0) return address;
    int len = snprintf(room, SOURCE_NAME_BYTES, "%.*s (%.*s)", SLICE_FMT(host), SLICE_FMT(address));
    return slice_of(room, (size_t)len < SOURCE_NAME_BYTES ? (size_t)len : SOURCE_NAME_BYTES - 1);
}

int api_sources_visible(ApiRequest *request, SourceHealth **ret, size_t *ret_count)
{
    const ApiEngine *engine = request->door->engine;
    SourceHealth *list = ARENA_ARRAY(&request->arena, SourceHealth, SOURCE_HEALTH_MAX);
    size_t count = 0, kept = 0;
    if (!list) {
        api_fail_error(request, -ENOMEM);
        return -1;
    }
    if (engine->sources) count = engine->sources(engine->context, list, SOURCE_HEALTH_MAX);
    for (size_t i = 0; i < count; i++) {
        Slice door, name;
        api_source_parts(&list[i], &door, &name);
        if (is_ours(door) || !account_may_with(&request->self, MAY_READ, name, (Slice){0}))
            continue;
        list[kept++] = list[i];
    }
    qsort(list, kept, sizeof *list, by_name);
    *ret = list;
    *ret_count = kept;
    return 0;
}

/* What it was used to, before it counts as silent. */
static int64_t expected_seconds(const SourceHealth *health)
{
    int64_t seconds = health->usual_ns * SOURCE_GAP_TIMES / NS_PER_SECOND;
    return seconds > SOURCE_GAP_SECONDS ? seconds : SOURCE_GAP_SECONDS;
}

void api_source_add(ApiJson *json, const SourceHealth *health, int64_t now_ns)
{
    Slice door, address;
    char room[SOURCE_NAME_BYTES];
    bool silent = source_health_is_silent(health, now_ns);
    double parsed = health->messages > 0 ? 100.0 * (double)(health->messages - health->unparsed) /
                                               (double)health->messages
                                         : 0;
    api_source_parts(health, &door, &address);
    api_json_object(json, NULL);
    api_json_text(json, "name", shown_name(address, slice_from_cstr(health->host), room));
    api_json_cstr(json, "state", silent ? "silent" : "sending");
    api_json_text_if(json, "door", door);
    api_json_time(json, "last", health->last_ns);
    if (silent) api_json_time(json, "silent_since", health->last_ns);
    api_json_integer(json, "expected_within_seconds", expected_seconds(health));
    api_json_count(json, "rows", health->messages);
    api_json_number(json, "rows_per_minute", silent ? 0 : health->rate * 60);
    api_json_number(json, "parsed_percent", parsed);
    api_json_number(json, "lag_seconds", (double)health->lag_ns / (double)NS_PER_SECOND);
    api_json_count(json, "gaps", health->gaps);
    api_json_end_object(json);
}

void api_source_list(ApiRequest *request)
{
    const Os *os = request->door->os;
    SourceHealth *list;
    size_t count;
    if (api_sources_visible(request, &list, &count) < 0) return;
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "sources");
    for (size_t i = 0; i < count; i++)
        api_source_add(&json, &list[i], os->now_ns(os->state));
    api_json_end_list(&json);
    api_json_boolean(&json, "more", count == SOURCE_HEALTH_MAX);
    api_json_end_object(&json);
}

/* ---- lines that nobody knows ----------------------------------------------------------------- */

typedef struct Unparsed {
    Slice name;
    ApiJson *json;
    size_t count;
} Unparsed;

/* Made by a fallback: the line was kept, and no definition knew it. */
static bool is_unknown(const Row *row)
{
    return row->event.parse == PARSE_FAILED ||
           slice_starts(row->record.text[RECORD_AKASHI_RULE], SLICE("fallback"));
}

/* Of an address all lines, whichever host they name. */
static bool is_from(const Row *row, Slice name)
{
    char room[SOURCE_NAME_BYTES];
    Slice address = row->origin, door;
    if (slice_eq(address, name)) return true;
    if (!slice_cut(&address, ' ', &door)) return false;
    Slice host = row->event.format == EVENT_SYSLOG ? event_text(&row->event, "host") : (Slice){0};
    return slice_eq(address, name) || slice_eq(shown_name(address, host, room), name);
}

static int on_row(void *context, const Answer *answer)
{
    Unparsed *unparsed = context;
    if (!answer->row || !is_unknown(answer->row) || !is_from(answer->row, unparsed->name)) return 0;
    api_json_text(unparsed->json, NULL,
                  slice_first(answer->row->event.raw, UNPARSED_LINE_BYTES_MAX));
    return ++unparsed->count == UNPARSED_LINES_MAX;
}

void api_source_unparsed(ApiRequest *request)
{
    ApiQuestion question;
    SearchStats stats;
    Complaint complaint = {0};
    if (api_question_of(request, (Slice){0}, true, &question) < 0) return;
    ApiJson json = api_answer_json(request);
    Unparsed unparsed = {.name = api_value(request, "name"), .json = &json};
    const ApiAsking asking = {.order = SEARCH_BY_ARRIVAL,
                              .sink = on_row,
                              .sink_context = &unparsed,
                              .complaint = &complaint};
    api_json_object(&json, NULL);
    api_json_list(&json, "lines");
    int r = api_question_ask(&question, question.query, &asking, &stats);
    api_json_end_list(&json);
    api_json_end_object(&json);
    api_question_done(&question);
    if (r < 0 && r != -ETIME) api_question_fail(request, r, &complaint);
}
