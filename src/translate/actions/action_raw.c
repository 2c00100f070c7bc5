/* References to raw events: action_state.h. */
#include "translate/actions/action_state.h"

static bool goes_on(const RawSpan *span, uint64_t id, uint64_t record_id, NameId channel)
{
    if (span->channel != channel || id != span->id + span->count) return false;
    return record_id == (span->record_id ? span->record_id + span->count : 0);
}

static void add_span(RawHead *head, RawSpan *spans, const RawSpan *span)
{
    head->total += span->count;
    if (head->count > 0 &&
        goes_on(&spans[head->count - 1], span->id, span->record_id, span->channel)) {
        spans[head->count - 1].count += span->count;
        return;
    }
    if (head->count == head->count_max) head->count--; /* the newest one gives way */
    spans[head->count++] = *span;
}

void raw_add(RawHead *head, RawSpan *spans, RawRef ref)
{
    const RawSpan span = {ref.id, ref.record_id, 1, ref.channel};
    add_span(head, spans, &span);
}

void raw_join(RawHead *head, RawSpan *spans, const RawHead *other, const RawSpan *other_spans)
{
    uint32_t named = 0;
    for (uint8_t i = 0; i < other->count; i++) {
        add_span(head, spans, &other_spans[i]);
        named += other_spans[i].count;
    }
    head->total += other->total - named;
}

void raw_sort(RawHead *head, RawSpan *spans)
{
    for (uint8_t i = 1; i < head->count; i++) {
        RawSpan span = spans[i];
        uint8_t at = i;
        for (; at > 0 && spans[at - 1].id > span.id; at--) {
            spans[at] = spans[at - 1];
        }
        spans[at] = span;
    }
    uint8_t kept = 0;
    for (uint8_t i = 0; i < head->count; i++) {
        const RawSpan *span = &spans[i];
        if (kept > 0 && goes_on(&spans[kept - 1], span->id, span->record_id, span->channel)) {
            spans[kept - 1].count += span->count;
        } else {
            spans[kept++] = *span;
        }
    }
    head->count = kept;
}
