/* See web_request.h. */
#include "server/web_request.h"

#include "base/number.h"
#include "base/time_text.h"
#include "search/condition.h"

#include <errno.h>

static int complain_time(WebRequest *request, Slice text)
{
    Slice shown = condition_shown(text);
    complaint_say(
        &request->complaint, "page.time",
        "\"%.*s\" is no time; write it like 2026-11-20 or 2026-11-20T17:40",
        "「%.*s」は日時として読めません。2026-11-20 または 2026-11-20T17:40 のように書きます",
        SLICE_FMT(shown));
    return -EINVAL;
}

static int read_times(WebRequest *request, WebTimes times)
{
    int zone = request->facts->options.zone_offset_seconds;
    TimeSpan span;
    request->range = (ScanRange){.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true};
    if (request->given.from.len > 0) {
        if (time_span_parse(request->given.from, zone, &span) < 0) {
            return complain_time(request, request->given.from);
        }
        request->range.from_ns = span.from_ns;
    }
    if (request->given.to.len > 0) {
        if (time_span_parse(request->given.to, zone, &span) < 0) {
            return complain_time(request, request->given.to);
        }
        request->range.to_ns = times == WEB_TIMES_OF_PAGE ? span.to_ns : span.from_ns;
    }
    return 0;
}

int web_request_read(WebRequest *request, WebTimes times, uint64_t rows_default, uint64_t rows_max)
{
    const WebParameters *given = &request->given;
    uint64_t number;
    request->language = request->facts->options.language;
    if (slice_eq(given->lang, SLICE("ja"))) request->language = LANGUAGE_JA;
    if (slice_eq(given->lang, SLICE("en"))) request->language = LANGUAGE_EN;
    request->rows = rows_default;
    if (number_parse_u64(given->rows, &number) == 0 && number > 0) {
        request->rows = number < rows_max ? number : rows_max;
    }
    int r = read_times(request, times);
    if (number_parse_u64(given->after, &number) == 0) request->range.after = number;
    return r;
}

static int run(WebRequest *request, StoreReader *reader, AnswerSink sink, void *context,
               SearchStats *stats)
{
    ServerFacts *facts = request->facts;
    SearchTurn *turn = search_gate_enter(&facts->gate);
    if (!turn) return -EBUSY;
    /* What is new since a row is asked for in the order of arrival, everything else by its time. */
    SearchOptions options = {.range = request->range,
                             .order = request->range.after > 0 ? SEARCH_BY_ARRIVAL : SEARCH_BY_TIME,
                             .limit = request->rows,
                             .memory_bytes_max = facts->options.search_memory_bytes_max,
                             .cache = facts->cache,
                             .cancel = &turn->cancel,
                             .complaint = &request->complaint};
    int r = facts->os->random(facts->os->state, options.seed, sizeof options.seed);
    if (r >= 0) r = search_run(request->query, reader, &options, sink, context, stats);
    search_gate_leave(&facts->gate, turn);
    return r;
}

WebOutcome web_request_search(WebRequest *request, AnswerSink sink, void *context,
                              SearchStats *stats, StoreStats *store_stats, int *ret_error)
{
    const ServerFacts *facts = request->facts;
    StoreReader *reader = NULL;
    const QueryOptions asked = {.now_ns = facts->os->now_ns(facts->os->state),
                                .zone_offset_seconds = facts->options.zone_offset_seconds,
                                .without_evidence = true};
    int r = query_parse(request->given.q, &asked, &request->arena, &request->query,
                        &request->complaint);
    *stats = (SearchStats){0};
    *store_stats = (StoreStats){0};
    *ret_error = r;
    if (r == -EINVAL) return WEB_BAD_QUERY;
    if (r < 0) return WEB_FAILED;
    r = store_reader_open(facts->os, facts->options.store_folder, facts->options.kek, &reader,
                          &request->complaint);
    *ret_error = r;
    if (r == -ENOENT) return WEB_NO_STORE;
    if (r < 0) return WEB_FAILED;
    store_reader_stats(reader, store_stats);
    r = run(request, reader, sink, context, stats);
    store_reader_close(reader);
    *ret_error = r;
    if (r == -EBUSY) return WEB_BUSY;
    if (r == -EINVAL && request->complaint.id) return WEB_BAD_QUERY; /* a lookup's table */
    if (r == -ECANCELED) return WEB_TIMED_OUT;
    return r < 0 ? WEB_FAILED : WEB_DONE;
}

/* Takes :PORT off the end; false when that is there and is not ours. */
static bool take_port(Slice *host, int port)
{
    uint64_t written;
    size_t colon = slice_rfind_char(*host, ':'), bracket = slice_rfind_char(*host, ']');
    if (colon == SLICE_NOT_FOUND || (bracket != SLICE_NOT_FOUND && bracket > colon)) return true;
    if (number_parse_u64(slice_skip(*host, colon + 1), &written) < 0) return false;
    *host = slice_first(*host, colon);
    return written == (uint64_t)port;
}

bool web_host_is_ours(Slice host, const char *address, int port)
{
    static const Slice own_names[] = {SLICE_INIT("localhost"), SLICE_INIT("127.0.0.1"),
                                      SLICE_INIT("[::1]")};
    static const Address any_v4 = {.bytes = {[10] = 0xff, [11] = 0xff}}, any_v6 = {{0}};
    Address ours, asked;
    if (!take_port(&host, port)) return false;
    for (size_t i = 0; i < ARRAY_COUNT(own_names); i++) {
        if (slice_eq_nocase(host, own_names[i])) return true;
    }
    bool bare_v6 =
        host.len > 0 && host.ptr[0] != '[' && slice_find_char(host, ':') != SLICE_NOT_FOUND;
    if (bare_v6 || address_parse(host, &asked) < 0) return false;
    if (address_parse(slice_from_cstr(address), &ours) < 0) return false;
    if (memcmp(&ours, &any_v4, sizeof ours) == 0 || memcmp(&ours, &any_v6, sizeof ours) == 0)
        return true;
    return memcmp(&ours, &asked, sizeof ours) == 0;
}
