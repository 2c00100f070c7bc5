/* Inside actions/: what the parts of pairing share. All is of one session's group. */
#ifndef AKASHI_TRANSLATE_ACTION_PAIR_H
#define AKASHI_TRANSLATE_ACTION_PAIR_H

#include "translate/actions/action_state.h"

#define RECENT_HANDLES_MAX 8 /* of a session, that are looked through */

static inline int64_t pair_window(const Actions *actions, ActionWindow which)
{
    return actions->settings->window_ns[which];
}

static inline Group *pair_group(Actions *actions, const Session *session)
{
    return group_find(actions, op_session_group(session));
}

static inline uint64_t pair_hash(const Actions *actions, Slice text)
{
    return text_hash(actions->names, text);
}

static inline bool pair_same_folder(Slice a, Slice b)
{
    return slice_eq_nocase(path_folder(a), path_folder(b));
}

static inline bool pair_is_temp(const Actions *actions, Slice path)
{
    return settings_path_marks(actions->settings, path) & PATH_TEMP;
}

/* --- action_rename.c: R6 (a), R8 -------------------------------------------------------------- */

/* A renamed file's own announcement says which folder the new name is in. */
void rename_take_announcement(Actions *actions, Op *op);
/* What op is, now that both its names are known: RENAME, MOVE, to the recycle bin, or a save. */
void rename_settle(Actions *actions, Op *op);

/* --- action_saved.c: R10 ---------------------------------------------------------------------- */

/* op: a temporary file got the name of a document. Takes the other steps in. */
void save_become(Actions *actions, Op *op);
/* op, a temporary file that went away, into the save that it belongs to. True: op is gone. */
bool save_join(Actions *actions, Op *op);
/* May a temporary file in the same folder still take the place of what went away? */
bool save_goes_on(Actions *actions, const Op *op);
/* The document that has made way for the temporary file is what it became. False: there is none. */
bool save_infer(Actions *actions, Op *op);

#endif
