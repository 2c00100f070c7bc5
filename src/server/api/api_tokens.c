/* Tokens of programs, and from where people may sign in. */
#include "server/api/api_grants.h"
#include "server/api/api_operations.h"

#include "base/number.h"

#include <errno.h>
#include <stdio.h>

#define TOKEN_DAYS_DEFAULT 90
#define DAY_NS (86400 * NS_PER_SECOND)

static Accounts *accounts_of(const ApiRequest *request)
{
    return request->door->accounts;
}

static void add_permissions(ApiJson *json, unsigned permissions)
{
    api_json_list(json, "may");
    for (unsigned bit = 0; bit < PERMISSION_COUNT; bit++) {
        if (permissions >> bit & 1)
            api_json_cstr(json, NULL, permission_token((Permission)(1u << bit)));
    }
    api_json_end_list(json);
}

static void add_token(ApiJson *json, const char *name, const AccountToken *token)
{
    char id[24];
    snprintf(id, sizeof id, "%llu", (unsigned long long)token->id);
    api_json_object(json, name);
    api_json_cstr(json, "id", id);
    api_json_text(json, "name", token->label);
    add_permissions(json, token->permissions);
    api_json_time(json, "made", token->created_ns);
    api_json_time(json, "ends", token->expires_ns);
    if (token->used_ns > 0) api_json_time(json, "last", token->used_ns);
    api_json_text(json, "by", token->user_name);
    api_json_end_object(json);
}

void api_token_list(ApiRequest *request)
{
    AccountToken *tokens;
    size_t count;
    int r = account_token_list(accounts_of(request), &request->self, 0, &request->arena, &tokens,
                               &count);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "tokens");
    for (size_t i = 0; i < count; i++)
        add_token(&json, NULL, &tokens[i]);
    api_json_end_list(&json);
    api_json_end_object(&json);
}

/* The texts are of the description's list, which names permissions by their tokens. */
static int read_permissions(ApiRequest *request, unsigned *ret)
{
    const Slice *texts;
    size_t count;
    unsigned permissions = 0;
    int r = api_texts_read(request, api_body(request), "may", &texts, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        Permission permission = MAY_READ;
        r = permission_of(texts[i], &permission);
        permissions |= permission;
    }
    if (r == 0) *ret = permissions;
    return r;
}

static int read_token(ApiRequest *request, NewToken *ret)
{
    const Os *os = request->door->os;
    int64_t days = api_integer_of(&request->body, api_body(request), "days", TOKEN_DAYS_DEFAULT);
    AccountGrant *grant = ARENA_NEW(&request->arena, AccountGrant);
    NewToken token = {.label = api_body_text(request, "name"),
                      .expires_ns = os->now_ns(os->state) + days * DAY_NS};
    int r = grant ? read_permissions(request, &token.permissions) : -ENOMEM;
    if (r == 0)
        r = api_texts_read(request, api_body(request), "sources", &grant->sources,
                           &grant->source_count);
    if (r < 0) return r;
    if (grant->source_count > 0) token.grants = (AccountGrants){.items = grant, .count = 1};
    *ret = token;
    return 0;
}

static void answer_made(ApiRequest *request, const NewToken *given, uint64_t id, const char *secret)
{
    const Os *os = request->door->os;
    const AccountToken token = {.id = id,
                                .user_name = request->self.name,
                                .label = given->label,
                                .permissions = given->permissions,
                                .created_ns = os->now_ns(os->state),
                                .expires_ns = given->expires_ns};
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    add_token(&json, "token", &token);
    api_json_cstr(&json, "secret", secret);
    api_json_end_object(&json);
}

void api_token_add(ApiRequest *request)
{
    NewToken token = {0};
    Complaint complaint = {0};
    char secret[TOKEN_TEXT_BYTES];
    uint64_t id;
    int r = read_token(request, &token);
    if (r == 0)
        r = account_token_add(accounts_of(request), &request->self, request->self.user_id, &token,
                              secret, &id, &complaint);
    if (r == -EINVAL && complaint.id) {
        api_fail_complaint(request, 400, &complaint, NULL);
    } else if (r < 0) {
        api_fail_error(request, r);
    } else {
        answer_made(request, &token, id, secret);
    }
}

void api_token_delete(ApiRequest *request)
{
    uint64_t id;
    int r = number_parse_u64(api_value(request, "id"), &id) < 0 ? -ENOENT : 0;
    if (r == 0) r = account_token_revoke(accounts_of(request), &request->self, id);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}

/* ---- from where, how long, who needs a second factor ----------------------------------------- */

static void add_networks(ApiJson *json, const char *name, Slice with_commas)
{
    api_json_list(json, name);
    while (with_commas.len > 0) {
        const char *comma = memchr(with_commas.ptr, ',', with_commas.len);
        Slice one =
            slice_first(with_commas, comma ? (size_t)(comma - with_commas.ptr) : with_commas.len);
        with_commas = slice_skip(with_commas, one.len + (comma != NULL));
        api_json_text_if(json, NULL, slice_trim(one));
    }
    api_json_end_list(json);
}

void api_access_read(ApiRequest *request)
{
    AccountSettings settings;
    int r = account_settings_get(accounts_of(request), &request->arena, &settings);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    add_networks(&json, "allowed_networks", settings.allowed_networks);
    add_networks(&json, "trusted_networks", settings.trusted_networks);
    api_json_count(&json, "idle_minutes", settings.idle_minutes);
    api_json_count(&json, "absolute_hours", settings.absolute_hours);
    api_json_list(&json, "second_factor_roles");
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (settings.factor_roles >> i & 1) api_json_cstr(&json, NULL, role_token((AccountRole)i));
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

static int read_networks(ApiRequest *request, const char *name, Slice *ret)
{
    const Slice *texts;
    size_t count;
    Buf joined = buf_make((size_t)1 << 16);
    int r = api_texts_read(request, api_body(request), name, &texts, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        if (i > 0) buf_add_char(&joined, ',');
        buf_add_slice(&joined, texts[i]);
    }
    if (r == 0) r = buf_error(&joined);
    if (r == 0) r = arena_copy(&request->arena, buf_slice(&joined), ret);
    buf_done(&joined);
    return r;
}

static int read_roles(ApiRequest *request, unsigned *ret)
{
    const Slice *texts;
    size_t count;
    unsigned roles = 0;
    int r = api_texts_read(request, api_body(request), "second_factor_roles", &texts, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        AccountRole role = ROLE_VIEWER;
        r = role_of(texts[i], &role);
        roles |= 1u << role;
    }
    if (r == 0) *ret = roles;
    return r;
}

static int write_access(ApiRequest *request, Complaint *complaint)
{
    AccountSettings settings;
    const JsonNode *body = api_body(request);
    int r = account_settings_get(accounts_of(request), &request->arena, &settings);
    if (r == 0) r = read_networks(request, "allowed_networks", &settings.allowed_networks);
    if (r == 0) r = read_networks(request, "trusted_networks", &settings.trusted_networks);
    if (r == 0) r = read_roles(request, &settings.factor_roles);
    if (r < 0) return r;
    settings.idle_minutes = (unsigned)api_integer_of(&request->body, body, "idle_minutes", 0);
    settings.absolute_hours = (unsigned)api_integer_of(&request->body, body, "absolute_hours", 0);
    return account_settings_set(accounts_of(request), &request->self, &settings, complaint);
}

void api_access_write(ApiRequest *request)
{
    Complaint complaint = {0};
    int r = write_access(request, &complaint);
    if (r == -EINVAL && complaint.id) {
        api_fail_complaint(request, 400, &complaint, NULL);
    } else if (r == -EDEADLK) {
        api_fail(request, 409, "account.shut_out",
                 "then you could not come in any more from where you are, so it was not done",
                 "今の場所から入れなくなるため、変えませんでした");
    } else if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}
