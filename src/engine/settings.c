/* See settings.h. */
#include "engine/settings.h"

#include "base/check.h"
#include "base/nearest.h"
#include "base/number.h"

#include <errno.h>
#include <stdio.h>
#include <yaml.h>

const SettingInfo settings_info[SETTING_COUNT] = {
#include "engine/setting_table.inc"
};

#define NESTING_MAX 8
#define KEY_BYTES_MAX 128

void settings_init(Settings *settings)
{
    *settings = (Settings){0};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        Slice value = slice_from_cstr(settings_info[i].default_text);
        CHECK(settings_set(settings, (SettingId)i, value, NULL) == 0);
    }
}

static bool is_choice(const char *choices, Slice value)
{
    Slice rest = slice_from_cstr(choices), piece;
    while (slice_cut(&rest, ' ', &piece)) {
        if (slice_eq(piece, value)) return true;
    }
    return false;
}

int settings_set(Settings *settings, SettingId id, Slice value, Complaint *complaint)
{
    const SettingInfo *info = &settings_info[id];
    int64_t number = 0;
    if (info->type == SETTING_TYPE_INT) {
        if (number_parse_i64(value, &number) < 0 || number < info->least || number > info->most) {
            complaint_say(
                complaint, "config.number",
                "%.*s takes a whole number from %lld to %lld, not \"%.*s\"",
                "%.*s には %lld から %lld までの整数を書いてください（\"%.*s\" は使えません）",
                SLICE_FMT(info->key), (long long)info->least, (long long)info->most,
                SLICE_FMT(value));
            return -EINVAL;
        }
    } else if (info->type == SETTING_TYPE_CHOICE && !is_choice(info->choices, value)) {
        complaint_say(complaint, "config.choice", "%.*s takes one of: %s; not \"%.*s\"",
                      "%.*s には次のどれかを書いてください: %s（\"%.*s\" は使えません）",
                      SLICE_FMT(info->key), info->choices, SLICE_FMT(value));
        return -EINVAL;
    } else if (value.len >= SETTING_TEXT_BYTES_MAX) {
        complaint_say(complaint, "config.long", "%.*s is longer than %d bytes",
                      "%.*s が %d バイトを越えています", SLICE_FMT(info->key),
                      SETTING_TEXT_BYTES_MAX - 1);
        return -EINVAL;
    }
    if (value.len < SETTING_TEXT_BYTES_MAX) {
        memcpy(settings->text[id], value.ptr, value.len);
        settings->text[id][value.len] = '\0';
    }
    settings->number[id] = number;
    return 0;
}

/* The names from the top down to the value being read: `listen` `http_port`. */
typedef struct KeyPath {
    size_t length[NESTING_MAX]; /* of `text` before each level's own name */
    size_t depth;
    char text[KEY_BYTES_MAX];
} KeyPath;

static int key_push(KeyPath *path, Slice name)
{
    size_t at = path->length[path->depth - 1];
    size_t need = at + (at > 0) + name.len;
    if (need >= sizeof path->text) return -EINVAL;
    if (at > 0) path->text[at++] = '.';
    memcpy(path->text + at, name.ptr, name.len);
    path->text[need] = '\0';
    return (int)need;
}

static int find_setting(Slice key, SettingId *ret)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (slice_eq(settings_info[i].key, key)) {
            *ret = (SettingId)i;
            return 0;
        }
    }
    return -ENOENT;
}

static int unknown_key(Slice key, Complaint *complaint)
{
    Slice names[SETTING_COUNT];
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        names[i] = settings_info[i].key;
    }
    Slice nearest = nearest_name(key, names, SETTING_COUNT);
    if (nearest.len > 0) {
        complaint_say(complaint, "config.unknown", "there is no key %.*s; did you mean %.*s?",
                      "%.*s という設定はありません。%.*s のことですか", SLICE_FMT(key),
                      SLICE_FMT(nearest));
    } else {
        complaint_say(
            complaint, "config.unknown", "there is no key %.*s; `akashi config list` shows all",
            "%.*s という設定はありません。`akashi config list` で一覧を見られます", SLICE_FMT(key));
    }
    return -EINVAL;
}

static int bad_shape(Complaint *complaint)
{
    complaint_say(complaint, "config.shape",
                  "a name and a value are expected here, such as `http_port: 8080`",
                  "ここには `http_port: 8080` のように名前と値を書いてください");
    return -EINVAL;
}

/* One parser event. *key_length is 0 while a name is awaited, else the length of the name read. */
static int take_event(Settings *settings, const yaml_event_t *event, KeyPath *path,
                      size_t *key_length, Complaint *complaint)
{
    if (event->type == YAML_MAPPING_START_EVENT) {
        if (path->depth > 0 && *key_length == 0) return bad_shape(complaint);
        if (path->depth == NESTING_MAX) return bad_shape(complaint);
        path->length[path->depth++] = *key_length;
        *key_length = 0;
        return 0;
    }
    if (event->type == YAML_MAPPING_END_EVENT) {
        path->depth--;
        *key_length = 0;
        return 0;
    }
    if (event->type != YAML_SCALAR_EVENT) {
        bool harmless = event->type == YAML_STREAM_START_EVENT ||
                        event->type == YAML_DOCUMENT_START_EVENT ||
                        event->type == YAML_DOCUMENT_END_EVENT;
        return harmless ? 0 : bad_shape(complaint);
    }
    Slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
    if (path->depth == 0) return text.len == 0 ? 0 : bad_shape(complaint);
    if (*key_length == 0) {
        int r = text.len ? key_push(path, text) : -EINVAL;
        if (r < 0) return bad_shape(complaint);
        *key_length = (size_t)r;
        return 0;
    }
    SettingId id;
    Slice key = slice_of(path->text, *key_length);
    *key_length = 0;
    if (find_setting(key, &id) < 0) return unknown_key(key, complaint);
    return settings_set(settings, id, text, complaint);
}

static void set_place(Complaint *complaint, const char *path, yaml_mark_t mark)
{
    if (!complaint) return;
    snprintf(complaint->file, sizeof complaint->file, "%s", path);
    complaint->line = (unsigned)mark.line + 1;
    complaint->column = (unsigned)mark.column + 1;
}

static int parse(Settings *settings, yaml_parser_t *parser, const char *path, Complaint *complaint)
{
    KeyPath keys = {0};
    size_t key_length = 0;
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            set_place(complaint, path, parser->problem_mark);
            complaint_say(complaint, "config.yaml", "this is not YAML: %s",
                          "YAML として読めません: %s", parser->problem ? parser->problem : "?");
            return -EINVAL;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        int r = end ? 0 : take_event(settings, &event, &keys, &key_length, complaint);
        if (r < 0) set_place(complaint, path, event.start_mark);
        yaml_event_delete(&event);
        if (r < 0) return r;
    }
    return 0;
}

int settings_read_text(Settings *settings, Slice text, const char *path, Complaint *complaint)
{
    yaml_parser_t parser;
    if (text.len == 0) return 0; /* its pointer may be none, which libyaml does not take */
    if (!yaml_parser_initialize(&parser)) return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    int r = parse(settings, &parser, path, complaint);
    yaml_parser_delete(&parser);
    return r;
}

int settings_read(Settings *settings, const Os *os, const char *path, Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice text;
    int r = os_read_file(os, path, SETTINGS_FILE_BYTES_MAX, &arena, &text);
    if (r < 0) {
        complaint_say(complaint, "config.unreadable", "%s: the configuration cannot be read (%s)",
                      "%s: 設定ファイルを読めません（%s）", path, strerrordesc_np(-r));
        return r;
    }
    return settings_read_text(settings, text, path, complaint);
}

int settings_find(Slice key, SettingId *ret, Complaint *complaint)
{
    return find_setting(key, ret) < 0 ? unknown_key(key, complaint) : 0;
}

int settings_zone(const Settings *settings, int local_seconds, int *ret_seconds)
{
    Slice zone = slice_from_cstr(setting_text(settings, SETTING_TIME_ZONE));
    if (slice_eq(zone, SLICE("local"))) {
        *ret_seconds = local_seconds;
        return 0;
    }
    bool shaped = zone.len == 6 && (zone.ptr[0] == '+' || zone.ptr[0] == '-') && zone.ptr[3] == ':';
    uint64_t hours, minutes;
    if (!shaped || number_parse_u64(slice_of(zone.ptr + 1, 2), &hours) < 0 ||
        number_parse_u64(slice_of(zone.ptr + 4, 2), &minutes) < 0 || hours > 14 || minutes > 59) {
        return -EINVAL;
    }
    int seconds = (int)(hours * 3600 + minutes * 60);
    *ret_seconds = zone.ptr[0] == '-' ? -seconds : seconds;
    return 0;
}
