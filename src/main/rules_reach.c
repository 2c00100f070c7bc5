/* See rules_reach.h. */
#include "main/rules_reach.h"

#include "base/json_text.h"
#include "engine/replay.h"
#include "main/output.h"
#include "main/store_kek.h"
#include "search/search.h"

#include <errno.h>
#include <stdio.h>

static bool has_store(const Invocation *invocation)
{
    char format[4096];
    FileInfo info;
    int len = snprintf(format, sizeof format, "%s/FORMAT", invocation->folder);
    return len < (int)sizeof format && os_real.info(os_real.state, format, &info) == 0;
}

typedef struct Reaching {
    Census *census;
    int64_t since_ns; /* rows received before are of sources that may be gone */
    uint64_t rows;
} Reaching;

static int on_row(void *context, const Answer *answer)
{
    Reaching *reaching = context;
    Event room;
    if (answer->row->record.ingested_ns < reaching->since_ns) return 0;
    const DetectionEvent event = detection_event_of(answer->row, &room);
    census_take(reaching->census, event.event, event.record);
    reaching->rows++;
    return 0;
}

static int say_failure(const Invocation *invocation, int error, const Complaint *complaint)
{
    if (complaint->id) {
        say_complaint(complaint, invocation->language);
    } else if (error == -ENOMEM) {
        SAY(MESSAGE_MEMORY, invocation->language);
    } else {
        SAY(MESSAGE_INPUT_UNREADABLE, invocation->language,
            {"file", slice_from_cstr(invocation->folder)}, {"error", error_words(error)});
    }
    return error;
}

static int read_store(const Invocation *invocation, const Secret *kek, Reaching *reaching,
                      Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    int64_t now_ns = os_real.now_ns(os_real.state);
    const QueryOptions asked = {.now_ns = now_ns};
    SearchOptions options = {
        .os = &os_real,
        .complaint = complaint,
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
        .limit = REACH_ROWS_MAX,
        .memory_bytes_max = (size_t)setting_number(&invocation->settings, SETTING_SEARCH_MEMORY_MIB)
                            << 20};
    reaching->since_ns = now_ns - REACH_DAYS * 86400 * NS_PER_SECOND;
    SearchStats stats = {0};
    Query *query = NULL;
    StoreReader *reader = NULL;
    int r = os_real.random(os_real.state, options.seed, sizeof options.seed);
    if (r == 0) r = query_parse(SLICE("*"), &asked, &arena, &query, complaint);
    if (r == 0) r = store_reader_open(&os_real, invocation->folder, kek, &reader, complaint);
    if (r == 0) r = search_run(query, reader, &options, on_row, reaching, &stats);
    store_reader_close(reader);
    return r;
}

int rules_reach_take(const Invocation *invocation, const RuleSet *set, Census **ret,
                     uint64_t *ret_rows)
{
    Complaint complaint = {0};
    Secret *kek = NULL;
    Reaching reaching = {0};
    *ret = NULL;
    if (!has_store(invocation)) {
        SAY(MESSAGE_SOURCES_NO_STORE, invocation->language,
            {"folder", slice_from_cstr(invocation->folder)});
        return 0;
    }
    int r = store_kek_open(invocation, false, &kek);
    if (r < 0) return r;
    reaching.census = census_new(set);
    r = reaching.census ? read_store(invocation, kek, &reaching, &complaint) : -ENOMEM;
    secret_free(kek);
    if (r < 0) {
        census_free(reaching.census);
        return say_failure(invocation, r, &complaint);
    }
    *ret = reaching.census;
    *ret_rows = reaching.rows;
    return 0;
}

/* --- printing --------------------------------------------------------------------------------- */

static void add_numbers(Buf *to, const LogRoute *route)
{
    for (size_t i = 0; i < route->event_id_count; i++) {
        buf_add_format(to, "%s%u", i > 0 ? "," : " ", (unsigned)route->event_ids[i]);
    }
}

static void add_shape(Buf *to, const LogRoute *route)
{
    static const char *const formats[] = {[EVENT_TEXT] = "text",
                                          [EVENT_WINDOWS] = "windows",
                                          [EVENT_SYSLOG] = "syslog",
                                          [EVENT_JSON] = "json"};
    buf_add_cstr(to, formats[route->format]);
    for (size_t i = 0; i < route->shape_count; i++) {
        const RouteCondition *condition = &route->shape[i];
        buf_add_char(to, ' ');
        buf_add_slice(to, condition->field);
        for (size_t k = 0; k < condition->value_count; k++) {
            buf_add_char(to, k > 0 ? ',' : '=');
            buf_add_slice(to, condition->values[k]);
        }
    }
}

/* Channel and numbers; or the format and the names that tell such events from others. */
static void add_route(Buf *to, const LogRoute *route)
{
    CLEANUP(buf_done) Buf words = {0};
    if (route->record) {
        buf_add_cstr(&words, "akashi");
    } else if (!route->windows) {
        add_shape(&words, route);
    }
    for (size_t i = 0; i < route->channel_count; i++) {
        if (i > 0) buf_add_cstr(&words, " | ");
        buf_add_slice(&words, route->channels[i]);
    }
    if (route->windows && route->channel_count == 0) buf_add_cstr(&words, "windows");
    add_numbers(&words, route);
    json_add_string(to, buf_slice(&words));
}

bool rules_reach_print(Buf *to, const Census *census, const RuleSet *set, size_t rule)
{
    const LogRoute *route;
    if (rule_set_info(set, rule)->state != RULE_READY) return false;
    bool reached = census_reaches(census, rule);
    buf_add_cstr(to, reached ? ",\"fires\":true" : ",\"fires\":false,\"wants\":[");
    for (size_t i = 0; !reached && (route = census_route(census, rule, i)) != NULL; i++) {
        if (i > 0) buf_add_char(to, ',');
        add_route(to, route);
    }
    if (!reached) buf_add_char(to, ']');
    return reached;
}
