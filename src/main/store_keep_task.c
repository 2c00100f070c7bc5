/* akashi store expire, hold: how long logs are kept. */
#include "main/store_kek.h"
#include "main/store_tasks.h"

#include "base/number.h"
#include "engine/retention.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int keep_say_failed(const Invocation *invocation, int error, const Complaint *complaint)
{
    Language language = invocation->language;
    if (complaint->id) {
        say_complaint(complaint, language);
    } else if (error == -EBADMSG) {
        SAY(MESSAGE_KEEP_DAMAGED, language, {"folder", slice_from_cstr(invocation->folder)});
    } else if (error == -EBUSY || error == -EWOULDBLOCK) {
        SAY(MESSAGE_KEEP_BUSY, language);
    } else if (error == -EPIPE || error == -ECONNRESET) {
        SAY(MESSAGE_STORE_SERVER_GONE, language, {"error", error_words(error)});
    } else if (error == -ENOENT) {
        SAY(MESSAGE_STORE_ABSENT, language, {"folder", slice_from_cstr(invocation->folder)});
    } else {
        SAY(MESSAGE_KEEP_FAILED, language, {"folder", slice_from_cstr(invocation->folder)},
            {"error", error_words(error)});
    }
    return EXIT_FAILED;
}

const char *keep_who(const Invocation *invocation)
{
    const char *given = option_value(invocation, "by");
    const char *before = getenv("SUDO_USER");
    if (given) return given;
    if (before && before[0]) return before;
    const struct passwd *user = getpwuid(getuid());
    return user ? user->pw_name : "?";
}

int keep_open_store(const Invocation *invocation, const Retention *retention, Secret **ret_kek,
                    Store **ret)
{
    Complaint complaint = {0};
    int r = store_kek_open(invocation, false, ret_kek);
    if (r < 0) return r;
    const StoreOptions options = {.kek = *ret_kek,
                                  .classes = retention->classes,
                                  .told = store_news_say,
                                  .told_context = (void *)invocation};
    r = store_open(&os_real, invocation->folder, &options, ret, &complaint);
    if (r < 0) say_complaint(&complaint, invocation->language);
    return r;
}

int keep_open_hands(const Invocation *invocation, const Retention *retention, KeepHands *ret)
{
    Complaint complaint = {0};
    *ret = (KeepHands){0};
    int r = store_kek_open(invocation, false, &ret->kek);
    if (r < 0) return r;
    const StoreOptions options = {.kek = ret->kek,
                                  .classes = retention->classes,
                                  .told = store_news_say,
                                  .told_context = (void *)invocation};
    r = store_open(&os_real, invocation->folder, &options, &ret->store, &complaint);
    if (r == -EWOULDBLOCK && store_call_open(invocation->folder, &ret->server) == 0) return 0;
    if (r < 0) say_complaint(&complaint, invocation->language);
    return r;
}

void keep_close_hands(KeepHands *hands)
{
    store_close(hands->store);
    store_call_close(hands->server);
    secret_free(hands->kek);
}

int keep_read_retention(const Invocation *invocation, Retention *ret)
{
    Complaint complaint = {0};
    int r = retention_read(&invocation->settings, ret, &complaint);
    if (r < 0) say_complaint(&complaint, invocation->language);
    return r;
}

/* ---- expire */

static void say_expired(const Invocation *invocation, const StoreExpired *expired, bool dry_run)
{
    char files[NUMBER_WORDS_MAX], rows[NUMBER_WORDS_MAX], bytes[NUMBER_WORDS_MAX];
    char held[NUMBER_WORDS_MAX], until[48] = "";
    Language language = invocation->language;
    if (expired->segments == 0) {
        SAY(MESSAGE_KEEP_NOTHING_OVER, language);
    } else {
        time_print_plain(until, expired->until_ns, invocation->zone_offset_seconds);
        SAY(dry_run ? MESSAGE_KEEP_WOULD_EXPIRE : MESSAGE_KEEP_EXPIRED, language,
            {"files", number_words(files, expired->segments)},
            {"rows", number_words(rows, expired->rows)},
            {"bytes", number_words(bytes, expired->bytes)}, {"until", slice_from_cstr(until)});
    }
    if (expired->held) {
        SAY(MESSAGE_KEEP_HELD, language, {"files", number_words(held, expired->held)});
    }
}

int store_expire_task(const Invocation *invocation)
{
    static Retention retention;
    const Complaint none = {0};
    KeepHands hands;
    StoreExpired expired;
    if (keep_read_retention(invocation, &retention) < 0) return EXIT_FAILED;
    retention.limits.dry_run = option_value(invocation, "dry-run") != NULL;
    retention.limits.at_once = option_value(invocation, "now") != NULL;
    int r = keep_open_hands(invocation, &retention, &hands);
    if (r == 0) {
        const StoreRetention *limits = &retention.limits;
        r = hands.server
                ? store_call_expire(hands.server, limits->dry_run, limits->at_once, &expired)
                : store_expire(hands.store, limits, &expired);
        say_expired(invocation, &expired, limits->dry_run);
        if (r < 0) keep_say_failed(invocation, r, &none);
    }
    keep_close_hands(&hands);
    return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- hold */

static int bad_value(const Invocation *invocation, const char *option, const char *value,
                     const char *want)
{
    SAY(MESSAGE_USAGE_BAD_VALUE, invocation->language, {"option", slice_from_cstr(option)},
        {"value", slice_from_cstr(value)}, {"want", slice_from_cstr(want)});
    return -EINVAL;
}

static int read_text(const Invocation *invocation, const char *option, const char *value, char *to,
                     size_t bytes)
{
    char want[48];
    snprintf(want, sizeof want, "1-%zu bytes", bytes - 1);
    if (!value || strlen(value) >= bytes || !value[0]) {
        return bad_value(invocation, option, value ? value : "", want);
    }
    snprintf(to, bytes, "%s", value);
    return 0;
}

static int read_hold(const Invocation *invocation, StoreHold *ret)
{
    const char *class_name = option_value(invocation, "class");
    *ret = (StoreHold){.from_ns = INT64_MIN, .to_ns = INT64_MAX};
    int r = option_time(invocation, "from", &ret->from_ns);
    if (r == 0) r = option_time(invocation, "to", &ret->to_ns);
    if (r == 0 && class_name) {
        r = read_text(invocation, "--class", class_name, ret->class_name, sizeof ret->class_name);
    }
    if (r == 0) r = read_text(invocation, "--by", keep_who(invocation), ret->who, sizeof ret->who);
    if (r == 0) {
        r = read_text(invocation, "--reason", option_value(invocation, "reason"), ret->reason,
                      sizeof ret->reason);
    }
    return r;
}

static int add_hold(const Invocation *invocation, const Secret *kek)
{
    StoreHold hold;
    Complaint complaint = {0};
    char id[NUMBER_WORDS_MAX];
    if (read_hold(invocation, &hold) < 0) return EXIT_FAILED;
    int r = store_hold_add(&os_real, invocation->folder, kek, &hold, &complaint);
    if (r == -EINVAL) {
        SAY(MESSAGE_KEEP_HOLD_WRONG, invocation->language);
        return EXIT_FAILED;
    }
    if (r < 0) return keep_say_failed(invocation, r, &complaint);
    SAY(MESSAGE_KEEP_HOLD_SET, invocation->language, {"id", number_words(id, hold.id)});
    return EXIT_DONE;
}

static int release_hold(const Invocation *invocation, const Secret *kek)
{
    Complaint complaint = {0};
    uint64_t id;
    const char *given = invocation->argument_count > 2 ? invocation->arguments[2] : "";
    const char *reason = option_value(invocation, "reason");
    char why[STORE_HOLD_REASON_BYTES_MAX], who[STORE_HOLD_WHO_BYTES_MAX];
    int r = number_parse_u64(slice_from_cstr(given), &id);
    if (r < 0 || id > UINT32_MAX) {
        bad_value(invocation, "release", given, "1, 2, 3 ... (akashi store hold list)");
        return EXIT_FAILED;
    }
    if (read_text(invocation, "--reason", reason, why, sizeof why) < 0) return EXIT_FAILED;
    if (read_text(invocation, "--by", keep_who(invocation), who, sizeof who) < 0)
        return EXIT_FAILED;
    r = store_hold_release(&os_real, invocation->folder, kek, (uint32_t)id, slice_from_cstr(who),
                           slice_from_cstr(why), &complaint);
    if (r == -ENOENT && !complaint.id) {
        SAY(MESSAGE_KEEP_HOLD_NONE, invocation->language, {"id", slice_from_cstr(given)});
        return EXIT_FAILED;
    }
    if (r == -EINVAL) {
        SAY(MESSAGE_KEEP_HOLD_WRONG, invocation->language);
        return EXIT_FAILED;
    }
    if (r < 0) return keep_say_failed(invocation, r, &complaint);
    SAY(MESSAGE_KEEP_HOLD_RELEASED, invocation->language, {"id", slice_from_cstr(given)});
    return EXIT_DONE;
}

static const char *time_words(char *room, int64_t ns, int zone_offset_seconds)
{
    if (ns == INT64_MIN || ns == INT64_MAX) return "-";
    time_print_plain(room, ns, zone_offset_seconds);
    return room;
}

static void print_hold(const StoreHold *hold, int zone)
{
    char from[48] = "", to[48] = "", set[48] = "", released[48] = "";
    printf("%u  %s .. %s  %s  %s %s: %s", hold->id, time_words(from, hold->from_ns, zone),
           time_words(to, hold->to_ns, zone), hold->class_name[0] ? hold->class_name : "*",
           time_words(set, hold->set_ns, zone), hold->who, hold->reason);
    if (hold->released_ns) {
        printf("  -> %s %s: %s", time_words(released, hold->released_ns, zone), hold->released_by,
               hold->released_why);
    }
    printf("\n");
}

static int list_holds(const Invocation *invocation, const Secret *kek)
{
    Complaint complaint = {0};
    StoreHolds holds;
    int r = store_holds_read(&os_real, invocation->folder, kek, &holds, &complaint);
    if (r < 0) return keep_say_failed(invocation, r, &complaint);
    for (size_t i = 0; i < holds.count; i++) {
        print_hold(&holds.holds[i], invocation->zone_offset_seconds);
    }
    if (holds.count == 0) SAY(MESSAGE_KEEP_NO_HOLDS, invocation->language);
    store_holds_done(&holds);
    return EXIT_DONE;
}

int store_hold_task(const Invocation *invocation)
{
    static const struct {
        const char *name;
        int (*run)(const Invocation *invocation, const Secret *kek);
    } acts[] = {{"add", add_hold}, {"list", list_holds}, {"release", release_hold}};
    const char *name = invocation->argument_count > 1 ? invocation->arguments[1] : "list";
    CLEANUP(secret_done) Secret *kek = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(acts); i++) {
        if (strcmp(acts[i].name, name) != 0) continue;
        if (store_kek_open(invocation, false, &kek) < 0) return EXIT_FAILED;
        return acts[i].run(invocation, kek);
    }
    bad_value(invocation, "hold", name, "add, list, release");
    return EXIT_FAILED;
}
