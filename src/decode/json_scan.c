/* See json_scan.h. */
#include "decode/json_scan.h"

static void scan_in_string(JsonScan *scan, char c)
{
    if (scan->escaped) {
        scan->escaped = false;
    } else if (c == '\\') {
        scan->escaped = true;
    } else if (c == '"') {
        scan->in_string = false;
    }
    if (c == '\n') *scan = (JsonScan){0};
}

static void scan_outside(JsonScan *scan, char c)
{
    switch (c) {
    case '"': scan->in_string = true; break;
    case '{':
    case '[': scan->depth++; break;
    case '}':
    case ']': scan->depth -= scan->depth > 0; break;
    default: break;
    }
}

size_t json_scan(JsonScan *scan, Slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (scan->in_string) {
            scan_in_string(scan, bytes.ptr[i]);
        } else {
            scan_outside(scan, bytes.ptr[i]);
        }
        if (scan->depth == 0) return i + 1;
    }
    return bytes.len;
}
