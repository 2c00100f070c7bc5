/* Inside of input.h: streams stacked from the file itself up through archives, and the words for
 * what went wrong. */
#ifndef AKASHI_COLLECT_INPUT_INSIDE_H
#define AKASHI_COLLECT_INPUT_INSIDE_H

#include "base/buf.h"
#include "collect/input.h"

#define INPUT_HEAD_BYTES 512                        /* what an archive is recognised by */
#define INPUT_BLOCK_BYTES ((size_t)128 << 10)       /* one read for an archive */
#define INPUT_RATIO_FREE_BYTES ((uint64_t)64 << 20) /* unpacked before INPUT_RATIO_MAX is asked */
#define INPUT_NAME_BYTES_MAX 4096                   /* longer names of members are cut */
#define INPUT_FOLDERS_DEEP_MAX 64                   /* folder in folder */
#define INPUT_FOLDER_NAMES_BYTES_MAX ((size_t)256 << 20) /* names of one folder */

typedef enum InputFault {
    INPUT_FAULT_NONE,
    INPUT_FAULT_SYSTEM, /* a call failed: the errno says how */
    INPUT_FAULT_DAMAGED,
    INPUT_FAULT_ENCRYPTED,
    INPUT_FAULT_METHOD,    /* packed in a way that cannot be undone here */
    INPUT_FAULT_RATIO,     /* this member unpacks to too much */
    INPUT_FAULT_EXHAUSTED, /* the whole outer file does: nothing more of it is read */
    INPUT_FAULT_CUT_OFF,   /* the rest of an archive, after a member that did */
    INPUT_FAULT_MEMBERS,
    INPUT_FAULT_NESTING,
    INPUT_FAULT_LINK,
    INPUT_FAULT_SPECIAL,
    INPUT_FAULT_DEEP,
    INPUT_FAULT_FOLDER_LARGE,
} InputFault;

typedef enum InputKind {
    INPUT_PLAIN,
    INPUT_GZIP,
    INPUT_ZSTD,
    INPUT_XZ,
    INPUT_BZIP2,
    INPUT_ZIP,
    INPUT_TAR,
} InputKind;

/* The file that a person named, or one found in a folder. */
typedef struct InputOuter {
    const Os *os;
    const InputSink *sink;
    int fd;
    bool seekable;           /* a regular file: read at `offset`; else read in order */
    uint64_t offset;         /* of the next read */
    uint64_t offset_max;     /* the highest reached */
    uint64_t bytes_total;    /* 0: unknown */
    uint64_t packed_bytes;   /* read so far; what was read twice counts twice */
    uint64_t unpacked_bytes; /* handed to the sink so far */
    uint64_t member_count;
    InputFault end; /* EXHAUSTED or MEMBERS: the walk of this file is over */
} InputOuter;

struct InputStream {
    InputOuter *outer;
    InputStream *packed; /* the stream that this one is unpacked from; NULL: the outer file */
    /* Some bytes, 0 at the end, or negative with the fault set. */
    ssize_t (*read)(InputStream *stream, void *to, size_t bytes);
    void *reader; /* what `read` works with */
    uint64_t unpacked_bytes;
    uint64_t packed_start; /* outer->packed_bytes when it was opened */
    size_t head_len, head_at;
    InputFault fault;
    int error; /* sticks */
    bool ended;
    bool is_leaf; /* it goes to the sink, not into a reader */
    bool told;    /* its fault was said, here or by a stream unpacked from it */
    char head[INPUT_HEAD_BYTES];
};

InputStream input_stream_outer(InputOuter *outer);
InputStream input_stream_unpacked(InputStream *packed, void *reader,
                                  ssize_t (*read)(InputStream *, void *, size_t));
/* Sets the fault: that of the packed stream when it broke, else the one given. Returns the errno.
 */
int input_stream_break(InputStream *stream, InputFault fault);
/* Reads the head without using it up, as far as recognising needs it. */
void input_stream_look(InputStream *stream);
InputKind input_stream_kind(const InputStream *stream);
/* Hands an open stream, or the members of the archive that it is, to the sink. `name` is changed on
 * the way and restored. level: archives already entered. */
int input_stream_walk(InputStream *stream, InputKind kind, Buf *name, unsigned level);
/* The same for a stream known to be a zip, tar, xz or bzip2; and one of gzip or zstd. */
int input_archive_walk(InputStream *packed, InputKind kind, Buf *name, unsigned level);
int input_unpack_walk(InputStream *packed, InputKind kind, Buf *name, unsigned level);
/* Says the stream's own fault unless that was done. */
int input_stream_tell(InputStream *stream, Slice name);

/* Says the fault to the sink, in words; error is for INPUT_FAULT_SYSTEM. What the sink returned. */
int input_fault_say(const InputSink *sink, Slice name, InputFault fault, int error);
/* The errno that stands for the fault. */
int input_fault_error(InputFault fault, int error);

#endif
