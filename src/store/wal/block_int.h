/* Between block.c (what a block holds) and block_seal.c (how it is sealed). */
#ifndef AKASHI_STORE_BLOCK_INT_H
#define AKASHI_STORE_BLOCK_INT_H

#include "store/wal/block.h"

#include <zstd.h>

struct BlockCodec {
    const Secret *kek; /* borrowed */
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
    SegmentKey *opener; /* unwrapped from `wrapped`; NULL: none yet */
    WrappedKey wrapped;
    uint64_t opener_store_id;
    uint32_t opener_file;
    Buf sealed, plain, rows; /* of the block packed or loaded last */
};

/* Makes codec->opener the key that the head carries. -EBADMSG, -ENOKEY: it does not open. */
MUST_USE int block_opener(BlockCodec *codec, const BlockHead *head);
/* Seals what follows the head of a block at `offset`; writes sealed_part_bytes(plain.len). */
MUST_USE int block_seal_part(SegmentKey *key, uint64_t offset, Slice plain, char *to);
/* The reverse, into *to, which is emptied first. -EBADMSG: changed, or of another place. */
MUST_USE int block_open_part(SegmentKey *key, uint64_t offset, Slice sealed, Buf *to);

#endif
