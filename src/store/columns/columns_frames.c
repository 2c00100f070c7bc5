/* Streams to frames: large ones get one of their own, small ones share. Then header, directory. */
#include "store/columns/columns_enc.h"

#include <errno.h>
#include <zstd.h>

/* A context that was much too large for the last frames gives its memory back, and gets it anew for
 * the next large one: small frames have one of their own. */
#define SMALL_BYTES_MAX ((size_t)64 << 10)

/* Sizes stand in the directory. */
static ZSTD_CCtx *compressor_for(Encoder *enc, size_t bytes)
{
    int level = enc->options->level ? enc->options->level : COLUMNS_LEVEL_DEFAULT;
    ZSTD_CCtx **context = &enc->zstd[bytes > SMALL_BYTES_MAX];
    if (!*context) *context = ZSTD_createCCtx();
    if (!*context) return NULL;
    ZSTD_CCtx_setParameter(*context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(*context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(*context, ZSTD_c_checksumFlag, 0);
    return *context;
}

void frames_done(Encoder *enc)
{
    ZSTD_freeCCtx(enc->zstd[0]);
    ZSTD_freeCCtx(enc->zstd[1]);
}

/* Appends the frame, or the bytes as they are when it would not be shorter; its length tells. */
static size_t frame_write(Encoder *enc, Slice bytes, Buf *to)
{
    size_t room = ZSTD_compressBound(bytes.len);
    char *at = buf_reserve(to, room);
    if (!at) return 0;
    ZSTD_CCtx *context = compressor_for(enc, bytes.len);
    size_t len = context ? ZSTD_compress2(context, at, room, bytes.ptr, bytes.len) : 0;
    if (!context || ZSTD_isError(len)) {
        enc->error = -ENOMEM;
        return 0;
    }
    if (len - FRAME_MAGIC_BYTES >= bytes.len) {
        memcpy(at, bytes.ptr, bytes.len);
        len = bytes.len;
    } else {
        len -= FRAME_MAGIC_BYTES;
        memmove(at, at + FRAME_MAGIC_BYTES, len);
    }
    to->len += len;
    return len;
}

typedef struct FrameWriter {
    Encoder *enc;
    Buf sizes, frames;
    Buf pool; /* small streams of a frame to come */
} FrameWriter;

static void frame_writer_done(FrameWriter *writer)
{
    buf_done(&writer->sizes);
    buf_done(&writer->frames);
    buf_done(&writer->pool);
}

static void add_frame(FrameWriter *writer, Slice bytes)
{
    buf_add_varint(&writer->sizes, frame_write(writer->enc, bytes, &writer->frames));
}

static void end_pool(FrameWriter *writer)
{
    if (writer->pool.len > 0) add_frame(writer, buf_slice(&writer->pool));
    if (buf_error(&writer->pool)) writer->enc->error = -ENOMEM; /* before it is forgotten */
    buf_clear(&writer->pool);
}

/* Large streams first; then the small ones of each kind, as many in a frame as the pool holds. */
static void streams_write(FrameWriter *writer)
{
    Encoder *enc = writer->enc;
    for (int kind = -1; kind < STREAM_KINDS; kind++) {
        const char *at = enc->data.ptr;
        for (size_t i = 0; i < enc->stream_count && !enc->error; i++) {
            Slice stream = slice_of(at, enc->streams[i].len);
            bool large = stream.len >= COLUMNS_OWN_BYTES;
            if (stream.len) at += stream.len;
            if (large && kind < 0) add_frame(writer, stream);
            if (large || kind != (int)enc->streams[i].kind) continue;
            if (writer->pool.len + stream.len > COLUMNS_POOL_BYTES) end_pool(writer);
            buf_add_slice(&writer->pool, stream);
        }
        end_pool(writer);
    }
    if (enc->error) return;
    if (buf_error(&writer->sizes) || buf_error(&writer->frames) || buf_error(&writer->pool))
        enc->error = -ENOMEM;
}

void frames_write(Encoder *enc, size_t rows, size_t numbers, Buf *to)
{
    CLEANUP(frame_writer_done) FrameWriter writer = {.enc = enc};
    CLEANUP(buf_done) Buf whole = buf_make(0);
    streams_write(&writer);
    buf_add_varint(&whole, rows);
    buf_add_varint(&whole, numbers);
    buf_add_varint(&whole, enc->column_count);
    buf_add_slice(&whole, buf_slice(&enc->directory));
    buf_add_varint(&whole, enc->set_count - 1);
    buf_add_slice(&whole, buf_slice(&enc->sets));
    buf_add_slice(&whole, buf_slice(&writer.sizes));
    if (enc->error) return;
    CLEANUP(buf_done) Buf packed = buf_make(0);
    frame_write(enc, buf_slice(&whole), &packed);
    buf_add_le32(to, COLUMNS_MAGIC);
    buf_add_char(to, COLUMNS_VERSION);
    buf_add_varint(to, whole.len);
    buf_add_varint(to, packed.len);
    buf_add_slice(to, buf_slice(&packed));
    buf_add_slice(to, buf_slice(&writer.frames));
    if (!enc->error && (buf_error(&whole) || buf_error(&enc->directory) || buf_error(&enc->sets) ||
                        buf_error(&packed)))
        enc->error = -ENOMEM;
}
