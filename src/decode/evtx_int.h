/* Inside of the EVTX decoder; included by evtx*.c only.
 *
 * The way of a record: evtx_chunk.c finds it, evtx_record.c makes it an event by running its BinXML
 * (evtx_run.c). A template definition is parsed to a tree (evtx_xml.c), the tree is flattened to a
 * program of steps, one a field (evtx_compile.c), and the program is kept (evtx_cache.c). Running a
 * record is then: read its value table, go through the steps, emit each field (evtx_emit.c) with
 * its value's text (evtx_value.c). BinXML without a template and templates that are not kept take
 * the same way each time they come.
 */
#ifndef AKASHI_DECODE_EVTX_INT_H
#define AKASHI_DECODE_EVTX_INT_H

#include "base/buf.h"
#include "base/number.h"
#include "decode/evtx.h"
#include "decode/name_order.h"

/* Offsets inside are chunk-relative, as in the format: names and templates are shared by the chunk.
 */
typedef struct EvtxChunk {
    Slice bytes;     /* at most EVTX_CHUNK_BYTES; fewer when the input is cut */
    uint64_t offset; /* in the file */
} EvtxChunk;

/* ---- evtx_xml.c: BinXML to a tree -------------------------------------------------------- */

typedef enum EvtxNodeKind { EVTX_ELEMENT, EVTX_TEXT, EVTX_VALUE, EVTX_PI } EvtxNodeKind;

#define EVTX_NO_VALUE 0xffff

typedef struct EvtxNode EvtxNode;
struct EvtxNode {
    EvtxNode *next; /* sibling */
    EvtxNodeKind kind;
    bool optional;  /* EVTX_VALUE: nothing at all stands there when the value is null */
    uint16_t value; /* EVTX_VALUE: index; EVTX_ELEMENT: stands only with this value, or NO_VALUE */
    Slice name;     /* EVTX_ELEMENT, attribute, EVTX_PI */
    Slice text;     /* EVTX_TEXT, EVTX_PI */
    EvtxNode *attributes; /* of EVTX_ELEMENT: nodes whose children are text and values */
    EvtxNode *children;
};

/* Where a definition holds a chunk-relative offset: the same definition has others in each chunk.
 */
typedef struct EvtxNameRef {
    uint32_t at;       /* of the offset, from the definition's start */
    bool is_inline;    /* the name follows in place */
    uint16_t chars;    /* else it is these UTF-16 units, */
    uint32_t chars_at; /* here in the program's copies */
} EvtxNameRef;

typedef struct EvtxParser {
    const EvtxChunk *chunk;
    size_t at, end; /* chunk-relative */
    Arena *arena;   /* for the nodes; the parser's failure to get memory is EVTX_EVENT_SIZE */
    uint64_t *work; /* what is left of EVTX_CHUNK_WORK_MAX */
    EvtxReason reason;
    unsigned depth;
    bool has_dependencies; /* elements carry a dependency id: true but in BinXML values */
    Buf *name_refs;        /* EvtxNameRef without chars_at, or NULL: not wanted */
    size_t refs_base;      /* chunk-relative start of the definition */
} EvtxParser;

/* The element at parser->at with all inside. -EBADMSG with parser->reason; *ret untouched. */
MUST_USE int evtx_xml_parse_element(EvtxParser *parser, EvtxNode **ret);
MUST_USE int evtx_xml_parse_pi(EvtxParser *parser, EvtxNode **ret);
/* A fragment of elements only (what a template's definition holds). */
MUST_USE int evtx_xml_parse_elements(EvtxParser *parser, EvtxNode **ret_first);

enum {
    TOKEN_EOF = 0x00,
    TOKEN_ELEMENT = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_END_ELEMENT = 0x04,
    TOKEN_TEXT = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHAR_REF = 0x08,
    TOKEN_ENTITY_REF = 0x09,
    TOKEN_PI_TARGET = 0x0a,
    TOKEN_PI_DATA = 0x0b,
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_VALUE = 0x0d,
    TOKEN_OPTIONAL_VALUE = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40, /* flag */
};

/* ---- evtx_compile.c: a tree to steps ------------------------------------------------------ */

/* What the elements at hand stand in: it decides the names of fields. */
typedef enum EvtxContext {
    EVTX_IN_DOCUMENT, /* Event is expected */
    EVTX_IN_EVENT,    /* System, EventData, UserData, others */
    EVTX_IN_SYSTEM,
    EVTX_IN_DATA, /* EventData */
    EVTX_IN_USER, /* UserData: its first child is a mere wrapper */
    EVTX_IN_LEAF, /* leaves give the names */
} EvtxContext;

typedef struct EvtxPlace {
    EvtxContext context;
    Slice section; /* "EventData": the prefix of a name that a System field has taken already */
} EvtxPlace;

/* What a System field is besides text. */
typedef enum EvtxRole {
    EVTX_ROLE_NONE,
    EVTX_ROLE_TEXT,   /* a System field with nothing special */
    EVTX_ROLE_NUMBER, /* a number even where it comes as a string */
    EVTX_ROLE_TIME,
    EVTX_ROLE_RECORD_ID,
    EVTX_ROLE_KEYWORDS, /* hexadecimal even where it comes as a number */
    EVTX_ROLE_GUID,     /* upper case even where it comes as a string */
} EvtxRole;

typedef struct EvtxSpan {
    uint32_t at, len; /* in the program's text */
} EvtxSpan;

typedef struct EvtxPart {
    EvtxSpan text; /* when value is EVTX_NO_VALUE */
    uint16_t value;
    bool optional;
} EvtxPart;

typedef struct EvtxGuard {
    uint16_t value;  /* must not be null */
    uint16_t parent; /* another guard that must hold, or EVTX_NO_GUARD */
} EvtxGuard;
#define EVTX_NO_GUARD 0xffff

/* One field: its name, and the parts that make its value. */
typedef struct EvtxStep {
    EvtxSpan name;
    EvtxSpan prefixed; /* the name of a data field when System has one of its name */
    EvtxSpan section;  /* the place's, for BinXML values */
    uint32_t part_at, part_count;
    uint32_t name_part_at, name_part_count; /* count > 0: the name is made of parts, too */
    uint16_t guard;
    uint8_t role;    /* EvtxRole */
    uint8_t context; /* EvtxContext of the elements of a BinXML value */
    uint8_t system;  /* the System field of this name, or EVTX_NOT_SYSTEM */
    bool omit_empty;
} EvtxStep;

#define EVTX_NOT_SYSTEM 0xff /* other numbers are below 32 */

typedef struct EvtxProgram EvtxProgram;
struct EvtxProgram {
    /* What it was made from; the key of the cache. */
    EvtxProgram *next; /* same slot */
    uint64_t hash;
    EvtxPlace place;
    Slice definition; /* a copy: header (next offset, GUID, size) and body */
    const EvtxNameRef *refs;
    size_t ref_count;
    const char *ref_chars;

    const EvtxStep *steps;
    size_t step_count;
    const EvtxPart *parts;
    size_t part_count;
    const EvtxGuard *guards;
    size_t guard_count;
    Slice text;
    bool may_repeat; /* names may repeat apart from each other: group the event's fields */

    size_t bytes;          /* of this one block of memory */
    uint64_t text_feed;    /* the feed in whose arena... */
    const char *feed_text; /* ...the text stands here */
};

/* Scratch of the compiler; reused, so that a compile rarely allocates. */
typedef struct EvtxCompiler {
    Buf steps, parts, guards, text, name_refs;
    Arena tree; /* nodes and programs of one record */
} EvtxCompiler;

/* Steps for the siblings at `first` standing in `place`; *ret points into the compiler's buffers
 * until the next compile. -ENOMEM, also when a maximum is reached. */
MUST_USE int evtx_compile(EvtxCompiler *compiler, const EvtxNode *first, EvtxPlace place,
                          EvtxProgram *ret);
void evtx_compiler_done(EvtxCompiler *compiler);

/* ---- evtx_cache.c --------------------------------------------------------------------------- */

#define EVTX_CACHE_SLOTS 1024 /* power of two */
#define EVTX_REF_SLOTS 256    /* power of two */

/* Definitions of the chunk at hand that were looked up already. */
typedef struct EvtxTemplateRef {
    uint64_t chunk_serial;
    size_t at;
    EvtxPlace place;
    EvtxProgram *program;
} EvtxTemplateRef;

typedef struct EvtxCache {
    EvtxProgram *slots[EVTX_CACHE_SLOTS];
    size_t count, bytes;
    EvtxTemplateRef refs[EVTX_REF_SLOTS];
    uint64_t chunk_serial;
} EvtxCache;

/* A new chunk begins: forgets its offsets, and drops all programs when there are too many. */
void evtx_cache_begin_chunk(EvtxCache *cache);
void evtx_cache_done(EvtxCache *cache);

typedef struct EvtxState EvtxState;
/* The program for the definition at `at` with so many bytes of body; both lie in the chunk. It
 * lasts until the next chunk when it is kept, else until the record ends. -EBADMSG: run.reason says
 * why; -ENOMEM as evtx_compile. */
MUST_USE int evtx_program_for(EvtxState *state, size_t at, size_t body_bytes, EvtxPlace place,
                              EvtxProgram **ret);
/* A program that is not kept. */
MUST_USE int evtx_program_of_nodes(EvtxState *state, const EvtxNode *nodes, EvtxPlace place,
                                   EvtxProgram **ret);

/* ---- evtx_run.c ------------------------------------------------------------------------------ */

typedef struct EvtxValue {
    const char *ptr;
    uint16_t len;
    uint8_t type;
} EvtxValue;

#define EVTX_VALUES_MAX (EVTX_CHUNK_BYTES / 4) /* a table entry has 4 bytes: no record has more */

/* One record being turned into fields. Lives in the state; cleared for each record. */
typedef struct EvtxRun {
    const EvtxChunk *chunk;
    EvtxReason reason; /* first damage */
    size_t field_count;
    uint32_t system_taken; /* which of System's names stand: bits by EvtxStep.system */
    size_t value_count;    /* used of the state's values */
    unsigned nesting;
    unsigned data_programs; /* run so far that gave fields outside of System */
    bool may_repeat;
    int64_t time_ns;
    uint64_t record_id;
    size_t bytes;             /* used of EVTX_EVENT_BYTES_MAX */
    char *text_at, *text_end; /* reserved at the arena's end, from text_start */
    char *text_start;
} EvtxRun;

struct EvtxState {
    bool keeps_programs; /* set at start, then read-only */
    bool header_read, header_counts;
    uint16_t header_chunks;
    uint64_t chunks_seen, events;
    uint64_t feed;                /* number of the feed call, from 1 */
    uint64_t lost_at, lost_bytes; /* a stretch without a chunk, still open when lost_bytes > 0 */

    uint64_t chunk_work, chunk_output; /* left for the chunk at hand */
    EvtxCache cache;
    EvtxCompiler compiler;
    EvtxRun run;
    Arena *arena;           /* of the feed at hand */
    const DecodeSink *sink; /* the same */
    Field fields[EVTX_EVENT_FIELDS_MAX];
    EvtxValue values[EVTX_VALUES_MAX];
};

/* Runs the BinXML at [at, end) of the run's chunk. -EBADMSG: run.reason says why, the fields before
 * stand. -ENOMEM. */
MUST_USE int evtx_run_fragment(EvtxState *state, size_t at, size_t end, EvtxPlace place);

/* ---- evtx_emit.c: fields, and their text in the arena
 * -------------------------------------------- */

/* A program at work. */
typedef struct EvtxFrame {
    const EvtxProgram *program;
    const char *text; /* the program's, in the arena of the feed */
    const EvtxValue *values;
    size_t value_count;
    bool gave_data;
} EvtxFrame;

static inline Slice evtx_span(const EvtxFrame *frame, EvtxSpan at)
{
    return slice_of(frame->text + at.at, at.len);
}

/* Damage that does not stop the event. The first one is told. */
static inline void evtx_note(EvtxState *state, EvtxReason reason)
{
    if (state->run.reason == EVTX_SOUND) state->run.reason = reason;
}
/* Damage that does: -EBADMSG. */
int evtx_fail(EvtxState *state, EvtxReason reason);

/* The value of a substitution; a null one, and EVTX_VALUE_MISSING noted, when there is none. */
const EvtxValue *evtx_value_at(EvtxState *state, const EvtxFrame *frame, size_t index);

/* Sets frame->text: the program's text, copied into the feed's arena when it is not there yet. */
MUST_USE int evtx_emit_begin(EvtxState *state, EvtxFrame *frame, EvtxProgram *program);
/* One field each, an array's one an item. 0, -EBADMSG (EVTX_EVENT_SIZE) or -ENOMEM. */
MUST_USE int evtx_emit_text(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name,
                            Slice text);
MUST_USE int evtx_emit_value(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name,
                             const EvtxValue *value);
MUST_USE int evtx_emit_array(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name,
                             const EvtxValue *value);
/* All parts in one text; BinXML values give none. *ret_any false: all parts were absent (optional
 * and null). */
MUST_USE int evtx_emit_joined(EvtxState *state, const EvtxFrame *frame, const EvtxPart *parts,
                              size_t count, Slice *ret, bool *ret_any);
/* Gives back what was reserved of the arena and not used. */
void evtx_emit_end(EvtxState *state);

/* ---- evtx_value.c ------------------------------------------------------------------------------
 */

enum { /* MS-EVEN6 2.2.12, value types; libevtx paper, "Value types" */
       VALUE_NULL = 0x00,
       VALUE_STRING = 0x01,
       VALUE_ANSI = 0x02,
       VALUE_INT8 = 0x03,
       VALUE_UINT8 = 0x04,
       VALUE_INT16 = 0x05,
       VALUE_UINT16 = 0x06,
       VALUE_INT32 = 0x07,
       VALUE_UINT32 = 0x08,
       VALUE_INT64 = 0x09,
       VALUE_UINT64 = 0x0a,
       VALUE_REAL32 = 0x0b,
       VALUE_REAL64 = 0x0c,
       VALUE_BOOL = 0x0d,
       VALUE_BINARY = 0x0e,
       VALUE_GUID = 0x0f,
       VALUE_SIZE = 0x10,
       VALUE_FILETIME = 0x11,
       VALUE_SYSTEMTIME = 0x12,
       VALUE_SID = 0x13,
       VALUE_HEX32 = 0x14,
       VALUE_HEX64 = 0x15,
       VALUE_BINXML = 0x21,
       VALUE_ARRAY = 0x80, /* flag */
};

/* Room for the text of a value of so many bytes, any type. */
#define EVTX_VALUE_TEXT_MAX(bytes) ((size_t)(bytes)*3 + 64)
/* The text of one value (no array) at `to`; returns the length. */
size_t evtx_value_print(uint8_t type, Slice bytes, char *to, FieldKind *ret_kind);
/* Takes the next item off *rest, at first all of the array's bytes. False at the end. `type`
 * without the flag; `bytes`: of the whole array. */
bool evtx_array_take(uint8_t type, size_t bytes, Slice *rest, Slice *ret_item);

/* ---- evtx_record.c, evtx_chunk.c ----------------------------------------------------------------
 */

#define EVTX_RECORD_HEADER_BYTES 24
#define EVTX_RECORD_BYTES_MIN 28

/* Decodes one record with a sound envelope and gives it to the sink. `damage`: what is known to be
 * wrong with it already. What the sink returned, or -ENOMEM. */
MUST_USE int evtx_record_decode(EvtxState *state, const EvtxChunk *chunk, size_t at, size_t bytes,
                                EvtxReason damage);
/* Decodes all records of a chunk. *ret_used: its bytes, fewer than it has when another chunk begins
 * inside of a damaged one. */
MUST_USE int evtx_chunk_decode(EvtxState *state, const EvtxChunk *chunk, size_t *ret_used);
/* For a chunk whose header's signature is gone: are there records in it, and decoding them. */
bool evtx_chunk_has_records(const EvtxChunk *chunk);
MUST_USE int evtx_chunk_decode_headless(EvtxState *state, const EvtxChunk *chunk);
/* Offset of "ElfChnk\0", or SLICE_NOT_FOUND. */
size_t evtx_chunk_find(Slice bytes);

static inline int evtx_damage(EvtxState *state, EvtxReason reason, uint64_t offset, uint64_t bytes,
                              uint64_t record_id)
{
    Damage damage = {
        .offset = offset, .bytes = bytes, .record_id = record_id, .reason = evtx_reasons[reason]};
    return state->sink->damage(state->sink->context, &damage);
}

#endif
