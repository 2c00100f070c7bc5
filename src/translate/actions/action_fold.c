/* Browsing (R3) and background work (R2): many small things as one record, as long as they go on.
 */
#include "translate/actions/action_state.h"

#define FOLD_DEPTH 2 /* parts of a local path that make one place: C:\Data and all below */

/* The path as far as its first parts. */
static Slice top_of(Slice path)
{
    size_t parts = 0;
    char separator = path_separator(path);
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == separator && i > 0 && parts++ == FOLD_DEPTH - 1)
            return slice_first(path, i);
    }
    return path;
}

/* The folder that holds both, on a boundary between parts. */
static Slice common_folder(Slice a, Slice b)
{
    size_t len = 0, common = 0;
    char separator = path_separator(a);
    while (len < a.len && len < b.len &&
           slice_eq_nocase(slice_of(a.ptr + len, 1), slice_of(b.ptr + len, 1))) {
        if (a.ptr[len] == separator) common = len;
        len++;
    }
    bool a_ends = len == a.len && (len == b.len || b.ptr[len] == separator);
    bool b_ends = len == b.len && a.ptr[len < a.len ? len : a.len - 1] == separator;
    if (a_ends || (len < a.len && b_ends)) common = len;
    if (common == 2 && a.len > 2 && a.ptr[1] == ':') common = 3; /* C:\ keeps its backslash */
    return slice_first(a, common ? common : len);
}

static Slice folder_of(Actions *actions, const Op *op)
{
    Slice path = actions_text(actions, op->path);
    if (op->verb == VERB_LIST && path_is_folder(actions, op->host, path)) return path;
    Slice folder = path_folder(path);
    if (folder.len == 2 && folder.ptr[1] == ':') folder.len = 3;
    return folder.len > 0 ? folder : path;
}

static void begin_fold(Actions *actions, Op *op, Group *group, Slice folder, int64_t due_ns)
{
    NameId name = actions_hold(actions, folder);
    if (name) {
        name_drop(actions->names, op->path);
        op->path = name;
    }
    op_set_name(actions, &op->target, 0);
    op_move(actions, op, group);
    op_wait(actions, op, due_ns);
}

static void widen(Actions *actions, Op *fold, Slice folder)
{
    Slice both = common_folder(actions_text(actions, fold->path), folder);
    NameId name = actions_hold(actions, both);
    if (!name) return;
    name_drop(actions->names, fold->path);
    fold->path = name;
}

static TableKey fold_key(Actions *actions, const Op *op, unsigned kind, Slice place)
{
    /* Background work is told of by program. */
    uint64_t image = kind == OP_LIST ? 0 : op->image;
    return op_named_group(actions, kind, op->host, place, image << 32 | op->session);
}

/* A local path is the same in the share's event and in the file's own. A whole drive (C$) is one
 * place for who comes over the network. */
static Slice place_of(Slice share, Slice folder)
{
    bool is_local = folder.len > 1 && folder.ptr[1] == ':';
    bool is_drive = slice_ends(share, SLICE("$"));
    return share.len > 0 && (is_drive || !is_local) ? share : top_of(folder);
}

void fold_list(Actions *actions, Op *op)
{
    int64_t window_ns = actions->settings->window_ns[WINDOW_LIST];
    Slice share = actions_text(actions, op->share), folder = folder_of(actions, op);
    TableKey key = fold_key(actions, op, OP_LIST, place_of(share, folder));
    Group *group = group_find(actions, key);
    Op *fold = group ? op_at(actions, group->first_op) : NULL;
    if (fold && op->first_ns - fold->last_ns <= window_ns) {
        widen(actions, fold, folder);
        if (op->certainty == CERTAINTY_OBSERVED) fold->certainty = CERTAINTY_OBSERVED;
        op_absorb(actions, fold, op);
        op_wait(actions, fold, fold->last_ns + window_ns);
        return;
    }
    if (fold) out_op(actions, fold);
    group = group_make(actions, key);
    if (!group) return;
    op->kind = OP_LIST;
    op->verb = VERB_LIST;
    op->rule = RULE_LIST;
    op->background = true;
    begin_fold(actions, op, group, folder, op->last_ns + window_ns);
}

static bool is_reading(const Op *op)
{
    return op->verb == VERB_READ || op->verb == VERB_LIST || op->verb == VERB_SET_ATTR ||
           op->verb == VERB_OTHER;
}

void fold_noise(Actions *actions, Op *op)
{
    if (is_reading(op) && op->kind == OP_SHARE) { /* Explorer's desktop.ini: part of browsing */
        op->verb = VERB_LIST;
        fold_list(actions, op);
        return;
    }
    int64_t window_ns = actions->settings->window_ns[WINDOW_NOISE];
    Slice folder = folder_of(actions, op);
    TableKey key = fold_key(actions, op, OP_NOISE + (is_reading(op) ? 100 : op->verb), folder);
    Group *group = group_find(actions, key);
    Op *fold = group ? op_at(actions, group->first_op) : NULL;
    if (fold && op->last_ns - fold->first_ns <= window_ns) {
        op_absorb(actions, fold, op);
        return;
    }
    if (fold) out_op(actions, fold);
    group = group_make(actions, key);
    if (!group) return;
    op->kind = OP_NOISE;
    op->rule = RULE_NOISE;
    op->background = true;
    begin_fold(actions, op, group, folder, op->first_ns + window_ns);
}

/* SYSTEM, LOCAL SERVICE and NETWORK SERVICE (MS-DTYP 2.4.2.4; their logon ids: Microsoft, event
 * 4624) and the computer's own account. */
static bool is_system(const Actions *actions, const Session *session)
{
    Slice user = actions_text(actions, session->user);
    bool windows = session->source == SOURCE_WINDOWS;
    if (windows && session->logon_id >= 0x3e4 && session->logon_id <= 0x3e7) return true;
    return user.len > 0 && user.ptr[user.len - 1] == '$';
}

bool op_is_noise(Actions *actions, const Op *op)
{
    if (op->handle_kind == HANDLE_KEY && is_reading(op)) return true;
    if (settings_is_noise_process(actions->settings, actions_text(actions, op->image))) return true;
    if (op->handle_kind == HANDLE_FILE && op->outcome == OUTCOME_SUCCESS &&
        settings_path_marks(actions->settings, actions_text(actions, op->path)) & PATH_NOISE) {
        return true;
    }
    return is_reading(op) && is_system(actions, table_at(&actions->sessions, op->session));
}
