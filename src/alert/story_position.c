/* How far the rules have seen the store, and the copy for backups (story.h). */
#include "alert/story_base.h"

#include <errno.h>

int stories_set_position(Stories *stories, const StoriesPosition *position)
{
    const AlertCipher *cipher = stories->cipher;
    CLEANUP(buf_done) Buf sealed = buf_make(STORIES_STATE_BYTES_MAX + 4096);
    SealBound bound = seal_bound("position", 1);
    if (position->state.len > STORIES_STATE_BYTES_MAX) return -EMSGSIZE;
    int r =
        cipher->seal(cipher->context, slice_of(bound.text, bound.len), position->state, &sealed);
    if (r < 0) return r;
    sqlite3_stmt *set = story_base_ask(stories, SET_POSITION);
    database_put_number(set, 1, (int64_t)position->row);
    database_put_number(set, 2, position->time_ns);
    database_put_bytes(set, 3, sealed.ptr, sealed.len);
    r = database_run(set);
    if (set) sqlite3_clear_bindings(set);
    return r;
}

int stories_position(Stories *stories, Arena *arena, StoriesPosition *ret)
{
    SealBound bound = seal_bound("position", 1);
    sqlite3_stmt *ask = story_base_ask(stories, ASK_POSITION);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    *ret = (StoriesPosition){.row = (uint64_t)database_number_at(ask, 0),
                             .time_ns = database_number_at(ask, 1)};
    r = story_base_open_piece(stories, &bound, database_bytes_at(ask, 2), arena, &ret->state);
    sqlite3_reset(ask);
    buf_done(&stories->scratch); /* it may have been large */
    return r;
}

int stories_copy(const Os *os, const char *folder, const char *path)
{
    return database_copy(os, folder, &story_file, path, NULL);
}
