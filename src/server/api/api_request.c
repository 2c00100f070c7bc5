#include "server/api/api_request.h"

#include "base/check.h"
#include "base/number.h"

#include <errno.h>
#include <string.h>

Slice api_value(const ApiRequest *request, const char *name)
{
    for (size_t i = 0; i < request->route->parameter_count; i++) {
        if (strcmp(request->route->parameters[i].name, name) == 0) return request->values.values[i];
    }
    CHECK(false); /* the operation has no such parameter */
    return (Slice){0};
}

int64_t api_value_integer(const ApiRequest *request, const char *name)
{
    int64_t value;
    return number_parse_i64(api_value(request, name), &value) == 0 ? value : -1;
}

bool api_value_boolean(const ApiRequest *request, const char *name)
{
    return slice_eq(api_value(request, name), SLICE("true"));
}

ApiJson api_answer_json(ApiRequest *request)
{
    request->answer.status = 200;
    return api_json(&request->answer.body);
}

void api_answer_done(ApiRequest *request)
{
    buf_clear(&request->answer.body);
    request->answer.status = 204;
}

void api_fail_complaint(ApiRequest *request, unsigned status, const Complaint *complaint,
                        const char *field)
{
    ApiAnswer *answer = &request->answer;
    ApiJson json = api_json(&answer->body);
    buf_clear(&answer->body);
    answer->status = status;
    answer->type = NULL;
    api_json_object(&json, NULL);
    api_json_object(&json, "error");
    api_json_cstr(&json, "id", complaint->id ? complaint->id : "api.failed");
    api_json_cstr(&json, "ja", complaint->ja);
    api_json_cstr(&json, "en", complaint->en);
    if (complaint->line > 0) api_json_count(&json, "line", complaint->line);
    if (complaint->column > 0) api_json_count(&json, "column", complaint->column);
    if (field && *field) api_json_cstr(&json, "field", field);
    if (answer->retry_after_seconds > 0)
        api_json_count(&json, "retry_after_seconds", answer->retry_after_seconds);
    api_json_end_object(&json);
    api_json_end_object(&json);
}

void api_fail(ApiRequest *request, unsigned status, const char *id, const char *en, const char *ja)
{
    Complaint complaint = {0};
    complaint_say(&complaint, id, en, ja);
    api_fail_complaint(request, status, &complaint, NULL);
}

static const struct {
    int error;
    unsigned status;
    const char *id, *en, *ja;
} failures[] = {
    {ENOENT, 404, "api.absent", "there is nothing of that name or number",
     "その名前や番号のものはありません"},
    {EEXIST, 409, "api.exists", "there is one of that name already", "同じ名前のものがあります"},
    {EALREADY, 409, "api.already", "it is so already; load the page again",
     "すでにその状態です。画面を読み直してください"},
    {EPERM, 403, "api.forbidden", "you may not do this; ask an administrator",
     "この操作は許されていません。管理者に頼んでください"},
    {EACCES, 403, "api.forbidden", "you may not do this; ask an administrator",
     "この操作は許されていません。管理者に頼んでください"},
    {EKEYEXPIRED, 403, "account.prove", "give your password once more for this",
     "この操作には、もう一度パスワードが要ります"},
    {EDEADLK, 409, "api.last", "then nobody could administer Akashi any more, so it was not done",
     "それでは管理できる人がいなくなるため、行いませんでした"},
    {EBUSY, 503, "api.busy", "too much at once; try again in a few seconds",
     "混み合っています。数秒待ってからもう一度試してください"},
    {EMSGSIZE, 413, "api.large", "the answer is too large; ask for less",
     "答えが大きすぎます。範囲を狭めてください"},
    {ENOSPC, 503, "api.disk_full",
     "the disk is full; make room on it, Akashi goes on by itself then",
     "ディスクがいっぱいです。空きを作ってください。作れば自動で続けます"},
    {EROFS, 503, "api.read_only", "the data folder cannot be written to; look at the disk",
     "データフォルダに書き込めません。ディスクを確かめてください"},
    {EIO, 503, "api.disk", "the disk reports errors; look at it soon, and at the backups",
     "ディスクの読み書きに失敗しました。早めにディスクとバックアップを確かめてください"},
    {ENOTRECOVERABLE, 503, "operator_log.failed",
     "it could not be written to the operator log, so it was not done; see the disk",
     "操作の記録を残せないため、行いませんでした。ディスクを確かめてください"},
};

void api_fail_error(ApiRequest *request, int error)
{
    for (size_t i = 0; i < ARRAY_COUNT(failures); i++) {
        if (failures[i].error != -error) continue;
        api_fail(request, failures[i].status, failures[i].id, failures[i].en, failures[i].ja);
        return;
    }
    Complaint complaint = {0};
    complaint_say(&complaint, "api.failed", "it failed: %s", "失敗しました: %s",
                  strerrordesc_np(error < 0 ? -error : error));
    api_fail_complaint(request, 500, &complaint, NULL);
}
