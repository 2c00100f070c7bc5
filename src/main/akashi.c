/* The akashi program: finds the command, reads the configuration, runs it. */
#include "main/commands.h"
#include "main/data_owner.h"
#include "main/surroundings.h"
#include "version.h"

#include "base/nearest.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>

static const CommandInfo *const commands[] = {
    &decode_command,  &translate_command, &import_command,  &search_command,   &serve_command,
    &verify_command,  &backup_command,    &restore_command, &export_command,   &config_command,
    &detect_command,  &rules_command,     &alerts_command,  &simulate_command, &retranslate_command,
    &sources_command, &store_command,     &who_command,     &account_command,
};

static void print_help(Language language)
{
    static const char *const what[] = {"akashi（証）: "
                                       "いろいろな機器のログを集め、「いつ・だれが・どこから・何を"
                                       "したか」に直し、保存し、探します。",
                                       "akashi: collects the logs of all kinds of devices, tells "
                                       "who did what in plain words, keeps "
                                       "them and finds them."};
    printf("%s\n\nakashi COMMAND [OPTIONS] ...\n\n", what[language]);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        printf("  %-10s %s\n", commands[i]->name, commands[i]->words[language]);
    }
    printf("\n%s\n", language == LANGUAGE_JA
                         ? "各命令の説明: akashi COMMAND --help    版: akashi --version"
                         : "about a command: akashi COMMAND --help    version: akashi --version");
}

static const CommandInfo *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    }
    return NULL;
}

static int say_unknown_command(const char *name, Language language)
{
    CLEANUP(buf_done) Buf suggestion = {0};
    Slice names[ARRAY_COUNT(commands)];
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        names[i] = slice_from_cstr(commands[i]->name);
    }
    Slice nearest = nearest_name(slice_from_cstr(name), names, ARRAY_COUNT(names));
    if (nearest.len > 0) {
        const MessagePart parts[MESSAGE_PARTS_MAX] = {{"name", nearest}};
        message_add(&suggestion, MESSAGE_USAGE_DID_YOU_MEAN, language, parts);
    }
    SAY(MESSAGE_USAGE_UNKNOWN_COMMAND, language, {"name", slice_from_cstr(name)},
        {"suggestion", buf_slice(&suggestion)});
    return EXIT_FAILED;
}

/* --lang wins over the configuration, which wins over the locale. */
static int settle_language(Invocation *invocation)
{
    const char *given = option_value(invocation, "lang");
    Complaint complaint = {0};
    if (given && settings_set(&invocation->settings, SETTING_LANGUAGE, slice_from_cstr(given),
                              &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return -EINVAL;
    }
    const char *chosen = setting_text(&invocation->settings, SETTING_LANGUAGE);
    if (strcmp(chosen, "ja") == 0) invocation->language = LANGUAGE_JA;
    if (strcmp(chosen, "en") == 0) invocation->language = LANGUAGE_EN;
    return 0;
}

/* A file named with --config must be there; the default one need not. */
static int read_configuration(Invocation *invocation)
{
    const char *given = option_value(invocation, "config");
    const char *path = given ? given : surroundings_config_path();
    Complaint complaint = {0};
    FileInfo info;
    if (!given && os_real.info(os_real.state, path, &info) < 0) return 0;
    int r = settings_read(&invocation->settings, &os_real, path, &complaint);
    if (r < 0) {
        say_complaint(&complaint, invocation->language);
        return r;
    }
    invocation->config_path = path;
    return 0;
}

static int settle_zone(Invocation *invocation)
{
    int r = settings_zone(&invocation->settings, surroundings_zone_offset_seconds(),
                          &invocation->zone_offset_seconds);
    if (r < 0) {
        SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", SLICE("time.zone")},
            {"value", slice_from_cstr(setting_text(&invocation->settings, SETTING_TIME_ZONE))},
            {"want", SLICE("local, +09:00")});
    }
    return r;
}

static int run_command(const CommandInfo *command, int argc, char **argv)
{
    static Invocation invocation;
    invocation = (Invocation){.command = command, .language = surroundings_language()};
    settings_init(&invocation.settings);
    if (options_parse(&invocation, argc, argv) < 0) return EXIT_FAILED;
    if (option_value(&invocation, "help")) {
        if (settle_language(&invocation) < 0) return EXIT_FAILED;
        print_command_help(command, invocation.language);
        return EXIT_DONE;
    }
    /* `config` judges the file itself. */
    if (command != &config_command && read_configuration(&invocation) < 0) return EXIT_FAILED;
    if (settle_language(&invocation) < 0 || settle_zone(&invocation) < 0) return EXIT_FAILED;
    const char *folder = option_value(&invocation, "data");
    invocation.folder = folder ? folder : surroundings_data_folder();
    int r = data_owner_become(invocation.folder);
    if (r < 0) {
        SAY(MESSAGE_DATA_OWNER_FAILED, invocation.language,
            {"folder", slice_from_cstr(invocation.folder)}, {"error", error_words(r)});
        return EXIT_FAILED;
    }
    return command->run(&invocation);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* names inside archives are UTF-8 */
    signal(SIGPIPE, SIG_IGN);       /* a reader that left is an error of write, told once */
    /* What is larger goes back to the kernel when it is freed. By itself the C library raises this
     * to what was freed, up to 32 MiB, and keeps as much for later (mallopt(3)). */
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    Language language = surroundings_language();
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(language);
        return argc < 2 ? EXIT_FAILED : EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("akashi %s (%s)\n", AKASHI_VERSION, AKASHI_COMMIT);
        return EXIT_DONE;
    }
    const CommandInfo *command = find_command(argv[1]);
    if (!command) return say_unknown_command(argv[1], language);
    return run_command(command, argc - 2, argv + 2);
}
