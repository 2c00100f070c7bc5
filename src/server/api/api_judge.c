#include "server/api/api_judge.h"

#include "base/number.h"
#include <errno.h>

#define BEARER "Bearer "

/* ---- who asks -------------------------------------------------------------------------------- */

static int refuse_nobody(ApiRequest *request)
{
    api_fail(request, 401, "account.nobody", "sign in first", "サインインしてください");
    return -1;
}

/* What account/ said of a cookie or token. */
static int refuse_account(ApiRequest *request, int error)
{
    switch (error) {
    case -EACCES: return refuse_nobody(request);
    case -EPERM:
        api_fail(request, 403, "account.address", "signing in is not allowed from this address",
                 "このアドレスからの利用は許されていません");
        return -1;
    case -EAGAIN:
        request->answer.retry_after_seconds = 60;
        api_fail(request, 429, "account.wait", "too many tries; wait a minute",
                 "試した回数が多すぎます。1分待ってください");
        return -1;
    default: api_fail_error(request, error); return -1;
    }
}

static int judge_token(ApiRequest *request, Slice authorization)
{
    Slice text = slice_skip(authorization, sizeof BEARER - 1);
    if (!slice_starts_nocase(authorization, SLICE(BEARER))) return refuse_nobody(request);
    int r = account_token_check(request->door->accounts, text, &request->client, &request->arena,
                                &request->self);
    return r < 0 ? refuse_account(request, r) : 0;
}

/* The new id goes out with the answer; the old one is worth nothing from now on. */
static int renew(ApiRequest *request)
{
    SignedIn fresh;
    ApiAnswer *answer = &request->answer;
    int r =
        account_session_renew(request->door->accounts, request->session, &request->client, &fresh);
    if (r < 0) return refuse_account(request, r);
    memcpy(answer->session, fresh.session, sizeof answer->session);
    answer->session_set = true;
    request->session = slice_from_cstr(answer->session);
    return 0;
}

static int judge_cookie(ApiRequest *request, const ApiCredentials *given)
{
    int r = account_session_check(request->door->accounts, given->cookie, &request->client,
                                  &request->arena, &request->self);
    if (r < 0) return refuse_account(request, r);
    request->session = given->cookie;
    if (given->changes && !account_csrf_is(given->cookie, given->csrf)) {
        api_fail(request, 403, "api.csrf",
                 "the header Akashi-CSRF is missing or wrong; load the page again",
                 "ヘッダー Akashi-CSRF がないか、ちがいます。画面を読み直してください");
        return -1;
    }
    return r == SESSION_RENEW ? renew(request) : 0;
}

static int judge_permission(ApiRequest *request)
{
    unsigned may = request->route->may;
    if (may == API_SELF) return 0;
    if (request->self.via == VIA_SESSION && request->self.stage != STAGE_FULL)
        return refuse_nobody(request);
    int r = account_may(request->door->accounts, &request->self, (Permission)may,
                        slice_from_cstr(request->route->operation));
    if (r == 0) return 0;
    api_fail_error(request, r);
    return -1;
}

int api_judge_who(ApiRequest *request, const ApiCredentials *given)
{
    int r;
    if (request->route->may == API_ANYONE) {
        request->session = given->cookie; /* signing in ends the one before */
        return 0;
    }
    if (given->authorization.len > 0) {
        r = judge_token(request, given->authorization);
    } else if (given->cookie.len > 0) {
        r = judge_cookie(request, given);
    } else {
        r = refuse_nobody(request);
    }
    return r < 0 ? -1 : judge_permission(request);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static int refuse_parameter(ApiRequest *request, const ApiFault *fault)
{
    api_fail_complaint(request, 400, &fault->complaint, fault->field);
    return -1;
}

static int refuse_name(ApiRequest *request, const char *id, const char *en, const char *ja,
                       Slice name)
{
    ApiFault fault = {0};
    Slice shown = slice_first(name, sizeof fault.field - 1);
    memcpy(fault.field, shown.ptr, shown.len);
    complaint_say(&fault.complaint, id, en, ja, SLICE_FMT(shown));
    return refuse_parameter(request, &fault);
}

static int judge_value(ApiRequest *request, size_t index, Slice value)
{
    const ApiParameter *parameter = &request->route->parameters[index];
    ApiFault fault;
    if (api_text_check(parameter->schema, parameter->name, value, &fault) < 0)
        return refuse_parameter(request, &fault);
    request->values.values[index] = value;
    return 0;
}

int api_judge_parameter(ApiRequest *request, Slice name, Slice value)
{
    const ApiRoute *route = request->route;
    for (size_t i = 0; i < route->parameter_count; i++) {
        if (route->parameters[i].in_path) continue;
        if (!slice_eq(name, slice_from_cstr(route->parameters[i].name))) continue;
        if (request->values.values[i].ptr) {
            return refuse_name(request, "api.twice", "the parameter %.*s is given twice",
                               "パラメーター %.*s が2回あります", name);
        }
        return value.len > 0 ? judge_value(request, i, value) : 0;
    }
    return refuse_name(request, "api.unknown", "there is no parameter %.*s here",
                       "パラメーター %.*s はありません", name);
}

/* %XX decoded. -EINVAL: not so written. */
static int decode(Arena *arena, Slice from, Slice *ret)
{
    char *to = arena_alloc(arena, from.len + 1);
    size_t len = 0;
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < from.len; i++) {
        uint64_t byte;
        if (from.ptr[i] != '%') {
            to[len++] = from.ptr[i];
            continue;
        }
        if (from.len - i < 3 || number_parse_hex(slice_of(from.ptr + i + 1, 2), &byte) < 0)
            return -EINVAL;
        to[len++] = (char)byte;
        i += 2;
    }
    *ret = slice_of(to, len);
    return 0;
}

static int judge_path_value(ApiRequest *request, size_t index)
{
    Slice decoded;
    int r = decode(&request->arena, request->values.values[index], &decoded);
    if (r == 0) return judge_value(request, index, decoded);
    if (r == -ENOMEM) {
        api_fail_error(request, r);
        return -1;
    }
    return refuse_name(request, "api.path", "the path is not well-formed at %.*s",
                       "パスの %.*s を読めません",
                       slice_from_cstr(request->route->parameters[index].name));
}

int api_judge_parameters(ApiRequest *request)
{
    const ApiRoute *route = request->route;
    for (size_t i = 0; i < route->parameter_count; i++) {
        const ApiParameter *parameter = &route->parameters[i];
        if (parameter->in_path) {
            if (judge_path_value(request, i) < 0) return -1;
        } else if (!request->values.values[i].ptr && parameter->required) {
            return refuse_name(request, "api.missing", "the parameter %.*s is missing",
                               "パラメーター %.*s がありません", slice_from_cstr(parameter->name));
        } else if (!request->values.values[i].ptr && parameter->otherwise) {
            request->values.values[i] = slice_from_cstr(parameter->otherwise);
        }
    }
    return 0;
}

/* ---- body ------------------------------------------------------------------------------------ */

/* A page of somebody else cannot send this type without asking first, so that the cookie alone
 * never changes anything (Fetch, CORS-safelisted request-header). */
static bool is_json(Slice content_type)
{
    Slice json = SLICE("application/json");
    if (!slice_starts_nocase(content_type, json)) return false;
    Slice rest = slice_skip(content_type, json.len);
    return rest.len == 0 || rest.ptr[0] == ';' || rest.ptr[0] == ' ';
}

static int refuse_json(ApiRequest *request, size_t at)
{
    Complaint complaint = {.line = 1, .column = (unsigned)at + 1};
    complaint_say(&complaint, "api.json", "the body is not JSON (RFC 8259), or nested too deep",
                  "本文がJSON（RFC 8259）ではないか、入れ子が深すぎます");
    api_fail_complaint(request, 400, &complaint, NULL);
    return -1;
}

static int read_json(ApiRequest *request, Slice body)
{
    size_t used = 0;
    int r = json_tree_read(&request->body, body, true, &request->arena, &used);
    if (r == -ENOMEM) {
        api_fail_error(request, r);
        return -1;
    }
    if (r < 0) return refuse_json(request, used);
    while (used < body.len && strchr(" \t\r\n", body.ptr[used]) && body.ptr[used])
        used++;
    return used == body.len ? 0 : refuse_json(request, used);
}

int api_judge_body(ApiRequest *request, Slice content_type, Slice body)
{
    const ApiSchema *schema = request->route->body;
    ApiFault fault;
    if (!schema) {
        if (body.len == 0) return 0;
        api_fail(request, 400, "api.body", "this takes no body", "本文は要りません");
        return -1;
    }
    if (!is_json(content_type)) {
        api_fail(request, 415, "api.type", "the body must be application/json",
                 "本文は application/json で送ってください");
        return -1;
    }
    if (read_json(request, body) < 0) return -1;
    if (api_body_check(schema, &request->body, &fault) == 0) return 0;
    return refuse_parameter(request, &fault);
}
