/* See serve_alerts.h. */
#include "main/serve_alerts.h"

#include "alert/notifier.h"
#include "main/alert_setup.h"
#include "main/serve_rules.h"
#include "main/side_keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define NEWS_NS ((int64_t)60 * NS_PER_SECOND) /* between two lines on one sink's trouble */

struct ServeAlerts {
    const Invocation *invocation;
    SideKeys keys;
    AlertCipher cipher;
    Arena arena;
    NotifyConfig config;
    bool has_config;
    Detecting *detecting; /* NULL: it could not be started */
    Notifier *notifier;   /* NULL: likewise, or nobody is set to be told */
    pthread_mutex_t lock;
    int64_t said_ns[ALERT_SINK_COUNT]; /* shared, under lock: when trouble was said */
};

static int load(void *context, DetectRules **ret)
{
    return serve_rules_load(context, ret);
}

static uint64_t stamp(void *context)
{
    return serve_rules_stamp(context);
}

static size_t sink_number(const AlertSink *sink)
{
    size_t at = 0;
    while (at + 1 < ALERT_SINK_COUNT && alert_sinks[at] != sink)
        at++;
    return at;
}

/* Each failed try would be a line; what waits is in `akashi alerts status`. */
static void on_news(void *context, const AlertSink *sink, int error, size_t stories)
{
    ServeAlerts *alerts = context;
    int64_t now_ns = os_real.monotonic_ns(os_real.state);
    int64_t *said_ns = &alerts->said_ns[sink_number(sink)];
    (void)stories;
    pthread_mutex_lock(&alerts->lock);
    bool is_told = error < 0 && (*said_ns == 0 || now_ns - *said_ns >= NEWS_NS);
    if (is_told) *said_ns = now_ns;
    if (error == 0) *said_ns = 0;
    pthread_mutex_unlock(&alerts->lock);
    if (!is_told) return;
    SAY(MESSAGE_ALERTS_NOT_TOLD, alerts->invocation->language,
        {"sink", slice_from_cstr(sink->name)}, {"error", error_words(error)});
}

static int start_detecting(ServeAlerts *alerts, const Secret *kek, Counters *counters)
{
    const Invocation *invocation = alerts->invocation;
    const DetectingOptions options = {
        .os = &os_real,
        .folder = invocation->folder,
        .kek = kek,
        .cipher = &alerts->cipher,
        .source = {.load = load, .stamp = stamp, .context = (void *)invocation},
        .budget_ns = (uint64_t)setting_number(&invocation->settings, SETTING_DETECT_BUDGET_NS),
        .keep_ns = alert_setup_keep_ns(invocation),
        .counters = counters,
        .language = invocation->language,
    };
    return detecting_start(&options, &alerts->detecting);
}

static int start_notifier(ServeAlerts *alerts)
{
    const Invocation *invocation = alerts->invocation;
    const NotifierOptions options = {
        .os = &os_real,
        .folder = invocation->folder,
        .cipher = &alerts->cipher,
        .config = &alerts->config,
        .escalate_ns = alert_setup_escalate_ns(invocation),
        .news = on_news,
        .news_context = alerts,
    };
    return notifier_start(&options, &alerts->notifier);
}

static void say_not_started(const Invocation *invocation, int error)
{
    SAY(MESSAGE_DETECT_NONE, invocation->language, {"error", error_words(error)});
}

ServeAlerts *serve_alerts_start(const Invocation *invocation, const Secret *kek, Counters *counters)
{
    ServeAlerts *alerts = calloc(1, sizeof *alerts);
    if (!alerts) {
        say_not_started(invocation, -ENOMEM);
        return NULL;
    }
    alerts->invocation = invocation;
    pthread_mutex_init(&alerts->lock, NULL);
    int r = alert_setup(invocation, &alerts->arena, &alerts->config);
    alerts->has_config =
        r == 0; /* what is wrong with it was said: findings are kept all the same */
    r = side_keys_open(&os_real, invocation->folder, kek, SIDE_ALERTS, &alerts->keys);
    if (r == 0) alerts->cipher = side_keys_alerts(&alerts->keys);
    if (r == 0) r = start_detecting(alerts, kek, counters);
    if (r == 0 && alerts->has_config) r = start_notifier(alerts);
    if (r < 0) say_not_started(invocation, r);
    return alerts;
}

void serve_alerts_wake(void *alerts)
{
    const ServeAlerts *all = alerts;
    if (all && all->detecting) detecting_wake(all->detecting);
}

void serve_alerts_reload(ServeAlerts *alerts)
{
    if (alerts && alerts->detecting) detecting_reload(alerts->detecting);
}

void serve_alerts_stop(ServeAlerts *alerts)
{
    if (!alerts) return;
    detecting_stop(alerts->detecting);
    notifier_stop(alerts->notifier);
    side_keys_done(&alerts->keys);
    arena_done(&alerts->arena);
    pthread_mutex_destroy(&alerts->lock);
    free(alerts);
}

DetectingStatus serve_alerts_status(const ServeAlerts *alerts)
{
    return alerts && alerts->detecting ? detecting_status(alerts->detecting) : (DetectingStatus){0};
}

const NotifyConfig *serve_alerts_config(const ServeAlerts *alerts)
{
    return alerts && alerts->has_config ? &alerts->config : NULL;
}

const AlertCipher *serve_alerts_cipher(const ServeAlerts *alerts)
{
    return alerts && alerts->keys.seal ? &alerts->cipher : NULL;
}
