/* akashi store status: what is kept, how small, how far back, how well proven, and for how long
 * there is room. */
#include "main/byte_words.h"
#include "main/output.h"
#include "main/store_kek.h"
#include "main/store_tasks.h"

#include "base/json_text.h"
#include "base/time_text.h"
#include "store/ops/store_status.h"

#include <errno.h>
#include <stdio.h>
#include <sys/statvfs.h>

#define STATUS_WORDS_MAX 64

static Slice time_words(char *room, int64_t ns, const Invocation *invocation)
{
    return slice_of(room, time_print_plain(room, ns, invocation->zone_offset_seconds));
}

static void add_json_time(Buf *to, const char *name, int64_t ns)
{
    char when[TIME_TEXT_MAX];
    size_t len = time_print_rfc3339(when, ns);
    buf_add_format(to, ",\"%s\":", name);
    if (ns == TIME_UNKNOWN) {
        buf_add_cstr(to, "null");
    } else {
        json_add_string(to, slice_of(when, len));
    }
}

static void print_json(const StoreStatus *status, uint64_t free_bytes, Buf *to)
{
    char root[DIGEST_WORDS_MAX];
    buf_add_format(to,
                   "{\"rows\":%llu,\"raw_bytes\":%llu,\"stored_bytes\":%llu,\"segments\":%llu,"
                   "\"unsealed_rows\":%llu,\"damaged_blocks\":%llu",
                   (unsigned long long)status->rows, (unsigned long long)status->raw_bytes,
                   (unsigned long long)status->bytes, (unsigned long long)status->segments,
                   (unsigned long long)status->unsealed_rows,
                   (unsigned long long)status->damaged_blocks);
    add_json_time(to, "oldest", status->oldest_ns);
    add_json_time(to, "newest", status->newest_ns);
    buf_add_format(to, ",\"free_bytes\":%llu,\"bytes_a_day\":%llu,\"days_left\":",
                   (unsigned long long)free_bytes, (unsigned long long)status->bytes_a_day);
    int64_t days = store_status_days_left(status, free_bytes);
    if (days < 0) {
        buf_add_cstr(to, "null");
    } else {
        buf_add_i64(to, days);
    }
    buf_add_format(to, ",\"chain\":%s", status->chain_holds ? "true" : "false");
    if (status->chain_holds) {
        buf_add_format(to, ",\"checkpoint\":%llu,\"entries\":%llu,\"root\":\"%s\"",
                       (unsigned long long)status->checkpoint, (unsigned long long)status->entries,
                       digest_words(root, &status->root).ptr);
        add_json_time(to, "checkpoint_time", status->checkpoint_ns);
        buf_add_cstr(to, ",\"public_key\":");
        json_add_string(to, slice_from_cstr(status->first_key));
    }
    buf_add_cstr(to, "}\n");
}

static void add_line(Buf *to, const char *ja, const char *en, Language language, const char *value)
{
    buf_add_format(to, "%s: %s\n", language == LANGUAGE_JA ? ja : en, value);
}

static void add_chain(const StoreStatus *status, const Invocation *invocation, Buf *to)
{
    Language language = invocation->language;
    char when[TIME_TEXT_MAX], line[256];
    if (!status->chain_holds) {
        add_line(to, "改ざん防止の記録", "chain", language,
                 language == LANGUAGE_JA ? "壊れています（akashi verify を実行してください）"
                                         : "does not hold; run akashi verify");
        return;
    }
    Slice time = time_words(when, status->checkpoint_ns, invocation);
    snprintf(line, sizeof line, "%llu  %.*s", (unsigned long long)status->checkpoint,
             SLICE_FMT(time));
    add_line(to, "最後の署名", "last checkpoint", language, line);
    add_line(to, "最初の公開鍵", "public key", language, status->first_key);
}

static void add_room(const StoreStatus *status, uint64_t free_bytes, Language language, Buf *to)
{
    char bytes[BYTE_WORDS_MAX], line[256];
    int64_t days = store_status_days_left(status, free_bytes);
    add_line(to, "ディスクの空き", "free on the disk", language, byte_words(bytes, free_bytes).ptr);
    if (days < 0) {
        snprintf(line, sizeof line, "%s",
                 language == LANGUAGE_JA ? "まだ分かりません（1日分の記録がたまってから）"
                                         : "not known yet (after the first day)");
    } else {
        snprintf(line, sizeof line,
                 language == LANGUAGE_JA ? "あと約 %lld 日（1日に %s）"
                                         : "about %lld days more (%s a day)",
                 (long long)days, byte_words(bytes, status->bytes_a_day).ptr);
    }
    add_line(to, "いっぱいになるまで", "until it is full", language, line);
}

static void print_table(const StoreStatus *status, uint64_t free_bytes,
                        const Invocation *invocation, Buf *to)
{
    Language language = invocation->language;
    char line[STATUS_WORDS_MAX * 4], raw[BYTE_WORDS_MAX], stored[BYTE_WORDS_MAX];
    char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
    add_line(to, "保存先", "folder", language, invocation->folder);
    snprintf(line, sizeof line, "%llu", (unsigned long long)status->rows);
    add_line(to, "記録", "rows", language, line);
    snprintf(line, sizeof line, "%s -> %s (1/%.0f)", byte_words(raw, status->raw_bytes).ptr,
             byte_words(stored, status->bytes).ptr,
             status->bytes ? (double)status->raw_bytes / (double)status->bytes : 0);
    add_line(to, "元の大きさ -> ディスク上", "raw -> on disk", language, line);
    snprintf(line, sizeof line, "%llu (+%llu)", (unsigned long long)status->segments,
             (unsigned long long)status->unsealed_rows);
    add_line(to, "封印済みファイル（+封印前の記録）", "sealed files (+rows not sealed yet)",
             language, line);
    if (status->oldest_ns != TIME_UNKNOWN) {
        Slice oldest = time_words(from, status->oldest_ns, invocation);
        Slice newest = time_words(until, status->newest_ns, invocation);
        snprintf(line, sizeof line, "%.*s .. %.*s (%lld)", SLICE_FMT(oldest), SLICE_FMT(newest),
                 (long long)store_status_days(status));
        add_line(to, "期間（日数）", "from .. to (days)", language, line);
    }
    if (status->damaged_blocks) {
        snprintf(line, sizeof line, "%llu", (unsigned long long)status->damaged_blocks);
        add_line(to, "壊れた箇所", "damaged places", language, line);
    }
    add_chain(status, invocation, to);
    add_room(status, free_bytes, language, to);
}

int store_status_task(const Invocation *invocation)
{
    CLEANUP(secret_done) Secret *kek = NULL;
    CLEANUP(buf_done) Buf output = buf_make(0);
    const char *format = option_value(invocation, "format");
    struct statvfs disk = {0};
    StoreStatus status;
    Complaint complaint = {0};
    if (store_kek_open(invocation, false, &kek) < 0) return EXIT_FAILED;
    if (store_status(&os_real, invocation->folder, kek, &status, &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    if (statvfs(invocation->folder, &disk) < 0) disk = (struct statvfs){0};
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (format && strcmp(format, "json") == 0) {
        print_json(&status, free_bytes, &output);
    } else {
        print_table(&status, free_bytes, invocation, &output);
    }
    return output_flush(&output, 0) < 0 ? EXIT_FAILED : EXIT_DONE;
}
