/* words_read and health_read: what anybody may know before signing in. */
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

static void add_both(ApiJson *json, const char *name, const char *ja, const char *en)
{
    api_json_text2(json, name, slice_from_cstr(ja), slice_from_cstr(en));
}

static void add_verbs(ApiJson *json)
{
    api_json_object(json, "verbs");
    for (size_t i = 0; i < VERB_COUNT; i++) {
        api_json_name(json, verbs[i].token);
        add_both(json, NULL, verbs[i].label[LANGUAGE_JA], verbs[i].label[LANGUAGE_EN]);
    }
    api_json_end_object(json);
}

static void add_fields(ApiJson *json)
{
    static const char *const kinds[] = {[FIELD_TYPE_TEXT] = "text",
                                        [FIELD_TYPE_NUMBER] = "number",
                                        [FIELD_TYPE_IP] = "ip",
                                        [FIELD_TYPE_PATH] = "path"};
    api_json_list(json, "fields");
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        const RecordFieldInfo *field = &record_fields[i];
        Slice rest = slice_from_cstr(field->aliases);
        api_json_object(json, NULL);
        api_json_text(json, "name", field->name);
        api_json_cstr(json, "kind", kinds[field->type]);
        api_json_cstr(json, "ja", field->label[LANGUAGE_JA]);
        api_json_cstr(json, "en", field->label[LANGUAGE_EN]);
        api_json_list(json, "aliases");
        while (rest.len > 0) {
            const char *comma = memchr(rest.ptr, ',', rest.len);
            Slice alias = slice_first(rest, comma ? (size_t)(comma - rest.ptr) : rest.len);
            api_json_text_if(json, NULL, alias);
            rest = slice_skip(rest, alias.len + (comma != NULL));
        }
        api_json_end_list(json);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

typedef struct Word {
    const char *name, *ja, *en;
} Word;

static void add_table(ApiJson *json, const char *name, const Word *words, size_t count)
{
    api_json_object(json, name);
    for (size_t i = 0; i < count; i++)
        add_both(json, words[i].name, words[i].ja, words[i].en);
    api_json_end_object(json);
}
#define ADD_TABLE(json, name, table) add_table((json), (name), (table), ARRAY_COUNT(table))

static const Word outcomes[] = {
    {"success", "成功", "success"}, {"failure", "失敗", "failure"}, {"unknown", "不明", "unknown"}};
/* ECS event.category, as far as verbs use them. */
static const Word categories[] = {
    {"authentication", "サインイン", "authentication"},
    {"configuration", "設定", "configuration"},
    {"database", "データベース", "database"},
    {"driver", "ドライバー", "driver"},
    {"email", "メール", "mail"},
    {"file", "ファイル", "file"},
    {"host", "機械", "host"},
    {"iam", "ユーザー管理", "users and groups"},
    {"intrusion_detection", "不正侵入の検知", "intrusion detection"},
    {"malware", "ウイルス", "malware"},
    {"network", "通信", "network"},
    {"package", "ソフトの導入", "packages"},
    {"process", "プログラム", "process"},
    {"registry", "レジストリ", "registry"},
    {"session", "接続", "session"},
    {"threat", "脅威", "threat"},
    {"web", "Web", "web"},
    {"api", "API", "API"},
    {"library", "ライブラリ", "library"},
    {"vulnerability", "弱点", "vulnerability"},
};
static const Word levels[] = {{"informational", "参考", "for information"},
                              {"low", "軽微", "low"},
                              {"medium", "注意", "medium"},
                              {"high", "重要", "high"},
                              {"critical", "緊急", "critical"}};
static const Word roles[] = {{"viewer", "見る人", "viewer"},
                             {"operator", "対応する人", "operator"},
                             {"administrator", "管理者", "administrator"},
                             {"auditor", "監査する人", "auditor"}};
static const Word story_states[] = {{"new", "未確認", "new"},
                                    {"seen", "確認済み", "seen"},
                                    {"progress", "対応中", "in progress"},
                                    {"closed", "完了", "closed"}};
static const Word story_reasons[] = {{"resolved", "対応した", "resolved"},
                                     {"false_alarm", "誤った知らせ", "false alarm"},
                                     {"expected", "予定された作業", "expected work"},
                                     {"test", "試験", "test"}};
static const Word story_acts[] = {
    {"opened", "始まった", "opened"},       {"seen", "確認した", "seen"},
    {"started", "対応を始めた", "started"}, {"closed", "完了にした", "closed"},
    {"undone", "元に戻した", "undone"},     {"raised", "重大さが上がった", "raised"},
    {"escalated", "催促した", "escalated"}, {"noted", "書き留めた", "noted"}};

void api_words_read(ApiRequest *request)
{
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    add_verbs(&json);
    ADD_TABLE(&json, "outcomes", outcomes);
    ADD_TABLE(&json, "categories", categories);
    add_fields(&json);
    ADD_TABLE(&json, "levels", levels);
    ADD_TABLE(&json, "roles", roles);
    ADD_TABLE(&json, "story_states", story_states);
    ADD_TABLE(&json, "story_reasons", story_reasons);
    ADD_TABLE(&json, "story_acts", story_acts);
    api_json_end_object(&json);
}
