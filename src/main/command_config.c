/* akashi config: judges a configuration file, lists all keys. */
#include "main/commands.h"
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

static int run_config(const Invocation *invocation)
{
    const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
    const char *given = option_value(invocation, "config");
    if (strcmp(what, "list") == 0) return list_keys(invocation);
    if (strcmp(what, "check") == 0) {
        const char *path = invocation->argument_count > 1 ? invocation->arguments[1] : given;
        return check_file(invocation, path ? path : surroundings_config_path());
    }
    print_command_help(&config_command, invocation->language);
    return EXIT_FAILED;
}

const CommandInfo config_command = {
    .name = "config",
    .arguments = "check [FILE] | list",
    .words = {"設定ファイルの誤りを調べる。設定の一覧を見る",
              "check a configuration file for mistakes; list all keys with their defaults"},
    .examples = "  akashi config check /etc/akashi/akashi.yaml\n"
                "  akashi config list\n",
    .run = run_config,
};
