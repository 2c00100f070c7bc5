/* Users and what they may do: what an administrator sees and changes. account/ judges again. */
#include "server/api/api_grants.h"
#include "server/api/api_operations.h"

#include <errno.h>

#define USERS_SHOWN_MAX 1000

static Accounts *accounts_of(const ApiRequest *request)
{
    return request->door->accounts;
}

static uint64_t sessions_of(ApiRequest *request, uint64_t user_id)
{
    AccountSession *sessions;
    size_t count = 0;
    int r = account_session_list(accounts_of(request), &request->self, user_id, &request->arena,
                                 &sessions, &count);
    return r < 0 ? 0 : count;
}

static void add_user(ApiRequest *request, ApiJson *json, const AccountUser *user)
{
    api_json_object(json, NULL);
    api_json_text(json, "name", user->name);
    api_grants_add(json, user->grants);
    api_json_boolean(json, "on", !user->disabled);
    api_json_boolean(json, "second_factor", user->has_factor);
    api_json_boolean(json, "directory", user->kind == USER_DIRECTORY);
    if (user->signed_in_ns > 0) api_json_time(json, "last", user->signed_in_ns);
    api_json_count(json, "sessions", sessions_of(request, user->id));
    api_json_end_object(json);
}

static int find_user(ApiRequest *request, AccountUser *ret)
{
    int r = account_user_find(accounts_of(request), &request->self, api_value(request, "name"),
                              &request->arena, ret);
    if (r == 0) return 0;
    api_fail_error(request, r);
    return -1;
}

static void answer_user(ApiRequest *request, uint64_t id)
{
    AccountUser user;
    int r = account_user_get(accounts_of(request), &request->self, id, &request->arena, &user);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    add_user(request, &json, &user);
}

/* -EINVAL is the account's own complaint of a name, password or grant. */
static void refuse(ApiRequest *request, int error, const Complaint *complaint)
{
    if (error == -EINVAL && complaint->id) {
        api_fail_complaint(request, 400, complaint, NULL);
    } else {
        api_fail_error(request, error);
    }
}

void api_user_list(ApiRequest *request)
{
    AccountUser *users;
    size_t count;
    int r = account_user_list(accounts_of(request), &request->self, (Slice){0}, USERS_SHOWN_MAX,
                              &request->arena, &users, &count);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "users");
    for (size_t i = 0; i < count; i++)
        add_user(request, &json, &users[i]);
    api_json_end_list(&json);
    api_json_end_object(&json);
}

void api_user_add(ApiRequest *request)
{
    Complaint complaint = {0};
    uint64_t id;
    AccountNewUser user = {.name = api_body_text(request, "name"),
                           .password = api_body_text(request, "password"),
                           .must_change = true};
    if (api_grants_read(request, api_body(request), &user.grants) < 0) return;
    int r = account_user_add(accounts_of(request), &request->self, &user, &id, &complaint);
    if (r < 0) {
        refuse(request, r, &complaint);
    } else {
        answer_user(request, id);
    }
}

static int change_grants(ApiRequest *request, const AccountUser *user, Complaint *complaint)
{
    AccountGrants grants;
    if (!api_member_of(&request->body, api_body(request), "grants")) return 0;
    if (api_grants_read(request, api_body(request), &grants) < 0) return -ECANCELED;
    return account_user_grants(accounts_of(request), &request->self, user->id, grants, complaint);
}

static int change_password(ApiRequest *request, const AccountUser *user, Complaint *complaint)
{
    Slice password = api_body_text(request, "password");
    if (password.len == 0) return 0;
    return account_password_reset(accounts_of(request), &request->self, user->id, password,
                                  complaint);
}

static int switch_user(ApiRequest *request, const AccountUser *user)
{
    bool on = api_boolean_of(&request->body, api_body(request), "on", !user->disabled);
    if (on == !user->disabled) return 0;
    return on ? account_user_enable(accounts_of(request), &request->self, user->id)
              : account_user_disable(accounts_of(request), &request->self, user->id);
}

void api_user_change(ApiRequest *request)
{
    AccountUser user;
    Complaint complaint = {0};
    if (find_user(request, &user) < 0) return;
    int r = change_grants(request, &user, &complaint);
    if (r == -ECANCELED) return;
    if (r == 0) r = change_password(request, &user, &complaint);
    if (r == 0) r = switch_user(request, &user);
    if (r < 0) {
        refuse(request, r, &complaint);
    } else {
        answer_user(request, user.id);
    }
}

static void finish(ApiRequest *request, int r)
{
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}

void api_user_delete(ApiRequest *request)
{
    AccountUser user;
    if (find_user(request, &user) < 0) return;
    finish(request, account_user_remove(accounts_of(request), &request->self, user.id));
}

void api_user_sessions_end(ApiRequest *request)
{
    AccountUser user;
    if (find_user(request, &user) < 0) return;
    finish(request, account_session_end_all(accounts_of(request), &request->self, user.id));
}

void api_user_totp_reset(ApiRequest *request)
{
    AccountUser user;
    if (find_user(request, &user) < 0) return;
    finish(request, account_factor_remove(accounts_of(request), &request->self, user.id));
}
