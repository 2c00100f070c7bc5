/* akashi alerts: the stories for scripts and for whoever has no browser at hand. */
#include "main/alert_setup.h"
#include "main/commands.h"
#include "main/output.h"
#include "main/side_keys.h"
#include "main/store_kek.h"

#include "alert/alert_words.h"
#include "alert/sink.h"
#include "base/json_text.h"
#include "base/number.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

typedef struct Alerts {
    const Invocation *invocation;
    Language language;
    SideKeys keys;
    AlertCipher cipher;
    Secret *kek;
    Stories *stories;
    Arena arena;
    NotifyConfig config;
    int64_t now_ns;
    Slice who;
    uint64_t id; /* of the story, where the action needs one */
    Slice id_text;
    Buf output;
} Alerts;

static bool wants_json(const Alerts *alerts)
{
    const char *format = option_value(alerts->invocation, "format");
    return format && strcmp(format, "json") == 0;
}

/* The exit status for what a function of alert/ returned. */
static int say_result(const Alerts *alerts, int r)
{
    Language language = alerts->language;
    if (r == -ENOENT)
        SAY(MESSAGE_ALERTS_UNKNOWN, language, {"id", alerts->id_text});
    else if (r == -EALREADY)
        SAY(MESSAGE_ALERTS_ALREADY, language, {"id", alerts->id_text});
    else if (r == -ENODATA)
        SAY(MESSAGE_ALERTS_NO_UNDO, language, {"id", alerts->id_text});
    else if (r < 0)
        SAY(MESSAGE_ALERTS_FAILED, language,
            {"folder", slice_from_cstr(alerts->invocation->folder)}, {"error", error_words(r)});
    return r >= 0 ? EXIT_DONE : r == -EALREADY ? EXIT_ANSWER_NO : EXIT_FAILED;
}

static int flush(Alerts *alerts)
{
    int r = output_flush(&alerts->output, 0);
    return r < 0 && r != -EPIPE ? EXIT_FAILED : EXIT_DONE;
}

/* ---- list */

static void add_member(Buf *to, const char *name, Slice value)
{
    json_add_string(to, slice_from_cstr(name));
    buf_add_char(to, ':');
    json_add_string(to, value);
}

static void add_time(Buf *to, const char *name, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    buf_add_char(to, ',');
    add_member(to, name, slice_of(text, time_print_rfc3339(text, ns)));
}

static void add_head_json(Buf *to, const StoryHead *head, Slice title)
{
    buf_add_format(to, "{\"story\":%llu,", (unsigned long long)head->id);
    add_member(to, "state", slice_from_cstr(story_state_token(head->state)));
    if (head->state == STORY_CLOSED) {
        buf_add_char(to, ',');
        add_member(to, "reason", slice_from_cstr(story_reason_token(head->reason)));
    }
    buf_add_char(to, ',');
    add_member(to, "level", slice_from_cstr(finding_level_token(head->level)));
    buf_add_char(to, ',');
    add_member(to, "title", title);
    add_time(to, "first", head->first_ns);
    add_time(to, "last", head->last_ns);
    buf_add_format(to, ",\"findings\":%llu}\n", (unsigned long long)head->finding_count);
}

static void add_head_words(const Alerts *alerts, Buf *to, const StoryHead *head, const Page *page)
{
    buf_add_format(to, "%5llu  %s %.*s  ", (unsigned long long)head->id, page->shape,
                   SLICE_FMT(page->level_word));
    alert_time_add(to, head->last_ns, alerts->config.zone_offset_seconds, alerts->language);
    buf_add_format(
        to, "  %.*s  %.*s\n",
        SLICE_FMT(alert_words_of("state", story_state_token(head->state), alerts->language)),
        SLICE_FMT(page->title));
}

static int list_one(Alerts *alerts, const StoryHead *head)
{
    CLEANUP(arena_done) Arena arena = {0};
    Story story;
    const Page *page;
    int r = stories_load(alerts->stories, head->id, &arena, &story);
    if (r == 0)
        r = notice_page(alerts->stories, &story, &alerts->config, alerts->language, alerts->now_ns,
                        &arena, &page);
    if (r < 0) return r;
    if (wants_json(alerts))
        add_head_json(&alerts->output, head, page->title);
    else
        add_head_words(alerts, &alerts->output, head, page);
    return 0;
}

static int list_stories(Alerts *alerts)
{
    const StoryQuestion question = {.with_closed = option_value(alerts->invocation, "all") != NULL};
    StoryHead *heads;
    size_t count;
    char number[NUMBER_WORDS_MAX];
    int r = stories_list(alerts->stories, &question, &alerts->arena, &heads, &count);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = list_one(alerts, &heads[i]);
    if (r < 0) return say_result(alerts, r);
    if (count == 0)
        SAY(MESSAGE_ALERTS_NONE, alerts->language);
    else
        SAY(MESSAGE_ALERTS_LISTED, alerts->language, {"count", number_words(number, count)});
    return flush(alerts);
}

/* ---- one story */

static int load_page(Alerts *alerts, Story *ret_story, const Page **ret)
{
    int r = stories_load(alerts->stories, alerts->id, &alerts->arena, ret_story);
    return r < 0 ? r
                 : notice_page(alerts->stories, ret_story, &alerts->config, alerts->language,
                               alerts->now_ns, &alerts->arena, ret);
}

static int show_story(Alerts *alerts)
{
    Story story;
    const Page *page;
    int r = load_page(alerts, &story, &page);
    if (r < 0) return say_result(alerts, r);
    if (wants_json(alerts))
        add_head_json(&alerts->output, &story.head, page->title);
    else
        page_add_text(&alerts->output, page);
    return flush(alerts);
}

static int write_file(const Alerts *alerts, const char *path, Slice bytes)
{
    const Os *os = &os_real;
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    int r = file.fd < 0 ? file.fd : os_write_full(os, file.fd, bytes.ptr, bytes.len);
    if (r < 0) {
        SAY(MESSAGE_OUTPUT_FAILED, alerts->language, {"error", error_words(r)});
        return EXIT_FAILED;
    }
    SAY(MESSAGE_ALERTS_WRITTEN, alerts->language, {"file", slice_from_cstr(path)});
    return EXIT_DONE;
}

static int write_page(Alerts *alerts)
{
    const char *pdf = option_value(alerts->invocation, "pdf");
    const char *html = option_value(alerts->invocation, "html");
    Story story;
    const Page *page;
    int r = load_page(alerts, &story, &page), status = EXIT_DONE;
    if (r == 0 && pdf) {
        r = page_add_pdf(&alerts->output, page);
        if (r == 0) status = write_file(alerts, pdf, buf_slice(&alerts->output));
    }
    if (r < 0) return say_result(alerts, r);
    if (pdf && !html) return status;
    buf_clear(&alerts->output);
    page_add_html(&alerts->output, page);
    if (html && status == EXIT_DONE) return write_file(alerts, html, buf_slice(&alerts->output));
    return html ? status : flush(alerts);
}

static int change_story(Alerts *alerts, StoryAct act)
{
    const char *reason = option_value(alerts->invocation, "reason");
    const char *note = option_value(alerts->invocation, "note");
    StoryChange change = {.id = alerts->id,
                          .act = act,
                          .who = alerts->who,
                          .note = slice_from_cstr(note),
                          .now_ns = alerts->now_ns};
    if (act == STORY_ACT_CLOSED &&
        (!reason || story_reason_of(slice_from_cstr(reason), &change.reason) < 0)) {
        SAY(MESSAGE_ALERTS_REASON, alerts->language);
        return EXIT_FAILED;
    }
    if (act == STORY_ACT_NOTED && !note) {
        SAY(MESSAGE_ALERTS_NOTE, alerts->language);
        return EXIT_FAILED;
    }
    int r = stories_change(alerts->stories, &change);
    if (r == 0)
        SAY(MESSAGE_ALERTS_CHANGED, alerts->language, {"id", alerts->id_text},
            {"words", alert_words_of("act", story_act_token(act), alerts->language)});
    return say_result(alerts, r);
}

static int see_story(Alerts *alerts)
{
    return change_story(alerts, STORY_ACT_SEEN);
}
static int start_story(Alerts *alerts)
{
    return change_story(alerts, STORY_ACT_STARTED);
}
static int close_story(Alerts *alerts)
{
    return change_story(alerts, STORY_ACT_CLOSED);
}
static int note_story(Alerts *alerts)
{
    return change_story(alerts, STORY_ACT_NOTED);
}

static int undo_story(Alerts *alerts)
{
    int r = stories_undo(alerts->stories, alerts->id, alerts->who, alerts->now_ns);
    if (r == 0)
        SAY(MESSAGE_ALERTS_CHANGED, alerts->language, {"id", alerts->id_text},
            {"words", alert_words("act.undone", alerts->language)});
    return say_result(alerts, r);
}

/* ---- telling */

static int test_sinks(Alerts *alerts)
{
    const Notice *notice;
    int status = EXIT_DONE;
    bool any = false;
    int r =
        notice_sample(alerts->stories, &alerts->config, alerts->now_ns, &alerts->arena, &notice);
    if (r < 0) return say_result(alerts, r);
    const SinkCall call = {
        .os = &os_real, .config = &alerts->config, .door = &door_curl, .notice = notice};
    for (size_t i = 0; i < ALERT_SINK_COUNT; i++) {
        if (!alert_sinks[i]->is_set(&alerts->config)) continue;
        Slice name = slice_from_cstr(alert_sinks[i]->name);
        any = true;
        r = alert_sinks[i]->tell(&call);
        if (r == 0) {
            SAY(MESSAGE_ALERTS_TOLD, alerts->language, {"sink", name});
        } else {
            SAY(MESSAGE_ALERTS_NOT_TOLD, alerts->language, {"sink", name},
                {"error", error_words(r)});
            status = EXIT_ANSWER_NO;
        }
    }
    if (!any) SAY(MESSAGE_ALERTS_NO_SINK, alerts->language);
    return any ? status : EXIT_FAILED;
}

static void say_sink_state(const Alerts *alerts, const char *name, const OutboxSummary *summary)
{
    char sent[NUMBER_WORDS_MAX], pending[NUMBER_WORDS_MAX], failed[NUMBER_WORDS_MAX];
    char tries[NUMBER_WORDS_MAX];
    CLEANUP(buf_done) Buf error = {0};
    if (summary->error < 0) {
        const MessagePart parts[MESSAGE_PARTS_MAX] = {
            {"tries", number_words(tries, summary->tries)}, {"error", error_words(summary->error)}};
        message_add(&error, MESSAGE_ALERTS_LAST_ERROR, alerts->language, parts);
    }
    SAY(MESSAGE_ALERTS_SINK_STATE, alerts->language, {"sink", slice_from_cstr(name)},
        {"sent", number_words(sent, summary->sent)},
        {"pending", number_words(pending, summary->pending)},
        {"failed", number_words(failed, summary->given_up)}, {"error", buf_slice(&error)});
}

/* How far the server's rules have come, as of the last saving of it. */
static void say_detection(Alerts *alerts)
{
    StoriesPosition position;
    StoreReader *reader;
    char seen[NUMBER_WORDS_MAX], behind[NUMBER_WORDS_MAX];
    int r = stories_position(alerts->stories, &alerts->arena, &position);
    if (r < 0 && r != -EBADMSG) return;
    if (store_reader_open(&os_real, alerts->invocation->folder, alerts->kek, &reader, NULL) < 0)
        return;
    uint64_t last = store_reader_end_row(reader) - 1;
    store_reader_close(reader);
    SAY(MESSAGE_ALERTS_DETECTION, alerts->language, {"row", number_words(seen, position.row)},
        {"behind", number_words(behind, last > position.row ? last - position.row : 0)});
}

static int show_sinks(Alerts *alerts)
{
    say_detection(alerts);
    int status = EXIT_DONE;
    bool any = false;
    for (unsigned i = 0; i < ALERT_SINK_COUNT; i++) {
        OutboxSummary summary;
        if (!alert_sinks[i]->is_set(&alerts->config)) continue;
        any = true;
        int r = outbox_summary(alerts->stories, i, &summary);
        if (r < 0) return say_result(alerts, r);
        say_sink_state(alerts, alert_sinks[i]->name, &summary);
        if (summary.error < 0) status = EXIT_ANSWER_NO;
    }
    if (!any) SAY(MESSAGE_ALERTS_NO_SINK, alerts->language);
    return any ? status : EXIT_FAILED;
}

/* ---- the command */

static const struct {
    const char *name;
    bool needs_story;
    int (*run)(Alerts *alerts);
} actions[] = {
    {"list", false, list_stories}, {"show", true, show_story},   {"page", true, write_page},
    {"ack", true, see_story},      {"start", true, start_story}, {"note", true, note_story},
    {"close", true, close_story},  {"undo", true, undo_story},   {"test", false, test_sinks},
    {"status", false, show_sinks},
};

static int find_action(const Invocation *invocation, size_t *ret_action)
{
    for (size_t i = 0; invocation->argument_count > 0 && i < ARRAY_COUNT(actions); i++) {
        if (strcmp(invocation->arguments[0], actions[i].name) != 0) continue;
        if (invocation->argument_count != 1u + actions[i].needs_story) break;
        *ret_action = i;
        return 0;
    }
    SAY(MESSAGE_ALERTS_USAGE, invocation->language);
    return -EINVAL;
}

static Slice operator_name(const Invocation *invocation)
{
    const char *given = option_value(invocation, "by");
    if (given) return slice_from_cstr(given);
    const struct passwd *user = getpwuid(getuid());
    return slice_from_cstr(user ? user->pw_name : "");
}

static int open_alerts(Alerts *alerts, bool needs_story)
{
    const Invocation *invocation = alerts->invocation;
    if (needs_story) {
        alerts->id_text = slice_from_cstr(invocation->arguments[1]);
        if (number_parse_u64(alerts->id_text, &alerts->id) < 0) {
            SAY(MESSAGE_ALERTS_UNKNOWN, alerts->language, {"id", alerts->id_text});
            return -EINVAL;
        }
    }
    int r = alert_setup(invocation, &alerts->arena, &alerts->config);
    if (r == 0) r = store_kek_open(invocation, false, &alerts->kek);
    if (r < 0) return r;
    r = side_keys_open(&os_real, invocation->folder, alerts->kek, SIDE_ALERTS, &alerts->keys);
    if (r == 0) {
        alerts->cipher = side_keys_alerts(&alerts->keys);
        r = stories_open(&os_real, invocation->folder, &alerts->cipher, &alerts->stories);
    }
    if (r < 0) say_result(alerts, r == -ENOENT ? -EIO : r);
    return r;
}

static int run_alerts(const Invocation *invocation)
{
    Alerts alerts = {.invocation = invocation,
                     .language = invocation->language,
                     .now_ns = os_real.now_ns(os_real.state),
                     .who = operator_name(invocation)};
    size_t action;
    if (find_action(invocation, &action) < 0) return EXIT_FAILED;
    int status = EXIT_FAILED;
    if (open_alerts(&alerts, actions[action].needs_story) == 0)
        status = actions[action].run(&alerts);
    stories_close(alerts.stories);
    side_keys_done(&alerts.keys);
    secret_free(alerts.kek);
    buf_done(&alerts.output);
    arena_done(&alerts.arena);
    return status;
}

static const OptionInfo alerts_options[] = {
    {"all", NULL, {"list: 完了した出来事も", "list: closed stories, too"}},
    {"format", "FORMAT", {"words（文章）, json", "words, json"}},
    {"pdf", "FILE", {"page: このファイルにPDF（A4）で", "page: as PDF, A4, into this file"}},
    {"html",
     "FILE",
     {"page: このファイルにHTMLで（どちらもなければ標準出力へ）",
      "page: as HTML into this file (neither: HTML to standard output)"}},
    {"reason",
     "REASON",
     {"close: resolved（解決）, false_alarm（誤報）, expected（予定の作業）, test（試験）",
      "close: resolved, false_alarm, expected, test"}},
    {"note", "WORDS", {"経過に残す文", "words for the history"}},
    {"by",
     "NAME",
     {"操作した人（指定がなければこの機器の利用者名）",
      "who does it (else this machine's user name)"}},
};

const CommandInfo alerts_command = {
    .name = "alerts",
    .arguments = "list|show ID|page ID|ack ID|start ID|note ID|close ID|undo ID|test|status",
    .words =
        {"出来事（関連する検知をまとめたもの）を見て、対応を記録し、知らせを試す",
         "the stories made of findings: looks at them, records what is done, tests the telling"},
    .examples = "  akashi alerts list\n"
                "  akashi alerts page 12 --pdf page.pdf\n"
                "  akashi alerts ack 12 --note 'called the user'\n"
                "  akashi alerts close 12 --reason false_alarm\n"
                "  akashi alerts test\n",
    .options = alerts_options,
    .option_count = ARRAY_COUNT(alerts_options),
    .run = run_alerts,
};
