/* What was done through a handle, by the rights that were used: R5 to R8, R11, R12, in the order of
 * R14. The rights are those of Microsoft's event 4663, table "Access Request Information". */
#include "translate/actions/action_state.h"

static bool is_executable(const Actions *actions, NameId path)
{
    return settings_path_marks(actions->settings, actions_text(actions, path)) & PATH_EXECUTABLE;
}

static void say(Op *op, Verb verb, OpRule rule, Certainty certainty)
{
    op->verb = (uint8_t)verb;
    op->rule = (uint8_t)rule;
    op->certainty = (uint8_t)certainty;
    op->outcome = OUTCOME_SUCCESS;
}

/* Opened as programs open what they list: nobody opens a file so, for GENERIC_READ has more. */
bool judge_is_listing(const Actions *actions, uint32_t requested, uint32_t used)
{
    return !(used & (USED_WRITE | USED_DELETE | USED_PERMISSIONS)) &&
           settings_has_mask(actions->settings, LIST_LIST_MASK, requested);
}

static bool judge_created(const Actions *actions, const Handle *handle, Op *op)
{
    op->copy_in = settings_has_mask(actions->settings, LIST_COPY_MASK, handle->requested);
    if (handle->announced && !handle->was_known) {
        say(op, VERB_CREATE, RULE_CREATE, CERTAINTY_CORRELATED);
        return true;
    }
    if (!op->copy_in || handle->was_known || !(handle->used & USED_WRITE)) return false;
    say(op, VERB_CREATE, RULE_CREATE, CERTAINTY_CORRELATED);
    return true;
}

static bool judge_folder(const Handle *handle, Op *op)
{
    uint32_t used = handle->used;
    if (used & USED_PERMISSIONS && !handle->permissions_told) {
        say(op, VERB_CHANGE_ACL, RULE_PERMISSIONS, CERTAINTY_CORRELATED);
    } else if (handle->announced) {
        say(op, VERB_MKDIR, RULE_CREATE, CERTAINTY_CORRELATED);
    } else if (used & USED_ATTRIBUTES) {
        say(op, VERB_SET_ATTR, RULE_ATTRIBUTES, CERTAINTY_OBSERVED);
    } else if (used & USED_LOOK) {
        say(op, VERB_LIST, RULE_LIST, CERTAINTY_OBSERVED);
    } else {
        return false; /* AddFile, AddSubdirectory, DeleteChild: told of by the child's own record */
    }
    return true;
}

static bool judge_file(const Actions *actions, const Handle *handle, Op *op)
{
    uint32_t used = handle->used, either = used | handle->requested;
    if (judge_created(actions, handle, op)) return true;
    if (used & USED_WRITE) {
        say(op, VERB_WRITE, RULE_WRITE, CERTAINTY_OBSERVED);
    } else if (used & USED_PERMISSIONS && !handle->permissions_told) {
        say(op, VERB_CHANGE_ACL, RULE_PERMISSIONS, CERTAINTY_CORRELATED);
    } else if (used & (USED_READ | USED_EXECUTE) && either & USED_EXECUTE && either & USED_READ &&
               is_executable(actions, handle->path)) {
        say(op, VERB_EXECUTE, RULE_EXECUTE, CERTAINTY_OBSERVED);
    } else if (used & USED_READ) {
        say(op, VERB_READ, RULE_READ, CERTAINTY_OBSERVED);
    } else if (used & USED_ATTRIBUTES) {
        say(op, VERB_SET_ATTR, RULE_ATTRIBUTES, CERTAINTY_OBSERVED);
    } else if (used & USED_LOOK) {
        say(op, VERB_LIST, RULE_LIST, CERTAINTY_OBSERVED);
    } else {
        return false;
    }
    return true;
}

/* Registry keys: 0x2 set a value, 0x4 create a key (MS-RRP 2.2.3). What only looks is browsing. */
static bool judge_key(const Handle *handle, Op *op)
{
    if (handle->deleted) {
        say(op, VERB_DELETE, RULE_KEY, CERTAINTY_OBSERVED);
    } else if (handle->used & 0x6) {
        say(op, VERB_WRITE, RULE_KEY, CERTAINTY_OBSERVED);
    } else if (handle->used & USED_PERMISSIONS) {
        say(op, VERB_CHANGE_ACL, RULE_KEY, CERTAINTY_CORRELATED);
    } else if (handle->used) {
        say(op, VERB_READ, RULE_KEY, CERTAINTY_OBSERVED);
    } else {
        return false;
    }
    return true;
}

bool judge_handle(Actions *actions, const Handle *handle, bool folder, Op *op)
{
    if (handle->kind == HANDLE_KEY) return judge_key(handle, op);
    if (handle->kind == HANDLE_OTHER) {
        say(op, VERB_OTHER, RULE_OBJECT, CERTAINTY_OBSERVED);
        return handle->used != 0;
    }
    if (handle->deleted) {
        say(op, VERB_DELETE, RULE_DELETE, CERTAINTY_OBSERVED);
        return true;
    }
    if (handle->used & USED_DELETE) { /* deleted without 4660: it got another name */
        say(op, VERB_RENAME, RULE_RENAME, CERTAINTY_INFERRED);
        return true;
    }
    return folder || handle->announced == 0x4 ? judge_folder(handle, op)
                                              : judge_file(actions, handle, op);
}

Verb judge_requested(uint32_t mask)
{
    if (mask & USED_DELETE) return VERB_DELETE;
    if (mask & USED_WRITE) return VERB_WRITE;
    if (mask & USED_PERMISSIONS) return VERB_CHANGE_ACL;
    if (mask & USED_EXECUTE && mask & USED_READ) return VERB_EXECUTE;
    if (mask & USED_READ) return VERB_READ;
    return mask & USED_ATTRIBUTES ? VERB_SET_ATTR : VERB_LIST;
}
