/* The shape of every decoder: windows of bytes in, events out. Pure: no I/O, no clock, no globals,
 * so that each is fuzzable, replayable and fast.
 *
 * The caller holds the bytes of a file or stream and offers a window of them; the decoder takes as
 * many whole events off its front as it can and says how many bytes it used up. The rest comes
 * again at the front of the next window, with more behind it. A decoder never holds slices of a
 * window after feed returned, and copies what it must remember. */
#ifndef AKASHI_DECODE_DECODER_H
#define AKASHI_DECODE_DECODER_H

#include "base/arena.h"
#include "record/event.h"

#include <sys/types.h>

/* A window never grows over this. A single text event longer than this is split: the pieces are
 * events of their own, PARSE_PARTIAL, `akashi.parse_error` = "split". */
#define DECODE_WINDOW_BYTES_MAX ((size_t)16 << 20)

typedef struct DecodeWindow {
    Slice bytes;
    uint64_t offset; /* of bytes.ptr[0] in the file or stream */
    bool last;       /* nothing comes after these bytes */
    bool full;       /* the window cannot grow: something must be used up */
} DecodeWindow;

typedef struct DecodeOptions {
    int zone_offset_seconds; /* for times that carry no zone: seconds east of UTC */
    int64_t received_ns;     /* for times that carry no year: the year that puts them nearest before
                                this moment (+ 1 day); TIME_UNKNOWN: such times stay unknown */
} DecodeOptions;

/* A piece of the input that gave no event, or not a whole one. */
typedef struct Damage {
    uint64_t offset;    /* bytes, in the file or stream */
    uint64_t bytes;     /* how many; 0: unknown */
    uint64_t record_id; /* the source's number of the record, 0: unknown */
    const char *reason; /* stable id from the decoder's table: "evtx.record.size" */
} Damage;

/* Both return 0 to go on; anything negative stops the decoder, which returns it from feed. The
 * event and what it points to live until the window and the arena are given up by the caller. */
typedef struct DecodeSink {
    int (*event)(void *context, const Event *event);
    int (*damage)(void *context, const Damage *damage);
    void *context;
} DecodeSink;

typedef struct Decoder {
    const char *name; /* "evtx" */
    /* How sure that bytes beginning so are this format: 0 no ... 100 certain. `head` is up to
     * DECODE_HEAD_BYTES from the start of the file; fewer only when the file is shorter. */
    int (*recognise)(Slice head);
    /* NULL: no memory. */
    void *(*new)(const DecodeOptions *options);
    void (*free)(void *state);
    /* Bytes used up (0: more are needed), or -ENOMEM, or what the sink returned. With last set all
     * bytes are used up. With full set at least one is. After an error only free may follow. */
    ssize_t (*feed)(void *state, const DecodeWindow *window, Arena *arena, const DecodeSink *sink);
} Decoder;

#define DECODE_HEAD_BYTES 4096

extern const Decoder evtx_decoder; /* decode/evtx.h */
extern const Decoder json_decoder; /* decode/json.h: JSON lines, arrays, pretty-printed documents */
extern const Decoder
    lines_decoder; /* decode/lines.h: one event a line; syslog, JSON or plain text */

/* All decoders, most specific first, ended by NULL. */
extern const Decoder *const decoders[];
/* The most certain one; lines_decoder when none knows the bytes. Never NULL. */
const Decoder *decoder_for(Slice head);

#endif
