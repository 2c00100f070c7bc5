/* What the page changes and the running server takes over: engine/pack_switch, rule_exceptions,
 * settings_edit. */
#include "tests/support/tap.h"

#include "engine/pack_switch.h"
#include "engine/rule_exceptions.h"
#include "engine/settings_edit.h"

#include <errno.h>
#include <stdio.h>

static const char *write_file(const char *name, const char *text)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", tap_temporary_folder(), name);
    FILE *file = fopen(path, "wb");
    if (!file) return path;
    fwrite(text, 1, strlen(text), file);
    fclose(file);
    return path;
}

/* ---- packs ----------------------------------------------------------------------------------- */

static void a_switch_counts_over_the_configuration(void)
{
    Slice switches = SLICE("-linux\n+windows\n\nnonsense\n");
    expect(!pack_is_on(SLICE("all"), switches, SLICE("linux")));
    expect(pack_is_on(SLICE("none"), switches, SLICE("windows")));
    expect(pack_is_on(SLICE(" all "), switches, SLICE("nonsense")));
    expect(pack_is_on(SLICE("network, cloud"), switches, SLICE("cloud")));
    expect(!pack_is_on(SLICE("network, cloud"), switches, SLICE("clou")));
    expect(!pack_is_on(SLICE("none"), switches, SLICE("cloud")));
}

static void a_switch_replaces_the_one_before(void)
{
    CLEANUP(buf_done) Buf text = buf_make(PACK_SWITCHES_BYTES_MAX);
    pack_switches_change(SLICE("-linux\n+windows"), SLICE("linux"), true, &text);
    expect_ok(buf_error(&text));
    expect_text(buf_slice(&text), "+windows\n+linux\n");
}

static void no_switches_are_no_mistake(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice text = SLICE("x");
    remove(write_file(PACK_SWITCHES_FILE, ""));
    expect_ok(pack_switches_read(&os_real, tap_temporary_folder(), &arena, &text));
    expect_int(text.len, 0);
    write_file(PACK_SWITCHES_FILE, "-linux\n");
    expect_ok(pack_switches_read(&os_real, tap_temporary_folder(), &arena, &text));
    expect_text(text, "-linux\n");
}

/* ---- exceptions ------------------------------------------------------------------------------ */

static const RuleException sample = {.id = 3,
                                     .rule = SLICE_INIT("a \"rule\""),
                                     .field = SLICE_INIT("user.name"),
                                     .value = SLICE_INIT("C:\\new\\*.exe?"),
                                     .by = SLICE_INIT("kato"),
                                     .why = SLICE_INIT("two\nlines"),
                                     .until_ns = 2000};

static void exceptions_come_back_until_they_end(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf text = {0};
    RuleException items[] = {sample, sample};
    items[1].id = 4;
    items[1].until_ns = 1000;
    rule_exceptions_write(&(RuleExceptions){.items = items, .count = 2}, &text);
    buf_add_cstr(&text, "{\"id\":0}\nnot JSON\n{\"id\":5,\"until_ns\":9000,\"field\":\"a|re\"}\n");
    buf_add_char(&text, '\0');
    write_file(RULE_EXCEPTIONS_FILE, text.ptr);
    RuleExceptions got;
    expect_ok(rule_exceptions_read(&os_real, tap_temporary_folder(), 999, &arena, &got));
    expect_int(got.count, 2);
    expect_ok(rule_exceptions_read(&os_real, tap_temporary_folder(), 1000, &arena, &got));
    expect_int(got.count, 1);
    expect_int(got.items[0].id, 3);
    expect_text(got.items[0].rule, "a \"rule\"");
    expect_text(got.items[0].value, "C:\\new\\*.exe?");
    expect_text(got.items[0].why, "two\nlines");
}

/* A value is never a pattern, and cannot leave its quotes. */
static void a_filter_says_the_value_itself(void)
{
    CLEANUP(buf_done) Buf text = {0};
    rule_exception_filter(&sample, &text);
    expect(slice_find(buf_slice(&text),
                      SLICE("\"user.name\": \"C:\\\\\\\\new\\\\\\\\\\\\*.exe\\\\?\"\n")) !=
           SLICE_NOT_FOUND);
    expect(slice_find(buf_slice(&text), SLICE("- \"a \\\"rule\\\"\"\n")) != SLICE_NOT_FOUND);
    expect(rule_exception_field_is_good(SLICE("winlog.TargetUserName")));
    expect(!rule_exception_field_is_good(SLICE("a|contains")));
    expect(!rule_exception_field_is_good(SLICE("")));
}

static void only_rules_that_are_there_are_narrowed(void)
{
    RuleException items[] = {sample, sample};
    RuleSet *set = rule_set_new();
    items[1].rule = SLICE("own");
    expect_ok(rule_set_add(set,
                           SLICE("title: Mine\nid: own\nlogsource: {product: akashi}\n"
                                 "detection:\n  a: {event.action: LOGON_FAIL}\n  condition: a\n"),
                           SLICE("own.yml")));
    expect_ok(rule_exceptions_apply(&(RuleExceptions){.items = items, .count = 2}, set));
    expect_ok(rule_set_finish(set));
    expect_int(rule_set_count(set), 2);
    const RuleInfo *filter = rule_set_info(set, 1);
    expect_int(filter->kind, RULE_FILTER);
    expect(filter->state != RULE_REJECTED);
    expect_text(filter->file, RULE_EXCEPTIONS_SOURCE);
    rule_set_free(set);
}

/* ---- settings -------------------------------------------------------------------------------- */

static void expect_edit(const char *before, SettingId id, const char *value, const char *after)
{
    CLEANUP(buf_done) Buf text = buf_make(SETTINGS_FILE_BYTES_MAX);
    settings_edit(slice_from_cstr(before), id, slice_from_cstr(value), &text);
    expect_ok(buf_error(&text));
    expect_text(buf_slice(&text), after);
}

static void a_line_is_changed_where_it_stands(void)
{
    expect_edit("# mine\nlisten:\n  http_port: 1 # one\n  address: '::1'\nlanguage: ja\n",
                SETTING_LISTEN_HTTP_PORT, "8443",
                "# mine\nlisten:\n  http_port: 8443 # one\n  address: '::1'\nlanguage: ja\n");
    expect_edit("listen.http_port: 1", SETTING_LISTEN_HTTP_PORT, "2", "listen.http_port: 2\n");
    expect_edit("listen:\n  address: \"a # b\"  # c\n", SETTING_LISTEN_ADDRESS, "::1",
                "listen:\n  address: \"::1\"  # c\n");
    expect_edit("listen.address:\n", SETTING_LISTEN_ADDRESS, "::1", "listen.address: \"::1\"\n");
}

static void what_is_not_there_is_added(void)
{
    expect_edit("", SETTING_LISTEN_HTTP_PORT, "2", "listen.http_port: 2\n");
    expect_edit("# listen.http_port: 1\nother:\n  http_port: 3\n", SETTING_LISTEN_HTTP_PORT, "2",
                "# listen.http_port: 1\nother:\n  http_port: 3\nlisten.http_port: 2\n");
}

static void what_was_edited_is_read_so(void)
{
    static Settings settings;
    CLEANUP(buf_done) Buf text = {0};
    Complaint complaint = {0};
    SettingId id;
    settings_init(&settings);
    settings_edit(SLICE("listen:\n  http_port: 1\n"), SETTING_LISTEN_ADDRESS, SLICE("a\"b: #c"),
                  &text);
    expect_ok(settings_read_text(&settings, buf_slice(&text), "x", &complaint));
    expect_text(slice_from_cstr(setting_text(&settings, SETTING_LISTEN_ADDRESS)), "a\"b: #c");
    expect_int(setting_number(&settings, SETTING_LISTEN_HTTP_PORT), 1);
    expect_ok(settings_find(SLICE("listen.address"), &id, &complaint));
    expect_int(id, SETTING_LISTEN_ADDRESS);
    expect_int(settings_find(SLICE("listen.adress"), &id, &complaint), -EINVAL);
}

static const TapTest tests[] = {
    TAP_TEST(a_switch_counts_over_the_configuration),
    TAP_TEST(a_switch_replaces_the_one_before),
    TAP_TEST(no_switches_are_no_mistake),
    TAP_TEST(exceptions_come_back_until_they_end),
    TAP_TEST(a_filter_says_the_value_itself),
    TAP_TEST(only_rules_that_are_there_are_narrowed),
    TAP_TEST(a_line_is_changed_where_it_stands),
    TAP_TEST(what_is_not_there_is_added),
    TAP_TEST(what_was_edited_is_read_so),
};

TAP_MAIN(tests)
