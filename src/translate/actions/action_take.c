/* One event in its order: which part of the folder it is for. */
#include "translate/actions/action_state.h"

#define CLOCK_STEP_NS (60 * NS_PER_SECOND) /* a clock that goes back this far was set */

static Taken take_host_started(Work *work)
{
    handles_finish_host(work->actions, work->host);
    return TAKEN_PASS;
}

static Taken take_process_ended(Work *work)
{
    process_ended(work, work_number(work, KNOWN_PROCESS_ID));
    return TAKEN_EVIDENCE;
}

Taken take_security(Work *work)
{
    switch (work->event_id) {
    case 4656: return handle_opened(work);
    case 4663: return handle_used(work);
    case 4658: return handle_closed(work);
    case 4660: return handle_deleted(work);
    case 4659: return handle_intent(work);
    case 4670: return handle_permissions(work);
    case 4690: return TAKEN_EVIDENCE; /* R0: a copy of a handle is nothing a person did */
    case 5140: return share_connected(work);
    case 5145: return share_checked(work);
    case 4624:
    case 4625: return session_logon(work);
    case 4634:
    case 4647: return session_end(work);
    case 4672: return session_privileged(work);
    case 4768:
    case 4769:
    case 4771:
    case 4776: return session_elsewhere(work);
    case 4688:
        return process_started(work, work_number(work, KNOWN_NEW_PROCESS_ID),
                               work_text(work, KNOWN_NEW_PROCESS_NAME), false);
    case 4689: return take_process_ended(work);
    case 4720:
    case 4722:
    case 4724:
    case 4738:
    case 4728:
    case 4732:
    case 4756: return burst_account(work);
    case 4608: return take_host_started(work);
    default: return TAKEN_PASS;
    }
}

static Taken take_sysmon(Work *work)
{
    if (work->event_id == 1) {
        return process_started(work, work_number(work, KNOWN_PROCESS_ID),
                               work_text(work, KNOWN_IMAGE), true);
    }
    return work->event_id == 5 ? take_process_ended(work) : TAKEN_PASS;
}

static Taken take_windows(Work *work)
{
    Slice provider = work_text(work, KNOWN_PROVIDER_NAME);
    Slice channel = work_text(work, KNOWN_CHANNEL);
    if (slice_eq(provider, SLICE("Microsoft-Windows-Security-Auditing")) ||
        (provider.len == 0 && slice_eq_nocase(channel, SLICE("Security")))) {
        return take_security(work);
    }
    if (slice_eq(provider, SLICE("Microsoft-Windows-Sysmon")) ||
        (provider.len == 0 && slice_eq(channel, SLICE("Microsoft-Windows-Sysmon/Operational")))) {
        return take_sysmon(work);
    }
    if (work->event_id == 4104 && slice_eq(provider, SLICE("Microsoft-Windows-PowerShell"))) {
        return burst_script(work);
    }
    if (slice_eq_nocase(provider, SLICE("EventLog")) &&
        (work->event_id == 6005 || work->event_id == 6006)) {
        return take_host_started(work);
    }
    return TAKEN_PASS;
}

/* What waits is due by the host's own clock. One that was set back would make all that comes look
 * overdue; so what waits is finished, and the clock is believed anew. */
static void tell_time(Work *work)
{
    Actions *actions = work->actions;
    Host *host = actions_host(actions, work->host);
    if (host->now_ns != TIME_UNKNOWN && work->now_ns < host->now_ns - CLOCK_STEP_NS) {
        ops_due(actions, work->host, INT64_MAX);
        host->now_ns = work->now_ns;
    }
    if (work->now_ns > host->now_ns) host->now_ns = work->now_ns;
    ops_due(actions, work->host, host->now_ns);
}

static Taken take(Work *work)
{
    if (work->host == 0) return TAKEN_PASS;
    switch (work->source) {
    case SOURCE_SAMBA: return samba_take(work);
    case SOURCE_AUDITD: return auditd_take(work);
    case SOURCE_NETAPP: return netapp_take(work);
    case SOURCE_WINDOWS:
    case SOURCE_COUNT: break;
    }
    return take_windows(work);
}

void actions_take(Work *work)
{
    Actions *actions = work->actions;
    actions->ingested_ns = work->record->ingested_ns;
    if (work->host) tell_time(work);
    Taken taken = take(work);
    if (work->host && actions->counters.events % 1024 == 0) {
        handles_expire(actions, work->now_ns);
        sessions_expire(actions, work->now_ns);
    }
    if (taken == TAKEN_PASS) {
        out_pass(work);
    } else {
        out_evidence(work);
    }
}
