/* What the doors hand on: messages without their framing, and the ticket by which a door learns
 * that a group of them is durable. */
#ifndef AKASHI_COLLECT_MESSAGE_H
#define AKASHI_COLLECT_MESSAGE_H

#include "base/buf.h"
#include "record/event.h"

#include <sys/types.h>

#define MESSAGE_KEY_BYTES 16
#define MESSAGE_FIELD_NAME_BYTES_MAX 512
#define MESSAGE_FIELDS_MAX 512 /* of one message; message_fields_next ends there */

typedef struct Message {
    Slice bytes;         /* as they came: the evidence; live until the sink returns */
    Slice body;          /* the log line inside of them, decoded in their place; empty: bytes */
    Slice beside;        /* message_field_add: fields that the envelope has beside the line */
    const char *origin;  /* "syslog/tcp 192.0.2.7" */
    uint64_t connection; /* a number of the TCP connection since start; 0: none */
    int64_t received_ns;
    int64_t time_ns; /* that the envelope says; 0: none */
    /* What makes a message that is sent again the same one; all zero: nothing does, and a message
     * that is sent again is stored again. */
    uint8_t key[MESSAGE_KEY_BYTES];
    bool continues; /* cut at the maximum (or by the end of the connection): not a whole message */
    bool shipped;   /* bytes are a JSON object that a log shipper made around a line, maybe */
} Message;

/* Told when all messages of a group are durable (0), or when that cannot be any more (negative
 * errno: whoever sent them must send them again). From another thread: do little. The ticket
 * belongs to whoever waits for it and lives until then. */
typedef struct Ticket Ticket;
struct Ticket {
    void (*settled)(Ticket *ticket, int result);
    /* of the engine, meanwhile */
    uint64_t from, to; /* numbers of the group's messages, from <= n < to */
    uint64_t repeats;  /* set before settled: rows of its batch that the store had already */
    Ticket *next;
};

/* Any thread may call each. */
typedef struct MessageSink {
    /* 0 taken; -EAGAIN no room now. Nobody is told when it is durable. */
    int (*message)(void *context, const Message *message);
    /* A group: how many of its messages were taken, from the front; the rest is offered again when
     * there is room (-EAGAIN: none was). With the last one the ticket is the engine's until it is
     * settled (NULL: nobody waits). `first`: these are the first of their group. NULL: the sink
     * has no groups. */
    ssize_t (*group)(void *context, const Message *messages, size_t count, bool first,
                     Ticket *ticket);
    /* What was taken goes on its way now; nothing more comes for a while. May be NULL. */
    void (*flush)(void *context);
    void *context;
} MessageSink;

/* Appends a field to the bytes of Message.beside. A longer name is cut. Errors stick in `to`. */
void message_field_add(Buf *to, Slice name, Slice value, FieldKind kind);
/* Takes the next one off the front; false at the end. */
bool message_fields_next(Slice *beside, Field *ret);

#endif
