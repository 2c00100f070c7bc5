/* akashi backup: generations of the store on another disk, beside a running server; and looking
 * after them. */
#include "main/byte_words.h"
#include "main/commands.h"
#include "main/output.h"
#include "main/progress.h"
#include "main/restore_run.h"
#include "main/store_kek.h"

#include "engine/whole_backup.h"

#include "base/number.h"
#include "base/time_text.h"
#include "store/ops/backup.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int on_progress(void *context, uint64_t done, uint64_t all)
{
    progress_show(context, SLICE("backup"), done, all, done >> 20);
    return 0;
}

static int fail(const Invocation *invocation, const char *folder, int error)
{
    if (error == -ENOENT) {
        SAY(MESSAGE_BACKUP_NONE, invocation->language, {"folder", slice_from_cstr(folder)});
    } else {
        SAY(MESSAGE_INPUT_UNREADABLE, invocation->language, {"file", slice_from_cstr(folder)},
            {"error", error_words(error)});
    }
    return EXIT_FAILED;
}

/* ---- take */

static int keep_of(const Invocation *invocation, unsigned *ret)
{
    const char *given = option_value(invocation, "keep");
    uint64_t keep = (uint64_t)setting_number(&invocation->settings, SETTING_BACKUP_KEEP);
    if (given && (number_parse_u64(slice_from_cstr(given), &keep) < 0 || keep < BACKUP_KEEP_MIN ||
                  keep > BACKUP_GENERATIONS_MAX)) {
        SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", SLICE("--keep")},
            {"value", slice_from_cstr(given)}, {"want", SLICE("3, 4, 5, ...")});
        return -EINVAL;
    }
    *ret = (unsigned)keep;
    return 0;
}

static void say_taken(const Invocation *invocation, const char *to, const BackupSummary *summary)
{
    Language language = invocation->language;
    char number[NUMBER_WORDS_MAX], files[NUMBER_WORDS_MAX], removed[NUMBER_WORDS_MAX];
    char bytes[BYTE_WORDS_MAX], copied[BYTE_WORDS_MAX], entries[NUMBER_WORDS_MAX];
    char root[DIGEST_WORDS_MAX];
    SAY(MESSAGE_BACKUP_DONE, language, {"folder", slice_from_cstr(to)},
        {"generation", number_words(number, summary->generation)},
        {"files", number_words(files, summary->files)},
        {"bytes", byte_words(bytes, summary->bytes)},
        {"copied", byte_words(copied, summary->copied_bytes)},
        {"removed", number_words(removed, summary->removed)});
    if (summary->chain_holds) {
        SAY(MESSAGE_BACKUP_ROOT, language, {"entries", number_words(entries, summary->size)},
            {"number", number_words(number, summary->checkpoint)},
            {"root", digest_words(root, &summary->root)});
    } else {
        SAY(MESSAGE_BACKUP_CHAIN_DAMAGED, language);
    }
    if (summary->left_out > 0) {
        SAY(MESSAGE_BACKUP_LEFT_OUT, language, {"count", number_words(number, summary->left_out)},
            {"file", slice_from_cstr(summary->first_left_out)});
    }
    SAY(MESSAGE_BACKUP_KEY, language);
}

static int take(const Invocation *invocation, const char *to)
{
    Progress progress = progress_make();
    BackupOptions options = {.os = &os_real,
                             .store = invocation->folder,
                             .to = to,
                             .progress = on_progress,
                             .context = &progress};
    BackupSummary summary;
    Complaint complaint = {0};
    CLEANUP(secret_done) Secret *kek = NULL;
    if (keep_of(invocation, &options.keep) < 0) return EXIT_FAILED;
    if (store_kek_open(invocation, false, &kek) < 0) return EXIT_FAILED;
    options.kek = kek;
    int r = whole_backup_take(&options, invocation->config_path, &summary, &complaint);
    progress_clear(&progress);
    if (r < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    say_taken(invocation, to, &summary);
    return EXIT_DONE;
}

/* ---- list */

static void print_generation(const BackupList *list, bool json, int zone, Buf *to)
{
    char when[TIME_TEXT_MAX], bytes[BYTE_WORDS_MAX], root[DIGEST_WORDS_MAX];
    if (json) {
        size_t len = time_print_rfc3339(when, list->time_ns);
        buf_add_format(to,
                       "{\"generation\":%u,\"time\":\"%.*s\",\"files\":%zu,\"bytes\":%llu,"
                       "\"rows\":%llu,\"checkpoint\":%llu,\"entries\":%llu,\"root\":\"%s\"}\n",
                       list->generation, (int)len, when, backup_file_count(list),
                       (unsigned long long)backup_list_bytes(list), (unsigned long long)list->rows,
                       (unsigned long long)list->checkpoint, (unsigned long long)list->size,
                       digest_words(root, &list->root).ptr);
        return;
    }
    size_t len = time_print_plain(when, list->time_ns, zone);
    buf_add_format(to, "%6u  %.*s  %10s  %zu files  root %.16s\n", list->generation, (int)len, when,
                   byte_words(bytes, backup_list_bytes(list)).ptr, backup_file_count(list),
                   digest_words(root, &list->root).ptr);
}

static int list_one(const Invocation *invocation, const char *to, uint32_t generation, Buf *output)
{
    const char *format = option_value(invocation, "format");
    BackupList list;
    int r = backup_list_read(&os_real, to, generation, &list);
    if (r == -EBADMSG || r == -EPROTO) {
        char number[NUMBER_WORDS_MAX];
        SAY(MESSAGE_BACKUP_LIST_DAMAGED, invocation->language,
            {"generation", number_words(number, generation)});
        return 1;
    }
    if (r < 0) return r;
    print_generation(&list, format && strcmp(format, "json") == 0, invocation->zone_offset_seconds,
                     output);
    backup_list_done(&list);
    return 0;
}

static int list_all(const Invocation *invocation, const char *to)
{
    CLEANUP(buf_done) Buf generations = buf_make(0), output = buf_make(0);
    bool damaged = false;
    int r = backup_generations(&os_real, to, &generations);
    if (r == 0 && generations.len == 0) r = -ENOENT;
    for (size_t i = 0; i < generations.len / sizeof(uint32_t) && r >= 0; i++) {
        r = list_one(invocation, to, ((const uint32_t *)generations.ptr)[i], &output);
        damaged |= r == 1;
    }
    if (r < 0) return fail(invocation, to, r);
    if (output_flush(&output, 0) < 0) return EXIT_FAILED;
    return damaged ? EXIT_ANSWER_NO : EXIT_DONE;
}

/* ---- check */

typedef struct CheckRun {
    const Invocation *invocation;
    Progress progress;
} CheckRun;

static int on_checked(void *context, uint64_t done, uint64_t all)
{
    CheckRun *run = context;
    progress_show(&run->progress, SLICE("check"), done, all, done >> 20);
    return 0;
}

static void on_finding(void *context, const BackupFinding *finding)
{
    CheckRun *run = context;
    progress_clear(&run->progress);
    printf("%u %s %s\n", finding->generation, finding->file ? finding->file : "-", finding->reason);
}

static int check(const Invocation *invocation, const char *to)
{
    CheckRun run = {.invocation = invocation, .progress = progress_make()};
    char bytes[BYTE_WORDS_MAX];
    uint64_t read_bytes = 0;
    int r = backup_check(&os_real, to, on_checked, on_finding, &run, &read_bytes);
    progress_clear(&run.progress);
    if (r < 0) return fail(invocation, to, r);
    fflush(stdout);
    SAY(r == 0 ? MESSAGE_BACKUP_HOLDS : MESSAGE_BACKUP_HURT, invocation->language,
        {"folder", slice_from_cstr(to)}, {"bytes", byte_words(bytes, read_bytes)});
    return r == 0 ? EXIT_DONE : EXIT_ANSWER_NO;
}

/* ---- drill */

/* What a restore made: names that the backup itself may have, and nothing else. */
static int remove_name(void *context, Slice name)
{
    const char *folder = context;
    char path[4500];
    FileInfo info;
    snprintf(path, sizeof path, "%s/%.*s", folder, SLICE_FMT(name));
    if (os_real.info(os_real.state, path, &info) < 0) return 0;
    if (!info.is_folder) return os_real.unlink(os_real.state, path);
    int r = os_real.list(os_real.state, path, remove_name, path);
    if (r == 0 && rmdir(path) < 0) r = -errno;
    return r;
}

static int drill(const Invocation *invocation, const char *from)
{
    char folder[4352];
    uint32_t generation;
    const char *at = option_value(invocation, "at");
    if (restore_generation(invocation, &generation) < 0) return EXIT_FAILED;
    if (at) {
        snprintf(folder, sizeof folder, "%s", at);
    } else {
        size_t len = strlen(invocation->folder);
        while (len > 1 && invocation->folder[len - 1] == '/') {
            len--;
        }
        snprintf(folder, sizeof folder, "%.*s.drill", (int)len, invocation->folder);
    }
    int status = restore_and_prove(invocation, from, generation, folder);
    FileInfo info;
    if (status == EXIT_FAILED && os_real.info(os_real.state, folder, &info) == 0) {
        char marker[4400];
        snprintf(marker, sizeof marker, "%s/RESTORING", folder);
        if (os_real.info(os_real.state, marker, &info) < 0) return status; /* it was not ours */
    }
    int r = os_real.list(os_real.state, folder, remove_name, folder);
    if (r == 0 && rmdir(folder) < 0) r = -errno;
    if (r < 0 && r != -ENOENT) {
        SAY(MESSAGE_BACKUP_DRILL_LEFT, invocation->language, {"folder", slice_from_cstr(folder)},
            {"error", error_words(r)});
    }
    if (status == EXIT_DONE) SAY(MESSAGE_BACKUP_DRILL_DONE, invocation->language);
    return status;
}

/* ---- the command */

static int run_backup(const Invocation *invocation)
{
    static const struct {
        const char *name;
        int (*run)(const Invocation *invocation, const char *folder);
    } tasks[] = {{"list", list_all}, {"check", check}, {"drill", drill}};
    size_t count = invocation->argument_count;
    const char *configured = setting_text(&invocation->settings, SETTING_BACKUP_FOLDER);
    const char *first = count ? invocation->arguments[0] : configured;
    const char *second = count == 2 ? invocation->arguments[1] : configured;
    for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
        if (strcmp(first, tasks[i].name) == 0 && count <= 2 && second[0]) {
            return tasks[i].run(invocation, second);
        }
    }
    if (count <= 1 && first[0]) return take(invocation, first);
    print_command_help(invocation->command, invocation->language);
    return EXIT_FAILED;
}

static const OptionInfo backup_options[] = {
    {"keep",
     "N",
     {"残す世代の数（3以上。既定は設定 backup.keep）",
      "generations to keep (3 or more; default: setting backup.keep)"}},
    {"generation",
     "N",
     {"drill で試す世代（省略時は最新）", "drill: which generation (default: the newest)"}},
    {"at",
     "DIR",
     {"drill の復元先（省略時は --data の隣）", "drill: restore here (default: beside --data)"}},
    {"format", "FORMAT", {"list の形: table（表）, json", "list: table or json"}},
};

const CommandInfo backup_command = {
    .name = "backup",
    .arguments = "TO | list TO | check TO | drill TO",
    .words = {"保存したログを別のディスクに世代で控える（サーバーを止めずに）",
              "copy the store to another disk, in generations, beside a running server"},
    .examples = "  akashi backup /mnt/backup\n"
                "  akashi backup /mnt/backup --keep 14\n"
                "  akashi backup list /mnt/backup\n"
                "  akashi backup check /mnt/backup\n"
                "  akashi backup drill /mnt/backup\n",
    .options = backup_options,
    .option_count = ARRAY_COUNT(backup_options),
    .run = run_backup,
};
