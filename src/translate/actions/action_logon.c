/* Logons: one record for what the domain controller and the server saw of one logon (section 4),
 * one for the two halves of an administrator's logon, and one for the many network logons of one
 * user from one computer. Sources: Microsoft, events 4624 (Linked Logon ID), 4625, 4672, 4768,
 * 4769, 4771, 4776. */
#include "translate/actions/action_state.h"

#define LOGON_WAIT_NS (10 * NS_PER_SECOND) /* until the other machine's event has come */

typedef struct Logon {
    Slice user, domain, ip, client, service;
    bool dc; /* seen by the domain controller */
    bool network;
    uint32_t session;
    Outcome outcome;
} Logon;

static Slice first_label(Slice domain)
{
    return slice_first(domain, slice_find_char(domain, '.'));
}

/* `EXAMPLE` and `example.com` are one domain as far as can be seen; an absent one says nothing. */
static bool same_domain(Slice a, Slice b)
{
    return a.len == 0 || b.len == 0 || slice_eq_nocase(first_label(a), first_label(b));
}

static bool is_own_address(Slice ip)
{
    return ip.len == 0 || slice_starts(ip, SLICE("127.")) || slice_eq(ip, SLICE("::1"));
}

static Logon logon_of(const Work *work, bool dc)
{
    const Slice *text = work->record->text;
    Logon logon = {.user = text[RECORD_USER_NAME],
                   .domain = text[RECORD_USER_DOMAIN],
                   .ip = text[RECORD_SOURCE_IP],
                   .client = text[RECORD_SOURCE_DOMAIN],
                   .dc = dc,
                   .outcome = work->record->outcome};
    if (work->event_id == 4769) logon.service = work_text(work, KNOWN_SERVICE_NAME);
    logon.network = work->event_id == 4769 ||
                    (work->event_id == 4624 && work_number(work, KNOWN_LOGON_TYPE) == 3);
    if (is_own_address(logon.ip)) logon.ip = (Slice){0};
    logon.user = slice_first(logon.user, slice_find_char(logon.user, '@'));
    return logon;
}

/* Both must name the client, and name the same one: an unknown client joins nothing. */
static bool same_client(const Actions *actions, const Op *op, const Logon *logon)
{
    Slice ip = actions_text(actions, op->ip), client = actions_text(actions, op->client);
    if (ip.len > 0 && logon->ip.len > 0) return slice_eq(ip, logon->ip);
    return client.len > 0 && slice_eq_nocase(first_label(client), first_label(logon->client));
}

static Slice domain_of(const Actions *actions, const Op *op)
{
    return op->held ? op->held->record.text[RECORD_USER_DOMAIN] : actions_text(actions, 0);
}

static bool is_near(const Work *work, const Op *op)
{
    int64_t apart = work->now_ns - op->last_ns;
    int64_t window_ns = work->actions->settings->window_ns[WINDOW_CONFIRM];
    return apart <= window_ns && apart >= -window_ns;
}

/* The other machine's view of a logon that waits. A ticket for a service is that logon only when
 * client and time say so; both do. */
static bool is_confirmation(const Work *work, const Op *op, const Logon *logon)
{
    if (op->outcome != logon->outcome || !is_near(work, op)) return false;
    bool other_side = logon->dc ? op->from_server || op->from_dc : op->from_dc && !op->from_server;
    if (logon->dc && !op->from_server && op->host != work->host) return false;
    return other_side && same_client(work->actions, op, logon) &&
           same_domain(domain_of(work->actions, op), logon->domain);
}

static bool is_repetition(const Work *work, const Op *op, const Logon *logon)
{
    const Actions *actions = work->actions;
    return op->rule == RULE_NETWORK_LOGON && logon->network && op->host == work->host &&
           op->outcome == logon->outcome && op->from_dc == logon->dc &&
           same_client(actions, op, logon) &&
           slice_eq_nocase(actions_text(actions, op->service), logon->service) &&
           same_domain(domain_of(actions, op), logon->domain) &&
           work->now_ns - op->first_ns <= actions->settings->window_ns[WINDOW_LOGON];
}

static bool is_other_half(const Work *work, const Op *op)
{
    Actions *actions = work->actions;
    uint64_t linked = work_number(work, KNOWN_TARGET_LINKED_LOGON_ID);
    const Session *session = linked ? session_find(actions, work->host, linked, (Slice){0}) : NULL;
    return session && op->from_server && op->session == session->node.index && is_near(work, op);
}

static void join(Work *work, Op *op)
{
    if (work->now_ns < op->first_ns) op->first_ns = work->now_ns;
    if (work->now_ns > op->last_ns) op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
}

/* What the server says of a logon is more than what the domain controller says of it. */
static void let_server_speak(Work *work, Op *op, const Logon *logon, Session *session)
{
    Actions *actions = work->actions;
    if (!op_hold_record(actions, op, work->record)) return;
    uint32_t before = op->session;
    op_change_host(actions, op, work->host);
    op->session = session ? session->node.index : 0;
    if (session) session->holders++;
    session_drop(actions, before);
    op->from_server = true;
    op->rule = logon->network ? RULE_NETWORK_LOGON : RULE_LOGON;
    op->certainty = CERTAINTY_CORRELATED;
}

static void begin_wait(Work *work, Op *op, const Logon *logon)
{
    int64_t fold_ns = work->actions->settings->window_ns[WINDOW_LOGON];
    bool folds = logon->network && logon->outcome == OUTCOME_SUCCESS;
    op_wait(work->actions, op, op->first_ns + (folds ? fold_ns : LOGON_WAIT_NS));
}

static Taken new_logon(Work *work, const Logon *logon, Session *session, TableKey key)
{
    Actions *actions = work->actions;
    Op *op = op_new(actions, OP_RECORD, work->host, session, key);
    if (!op) return TAKEN_PASS;
    if (!op_hold_record(actions, op, work->record)) {
        op_free(actions, op);
        return TAKEN_PASS;
    }
    op->from_dc = logon->dc;
    op->from_server = !logon->dc;
    op->certainty = (uint8_t)work->record->certainty;
    op->rule = logon->network ? RULE_NETWORK_LOGON : RULE_STATELESS;
    op->ip = actions_hold(actions, logon->ip);
    op->client = actions_hold(actions, logon->client);
    op->service = actions_hold(actions, logon->service);
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    begin_wait(work, op, logon);
    return TAKEN_EVIDENCE;
}

/* A network logon that began a record keeps it: the domain controller's events go into it. */
static bool absorb_confirmations(Work *work, Group *group, Op *into, const Logon *logon)
{
    bool found = false;
    for (Op *op = op_at(work->actions, group->first_op), *next; op; op = next) {
        next = op_at(work->actions, op->group_newer);
        if (op == into || op->from_server || !is_confirmation(work, op, logon)) continue;
        op_absorb(work->actions, into, op);
        found = true;
    }
    return found;
}

/* The event is the other machine's view of what op tells of. */
static void confirm(Work *work, Group *group, Op *op, const Logon *logon, Session *session)
{
    join(work, op);
    if (!logon->dc) {
        let_server_speak(work, op, logon, session);
        op->from_dc = false; /* from now on it is the server's */
        (void)absorb_confirmations(work, group, op, logon);
        begin_wait(work, op, logon);
    }
    if (!op->from_server) return;
    op_add_detail(work->actions, op, SLICE("seen_by_dc"));
    op->certainty = CERTAINTY_CORRELATED;
    if (op->rule == RULE_STATELESS) op->rule = RULE_LOGON;
}

static Taken take_logon(Work *work, const Logon *logon, Session *session)
{
    Actions *actions = work->actions;
    TableKey key = op_named_group(actions, RULE_LOGON, 0, logon->user, 0);
    Group *group = logon->user.len ? group_find(actions, key) : NULL;
    for (Op *op = group ? op_at(actions, group->last_op) : NULL; op;
         op = op_at(actions, op->group_older)) {
        if (is_repetition(work, op, logon)) {
            join(work, op);
            if (absorb_confirmations(work, group, op, logon)) {
                op_add_detail(actions, op, SLICE("seen_by_dc"));
            }
            return TAKEN_EVIDENCE;
        }
        if (is_other_half(work, op)) {
            join(work, op);
            op_add_detail(actions, op, SLICE("elevated"));
            return TAKEN_EVIDENCE;
        }
        if (is_confirmation(work, op, logon)) {
            confirm(work, group, op, logon, session);
            return TAKEN_EVIDENCE;
        }
    }
    return new_logon(work, logon, session, key);
}

Taken session_logon(Work *work)
{
    bool success = work->event_id == 4624;
    Session *session = success ? session_begin(work) : NULL;
    uint64_t type = work_number(work, KNOWN_LOGON_TYPE);
    if (success && (type == 0 || type == 5)) return TAKEN_EVIDENCE; /* services: section 4 */
    const Logon logon = logon_of(work, false);
    return take_logon(work, &logon, session);
}

Taken session_elsewhere(Work *work)
{
    const Logon logon = logon_of(work, true);
    if (logon.user.len == 0) return TAKEN_PASS;
    return take_logon(work, &logon, NULL);
}

/* 4672 follows 4624 and only says that the session is an administrator's. */
Taken session_privileged(Work *work)
{
    Actions *actions = work->actions;
    uint64_t logon_id = work_number(work, KNOWN_SUBJECT_LOGON_ID);
    Slice user = work_text(work, KNOWN_SUBJECT_USER_NAME);
    Session *session = session_find(actions, work->host, logon_id, (Slice){0});
    if (!session || logon_id == 0) return TAKEN_PASS;
    Group *group = group_find(actions, op_named_group(actions, RULE_LOGON, 0, user, 0));
    for (Op *op = group ? op_at(actions, group->last_op) : NULL; op;
         op = op_at(actions, op->group_older)) {
        if (op->from_server && is_near(work, op) &&
            (op->session == session->node.index || op->host == work->host)) {
            raw_add(&op->raw, op->spans, work->ref);
            op_add_detail(actions, op, SLICE("privileged"));
            return TAKEN_EVIDENCE;
        }
    }
    return TAKEN_EVIDENCE;
}
