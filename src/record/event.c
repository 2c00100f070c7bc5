/* See event.h. */
#include "record/event.h"

const Field *event_field(const Event *event, Slice name)
{
    for (size_t i = 0; i < event->field_count; i++) {
        if (slice_eq(event->fields[i].name, name)) return &event->fields[i];
    }
    return NULL;
}

Slice event_text(const Event *event, const char *name)
{
    const Field *field = event_field(event, slice_from_cstr(name));
    return field ? field->value : (Slice){0};
}
