/* A row: one log in its three forms, as the store keeps it and search gives it back. */
#ifndef AKASHI_RECORD_ROW_H
#define AKASHI_RECORD_ROW_H

#include "base/arena.h"
#include "record/event.h"
#include "record/record.h"

#define ROW_KEY_BYTES 16

typedef struct Row {
    uint8_t
        key[ROW_KEY_BYTES]; /* identity, for imports that repeat; all zero: none, never a repeat */
    Slice origin;  /* where it came from: file name in the import, `syslog/udp 192.0.2.7` */
    Event event;   /* raw and event */
    Record record; /* record.ingested_ns is set */
} Row;

/* Appends the row's bytes (doc/format/row.md; versioned by its first byte). Errors stick in `to`.
 */
void row_encode(Buf *to, const Row *row);
/* The reverse. Slices of *ret point into `bytes` or the arena. -EBADMSG: not a row, *ret undefined;
 * -ENOMEM. Any bytes may be given: it never reads outside them. */
MUST_USE int row_decode(Slice bytes, Arena *arena, Row *ret);

#endif
