/* akashi restore: a generation of a backup becomes a store again, and is proven to be the same. */
#include "main/byte_words.h"
#include "main/commands.h"
#include "main/progress.h"
#include "main/restore_run.h"

#include "engine/backup_beside.h"

#include "base/number.h"
#include "store/ops/backup.h"

#include <errno.h>

static int on_progress(void *context, uint64_t done, uint64_t all)
{
    progress_show(context, SLICE("restore"), done, all, done >> 20);
    return 0;
}

int restore_generation(const Invocation *invocation, uint32_t *ret)
{
    const char *given = option_value(invocation, "generation");
    uint64_t number = 0;
    if (given && (number_parse_u64(slice_from_cstr(given), &number) < 0 || number == 0 ||
                  number > BACKUP_GENERATIONS_MAX)) {
        SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", SLICE("--generation")},
            {"value", slice_from_cstr(given)}, {"want", SLICE("1, 2, 3, ...")});
        return -EINVAL;
    }
    *ret = (uint32_t)number;
    return 0;
}

/* Copies of the configuration, which is another folder's. */
static void say_settings(const char *folder, Language language)
{
    CLEANUP(arena_done) Arena arena = {0};
    FileInfo info;
    Slice path;
    if (arena_format(&arena, &path, "%s/" BESIDE_SETTINGS, folder) < 0) return;
    if (os_real.info(os_real.state, path.ptr, &info) < 0) return;
    SAY(MESSAGE_RESTORE_SETTINGS, language, {"folder", path});
}

static void say_restored(const Invocation *invocation, const RestoreSummary *summary,
                         const char *folder)
{
    Language language = invocation->language;
    char number[NUMBER_WORDS_MAX], files[NUMBER_WORDS_MAX], bytes[BYTE_WORDS_MAX];
    char entries[NUMBER_WORDS_MAX], old[DIGEST_WORDS_MAX], new[DIGEST_WORDS_MAX];
    say_settings(folder, language);
    SAY(MESSAGE_RESTORE_DONE, language, {"folder", slice_from_cstr(folder)},
        {"generation", number_words(number, summary->generation)},
        {"files", number_words(files, summary->files)},
        {"bytes", byte_words(bytes, summary->bytes)});
    if (!summary->has_root) {
        SAY(MESSAGE_RESTORE_NO_ROOT, language);
        return;
    }
    SAY(MESSAGE_RESTORE_ROOT, language, {"entries", number_words(entries, summary->size)},
        {"number", number_words(number, summary->checkpoint)},
        {"old", digest_words(old, &summary->root)}, {"new", digest_words(new, &summary->new_root)});
}

/* As `akashi verify` of that folder. */
static int verify_restored(const Invocation *invocation, const char *folder)
{
    static Invocation verifying;
    verifying = (Invocation){.command = &verify_command,
                             .language = invocation->language,
                             .settings = invocation->settings,
                             .folder = folder,
                             .zone_offset_seconds = invocation->zone_offset_seconds};
    return verify_command.run(&verifying);
}

int restore_and_prove(const Invocation *invocation, const char *from, uint32_t generation,
                      const char *folder)
{
    Progress progress = progress_make();
    RestoreSummary summary;
    Complaint complaint = {0};
    int r = backup_restore(&os_real, from, generation, folder, on_progress, &progress, &summary,
                           &complaint);
    progress_clear(&progress);
    if (r < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    say_restored(invocation, &summary, folder);
    int status = verify_restored(invocation, folder);
    SAY(status == EXIT_DONE ? MESSAGE_RESTORE_PROVEN : MESSAGE_RESTORE_NOT_PROVEN,
        invocation->language, {"folder", slice_from_cstr(folder)});
    return status;
}

static int run_restore(const Invocation *invocation)
{
    uint32_t generation;
    if (invocation->argument_count != 1) {
        print_command_help(invocation->command, invocation->language);
        return EXIT_FAILED;
    }
    if (restore_generation(invocation, &generation) < 0) return EXIT_FAILED;
    return restore_and_prove(invocation, invocation->arguments[0], generation, invocation->folder);
}

static const OptionInfo restore_options[] = {
    {"generation",
     "N",
     {"この世代を復元する（省略時は最新。akashi backup list で一覧）",
      "restore this generation (default: the newest; akashi backup list shows them)"}},
};

const CommandInfo restore_command = {
    .name = "restore",
    .arguments = "FROM",
    .words = {"バックアップを空のフォルダー（--data）に復元し、同じものであることを確かめる",
              "put a backup back into an empty folder (--data) and prove that it is the same"},
    .examples = "  akashi restore /mnt/backup --data /var/lib/akashi\n"
                "  akashi restore /mnt/backup --generation 12 --data /srv/look\n",
    .options = restore_options,
    .option_count = ARRAY_COUNT(restore_options),
    .run = run_restore,
};
