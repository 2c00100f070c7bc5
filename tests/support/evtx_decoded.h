/* Decodes bytes with an EVTX decoder as a caller would, window by window, and keeps what came out:
 * for the tests. Each window is an exact-size copy on the heap, so that a sanitizer sees the first
 * byte read outside of it; every event is checked against what decoder.h and event.h promise. */
#ifndef AKASHI_TESTS_EVTX_DECODED_H
#define AKASHI_TESTS_EVTX_DECODED_H

#include "base/buf.h"
#include "decode/evtx.h"

#define EVTX_DECODED_DAMAGES_MAX 256

typedef struct EvtxDecoded {
    Buf json;              /* a line an event, file name "-" */
    uint64_t events, good; /* good: PARSE_OK */
    Damage damages[EVTX_DECODED_DAMAGES_MAX];
    size_t damage_count;     /* may exceed the maximum; then only the first are kept */
    uint64_t good_until;     /* good events that end at or before this offset... */
    uint64_t good_before;    /* ...are counted here */
    size_t output_bytes_max; /* the largest arena */
} EvtxDecoded;

/* step_bytes: how much more each window offers than the last one left; 0: everything at once.
 * `good_until` is read before. What feed failed with, or 0. Aborts on a broken promise. */
MUST_USE int evtx_decode_bytes(const Decoder *decoder, Slice bytes, size_t step_bytes,
                               EvtxDecoded *decoded);
void evtx_decoded_done(EvtxDecoded *decoded);
/* The n-th line, without its newline; empty past the end. */
Slice evtx_decoded_line(const EvtxDecoded *decoded, size_t n);
/* How often a reason was reported. */
size_t evtx_decoded_count(const EvtxDecoded *decoded, EvtxReason reason);

#endif
