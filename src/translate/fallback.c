/* See fallback.h. Rules fallback.* of doc/translation.md. */
#include "translate/fallback.h"

#include "record/words.h"

#include <errno.h>

#define JSON_PREVIEW_BYTES_MAX 240

/* `name=value, name=value ...` of the first fields that fit, for an object without a message. */
static int preview_fields(Job *job, Slice *ret)
{
    const Event *event = job->event;
    char *out = arena_alloc(job->arena, JSON_PREVIEW_BYTES_MAX);
    size_t len = 0;
    if (!out) return -ENOMEM;
    for (size_t i = 0; i < event->field_count; i++) {
        const Slice pieces[] = {len ? SLICE(", ") : SLICE(""), event->fields[i].name, SLICE("="),
                                event->fields[i].value};
        size_t bytes = 0;
        for (size_t k = 0; k < ARRAY_COUNT(pieces); k++) {
            bytes += pieces[k].len;
        }
        if (bytes > JSON_PREVIEW_BYTES_MAX - len) continue;
        for (size_t k = 0; k < ARRAY_COUNT(pieces); k++) {
            if (pieces[k].len > 0) memcpy(out + len, pieces[k].ptr, pieces[k].len);
            len += pieces[k].len;
        }
    }
    *ret = slice_of(out, len);
    return 0;
}

static int set_message(Job *job)
{
    EventFormat format = job->event->format;
    Known known = format == EVENT_WINDOWS ? KNOWN_WINDOWS_MESSAGE : KNOWN_MESSAGE;
    Slice text = job->known[known];
    if (format == EVENT_JSON && text.len == 0) text = job->known[KNOWN_MSG];
    job_set(job, RECORD_MESSAGE, job_first_line(text));
    if (format != EVENT_JSON || job->record->text[RECORD_MESSAGE].len > 0) return 0;
    return preview_fields(job, &job->record->text[RECORD_MESSAGE]);
}

/* The names a stranger's JSON may fill: akashi.* are our own statements. event.code and the like
 * are the sender's to say. */
static bool may_come_from_outside(RecordField field)
{
    return !slice_starts(record_fields[field].name, SLICE("akashi.")) && field != RECORD_MESSAGE;
}

/* Every name of a record that may come from outside has a dot in it. */
static void take_record_field(Job *job, const Field *field)
{
    if (slice_find_char(field->name, '.') == SLICE_NOT_FOUND) return;
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        RecordField at = (RecordField)i;
        if (!slice_eq(record_fields[at].name, field->name)) continue;
        if (may_come_from_outside(at) && job->record->text[at].len == 0) {
            job_set(job, at, slice_trim(field->value));
        }
        return;
    }
}

int fallback_translate(Job *job)
{
    static const Slice rules[] = {[EVENT_TEXT] = SLICE_INIT("fallback.text"),
                                  [EVENT_WINDOWS] = SLICE_INIT("fallback.windows"),
                                  [EVENT_SYSLOG] = SLICE_INIT("fallback.syslog"),
                                  [EVENT_JSON] = SLICE_INIT("fallback.json")};
    const Event *event = job->event;
    bool damaged = event->parse == PARSE_FAILED;
    job_name(job, damaged ? SLICE("fallback.damaged") : rules[event->format], VERB_OTHER,
             event->format == EVENT_WINDOWS ? job_audit_outcome(job, OUTCOME_UNKNOWN)
                                            : OUTCOME_UNKNOWN);
    int r = set_message(job);
    if (r < 0) return r;
    if (word_title(job->record->text[RECORD_EVENT_PROVIDER],
                   job->record->text[RECORD_EVENT_CODE])) {
        job_set(job, RECORD_AKASHI_RULE, SLICE("fallback.titled"));
    }
    for (size_t i = 0; event->format == EVENT_JSON && i < event->field_count; i++) {
        take_record_field(job, &event->fields[i]);
    }
    job_set_object(job, job->record->text[RECORD_EVENT_PROVIDER],
                   job->record->text[RECORD_EVENT_DATASET]);
    return 0;
}
