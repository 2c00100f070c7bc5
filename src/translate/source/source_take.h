/* Taking a line apart into named values: name=value pairs, tables with and without a header, CEF
 * (ArcSight Common Event Format, revision 25) and LEEF (QRadar Log Event Extended Format, 1.0 and
 * 2.0). Values are slices of the line; only what must be unescaped is copied into the arena. */
#ifndef AKASHI_TRANSLATE_SOURCE_TAKE_H
#define AKASHI_TRANSLATE_SOURCE_TAKE_H

#include "record/event.h"
#include "translate/source/source_int.h"

#define SOURCE_FIELDS_MAX 300       /* of one line; further ones stay in its text only */
#define SOURCE_NAME_BYTES_MAX 96    /* what is longer is no name */
#define TABLE_HEADER_BYTES_MAX 8192 /* a longer header line is none */

/* What a table's header line said; owned by one stream of lines. */
typedef struct TableHeader {
    size_t count;
    Slice names[SOURCE_COLUMNS_MAX]; /* in text */
    char text[TABLE_HEADER_BYTES_MAX];
} TableHeader;

/* Where values go. values: by slot, those of this line. fields: what the event will have. */
typedef struct Taking {
    const SourceDefinition *definition;
    Arena *arena;
    Slice *values;
    Field *fields;
    size_t field_count;
    uint64_t names_seen[4]; /* bits by hash of the names in fields */
} Taking;

/* A field of the event that was there before. */
void taking_begin_field(Taking *taking, const Field *field);
/* A value of the line. A name that comes twice is kept twice, next to each other; the first counts.
 * -ENOMEM. */
MUST_USE int taking_put(Taking *taking, Slice name, Slice value);

/* Each: 0; SOURCE_NOT_SO: the line is not of this form; -ENOMEM. */
#define SOURCE_NOT_SO 1
MUST_USE int take_kv(Taking *taking, Slice text);
MUST_USE int take_csv(Taking *taking, Slice text, const TableHeader *header);
/* The cells of a row, at most `room`; further ones are left. -ENOMEM. */
MUST_USE int take_row(Arena *arena, Slice text, char separator, Slice *cells, size_t room,
                      size_t *ret_count);
MUST_USE int take_cef(Taking *taking, Slice text);
MUST_USE int take_leef(Taking *taking, Slice text);
/* Learns the columns; SOURCE_NOT_SO: it is no header line of this definition. */
MUST_USE int take_header(const SourceDefinition *definition, Slice text, TableHeader *ret);

#endif
