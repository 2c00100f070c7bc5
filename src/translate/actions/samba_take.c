/* Samba's vfs_full_audit: R1, R3, R5 to R9, R11, R12 where the server itself says what is done.
 *
 * Samba names no handles. What one connection (process and person) does with one path is held
 * together until it is closed. It also closes what it opened for itself, so that a close may come
 * too early; what is done afterwards is then known without its open, and R13 joins it.
 * Measured with Samba 4.17: what a new file inherits is set (fset_nt_acl), and a file that is to be
 * overwritten is emptied (ftruncate), just before the create_file that does it is written. */
#include "translate/actions/action_pair.h"

#include "base/number.h"

#define BEFORE_NS (2 * NS_PER_SECOND) /* times of syslog are whole seconds */
#define USED_EMPTIED 0x4u

TableKey samba_handle_key(const Actions *actions, const Session *session, NameId path)
{
    uint64_t mixed = (uint64_t)session->node.index * 0x9e3779b97f4a7c15u;
    return (TableKey){name_hash(actions->names, path) ^ mixed, (uint64_t)session->host << 32};
}

static Handle *find_handle(Actions *actions, const Session *session, Slice path)
{
    NameId name = actions_hold(actions, path);
    Handle *handle =
        name ? table_find(&actions->handles, samba_handle_key(actions, session, name)) : NULL;
    name_drop(actions->names, name);
    return handle;
}

static Handle *new_handle(Work *work, Session *session)
{
    Actions *actions = work->actions;
    NameId name = actions_hold(actions, work->samba.path);
    TableKey key = samba_handle_key(actions, session, name);
    Handle *handle =
        name ? handle_make(actions, key, session, NULL, work->samba.path, work->now_ns) : NULL;
    name_drop(actions->names, name);
    if (!handle) return NULL;
    handle->kind = HANDLE_FILE;
    handle->share = actions_hold(actions, work->samba.share);
    return handle;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What was noted of the path just before its create_file; 0: nothing. Another use of the path ends
 * here, for this is a new one. */
static uint32_t take_notes(Work *work, Session *session, Handle **handle)
{
    uint32_t notes = 0;
    Handle *before = find_handle(work->actions, session, work->samba.path);
    if (before && before->alone && work->now_ns - before->last_ns <= BEFORE_NS &&
        !(before->used & ~(USED_EMPTIED | USED_PERMISSIONS | USED_ATTRIBUTES))) {
        notes = before->used;
        before->alone = false;
        before->used = 0;
    } else if (before) {
        handle_finish(work->actions, before);
        before = NULL;
    }
    *handle = before ? before : new_handle(work, session);
    return notes;
}

static bool was_made(const SambaLine *line, uint32_t notes, bool was_met)
{
    if (line->disposition == SAMBA_MAKES) return true;
    if (notes & USED_EMPTIED || line->disposition == SAMBA_OPENS) return false;
    return notes & USED_PERMISSIONS || (line->disposition == SAMBA_OVERWRITES_OR_MAKES && !was_met);
}

/* Opened for nothing but setting attributes: it will be done, though Samba need not say so. */
static bool only_sets_attributes(uint32_t mask)
{
    return mask & USED_ATTRIBUTES && !(mask & ~(USED_ATTRIBUTES | 0x120088u));
}

static void note_opened(Work *work, Handle *handle, uint32_t notes, bool made)
{
    const SambaLine *line = &work->samba;
    bool sure = line->disposition == SAMBA_MAKES || notes & (USED_PERMISSIONS | USED_EMPTIED);
    handle->requested = line->mask;
    handle->was_known = !made;
    handle->told = CERTAINTY_OBSERVED + 1;
    if (made) {
        handle->announced = line->folder ? 4 : 2;
        if (!sure) handle->told = CERTAINTY_CORRELATED + 1;
        return;
    }
    handle->used |= notes & USED_EMPTIED;
    if (line->folder && line->mask & USED_READ) {
        handle->used |= USED_READ;
        handle->told = CERTAINTY_INFERRED + 1;
    } else if (only_sets_attributes(line->mask)) {
        handle->used |= USED_ATTRIBUTES & line->mask;
        handle->told = CERTAINTY_INFERRED + 1;
    }
}

static void take_opened(Work *work, Session *session)
{
    Actions *actions = work->actions;
    const SambaLine *line = &work->samba;
    bool met = path_was_met(work, path_memo(actions, work->host, line->path, false));
    Handle *handle;
    uint32_t notes = take_notes(work, session, &handle);
    if (!handle) return;
    note_opened(work, handle, notes, was_made(line, notes, met));
    PathMemo *memo = path_met(work, line->path, true);
    memo->opened_ns = work->now_ns;
    memo->session = session->node.index;
    if (line->folder) memo->folder = true;
    handle_touch(work, handle);
}

/* The layer below create_file, or all there is of an old Samba: only what is done counts (R1). */
static void take_opened_below(Work *work, Session *session)
{
    Handle *handle = find_handle(work->actions, session, work->samba.path);
    if (handle) handle_touch(work, handle);
}

/* --- using ------------------------------------------------------------------------------------ */

static void take_used(Work *work, Session *session, uint32_t used)
{
    Actions *actions = work->actions;
    Handle *handle = find_handle(actions, session, work->samba.path);
    if (handle) {
        actions->counters.used_joined++;
    } else {
        handle = new_handle(work, session);
        if (!handle) return;
        actions->counters.used_alone++;
        handle->alone = true;
        handle->told = CERTAINTY_OBSERVED + 1;
        (void)path_met(work, work->samba.path, true);
    }
    if (handle->told == CERTAINTY_INFERRED + 1) handle->told = CERTAINTY_OBSERVED + 1;
    handle->used |= used;
    handle_touch(work, handle);
}

static void take_closed(Work *work, Session *session)
{
    Handle *handle = find_handle(work->actions, session, work->samba.path);
    session->closed_hash = text_hash(work->actions->names, work->samba.path);
    if (!handle) {
        work->actions->counters.closes_unknown++;
        return;
    }
    handle_touch(work, handle);
    handle_finish(work->actions, handle);
}

/* R9: the server copies between two files that the connection has open: what was opened last for
 * writing, and last for reading only. The event names neither. */
static void take_copied(Work *work, Session *session)
{
    Actions *actions = work->actions;
    Handle *to = NULL, *from = NULL;
    uint32_t index = session->first_handle;
    for (int i = 0; index && i < RECENT_HANDLES_MAX; i++) {
        Handle *handle = table_at(&actions->handles, index);
        bool writes = handle->requested & USED_WRITE;
        index = handle->session_older;
        if (!to && writes) to = handle;
        if (!from && !writes && handle->requested & USED_READ) from = handle;
    }
    if (!to) return;
    to->used |= 0x2;
    handle_touch(work, to);
    if (!from || to->copied_from) return;
    to->copied_from = name_hold_again(actions->names, from->path);
    if (from->used || from->announced) return; /* that has a record of its own */
    raw_join(&to->raw, to->spans, &from->raw, from->spans);
    from->raw = (RawHead){.count_max = HANDLE_SPANS_MAX};
}

/* --- what is done by name --------------------------------------------------------------------- */

static Op *new_op(Work *work, Session *session, Verb verb, OpRule rule, Slice object)
{
    Actions *actions = work->actions;
    Op *op = op_new(actions, OP_FILE, work->host, session, op_session_group(session));
    if (!op) return NULL;
    op->verb = (uint8_t)verb;
    op->rule = (uint8_t)rule;
    op->outcome = OUTCOME_SUCCESS;
    op->path = actions_hold(actions, object);
    op->share = actions_hold(actions, work->samba.share);
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    return op;
}

/* What was opened in order to be renamed, and not used otherwise, is a part of the renaming. */
static void take_over(Actions *actions, Session *session, Slice path, Op *op)
{
    Handle *handle = find_handle(actions, session, path);
    if (!handle) return;
    if (!handle->used && !handle->announced) {
        raw_join(&op->raw, op->spans, &handle->raw, handle->spans);
        if (handle->opened_ns < op->first_ns) op->first_ns = handle->opened_ns;
        handle->raw = (RawHead){.count_max = HANDLE_SPANS_MAX};
    }
    handle_finish(actions, handle);
}

static void take_renamed(Work *work, Session *session)
{
    Actions *actions = work->actions;
    const SambaLine *line = &work->samba;
    Handle *handle = find_handle(actions, session, line->path);
    if (handle && (handle->used || handle->announced)) handle_finish(actions, handle);
    Op *op = new_op(work, session, VERB_RENAME, RULE_RENAME, line->path);
    if (!op) return;
    op->target = actions_hold(actions, line->target);
    if (!op->target) op->certainty = CERTAINTY_INFERRED;
    op->was_known = path_was_met(work, path_memo(actions, work->host, line->target, false));
    take_over(actions, session, line->path, op);
    if (op->target) (void)path_met(work, line->target, true);
    (void)pair_finished(actions, op);
}

static void take_deleted(Work *work, Session *session)
{
    Actions *actions = work->actions;
    Handle *handle = find_handle(actions, session, work->samba.path);
    if (handle) {
        handle->deleted = true;
        handle->told = CERTAINTY_OBSERVED + 1;
        handle_touch(work, handle);
        handle_finish(actions, handle);
        return;
    }
    Op *op = new_op(work, session, VERB_DELETE, RULE_DELETE, work->samba.path);
    if (op) (void)pair_finished(actions, op);
}

static void take_mkdir(Work *work, Session *session)
{
    Op *op = new_op(work, session, VERB_MKDIR, RULE_CREATE, work->samba.path);
    if (!op) return;
    path_met(work, work->samba.path, true)->folder = true;
    (void)pair_finished(work->actions, op);
}

/* IPC$ is what programs talk to the server through; nobody keeps files there. */
static void take_connected(Work *work, Session *session)
{
    const SambaLine *line = &work->samba;
    Slice share = line->share.len ? line->share : line->path;
    if (slice_eq_nocase(share, SLICE("IPC$"))) return;
    Op *op = new_op(work, session, VERB_CONNECT_SHARE, RULE_SHARE_CONNECT, share);
    if (!op) return;
    if (line->failed) op->outcome = OUTCOME_FAILURE;
    (void)pair_finished(work->actions, op);
}

/* Refused for lack of rights. Other failures (there is no such file) are no news of a person. The
 * reason that Samba writes of create_file is whatever its last call of the system left behind; but
 * only of a file that is there has it just closed a reference. */
static void take_failed(Work *work, Session *session, uint64_t closed_hash)
{
    const SambaLine *line = &work->samba;
    bool there = line->operation == SAMBA_CREATE_FILE && line->disposition != SAMBA_MAKES &&
                 closed_hash == text_hash(work->actions->names, line->path);
    if (line->operation == SAMBA_CONNECT) {
        take_connected(work, session);
        return;
    }
    if (line->path.len == 0 || line->operation == SAMBA_NOTHING) return;
    if (!line->refused && !there) return;
    Op *op = new_op(work, session, VERB_ACCESS_DENIED, RULE_OPEN_REFUSED, line->path);
    if (!op) return;
    op->outcome = OUTCOME_FAILURE;
    op->requested = line->mask;
    if (!line->refused) op->certainty = CERTAINTY_INFERRED;
    (void)pair_finished(work->actions, op);
}

/* --- the line --------------------------------------------------------------------------------- */

static Session *session_of(Work *work)
{
    Actions *actions = work->actions;
    const SambaLine *line = &work->samba;
    Session *session = session_unix(actions, work->host, SOURCE_SAMBA, line->user,
                                    work_number(work, KNOWN_PID), work->now_ns);
    if (!session || session->user || session->ip) return session;
    session->user = actions_hold(actions, line->user);
    session->ip = actions_hold(actions, line->address);
    if (!slice_eq(line->computer, line->address)) {
        session->client = actions_hold(actions, line->computer);
    }
    return session;
}

static void take_done(Work *work, Session *session)
{
    switch (work->samba.operation) {
    case SAMBA_CREATE_FILE: take_opened(work, session); break;
    case SAMBA_OPEN: take_opened_below(work, session); break;
    case SAMBA_CLOSE: take_closed(work, session); break;
    case SAMBA_READ: take_used(work, session, USED_READ); break;
    case SAMBA_WRITE: take_used(work, session, 0x2); break;
    case SAMBA_TRUNCATE: take_used(work, session, USED_EMPTIED); break;
    case SAMBA_PERMISSIONS: take_used(work, session, 0x40000); break;
    case SAMBA_ATTRIBUTES: take_used(work, session, 0x100); break;
    case SAMBA_COPY: take_copied(work, session); break;
    case SAMBA_RENAME: take_renamed(work, session); break;
    case SAMBA_DELETE: take_deleted(work, session); break;
    case SAMBA_MKDIR: take_mkdir(work, session); break;
    case SAMBA_CONNECT: take_connected(work, session); break;
    case SAMBA_DISCONNECT: handles_finish_session(work->actions, session); break;
    case SAMBA_NOTHING: break;
    }
}

Taken samba_take(Work *work)
{
    Session *session = session_of(work);
    bool named = work->samba.path.len > 0 || work->samba.operation == SAMBA_COPY;
    if (!session) return TAKEN_PASS;
    uint64_t closed_hash = session->closed_hash;
    session->closed_hash = 0;
    if (work->samba.failed) {
        take_failed(work, session, closed_hash);
    } else if (named) {
        take_done(work, session);
    }
    return TAKEN_EVIDENCE;
}
