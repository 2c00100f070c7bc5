/* engine/settings, engine/messages: the tables and what people are told. */
#include "tests/support/tap.h"

#include "base/utf8.h"
#include "engine/counters.h"
#include "engine/messages.h"
#include "engine/settings.h"

#include <errno.h>
#include <stdio.h>

static const char *write_config(const char *text)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/akashi.yaml", tap_temporary_folder());
    FILE *file = fopen(path, "wb");
    if (!file) return path;
    fwrite(text, 1, strlen(text), file);
    fclose(file);
    return path;
}

static void defaults_are_all_good(void)
{
    static Settings settings;
    settings_init(&settings);
    expect_int(setting_number(&settings, SETTING_LISTEN_HTTP_PORT), 8080);
    expect_int(setting_number(&settings, SETTING_LISTEN_SYSLOG_PORT), 5514);
    expect_text(slice_from_cstr(setting_text(&settings, SETTING_LISTEN_ADDRESS)), "127.0.0.1");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        expect(settings_info[i].words[LANGUAGE_JA][0] && settings_info[i].words[LANGUAGE_EN][0]);
    }
}

static void a_file_goes_over_the_defaults(void)
{
    static Settings settings;
    Complaint complaint = {0};
    settings_init(&settings);
    const char *path =
        write_config("# comment\nlanguage: ja\nlisten:\n  http_port: 0\n  address: \"::1\"\n"
                     "store.segment_mib: 64\n");
    expect_ok(settings_read(&settings, &os_real, path, &complaint));
    expect_int(setting_number(&settings, SETTING_LISTEN_HTTP_PORT), 0);
    expect_int(setting_number(&settings, SETTING_STORE_SEGMENT_MIB), 64);
    expect_text(slice_from_cstr(setting_text(&settings, SETTING_LANGUAGE)), "ja");
    expect_ok(settings_read(&settings, &os_real, write_config(""), &complaint));
}

static void mistakes_are_shown_with_their_place(void)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *id;
    } cases[] = {
        {"listen:\n  http_prot: 1\n", 2, 14, "config.unknown"},
        {"listen:\n  http_port: many\n", 2, 14, "config.number"},
        {"listen:\n  http_port: 70000\n", 2, 14, "config.number"},
        {"language: fr\n", 1, 11, "config.choice"},
        {"- a\n- b\n", 1, 1, "config.shape"},
        {"listen:\n  http_port: [1]\n", 2, 14, "config.shape"},
        {"listen: {\n", 0, 0, "config.yaml"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        static Settings settings;
        Complaint complaint = {0};
        settings_init(&settings);
        expect_int(settings_read(&settings, &os_real, write_config(cases[i].text), &complaint),
                   -EINVAL);
        expect_text(slice_from_cstr(complaint.id), cases[i].id);
        if (cases[i].line > 0) expect_int(complaint.line, cases[i].line);
        if (cases[i].column > 0) expect_int(complaint.column, cases[i].column);
        expect(complaint.ja[0] && complaint.en[0] && complaint.file[0]);
    }
}

static void an_unreadable_file_says_so(void)
{
    static Settings settings;
    Complaint complaint = {0};
    settings_init(&settings);
    expect_int(settings_read(&settings, &os_real, "/nonexistent/akashi.yaml", &complaint), -ENOENT);
    expect(strstr(complaint.en, "/nonexistent/akashi.yaml") != NULL);
}

static void zones_are_read(void)
{
    static Settings settings;
    int seconds = 1;
    settings_init(&settings);
    expect_ok(settings_zone(&settings, 32400, &seconds));
    expect_int(seconds, 32400);
    expect_ok(settings_set(&settings, SETTING_TIME_ZONE, SLICE("-03:30"), NULL));
    expect_ok(settings_zone(&settings, 0, &seconds));
    expect_int(seconds, -12600);
    expect_ok(settings_set(&settings, SETTING_TIME_ZONE, SLICE("Tokyo"), NULL));
    expect_int(settings_zone(&settings, 0, &seconds), -EINVAL);
}

static void messages_fill_in_and_defuse(void)
{
    CLEANUP(buf_done) Buf line = {0};
    const MessagePart parts[MESSAGE_PARTS_MAX] = {
        {"file", SLICE_INIT("a\x1b[31m\n\xe2\x80\xae\xff.evtx")},
        {"error", SLICE_INIT("gone {file}")}};
    message_add(&line, MESSAGE_INPUT_UNREADABLE, LANGUAGE_EN, parts);
    expect_text(buf_slice(&line),
                "a\\x1b[31m\\x0a\\u202e\xef\xbf\xbd.evtx: cannot be read (gone {file}); check "
                "the path and the permission to read it");
}

static void every_message_speaks_both_languages(void)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        for (int language = 0; language < 2; language++) {
            Slice words = slice_from_cstr(messages[i].words[language]);
            expect(words.len > 0 && utf8_is_valid(words));
        }
    }
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        expect(counters_info[i].words[0][0] && counters_info[i].words[1][0]);
    }
}

static const TapTest tests[] = {
    TAP_TEST(defaults_are_all_good),
    TAP_TEST(a_file_goes_over_the_defaults),
    TAP_TEST(mistakes_are_shown_with_their_place),
    TAP_TEST(an_unreadable_file_says_so),
    TAP_TEST(zones_are_read),
    TAP_TEST(messages_fill_in_and_defuse),
    TAP_TEST(every_message_speaks_both_languages),
};

TAP_MAIN(tests)
