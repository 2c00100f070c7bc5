/* Events and records as JSON lines (doc/operate: the output of decode, translate, search). */
#ifndef AKASHI_RECORD_PRINT_H
#define AKASHI_RECORD_PRINT_H

#include "record/row.h"

/* {"@timestamp":...,"_file":FILE,"_index":N,"_record":N, the source's fields...}\n
 * Repeated names become an array. Control: always one line of well-formed UTF-8. */
void print_event_json(Buf *to, const Event *event, Slice file);

/* {"@timestamp":...,"event.action":..., fields..., "sentence.ja":...,"sentence.en":...}\n
 * `row`: the way back (origin, index) and the source's own fields that the record does not carry
 * are added when with_source is true. */
void print_record_json(Buf *to, const Row *row, bool with_source);

#endif
