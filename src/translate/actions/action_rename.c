/* New children of folders (R6) and new names (R8): action_pair.h. */
#include "translate/actions/action_pair.h"

#define ANNOUNCED_NS NS_PER_SECOND /* R6: a folder is told of its child within this time */
#define JITTER_NS (20 * NS_PER_MS) /* times of one moment that are written out of order */

/* --- announcements: R6 (a) -------------------------------------------------------------------- */

/* The child may have been opened just before its folder tells of it. */
static bool announce_to_handle(Work *work, Session *session, Slice folder, uint32_t mask)
{
    uint32_t index = session->first_handle;
    for (int i = 0; index && i < RECENT_HANDLES_MAX; i++) {
        Handle *handle = table_at(&work->actions->handles, index);
        Slice path = actions_text(work->actions, handle->path);
        if (!handle->was_known && !handle->announced && handle->kind == HANDLE_FILE &&
            work->now_ns - handle->opened_ns <= ANNOUNCED_NS &&
            slice_eq_nocase(path_folder(path), folder)) {
            handle->announced = (uint8_t)(mask & USED_WRITE);
            return true;
        }
        index = handle->session_older;
    }
    return false;
}

void pair_announce(Work *work, Session *session, Slice folder, uint32_t mask, bool sure)
{
    Actions *actions = work->actions;
    sure |= path_is_folder(actions, work->host, folder);
    while (folder.len > 0 && folder.ptr[folder.len - 1] == '\\') {
        folder.len--;
    }
    if (announce_to_handle(work, session, folder, mask)) return;
    Group *group = group_make(actions, op_session_group(session));
    if (!group) return;
    group->announced[group->announced_at++ % ANNOUNCED_MAX] =
        (Announced){.folder_hash = pair_hash(actions, folder),
                    .time_ns = work->now_ns,
                    .mask = mask & USED_WRITE,
                    .folder = sure};
}

uint8_t pair_child(Work *work, Session *session, Slice path, bool was_known)
{
    Actions *actions = work->actions;
    Group *group = was_known ? NULL : pair_group(actions, session);
    if (!group) return 0;
    uint64_t folder_hash = pair_hash(actions, path_folder(path));
    for (size_t i = 0; i < ANNOUNCED_MAX; i++) {
        Announced *announced = &group->announced[i];
        if (announced->mask == 0 || announced->folder_hash != folder_hash ||
            work->now_ns - announced->time_ns > ANNOUNCED_NS) {
            continue;
        }
        uint8_t mask = (uint8_t)announced->mask;
        announced->mask = 0;
        return mask;
    }
    return 0;
}

/* A renamed file's own announcement is the newest since it was opened: it says which folder the new
 * name is in. */
void rename_take_announcement(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    for (size_t i = 0; i < ANNOUNCED_MAX; i++) {
        Announced *announced =
            &group->announced[(group->announced_at + ANNOUNCED_MAX - 1 - i) % ANNOUNCED_MAX];
        if (announced->mask == 0 || !announced->folder) continue;
        if (announced->time_ns < op->first_ns - JITTER_NS) continue;
        if (announced->time_ns > op->last_ns + ANNOUNCED_NS) continue;
        op->folder_hash = announced->folder_hash;
        announced->mask = 0;
        return;
    }
}

/* --- R8: the new name ------------------------------------------------------------------------- */

static bool may_be_new_name(const Actions *actions, const Op *op, Slice path, uint32_t mask)
{
    Slice old = actions_text(actions, op->path);
    if (slice_eq_nocase(old, path)) return false;
    if (op->folder_hash != 0) {
        uint64_t hash = text_hash(actions->names, path_folder(path));
        return hash == op->folder_hash &&
               (pair_same_folder(old, path) || slice_eq_nocase(path_leaf(old), path_leaf(path)) ||
                slice_find_nocase(path, SLICE("\\$recycle.bin\\")) != SLICE_NOT_FOUND);
    }
    /* More likely a file that is being made, or a folder that is being looked through. */
    if (mask & USED_WRITE || settings_has_mask(actions->settings, LIST_LIST_MASK, mask))
        return false;
    return pair_same_folder(old, path) || slice_eq_nocase(path_leaf(old), path_leaf(path));
}

void rename_settle(Actions *actions, Op *op)
{
    Slice old = actions_text(actions, op->path), path = actions_text(actions, op->target);
    if (settings_is_in_bin(actions->settings, path) &&
        !settings_is_in_bin(actions->settings, old)) {
        op->verb = VERB_DELETE_RECYCLE;
        op->rule = RULE_RECYCLE;
    } else if (!pair_same_folder(old, path)) {
        op->verb = VERB_MOVE;
    } else if (op->temp && !pair_is_temp(actions, path)) {
        save_become(actions, op);
    }
}

static void name_renamed(Actions *actions, Op *op, Slice path, bool was_known)
{
    op->target = actions_hold(actions, path);
    op->certainty = CERTAINTY_CORRELATED;
    op->was_known = was_known;
    rename_settle(actions, op);
}

/* The share's event of the same open, or another open of the new name, has told it already. */
static bool is_name_taken(Work *work, const Group *group, Slice path)
{
    Actions *actions = work->actions;
    for (Op *op = op_at(actions, group->last_op); op; op = op_at(actions, op->group_older)) {
        Slice name = actions_text(actions, op->rule == RULE_SAVE ? op->path : op->target);
        bool renamed = op->rule == RULE_RENAME || op->rule == RULE_RECYCLE || op->rule == RULE_SAVE;
        if (renamed && work->now_ns - op->last_ns <= pair_window(actions, WINDOW_RENAME) &&
            slice_eq_nocase(name, path)) {
            raw_add(&op->raw, op->spans, work->ref);
            return true;
        }
    }
    return false;
}

/* The one that was renamed first; a temporary file does not get the name of another one. */
static Op *find_unnamed(Work *work, const Group *group, Slice path, uint32_t mask)
{
    Actions *actions = work->actions;
    bool temp = pair_is_temp(actions, path);
    Op *found = NULL;
    for (Op *op = op_at(actions, group->first_op); op; op = op_at(actions, op->group_newer)) {
        if (op->verb != VERB_RENAME || op->target || op->outcome != OUTCOME_SUCCESS ||
            work->now_ns - op->last_ns > pair_window(actions, WINDOW_RENAME) ||
            !may_be_new_name(actions, op, path, mask)) {
            continue;
        }
        bool better = !found || (temp && op->temp < found->temp) ||
                      (op->temp == found->temp && op->first_ns < found->first_ns);
        if (better) found = op;
    }
    return found;
}

bool pair_open(Work *work, Session *session, Slice path, uint32_t mask, bool was_known)
{
    Actions *actions = work->actions;
    Group *group = pair_group(actions, session);
    if (!group || was_known) return false;
    if (is_name_taken(work, group, path)) return true;
    Op *op = find_unnamed(work, group, path, mask);
    if (!op) return false;
    raw_add(&op->raw, op->spans, work->ref);
    name_renamed(actions, op, path, false);
    op_wait(actions, op, work->now_ns + pair_window(actions, WINDOW_MERGE));
    return true;
}
