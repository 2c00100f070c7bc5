/* See http_dialect.h. */
#include "collect/http_dialect.h"

#include "base/json_text.h"

#include <errno.h>

/* Paths as the clients ask for them: Elasticsearch's REST API (Bulk, Info and what its own clients
 * and Beats probe), Splunk's HTTP Event Collector REST reference, Loki's HTTP API, OTLP/HTTP (OTLP
 * specification 1.x), Graylog's GELF HTTP, systemd-journal-upload(8). */
const HttpRoute http_routes[] = {
    {"GET", "/", "elastic", elastic_root, false},
    {"HEAD", "/", "elastic", elastic_root, false},
    {"POST", "/_bulk", "elastic", elastic_bulk, true},
    {"PUT", "/_bulk", "elastic", elastic_bulk, true},
    {"POST", "/*/_bulk", "elastic", elastic_bulk, true},
    {"PUT", "/*/_bulk", "elastic", elastic_bulk, true},
    {"POST", "/services/collector/raw", "hec", hec_raw, true},
    {"POST", "/services/collector/raw/1.0", "hec", hec_raw, true},
    {"POST", "/services/collector/ack", "hec", hec_ack, true},
    {"GET", "/services/collector/health", "hec", hec_health, false},
    {"GET", "/services/collector/health/1.0", "hec", hec_health, false},
    {"POST", "/services/collector", "hec", hec_event, true},
    {"POST", "/services/collector/event", "hec", hec_event, true},
    {"POST", "/services/collector/event/1.0", "hec", hec_event, true},
    {"POST", "/loki/api/v1/push", "loki", loki_push, true},
    {"POST", "/api/prom/push", "loki", loki_push, true},
    {"GET", "/ready", "loki", loki_ready, false},
    {"POST", "/v1/logs", "otlp", otlp_logs, true},
    {"POST", "/gelf", "gelf", gelf_post, true},
    {"POST", "/ingest/jsonl", "jsonl", jsonl_ingest, true},
    {"POST", "/upload", "journal", journal_upload, true},
    {"*", "/_license", "elastic", elastic_probe, false},
    {"*", "/_xpack", "elastic", elastic_probe, false},
    {"*", "/_ilm/policy/*", "elastic", elastic_probe, false},
    {"*", "/_index_template/*", "elastic", elastic_probe, false},
    {"*", "/_component_template/*", "elastic", elastic_probe, false},
    {"*", "/_template/*", "elastic", elastic_probe, false},
    {"*", "/_ingest/*", "elastic", elastic_probe, false},
    {"*", "/_data_stream/*", "elastic", elastic_probe, false},
    {"GET", "/_nodes*", "elastic", elastic_probe, false},
    {"GET", "/_cluster/health*", "elastic", elastic_probe, false},
    {"GET", "/_cat/*", "elastic", elastic_probe, false},
    {NULL, NULL, NULL, NULL, false},
};

bool http_path_matches(const char *pattern, Slice path)
{
    const char *star = strchr(pattern, '*');
    if (!star) return slice_eq(path, slice_from_cstr(pattern));
    Slice before = slice_of(pattern, (size_t)(star - pattern)), after = slice_from_cstr(star + 1);
    return path.len >= before.len + after.len && slice_starts(path, before) &&
           slice_ends(path, after);
}

int http_route_find(Slice method, Slice path, const HttpRoute **ret)
{
    int r = -ENOENT;
    if (path.len > 1 && path.ptr[path.len - 1] == '/') path.len--;
    for (const HttpRoute *route = http_routes; route->path; route++) {
        if (!http_path_matches(route->path, path)) continue;
        r = -EACCES;
        if (strcmp(route->method, "*") != 0 && !slice_eq(method, slice_from_cstr(route->method))) {
            continue;
        }
        *ret = route;
        return 0;
    }
    return r;
}

void http_refuse(HttpExchange *exchange, int status, const char *text)
{
    bundle_clear(exchange->group);
    buf_clear(exchange->answer);
    exchange->status = status;
    exchange->content_type = "text/plain; charset=utf-8";
    buf_add_cstr(exchange->answer, text);
}

void http_refuse_json(HttpExchange *exchange, int status, const char *text)
{
    http_refuse(exchange, status, "");
    exchange->content_type = NULL;
    buf_add_cstr(exchange->answer, "{\"error\":");
    json_add_string(exchange->answer, slice_from_cstr(text));
    buf_add_format(exchange->answer, ",\"status\":%d}", status);
}

void http_key_messages(HttpExchange *exchange, const char *dialect, Slice client)
{
    Slice given = http_field(exchange->request, SLICE("idempotency-key"));
    const Slice name = slice_from_cstr(dialect);
    if (given.len > 0) {
        const Slice pieces[] = {SLICE("idempotency-key\n"), name, SLICE("\n"), given};
        Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
        bundle_key_by_place(exchange->group, &digest);
    } else if (client.len > 0 && bundle_is_timed(exchange->group)) {
        const Slice pieces[] = {SLICE("request\n"), name,          SLICE("\n"), client,
                                SLICE("\n"),        exchange->body};
        Digest digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
        bundle_key_by_place(exchange->group, &digest);
    }
}
