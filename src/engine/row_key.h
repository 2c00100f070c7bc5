/* The identity of a row, by which an import that is repeated, or two exports that overlap, add
 * nothing twice (store.h, S2).
 *
 * A Windows event that carries its record number is itself: the same content is the same event,
 * from whatever file it comes. A text line has no number: the n-th occurrence of the same line in
 * an input is the same row as the n-th occurrence of it in any other input of the same source. So
 * two equal lines in one file are two rows, and a file that has grown adds only its new lines. */
#ifndef AKASHI_ENGINE_ROW_KEY_H
#define AKASHI_ENGINE_ROW_KEY_H

#include "engine/batch.h"

/* Counts how often each line came in one input. Past REPEATS_LINES_MAX distinct lines it counts no
 * new ones; for them the offset in the input takes the place of the count (still nothing is lost,
 * and the same input repeated still adds nothing). */
#define ROW_KEYS_MAX 8 /* made at once */
#define REPEATS_LINES_MAX ((size_t)2 << 20)

typedef struct Repeats {
    uint64_t *hashes; /* 0: empty */
    uint32_t *counts;
    size_t capacity, count;
    Buf scratch[ROW_KEYS_MAX]; /* for the bytes that are hashed */
} Repeats;

void repeats_done(Repeats *repeats);
/* For the next input. */
void repeats_clear(Repeats *repeats);

/* source: the name given with --source, or empty. */
void row_key_for_import(Repeats *repeats, Slice source, const Event *event,
                        uint8_t ret_key[ROW_KEY_BYTES]);
/* Of several events, up to ROW_KEYS_MAX, one after the other: less work than one by one. */
void row_keys_for_import(Repeats *repeats, Slice source, const Event *events, size_t count,
                         uint8_t (*ret_keys)[ROW_KEY_BYTES]);
/* For what was received live: never equal to another. `session` is random for each start. */
void row_key_for_live(uint64_t session, uint64_t sequence, uint8_t ret_key[ROW_KEY_BYTES]);

#endif
