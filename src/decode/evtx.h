/* Windows event log files (EVTX): 64 KiB chunks of records in binary XML. The decoder is
 * `evtx_decoder` (decoder.h); doc/format/evtx.md tells what is read and how values become text.
 *
 * Sources: the format paper of the libevtx project, "Windows XML Event Log (EVTX)" (file header,
 * chunk, record), and Microsoft's MS-EVEN6, 2.2.12 and up (BinXml). The comments name the section.
 *
 * What a caller must know:
 * - Windows of any size do, but the window must be able to grow to EVTX_CHUNK_BYTES: a full window
 *   below that is read as a chunk cut short.
 * - The sink must not reset the arena while feed runs: events of one feed share its text.
 * - A record whose envelope is sound always gives an event: PARSE_PARTIAL with the fields before
 *   the damage and `akashi.parse_error` = the reason, or PARSE_FAILED when there are none; and a
 *   Damage besides. Everything else that is damaged gives a Damage only. */
#ifndef AKASHI_DECODE_EVTX_H
#define AKASHI_DECODE_EVTX_H

#include "decode/decoder.h"

#define EVTX_FILE_HEADER_BYTES 4096
#define EVTX_CHUNK_BYTES 65536

/* Written maxima. An event that would pass one is cut there: EVTX_EVENT_SIZE, PARSE_PARTIAL. */
#define EVTX_EVENT_FIELDS_MAX 8192
#define EVTX_EVENT_BYTES_MAX ((size_t)512 << 10)      /* text and Field structs of one event */
#define EVTX_CHUNK_OUTPUT_BYTES_MAX ((size_t)1 << 20) /* the same, all events of one chunk */
#define EVTX_CHUNK_WORK_MAX 500000 /* BinXML tokens read and steps run for one chunk */
/* EVTX_XML_DEPTH: elements in each other, and BinXML values (with their templates) in each other.
 */
#define EVTX_ELEMENT_DEPTH_MAX 64
#define EVTX_NESTING_MAX 8
/* Compiled templates kept from chunk to chunk. Past either number no more are kept until the next
 * chunk begins, when all are dropped: slower, with the same output. */
#define EVTX_CACHE_PROGRAMS_MAX 512
#define EVTX_CACHE_BYTES_MAX ((size_t)8 << 20)
#define EVTX_PROGRAM_BYTES_MAX ((size_t)256 << 10) /* larger ones are not kept */

typedef enum EvtxReason {
    EVTX_SOUND,
    EVTX_FILE_SIGNATURE,      /* does not begin with "ElfFile\0"; chunks are looked for anyway */
    EVTX_FILE_CHECKSUM,       /* the file header's own checksum is wrong */
    EVTX_FILE_TRUNCATED,      /* ends inside the file header */
    EVTX_FILE_CHUNKS_MISSING, /* fewer chunks than a sound header counts: cut off at a chunk's end
                               */
    EVTX_CHUNK_SIGNATURE,     /* bytes where a chunk should begin, but none does, up to the next */
    EVTX_CHUNK_HEADER,        /* impossible numbers in the header; records found by signature */
    EVTX_CHUNK_HEADER_CHECKSUM, /* header altered; records taken as long as their ids go on by one
                                 */
    EVTX_CHUNK_CHECKSUM,        /* the records' bytes are altered; sound records came out anyway */
    EVTX_CHUNK_TRUNCATED,       /* the input ends inside the chunk */
    EVTX_RECORD_SIGNATURE,      /* no record where one should begin, up to the next one */
    EVTX_RECORD_SIZE,           /* its two sizes differ or are impossible, up to the next record */
    EVTX_XML_TOKEN,             /* a token that may not stand there */
    EVTX_XML_TRUNCATED,         /* BinXML runs over its end */
    EVTX_XML_NAME,              /* a name outside of the chunk */
    EVTX_XML_DEPTH,
    EVTX_TEMPLATE_MISSING, /* refers to a definition outside of the chunk */
    EVTX_VALUE_TABLE,      /* the table of values does not fit into the record */
    EVTX_VALUE_MISSING,    /* the template uses a value that the record does not have */
    EVTX_EVENT_SIZE,       /* a maximum above was reached */
    EVTX_REASON_COUNT,
} EvtxReason;

/* The stable ids, such as "evtx.record.size": Damage.reason and `akashi.parse_error`. */
extern const char *const evtx_reasons[EVTX_REASON_COUNT];

/* Compiles every template anew for every record instead of keeping it: the same output, slowly.
 * For tests of the cache. */
extern const Decoder evtx_uncached_decoder;

#endif
