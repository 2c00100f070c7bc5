/* akashi config: judges the configuration and the company's document, lists all keys, shows what
 * the document means. */
#include "main/commands.h"
#include "main/company_print.h"
#include "main/known_sources.h"
#include "main/surroundings.h"

#include <stdio.h>

static int check_file(const Invocation *invocation, const char *path)
{
    static Settings settings;
    Complaint complaint = {0};
    settings_init(&settings);
    if (settings_read(&settings, &os_real, path, &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    CLEANUP(arena_done) Arena arena = {0};
    Slice actions;
    if (known_actions_read(invocation, &settings, &arena, &actions) < 0) return EXIT_FAILED;
    SAY(MESSAGE_CONFIG_GOOD, invocation->language, {"file", slice_from_cstr(path)});
    return EXIT_DONE;
}

static int list_keys(const Invocation *invocation)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const SettingInfo *info = &settings_info[i];
        printf("# %s", info->words[invocation->language]);
        if (info->type == SETTING_TYPE_INT) {
            printf(" (%lld-%lld%s%s)", (long long)info->least, (long long)info->most,
                   info->unit[0] ? " " : "", info->unit);
        } else if (info->type == SETTING_TYPE_CHOICE) {
            printf(" (%s)", info->choices);
        }
        printf("\n%.*s: %s\n", SLICE_FMT(info->key), info->default_text);
    }
    return EXIT_DONE;
}

/* This command judges the configuration itself: what of it the others need is read here. */
static void take_configuration(Invocation *own)
{
    const char *given = option_value(own, "config");
    const char *path = given ? given : surroundings_config_path();
    FileInfo info;
    own->config_path = path;
    if (os_real.info(os_real.state, path, &info) < 0) return;
    settings_init(&own->settings);
    if (settings_read(&own->settings, &os_real, path, NULL) < 0) return;
    (void)!settings_zone(&own->settings, surroundings_zone_offset_seconds(),
                         &own->zone_offset_seconds);
}

/* A company.yaml alone, or the configuration and the document that goes with it. */
static int check(const Invocation *invocation, const char *path)
{
    Slice given = slice_from_cstr(path);
    if (!slice_ends(given, SLICE("company.yaml"))) {
        int status = check_file(invocation, path ? path : invocation->config_path);
        int company = company_check(invocation, NULL);
        return status == EXIT_DONE ? company : status;
    }
    char folder[4096] = ".";
    size_t slash = slice_rfind_char(given, '/');
    if (slash != SLICE_NOT_FOUND) {
        snprintf(folder, sizeof folder, "%.*s", SLICE_FMT(slice_first(given, slash)));
    }
    return company_check(invocation, folder);
}

static int run_config(const Invocation *invocation)
{
    static Invocation own;
    size_t count = invocation->argument_count;
    const char *what = count > 0 ? invocation->arguments[0] : "";
    const char *more = count > 1 ? invocation->arguments[1] : NULL;
    if (strcmp(what, "list") == 0) return list_keys(invocation);
    own = *invocation;
    take_configuration(&own);
    if (strcmp(what, "check") == 0) return check(&own, more);
    if (strcmp(what, "calendar") == 0 && more) return company_print_year(&own, more);
    if (strcmp(what, "address") == 0 && more) return company_print_address(&own, more);
    print_command_help(&config_command, invocation->language);
    return EXIT_FAILED;
}

const CommandInfo config_command = {
    .name = "config",
    .arguments = "check [FILE] | list | calendar YEAR | address ADDRESS",
    .words = {"設定ファイルと会社の設定（company.yaml）の誤りを調べる。設定の一覧、年間の休日と"
              "勤務時間、アドレスの区分を見る",
              "check the configuration and company.yaml for mistakes; list all keys; show a year's "
              "holidays and shifts, and what an address is"},
    .examples = "  akashi config check /etc/akashi/akashi.yaml\n"
                "  akashi config list\n"
                "  akashi config check company.yaml\n"
                "  akashi config calendar 2026\n"
                "  akashi config address 203.0.113.2\n",
    .run = run_config,
};
