/* collect/http_dialect.h and what it stands on: requests taken apart, and each dialect's body as
 * messages and an answer. */
#include "tests/support/tap.h"

#include "collect/http_dialect.h"
#include "collect/journal_stream.h"
#include "collect/unpack_bytes.h"

#include <errno.h>
#include <zlib.h>

/* A body given to a route, and what came of it. */
typedef struct Asked {
    Bundle group;
    HecChannels *channels;
    JsonTree tree;
    Buf answer;
    HttpRequest request;
    int status;
} Asked;

static Asked asked_make(void)
{
    const uint64_t seed[2] = {1, 2};
    Asked asked = {.group = bundle_make(), .channels = hec_channels_new(seed)};
    bundle_set_origin(&asked.group, "test", "192.0.2.7");
    asked.group.received_ns = 5;
    return asked;
}

static void asked_done(Asked *asked)
{
    bundle_done(&asked->group);
    hec_channels_free(asked->channels);
    json_tree_done(&asked->tree);
    buf_done(&asked->answer);
}

static void ask(Asked *asked, const char *path, const char *type, Slice body)
{
    const HttpRoute *route = NULL;
    Slice target = slice_from_cstr(path);
    size_t mark = slice_find_char(target, '?');
    asked->request = (HttpRequest){.path = slice_first(target, mark), .field_count = 2};
    if (mark != SLICE_NOT_FOUND) asked->request.query = slice_skip(target, mark + 1);
    asked->request.fields[0] = (HttpField){SLICE("content-type"), slice_from_cstr(type)};
    asked->request.fields[1] = (HttpField){SLICE("X-Splunk-Request-Channel"), SLICE("c1")};
    bundle_clear(&asked->group);
    buf_clear(&asked->answer);
    if (!expect_ok(http_route_find(SLICE("POST"), asked->request.path, &route))) return;
    HttpExchange exchange = {.request = &asked->request,
                             .body = body,
                             .group = &asked->group,
                             .channels = asked->channels,
                             .tree = &asked->tree,
                             .peer = "192.0.2.7",
                             .status = 200,
                             .answer = &asked->answer};
    route->run(&exchange);
    asked->status = exchange.status;
}

static void ask_text(Asked *asked, const char *path, const char *body)
{
    ask(asked, path, "application/json", slice_from_cstr(body));
}

static Slice beside(const Asked *asked, size_t number, const char *name)
{
    Slice rest = asked->group.messages[number].beside;
    Field field;
    while (message_fields_next(&rest, &field)) {
        if (slice_eq(field.name, slice_from_cstr(name))) return field.value;
    }
    return (Slice){0};
}

static bool has_key(const Asked *asked, size_t number)
{
    static const uint8_t none[MESSAGE_KEY_BYTES];
    return memcmp(asked->group.messages[number].key, none, sizeof none) != 0;
}

static bool answer_has(const Asked *asked, const char *words)
{
    return slice_find(buf_slice(&asked->answer), slice_from_cstr(words)) != SLICE_NOT_FOUND;
}

/* --- requests --------------------------------------------------------------------------------- */

static ssize_t read_request(const char *text, HttpRequest *ret)
{
    HttpProgress progress = {.body = buf_make(HTTP_BODY_BYTES_MAX)};
    ssize_t r = http_request_read(slice_from_cstr(text), ret, &progress);
    buf_done(&progress.body);
    return r;
}

static void requests_are_taken_apart(void)
{
    HttpRequest request;
    expect_int(
        read_request("POST /a/_bulk?x=1&y HTTP/1.1\r\nHost: h\r\ncontent-length:  3 \r\n\r\nabcGET",
                     &request),
        65);
    expect_text(request.method, "POST");
    expect_text(request.path, "/a/_bulk");
    expect_text(http_parameter(request.query, SLICE("x")), "1");
    expect_text(request.body, "abc");
    expect(request.keeps_alive);
    expect_int(read_request("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", &request), 0);
    expect(request.head_bytes > 0);
    expect_int(read_request("GET / HTTP/1.0\r\n", &request), 0);
    expect_int(read_request("GET / HTTP/1.0\r\n\r\n", &request), 18);
    expect(!request.keeps_alive);
}

static void chunks_are_put_together(void)
{
    HttpProgress progress = {.body = buf_make(HTTP_BODY_BYTES_MAX)};
    HttpRequest request;
    const Slice whole = SLICE("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3\r\nabc\r\nA;n=1\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n");
    ssize_t r = 0;
    for (size_t len = 1; len <= whole.len && r == 0; len++)
        r = http_request_read(slice_first(whole, len), &request, &progress);
    expect_int(r, whole.len);
    expect_text(request.body, "abc0123456789");
    buf_done(&progress.body);
}

static void two_meanings_are_refused(void)
{
    HttpRequest request;
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nContent-Length: 1,1\r\n\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", -ENOTSUP},
        {"POST / HTTP/1.1\r\nContent-Length : 1\r\n\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nA: b\x01\r\n\r\n", -EBADMSG},
        {"POST / HTTP/2.0\r\n\r\n", -ENOTSUP},
        {"POST http://example.com/ HTTP/1.1\r\n\r\n", -EBADMSG},
        {"\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nContent-Length: 33554433\r\n\r\n", -EMSGSIZE},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100000000\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", -EBADMSG},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", -EBADMSG},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        expect_int(read_request(rows[i].text, &request), rows[i].error);
}

/* --- dialects --------------------------------------------------------------------------------- */

static void elastic_bulk_takes_documents(void)
{
    Asked asked = asked_make();
    ask_text(&asked, "/logs/_bulk",
             "{\"index\":{\"_id\":\"7\"}}\n{\"message\":\"a\"}\r\n\n"
             "{\"create\":{\"_index\":\"other\"}}\n{\"b\":1}\n"
             "{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n{\"delete\":{\"_id\":\"1\"}}\n"
             "{\"index\":{}}\nno json\n");
    expect_int(asked.status, 200);
    expect_int(asked.group.count, 2);
    expect_text(asked.group.messages[0].bytes, "{\"message\":\"a\"}");
    expect_text(beside(&asked, 0, "_index"), "logs");
    expect_text(beside(&asked, 1, "_index"), "other");
    expect(has_key(&asked, 0) && !has_key(&asked, 1));
    expect(answer_has(&asked, "\"errors\":true"));
    expect(answer_has(&asked, "{\"delete\":{\"_index\":\"logs\",\"_id\":\"1\",\"status\":400"));
    ask_text(&asked, "/_bulk", "nonsense\n");
    expect_int(asked.status, 400);
    expect_int(asked.group.count, 0);
    ask_text(&asked, "/_bulk", "");
    expect_int(asked.status, 400);
    asked_done(&asked);
}

/* The same id with the same document is the same event; with another document it is another one. */
static void elastic_ids_make_keys(void)
{
    Asked asked = asked_make();
    uint8_t keys[3][MESSAGE_KEY_BYTES];
    const char *bodies[] = {"{\"index\":{\"_index\":\"x\",\"_id\":\"1\"}}\n{\"a\":1}\n",
                            "{\"index\":{\"_index\":\"x\",\"_id\":\"1\"}}\n{\"a\":1}\n",
                            "{\"index\":{\"_index\":\"x\",\"_id\":\"1\"}}\n{\"a\":2}\n"};
    for (size_t i = 0; i < 3; i++) {
        ask_text(&asked, "/_bulk", bodies[i]);
        memcpy(keys[i], asked.group.messages[0].key, MESSAGE_KEY_BYTES);
    }
    expect(memcmp(keys[0], keys[1], MESSAGE_KEY_BYTES) == 0);
    expect(memcmp(keys[0], keys[2], MESSAGE_KEY_BYTES) != 0);
    asked_done(&asked);
}

/* Filebeat's documents have no id: what they were read from makes them themselves. */
static void shipped_documents_are_themselves(void)
{
    Asked asked = asked_make();
    ask_text(&asked, "/_bulk",
             "{\"create\":{}}\n{\"message\":\"a\",\"log\":{\"offset\":7}}\n"
             "{\"create\":{}}\n{\"message\":\"the log has an offset\"}\n");
    expect_int(asked.group.count, 2);
    expect(has_key(&asked, 0) && !has_key(&asked, 1));
    asked_done(&asked);
}

static void hec_takes_events(void)
{
    Asked asked = asked_make();
    ask_text(&asked, "/services/collector/event/1.0",
             "{\"time\":\"1426279439.918\",\"host\":\"h\",\"event\":\"hello\","
             "\"fields\":{\"a\":\"b\"}} {\"time\":1426279439,\"event\":{\"k\":[1]}}");
    expect_int(asked.status, 200);
    expect_int(asked.group.count, 2);
    expect_text(asked.group.messages[0].body, "hello");
    expect_int(asked.group.messages[0].time_ns, 1426279439918000000);
    expect_text(beside(&asked, 0, "host"), "h");
    expect_text(beside(&asked, 0, "a"), "b");
    expect_text(asked.group.messages[1].body, "{\"k\":[1]}");
    expect(has_key(&asked, 0));
    expect(answer_has(&asked, "\"ackId\":0"));
    ask_text(&asked, "/services/collector/ack", "{\"acks\":[0,1]}");
    expect_text(buf_slice(&asked.answer), "{\"acks\":{\"0\":true,\"1\":false}}");
    asked_done(&asked);
}

/* Splunk's codes: 5 no data, 6 invalid data, 12 event missing, 13 event blank; all or nothing. */
static void hec_tells_errors(void)
{
    Asked asked = asked_make();
    static const struct {
        const char *body, *words;
    } rows[] = {{"", "\"code\":5"},
                {"{\"event\":\"a\"}{", "\"code\":6,\"invalid-event-number\":1"},
                {"{\"event\":\"a\"}{\"x\":1}", "\"code\":12,\"invalid-event-number\":1"},
                {"{\"event\":\"\"}", "\"code\":13,\"invalid-event-number\":0"}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        ask_text(&asked, "/services/collector", rows[i].body);
        expect_int(asked.status, 400);
        expect(answer_has(&asked, rows[i].words));
        expect_int(asked.group.count, 0);
    }
    ask_text(&asked, "/services/collector/raw?host=h", "one\r\n\ntwo");
    expect_int(asked.group.count, 2);
    expect_text(asked.group.messages[1].bytes, "two");
    expect_text(beside(&asked, 1, "host"), "h");
    asked_done(&asked);
}

/* PushRequest { StreamAdapter { labels, EntryAdapter { Timestamp, line, LabelPair } } } */
#define LOKI_PUSH                                                                                  \
    "\x0a\x23\x0a\x07{j=\"a\"}\x12\x18\x0a\x08\x08\x80\xe2\xcf\xaa\x06\x10\x05\x12\x04"            \
    "line"                                                                                         \
    "\x1a\x06\x0a\x01k\x12\x01v"

static void loki_takes_both_forms(void)
{
    Asked asked = asked_make();
    uint8_t key[MESSAGE_KEY_BYTES];
    ask_text(&asked, "/loki/api/v1/push",
             "{\"streams\":[{\"stream\":{\"j\":\"a\"},\"values\":[[\"1700000000000000005\","
             "\"line\",{\"k\":\"v\"}]]}]}");
    expect_int(asked.status, 204);
    expect_int(asked.group.count, 1);
    expect_text(asked.group.messages[0].bytes, "line");
    expect_text(beside(&asked, 0, "j"), "a");
    expect_text(beside(&asked, 0, "k"), "v");
    expect_int(asked.group.messages[0].time_ns, 1700000000000000005);
    memcpy(key, asked.group.messages[0].key, sizeof key);
    Buf packed = {0};
    const Slice push = SLICE(LOKI_PUSH);
    buf_add_varint(&packed, push.len); /* snappy: the length, then one literal */
    buf_add_char(&packed, (char)((push.len - 1) << 2));
    buf_add_slice(&packed, push);
    ask(&asked, "/loki/api/v1/push", "application/x-protobuf", buf_slice(&packed));
    expect_int(asked.status, 204);
    expect_int(asked.group.count, 1);
    if (asked.group.count == 1) {
        expect_text(asked.group.messages[0].bytes, "line");
        expect_int(asked.group.messages[0].time_ns, 1700000000000000005);
        expect_text(beside(&asked, 0, "k"), "v");
        expect(memcmp(key, asked.group.messages[0].key, sizeof key) == 0);
    }
    for (size_t len = 0; len < packed.len; len++) { /* cut anywhere: refused, never half taken */
        ask(&asked, "/loki/api/v1/push", "application/x-protobuf",
            slice_first(buf_slice(&packed), len));
        expect_int(asked.status, 400);
        expect_int(asked.group.count, 0);
    }
    buf_done(&packed);
    asked_done(&asked);
}

static void otlp_takes_json(void)
{
    Asked asked = asked_make();
    ask_text(
        &asked, "/v1/logs",
        "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
        "{\"stringValue\":\"s\"}}]},\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":"
        "\"1700000000000000000\",\"severityText\":\"WARN\",\"body\":{\"stringValue\":\"text\"},"
        "\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":\"4\"}}]},"
        "{\"body\":{\"kvlistValue\":{\"values\":[]}}}]}]}]}");
    expect_int(asked.status, 200);
    expect_int(asked.group.count, 2);
    expect_text(asked.group.messages[0].bytes, "text");
    expect_text(beside(&asked, 0, "service.name"), "s");
    expect_text(beside(&asked, 0, "severity_text"), "WARN");
    expect_text(beside(&asked, 0, "n"), "4");
    expect(!has_key(&asked, 0)); /* one of them has no time: nothing makes the request itself */
    ask_text(&asked, "/v1/logs", "[]");
    expect_int(asked.status, 400);
    asked_done(&asked);
}

static void gelf_becomes_a_syslog_line(void)
{
    Asked asked = asked_make();
    ask_text(&asked, "/gelf",
             "{\"version\":\"1.1\",\"host\":\"gw 1\",\"short_message\":\"s\",\"timestamp\":"
             "1385053862.5,\"level\":3,\"_user\":\"u\",\"_tag\":\"sshd\"}");
    expect_int(asked.status, 202);
    expect_int(asked.group.count, 1);
    expect_text(asked.group.messages[0].body, "<11>2013-11-21T17:11:02.500Z gw_1 sshd: s");
    expect_text(beside(&asked, 0, "user"), "u");
    ask_text(&asked, "/gelf", "{\"host\":\"h\"}");
    expect_int(asked.status, 400);
    asked_done(&asked);
}

static void json_lines_name_their_members(void)
{
    Asked asked = asked_make();
    ask_text(&asked, "/ingest/jsonl?message=text&time=at",
             "{\"text\":\"line\",\"at\":1700000000,\"more\":{\"x\":true}}\nplain line\n{broken\n");
    expect_int(asked.status, 200);
    expect_int(asked.group.count, 3);
    expect_text(asked.group.messages[0].body, "line");
    expect_int(asked.group.messages[0].time_ns, 1700000000000000000);
    expect_text(beside(&asked, 0, "more.x"), "true");
    expect_text(asked.group.messages[2].bytes, "{broken");
    asked_done(&asked);
}

static void journal_entries_come_in_pieces(void)
{
    const Slice text = SLICE("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1764000000000000\n_HOSTNAME=gw\n"
                             "SYSLOG_IDENTIFIER=sshd\n_PID=9\nPRIORITY=3\nSYSLOG_FACILITY=4\n"
                             "MESSAGE\n\x05\0\0\0\0\0\0\0a\nb\nc\n\nMESSAGE=two\n\n");
    for (size_t step = 1; step <= text.len; step += 7) {
        JournalStream stream = journal_stream_make();
        Bundle group = bundle_make();
        for (size_t at = 0; at < text.len; at += step) {
            expect_ok(journal_stream_add(&stream, slice_first(slice_skip(text, at), step)));
            expect_ok(journal_stream_take(&stream, at + step >= text.len, &group));
        }
        if (expect_int(group.count, 2)) {
            expect_text(group.messages[0].body, "<35>2025-11-24T16:00:00Z gw sshd[9]: a\nb\nc");
            expect_int(group.messages[0].time_ns, 1764000000000000000);
        }
        bundle_done(&group);
        journal_stream_done(&stream);
    }
}

/* --- limits ----------------------------------------------------------------------------------- */

static void bombs_are_refused(void)
{
    uLongf packed_len = 1 << 20;
    Buf packed = {0}, plain = buf_make((size_t)64 << 20);
    static char zeros[1 << 20];
    char *room = buf_reserve(&packed, packed_len);
    if (!expect(room != NULL)) return;
    Buf large = {0};
    for (int i = 0; i < 16; i++)
        buf_add(&large, zeros, sizeof zeros);
    expect_int(compress((Bytef *)room, &packed_len, (const Bytef *)large.ptr, large.len), Z_OK);
    expect_int(unpack_deflated(slice_of(room, packed_len), 200, &plain), -EFBIG);
    plain = (buf_done(&plain), buf_make(1000));
    expect_int(unpack_deflated(slice_of(room, packed_len), 5000, &plain), -EFBIG);
    buf_clear(&plain);
    expect_int(unpack_snappy(SLICE("\xff\xff\xff\xff\x0f"), &plain), -EFBIG);
    expect_int(unpack_deflated(slice_of(room, packed_len / 2), 5000, &plain), -EFBIG);
    buf_clear(&plain);
    expect_int(unpack_deflated(SLICE("\x1f\x8b\x08"), 200, &plain), -EBADMSG);
    buf_done(&large);
    buf_done(&packed);
    buf_done(&plain);
}

static const TapTest tests[] = {
    TAP_TEST(requests_are_taken_apart),
    TAP_TEST(chunks_are_put_together),
    TAP_TEST(two_meanings_are_refused),
    TAP_TEST(elastic_bulk_takes_documents),
    TAP_TEST(elastic_ids_make_keys),
    TAP_TEST(shipped_documents_are_themselves),
    TAP_TEST(hec_takes_events),
    TAP_TEST(hec_tells_errors),
    TAP_TEST(loki_takes_both_forms),
    TAP_TEST(otlp_takes_json),
    TAP_TEST(gelf_becomes_a_syslog_line),
    TAP_TEST(json_lines_name_their_members),
    TAP_TEST(journal_entries_come_in_pieces),
    TAP_TEST(bombs_are_refused),
};
TAP_MAIN(tests)
