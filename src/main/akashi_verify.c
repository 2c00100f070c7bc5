/* akashi-verify: checks an exported log with nothing but its first public key. Needs only libc, so
 * that an auditor can read and build it alone. */
#include "verify/verify.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_HOLDS = 0, EXIT_BROKEN = 1, EXIT_FAILED = 2 };

#define FILE_BYTES_MAX ((size_t)4 << 30)
#define PROOF_BYTES_MAX ((size_t)96 << 20)
#define PROOFS_MAX 100000

typedef struct Run {
    const char *key_path, *folder, *checkpoint_path;
    bool is_japanese, is_help;
    VerifyLog log;
    size_t proofs, others;
    FILE *raw; /* raw.log, read along with the proofs; NULL: there is none */
} Run;

static const char help_en[] =
    "usage: akashi-verify --key FIRST_PUBLIC_KEY_FILE FOLDER [--checkpoint FILE] [--lang ja|en]\n"
    "\n"
    "Checks an exported log: FOLDER holds chain.log, checkpoints.txt and perhaps *.proof files\n"
    "and raw.log, which must be the bytes that the proofs show.\n"
    "  --key FILE         the log's first public key, as handed over when the log was begun\n"
    "  --checkpoint FILE  one checkpoint that came another way (mail, a witness, an older "
    "export);\n"
    "                     it must be part of this log\n"
    "  --lang ja|en       language of the words; otherwise from the locale\n"
    "\n"
    "Prints `holds` with what was checked, or the first bad thing: its name, its place, what it "
    "means.\n"
    "Exit status: 0 holds; 1 does not hold; 2 could not be checked (a file cannot be read).\n"
    "\n"
    "examples:\n"
    "  akashi-verify --key first.pub export/\n"
    "  akashi-verify --key first.pub export/ --checkpoint mailed-2026-11-20.txt\n";
static const char help_ja[] =
    "使い方: akashi-verify --key 最初の公開鍵ファイル フォルダ [--checkpoint ファイル] [--lang "
    "ja|en]\n"
    "\n"
    "書き出されたログを検証します。フォルダには chain.log、checkpoints.txt、任意で *.proof "
    "があります。\n"
    "  --key ファイル         ログの開始時に受け取った最初の公開鍵\n"
    "  --checkpoint ファイル  "
    "別の経路で届いたチェックポイント1つ（メール、立会人、以前の書き出し）。\n"
    "                         このログの一部でなければなりません\n"
    "  --lang ja|en           表示の言語。省略時はロケールから決めます\n"
    "\n"
    "`holds`"
    "（成り立つ）と検証した内容、または最初に見つかった問題の名前・場所・意味を表示します。\n"
    "終了コード: 0 成り立つ、1 成り立たない、2 検証できない（ファイルが読めない）。\n"
    "\n"
    "例:\n"
    "  akashi-verify --key first.pub export/\n"
    "  akashi-verify --key first.pub export/ --checkpoint mailed-2026-11-20.txt\n";

static int fail(const Run *run, const char *what, int error, const char *en, const char *ja)
{
    fprintf(stderr, "akashi-verify: %s: %s%s%s\n", what, run->is_japanese ? ja : en,
            error ? ": " : "", error ? strerror(error) : "");
    return EXIT_FAILED;
}

/* The whole file; to be freed. NULL: errno says why. */
static uint8_t *read_file(const char *path, size_t bytes_max, size_t *ret_count)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    uint8_t *bytes = NULL;
    size_t count = 0, capacity = 0;
    int error = 0;
    for (size_t got = 1; got > 0 && !error;) {
        if (count == capacity) {
            size_t grown = capacity ? 2 * capacity : 64 << 10;
            uint8_t *more = realloc(bytes, grown);
            if (!more) {
                error = ENOMEM;
                break;
            }
            bytes = more;
            capacity = grown;
        }
        got = fread(bytes + count, 1, capacity - count, file);
        count += got;
        if (ferror(file)) error = errno ? errno : EIO;
        if (count > bytes_max) error = EFBIG;
    }
    fclose(file);
    if (!error) {
        *ret_count = count;
        return bytes;
    }
    free(bytes);
    errno = error;
    return NULL;
}

static int say_broken(const Run *run, const Finding *finding, const char *file)
{
    if (finding->where[0]) file = finding->where[0] == 'e' ? "chain.log" : "checkpoints.txt";
    printf("%s %s", finding->id, file);
    if (finding->where[0]) printf(" %s %" PRIu64, finding->where, finding->number);
    printf(": %s\n", verify_words(finding->id, run->is_japanese));
    return EXIT_BROKEN;
}

static int say_result(const Run *run, VerifyResult result, const Finding *finding, const char *file)
{
    if (result == VERIFY_NO_MEMORY)
        return fail(run, file, ENOMEM, "cannot be checked", "検証できません");
    return result == VERIFY_BROKEN ? say_broken(run, finding, file) : EXIT_HOLDS;
}

typedef VerifyResult (*Check)(VerifyLog *log, Bytes bytes, Finding *ret);

/* Reads a file of the folder and gives it to the check. The bytes stay where log points into them.
 */
static int check_file(Run *run, const char *path, const char *name, size_t bytes_max, Check check,
                      uint8_t **keep)
{
    size_t count;
    Finding finding;
    uint8_t *bytes = read_file(path, bytes_max, &count);
    if (!bytes && errno == ENOENT && keep) {
        finding = (Finding){check == verify_log_entries ? "log.empty" : "log.unsealed", "", 0};
        return say_broken(run, &finding, name);
    }
    if (!bytes) return fail(run, path, errno, "cannot be read", "読めません");
    VerifyResult result = check(&run->log, (Bytes){bytes, count}, &finding);
    int status = say_result(run, result, &finding, name);
    if (keep) {
        *keep = bytes;
    } else {
        free(bytes);
    }
    return status;
}

static int check_named(Run *run, const char *name, size_t bytes_max, Check check, uint8_t **keep)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", run->folder, name) >= sizeof path) {
        return fail(run, run->folder, ENAMETOOLONG, "cannot be read", "読めません");
    }
    return check_file(run, path, name, bytes_max, check, keep);
}

/* ---- raw.log: the raw bytes of the records that the proofs show, in the order of their names,
 * each with a line end, and nothing else */

static int raw_changed(const Run *run)
{
    return say_broken(run, &(Finding){"raw.changed", "", 0}, "raw.log");
}

static int compare_raw(Run *run, Bytes raw)
{
    for (size_t i = 0; i < raw.count; i++) {
        if (getc(run->raw) != raw.at[i]) return raw_changed(run);
    }
    return getc(run->raw) == '\n' ? EXIT_HOLDS : raw_changed(run);
}

static int check_raw(Run *run, const char *name)
{
    char path[4096];
    size_t count;
    Bytes raw;
    uint8_t *held;
    snprintf(path, sizeof path, "%s/%s", run->folder, name);
    uint8_t *proof = read_file(path, PROOF_BYTES_MAX, &count);
    if (!proof) return fail(run, path, errno, "cannot be read", "読めません");
    VerifyResult result = verify_proof_raw((Bytes){proof, count}, &raw, &held);
    int status = EXIT_HOLDS;
    if (result == VERIFY_NO_MEMORY) {
        status = fail(run, name, ENOMEM, "cannot be checked", "検証できません");
    } else if (result == VERIFY_BROKEN || (held && compare_raw(run, raw) != EXIT_HOLDS)) {
        status = result == VERIFY_BROKEN ? raw_changed(run) : EXIT_BROKEN;
    }
    free(held);
    free(proof);
    return status;
}

static int open_raw(Run *run)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/raw.log", run->folder) >= sizeof path) {
        return fail(run, run->folder, ENAMETOOLONG, "cannot be read", "読めません");
    }
    run->raw = fopen(path, "rb");
    if (!run->raw && errno != ENOENT) return fail(run, path, errno, "cannot be read", "読めません");
    return EXIT_HOLDS;
}

static int close_raw(Run *run, int status)
{
    if (!run->raw) return status;
    if (status == EXIT_HOLDS && getc(run->raw) != EOF) status = raw_changed(run);
    fclose(run->raw);
    run->raw = NULL;
    return status;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_proof(const char *name)
{
    size_t len = strlen(name);
    return len > 6 && strcmp(name + len - 6, ".proof") == 0;
}

static int check_proofs(Run *run)
{
    struct dirent **names;
    int count = scandir(run->folder, &names, NULL, by_name), status = EXIT_HOLDS;
    if (count < 0) return fail(run, run->folder, errno, "cannot be read", "読めません");
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        if (status == EXIT_HOLDS && is_proof(name)) {
            run->proofs++;
            status =
                run->proofs > PROOFS_MAX
                    ? fail(run, run->folder, 0, "over 100,000 proofs", "証明が10万件を超えています")
                    : check_named(run, name, PROOF_BYTES_MAX, verify_log_proof, NULL);
            if (status == EXIT_HOLDS && run->raw) status = check_raw(run, name);
        } else if (name[0] != '.' && strcmp(name, "chain.log") != 0 &&
                   strcmp(name, "checkpoints.txt") != 0 && strcmp(name, "raw.log") != 0) {
            run->others++;
        }
        free(names[i]);
    }
    free(names);
    return status;
}

static void say_holds(const Run *run)
{
    const VerifyCheckpoint *last =
        (VerifyCheckpoint *)run->log.checkpoints.items + run->log.checkpoints.count - 1;
    char when[32] = "";
    time_t seconds = (time_t)(last->time_ns / 1000000000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    printf("holds\n");
    printf(run->is_japanese
               ? "記録 %zu 件、セグメント %zu 個（削除済み %" PRIu64 "、一部削除 %" PRIu64
                 "）、チェックポイント %zu 個"
                 "（最後は %s）、期 %zu、休止 %" PRIu64 "、証明 %zu 件、対象外のファイル %zu 個\n"
               : "%zu entries, %zu segments (%" PRIu64 " deleted, %" PRIu64
                 " times in part), %zu checkpoints (the last at %s), "
                 "%zu epochs, %" PRIu64 " pauses, %zu proofs, %zu other files not checked\n",
           run->log.entries.count, run->log.segments.count, run->log.tombstones,
           run->log.redactions, run->log.checkpoints.count, when, run->log.epochs.count,
           run->log.pauses, run->proofs, run->others);
}

static int check_all(Run *run)
{
    uint8_t *chain = NULL, *notes = NULL;
    DIR *folder = opendir(run->folder); /* a wrong path is no finding */
    if (!folder) return fail(run, run->folder, errno, "cannot be read", "読めません");
    closedir(folder);
    int status = check_named(run, "chain.log", FILE_BYTES_MAX, verify_log_entries, &chain);
    if (status == EXIT_HOLDS) {
        status =
            check_named(run, "checkpoints.txt", FILE_BYTES_MAX, verify_log_checkpoints, &notes);
    }
    if (status == EXIT_HOLDS && run->checkpoint_path) {
        status =
            check_file(run, run->checkpoint_path, "--checkpoint", 64 << 10, verify_log_given, NULL);
    }
    if (status == EXIT_HOLDS) status = open_raw(run);
    if (status == EXIT_HOLDS) status = check_proofs(run);
    status = close_raw(run, status);
    if (status == EXIT_HOLDS) say_holds(run);
    verify_log_done(&run->log);
    free(chain);
    free(notes);
    return status;
}

static int check_with_key(Run *run)
{
    size_t count;
    VerifyKey key;
    uint8_t *bytes = read_file(run->key_path, 4096, &count);
    if (!bytes) return fail(run, run->key_path, errno, "cannot be read", "読めません");
    bool is_key = verify_key_parse((Bytes){bytes, count}, &key);
    free(bytes);
    if (!is_key) {
        return fail(run, run->key_path, 0, "is no public key of an Akashi log (akashi/ID+ID+KEY)",
                    "Akashi のログの公開鍵（akashi/ID+ID+鍵）ではありません");
    }
    verify_log_init(&run->log, &key);
    return check_all(run);
}

static bool locale_is_japanese(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0]) return strncmp(value, "ja", 2) == 0;
    }
    return false;
}

/* Returns the argument that is not understood, or NULL. */
static const char *parse_arguments(Run *run, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--help") == 0) {
            run->is_help = true;
        } else if (strcmp(argv[i], "--key") == 0 && has_value) {
            run->key_path = argv[++i];
        } else if (strcmp(argv[i], "--checkpoint") == 0 && has_value) {
            run->checkpoint_path = argv[++i];
        } else if (strcmp(argv[i], "--lang") == 0 && has_value &&
                   (strcmp(argv[i + 1], "ja") == 0 || strcmp(argv[i + 1], "en") == 0)) {
            run->is_japanese = argv[++i][0] == 'j';
        } else if (argv[i][0] != '-' && !run->folder) {
            run->folder = argv[i];
        } else {
            return argv[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    Run run = {.is_japanese = locale_is_japanese()};
    const char *unknown = parse_arguments(&run, argc, argv);
    if (run.is_help) {
        fputs(run.is_japanese ? help_ja : help_en, stdout);
        return EXIT_HOLDS;
    }
    if (unknown)
        return fail(&run, unknown, 0, "not understood; see --help",
                    "不明な引数です。--help を参照");
    if (!run.key_path || !run.folder) {
        fputs(run.is_japanese ? help_ja : help_en, stderr);
        return EXIT_FAILED;
    }
    int status = check_with_key(&run);
    if (fflush(stdout) != 0) status = EXIT_FAILED;
    return status;
}
