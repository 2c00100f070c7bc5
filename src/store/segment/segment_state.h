/* An open segment, for the files that read it: segment_open.c, segment_check.c, segment_find_key.c
 * and those that give its rows. */
#ifndef AKASHI_STORE_SEGMENT_STATE_H
#define AKASHI_STORE_SEGMENT_STATE_H

#include "store/segment/segment_head.h"
#include "store/segment/segment_keys.h"

/* Prints of keys that can be asked. */
typedef struct KeyPart {
    KeyPlace place;
    KeySeed seed;
    KeyFences fences;
    uint64_t *filter; /* NULL: none; segment_hold_keys */
    uint64_t filter_words;
} KeyPart;

struct Segment {
    const Os *os;
    int fd;
    SegmentKey *key;
    Arena arena;
    SegmentHead head;
    char head_bytes[SEGMENT_HEAD_BYTES];
    SegmentDirectory directory;
    TokenIndex *index; /* NULL: damaged */
    Buf piece;         /* of the index, the last one read */
    uint64_t file_bytes;
    KeyPart *keys; /* the file's own, then those of members that have one; opened at need */
    size_t key_part_count;
    Buf key_piece;                /* the last one read */
    const KeyPart *key_part_held; /* of which part; NULL: none */
    uint32_t key_piece_held;
};

/* The place of a piece or a run can be in the file. */
bool segment_run_in_file(const Segment *segment, const SealedRun *run);
/* -EBADMSG: some piece of it. */
MUST_USE int segment_check_index(Segment *segment);
MUST_USE int segment_check_keys(Segment *segment);
/* Makes segment->keys; once. -EBADMSG, -ENOMEM, what the system said. */
MUST_USE int segment_open_keys(Segment *segment);
void segment_forget_keys(Segment *segment);
/* Appends the prints of a part, ascending. */
MUST_USE int segment_read_prints(Segment *segment, const KeyPart *part, Buf *to);
MUST_USE int segment_block_plain(Segment *segment, uint32_t block, Buf *to);
MUST_USE int segment_open_block(Segment *segment, uint32_t block, OpenBlock **ret);

#endif
