/* The API's tables, made of api/openapi.yaml, and the checks of every question; streamed answers.
 */
#include "tests/support/tap.h"

#include "base/check.h"
#include "server/api/api_judge.h"
#include "server/api/api_request.h"
#include "server/api/api_stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- routes ----------------------------------------------------------------------------------- */

static void the_table_is_whole(void)
{
    expect(api_route_count() > 40);
    for (size_t i = 0; i < api_route_count(); i++) {
        const ApiRoute *route = api_route_at(i);
        expect(route->handle && route->may && route->parameter_count <= API_PARAMETERS_MAX);
        expect(!route->body || route->body_bytes_max > 0);
        expect(strcmp(route->method, "GET") != 0 || !route->body);
        for (size_t k = 0; k < i; k++) {
            const ApiRoute *other = api_route_at(k);
            expect(strcmp(route->path, other->path) != 0 ||
                   strcmp(route->method, other->method) != 0);
        }
    }
}

static const char *operation_at(const char *method, const char *path, ApiValues *values)
{
    const ApiRoute *route;
    *values = (ApiValues){0};
    int r = api_route_find(slice_from_cstr(method), slice_from_cstr(path), &route, values);
    return r == 0 ? route->operation : r == -ENOENT ? "absent" : "method";
}

static void paths_find_their_operation(void)
{
    static const struct {
        const char *method, *path, *operation, *value;
    } cases[] = {
        {"GET", "/api/v1/records/12", "record_read", "12"},
        {"HEAD", "/api/v1/home", "home_read", NULL},
        {"DELETE", "/api/v1/users/a%2Fb", "user_delete", "a%2Fb"},
        {"DELETE", "/api/v1/users/a/b", "absent", NULL},
        {"DELETE", "/api/v1/users/", "absent", NULL},
        {"POST", "/api/v1/stories/acts", "story_act", NULL},
        {"GET", "/api/v1/home/", "absent", NULL},
        {"GET", "/api/v1/hom", "absent", NULL},
        {"PUT", "/api/v1/home", "method", NULL},
        {"get", "/api/v1/home", "method", NULL},
        {"GET", "", "absent", NULL},
        {"GET", "//api/v1/home", "absent", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        ApiValues values;
        expect_text(slice_from_cstr(operation_at(cases[i].method, cases[i].path, &values)),
                    cases[i].operation);
        if (cases[i].value) expect_text(values.values[0], cases[i].value);
    }
}

/* --- bodies ----------------------------------------------------------------------------------- */

typedef struct Asked {
    ApiDoor door;
    ApiEngine engine;
    ApiRequest request;
} Asked;

static void asked_begin(Asked *asked, const char *method, const char *path)
{
    *asked = (Asked){0};
    asked->door.engine = &asked->engine;
    asked->request = (ApiRequest){.door = &asked->door, .arena = arena_make(1 << 20)};
    asked->request.answer.body = buf_make(1 << 20);
    CHECK(api_route_find(slice_from_cstr(method), slice_from_cstr(path), &asked->request.route,
                         &asked->request.values) == 0);
}

static void asked_end(Asked *asked)
{
    buf_done(&asked->request.answer.body);
    json_tree_done(&asked->request.body);
    arena_done(&asked->request.arena);
}

/* The status of what was refused, 0: it was taken; and whether the answer names the field. */
static unsigned judge(const char *method, const char *path, const char *type, const char *body,
                      const char *field)
{
    Asked asked;
    char wanted[160];
    asked_begin(&asked, method, path);
    int r = api_judge_body(&asked.request, slice_from_cstr(type), slice_from_cstr(body));
    unsigned status = r < 0 ? asked.request.answer.status : 0;
    snprintf(wanted, sizeof wanted, "\"field\":\"%s\"", field ? field : "");
    if (field && slice_find(buf_slice(&asked.request.answer.body), slice_from_cstr(wanted)) ==
                     SLICE_NOT_FOUND)
        tap_fail(__FILE__, __LINE__, "%s: %.*s", body,
                 SLICE_FMT(buf_slice(&asked.request.answer.body)));
    asked_end(&asked);
    return status;
}

static void bodies_are_held_against_the_description(void)
{
    static const struct {
        const char *body, *field;
        unsigned status;
    } cases[] = {
        {"{\"name\":\"a\",\"may\":[\"read\"]}", NULL, 0},
        {" {\"name\":\"a\",\"may\":[\"read\",\"act\"],\"days\":366}\r\n", NULL, 0},
        {"{\"name\":\"a\",\"may\":[\"read\"],\"days\":367}", "days", 400},
        {"{\"name\":\"a\",\"may\":[\"read\"],\"days\":0}", "days", 400},
        {"{\"name\":\"a\",\"may\":[\"read\"],\"days\":1.5}", "days", 400},
        {"{\"name\":\"a\",\"may\":[\"read\"],\"days\":99999999999999999999}", "days", 400},
        {"{\"name\":\"a\",\"may\":[\"read\"],\"days\":null}", "days", 400},
        {"{\"name\":\"\",\"may\":[\"read\"]}", "name", 400},
        {"{\"name\":7,\"may\":[\"read\"]}", "name", 400},
        {"{\"name\":\"a\",\"may\":[]}", "may", 400},
        {"{\"name\":\"a\",\"may\":[\"read\",\"fly\"]}", "may[1]", 400},
        {"{\"name\":\"a\",\"may\":\"read\"}", "may", 400},
        {"{\"name\":\"a\"}", "may", 400},
        {"{\"name\":\"a\",\"name\":\"b\",\"may\":[\"read\"]}", NULL, 400},
        {"{\"name\":\"a\",\"may\":[\"read\"],\"x\":1}", NULL, 400},
        {"[]", NULL, 400},
        {"", NULL, 400},
        {"{\"name\":\"a\",\"may\":[\"read\"]} x", NULL, 400},
        {"{\"name\":\"\xff\",\"may\":[\"read\"]}", NULL, 400},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        unsigned got =
            judge("POST", "/api/v1/tokens", "application/json", cases[i].body, cases[i].field);
        if (got != cases[i].status)
            tap_fail(__FILE__, __LINE__, "%s: %u, not %u", cases[i].body, got, cases[i].status);
    }
    expect_int(judge("POST", "/api/v1/tokens", "text/plain", cases[0].body, NULL), 415);
    expect_int(judge("POST", "/api/v1/tokens", "application/jsonx", cases[0].body, NULL), 415);
    expect_int(
        judge("POST", "/api/v1/tokens", "Application/JSON; charset=utf-8", cases[0].body, NULL), 0);
    expect_int(judge("DELETE", "/api/v1/session", "", "{}", NULL), 400);
    expect_int(judge("DELETE", "/api/v1/session", "", "", NULL), 0);
}

/* Texts are counted in characters, not in bytes. */
static void lengths_are_of_characters(void)
{
    CLEANUP(buf_done) Buf body = {0};
    for (int extra = 0; extra < 2; extra++) {
        buf_clear(&body);
        buf_add_cstr(&body, "{\"may\":[\"read\"],\"name\":\"");
        for (int i = 0; i < 100 + extra; i++)
            buf_add_cstr(&body, "証");
        buf_add(&body, "\"}", 3);
        expect_int(judge("POST", "/api/v1/tokens", "application/json", body.ptr, NULL),
                   extra ? 400 : 0);
    }
}

/* --- parameters ------------------------------------------------------------------------------- */

static unsigned judge_query(const char *path, const char *const pairs[][2], size_t count)
{
    Asked asked;
    int r = 0;
    asked_begin(&asked, "GET", path);
    for (size_t i = 0; i < count && r == 0; i++)
        r = api_judge_parameter(&asked.request, slice_from_cstr(pairs[i][0]),
                                slice_from_cstr(pairs[i][1]));
    if (r == 0) r = api_judge_parameters(&asked.request);
    unsigned status = r < 0 ? asked.request.answer.status : 0;
    if (r == 0 && strcmp(path, "/api/v1/search") == 0)
        expect(api_value_integer(&asked.request, "limit") > 0);
    asked_end(&asked);
    return status;
}

static void parameters_are_judged(void)
{
    static const struct {
        const char *path;
        const char *const pairs[2][2];
        size_t count;
        unsigned status;
    } cases[] = {
        {"/api/v1/search", {{NULL}}, 0, 0},
        {"/api/v1/search", {{"q", "x"}, {"limit", "5"}}, 2, 0},
        {"/api/v1/search", {{"limit", ""}}, 1, 0},
        {"/api/v1/search", {{"limit", "5"}, {"limit", "5"}}, 2, 400},
        {"/api/v1/search", {{"limit", "0"}}, 1, 400},
        {"/api/v1/search", {{"limit", "+5"}}, 1, 400},
        {"/api/v1/search", {{"limit", " 5"}}, 1, 400},
        {"/api/v1/search", {{"all", "yes"}}, 1, 400},
        {"/api/v1/search", {{"all", "true"}}, 1, 0},
        {"/api/v1/search", {{"lang", "fr"}}, 1, 400},
        {"/api/v1/search", {{"number", "1"}}, 1, 400},
        {"/api/v1/search/facets", {{NULL}}, 0, 400},
        {"/api/v1/records/12", {{NULL}}, 0, 0},
        {"/api/v1/records/%31%32", {{NULL}}, 0, 0},
        {"/api/v1/records/x", {{NULL}}, 0, 400},
        {"/api/v1/records/%zz", {{NULL}}, 0, 400},
        {"/api/v1/records/-1", {{NULL}}, 0, 400},
        {"/api/v1/records/99999999999999999999", {{NULL}}, 0, 400},
        {"/api/v1/records/12", {{"number", "3"}}, 1, 400},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        unsigned got = judge_query(cases[i].path, cases[i].pairs, cases[i].count);
        if (got != cases[i].status)
            tap_fail(__FILE__, __LINE__, "case %zu, %s: %u, not %u", i, cases[i].path, got,
                     cases[i].status);
    }
}

/* --- who asks --------------------------------------------------------------------------------- */

static void without_credentials_nobody_is_known(void)
{
    static const ApiCredentials none = {0};
    static const ApiCredentials odd = {.authorization = SLICE_INIT("Basic YTpi")};
    Asked asked;
    asked_begin(&asked, "GET", "/api/v1/home");
    expect_int(api_judge_who(&asked.request, &none), -1);
    expect_int(asked.request.answer.status, 401);
    asked_end(&asked);
    asked_begin(&asked, "GET", "/api/v1/home");
    expect_int(api_judge_who(&asked.request, &odd), -1);
    expect_int(asked.request.answer.status, 401);
    asked_end(&asked);
    asked_begin(&asked, "GET", "/api/v1/health");
    expect_int(api_judge_who(&asked.request, &none), 0);
    asked_end(&asked);
}

/* --- streams ---------------------------------------------------------------------------------- */

typedef struct Making {
    size_t bytes, written;
    int result;
    bool freed;
} Making;

static void make(void *context, ApiStream *stream)
{
    Making *making = context;
    char piece[1000];
    memset(piece, 'x', sizeof piece);
    while (making->result == 0 && making->written < making->bytes) {
        making->result = api_stream_write(stream, slice_of(piece, sizeof piece));
        if (making->result == 0) making->written += sizeof piece;
    }
}

static void set_free(void *context)
{
    Making *making = context;
    making->freed = true;
}

static void a_stream_gives_all_of_it_in_order(void)
{
    static Making making;
    making = (Making){.bytes = 3 * API_STREAM_BYTES_MAX / 1000 * 1000};
    const ApiMaker maker = {.make = make, .free = set_free, .context = &making};
    ApiStream *stream;
    char piece[65536];
    size_t got = 0;
    long r;
    if (!expect_ok(api_stream_open(&maker, &stream))) return;
    while ((r = api_stream_read(stream, piece, sizeof piece, 5000)) > 0)
        got += (size_t)r;
    expect_int(r, -EPIPE);
    expect_int(got, making.bytes);
    api_stream_close(stream);
    expect(making.freed);
}

/* The reader goes while the maker waits for room. */
static void a_reader_that_goes_ends_the_maker(void)
{
    static Making making;
    making = (Making){.bytes = SIZE_MAX};
    const ApiMaker maker = {.make = make, .free = set_free, .context = &making};
    ApiStream *stream;
    char piece[100];
    if (!expect_ok(api_stream_open(&maker, &stream))) return;
    expect(api_stream_read(stream, piece, sizeof piece, 5000) > 0);
    usleep(20000);
    api_stream_close(stream);
    expect_int(making.result, -EPIPE);
    expect(making.freed && making.written <= 2 * API_STREAM_BYTES_MAX);
}

static void wait_for_end(void *context, ApiStream *stream)
{
    (void)context;
    while (!atomic_load(api_stream_cancel(stream)))
        usleep(1000);
}

static void streams_have_a_maximum(void)
{
    static Making making[API_STREAMS_MAX + 1];
    ApiStream *streams[API_STREAMS_MAX], *one_more = NULL;
    char piece[10];
    for (size_t i = 0; i < API_STREAMS_MAX; i++) {
        const ApiMaker maker = {.make = wait_for_end, .free = set_free, .context = &making[i]};
        CHECK(api_stream_open(&maker, &streams[i]) == 0);
    }
    const ApiMaker maker = {
        .make = wait_for_end, .free = set_free, .context = &making[API_STREAMS_MAX]};
    expect_int(api_stream_open(&maker, &one_more), -EBUSY);
    expect(!one_more && !making[API_STREAMS_MAX].freed);
    expect_int(api_stream_read(streams[0], piece, sizeof piece, 10), 0);
    for (size_t i = 0; i < API_STREAMS_MAX; i++)
        api_stream_close(streams[i]);
    if (expect_ok(api_stream_open(&maker, &one_more))) api_stream_close(one_more);
    expect(making[API_STREAMS_MAX].freed);
}

static const TapTest tests[] = {
    TAP_TEST(the_table_is_whole),
    TAP_TEST(paths_find_their_operation),
    TAP_TEST(bodies_are_held_against_the_description),
    TAP_TEST(lengths_are_of_characters),
    TAP_TEST(parameters_are_judged),
    TAP_TEST(without_credentials_nobody_is_known),
    TAP_TEST(a_stream_gives_all_of_it_in_order),
    TAP_TEST(a_reader_that_goes_ends_the_maker),
    TAP_TEST(streams_have_a_maximum),
};
TAP_MAIN(tests)
