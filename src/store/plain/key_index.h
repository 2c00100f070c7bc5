/* The index file of a closed segment: what is in the segment, and its keys, sorted, so that a
 * repeat is found with one small read. Made from the segment; when it is missing or damaged, made
 * again.
 *
 * In memory stay a filter (ten bits a key: most keys that are not there cost no read) and each
 * page's first key, both only while all of them together stay under KEY_INDEX_BYTES_MAX (about 40
 * million keys); an index opened past that is searched in its file alone, which is slower by some
 * ten reads a lookup. */
#ifndef AKASHI_STORE_KEY_INDEX_H
#define AKASHI_STORE_KEY_INDEX_H

#include "store/plain/block_walk.h"
#include "store/plain/store_folder.h"

#define KEY_INDEX_BYTES_MAX ((size_t)64 << 20)

typedef struct KeyIndex {
    uint32_t segment;
    FileSurvey survey; /* of the segment, when it was closed */
    uint64_t key_count;
    uint32_t page_count;
    uint32_t filter_blocks;
    uint64_t pages_offset;            /* in the file */
    uint8_t *filter;                  /* NULL: not in memory */
    uint8_t (*fences)[ROW_KEY_BYTES]; /* first key of each page; NULL: not in memory */
} KeyIndex;

void key_index_done(KeyIndex *index);
/* Bytes that the index takes in memory, and on disk. */
size_t key_index_bytes(const KeyIndex *index);
uint64_t key_index_file_bytes(const KeyIndex *index);

/* Writes the index of a segment from its blocks: temporary file, sync, rename, sync of the folder.
 * Memory: the segment's keys. -ENOMEM, or what the system said. */
MUST_USE int key_index_make(const StoreFolder *folder, uint32_t segment, BlockCodec *codec);
/* Opens the file. with_keys false: only segment and survey. -ENOENT, -EBADMSG: it must be made
 * (again); -ENOMEM, or what the system said. */
MUST_USE int key_index_open(const StoreFolder *folder, uint32_t segment, bool with_keys,
                            KeyIndex *ret);

/* The file of the index looked at last stays open. */
typedef struct KeyIndexFile {
    const Os *os;
    int fd; /* -1: none */
    uint32_t segment;
} KeyIndexFile;
void key_index_file_done(KeyIndexFile *file);
/* 1: the segment has the key; 0: it has not. -EBADMSG: damaged, make it again; or what the system
 * said. */
MUST_USE int key_index_has(const KeyIndex *index, const StoreFolder *folder, KeyIndexFile *file,
                           const uint8_t *key);

#endif
