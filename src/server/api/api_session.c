/* Signing in and out, and who I am. */
#include "server/api/api_session.h"

#include "server/api/api_operations.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const stages[] = {
    [STAGE_FULL] = "signed_in",
    [STAGE_CODE] = "second_factor",
    [STAGE_ENROL] = "enrol_second_factor",
    [STAGE_PASSWORD] = "new_password",
};

/* Kept by account_preferences_set as the JSON that was sent; damaged: none. */
static void add_preferences(ApiRequest *request, ApiJson *json, Slice kept)
{
    static const char *const names[] = {"language", "theme", "view"};
    JsonTree tree = {0};
    size_t used;
    bool read = kept.len > 0 && json_tree_read(&tree, kept, true, &request->arena, &used) == 0;
    api_json_object(json, "preferences");
    for (size_t i = 0; read && i < ARRAY_COUNT(names); i++) {
        api_json_text_if(json, names[i], api_text_of(&tree, &tree.nodes[0], names[i]));
    }
    api_json_end_object(json);
    json_tree_done(&tree);
}

static void add_rights(ApiJson *json, const AccountSelf *self)
{
    bool held[ROLE_COUNT] = {false};
    for (size_t i = 0; i < self->grants.count; i++)
        held[self->grants.items[i].role] = true;
    api_json_list(json, "roles");
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (held[i]) api_json_cstr(json, NULL, role_token((AccountRole)i));
    }
    api_json_end_list(json);
    api_json_list(json, "may");
    for (unsigned bit = 0; bit < PERMISSION_COUNT; bit++) {
        Permission permission = (Permission)(1u << bit);
        if ((self->permissions & permission) && permission != MAY_INGEST)
            api_json_cstr(json, NULL, permission_token(permission));
    }
    api_json_end_list(json);
}

/* Whether the person has a second factor, and when the session ends at the latest. */
static void add_account(ApiRequest *request, ApiJson *json, const AccountSelf *self)
{
    Accounts *accounts = request->door->accounts;
    AccountUser user;
    AccountSession *sessions;
    size_t count = 0;
    if (account_user_get(accounts, self, self->user_id, &request->arena, &user) == 0)
        api_json_boolean(json, "second_factor", user.has_factor);
    if (account_session_list(accounts, self, self->user_id, &request->arena, &sessions, &count) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (sessions[i].is_own) api_json_time(json, "ends", sessions[i].ends_ns);
    }
}

void api_session_add(ApiRequest *request, const AccountSelf *self, const char *csrf)
{
    char offset_zone[32];
    ApiDoor *door = request->door;
    ApiJson json = api_answer_json(request);
    AccountSettings settings;
    snprintf(offset_zone, sizeof offset_zone, "%+03d:%02d", door->zone_offset_seconds / 3600,
             abs(door->zone_offset_seconds) / 60 % 60);
    api_json_object(&json, NULL);
    api_json_cstr(&json, "state", stages[self->stage]);
    api_json_text(&json, "user", self->name);
    if (csrf) api_json_cstr(&json, "csrf", csrf);
    add_rights(&json, self);
    if (self->stage == STAGE_FULL) {
        add_preferences(request, &json, self->preferences);
        add_account(request, &json, self);
    }
    if (account_settings_get(door->accounts, &request->arena, &settings) == 0)
        api_json_integer(&json, "idle_seconds", (int64_t)settings.idle_minutes * 60);
    api_json_cstr(&json, "zone", door->zone_name ? door->zone_name : offset_zone);
    api_json_integer(&json, "zone_offset_seconds", door->zone_offset_seconds);
    api_json_cstr(&json, "version", door->version);
    api_json_end_object(&json);
}

void api_session_begun(ApiRequest *request, const SignedIn *in)
{
    AccountSelf self;
    ApiAnswer *answer = &request->answer;
    memcpy(answer->session, in->session, sizeof answer->session);
    answer->session_set = true;
    request->session = slice_from_cstr(answer->session);
    int r = account_session_check(request->door->accounts, request->session, &request->client,
                                  &request->arena, &self);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_session_add(request, &self, in->csrf);
    }
}

void api_session_refused(ApiRequest *request, int error, unsigned wait_seconds)
{
    ApiAnswer *answer = &request->answer;
    switch (error) {
    case -EACCES:
        api_fail(request, 401, "account.refused", "the user name or the password is wrong",
                 "ユーザー名かパスワードがちがいます");
        return;
    case -EKEYREVOKED:
        answer->session_ended = true;
        api_fail(request, 401, "account.again", "too many wrong codes; sign in again",
                 "まちがいが続きました。はじめからサインインしてください");
        return;
    case -EPERM:
        api_fail(request, 403, "account.address", "signing in is not allowed from this address",
                 "このアドレスからのサインインは許されていません");
        return;
    case -EAGAIN:
        answer->retry_after_seconds = wait_seconds > 0 ? wait_seconds : 60;
        api_fail(request, 429, "account.wait", "too many tries; wait a little",
                 "試した回数が多すぎます。少し待ってください");
        return;
    default: api_fail_error(request, error);
    }
}

/* A clock that is wrong refuses every code, and says no more than a wrong code does. Whether the
 * code would fit another time is not told: it would make guessing easier. */
void api_session_refused_code(ApiRequest *request, unsigned status)
{
    const Os *os = request->door->os;
    int offset = request->zone_offset_seconds, minutes = abs(offset) / 60;
    char now[TIME_TEXT_MAX + 8];
    Complaint complaint = {0};
    size_t len = time_print_plain(now, os->now_ns(os->state), offset);
    snprintf(now + len, sizeof now - len, " %c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60,
             minutes % 60);
    complaint_say(
        &complaint, "account.code",
        "the password or code is wrong, or the code was used before. Codes are judged by this "
        "server's clock, which says %s; a telephone that differs by more than half a minute gives "
        "codes that do not fit: set the clock that is wrong (on the server: timedatectl)",
        "パスワードか確認コードがちがうか、コードが一度使われています。コードはこのサーバーの時計"
        "（いま %s）で判定します。スマートフォンの時計と30秒以上ずれているとコードは合いません。"
        "ずれている方を合わせてください（サーバーでは timedatectl）",
        now);
    api_fail_complaint(request, status, &complaint, "code");
}

void api_session_begin(ApiRequest *request)
{
    SignedIn in = {0};
    const SignIn given = {.name = api_body_text(request, "user"),
                          .password = api_body_text(request, "password"),
                          .client = request->client,
                          .previous = request->session};
    int r = account_sign_in(request->door->accounts, &given, &in);
    if (r < 0) {
        api_session_refused(request, r, in.wait_seconds);
    } else {
        api_session_begun(request, &in);
    }
}

void api_session_code(ApiRequest *request)
{
    SignedIn in = {0};
    int r = account_sign_in_code(request->door->accounts, request->session,
                                 api_body_text(request, "code"), &request->client, &in);
    if (r == -EACCES) {
        api_session_refused_code(request, 401);
    } else if (r < 0) {
        api_session_refused(request, r, in.wait_seconds);
    } else {
        api_session_begun(request, &in);
    }
}

void api_session_prove(ApiRequest *request)
{
    SignedIn in = {0};
    Slice code = api_body_text(request, "code");
    int r = account_prove(request->door->accounts, request->session,
                          api_body_text(request, "password"), code, &request->client, &in);
    if (r == -EACCES && code.len > 0) {
        api_session_refused_code(request, 401);
    } else if (r < 0) {
        api_session_refused(request, r, in.wait_seconds);
    } else {
        api_session_begun(request, &in);
    }
}

void api_session_read(ApiRequest *request)
{
    char csrf[CSRF_TEXT_BYTES];
    bool known = account_csrf_of(request->session, csrf) == 0;
    api_session_add(request, &request->self, known ? csrf : NULL);
}

void api_session_end(ApiRequest *request)
{
    int r = account_sign_out(request->door->accounts, request->session, &request->client);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    request->answer.session_ended = true;
    api_answer_done(request);
}
