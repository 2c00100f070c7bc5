/* settings_read, and alert_test. What changes settings: api_settings_change. */
#include "server/api/api_operations.h"
#include "server/api/api_request.h"
#include "server/api/api_settings_file.h"

#include "alert/notice.h"
#include "alert/sink.h"

#include <errno.h>

/* The value is a path to a secret, never the secret (engine/settings.h). */
static bool is_secret(const SettingInfo *info)
{
    return slice_find(info->key, SLICE("secret")) != SLICE_NOT_FOUND ||
           slice_find(info->key, SLICE("password")) != SLICE_NOT_FOUND ||
           slice_find(info->key, SLICE("key_file")) != SLICE_NOT_FOUND ||
           slice_find(info->key, SLICE("passphrase")) != SLICE_NOT_FOUND ||
           slice_ends(info->key, SLICE("_url_file")) || slice_ends(info->key, SLICE("token_file"));
}

static void add_range(ApiJson *json, const SettingInfo *info)
{
    Slice rest = slice_from_cstr(info->choices), choice;
    if (info->type == SETTING_TYPE_INT) {
        api_json_integer(json, "least", info->least);
        api_json_integer(json, "most", info->most);
    }
    if (info->type != SETTING_TYPE_CHOICE) return;
    api_json_list(json, "choices");
    while (slice_cut(&rest, ' ', &choice))
        api_json_text_if(json, NULL, choice);
    api_json_end_list(json);
}

static void add_setting(ApiJson *json, const Settings *settings, SettingId id)
{
    static const char *const types[] = {
        [SETTING_TYPE_TEXT] = "text", [SETTING_TYPE_INT] = "int", [SETTING_TYPE_CHOICE] = "choice"};
    const SettingInfo *info = &settings_info[id];
    api_json_object(json, NULL);
    api_json_text(json, "key", info->key);
    api_json_cstr(json, "value", setting_text(settings, id));
    api_json_cstr(json, "default", info->default_text);
    api_json_cstr(json, "type", types[info->type]);
    api_json_text_if(json, "unit", slice_from_cstr(info->unit));
    add_range(json, info);
    api_json_text2(json, "words", slice_from_cstr(info->words[LANGUAGE_JA]),
                   slice_from_cstr(info->words[LANGUAGE_EN]));
    api_json_boolean(json, "secret", is_secret(info));
    api_json_boolean(json, "restart", true);
    api_json_end_object(json);
}

void api_settings_read(ApiRequest *request)
{
    const Settings *settings = api_settings_of_file(request);
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "settings");
    for (size_t i = 0; settings && i < SETTING_COUNT; i++)
        add_setting(&json, settings, (SettingId)i);
    api_json_end_list(&json);
    api_json_end_object(&json);
}

/* ---- a sample by every way ------------------------------------------------------------------- */

static void add_way(ApiJson *json, const AlertSink *sink, const SinkCall *call)
{
    int r = sink->tell(call);
    Complaint complaint = {0};
    if (r < 0) sink_explain(sink, call->config, r, &complaint);
    api_json_object(json, NULL);
    api_json_cstr(json, "way", sink->name);
    api_json_boolean(json, "ok", r == 0);
    if (r < 0)
        api_json_text2(json, "words", slice_from_cstr(complaint.ja), slice_from_cstr(complaint.en));
    api_json_end_object(json);
}

static void tell_all(ApiRequest *request, const Notice *notice)
{
    const ApiEngine *engine = request->door->engine;
    const SinkCall call = {
        .os = request->door->os, .config = engine->notify, .door = &door_curl, .notice = notice};
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "ways");
    for (size_t i = 0; i < ALERT_SINK_COUNT; i++) {
        if (alert_sinks[i]->is_set(engine->notify)) add_way(&json, alert_sinks[i], &call);
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

void api_alert_test(ApiRequest *request)
{
    const ApiDoor *door = request->door;
    const OperatorAct act = {.verb = OPERATOR_ALERT_CHANGE, .target = SLICE("test")};
    const Notice *notice;
    Stories *stories;
    if (!door->engine->cipher || !door->engine->notify) {
        api_fail(request, 503, "story.closed",
                 "the settings of alerts could not be read at the start",
                 "通知の設定を起動時に読めませんでした");
        return;
    }
    int r = account_log(door->accounts, &request->self, &act);
    if (r == 0) r = stories_open(door->os, door->folder, door->engine->cipher, &stories);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    r = notice_sample(stories, door->engine->notify, door->os->now_ns(door->os->state),
                      &request->arena, &notice);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        tell_all(request, notice);
    }
    stories_close(stories);
}
