/* The Lumberjack protocol, version 2, that Beats and Logstash speak (elastic/go-lumber, PROTOCOL.md
 * of logstash-forwarder for the frames they share): `2W` a window, `2J` an event in JSON, `2C`
 * frames packed by zlib, answered by `2A`. Pure. */
#ifndef AKASHI_COLLECT_LUMBERJACK_FRAMES_H
#define AKASHI_COLLECT_LUMBERJACK_FRAMES_H

#include "collect/bundle.h"

#include <sys/types.h>

#define LUMBERJACK_FRAME_BYTES_MAX ((size_t)16 << 20)    /* of one frame as it came */
#define LUMBERJACK_UNPACKED_BYTES_MAX ((size_t)64 << 20) /* of a `2C` */
#define LUMBERJACK_RATIO_MAX 200
#define LUMBERJACK_PIECE_BYTES ((size_t)1 << 20) /* frames taken at once, about */

typedef struct LumberjackState { /* zero at the start of a connection */
    uint32_t sequence;           /* of the last event taken */
    bool has_events;             /* since the last answer */
    JsonTree tree;
    Buf unpacked;
} LumberjackState;

/* Takes whole frames off the front: bytes used; 0: more must come; -EBADMSG: no such frame; -EFBIG:
 * over a maximum; -ENOMEM. The group's slices live in the input and in state->unpacked. */
ssize_t lumberjack_take(LumberjackState *state, Slice input, Bundle *group);
void lumberjack_add_ack(Buf *to, uint32_t sequence);

#endif
