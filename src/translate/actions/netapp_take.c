/* NetApp ONTAP's audit log: Windows' event numbers, and two of its own. Sources: NetApp, "SMB
 * events that can be audited" (4656, 4659, 4660, 4663; 9998 unlink, 9999 rename, which Windows does
 * not have); NetApp Knowledge Base, "What information is contained in an audit event for NFS delete
 * operations" (SubjectIP, FileName, "(VOLUME);/PATH", "Not Present").
 *
 * Each event names its object and says what was done with it, so that no open handles are kept. */
#include "translate/actions/action_pair.h"

static Slice field(const Work *work, const char *name)
{
    Slice text = event_text(work->event, name);
    return slice_eq(text, SLICE("Not Present")) ? (Slice){0} : text;
}

static Slice first_of(const Work *work, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Slice text = field(work, names[i]);
        if (text.len > 0) return text;
    }
    return (Slice){0};
}

static Session *session_of(Work *work)
{
    Actions *actions = work->actions;
    Session *session = session_of_subject(work);
    Slice ip = field(work, "SubjectIP");
    if (!session) return NULL;
    session->source = SOURCE_NETAPP;
    if (!session->user) session->user = actions_hold(actions, field(work, "SubjectUserName"));
    if (ip.len > 0 && job_is_address(ip) && !slice_eq(actions_text(actions, session->ip), ip)) {
        name_drop(actions->names, session->ip);
        session->ip = actions_hold(actions, ip);
    }
    return session;
}

static Op *new_op(Work *work, Verb verb, OpRule rule, Slice path)
{
    Actions *actions = work->actions;
    Session *session = session_of(work);
    if (!session || path.len == 0) return NULL;
    Op *op = op_new(actions, OP_FILE, work->host, session, op_session_group(session));
    if (!op) return NULL;
    op->verb = (uint8_t)verb;
    op->rule = (uint8_t)rule;
    op->outcome = work_failed(work) ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
    op->certainty = CERTAINTY_OBSERVED;
    op->path = actions_hold(actions, path);
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    return op;
}

static Taken finish(Work *work, Op *op)
{
    if (!op) return TAKEN_PASS;
    if (op->outcome == OUTCOME_FAILURE) {
        op->verb = VERB_ACCESS_DENIED;
        op->rule = RULE_OPEN_REFUSED;
    }
    (void)pair_finished(work->actions, op);
    return TAKEN_EVIDENCE;
}

static Taken take_unlinked(Work *work)
{
    static const char *const names[] = {"FileName", "ObjectName"};
    return finish(work, new_op(work, VERB_DELETE, RULE_DELETE, first_of(work, names, 2)));
}

/* 4659: opened in order to be deleted; what came of it is told by 4660 or 9998 (R7). */
static Taken take_intent(Work *work)
{
    Op *op = new_op(work, VERB_DELETE, RULE_DELETE_INTENT, work_text(work, KNOWN_OBJECT_NAME));
    if (!op || op->outcome == OUTCOME_FAILURE) return finish(work, op);
    op->outcome = OUTCOME_UNKNOWN;
    op->certainty = CERTAINTY_INFERRED;
    op_wait(work->actions, op, work->now_ns + pair_window(work->actions, WINDOW_CONFIRM));
    return TAKEN_EVIDENCE;
}

/* The two names, as the schema's versions call them. */
static Taken take_renamed(Work *work)
{
    static const char *const old_names[] = {"OldPath", "OldFileName", "ObjectName"};
    static const char *const new_names[] = {"NewPath", "NewFileName"};
    Op *op = new_op(work, VERB_RENAME, RULE_RENAME, first_of(work, old_names, 3));
    if (!op) return TAKEN_PASS;
    op->target = actions_hold(work->actions, first_of(work, new_names, 2));
    if (!op->target) op->certainty = CERTAINTY_INFERRED;
    return finish(work, op);
}

/* 4663 is the use itself; an open (4656) alone says nothing (R1), but where a file is made. */
static Taken take_used(Work *work)
{
    Slice path = work_text(work, KNOWN_OBJECT_NAME), kind = work_text(work, KNOWN_OBJECT_TYPE);
    uint32_t mask = work_mask(work);
    bool folder = slice_eq_nocase(kind, SLICE("Directory"));
    Verb verb = judge_requested(mask);
    OpRule rule = RULE_READ;
    if (folder && (verb == VERB_READ || verb == VERB_LIST)) verb = VERB_LIST;
    if (verb == VERB_WRITE) rule = RULE_WRITE;
    if (verb == VERB_LIST) rule = RULE_LIST;
    if (verb == VERB_CHANGE_ACL) rule = RULE_PERMISSIONS;
    if (verb == VERB_SET_ATTR) rule = RULE_ATTRIBUTES;
    if (verb == VERB_EXECUTE) rule = RULE_EXECUTE;
    if (verb == VERB_DELETE) return TAKEN_EVIDENCE; /* 9998 and 9999 tell which it was */
    return finish(work, new_op(work, verb, rule, path));
}

static Taken take_opened(Work *work)
{
    Slice path = work_text(work, KNOWN_OBJECT_NAME), name = field(work, "EventName");
    bool folder = slice_eq_nocase(work_text(work, KNOWN_OBJECT_TYPE), SLICE("Directory"));
    if (work_failed(work)) {
        return finish(work, new_op(work, VERB_ACCESS_DENIED, RULE_OPEN_REFUSED, path));
    }
    if (!slice_eq_nocase(name, SLICE("Create Object"))) return TAKEN_EVIDENCE;
    return finish(work, new_op(work, folder ? VERB_MKDIR : VERB_CREATE, RULE_CREATE, path));
}

Taken netapp_take(Work *work)
{
    switch (work->event_id) {
    case 4656: return take_opened(work);
    case 4663: return take_used(work);
    case 4659: return take_intent(work);
    case 4660:
    case 9998: return take_unlinked(work);
    case 9999: return take_renamed(work);
    case 4658:
    case 4690: return TAKEN_EVIDENCE;
    default: return take_security(work);
    }
}
