/* See options.h. */
#include "main/options.h"

#include "base/time_text.h"

#include <errno.h>
#include <stdio.h>

const OptionInfo common_options[] = {
    {"data", "DIR", {"保存先のフォルダー", "folder of the stored logs"}},
    {"config", "FILE", {"設定ファイル（YAML）", "configuration file (YAML)"}},
    {"lang", "ja|en", {"表示の言語", "language of what is shown"}},
    {"help", NULL, {"この説明", "this text"}},
};
const size_t common_option_count = ARRAY_COUNT(common_options);

static const OptionInfo *option_row(const CommandInfo *command, size_t index)
{
    if (index < command->option_count) return &command->options[index];
    index -= command->option_count;
    return index < common_option_count ? &common_options[index] : NULL;
}

/* The row of a name of `len` bytes, or -ENOENT. */
static int find_option(const CommandInfo *command, const char *name, size_t len)
{
    const OptionInfo *row;
    for (size_t i = 0; (row = option_row(command, i)); i++) {
        if (strlen(row->name) == len && memcmp(row->name, name, len) == 0) return (int)i;
    }
    return -ENOENT;
}

const char *option_value(const Invocation *invocation, const char *name)
{
    int index = find_option(invocation->command, name, strlen(name));
    return index < 0 ? NULL : invocation->values[index];
}

int option_time(const Invocation *invocation, const char *name, int64_t *ret_ns)
{
    const char *value = option_value(invocation, name);
    if (!value) return 0;
    char whole[64];
    size_t len = strlen(value);
    const char *rest = len == 10 ? "T00:00:00" : len == 16 ? ":00" : "";
    int written = snprintf(whole, sizeof whole, "%s%s", value, rest);
    if (len > 10 && whole[10] == ' ') whole[10] = 'T';
    if (written < (int)sizeof whole &&
        time_parse_rfc3339(slice_from_cstr(whole), invocation->zone_offset_seconds, ret_ns) == 0) {
        return 0;
    }
    SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", slice_from_cstr(name)},
        {"value", slice_from_cstr(value)},
        {"want", SLICE("2026-11-20, '2026-11-20 17:40', 2026-11-20T17:40:00+09:00")});
    return -EINVAL;
}

/* Takes `--name`, `--name=value` or `--name value`; returns how many words it used. */
static int take_option(Invocation *invocation, int argc, char **argv)
{
    const CommandInfo *command = invocation->command;
    const char *name = argv[0] + 2;
    const char *equals = strchr(name, '=');
    int index = find_option(command, name, equals ? (size_t)(equals - name) : strlen(name));
    if (index < 0) {
        SAY(MESSAGE_USAGE_BAD_OPTION, invocation->language, {"option", slice_from_cstr(argv[0])},
            {"command", slice_from_cstr(command->name)});
        return -EINVAL;
    }
    bool is_flag = option_row(command, (size_t)index)->value_name == NULL;
    if (is_flag || equals) {
        invocation->values[index] = equals ? equals + 1 : "";
        return 1;
    }
    if (argc < 2) {
        SAY(MESSAGE_USAGE_MISSING_VALUE, invocation->language,
            {"option", slice_from_cstr(argv[0])});
        return -EINVAL;
    }
    invocation->values[index] = argv[1];
    return 2;
}

int options_parse(Invocation *invocation, int argc, char **argv)
{
    bool only_arguments = false;
    invocation->arguments = argv; /* sorted to the front as they are met */
    for (int i = 0; i < argc;) {
        bool is_option = !only_arguments && strncmp(argv[i], "--", 2) == 0;
        if (is_option && argv[i][2] == '\0') {
            only_arguments = true;
            i++;
        } else if (is_option) {
            int used = take_option(invocation, argc - i, argv + i);
            if (used < 0) return used;
            i += used;
        } else {
            argv[invocation->argument_count++] = argv[i++];
        }
    }
    return 0;
}

void print_command_help(const CommandInfo *command, Language language)
{
    printf("akashi %s [OPTIONS] %s\n\n%s\n\n", command->name, command->arguments,
           command->words[language]);
    const OptionInfo *row;
    for (size_t i = 0; (row = option_row(command, i)); i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", row->name, row->value_name ? " " : "",
                 row->value_name ? row->value_name : "");
        printf("  %-28s %s\n", left, row->words[language]);
    }
    printf("\n%s\n%s", language == LANGUAGE_JA ? "例:" : "examples:", command->examples);
}

void say_complaint(const Complaint *complaint, Language language)
{
    bool ja = language == LANGUAGE_JA;
    const char *words = ja ? complaint->ja : complaint->en;
    char line[COMPLAINT_WORDS_MAX + 320];
    if (complaint->file[0] && complaint->line > 0) {
        snprintf(line, sizeof line, "%s:%u:%u: %s", complaint->file, complaint->line,
                 complaint->column, words);
    } else if (complaint->file[0]) {
        snprintf(line, sizeof line, "%s: %s", complaint->file, words);
    } else if (complaint->column > 0) {
        snprintf(line, sizeof line, ja ? "%u 文字目: %s" : "column %u: %s", complaint->column,
                 words);
    } else {
        snprintf(line, sizeof line, "%s", words);
    }
    SAY(MESSAGE_REQUEST_FAILED, language, {"words", slice_from_cstr(line)});
}
