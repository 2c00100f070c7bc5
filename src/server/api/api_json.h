/* Writing one JSON value (RFC 8259) into a Buf: commas are set by the writer, texts by
 * json_add_string, so that a log's value can neither leave its quotes nor break a line. */
#ifndef AKASHI_SERVER_API_API_JSON_H
#define AKASHI_SERVER_API_API_JSON_H

#include "base/buf.h"

#define API_JSON_DEPTH_MAX 32 /* beyond it: an assert, since only our own handlers write */

typedef struct ApiJson {
    Buf *to;
    unsigned depth;
    uint32_t began; /* bit per depth: something stands there already */
} ApiJson;

static inline ApiJson api_json(Buf *to)
{
    return (ApiJson){.to = to};
}
/* name NULL: an element of a list, or the whole. */
void api_json_object(ApiJson *json, const char *name);
void api_json_list(ApiJson *json, const char *name);
void api_json_end_object(ApiJson *json);
void api_json_end_list(ApiJson *json);
void api_json_text(ApiJson *json, const char *name, Slice value);
void api_json_cstr(ApiJson *json, const char *name, const char *value);
/* A text only when it is not empty. */
void api_json_text_if(ApiJson *json, const char *name, Slice value);
void api_json_integer(ApiJson *json, const char *name, int64_t value);
void api_json_count(ApiJson *json, const char *name, uint64_t value);
void api_json_number(ApiJson *json, const char *name, double value); /* three places; NaN: null */
void api_json_boolean(ApiJson *json, const char *name, bool value);
void api_json_null(ApiJson *json, const char *name);
/* A value that is JSON already. */
void api_json_raw(ApiJson *json, const char *name, Slice value);
/* RFC 3339 in UTC with nanoseconds. */
void api_json_time(ApiJson *json, const char *name, int64_t ns);
/* {"ja": ..., "en": ...} */
void api_json_text2(ApiJson *json, const char *name, Slice ja, Slice en);
/* A name that is no constant of ours, in front of the next value: api_json_text(json, NULL, ...).
 */
void api_json_name(ApiJson *json, Slice name);

#endif
