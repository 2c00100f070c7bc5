/* What belongs together: copies (R9), small pictures (R4), the same thing again (R13), and how an
 * op begins and ends its waiting. */
#include "translate/actions/action_pair.h"

#define LOADED_NS (2 * NS_PER_SECOND) /* reads of a program that belong to its start */
#define PREVIEW_NS (50 * NS_PER_MS)   /* R4: how long a file is open for its small picture */
#define PREVIEW_FILES_MIN 5

/* --- R9: copies ------------------------------------------------------------------------------- */

static bool is_copy(const Actions *actions, const Op *from, const Op *to)
{
    int64_t apart = to->first_ns - from->last_ns;
    if (from->verb != VERB_READ || to->verb != VERB_CREATE || from->path == to->path) return false;
    if (from->kind != to->kind || apart > pair_window(actions, WINDOW_COPY) ||
        from->first_ns - to->last_ns > pair_window(actions, WINDOW_COPY)) {
        return false;
    }
    return settings_is_copy_name(actions->settings, path_leaf(actions_text(actions, from->path)),
                                 path_leaf(actions_text(actions, to->path)));
}

static void name_copy(Actions *actions, Op *op, NameId from)
{
    op->verb = VERB_COPY;
    op->rule = RULE_COPY;
    op->certainty = op->copy_in ? CERTAINTY_CORRELATED : CERTAINTY_INFERRED;
    op_set_name(actions, &op->target, op->path);
    op_set_name(actions, &op->path, from);
    op_wait(actions, op, op->last_ns + pair_window(actions, WINDOW_MERGE));
}

/* `to` becomes the record of the copy. */
static void become_copy(Actions *actions, Op *from, Op *to)
{
    name_copy(actions, to, from->path);
    op_absorb(actions, to, from);
}

/* What is copied may still be open when the copy is done, or its close was lost. What was read then
 * belongs to the copy; the handle stays, with nothing more to tell. */
static bool pair_open_source(Actions *actions, Op *op)
{
    const Session *session = table_at(&actions->sessions, op->session);
    Slice leaf = path_leaf(actions_text(actions, op->path));
    uint32_t index = session->first_handle;
    for (int i = 0; index && i < RECENT_HANDLES_MAX; i++) {
        Handle *handle = table_at(&actions->handles, index);
        Slice path = actions_text(actions, handle->path);
        index = handle->session_older;
        if (handle->kind != HANDLE_FILE || !(handle->used & USED_READ) ||
            handle->path == op->path || handle->used & (USED_WRITE | USED_DELETE) ||
            op->first_ns - handle->last_ns > pair_window(actions, WINDOW_COPY) ||
            !settings_is_copy_name(actions->settings, path_leaf(path), leaf)) {
            continue;
        }
        raw_join(&op->raw, op->spans, &handle->raw, handle->spans);
        if (handle->opened_ns < op->first_ns) op->first_ns = handle->opened_ns;
        handle->raw = (RawHead){.count_max = HANDLE_SPANS_MAX};
        handle->used = 0;
        name_copy(actions, op, handle->path);
        return true;
    }
    return false;
}

/* The nearest other half. True: op is gone, or has become the copy and waits. */
static bool pair_copy(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    for (Op *other = op_at(actions, group->last_op); other;
         other = op_at(actions, other->group_older)) {
        if (other == op) continue;
        if (is_copy(actions, other, op)) {
            become_copy(actions, other, op);
            return true;
        }
        if (is_copy(actions, op, other)) {
            become_copy(actions, op, other);
            return true;
        }
    }
    return op->verb == VERB_CREATE && op->kind == OP_FILE && pair_open_source(actions, op);
}

/* --- R13 and what one action consists of ------------------------------------------------------ */

/* R4: open for a moment only, by what shows folders. */
static bool is_preview(const Actions *actions, const Op *op)
{
    Slice image = path_leaf(actions_text(actions, op->image));
    const Session *session = op->session ? table_at(&actions->sessions, op->session) : NULL;
    if (session && session->source != SOURCE_WINDOWS &&
        (session->source == SOURCE_AUDITD ||
         !settings_is_picture(actions->settings, actions_text(actions, op->path)))) {
        return false;
    }
    bool shown = (session && session->source != SOURCE_WINDOWS) || op->pid == 4 ||
                 slice_eq_nocase(image, SLICE("explorer.exe"));
    return op->verb == VERB_READ && op->kind == OP_FILE && op->handle_kind == HANDLE_FILE &&
           (op->used & (USED_WRITE | USED_EXECUTE)) == 0 && op->open_ns < PREVIEW_NS && shown;
}

static bool same_action(const Actions *actions, const Op *op, const Op *before)
{
    if (is_preview(actions, before) && op->first_ns - before->last_ns > LOADED_NS) return false;
    return op->verb == before->verb && op->path == before->path && op->target == before->target &&
           op->outcome == before->outcome && op->kind == before->kind && op->rule == before->rule &&
           op->image == before->image &&
           op->first_ns - before->last_ns <= pair_window(actions, WINDOW_MERGE);
}

/* What a program does to a file it has just made belongs to the making. */
static bool is_finishing(const Actions *actions, const Op *op, const Op *before)
{
    bool target = before->verb == VERB_COPY;
    bool made = before->verb == VERB_CREATE || before->verb == VERB_MKDIR || target;
    NameId path = target ? before->target : before->path;
    return made && path == op->path &&
           (op->verb == VERB_WRITE || op->verb == VERB_SET_ATTR || op->verb == VERB_CHANGE_ACL) &&
           op->first_ns - before->last_ns <= pair_window(actions, WINDOW_MERGE);
}

static bool is_loading(const Op *op, const Op *before)
{
    return op->path == before->path && op->kind == before->kind &&
           ((op->verb == VERB_READ && before->verb == VERB_EXECUTE) ||
            (op->verb == VERB_EXECUTE && before->verb == VERB_READ)) &&
           op->first_ns - before->last_ns <= LOADED_NS;
}

/* Joins op with one that waits. True: op is gone. */
static bool join_earlier(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    for (Op *before = op_at(actions, group->last_op), *older; before; before = older) {
        older = op_at(actions, before->group_older);
        if (before == op || before->kind > OP_SHARE) continue;
        if (is_loading(op, before) && op->verb == VERB_EXECUTE) {
            op_absorb(actions, op, before); /* there may be more of them */
            continue;
        }
        if (!same_action(actions, op, before) && !is_finishing(actions, op, before) &&
            !is_loading(op, before)) {
            continue;
        }
        int64_t due_ns = op->last_ns + pair_window(actions, WINDOW_MERGE);
        op_absorb(actions, before, op);
        if (due_ns > before->due_ns) op_wait(actions, before, due_ns);
        return true;
    }
    return false;
}

static void join_intent(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    for (Op *other = op_at(actions, group->first_op), *next; other; other = next) {
        next = op_at(actions, other->group_newer);
        if (other->rule == RULE_DELETE_INTENT && other->path == op->path) {
            op_absorb(actions, op, other);
        }
    }
}

/* A temporary file that was made and goes away without having become anything. */
static bool was_only_temporary(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    bool made = false;
    for (Op *other = op_at(actions, group->first_op), *next; other; other = next) {
        next = op_at(actions, other->group_newer);
        if (other != op && other->path == op->path && other->temp &&
            (other->verb == VERB_CREATE || other->verb == VERB_WRITE)) {
            op_absorb(actions, op, other);
            made = true;
        }
    }
    return made;
}

static void forget_path(Actions *actions, const Op *op)
{
    PathMemo *memo = path_memo(actions, op->host, actions_text(actions, op->path), false);
    if (!memo) return;
    memo->seen_ns = TIME_UNKNOWN;
    memo->opened_ns = op->last_ns;
}

static int64_t wait_ns(const Actions *actions, const Op *op)
{
    switch (op->verb) {
    case VERB_READ: return pair_window(actions, WINDOW_COPY);
    case VERB_CREATE:
    case VERB_WRITE:
        return pair_window(actions, op->temp                  ? WINDOW_OFFICE
                                    : op->verb == VERB_CREATE ? WINDOW_COPY
                                                              : WINDOW_MERGE);
    case VERB_RENAME: return pair_window(actions, WINDOW_RENAME);
    default: return pair_window(actions, WINDOW_MERGE);
    }
}

bool pair_finished(Actions *actions, Op *op)
{
    group_use(actions, op);
    bool file = op->handle_kind == HANDLE_FILE;
    op->temp = file && pair_is_temp(actions, actions_text(actions, op->path));
    if (op->verb == VERB_DELETE || op->verb == VERB_RENAME) {
        forget_path(actions, op);
        join_intent(actions, op);
    }
    if (op->verb == VERB_RENAME && !op->target) rename_take_announcement(actions, op);
    if (op->verb == VERB_RENAME && op->target) rename_settle(actions, op);
    if (op->temp && op->verb == VERB_DELETE && save_join(actions, op)) return true;
    if (op_is_noise(actions, op) ||
        (op->temp && op->verb == VERB_DELETE && was_only_temporary(actions, op))) {
        fold_noise(actions, op);
        return true;
    }
    if (op->verb == VERB_LIST) {
        fold_list(actions, op);
        return true;
    }
    if (join_earlier(actions, op)) return true;
    if ((op->verb == VERB_READ || op->verb == VERB_CREATE) && pair_copy(actions, op)) return true;
    op_wait(actions, op, op->last_ns + wait_ns(actions, op));
    return false;
}

/* --- when the time has come ------------------------------------------------------------------- */

/* R4: many files of one folder, each open for a moment: nobody reads so. One whose close was lost
 * comes when the others are gone. */
static bool fold_previews(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    Op *found[GROUP_OPS_MAX];
    size_t count = 0;
    if (!is_preview(actions, op)) return false;
    for (Op *other = op_at(actions, group->first_op); other && count < ARRAY_COUNT(found);
         other = op_at(actions, other->group_newer)) {
        int64_t apart = other->first_ns - op->first_ns;
        if (is_preview(actions, other) && apart >= 0 &&
            apart <= pair_window(actions, WINDOW_PREVIEW) &&
            pair_same_folder(actions_text(actions, op->path), actions_text(actions, other->path))) {
            found[count++] = other;
        }
    }
    PathMemo *memo =
        path_memo(actions, op->host, path_folder(actions_text(actions, op->path)), true);
    bool late = memo->preview_ns != TIME_UNKNOWN && memo->session == op->session &&
                op->first_ns - memo->preview_ns <= pair_window(actions, WINDOW_PREVIEW) &&
                op->first_ns >= memo->preview_ns - pair_window(actions, WINDOW_PREVIEW);
    if (count < PREVIEW_FILES_MIN && !late) return false;
    if (!late) {
        memo->preview_ns = op->first_ns;
        memo->session = op->session;
    }
    for (size_t i = 0; i < count; i++) {
        op_add_detail(actions, found[i], SLICE("preview"));
        fold_list(actions, found[i]);
    }
    return true;
}

/* The copy may be open still, or its close lost. It takes op in, when it is one. True: op is gone.
 */
static bool find_copy(Actions *actions, Op *op)
{
    TableKey key = op->node.key;
    if (!handle_finish_copy(actions, op)) return false;
    return table_find(&actions->ops, key) == NULL;
}

bool pair_due(Actions *actions, Op *op)
{
    if (op->kind == OP_WATCH) {
        handle_watched(actions, op);
        return true;
    }
    if (op->kind == OP_AUDIT) {
        if (!auditd_become(actions, op)) return true;
        if (op->kind != OP_FILE) return false;
        auditd_pair(actions, op);
        return true;
    }
    if (op->kind > OP_SHARE || op->outcome == OUTCOME_FAILURE) return false;
    group_use(actions, op);
    Slice path = actions_text(actions, op->path);
    if (op->verb == VERB_READ && path_is_folder(actions, op->host, path)) {
        fold_list(actions, op); /* what was opened for reading has turned out to be a folder */
        return true;
    }
    if (op->verb == VERB_WRITE && path_is_folder(actions, op->host, path)) {
        op_free(actions, op); /* R6: a child was added, which has a record of its own */
        return true;
    }
    if (op->verb == VERB_READ && op->kind == OP_FILE && find_copy(actions, op)) return true;
    if (op->verb == VERB_READ && fold_previews(actions, op)) return true;
    bool unnamed = op->verb == VERB_RENAME && !op->target;
    if (unnamed && op->temp && save_infer(actions, op)) {
        op_wait(actions, op, op->last_ns + pair_window(actions, WINDOW_MERGE));
        return true;
    }
    if (!op->settled && (op->verb == VERB_DELETE || op->verb == VERB_RENAME) && !op->temp &&
        save_goes_on(actions, op)) {
        op->settled = true;
        op_wait(actions, op, op->first_ns + pair_window(actions, WINDOW_OFFICE));
        return true;
    }
    return false;
}
