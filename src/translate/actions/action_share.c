/* Shares: mode B (5140, 5145 alone) and mode C (with the file's own events). Sources: Microsoft,
 * events 5140 and 5145: an access check when something is opened, not its use. */
#include "translate/actions/action_state.h"

#define ALONE_CHECKS 100
#define ALONE_NS (600 * NS_PER_SECOND)
#define ALONE_AGAIN_NS (86400 * NS_PER_SECOND)

#define SEEN_NS (600 * NS_PER_SECOND)

/* `\??\C:\Data` and `Sales\a.docx` make `C:\Data\Sales\a.docx`. Without a local path (IPC$) the
 * share's name stands in its place. */
static NameId local_path(Work *work)
{
    Actions *actions = work->actions;
    Slice local = work_text(work, KNOWN_SHARE_LOCAL_PATH);
    Slice name = work_text(work, KNOWN_RELATIVE_TARGET_NAME), whole;
    if (slice_starts(local, SLICE("\\??\\"))) local = slice_skip(local, 4);
    if (local.len == 0) local = work_text(work, KNOWN_SHARE_NAME);
    while (local.len > 0 && local.ptr[local.len - 1] == '\\') {
        local.len--;
    }
    while (name.len > 0 && name.ptr[0] == '\\') {
        name = slice_skip(name, 1);
    }
    if (arena_format(&actions->arena, &whole, "%.*s\\%.*s", SLICE_FMT(local), SLICE_FMT(name)) <
        0) {
        return 0;
    }
    NameId path = actions_hold(actions, whole);
    arena_reset(&actions->arena);
    return path;
}

/* Where the session's person sits, said by the share's event. */
static void learn_client(Work *work, Session *session)
{
    Actions *actions = work->actions;
    Slice address = work_text(work, KNOWN_IP_ADDRESS);
    if (slice_starts_nocase(address, SLICE("::ffff:"))) address = slice_skip(address, 7);
    uint64_t port = work_number(work, KNOWN_IP_PORT);
    if (address.len == 0) return;
    NameId ip = actions_hold(actions, address);
    name_drop(actions->names, session->ip);
    session->ip = ip;
    if (port > 0 && port <= 65535) session->port = (uint16_t)port;
}

static Op *new_share_op(Work *work, Session *session, NameId path)
{
    Actions *actions = work->actions;
    Op *op = op_new(actions, OP_SHARE, work->host, session, op_session_group(session));
    if (!op) return NULL;
    op_set_name(actions, &op->path, path);
    op->share = actions_hold(actions, work_text(work, KNOWN_SHARE_NAME));
    op->first_ns = op->last_ns = work->now_ns;
    op->outcome = work_failed(work) ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
    op->certainty = CERTAINTY_INFERRED;
    op->rule = RULE_SHARE;
    raw_add(&op->raw, op->spans, work->ref);
    return op;
}

static bool is_administrative_pipe(Slice share)
{
    Slice name = SLICE("IPC$");
    return share.len >= name.len && slice_eq_nocase(slice_skip(share, share.len - name.len), name);
}

/* One CONNECT_SHARE for each share of a session. */
Taken share_connected(Work *work)
{
    Actions *actions = work->actions;
    Session *session = session_of_subject(work);
    Slice share = work_text(work, KNOWN_SHARE_NAME);
    NameId name = actions_hold(actions, share);
    if (!session || !name) return TAKEN_PASS;
    learn_client(work, session);
    uint32_t salt = work->host ^ session->node.index << 14; /* remembered for each session */
    PathMemo *memo = path_memo(actions, salt, share, true);
    bool again = memo->seen_ns != TIME_UNKNOWN && memo->session == session->node.index &&
                 work->now_ns - memo->seen_ns < SEEN_NS;
    memo->seen_ns = work->now_ns;
    memo->session = session->node.index;
    Op *op = again || is_administrative_pipe(share) ? NULL : new_share_op(work, session, name);
    name_drop(actions->names, name);
    if (!op) return TAKEN_EVIDENCE;
    op->verb = VERB_CONNECT_SHARE;
    op->rule = RULE_SHARE_CONNECT;
    op_wait(actions, op, work->now_ns);
    return TAKEN_EVIDENCE;
}

/* What a mask at the opening most likely means (mode B). */
static void judge_share(Actions *actions, Op *op, Slice path)
{
    uint32_t mask = op->requested;
    bool executable = settings_path_marks(actions->settings, path) & PATH_EXECUTABLE;
    op->copy_in = settings_has_mask(actions->settings, LIST_COPY_MASK, mask);
    if (op->copy_in) {
        op->verb = VERB_CREATE;
    } else if (mask & USED_WRITE) {
        op->verb = VERB_WRITE;
    } else if (mask & USED_DELETE) {
        op->verb = op->outcome == OUTCOME_FAILURE ? VERB_DELETE : VERB_RENAME;
    } else if (mask & USED_PERMISSIONS) {
        op->verb = VERB_CHANGE_ACL;
    } else if (mask & USED_EXECUTE && mask & USED_READ && executable) {
        op->verb = VERB_EXECUTE;
    } else if (mask & USED_READ) {
        op->verb = VERB_READ;
    } else {
        op->verb = mask & USED_ATTRIBUTES ? VERB_SET_ATTR : VERB_LIST;
    }
}

static void judge_pipe(Actions *actions, Op *op, Slice name)
{
    op->verb = VERB_CONNECT;
    op->rule = RULE_PIPE;
    op_add_detail(actions, op, settings_pipe(actions->settings, name));
}

static bool opened_just_now(Work *work, const Session *session, Slice path)
{
    const PathMemo *memo = path_memo(work->actions, work->host, path, false);
    return memo && memo->opened_ns != TIME_UNKNOWN && memo->session == session->node.index &&
           work->now_ns - memo->opened_ns <= work->actions->settings->window_ns[WINDOW_SHARE];
}

static bool is_listing(Work *work, Slice path, uint32_t mask)
{
    Actions *actions = work->actions;
    if (path_is_folder(actions, work->host, path)) return !(mask & (USED_WRITE | USED_DELETE));
    return settings_has_mask(actions->settings, LIST_LIST_MASK, mask);
}

static void check_file(Work *work, Session *session, Op *op, Slice path)
{
    Actions *actions = work->actions;
    judge_share(actions, op, path);
    if (op->verb != VERB_SET_ATTR && op->outcome == OUTCOME_SUCCESS &&
        is_listing(work, path, op->requested)) {
        op->verb = VERB_LIST;
        if (settings_has_mask(actions->settings, LIST_LIST_MASK, op->requested)) {
            path_memo(actions, work->host, path, true)->folder = true;
        }
    }
    (void)path_met(work, path, false);
    (void)session;
}

/* Mode B alone: nothing tells what was really done, until the administrator switches it on. Told
 * once a day, when it has been so for a while. */
static void tell_alone(Work *work)
{
    Actions *actions = work->actions;
    Host *host = actions_host(actions, work->host);
    bool has_files =
        host->handle_ns != TIME_UNKNOWN && work->now_ns - host->handle_ns < ALONE_AGAIN_NS;
    if (host->share_checks == 0 || has_files) host->shares_ns = work->now_ns;
    host->share_checks = has_files ? 0 : host->share_checks + 1;
    if (host->share_checks < ALONE_CHECKS || work->now_ns - host->shares_ns < ALONE_NS) return;
    host->share_checks = 1;
    host->shares_ns = work->now_ns + ALONE_AGAIN_NS; /* the next one */
    Op *op = op_new(actions, OP_RECORD, work->host, NULL,
                    op_named_group(actions, RULE_SHARE_ALONE, work->host, (Slice){0}, 0));
    if (!op) return;
    op->verb = VERB_OTHER;
    op->rule = RULE_SHARE_ALONE;
    op->first_ns = op->last_ns = work->now_ns;
    NameId name = actions_hold(actions, SLICE("File System, Handle Manipulation"));
    op_set_name(actions, &op->path, name);
    name_drop(actions->names, name);
    raw_add(&op->raw, op->spans, work->ref);
    op_wait(actions, op, work->now_ns);
}

Taken share_checked(Work *work)
{
    Actions *actions = work->actions;
    Session *session = session_of_subject(work);
    NameId name = session ? local_path(work) : 0;
    if (!name) return TAKEN_PASS;
    Slice path = actions_text(actions, name);
    uint32_t mask = work_mask(work);
    bool pipe = is_administrative_pipe(work_text(work, KNOWN_SHARE_NAME));
    bool known = pipe || opened_just_now(work, session, path);
    learn_client(work, session);
    if (!pipe) tell_alone(work);
    const PathMemo *memo = path_memo(actions, work->host, path, false);
    if (!pipe && !work_failed(work)) {
        bool met = path_was_met(work, memo);
        if (!met) handle_finish_renamed(work, session, path);
        (void)pair_open(work, session, path, mask, met);
    }
    Op *op = known && !pipe ? NULL : new_share_op(work, session, name);
    if (op) {
        op->requested = mask;
        if (pipe) {
            judge_pipe(actions, op, work_text(work, KNOWN_RELATIVE_TARGET_NAME));
        } else {
            check_file(work, session, op, path);
        }
        (void)pair_finished(actions, op);
    }
    name_drop(actions->names, name);
    return TAKEN_EVIDENCE;
}

void share_join_refused(Work *work, Op *refused)
{
    Actions *actions = work->actions;
    const Session *session = table_at(&actions->sessions, refused->session);
    Group *group = group_find(actions, op_session_group(session));
    if (!group) return;
    for (Op *op = op_at(actions, group->first_op), *next; op; op = next) {
        next = op_at(actions, op->group_newer);
        bool same = op != refused && op->kind == OP_SHARE && op->path == refused->path &&
                    op->outcome == OUTCOME_FAILURE && op->rule != RULE_SHARE_CONNECT;
        if (!same || work->now_ns - op->last_ns > actions->settings->window_ns[WINDOW_SHARE]) {
            continue;
        }
        op_set_name(actions, &refused->share, op->share);
        raw_join(&refused->raw, refused->spans, &op->raw, op->spans);
        op_free(actions, op);
    }
}

void share_join(Work *work, Session *session, NameId path, Handle *handle)
{
    Actions *actions = work->actions;
    Group *group = group_find(actions, op_session_group(session));
    if (!group) return;
    for (Op *op = op_at(actions, group->first_op), *next; op; op = next) {
        next = op_at(actions, op->group_newer);
        if (op->kind != OP_SHARE || op->path != path || op->rule == RULE_SHARE_CONNECT ||
            work->now_ns - op->last_ns > actions->settings->window_ns[WINDOW_SHARE]) {
            continue;
        }
        op_set_name(actions, &handle->share, op->share);
        raw_join(&handle->raw, handle->spans, &op->raw, op->spans);
        op_free(actions, op);
    }
}
