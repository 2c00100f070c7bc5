#include "server/api/api_json.h"

#include "base/check.h"
#include "base/json_text.h"
#include "base/time_text.h"

#include <math.h>

/* A comma where something stands before, and the name where there is one. */
static void begin(ApiJson *json, const char *name)
{
    uint32_t bit = 1u << json->depth;
    if (json->began & bit) buf_add_char(json->to, ',');
    json->began |= bit;
    if (!name) return;
    json_add_string(json->to, slice_from_cstr(name));
    buf_add_char(json->to, ':');
}

static void enter(ApiJson *json, const char *name, char bracket)
{
    begin(json, name);
    buf_add_char(json->to, bracket);
    CHECK(json->depth + 1 < API_JSON_DEPTH_MAX);
    json->depth++;
    json->began &= ~(1u << json->depth);
}

void api_json_object(ApiJson *json, const char *name)
{
    enter(json, name, '{');
}

void api_json_list(ApiJson *json, const char *name)
{
    enter(json, name, '[');
}

static void leave(ApiJson *json, char bracket)
{
    CHECK(json->depth > 0);
    json->depth--;
    buf_add_char(json->to, bracket);
}

void api_json_end_object(ApiJson *json)
{
    leave(json, '}');
}

void api_json_end_list(ApiJson *json)
{
    leave(json, ']');
}

void api_json_text(ApiJson *json, const char *name, Slice value)
{
    begin(json, name);
    json_add_string(json->to, value);
}

void api_json_cstr(ApiJson *json, const char *name, const char *value)
{
    api_json_text(json, name, slice_from_cstr(value));
}

void api_json_text_if(ApiJson *json, const char *name, Slice value)
{
    if (value.len > 0) api_json_text(json, name, value);
}

void api_json_integer(ApiJson *json, const char *name, int64_t value)
{
    begin(json, name);
    buf_add_i64(json->to, value);
}

void api_json_count(ApiJson *json, const char *name, uint64_t value)
{
    begin(json, name);
    buf_add_u64(json->to, value);
}

void api_json_number(ApiJson *json, const char *name, double value)
{
    begin(json, name);
    if (isfinite(value)) {
        buf_add_format(json->to, "%.3f", value);
    } else {
        buf_add_cstr(json->to, "null");
    }
}

void api_json_boolean(ApiJson *json, const char *name, bool value)
{
    begin(json, name);
    buf_add_cstr(json->to, value ? "true" : "false");
}

void api_json_null(ApiJson *json, const char *name)
{
    begin(json, name);
    buf_add_cstr(json->to, "null");
}

void api_json_raw(ApiJson *json, const char *name, Slice value)
{
    begin(json, name);
    buf_add_slice(json->to, value);
}

void api_json_time(ApiJson *json, const char *name, int64_t ns)
{
    begin(json, name);
    buf_add_char(json->to, '"');
    char text[TIME_TEXT_MAX];
    buf_add(json->to, text, time_print_rfc3339(text, ns));
    buf_add_char(json->to, '"');
}

void api_json_text2(ApiJson *json, const char *name, Slice ja, Slice en)
{
    api_json_object(json, name);
    api_json_text(json, "ja", ja);
    api_json_text(json, "en", en);
    api_json_end_object(json);
}

void api_json_name(ApiJson *json, Slice name)
{
    begin(json, NULL);
    json_add_string(json->to, name);
    buf_add_char(json->to, ':');
    json->began &= ~(1u << json->depth); /* the value follows without a comma */
}
