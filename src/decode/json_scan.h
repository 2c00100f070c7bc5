/* Finding where a JSON document ends without reading it: for documents longer than a window. */
#ifndef AKASHI_DECODE_JSON_SCAN_H
#define AKASHI_DECODE_JSON_SCAN_H

#include "base/slice.h"

/* Where in a document the bytes so far end. Carried from window to window. */
typedef struct JsonScan {
    uint64_t depth; /* open containers; 0: the scan is over */
    bool in_string;
    bool escaped; /* the last byte was a backslash in a string */
} JsonScan;

/* How many of the bytes belong to the document, which begins at its opening bracket. All of them:
 * it goes on when scan->depth is not 0. A line end inside a string ends it too: that is no JSON,
 * and a lost quote must not swallow the rest of the file. */
size_t json_scan(JsonScan *scan, Slice bytes);

#endif
