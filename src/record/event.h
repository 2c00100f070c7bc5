/* An event: what a decoder found in raw bytes, under the source's own names.
 *
 * Second of the three forms of a log (raw, event, record). Everything a decoder cannot place goes
 * into fields too; nothing is dropped. All slices point into the batch's bytes or its arena and
 * live as long as the batch. An event is filled by one decoder and read-only after that. */
#ifndef AKASHI_RECORD_EVENT_H
#define AKASHI_RECORD_EVENT_H

#include "base/slice.h"
#include "base/time_text.h"

/* How a value stands in JSON output. `value` always holds the text of the value. */
typedef enum FieldKind {
    FIELD_TEXT, /* a string; may be ill-formed UTF-8 only when it came so and is printed repaired */
    FIELD_NUMBER, /* text in JSON's number grammar (json_is_number) */
    FIELD_BOOL,   /* `true` or `false` */
    FIELD_NULL,   /* empty text */
    FIELD_JSON,   /* a JSON value kept as it stood (an empty or over-deep object or array) */
} FieldKind;

/* A name may repeat: the values are an array, and then they stand next to each other, in order. */
typedef struct Field {
    Slice name;
    Slice value;
    FieldKind kind;
} Field;

/* Which family of translators reads the event. Values are stored on disk: never renumber. */
typedef enum EventFormat {
    EVENT_TEXT = 0,    /* a line of which nothing but maybe the time is known: field `message` */
    EVENT_WINDOWS = 1, /* Windows event log, whatever it came in; names: see below */
    EVENT_SYSLOG = 2,  /* RFC 3164 or 5424 header found */
    EVENT_JSON = 3,    /* any other JSON object, nested names joined with dots */
} EventFormat;

typedef enum ParseState { /* stored on disk: never renumber */
                          PARSE_OK = 0,
                          PARSE_PARTIAL = 1, /* something in it is damaged or was cut; field
                                                `akashi.parse_error` says what */
                          PARSE_FAILED = 2,  /* only the raw bytes are known */
} ParseState;

typedef struct Event {
    EventFormat format;
    ParseState parse;
    int64_t time_ns;    /* the event's own time, or TIME_UNKNOWN */
    uint64_t offset;    /* of raw in its file or stream, bytes */
    uint64_t index;     /* 0-based number of the event in its file or stream */
    uint64_t record_id; /* the source's own number (EventRecordID), 0: none */
    Slice raw;          /* the bytes as received */
    const Field *fields;
    size_t field_count;
} Event;

/* Names of EVENT_WINDOWS fields, the same from EVTX and from every JSON shape (they are the names
 * that Sigma rules use). From System: Provider_Name, Provider_Guid, EventSourceName, EventID,
 * Qualifiers, Version, Level, Task, Opcode, Keywords, TimeCreated, EventRecordID, ActivityID,
 * RelatedActivityID, Execution_ProcessID, Execution_ThreadID, Channel, Computer, Security_UserID.
 * From EventData: the Data elements' Name attributes; Data without a name: `Data` (repeats);
 * Binary: `Binary`. From UserData: the leaf elements' names below the first child. Where a name of
 * EventData or UserData is already taken by a System field, it is `EventData.NAME` or
 * `UserData.NAME`. Rendered text, where a source has it: `Message`.
 *
 * Names of EVENT_SYSLOG fields: facility, severity (numbers), timestamp (text as it stood), host,
 * tag, pid, msgid, version, sequence (Cisco's number before the time), SD-ID.PARAM for structured
 * data, message.
 * EVENT_TEXT: message. */

/* The first value of a name (exact case), or NULL. */
const Field *event_field(const Event *event, Slice name);
/* Its text, or an empty slice. */
Slice event_text(const Event *event, const char *name);

#endif
