/* akashi store: looking after what is stored. A row of the table for each thing to do. */
#include "main/commands.h"
#include "main/progress.h"
#include "main/store_kek.h"
#include "main/store_tasks.h"

#include "base/number.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

/* ---- pack */

typedef struct PackRun {
    const Invocation *invocation;
    Progress progress;
    Secret *kek;
    Store *store;
    StorePackOptions options;
    Retention retention;
} PackRun;

static int on_going(void *context, uint64_t rows, uint64_t rows_all)
{
    PackRun *run = context;
    progress_show(&run->progress, SLICE("pack"), rows, rows_all, rows);
    return 0;
}

static int take_pack_options(PackRun *run)
{
    const Invocation *invocation = run->invocation;
    const char *given = option_value(invocation, "level");
    uint64_t level = (uint64_t)setting_number(&invocation->settings, SETTING_STORE_PACK_LEVEL);
    if (given &&
        (number_parse_u64(slice_from_cstr(given), &level) < 0 || level < 1 || level > 19)) {
        SAY(MESSAGE_STORE_LEVEL_WRONG, invocation->language, {"level", slice_from_cstr(given)});
        return -EINVAL;
    }
    run->options = (StorePackOptions){.level = (int)level,
                                      .at_once = option_value(invocation, "now") != NULL,
                                      .going = on_going,
                                      .context = run};
    return 0;
}

static void say_packed(const PackRun *run, const StorePackTally *tally)
{
    char before[NUMBER_WORDS_MAX], after[NUMBER_WORDS_MAX], rows[NUMBER_WORDS_MAX];
    char bytes_before[NUMBER_WORDS_MAX], bytes_after[NUMBER_WORDS_MAX];
    Language language = run->invocation->language;
    if (tally->files_before == 0 && tally->failed == 0) {
        SAY(MESSAGE_STORE_PACK_NOTHING, language);
        return;
    }
    SAY(MESSAGE_STORE_PACKED, language, {"before", number_words(before, tally->files_before)},
        {"after", number_words(after, tally->files_after)},
        {"rows", number_words(rows, tally->rows)},
        {"bytes_before", number_words(bytes_before, tally->bytes_before)},
        {"bytes_after", number_words(bytes_after, tally->bytes_after)});
}

static int pack_store(PackRun *run)
{
    StorePackTally tally;
    int r = take_pack_options(run);
    if (r == 0) r = keep_read_retention(run->invocation, &run->retention);
    if (r == 0) r = keep_open_store(run->invocation, &run->retention, &run->kek, &run->store);
    if (r < 0) return EXIT_FAILED;
    r = store_pack(run->store, &run->options, &tally);
    progress_clear(&run->progress);
    say_packed(run, &tally);
    if (r < 0) {
        SAY(MESSAGE_STORE_PACK_FAILED, run->invocation->language,
            {"folder", slice_from_cstr(run->invocation->folder)}, {"error", error_words(r)});
    }
    return r < 0 || tally.failed ? EXIT_FAILED : EXIT_DONE;
}

static int run_pack(const Invocation *invocation)
{
    static PackRun run;
    run = (PackRun){.invocation = invocation, .progress = progress_make()};
    int status = pack_store(&run);
    store_close(run.store);
    secret_free(run.kek);
    return status;
}

/* ---- the command */

typedef struct StoreTask {
    const char *name;
    int (*run)(const Invocation *invocation);
} StoreTask;

static const StoreTask tasks[] = {
    {"pack", run_pack},
    {"status", store_status_task},
    {"rekey", store_rekey_task},
    {"expire", store_expire_task},
    {"hold", store_hold_task},
    {"delete", store_delete_task},
    {"make-key", store_make_key_task},
};

static int run_store(const Invocation *invocation)
{
    const char *name = invocation->argument_count > 0 ? invocation->arguments[0] : "";
    for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
        if (strcmp(tasks[i].name, name) == 0) return tasks[i].run(invocation);
    }
    print_command_help(&store_command, invocation->language);
    return EXIT_FAILED;
}

static const OptionInfo store_options[] = {
    {"format", "FORMAT", {"status の形: table（表）, json", "status: table or json"}},
    {"new-key-file",
     "FILE",
     {"rekey: 新しい鍵ファイル（なければ作る）", "rekey: the new key file (made when absent)"}},
    {"new-passphrase-file",
     "FILE",
     {"rekey: 新しいパスフレーズのファイル（1行目）",
      "rekey: file whose first line is the new passphrase"}},
    {"level",
     "N",
     {"圧縮の強さ 1〜19（zstd。大きいほど小さく、遅い）",
      "zstd level 1 to 19: higher is smaller and slower"}},
    {"dry-run",
     NULL,
     {"expire, delete: 数えるだけで消さない", "expire, delete: only count, delete nothing"}},
    {"yes", NULL, {"delete: 本当に消す", "delete: really delete"}},
    {"reason", "TEXT", {"delete, hold: 理由（記録に残る）", "delete, hold: why; it is kept"}},
    {"by",
     "NAME",
     {"delete, hold: だれが（既定はログイン名）", "delete, hold: who (default: your login)"}},
    {"from", "TIME", {"hold: この時刻から", "hold: from this time"}},
    {"to", "TIME", {"hold: この時刻の前まで", "hold: up to this time"}},
    {"class", "NAME", {"hold: この保存区分だけ", "hold: only this class of retention"}},
    {"now",
     NULL,
     {"古いファイルをすぐ消す（検索中の人がいないとき）",
      "remove the old files at once (when nobody searches)"}},
};

const CommandInfo store_command = {
    .name = "store",
    .arguments = "status|pack|rekey|expire|hold|delete|make-key",
    .words = {"保存ファイルの手入れ: 状態、まとめる、鍵を替える、期限切れを消す、保全、削除",
              "looks after what is stored: status, packing, keys, retention, holds, deletion"},
    .examples = "  akashi store status\n"
                "  akashi store pack --level 19 --now\n"
                "  akashi store rekey --new-key-file new.key\n"
                "  akashi store make-key /etc/akashi/store.key\n"
                "  akashi store expire --dry-run\n"
                "  akashi store hold add --from 2026-06-01 --to 2026-07-01 --reason \"case 7\"\n"
                "  akashi store hold list\n"
                "  akashi store hold release 1 --reason closed\n"
                "  akashi store delete user:tanaka --reason \"their request\"\n",
    .options = store_options,
    .option_count = ARRAY_COUNT(store_options),
    .run = run_store,
};
