/* By which bookmark a file that was found is read on: its own, that of a file it is a copy of, or a
 * new one. */
#include "collect/follow_inside.h"

bool follow_begins_like(const Bookmark *bookmark, Slice head)
{
    if (head.len < bookmark->head_bytes) return false;
    Digest digest = follow_digest(slice_first(head, bookmark->head_bytes));
    return memcmp(&digest, &bookmark->head, sizeof digest) == 0;
}

void follow_take_head(Follow *follow, Bookmark *bookmark, Slice head)
{
    if (head.len <= bookmark->head_bytes && bookmark->head_bytes > 0) return;
    bookmark->head_bytes = (uint32_t)head.len;
    bookmark->head = follow_digest(head);
    follow->bookmarks.changed = true;
}

/* A bookmark that is this file's, or, of another file, one that this is a copy of. */
static Bookmark *find_bookmark(Follow *follow, const FileInfo *info, Slice head,
                               FollowHasTail has_tail, void *context)
{
    Bookmark *copied = NULL;
    for (size_t i = 0; i < follow->bookmarks.count; i++) {
        Bookmark *bookmark = &follow->bookmarks.items[i];
        if (bookmark->head_bytes == 0 || !follow_begins_like(bookmark, head)) continue;
        bool is_own = bookmark->device == info->device && bookmark->inode == info->inode;
        if (is_own && info->bytes >= bookmark->offset) return bookmark;
        if (bookmark->tail_bytes == 0 || (copied && bookmark->offset <= copied->offset)) continue;
        if (has_tail(context, bookmark)) copied = bookmark;
    }
    return copied;
}

Bookmark *follow_new_bookmark(Follow *follow, const FileInfo *info, Slice head, uint64_t offset)
{
    const Os *os = follow->os;
    Bookmark fresh = {.device = info->device, .inode = info->inode, .offset = offset};
    if (os->random(os->state, &fresh.generation, sizeof fresh.generation) < 0) return NULL;
    fresh.used_day = follow_today(follow);
    fresh.head_bytes = (uint32_t)head.len;
    fresh.head = follow_digest(head);
    return bookmarks_add(&follow->bookmarks, &fresh);
}

Bookmark *follow_bookmark_for(Follow *follow, const FileInfo *info, Slice head,
                              FollowHasTail has_tail, void *context)
{
    Bookmark *known = find_bookmark(follow, info, head, has_tail, context), copy;
    if (known && known->device == info->device && known->inode == info->inode) return known;
    if (known) {
        copy = *known;
        copy.device = info->device;
        copy.inode = info->inode;
        known = bookmarks_add(&follow->bookmarks, &copy);
    } else {
        bool from_end = !follow->first_scan_over && !follow->options.from_start;
        known = follow_new_bookmark(follow, info, head, from_end ? info->bytes : 0);
    }
    if (!known || bookmarks_write(follow->os, follow->options.bookmarks, &follow->bookmarks) < 0) {
        return NULL;
    }
    return known;
}
