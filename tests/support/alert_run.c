/* Stories and the notifier without the rest of the server, for tests/e2e/alerts_test.py.
 *
 * usage: alert_run CONFIG DATA KEYFILE add COUNT NAME   findings of COUNT people, now
 *        alert_run CONFIG DATA KEYFILE case             the VPN case of alert_kit, and a hostile
 * one alert_run CONFIG DATA KEYFILE notify           until standard input ends; a line a sending */
#include "tests/support/alert_kit.h"

#include "alert/notifier.h"
#include "main/alert_setup.h"
#include "main/side_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Run {
    Invocation invocation;
    SideKeys keys;
    AlertCipher cipher;
    NotifyConfig config;
    Arena arena;
    Stories *stories;
} Run;

static int add_people(Run *run, size_t count, const char *name)
{
    int64_t now_ns = os_real.now_ns(os_real.state);
    AlertFinding *findings = calloc(count, sizeof *findings);
    char(*users)[64] = calloc(count, sizeof *users);
    if (!findings || !users) return -1;
    for (size_t i = 0; i < count; i++) {
        snprintf(users[i], sizeof users[i], "%s%zu", name, i);
        findings[i] = kit_finding("e2e", users[i], now_ns + (int64_t)i);
    }
    int r = stories_add(run->stories, findings, count, now_ns, NULL);
    free(findings);
    free(users);
    return r;
}

static int add_case(Run *run)
{
    int64_t now_ns = os_real.now_ns(os_real.state);
    AlertFinding findings[5];
    size_t count = kit_vpn_findings(findings, 4);
    findings[count++] = kit_hostile_finding();
    return stories_add(run->stories, findings, count, now_ns, NULL);
}

static void say_news(void *context, const AlertSink *sink, int error, size_t stories)
{
    (void)context;
    printf("%s %d %zu\n", sink->name, error, stories);
    fflush(stdout);
}

static int notify(Run *run)
{
    Notifier *notifier;
    const NotifierOptions options = {.os = &os_real,
                                     .folder = run->invocation.folder,
                                     .cipher = &run->cipher,
                                     .config = &run->config,
                                     .escalate_ns = alert_setup_escalate_ns(&run->invocation),
                                     .keep_ns = alert_setup_keep_ns(&run->invocation),
                                     .news = say_news};
    int r = notifier_start(&options, &notifier);
    if (r < 0) return r;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    notifier_stop(notifier);
    return 0;
}

static int begin(Run *run, char **argv)
{
    Complaint complaint = {0};
    Secret *kek = NULL;
    Invocation *invocation = &run->invocation;
    invocation->language = LANGUAGE_JA;
    invocation->folder = argv[2];
    invocation->zone_offset_seconds = KIT_ZONE_SECONDS;
    settings_init(&invocation->settings);
    int r = settings_read(&invocation->settings, &os_real, argv[1], &complaint);
    if (r == 0) r = alert_setup(invocation, &run->arena, &run->config);
    if (r == 0) r = secret_from_key_file(&os_real, argv[3], &kek, &complaint);
    if (r < 0) fprintf(stderr, "%s\n", complaint.en);
    if (r == 0) r = side_keys_open(&os_real, argv[2], kek, SIDE_ALERTS, &run->keys);
    if (r == 0) run->cipher = side_keys_alerts(&run->keys);
    run->config.time_out_seconds = 5;
    secret_free(kek);
    return r < 0 ? r : stories_open(&os_real, argv[2], &run->cipher, &run->stories);
}

int main(int argc, char **argv)
{
    static Run run;
    if (argc < 5) return 2;
    int r = begin(&run, argv);
    if (r == 0 && strcmp(argv[4], "add") == 0 && argc == 7)
        r = add_people(&run, (size_t)strtoul(argv[5], NULL, 10), argv[6]);
    else if (r == 0 && strcmp(argv[4], "case") == 0)
        r = add_case(&run);
    else if (r == 0 && strcmp(argv[4], "notify") == 0)
        r = notify(&run);
    if (r < 0) fprintf(stderr, "alert_run: %d\n", r);
    stories_close(run.stories);
    side_keys_done(&run.keys);
    arena_done(&run.arena);
    return r < 0;
}
