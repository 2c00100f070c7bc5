/* One stream: the outer file's bytes, or those of an archive's member, under the limits of input.h.
 */
#include "collect/input_inside.h"

#include <errno.h>

static ssize_t outer_read(InputStream *stream, void *to, size_t bytes)
{
    InputOuter *outer = stream->outer;
    const Os *os = outer->os;
    ssize_t r = outer->seekable ? os->pread(os->state, outer->fd, to, bytes, outer->offset)
                                : os->read(os->state, outer->fd, to, bytes);
    if (r < 0) {
        stream->fault = INPUT_FAULT_SYSTEM;
        return r;
    }
    outer->offset += (uint64_t)r;
    outer->packed_bytes += (uint64_t)r;
    if (outer->offset > outer->offset_max) outer->offset_max = outer->offset;
    return r;
}

/* A block may have been read ahead for a member before it was opened, so that one block of packed
 * bytes is always granted. */
static bool ratio_is_past(uint64_t unpacked_bytes, uint64_t packed_bytes)
{
    return unpacked_bytes > INPUT_RATIO_FREE_BYTES &&
           unpacked_bytes / INPUT_RATIO_MAX > packed_bytes + INPUT_BLOCK_BYTES;
}

/* Invariant: every byte that was unpacked is counted here before anyone sees it. The whole file is
 * judged by what reaches the sink, so that a tar in a gzip does not count twice. */
static InputFault count_unpacked(InputStream *stream, size_t bytes)
{
    InputOuter *outer = stream->outer;
    stream->unpacked_bytes += bytes;
    if (stream->is_leaf) outer->unpacked_bytes += bytes;
    if (outer->unpacked_bytes > INPUT_UNPACKED_BYTES_MAX ||
        ratio_is_past(outer->unpacked_bytes, outer->offset_max)) {
        outer->end = INPUT_FAULT_EXHAUSTED;
    }
    if (ratio_is_past(stream->unpacked_bytes, outer->packed_bytes - stream->packed_start)) {
        return INPUT_FAULT_RATIO;
    }
    return outer->end;
}

static ssize_t read_on(InputStream *stream, void *to, size_t bytes)
{
    if (stream->error) return stream->error;
    if (stream->ended || bytes == 0) return 0;
    ssize_t r = stream->read(stream, to, bytes);
    InputFault past = r > 0 && stream->packed ? count_unpacked(stream, (size_t)r) : 0;
    if (past) r = input_stream_break(stream, past);
    if (r < 0) stream->error = (int)r;
    stream->ended = r == 0;
    return r;
}

InputStream input_stream_outer(InputOuter *outer)
{
    return (InputStream){.outer = outer, .read = outer_read};
}

InputStream input_stream_unpacked(InputStream *packed, void *reader,
                                  ssize_t (*read)(InputStream *, void *, size_t))
{
    return (InputStream){
        .outer = packed->outer,
        .packed = packed,
        .read = read,
        .reader = reader,
        .packed_start = packed->outer->packed_bytes,
    };
}

int input_stream_break(InputStream *stream, InputFault fault)
{
    const InputStream *packed = stream->packed;
    stream->fault = packed->fault ? packed->fault : fault;
    return input_fault_error(stream->fault, packed->error);
}

int input_stream_tell(InputStream *stream, Slice name)
{
    if (!stream->fault || stream->told || stream->fault == stream->outer->end) return 0;
    for (InputStream *s = stream; s && s->fault == stream->fault; s = s->packed) {
        s->told = true;
    }
    int r = input_fault_say(stream->outer->sink, name, stream->fault, stream->error);
    return r < 0 ? r : 0;
}

ssize_t input_read(InputStream *stream, void *to, size_t bytes)
{
    size_t ready = stream->head_len - stream->head_at;
    if (ready == 0) return read_on(stream, to, bytes);
    if (bytes > ready) bytes = ready;
    memcpy(to, stream->head + stream->head_at, bytes);
    stream->head_at += bytes;
    return (ssize_t)bytes;
}

void input_progress(const InputStream *stream, uint64_t *ret_done, uint64_t *ret_total)
{
    *ret_done = stream->outer->offset;
    *ret_total = stream->outer->bytes_total;
}

void input_stream_look(InputStream *stream)
{
    while (stream->head_len < sizeof stream->head) {
        char *to = stream->head + stream->head_len;
        ssize_t r = read_on(stream, to, sizeof stream->head - stream->head_len);
        if (r <= 0) break;
        stream->head_len += (size_t)r;
        /* Text that arrives slowly through a pipe is not held back until 512 bytes are there: a tar
         * header, the only mark that far in, has no line feed before its mark. */
        if (memchr(to, '\n', (size_t)r)) break;
    }
    InputOuter *outer = stream->outer;
    if (!stream->packed && outer->seekable && !stream->error) {
        outer->offset = 0; /* a plain file is then read in whole blocks from its start */
        outer->packed_bytes = 0;
        stream->head_at = stream->head_len;
        stream->ended = false;
    }
}

typedef struct KindMark {
    InputKind kind;
    Slice first; /* at the start */
    size_t offset;
    Slice second; /* at the offset */
} KindMark;

/* gzip: RFC 1952 2.3.1; zstd: RFC 8878 3.1.1; xz: The .xz File Format 2.1.1.1; bzip2: its block
 * header; zip: APPNOTE 4.3.7, 4.3.16, 8.5.3; tar: POSIX.1-2017 pax, ustar interchange format. */
static const KindMark kind_marks[] = {
    {INPUT_GZIP, SLICE_INIT("\x1f\x8b\x08"), 0, SLICE_INIT("")},
    {INPUT_ZSTD, SLICE_INIT("\x28\xb5\x2f\xfd"), 0, SLICE_INIT("")},
    {INPUT_ZSTD, SLICE_INIT("\x50\x2a\x4d\x18"), 0, SLICE_INIT("")}, /* a skippable frame first */
    {INPUT_XZ, SLICE_INIT("\xfd\x37\x7a\x58\x5a\x00"), 0, SLICE_INIT("")},
    {INPUT_BZIP2, SLICE_INIT("BZh"), 4, SLICE_INIT("\x31\x41\x59\x26\x53\x59")},
    {INPUT_ZIP, SLICE_INIT("PK\x03\x04"), 0, SLICE_INIT("")},
    {INPUT_ZIP, SLICE_INIT("PK\x05\x06"), 0, SLICE_INIT("")},
    {INPUT_ZIP, SLICE_INIT("PK\x07\x08"), 0, SLICE_INIT("")},
    {INPUT_TAR, SLICE_INIT(""), 257, SLICE_INIT("ustar")},
};

InputKind input_stream_kind(const InputStream *stream)
{
    Slice head = slice_of(stream->head, stream->head_len);
    for (size_t i = 0; i < ARRAY_COUNT(kind_marks); i++) {
        const KindMark *mark = &kind_marks[i];
        if (slice_starts(head, mark->first) &&
            slice_starts(slice_skip(head, mark->offset), mark->second)) {
            return mark->kind;
        }
    }
    return INPUT_PLAIN;
}

/* Hands the stream over as it is; what broke while it was read is said after it. A sink may return
 * what input_read gave it: that ends this input, not the walk. */
static int stream_hand_over(InputStream *stream, Slice name)
{
    const InputSink *sink = stream->outer->sink;
    bool nothing = stream->head_len == 0 && stream->error;
    stream->is_leaf = true;
    int r = nothing ? 0 : sink->stream(sink->context, stream, name);
    if (r < 0 && r != stream->error) return r;
    return input_stream_tell(stream, name);
}

int input_stream_walk(InputStream *stream, InputKind kind, Buf *name, unsigned level)
{
    if (kind == INPUT_PLAIN) return stream_hand_over(stream, buf_slice(name));
    if (level >= INPUT_NESTING_MAX) {
        return input_fault_say(stream->outer->sink, buf_slice(name), INPUT_FAULT_NESTING, 0);
    }
    bool unpacks = kind == INPUT_GZIP || kind == INPUT_ZSTD;
    int r = unpacks ? input_unpack_walk(stream, kind, name, level + 1)
                    : input_archive_walk(stream, kind, name, level + 1);
    /* A reader may have taken a broken stream for an ended one. */
    return r < 0 ? r : input_stream_tell(stream, buf_slice(name));
}
