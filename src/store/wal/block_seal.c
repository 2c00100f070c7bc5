/* How blocks are sealed; see block.h and crypt.h.
 *
 * The number of a sealed piece is its place in the file. Places rise while a file is written, and a
 * file is written by one process only, so no number is used twice under a key (C1). */
#include "store/wal/block_int.h"

#include "base/number.h"

#include <errno.h>

enum { SEAL_KIND = 16, SEAL_VERSION = 2 };

/* Another name space than segments have: their log id is a hash. */
static SegmentName key_name(uint64_t store_id, uint32_t file_number)
{
    SegmentName name = {.log_id = "akwal", .number = file_number};
    memcpy(name.log_id + 8, &store_id, sizeof store_id);
    return name;
}

int block_key_new(const Os *os, uint64_t store_id, uint32_t file_number, const Secret *kek,
                  BlockKey *ret)
{
    SegmentName name = key_name(store_id, file_number);
    BlockKey made = {0};
    int r = crypt_segment_new(os, &name, &made.key);
    if (r == 0) r = crypt_wrap(os, made.key, kek, &made.wrapped);
    if (r < 0) {
        crypt_segment_free(made.key);
        return r;
    }
    *ret = made;
    return 0;
}

void block_key_done(BlockKey *key)
{
    crypt_segment_free(key->key);
    *key = (BlockKey){0};
}

int block_opener(BlockCodec *codec, const BlockHead *head)
{
    bool same = codec->opener && codec->opener_store_id == head->store_id &&
                codec->opener_file == head->file_number &&
                memcmp(&codec->wrapped, &head->key, sizeof head->key) == 0;
    if (same) return 0;
    SegmentName name = key_name(head->store_id, head->file_number);
    SegmentKey *key;
    int r = crypt_unwrap(&head->key, &name, codec->kek, &key);
    if (r < 0) return r;
    crypt_segment_free(codec->opener);
    codec->opener = key;
    codec->wrapped = head->key;
    codec->opener_store_id = head->store_id;
    codec->opener_file = head->file_number;
    return 0;
}

static BlockName piece_name(uint64_t offset)
{
    return (BlockName){.number = offset, .kind = SEAL_KIND, .version = SEAL_VERSION};
}

int block_seal_part(SegmentKey *key, uint64_t offset, Slice plain, char *to)
{
    int r = 0;
    for (uint64_t at = offset + BLOCK_HEAD_BYTES; plain.len > 0 && r == 0;) {
        Slice piece = slice_first(plain, CRYPT_BLOCK_BYTES_MAX);
        r = crypt_block_seal(key, piece_name(at), piece, to);
        to += piece.len + CRYPT_TAG_BYTES;
        at += piece.len + CRYPT_TAG_BYTES;
        plain = slice_skip(plain, piece.len);
    }
    return r;
}

int block_open_part(SegmentKey *key, uint64_t offset, Slice sealed, Buf *to)
{
    buf_clear(to);
    char *room = buf_reserve(to, sealed.len + 1);
    if (!room) return buf_error(to);
    int r = 0;
    for (uint64_t at = offset + BLOCK_HEAD_BYTES; sealed.len > 0 && r == 0;) {
        Slice piece = slice_first(sealed, CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES);
        if (piece.len <= CRYPT_TAG_BYTES) return -EBADMSG;
        r = crypt_block_open(key, piece_name(at), piece, to->ptr + to->len);
        to->len += piece.len - CRYPT_TAG_BYTES;
        at += piece.len;
        sealed = slice_skip(sealed, piece.len);
    }
    return r;
}
