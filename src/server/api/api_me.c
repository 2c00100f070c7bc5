/* One's own: preferences, password, second factor, sessions; and the first administrator. */
#include "server/api/api_operations.h"
#include "server/api/api_session.h"

#include "base/number.h"

#include <errno.h>
#include <stdio.h>

static Accounts *accounts_of(const ApiRequest *request)
{
    return request->door->accounts;
}

/* 0: sent; else what was refused is in the answer. */
static void finish(ApiRequest *request, int r)
{
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}

/* ---- set-up ---------------------------------------------------------------------------------- */

void api_setup_read(ApiRequest *request)
{
    int due = account_setup_is_due(accounts_of(request));
    if (due < 0) {
        api_fail_error(request, due);
        return;
    }
    ApiJson json = api_answer_json(request);
    const Os *os = request->door->os;
    api_json_object(&json, NULL);
    api_json_boolean(&json, "needed", due == 1);
    api_json_cstr(&json, "version", request->door->version);
    api_json_cstr(&json, "language", request->door->language == LANGUAGE_JA ? "ja" : "en");
    api_json_time(&json, "clock", os->now_ns(os->state));
    api_json_end_object(&json);
}

static void refuse_setup(ApiRequest *request, int error, unsigned wait_seconds,
                         const Complaint *complaint)
{
    if (error == -EINVAL) {
        api_fail_complaint(request, 400, complaint, NULL);
    } else if (error == -EACCES) {
        api_fail(request, 403, "account.setup_code",
                 "the set-up code is wrong; it is what akashi serve printed when it started",
                 "設定コードがちがいます。akashi serve が起動のときに表示した文字です");
    } else if (error == -EEXIST) {
        api_fail(request, 403, "account.setup_over", "there is an administrator already; sign in",
                 "管理者はもう決まっています。サインインしてください");
    } else {
        api_session_refused(request, error, wait_seconds);
    }
}

void api_setup_finish(ApiRequest *request)
{
    SignedIn in = {0};
    Complaint complaint = {0};
    unsigned wait_seconds = 0;
    const AccountNewUser user = {.name = api_body_text(request, "user"),
                                 .password = api_body_text(request, "password")};
    int r = account_setup_finish(accounts_of(request), api_body_text(request, "code"), &user,
                                 &request->client, &wait_seconds, &complaint);
    if (r < 0) {
        refuse_setup(request, r, wait_seconds, &complaint);
        return;
    }
    const SignIn given = {.name = user.name, .password = user.password, .client = request->client};
    r = account_sign_in(accounts_of(request), &given, &in);
    if (r < 0) {
        api_session_refused(request, r, in.wait_seconds);
    } else {
        api_session_begun(request, &in);
    }
}

/* ---- preferences and password ---------------------------------------------------------------- */

/* What is not sent stays as it was. */
void api_me_change(ApiRequest *request)
{
    static const char *const names[] = {"language", "theme", "view"};
    Buf text = buf_make(PREFERENCES_BYTES_MAX);
    ApiJson json = api_json(&text);
    JsonTree kept = {0};
    size_t used;
    bool read = json_tree_read(&kept, request->self.preferences, true, &request->arena, &used) == 0;
    api_json_object(&json, NULL);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        Slice value = api_body_text(request, names[i]);
        if (value.len == 0 && read) value = api_text_of(&kept, &kept.nodes[0], names[i]);
        api_json_text_if(&json, names[i], value);
    }
    api_json_end_object(&json);
    int r = buf_error(&text);
    if (r == 0) r = account_preferences_set(accounts_of(request), &request->self, buf_slice(&text));
    request->self.preferences = buf_slice(&text);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_session_read(request);
    }
    json_tree_done(&kept);
    buf_done(&text);
}

void api_me_password(ApiRequest *request)
{
    SignedIn in = {0};
    Complaint complaint = {0};
    int r = account_password_change(accounts_of(request), request->session,
                                    api_body_text(request, "old"), api_body_text(request, "new"),
                                    &request->client, &in, &complaint);
    if (r == -EINVAL) {
        api_fail_complaint(request, 400, &complaint, "new");
    } else if (r == -ENOTSUP) {
        api_fail(request, 409, "account.directory",
                 "your password is kept by the company's directory; change it there",
                 "パスワードは会社のディレクトリが管理しています。そちらで変えてください");
    } else if (r < 0) {
        api_session_refused(request, r, in.wait_seconds);
    } else {
        memcpy(request->answer.session, in.session, sizeof in.session);
        request->answer.session_set = true;
        api_answer_done(request);
    }
}

/* ---- second factor --------------------------------------------------------------------------- */

void api_me_totp_begin(ApiRequest *request)
{
    FactorOffer offer;
    int r = account_factor_begin(accounts_of(request), &request->self, &request->arena, &offer);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_text(&json, "seed", offer.secret);
    api_json_text(&json, "uri", offer.uri);
    api_json_text(&json, "qr_svg", offer.svg);
    api_json_end_object(&json);
}

static void add_codes(ApiRequest *request, const RecoveryCodes *codes)
{
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "codes");
    for (size_t i = 0; i < RECOVERY_CODE_COUNT; i++)
        api_json_cstr(&json, NULL, codes->text[i]);
    api_json_end_list(&json);
    api_json_end_object(&json);
}

void api_me_totp_confirm(ApiRequest *request)
{
    SignedIn in = {0};
    RecoveryCodes codes;
    int r = account_factor_confirm(accounts_of(request), request->session,
                                   api_body_text(request, "code"), &request->client, &codes, &in);
    if (r == -EACCES) {
        api_session_refused_code(request, 400);
    } else if (r < 0) {
        api_fail_error(request, r);
    } else {
        memcpy(request->answer.session, in.session, sizeof in.session);
        request->answer.session_set = true;
        add_codes(request, &codes);
    }
}

void api_me_recovery_renew(ApiRequest *request)
{
    RecoveryCodes codes;
    int r = account_recovery_renew(accounts_of(request), &request->self, &codes);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        add_codes(request, &codes);
    }
}

void api_me_totp_end(ApiRequest *request)
{
    finish(request,
           account_factor_remove(accounts_of(request), &request->self, request->self.user_id));
}

/* ---- sessions -------------------------------------------------------------------------------- */

void api_me_sessions(ApiRequest *request)
{
    AccountSession *sessions;
    size_t count;
    int r = account_session_list(accounts_of(request), &request->self, request->self.user_id,
                                 &request->arena, &sessions, &count);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "sessions");
    for (size_t i = 0; i < count; i++) {
        char id[24];
        api_json_object(&json, NULL);
        snprintf(id, sizeof id, "%llu", (unsigned long long)sessions[i].id);
        api_json_cstr(&json, "id", id);
        api_json_boolean(&json, "mine", sessions[i].is_own);
        api_json_time(&json, "since", sessions[i].created_ns);
        api_json_time(&json, "last", sessions[i].seen_ns);
        api_json_text(&json, "address", sessions[i].address);
        api_json_text(&json, "browser", sessions[i].agent);
        api_json_end_object(&json);
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

void api_me_sessions_end(ApiRequest *request)
{
    finish(request,
           account_session_end_all(accounts_of(request), &request->self, request->self.user_id));
}

void api_me_session_end(ApiRequest *request)
{
    uint64_t id;
    int r = number_parse_u64(api_value(request, "id"), &id) < 0 ? -ENOENT : 0;
    if (r == 0) r = account_session_end(accounts_of(request), &request->self, id);
    finish(request, r);
}
