/* alert/outbox, sinks, notifier: what is told, once, to whom, and what happens when nobody answers.
 * The receivers are a door of our own; real ones are in tests/e2e/alerts_test.py. */
#include "tests/support/alert_kit.h"
#include "tests/support/tap.h"

#include "alert/notifier.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- a clock and a door of the test's own */

static int64_t clock_ns;
static int64_t test_now_ns(void *state)
{
    (void)state;
    return clock_ns;
}

#define SENT_MAX 64
static struct {
    int error; /* to be answered */
    size_t count;
    char *body[SENT_MAX];
    char target[SENT_MAX][512]; /* URL or recipients */
    char headers[SENT_MAX][512];
} door;

static int keep(Slice body, const char *target)
{
    if (door.error < 0) return door.error;
    if (!expect(door.count < SENT_MAX)) return -EIO;
    door.body[door.count] = strndup(body.ptr, body.len);
    snprintf(door.target[door.count], sizeof door.target[0], "%s", target);
    door.count++;
    return 0;
}

static int door_http(void *context, const NotifyConfig *config, const HttpSend *send, int *status)
{
    (void)context, (void)config;
    *status = 200;
    int r = keep(send->body, send->url);
    if (r < 0) return r;
    char *to = door.headers[door.count - 1];
    to[0] = '\0';
    for (size_t i = 0; i < SINK_HEADERS_MAX && send->headers[i]; i++) {
        size_t len = strlen(to);
        snprintf(to + len, sizeof door.headers[0] - len, "%s\n", send->headers[i]);
    }
    return 0;
}

static int door_mail(void *context, const NotifyConfig *config, const MailSend *send, int *status)
{
    char list[512] = "";
    (void)context, (void)config;
    *status = 250;
    for (size_t i = 0; i < SINK_RECIPIENTS_MAX && send->recipients[i]; i++) {
        size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s ", send->recipients[i]);
    }
    return keep(send->message, list);
}

static int door_line(void *context, const NotifyConfig *config, Slice bytes)
{
    (void)context;
    return keep(bytes, config->syslog_server);
}

static const Door test_door = {.http = door_http, .mail = door_mail, .line = door_line};

/* ---- a case */

typedef struct Case {
    Os os;
    Stories *stories;
    NotifyConfig config;
    NotifierOptions options;
} Case;

static void case_begin(Case *c)
{
    static unsigned number;
    static char folder[512];
    snprintf(folder, sizeof folder, "%s/notify%u", tap_temporary_folder(), number++);
    for (size_t i = 0; i < door.count; i++)
        free(door.body[i]);
    memset(&door, 0, sizeof door);
    clock_ns = KIT_NOW_NS;
    c->os = os_real;
    c->os.now_ns = test_now_ns;
    c->config = (NotifyConfig){.language = LANGUAGE_JA,
                               .zone_offset_seconds = KIT_ZONE_SECONDS,
                               .link = "https://akashi.example.com",
                               .mail_server = "mail.example.com",
                               .mail_from = "akashi@example.com",
                               .mail_to = "sato@example.com, suzuki@example.com",
                               .mail_escalate_to = "boss@example.com",
                               .webhook_url = "https://hook.example.com/"};
    c->options = (NotifierOptions){.os = &c->os,
                                   .folder = folder,
                                   .cipher = &kit_cipher,
                                   .config = &c->config,
                                   .door = &test_door};
    expect_ok(stories_open(&c->os, folder, &kit_cipher, &c->stories));
}

static void case_end(Case *c)
{
    stories_close(c->stories);
}

enum { MAIL = 0, WEBHOOK = 1 };

/* All that is due; returns how many turns sent or tried. */
static int run(Case *c, unsigned sink)
{
    int turns = 0, r;
    int64_t next;
    while ((r = notifier_turn(c->stories, &c->options, sink, &next)) > 0)
        turns++;
    expect_ok(r);
    return turns;
}

static void add_finding(Case *c, const char *rule, const char *user, FindingLevel level)
{
    AlertFinding finding = kit_finding(rule, user, clock_ns);
    finding.level = level;
    expect_ok(stories_add(c->stories, &finding, 1, clock_ns, NULL));
}

static bool holds(size_t sent, const char *words)
{
    return strstr(door.body[sent], words) != NULL;
}

static void a_story_is_told_once(void)
{
    Case c;
    case_begin(&c);
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    expect_int(run(&c, MAIL), 0); /* it settles first */
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, MAIL), 1);
    expect_int(run(&c, WEBHOOK), 1);
    clock_ns += 3600 * NS_PER_SECOND;
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    expect_int(run(&c, MAIL) + run(&c, WEBHOOK), 0);
    expect_int(door.count, 2);
    expect_text(slice_from_cstr(door.target[0]), "sato@example.com suzuki@example.com ");
    expect(holds(0, "Message-ID: <send-1-0-") && holds(0, "References: <story-1-"));
    OutboxSummary summary;
    expect_ok(outbox_summary(c.stories, MAIL, &summary));
    expect_int(summary.sent, 1);
    expect_int(summary.pending, 0);
    case_end(&c);
}

static void what_is_too_light_is_told_to_nobody(void)
{
    Case c;
    case_begin(&c);
    c.config.least = FINDING_HIGH;
    add_finding(&c, "a", "tanaka", FINDING_MEDIUM);
    clock_ns += 60 * NS_PER_SECOND;
    expect_int(run(&c, MAIL), 0);
    add_finding(&c, "b", "tanaka", FINDING_HIGH);
    clock_ns += 60 * NS_PER_SECOND;
    expect_int(run(&c, MAIL), 1);
    case_end(&c);
}

static void who_refuses_is_asked_again(void)
{
    Case c;
    case_begin(&c);
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    clock_ns += OUTBOX_SETTLE_NS;
    static const int errors[] = {-ECONNREFUSED, -ETIMEDOUT, -EACCES, -EREMOTEIO};
    int64_t wait = OUTBOX_RETRY_LEAST_NS;
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        door.error = errors[i];
        expect_int(run(&c, MAIL), 1);
        OutboxSummary summary;
        expect_ok(outbox_summary(c.stories, MAIL, &summary));
        expect_int(summary.error, errors[i]);
        expect_int(summary.tries, i + 1);
        clock_ns += wait - 1;
        expect_int(run(&c, MAIL), 0);
        clock_ns += 1;
        wait *= 2;
    }
    expect_int(run(&c, WEBHOOK), 1); /* its own refusal is no other's */
    door.error = 0;
    expect_int(run(&c, MAIL), 1);
    expect_int(door.count, 1);
    expect(holds(0, "Message-ID: <send-1-0-"));
    case_end(&c);
}

static void after_two_days_it_is_given_up_visibly(void)
{
    Case c;
    case_begin(&c);
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    door.error = -ECONNREFUSED;
    int tries = 0;
    for (int i = 0; i < 60 * 24 * 3; i++) {
        clock_ns += NS_PER_MINUTE;
        tries += run(&c, MAIL);
    }
    OutboxSummary summary;
    expect_ok(outbox_summary(c.stories, MAIL, &summary));
    expect_int(summary.given_up, 1);
    expect_int(summary.pending, 0);
    expect_int(summary.error, -ECONNREFUSED);
    expect(tries > 150 && tries < 250);
    case_end(&c);
}

/* O2: the process ends between taking and settling. */
static void a_restart_sends_the_same_message(void)
{
    Case c;
    case_begin(&c);
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    clock_ns += OUTBOX_SETTLE_NS;
    OutboxJob job;
    int64_t next;
    expect_ok(outbox_collect(c.stories, MAIL, FINDING_MEDIUM, clock_ns));
    expect_int(outbox_take(c.stories, MAIL, clock_ns, &job, &next), 1);
    stories_close(c.stories);
    expect_ok(stories_open(&c.os, c.options.folder, &kit_cipher, &c.stories));
    expect_int(run(&c, MAIL), 0); /* another process may still be at it */
    clock_ns += OUTBOX_LEASE_NS;
    expect_int(run(&c, MAIL), 1);
    char id[64];
    snprintf(id, sizeof id, "Message-ID: <send-%llu-0-", (unsigned long long)job.send);
    expect(holds(0, id));
    clock_ns += OUTBOX_LEASE_NS;
    expect_int(run(&c, MAIL), 0);
    case_end(&c);
}

/* O3 */
static void a_storm_becomes_few_messages(void)
{
    enum { STORM = 10000 };
    static char users[STORM][12];
    Case c;
    case_begin(&c);
    AlertFinding *findings = calloc(STORM, sizeof *findings);
    for (size_t i = 0; i < STORM; i++) {
        snprintf(users[i], sizeof users[i], "user%zu", i);
        findings[i] = kit_finding("storm", users[i], clock_ns + (int64_t)i * 100000);
        findings[i].level = i == 7777 ? FINDING_CRITICAL : FINDING_MEDIUM;
    }
    expect_ok(stories_add(c.stories, findings, STORM, clock_ns, NULL));
    free(findings);
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, WEBHOOK), OUTBOX_SINGLES_MAX + 1);
    expect(holds(0, "\"story\":\"7778\""));
    size_t last = door.count - 1;
    expect(holds(last, "9995 件") && holds(last, "\"truncatedAlerts\":9895"));
    OutboxSummary summary;
    expect_ok(outbox_summary(c.stories, WEBHOOK, &summary));
    expect_int(summary.sent, STORM);
    expect_int(summary.pending, 0);
    expect_int(run(&c, MAIL), OUTBOX_SINGLES_MAX + 1);
    expect(!holds(door.count - 1, "application/pdf"));
    /* The next ones wait for the next bundle. */
    add_finding(&c, "x", "late1", FINDING_HIGH);
    add_finding(&c, "x", "late2", FINDING_HIGH);
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, WEBHOOK), 0);
    clock_ns += OUTBOX_DIGEST_NS;
    expect_int(run(&c, WEBHOOK), 1);
    clock_ns += OUTBOX_STORM_NS;
    add_finding(&c, "x", "later", FINDING_HIGH);
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, WEBHOOK), 1);
    expect(holds(door.count - 1, "\"truncatedAlerts\":0"));
    expect_ok(stories_forget(c.stories, clock_ns + OUTBOX_STORM_NS));
    expect_ok(outbox_summary(c.stories, WEBHOOK, &summary)); /* open ones stay */
    expect_int(summary.sent, STORM + 3);
    case_end(&c);
}

static void one_story_is_one_thread(void)
{
    Case c;
    case_begin(&c);
    c.config.language = LANGUAGE_EN;
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, WEBHOOK) + run(&c, MAIL), 2);
    add_finding(&c, "b", "tanaka", FINDING_HIGH); /* another rule: told, after a while */
    clock_ns += 60 * NS_PER_SECOND;
    expect_int(run(&c, MAIL), 0);
    clock_ns += 600 * NS_PER_SECOND;
    expect_int(run(&c, MAIL), 1);
    expect_int(stories_escalate(c.stories, 5 * NS_PER_MINUTE, FINDING_LOW, clock_ns), 1);
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, MAIL), 1);
    expect(strstr(door.target[3], "boss@example.com") != NULL);
    expect(strstr(door.target[2], "boss@example.com") == NULL);
    const StoryChange closed = {
        .id = 1, .act = STORY_ACT_CLOSED, .reason = STORY_REASON_FALSE_ALARM, .now_ns = clock_ns};
    expect_ok(stories_change(c.stories, &closed));
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, MAIL) + run(&c, WEBHOOK), 2);
    expect(holds(5, "\"status\":\"resolved\"") && holds(0, "\"status\":\"firing\""));
    const char *thread = strstr(door.body[1], "References: ");
    char line[128];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(thread, "\r"), thread);
    for (size_t i = 2; i <= 4; i++)
        expect(holds(i, line));
    case_end(&c);
}

/* ---- hostile texts */

static const char *write_secret(const char *name, const char *text, mode_t mode)
{
    static char paths[8][512];
    static unsigned number;
    char *path = paths[number++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", tap_temporary_folder(), name);
    FILE *file = fopen(path, "wb");
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    return path;
}

static void no_log_speaks_for_us(void)
{
    Case c;
    case_begin(&c);
    c.config.slack_url_file = write_secret("slack", "https://slack.example.com/SECRET1\n", 0600);
    c.config.teams_url_file = write_secret("teams", "https://teams.example.com/SECRET2\n", 0400);
    c.config.lineworks_url_file = write_secret("line", "https://line.example.com/SECRET3\n", 0600);
    c.config.chatwork_room = "123";
    c.config.chatwork_token_file = write_secret("chatwork", "SECRET4\n", 0600);
    c.config.syslog_server = "log.example.com:601";
    c.config.webhook_secret_file = write_secret("hook", "SECRET5\n", 0600);
    AlertFinding finding = kit_hostile_finding();
    expect_ok(stories_add(c.stories, &finding, 1, clock_ns, NULL));
    clock_ns += OUTBOX_SETTLE_NS;
    for (unsigned sink = 0; sink < ALERT_SINK_COUNT; sink++) {
        expect(alert_sinks[sink]->is_set(&c.config));
        expect_int(run(&c, sink), 1);
        if (!expect_int(door.count, sink + 1)) return;
        const char *body = door.body[sink];
        expect(strstr(body, "\x1b") == NULL && strstr(body, "\xe2\x80\xae") == NULL);
        expect(strstr(body, "\nBcc:") == NULL && strstr(body, "SECRET") == NULL);
        expect(utf8_is_valid(slice_from_cstr(body)));
    }
    /* Slack reads < > as markup in `text`, and nothing in plain_text blocks. */
    const char *blocks = strstr(door.body[2], "\"blocks\"");
    const char *channel = strstr(door.body[2], "<!channel>");
    expect(blocks != NULL && (channel == NULL || channel > blocks));
    expect(!holds(3, "\"TextBlock\""));
    expect(!holds(4, "%5Btoall%5D") && holds(4, "%EF%BC%BBtoall"));
    expect(holds(6, "\\\"' onload") || holds(6, "rule=\"<script>"));
    expect(strstr(door.headers[1], "X-Akashi-Signature: sha256=") != NULL);
    expect(strstr(door.headers[4], "X-ChatWorkToken: SECRET4") != NULL);
    expect_text(slice_from_cstr(door.target[4]), "https://api.chatwork.com/v2/rooms/123/messages");
    case_end(&c);
}

static void secrets_that_others_can_read_are_refused(void)
{
    Case c;
    case_begin(&c);
    c.config.slack_url_file = write_secret("open", "https://slack.example.com/", 0644);
    c.config.mail_user = "akashi";
    c.config.mail_password_file = write_secret("password", "hunter2", 0600);
    add_finding(&c, "a", "tanaka", FINDING_HIGH);
    clock_ns += OUTBOX_SETTLE_NS;
    expect_int(run(&c, 2), 1);
    expect_int(run(&c, MAIL), 1); /* a password without TLS */
    OutboxSummary summary;
    expect_ok(outbox_summary(c.stories, 2, &summary));
    expect_int(summary.error, -EPERM);
    expect_ok(outbox_summary(c.stories, MAIL, &summary));
    expect_int(summary.error, -EPERM);
    expect_int(door.count, 0);
    case_end(&c);
}

static void addresses_that_are_none_are_refused(void)
{
    static const char *const bad[] = {"nobody", "a@b\r\nRCPT TO:<c@d>", "a b@c", "<a@b>", "@b",
                                      ","};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        Case c;
        case_begin(&c);
        c.config.mail_to = bad[i];
        add_finding(&c, "a", "tanaka", FINDING_HIGH);
        clock_ns += OUTBOX_SETTLE_NS;
        expect_int(run(&c, MAIL), 1);
        expect_int(door.count, 0);
        OutboxSummary summary;
        expect_ok(outbox_summary(c.stories, MAIL, &summary));
        expect_int(summary.error, -EINVAL);
        case_end(&c);
    }
}

/* ---- the pieces */

static void pieces_are_as_published(void)
{
    /* RFC 4231, 4.2, 4.3 and 4.7; RFC 4648, 10. */
    static const struct {
        const char *key, *message, *hex;
        size_t key_len;
    } vectors[] = {
        {"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
         "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", 20},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 4},
    };
    for (size_t i = 0; i < ARRAY_COUNT(vectors); i++) {
        char hex[65];
        hmac_hex(slice_of(vectors[i].key, vectors[i].key_len), slice_from_cstr(vectors[i].message),
                 hex);
        expect_text(slice_from_cstr(hex), vectors[i].hex);
    }
    char long_key[131], hex[65];
    memset(long_key, 0xaa, sizeof long_key);
    hmac_hex(slice_of(long_key, sizeof long_key),
             SLICE("Test Using Larger Than Block-Size Key - Hash Key First"), hex);
    expect_text(slice_from_cstr(hex),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    static const char *const texts[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        CLEANUP(buf_done) Buf got = {0};
        base64_mime_add(&got, slice_from_cstr(texts[i]), 0);
        expect_text(buf_slice(&got), coded[i]);
    }
}

/* ---- threads */

static atomic_int told_count;
static int slow_http(void *context, const NotifyConfig *config, const HttpSend *send, int *status)
{
    (void)context, (void)config, (void)send;
    *status = 500;
    os_real.sleep_ns(NULL, 300 * NS_PER_MS);
    return -EREMOTEIO;
}
static int fast_mail(void *context, const NotifyConfig *config, const MailSend *send, int *status)
{
    (void)context, (void)config, (void)send;
    *status = 250;
    atomic_fetch_add(&told_count, 1);
    return 0;
}

static void one_that_hangs_keeps_no_other(void)
{
    Case c;
    case_begin(&c);
    const Door slow = {.http = slow_http, .mail = fast_mail, .line = door_line};
    Notifier *notifier = NULL;
    c.options.door = &slow;
    c.options.os = &os_real;
    int64_t start = os_real.monotonic_ns(NULL);
    expect_ok(notifier_start(&c.options, &notifier));
    AlertFinding finding = kit_finding("a", "tanaka", os_real.now_ns(NULL));
    expect_ok(stories_add(c.stories, &finding, 1, os_real.now_ns(NULL), NULL));
    while (told_count == 0 && os_real.monotonic_ns(NULL) - start < 20 * NS_PER_SECOND)
        os_real.sleep_ns(NULL, 10 * NS_PER_MS);
    tap_note("from the finding to the mail server: %lld ms",
             (long long)((os_real.monotonic_ns(NULL) - start) / NS_PER_MS));
    expect_int(told_count, 1);
    notifier_stop(notifier);
    case_end(&c);
}

static const TapTest tests[] = {
    TAP_TEST(a_story_is_told_once),
    TAP_TEST(what_is_too_light_is_told_to_nobody),
    TAP_TEST(who_refuses_is_asked_again),
    TAP_TEST(after_two_days_it_is_given_up_visibly),
    TAP_TEST(a_restart_sends_the_same_message),
    TAP_TEST(a_storm_becomes_few_messages),
    TAP_TEST(one_story_is_one_thread),
    TAP_TEST(no_log_speaks_for_us),
    TAP_TEST(secrets_that_others_can_read_are_refused),
    TAP_TEST(addresses_that_are_none_are_refused),
    TAP_TEST(pieces_are_as_published),
    TAP_TEST(one_that_hangs_keeps_no_other),
};
TAP_MAIN(tests)
