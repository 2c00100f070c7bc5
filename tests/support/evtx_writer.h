/* Makes EVTX files in memory, for fixtures of our own: templates written as small XML texts,
 * records with values of any type, chunks with right checksums. The layout is src/decode/evtx.h's
 * sources'.
 *
 * In a template's text `{3}` is value 3 and `{3?}` the same, optional; `&amp;` and other entities
 * become entity references, `&#65;` a character reference, `<![CDATA[...]]>` a CDATA section,
 * `<?target data?>` a processing instruction. The attribute `_if="3"` is none: it gives the element
 * the dependency id 3. Attributes may be quoted with ' or ". Anything else is text.
 *
 * Wrong use (bad XML, a record larger than a chunk, no memory) aborts: these are fixtures. */
#ifndef AKASHI_TESTS_EVTX_WRITER_H
#define AKASHI_TESTS_EVTX_WRITER_H

#include "base/buf.h"

#define EVTX_WRITER_NAMES_MAX 512
#define EVTX_WRITER_VALUES_MAX 256
#define EVTX_WRITER_VALUE_BYTES_MAX 65536

typedef struct EvtxValues EvtxValues;

/* BinXML in a value: an instance of a template, or with `loose` the elements themselves. */
typedef struct EvtxXml {
    const char *xml;
    const EvtxValues *values; /* NULL: none */
    bool loose;
} EvtxXml;

typedef struct EvtxWriterValue {
    uint8_t type; /* the format's number, with 0x80 for arrays */
    uint32_t at, len;
    EvtxXml nested; /* type 0x21 */
} EvtxWriterValue;

/* A record's table of values; fill with the functions below, in order. */
struct EvtxValues {
    EvtxWriterValue items[EVTX_WRITER_VALUES_MAX];
    size_t count;
    char bytes[EVTX_WRITER_VALUE_BYTES_MAX];
    size_t used;
};

void evtx_values_clear(EvtxValues *values);
void evtx_values_add(EvtxValues *values, uint8_t type, const void *bytes, size_t len);
void evtx_values_add_null(EvtxValues *values);
void evtx_values_add_text(EvtxValues *values, const char *utf8);
/* The low `len` bytes of the number, as type. */
void evtx_values_add_number(EvtxValues *values, uint8_t type, uint64_t number, size_t len);
void evtx_values_add_time(EvtxValues *values, int64_t ns);
/* "{XXXXXXXX-...}". */
void evtx_values_add_guid(EvtxValues *values, const char *text);
/* "S-1-5-...". */
void evtx_values_add_sid(EvtxValues *values, const char *text);
void evtx_values_add_xml(EvtxValues *values, EvtxXml xml);

typedef struct EvtxWriterName {
    uint32_t at; /* in the chunk */
    uint64_t hash;
} EvtxWriterName;

typedef struct EvtxWriter {
    Buf file;
    uint64_t next_id; /* of the next record; may be set */
    uint16_t chunk_count;
    /* The open chunk. */
    char chunk[65536];
    size_t used; /* 0: none open */
    size_t last_record_at;
    uint64_t first_id;
    bool overflow; /* what was being written did not fit */
    EvtxWriterName names[EVTX_WRITER_NAMES_MAX], templates[EVTX_WRITER_NAMES_MAX];
    size_t name_count, template_count;
} EvtxWriter;

/* Large: give it static or heap memory. */
void evtx_writer_init(EvtxWriter *writer);
void evtx_writer_done(EvtxWriter *writer);

/* A record of any BinXML; written_ns is the record header's time. Opens a new chunk when it must.
 */
void evtx_writer_add(EvtxWriter *writer, EvtxXml xml, int64_t written_ns);
/* Begins a new chunk with the next record. */
void evtx_writer_close_chunk(EvtxWriter *writer);
/* A chunk of 64 KiB of zeros, as Windows leaves ahead. */
void evtx_writer_add_unused(EvtxWriter *writer);
/* Completes the file header; the bytes last until the writer is done or added to. */
Slice evtx_writer_finish(EvtxWriter *writer);

/* Sets the checksums of chunk `index` and of the file header anew, after a test changed bytes. */
void evtx_writer_seal(char *file, size_t bytes, size_t index);

/* A record like Windows writes them: System of 19 values and the data as BinXML in the 20th. */
typedef struct EvtxEvent {
    const char *provider, *provider_guid; /* guid may be NULL */
    const char *channel, *computer;
    const char *user_sid; /* NULL: none */
    uint32_t event_id;
    uint8_t version, level, opcode;
    uint16_t task;
    uint64_t keywords;
    int64_t time_ns;
    uint32_t process_id, thread_id;
    const char *data_xml; /* "<EventData>...": NULL: none */
    const EvtxValues *data;
} EvtxEvent;
void evtx_writer_add_event(EvtxWriter *writer, const EvtxEvent *event);

/* The part that turns a template's text into BinXML; used by evtx_writer.c. */
void evtx_writer_put(EvtxWriter *writer, const void *bytes, size_t len);
void evtx_writer_put_number(EvtxWriter *writer, uint64_t number, size_t len);
void evtx_writer_put_xml(EvtxWriter *writer, const char *xml, bool with_dependencies);

#endif
