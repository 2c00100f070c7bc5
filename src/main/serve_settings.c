/* See serve_settings.h. */
#include "main/serve_settings.h"

#include <stdio.h>
#include <string.h>

#define KEYS_BYTES_MAX 2048

/* False: nothing has changed, or there is no file to look at. */
static bool has_changed(ServeSettings *settings)
{
    FileInfo info;
    const char *path = settings->invocation->config_path;
    if (!path) return false;
    if (os_real.info(os_real.state, path, &info) < 0) info = (FileInfo){0};
    if (info.modified_ns == settings->modified_ns && info.inode == settings->inode) return false;
    settings->modified_ns = info.modified_ns;
    settings->inode = info.inode;
    return true;
}

void serve_settings_begin(ServeSettings *settings, const Invocation *invocation)
{
    *settings = (ServeSettings){.invocation = invocation};
    (void)has_changed(settings);
    /* Of the file, without what the command line says over it. */
    settings_init(&settings->told);
    if (invocation->config_path) {
        (void)!settings_read(&settings->told, &os_real, invocation->config_path, NULL);
    }
}

static void add_key(Buf *keys, SettingId id)
{
    if (keys->len > 0) buf_add_cstr(keys, ", ");
    buf_add_slice(keys, settings_info[id].key);
}

static void say_keys(ServeSettings *settings, const Settings *read)
{
    CLEANUP(buf_done) Buf keys = buf_make(KEYS_BYTES_MAX);
    Language language = settings->invocation->language;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(read->text[i], settings->told.text[i]) != 0) add_key(&keys, (SettingId)i);
    }
    settings->told = *read;
    if (keys.len == 0) {
        SAY(MESSAGE_SERVE_SETTINGS_SAME, language);
    } else {
        SAY(MESSAGE_SERVE_SETTINGS_READ, language, {"keys", buf_slice(&keys)});
    }
}

void serve_settings_look(ServeSettings *settings, bool is_asked)
{
    static Settings read; /* large; of the main thread */
    Complaint complaint = {0};
    const Invocation *invocation = settings->invocation;
    bool changed = has_changed(settings);
    if ((!changed && !is_asked) || !invocation->config_path) return;
    settings_init(&read);
    int r = settings_read(&read, &os_real, invocation->config_path, &complaint);
    if (r == 0) {
        say_keys(settings, &read);
        return;
    }
    say_complaint(&complaint, invocation->language);
    SAY(MESSAGE_SERVE_SETTINGS_KEPT, invocation->language,
        {"file", slice_from_cstr(invocation->config_path)});
}
