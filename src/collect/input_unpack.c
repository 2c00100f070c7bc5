/* gzip (RFC 1952) and zstd (RFC 8878) streams, with zlib and libzstd themselves: libarchive's
 * filters check no gzip checksum, take a broken header for an empty file, and lose the last block
 * before a cut. A stream keeps its name when it is unpacked. */
#include "collect/input_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

typedef struct Unpacker {
    char *block; /* INPUT_BLOCK_BYTES, packed */
    size_t block_len, block_at;
    bool holds;   /* the decoder filled all the room it had: more may come with no packed bytes */
    bool between; /* at the end of a gzip member or zstd frame: the stream may end here */
    z_stream gzip;
    ZSTD_DStream *zstd;
} Unpacker;

static void unpacker_done(Unpacker *unpacker)
{
    free(unpacker->block);
    inflateEnd(&unpacker->gzip);
    ZSTD_freeDStream(unpacker->zstd);
}

/* 1: there is something to unpack; 0: the stream is over, as it may be; negative: it broke. */
static int refill(InputStream *stream)
{
    Unpacker *unpacker = stream->reader;
    if (unpacker->block_at < unpacker->block_len || unpacker->holds) return 1;
    ssize_t r = input_read(stream->packed, unpacker->block, INPUT_BLOCK_BYTES);
    if (r < 0 || (r == 0 && !unpacker->between)) {
        return input_stream_break(stream, INPUT_FAULT_DAMAGED);
    }
    unpacker->block_at = 0;
    unpacker->block_len = (size_t)r;
    return r > 0;
}

/* After a member comes another one, padding of zeros, or something that does not belong there. */
static int gzip_next_member(InputStream *stream)
{
    Unpacker *unpacker = stream->reader;
    char first = unpacker->block[unpacker->block_at];
    if (first == '\0') return 0;
    if (first != '\x1f') return input_stream_break(stream, INPUT_FAULT_DAMAGED);
    unpacker->between = false;
    inflateReset(&unpacker->gzip);
    return 1;
}

static ssize_t gzip_read(InputStream *stream, void *to, size_t bytes)
{
    Unpacker *unpacker = stream->reader;
    z_stream *gzip = &unpacker->gzip;
    size_t room = bytes < (1u << 30) ? bytes : 1u << 30;
    gzip->next_out = to;
    gzip->avail_out = (uInt)room;
    while (gzip->avail_out == room) {
        int r = refill(stream);
        if (r > 0 && unpacker->between) r = gzip_next_member(stream);
        if (r <= 0) return r;
        gzip->next_in = (Bytef *)unpacker->block + unpacker->block_at;
        gzip->avail_in = (uInt)(unpacker->block_len - unpacker->block_at);
        r = inflate(gzip, Z_NO_FLUSH);
        unpacker->block_at = unpacker->block_len - gzip->avail_in;
        unpacker->between = r == Z_STREAM_END;
        unpacker->holds = gzip->avail_out == 0 && !unpacker->between;
        bool broke = r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR;
        /* zlib says the same again when asked again, so that what came before is given first. */
        if (broke && gzip->avail_out == room) {
            return input_stream_break(stream, INPUT_FAULT_DAMAGED);
        }
    }
    return (ssize_t)(room - gzip->avail_out);
}

static ssize_t zstd_read(InputStream *stream, void *to, size_t bytes)
{
    Unpacker *unpacker = stream->reader;
    ZSTD_outBuffer out = {.dst = to, .size = bytes};
    while (out.pos == 0) {
        int r = refill(stream);
        if (r <= 0) return r;
        ZSTD_inBuffer in = {unpacker->block, unpacker->block_len, unpacker->block_at};
        size_t hint = ZSTD_decompressStream(unpacker->zstd, &out, &in);
        unpacker->block_at = in.pos;
        unpacker->between = hint == 0;
        unpacker->holds = out.pos == out.size && !unpacker->between;
        if (!ZSTD_isError(hint)) continue;
        /* A window over 128 MiB (zstd --long) is refused, so that a stream cannot ask for memory.
         */
        bool too_large = ZSTD_getErrorCode(hint) == ZSTD_error_frameParameter_windowTooLarge;
        return input_stream_break(stream, too_large ? INPUT_FAULT_METHOD : INPUT_FAULT_DAMAGED);
    }
    return (ssize_t)out.pos;
}

static int unpacker_open(Unpacker *unpacker, InputKind kind)
{
    unpacker->block = malloc(INPUT_BLOCK_BYTES);
    if (!unpacker->block) return -ENOMEM;
    if (kind == INPUT_GZIP) {
        return inflateInit2(&unpacker->gzip, 15 + 16) == Z_OK ? 0 : -ENOMEM; /* 16: gzip's header */
    }
    unpacker->zstd = ZSTD_createDStream();
    return unpacker->zstd ? 0 : -ENOMEM;
}

int input_unpack_walk(InputStream *packed, InputKind kind, Buf *name, unsigned level)
{
    CLEANUP(unpacker_done) Unpacker unpacker = {0};
    int r = unpacker_open(&unpacker, kind);
    if (r < 0) return r;
    InputStream stream =
        input_stream_unpacked(packed, &unpacker, kind == INPUT_GZIP ? gzip_read : zstd_read);
    input_stream_look(&stream);
    InputKind inside = input_stream_kind(&stream);
    return input_stream_walk(&stream, inside, name, level - (inside == INPUT_TAR));
}
