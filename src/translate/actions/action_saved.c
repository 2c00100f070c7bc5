/* Saved documents (R10): action_pair.h. */
#include "translate/actions/action_pair.h"

static bool in_window(const Op *op, const Op *earlier, int64_t window_ns)
{
    return op->last_ns - earlier->first_ns <= window_ns;
}

/* Did the other op make the way free for the document, or make the file that took its place? */
static bool is_part_of_save(const Actions *actions, const Op *op, const Op *other)
{
    Slice old = actions_text(actions, op->path);
    if (other == op || other->kind == OP_RECORD || other->outcome != OUTCOME_SUCCESS ||
        !pair_same_folder(old, actions_text(actions, other->path)) ||
        !in_window(op, other, pair_window(actions, WINDOW_OFFICE))) {
        return false;
    }
    if (other->verb == VERB_DELETE && other->temp) return true; /* the old one, put away before */
    if (other->path == op->path) return other->verb == VERB_CREATE || other->verb == VERB_WRITE;
    return other->path == op->target && (other->verb == VERB_RENAME || other->verb == VERB_DELETE);
}

/* op: a temporary file got the name of a document. One WRITE, or CREATE of a document that was not
 * there before. */
void save_become(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    bool replaced = false, made = false;
    for (Op *other = op_at(actions, group->first_op), *next; other; other = next) {
        next = op_at(actions, other->group_newer);
        if (!is_part_of_save(actions, op, other)) continue;
        made |= other->path == op->path;
        replaced |= other->path == op->target;
        if (other->verb == VERB_RENAME) op_set_name(actions, &op->away, other->target);
        op_absorb(actions, op, other);
    }
    if (!made && !replaced) return;
    op->verb = replaced || op->was_known ? VERB_WRITE : VERB_CREATE;
    op->rule = RULE_SAVE;
    op->certainty = CERTAINTY_CORRELATED;
    op->temp = false;
    op_set_name(actions, &op->path, op->target);
    op_set_name(actions, &op->target, 0);
}

/* A temporary file that goes away belongs to the document that was just saved. */
bool save_join(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    for (Op *save = op_at(actions, group->first_op); save;
         save = op_at(actions, save->group_newer)) {
        if (save->rule != RULE_SAVE || !in_window(op, save, pair_window(actions, WINDOW_OFFICE)))
            continue;
        if (save->away != op->path &&
            !pair_same_folder(actions_text(actions, save->path), actions_text(actions, op->path))) {
            continue;
        }
        op_absorb(actions, save, op);
        return true;
    }
    return false;
}

/* May a temporary file in the same folder still take the place of what went away? */
bool save_goes_on(Actions *actions, const Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    Slice path = actions_text(actions, op->path);
    for (Op *other = op_at(actions, group->first_op); other;
         other = op_at(actions, other->group_newer)) {
        if (other != op && other->temp && other->kind != OP_RECORD &&
            (other->verb == VERB_CREATE || other->verb == VERB_WRITE ||
             other->verb == VERB_RENAME) &&
            pair_same_folder(path, actions_text(actions, other->path))) {
            return true;
        }
    }
    return false;
}

/* Nothing with the new name was opened. When a document has just made way for a temporary file, its
 * name is what the file got. */
bool save_infer(Actions *actions, Op *op)
{
    Group *group = table_at(&actions->groups, op->group);
    for (Op *other = op_at(actions, group->first_op); other;
         other = op_at(actions, other->group_newer)) {
        if (other == op || other->temp || other->kind != OP_FILE ||
            (other->verb != VERB_RENAME && other->verb != VERB_DELETE) ||
            other->last_ns > op->last_ns ||
            !pair_same_folder(actions_text(actions, op->path),
                              actions_text(actions, other->path))) {
            continue;
        }
        op_set_name(actions, &op->target, other->path);
        save_become(actions, op);
        op->certainty = CERTAINTY_INFERRED;
        return true;
    }
    return false;
}
