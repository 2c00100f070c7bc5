/* Lines that were made but whose moment has not come yet, and the labels that wait for them.
 *
 * An action makes lines ahead of time (a save takes a second, a mail half a minute) while others
 * act in between; the outbox gives all lines out in the order of time, so that line numbers and
 * Windows record numbers follow it. A label leaves when its action is closed and its last line is
 * out.
 *
 * Maximum: OUTBOX_LINES_MAX waiting lines. Past it outbox_begin gives NULL and the run ends with
 * -ENOMEM: an action spans minutes at most, so this would be an error of the program. */
#ifndef AKASHI_SIMULATE_OUTBOX_H
#define AKASHI_SIMULATE_OUTBOX_H

#include "simulate/simulate.h"

#define OUTBOX_LINES_MAX ((size_t)1 << 20)
#define OUTBOX_NO_JOURNAL UINT32_MAX
#define OUTBOX_NO_ACTION UINT32_MAX

/* owned by the outbox; text keeps its memory for the next line */
typedef struct OutLine {
    int64_t time_ns;
    uint64_t order;
    uint32_t action;  /* OUTBOX_NO_ACTION: nobody's */
    uint32_t journal; /* whose record number is put in at record_at */
    size_t record_at;
    SimulateSource source;
    Buf text;
} OutLine;

typedef struct OutAction {
    bool open;
    uint32_t waiting; /* lines */
    int64_t end_ns;
    Buf head;  /* the label up to its lines */
    Buf lines; /* OutPlace each */
} OutAction;

typedef struct OutPlace {
    uint32_t source;
    uint64_t line_number;
} OutPlace;

/* A time during which a source's lines do not arrive. Its journal counts on: a gap is seen. */
typedef struct OutSilence {
    int64_t from_ns, to_ns; /* from equals to: none */
} OutSilence;

typedef struct Outbox {
    const SimulateSink *sink;
    OutLine *lines;
    size_t line_count, line_capacity;
    uint32_t *heap; /* waiting lines */
    size_t heap_count;
    uint32_t *spare; /* lines to be used again */
    size_t spare_count;
    uint64_t next_order;
    OutAction *actions;
    size_t action_count, action_capacity;
    uint32_t *spare_actions;
    size_t spare_action_count;
    uint64_t next_label;
    uint64_t line_numbers[SIMULATE_SOURCE_COUNT];
    OutSilence silences[SIMULATE_SOURCE_COUNT];
    uint64_t *journals; /* next record number of each */
    size_t journal_count;
    Buf scratch;
} Outbox;

/* -ENOMEM. */
MUST_USE int outbox_init(Outbox *outbox, const SimulateSink *sink, size_t journal_count);
void outbox_done(Outbox *outbox);

/* An empty line to write into, or NULL (-ENOMEM). Valid until the next outbox_begin. */
OutLine *outbox_begin(Outbox *outbox, SimulateSource source, int64_t time_ns, uint32_t action);
/* The line that was begun is complete. */
void outbox_end(Outbox *outbox, OutLine *line);

/* An action whose label is `head` and then its lines. -ENOMEM. */
MUST_USE int outbox_open_action(Outbox *outbox, uint32_t *ret);
static inline Buf *outbox_action_head(Outbox *outbox, uint32_t action)
{
    return &outbox->actions[action].head;
}
/* Nothing more belongs to it. What the sink returned. */
MUST_USE int outbox_close_action(Outbox *outbox, uint32_t action);

/* Gives out all lines up to this moment. What the sink returned. */
MUST_USE int outbox_release(Outbox *outbox, int64_t until_ns);

#endif
