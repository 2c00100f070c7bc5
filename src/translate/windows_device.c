/* Windows: devices that were connected, forbidden, switched on and off; printed documents. Rules
 * win.6416, win.6419 to win.6424, win.307 of doc/translation.md. */
#include "translate/job.h"

/* The name that people know, and the device's own number (`USB\VID_...&PID_...\serial`). */
static void set_device(Job *job, Outcome outcome)
{
    job_begin(job, outcome);
    job_set_subject(job);
    job_copy(job, RECORD_MESSAGE, KNOWN_DEVICE_ID);
    job_set_object(job, job_text(job, KNOWN_DEVICE_DESCRIPTION), job_text(job, KNOWN_DEVICE_ID));
}

static int device_event(Job *job)
{
    set_device(job, OUTCOME_SUCCESS);
    return 0;
}

/* 6419 and 6421: asked for; 6420 and 6422 tell that it was done. */
static int device_request(Job *job)
{
    set_device(job, OUTCOME_UNKNOWN);
    return 0;
}

static int device_forbidden(Job *job)
{
    set_device(job, OUTCOME_FAILURE);
    job_set(job, RECORD_EVENT_REASON, SLICE("device_policy"));
    return 0;
}

/* UserData of event 307, in this order: job, document, user, client, printer, port, bytes, pages
 * (MS-RPRN 2.2.1.15.5 has the same values). */
static int document_printed(Job *job)
{
    Slice name, domain, client = job_text(job, KNOWN_PARAM4);
    job_begin(job, OUTCOME_SUCCESS);
    job_split_account(job_text(job, KNOWN_PARAM3), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    while (slice_starts(client, SLICE("\\"))) {
        client = slice_skip(client, 1);
    }
    job_set_source(job, client, (Slice){0});
    job_copy(job, RECORD_AKASHI_TARGET_PATH, KNOWN_PARAM5);
    job_copy(job, RECORD_MESSAGE, KNOWN_PARAM8);
    job_set_object(job, job_text(job, KNOWN_PARAM2), (Slice){0});
    return 0;
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 6416, SLICE_INIT("win.6416"), VERB_DEVICE_CONNECT, device_event},
    {WINDOWS_SECURITY, 6419, SLICE_INIT("win.6419"), VERB_CONFIG_CHANGE, device_request},
    {WINDOWS_SECURITY, 6420, SLICE_INIT("win.6420"), VERB_CONFIG_CHANGE, device_event},
    {WINDOWS_SECURITY, 6421, SLICE_INIT("win.6421"), VERB_CONFIG_CHANGE, device_request},
    {WINDOWS_SECURITY, 6422, SLICE_INIT("win.6422"), VERB_CONFIG_CHANGE, device_event},
    {WINDOWS_SECURITY, 6423, SLICE_INIT("win.6423"), VERB_DEVICE_CONNECT, device_forbidden},
    {WINDOWS_SECURITY, 6424, SLICE_INIT("win.6424"), VERB_DEVICE_CONNECT, device_event},
    {WINDOWS_PRINT, 307, SLICE_INIT("win.307"), VERB_PRINT, document_printed},
};
const RuleTable windows_device_rules = {rules, ARRAY_COUNT(rules)};
