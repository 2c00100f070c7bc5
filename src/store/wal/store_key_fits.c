/* Is this the store's key? Asked of its content, where FORMAT, which knows, is damaged. */
#include "store/segment/segment.h"
#include "store/wal/block_walk.h"
#include "store/wal/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

typedef struct Trial {
    const StoreFolder *folder;
    BlockCodec *codec;
    size_t tried, fitted;
} Trial;

/* The first block with rows is enough. */
static int try_log(Trial *trial, StoreFile kind, uint32_t number)
{
    const Os *os = trial->folder->os;
    StorePath path = store_file_path(trial->folder, kind, number);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    FileInfo info;
    if (file.fd < 0) return file.fd == -ENOENT ? 0 : file.fd;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    BlockWalk walk;
    BlockHead head;
    Slice keys;
    const char *reason;
    block_walk_begin(&walk, os, file.fd, file_number(kind, number), trial->folder->store_id,
                     info.bytes);
    while ((r = block_walk_next(&walk, &head)) == 1 && head.kind == BLOCK_MARK) {
    }
    if (r <= 0) return r;
    r = block_load_keys(trial->codec, os, file.fd, &head, &keys, &reason);
    trial->tried++;
    trial->fitted += r == 0;
    return r == -EBADMSG || r == -EIO ? 0 : r;
}

static int try_segment(void *context, Slice name)
{
    Trial *trial = context;
    char below[FILE_NAME_MAX];
    int len = snprintf(below, sizeof below, "segments/%.*s", SLICE_FMT(name));
    if (trial->fitted || len >= FILE_NAME_MAX || name.len != 12) return 0;
    StorePath path = store_path(trial->folder, below);
    CLEANUP(segment_done) Segment *segment = NULL;
    int r = segment_open(trial->folder->os, path.text, trial->folder->kek, &segment);
    trial->tried++;
    trial->fitted += r == 0;
    return r == -ENOMEM ? r : 0;
}

static int try_all(Trial *trial, const StoreListing *listing)
{
    const Os *os = trial->folder->os;
    StorePath path = store_path(trial->folder, "segments");
    int r = 0;
    for (size_t i = 0; i < listing_count(&listing->wals) && r == 0 && !trial->fitted; i++) {
        r = try_log(trial, STORE_FILE_WAL, listing_at(&listing->wals, i));
    }
    for (size_t i = 0; i < listing_count(&listing->tips) && r == 0 && !trial->fitted; i++) {
        r = try_log(trial, STORE_FILE_TIP, listing_at(&listing->tips, i));
    }
    if (r == 0) r = os->list(os->state, path.text, try_segment, trial);
    return r == -ENOENT ? 0 : r;
}

int store_key_fits(const StoreFolder *folder, const StoreListing *listing)
{
    Trial trial = {.folder = folder, .codec = block_codec_new(folder->kek)};
    if (!trial.codec) return -ENOMEM;
    int r = try_all(&trial, listing);
    block_codec_free(trial.codec);
    if (r < 0) return r;
    return trial.tried && !trial.fitted ? -ENOKEY : 0;
}
