/* One syslog message, and the same bytes as one line of unknown kind. */
#include "base/check.h"
#include "decode/lines.h"
#include "decode/syslog.h"

#include <errno.h>

static void check_event(const Event *event, Slice input)
{
    CHECK(event->raw.len == input.len);
    CHECK(event->field_count > 0 || event->format == EVENT_JSON);
    for (size_t i = 0; i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        CHECK(field->value.len == 0 || field->value.ptr != NULL);
        CHECK(event->format != EVENT_SYSLOG || field->value.len <= input.len + 32);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const DecodeOptions options = {.zone_offset_seconds = 9 * 3600,
                                   .received_ns = 1795163237 * NS_PER_SECOND};
    Slice input = slice_of(bytes, len);
    Arena arena = arena_make(0);
    Event event;
    int r = syslog_decode(input, &options, &arena, &event);
    CHECK(r == 0 || r == -EBADMSG);
    if (r == 0) check_event(&event, input);
    CHECK(line_decode(input, &options, &arena, &event) == 0);
    check_event(&event, input);
    arena_done(&arena);
    return 0;
}
