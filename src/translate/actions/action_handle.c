/* Open handles: R0, R1, and the mode-A half of R6 to R8. Sources: Microsoft, events 4656, 4658,
 * 4659, 4660, 4663, 4670, 4690. */
#include "translate/actions/action_pair.h"

#define ALONE_NS (2 * NS_PER_SECOND) /* a handle known from 4663 only ends after this pause */

/* Process ids are 32 bits wide (MS-DTYP 2.2.9, DWORD). */
TableKey handle_key(uint32_t host, uint64_t pid, uint64_t handle)
{
    return (TableKey){handle, (uint64_t)host << 32 | (uint32_t)pid};
}

static Handle *find_handle(Work *work, uint64_t number)
{
    uint64_t pid = work_number(work, KNOWN_PROCESS_ID);
    return table_find(&work->actions->handles, handle_key(work->host, pid, number));
}

/* --- lists of a session's and of a process's handles ------------------------------------------ */

static Handle *handle_at(Actions *actions, uint32_t index)
{
    return index ? table_at(&actions->handles, index) : NULL;
}

void handle_link(Actions *actions, Handle *handle, Session *session, Process *process)
{
    uint32_t index = handle->node.index;
    handle->session = session->node.index;
    handle->session_older = session->first_handle;
    if (session->first_handle) handle_at(actions, session->first_handle)->session_newer = index;
    session->first_handle = index;
    session->holders++;
    if (!process) return;
    handle->process = process->node.index;
    handle->process_older = process->first_handle;
    if (process->first_handle) handle_at(actions, process->first_handle)->process_newer = index;
    process->first_handle = index;
}

static void unlink_handle(Actions *actions, Handle *handle)
{
    Session *session = table_at(&actions->sessions, handle->session);
    Handle *older = handle_at(actions, handle->session_older);
    Handle *newer = handle_at(actions, handle->session_newer);
    if (older) older->session_newer = handle->session_newer;
    if (newer) newer->session_older = handle->session_older;
    if (!newer) session->first_handle = handle->session_older;
    session->holders--;
    if (!handle->process) return;
    Process *process = table_at(&actions->processes, handle->process);
    older = handle_at(actions, handle->process_older);
    newer = handle_at(actions, handle->process_newer);
    if (older) older->process_newer = handle->process_newer;
    if (newer) newer->process_older = handle->process_older;
    if (!newer) process->first_handle = handle->process_older;
}

/* --- the end of a handle ---------------------------------------------------------------------- */

static void remove_handle(Actions *actions, Handle *handle)
{
    unlink_handle(actions, handle);
    name_drop(actions->names, handle->path);
    name_drop(actions->names, handle->image);
    name_drop(actions->names, handle->share);
    name_drop(actions->names, handle->copied_from);
    table_remove(&actions->handles, handle);
}

static Op *op_of_handle(Actions *actions, const Handle *handle)
{
    Session *session = table_at(&actions->sessions, handle->session);
    Op *op = op_new(actions, OP_FILE, session->host, session, op_session_group(session));
    if (!op) return NULL;
    op_set_name(actions, &op->path, handle->path);
    op_set_name(actions, &op->image, handle->image);
    op->pid = (uint32_t)handle->node.key.b; /* handle_key: the low half, with the host above it */
    op->handle_kind = handle->kind;
    op->requested = handle->requested;
    op->used = handle->used;
    op->was_known = handle->was_known;
    op_set_name(actions, &op->share, handle->share);
    op->first_ns = handle->opened_ns;
    op->last_ns = handle->last_ns;
    op->open_ns = handle->last_ns - handle->opened_ns;
    raw_join(&op->raw, op->spans, &handle->raw, handle->spans);
    return op;
}

static void tell_copy(Actions *actions, const Handle *handle, Op *op)
{
    op->verb = VERB_COPY;
    op->rule = RULE_COPY;
    op->certainty = CERTAINTY_CORRELATED;
    op_set_name(actions, &op->target, handle->path);
    op_set_name(actions, &op->path, handle->copied_from);
}

void handle_finish(Actions *actions, Handle *handle)
{
    Session *session = table_at(&actions->sessions, handle->session);
    Slice path = actions_text(actions, handle->path);
    bool folder =
        handle->kind == HANDLE_FILE && (path_is_folder(actions, session->host, path) ||
                                        judge_is_listing(actions, handle->requested, handle->used));
    if (folder && handle->used & USED_READ) {
        path_memo(actions, session->host, path, true)->folder = true;
    }
    if (!handle->used && !handle->deleted && !handle->announced) actions->counters.unused++;
    Op *op = op_of_handle(actions, handle);
    bool done = op && judge_handle(actions, handle, folder, op);
    if (done && handle->told) op->certainty = (uint8_t)(handle->told - 1);
    if (done && handle->copied_from) tell_copy(actions, handle, op);
    remove_handle(actions, handle);
    if (op && done) {
        (void)pair_finished(actions, op);
    } else if (op) {
        op_free(actions, op); /* R1: opened, and nothing was done */
    }
}

void handles_finish_session(Actions *actions, Session *session)
{
    while (session->first_handle) {
        handle_finish(actions, handle_at(actions, session->first_handle));
    }
}

void handles_finish_process(Actions *actions, Process *process)
{
    while (process->first_handle) {
        handle_finish(actions, handle_at(actions, process->first_handle));
    }
}

void handles_finish_host(Actions *actions, uint32_t host)
{
    Handle *handle = table_oldest(&actions->handles);
    while (handle) {
        Handle *newer = table_newer(&actions->handles, handle);
        if (((Session *)table_at(&actions->sessions, handle->session))->host == host) {
            handle_finish(actions, handle);
        }
        handle = newer;
    }
}

void handles_finish_old(Actions *actions, int64_t age_ns)
{
    Handle *handle = table_oldest(&actions->handles);
    while (handle) {
        Handle *newer = table_newer(&actions->handles, handle);
        const Session *session = table_at(&actions->sessions, handle->session);
        if (handle->opened_ns < actions_host(actions, session->host)->now_ns - age_ns) {
            handle_finish(actions, handle);
        }
        handle = newer;
    }
}

void handles_expire(Actions *actions, int64_t now_ns)
{
    Handle *handle;
    while ((handle = table_oldest(&actions->handles)) &&
           handle->last_ns < now_ns - actions->settings->window_ns[WINDOW_HANDLE]) {
        actions->counters.handles_evicted++;
        handle_finish(actions, handle);
    }
}

/* --- its beginning ---------------------------------------------------------------------------- */

static HandleKind kind_of(Slice object_type)
{
    if (slice_eq_nocase(object_type, SLICE("File"))) return HANDLE_FILE;
    return slice_eq_nocase(object_type, SLICE("Key")) ? HANDLE_KEY : HANDLE_OTHER;
}

Handle *handle_make(Actions *actions, TableKey key, Session *session, Process *process, Slice path,
                    int64_t now_ns)
{
    if (actions->handles.count >= ACTIONS_HANDLES_MAX) {
        actions->counters.handles_evicted++;
        handle_finish(actions, table_oldest(&actions->handles));
    }
    NameId name = actions_hold(actions, path);
    Handle *handle = name ? table_add(&actions->handles, key) : NULL;
    if (!handle) {
        name_drop(actions->names, name);
        return NULL;
    }
    handle->path = name;
    handle->opened_ns = handle->last_ns = now_ns;
    handle->raw.count_max = HANDLE_SPANS_MAX;
    handle_link(actions, handle, session, process);
    return handle;
}

static Handle *new_handle(Work *work, uint64_t number)
{
    Actions *actions = work->actions;
    uint64_t pid = work_number(work, KNOWN_PROCESS_ID);
    Slice image = work_text(work, KNOWN_PROCESS_NAME);
    Session *session = session_of_subject(work);
    if (!session) return NULL;
    Handle *handle = handle_make(actions, handle_key(work->host, pid, number), session,
                                 process_of(actions, work->host, pid, image),
                                 work_text(work, KNOWN_OBJECT_NAME), work->now_ns);
    if (!handle) return NULL;
    handle->image = actions_hold(actions, image);
    handle->kind = (uint8_t)kind_of(work_text(work, KNOWN_OBJECT_TYPE));
    return handle;
}

void handle_touch(Work *work, Handle *handle)
{
    if (work->now_ns > handle->last_ns) handle->last_ns = work->now_ns;
    raw_add(&handle->raw, handle->spans, work->ref);
    table_use(&work->actions->handles, handle);
}

/* Windows opens the folder that a renamed file goes to with the right to add a child and no other
 * (Microsoft, FILE_RENAME_INFORMATION: the target's folder is opened for FILE_ADD_FILE or
 * FILE_ADD_SUBDIRECTORY); this right is asked for, and maybe never seen used. */
static bool asks_to_add(uint32_t requested)
{
    uint32_t rights = requested & ~0x100000u;
    return rights == 0x2 || rights == 0x4;
}

/* A handle used for deleting or renaming is closed at once. Where the close is lost, it ends when
 * its new name is opened or, by handle_watched, after ALONE_NS. */
void handle_finish_renamed(Work *work, Session *session, Slice path)
{
    Actions *actions = work->actions;
    uint32_t index = session->first_handle;
    for (int i = 0; index && i < RECENT_HANDLES_MAX; i++) {
        Handle *handle = handle_at(actions, index);
        Slice old = actions_text(actions, handle->path);
        index = handle->session_older;
        if (handle->kind == HANDLE_FILE && handle->used & USED_DELETE && !handle->deleted &&
            !slice_eq_nocase(old, path) &&
            (slice_eq_nocase(path_folder(old), path_folder(path)) ||
             slice_eq_nocase(path_leaf(old), path_leaf(path)))) {
            handle_finish(actions, handle);
            return;
        }
    }
}

/* What is written to is closed before it is renamed or deleted. */
static void finish_written(Work *work, Session *session, const Handle *but)
{
    Actions *actions = work->actions;
    uint32_t index = session->first_handle;
    for (int i = 0; index && i < RECENT_HANDLES_MAX; i++) {
        Handle *handle = handle_at(actions, index);
        index = handle->session_older;
        if (handle != but && handle->path == but->path && handle->used & USED_WRITE) {
            handle_finish(actions, handle);
        }
    }
}

void handle_watched(Actions *actions, Op *op)
{
    Handle *handle = table_find(&actions->handles, op->watched);
    bool same = handle && handle->path == op->path && handle->opened_ns == op->first_ns;
    op_free(actions, op);
    if (same) handle_finish(actions, handle);
}

static void watch(Work *work, const Handle *handle)
{
    Actions *actions = work->actions;
    Session *session = table_at(&actions->sessions, handle->session);
    Op *op = op_new(actions, OP_WATCH, work->host, session, op_session_group(session));
    if (!op) return;
    op_set_name(actions, &op->path, handle->path);
    op->watched = handle->node.key;
    op->first_ns = op->last_ns = handle->opened_ns;
    op_wait(actions, op, work->now_ns + ALONE_NS);
}

bool handle_finish_copy(Actions *actions, const Op *op)
{
    const Session *session = table_at(&actions->sessions, op->session);
    Slice leaf = path_leaf(actions_text(actions, op->path));
    uint32_t index = session->first_handle;
    for (int i = 0; index && i < RECENT_HANDLES_MAX; i++) {
        Handle *handle = handle_at(actions, index);
        index = handle->session_older;
        if (handle->kind == HANDLE_FILE && handle->used & USED_WRITE && !handle->was_known &&
            handle->path != op->path && handle->opened_ns >= op->first_ns - ALONE_NS &&
            settings_is_copy_name(actions->settings, leaf,
                                  path_leaf(actions_text(actions, handle->path)))) {
            handle_finish(actions, handle);
            return true;
        }
    }
    return false;
}

/* What a newly opened file path means for what waits: it may be a new name, a new child, or what a
 * share's event was about. */
static void meet_path(Work *work, Handle *handle)
{
    Actions *actions = work->actions;
    Session *session = table_at(&actions->sessions, handle->session);
    Slice path = actions_text(actions, handle->path);
    PathMemo *memo = path_memo(actions, work->host, path, false);
    handle->was_known = path_was_met(work, memo);
    if (!handle->was_known) handle_finish_renamed(work, session, path);
    if (handle->requested & USED_DELETE) finish_written(work, session, handle);
    handle->announced = pair_child(work, session, path, handle->was_known);
    if (!handle->announced &&
        pair_open(work, session, path, handle->requested, handle->was_known)) {
        handle->was_known = true;
    }
    if (asks_to_add(handle->requested)) {
        pair_announce(work, session, path, handle->requested, true);
    }
    memo = path_met(work, path, true);
    memo->opened_ns = work->now_ns;
    memo->session = handle->session;
    share_join(work, session, handle->path, handle);
}

/* An open that Windows refused: R0. Nobody did anything to the object, but somebody tried. */
static Taken open_refused(Work *work)
{
    Actions *actions = work->actions;
    Session *session = session_of_subject(work);
    NameId path = actions_hold(actions, work_text(work, KNOWN_OBJECT_NAME));
    bool file = kind_of(work_text(work, KNOWN_OBJECT_TYPE)) == HANDLE_FILE;
    Op *op = session && path && file
                 ? op_new(actions, OP_FILE, work->host, session, op_session_group(session))
                 : NULL;
    name_drop(actions->names, op ? 0 : path);
    if (!op) return TAKEN_PASS;
    op->path = path;
    op->image = actions_hold(actions, work_text(work, KNOWN_PROCESS_NAME));
    op->requested = work_mask(work);
    op->verb = (uint8_t)judge_requested(op->requested);
    op->outcome = OUTCOME_FAILURE;
    op->rule = RULE_OPEN_REFUSED;
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    share_join_refused(work, op);
    op_wait(actions, op, work->now_ns);
    return TAKEN_EVIDENCE;
}

Taken handle_opened(Work *work)
{
    Actions *actions = work->actions;
    uint64_t number = work_number(work, KNOWN_HANDLE_ID);
    if (work_failed(work)) return open_refused(work);
    actions->counters.opens++;
    if (number == 0) return TAKEN_EVIDENCE; /* R0: an open without a handle leads to nothing */
    Handle *handle = find_handle(work, number);
    if (handle) {
        actions->counters.handles_reused++; /* its close was lost */
        handle_finish(actions, handle);
    }
    handle = new_handle(work, number);
    if (!handle) return TAKEN_PASS;
    handle->requested = work_mask(work);
    if (handle->kind == HANDLE_FILE) {
        actions_host(actions, work->host)->handle_ns = work->now_ns;
        meet_path(work, handle);
    }
    handle_touch(work, handle);
    return TAKEN_EVIDENCE;
}

/* --- what is done with it --------------------------------------------------------------------- */

Taken handle_used(Work *work)
{
    Actions *actions = work->actions;
    uint64_t number = work_number(work, KNOWN_HANDLE_ID);
    Handle *handle = number ? find_handle(work, number) : NULL;
    bool alone = !handle;
    if (handle && handle->alone && work->now_ns - handle->last_ns > ALONE_NS) {
        handle_finish(actions, handle); /* no close was seen; the number may be another's now */
        handle = NULL;
    }
    if (!handle) {
        handle = new_handle(work, number);
        if (!handle) return TAKEN_PASS;
        handle->alone = true;
        if (handle->kind == HANDLE_FILE) meet_path(work, handle);
    }
    actions->counters.used_joined += !alone;
    actions->counters.used_alone += alone;
    uint32_t mask = work_mask(work);
    bool first_delete = mask & USED_DELETE && !(handle->used & USED_DELETE);
    handle->used |= mask;
    handle_touch(work, handle);
    if (handle->kind == HANDLE_FILE && mask & USED_WRITE && !asks_to_add(handle->requested)) {
        Session *session = table_at(&actions->sessions, handle->session);
        pair_announce(work, session, actions_text(actions, handle->path), mask, false);
    }
    if (number == 0) {
        handle_finish(actions, handle); /* R0: one event, never a key */
    } else if (handle->kind == HANDLE_FILE && first_delete) {
        watch(work, handle);
    }
    return TAKEN_EVIDENCE;
}

Taken handle_deleted(Work *work)
{
    uint64_t number = work_number(work, KNOWN_HANDLE_ID);
    Handle *handle = number ? find_handle(work, number) : NULL;
    if (!handle) return TAKEN_EVIDENCE; /* 4660 has no name: nothing can be said of what */
    handle->deleted = true;
    handle_touch(work, handle);
    return TAKEN_EVIDENCE;
}

Taken handle_closed(Work *work)
{
    Handle *handle = find_handle(work, work_number(work, KNOWN_HANDLE_ID));
    if (!handle) {
        work->actions->counters.closes_unknown++; /* half of all closes are of copies (4690) */
        return TAKEN_EVIDENCE;
    }
    handle_touch(work, handle);
    handle_finish(work->actions, handle);
    return TAKEN_EVIDENCE;
}

/* The same handle's WRITE_DAC is then no second change. */
Taken handle_permissions(Work *work)
{
    uint64_t number = work_number(work, KNOWN_HANDLE_ID);
    Handle *handle = number ? find_handle(work, number) : NULL;
    if (handle) handle->permissions_told = true;
    return TAKEN_PASS;
}

/* 4659: opened in order to be deleted when it is closed. A 4660, or an open of the same path for
 * deleting, tells what came of it (R7). */
Taken handle_intent(Work *work)
{
    Actions *actions = work->actions;
    Session *session = session_of_subject(work);
    NameId path = actions_hold(actions, work_text(work, KNOWN_OBJECT_NAME));
    Op *op = session && path
                 ? op_new(actions, OP_FILE, work->host, session, op_session_group(session))
                 : NULL;
    name_drop(actions->names, op ? 0 : path);
    if (!op) return TAKEN_PASS;
    op->path = path;
    op->image = actions_hold(actions, work_text(work, KNOWN_PROCESS_NAME));
    op->requested = work_mask(work);
    op->verb = VERB_DELETE;
    op->outcome = OUTCOME_UNKNOWN;
    op->certainty = CERTAINTY_INFERRED;
    op->rule = RULE_DELETE_INTENT;
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    op_wait(actions, op, work->now_ns + 2 * NS_PER_SECOND);
    return TAKEN_EVIDENCE;
}
