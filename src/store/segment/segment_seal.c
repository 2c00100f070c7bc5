/* Bytes of any length as sealed pieces, and back. */
#include "store/segment/segment_int.h"

#include <errno.h>

static BlockName piece_name(uint64_t number, unsigned kind)
{
    return (BlockName){.number = number, .kind = (uint16_t)kind, .version = SEGMENT_VERSION};
}

int seal_piece(Sealer *sealer, unsigned kind, Slice plain)
{
    int r = crypt_block_seal(sealer->key, piece_name(sealer->next, kind), plain, sealer->room);
    size_t bytes = plain.len + CRYPT_TAG_BYTES;
    if (r == 0) r = os_pwrite_full(sealer->os, sealer->fd, sealer->room, bytes, sealer->at);
    if (r < 0) return r;
    sealer->at += bytes;
    sealer->next++;
    return 0;
}

int seal_run(Sealer *sealer, unsigned kind, Slice plain, SealedRun *ret)
{
    SealedRun run = {.offset = sealer->at, .bytes = plain.len, .first = sealer->next};
    while (plain.len > 0) {
        int r = seal_piece(sealer, kind, slice_first(plain, SEGMENT_PIECE_BYTES));
        if (r < 0) return r;
        plain = slice_skip(plain, SEGMENT_PIECE_BYTES);
    }
    *ret = run;
    return 0;
}

int unseal_piece(const Os *os, int fd, SegmentKey *key, unsigned kind, SealedRun piece, Buf *to)
{
    size_t bytes = (size_t)piece.bytes + CRYPT_TAG_BYTES;
    CLEANUP(buf_done) Buf sealed = buf_make(CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES);
    char *room = buf_reserve(&sealed, bytes);
    char *plain = buf_reserve(to, bytes);
    if (!room || !plain) return -ENOMEM;
    ssize_t got = os_pread_full(os, fd, room, bytes, piece.offset);
    if (got < 0) return (int)got;
    if ((size_t)got < bytes) return -EBADMSG;
    int r = crypt_block_open(key, piece_name(piece.first, kind), slice_of(room, bytes), plain);
    if (r == 0) to->len += (size_t)piece.bytes;
    return r;
}

int unseal_run(const Os *os, int fd, SegmentKey *key, unsigned kind, const SealedRun *run, Buf *to)
{
    for (uint64_t i = 0; i < sealed_pieces(run->bytes); i++) {
        uint64_t begin = i * SEGMENT_PIECE_BYTES, left = run->bytes - begin;
        SealedRun piece = {.offset = run->offset + begin + i * CRYPT_TAG_BYTES,
                           .bytes = left < SEGMENT_PIECE_BYTES ? left : SEGMENT_PIECE_BYTES,
                           .first = run->first + i};
        int r = unseal_piece(os, fd, key, kind, piece, to);
        if (r < 0) return r;
    }
    return 0;
}
