/* See outbox.h. */
#include "simulate/outbox.h"

#include <errno.h>
#include <stdlib.h>

int outbox_init(Outbox *outbox, const SimulateSink *sink, size_t journal_count)
{
    *outbox = (Outbox){.sink = sink, .next_label = 1, .journal_count = journal_count};
    outbox->journals = calloc(journal_count, sizeof *outbox->journals);
    return outbox->journals ? 0 : -ENOMEM;
}

void outbox_done(Outbox *outbox)
{
    for (size_t i = 0; i < outbox->line_count; i++) {
        buf_done(&outbox->lines[i].text);
    }
    for (size_t i = 0; i < outbox->action_count; i++) {
        buf_done(&outbox->actions[i].head);
        buf_done(&outbox->actions[i].lines);
    }
    free(outbox->lines);
    free(outbox->heap);
    free(outbox->spare);
    free(outbox->actions);
    free(outbox->spare_actions);
    free(outbox->journals);
    buf_done(&outbox->scratch);
}

/* *table with room for `count` items. */
#define REGROW(table, count)                                                                       \
    ({                                                                                             \
        void *more = realloc((table), (count) * sizeof *(table));                                  \
        if (more) (table) = more;                                                                  \
        more ? 0 : -ENOMEM;                                                                        \
    })

static int grow_lines(Outbox *outbox)
{
    size_t wanted = outbox->line_capacity ? outbox->line_capacity * 2 : 256;
    if (wanted > OUTBOX_LINES_MAX || REGROW(outbox->lines, wanted) < 0 ||
        REGROW(outbox->heap, wanted) < 0 || REGROW(outbox->spare, wanted) < 0) {
        return -ENOMEM;
    }
    outbox->line_capacity = wanted;
    return 0;
}

static int grow_actions(Outbox *outbox)
{
    size_t wanted = outbox->action_capacity ? outbox->action_capacity * 2 : 64;
    if (wanted > OUTBOX_LINES_MAX || REGROW(outbox->actions, wanted) < 0 ||
        REGROW(outbox->spare_actions, wanted) < 0) {
        return -ENOMEM;
    }
    outbox->action_capacity = wanted;
    return 0;
}

OutLine *outbox_begin(Outbox *outbox, SimulateSource source, int64_t time_ns, uint32_t action)
{
    OutLine *line;
    if (outbox->spare_count > 0) {
        line = &outbox->lines[outbox->spare[--outbox->spare_count]];
    } else {
        if (outbox->line_count == outbox->line_capacity && grow_lines(outbox) < 0) return NULL;
        line = &outbox->lines[outbox->line_count++];
        line->text = (Buf){0};
    }
    buf_clear(&line->text);
    line->time_ns = time_ns;
    line->order = outbox->next_order++;
    line->action = action;
    line->journal = OUTBOX_NO_JOURNAL;
    line->source = source;
    return line;
}

static bool is_before(const OutLine *a, const OutLine *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

void outbox_end(Outbox *outbox, OutLine *line)
{
    const OutLine *lines = outbox->lines;
    size_t at = outbox->heap_count++;
    if (line->action != OUTBOX_NO_ACTION) outbox->actions[line->action].waiting++;
    while (at > 0 && is_before(line, &lines[outbox->heap[(at - 1) / 2]])) {
        outbox->heap[at] = outbox->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    outbox->heap[at] = (uint32_t)(line - lines);
}

static uint32_t take_first(Outbox *outbox)
{
    const OutLine *lines = outbox->lines;
    uint32_t *heap = outbox->heap, first = heap[0], last = heap[--outbox->heap_count];
    size_t at = 0;
    for (size_t child = 1; child < outbox->heap_count; child = at * 2 + 1) {
        if (child + 1 < outbox->heap_count &&
            is_before(&lines[heap[child + 1]], &lines[heap[child]])) {
            child++;
        }
        if (!is_before(&lines[heap[child]], &lines[last])) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

int outbox_open_action(Outbox *outbox, uint32_t *ret)
{
    uint32_t at;
    if (outbox->spare_action_count > 0) {
        at = outbox->spare_actions[--outbox->spare_action_count];
    } else {
        if (outbox->action_count == outbox->action_capacity && grow_actions(outbox) < 0) {
            return -ENOMEM;
        }
        at = (uint32_t)outbox->action_count++;
        outbox->actions[at] = (OutAction){0};
    }
    OutAction *action = &outbox->actions[at];
    buf_clear(&action->head);
    buf_clear(&action->lines);
    action->open = true;
    action->end_ns = TIME_UNKNOWN;
    *ret = at;
    return 0;
}

/* {"dc01.security.jsonl":[3,4],...}, sources in their order. */
static void add_places(Buf *to, const OutAction *action)
{
    const OutPlace *places = (const OutPlace *)(const void *)action->lines.ptr;
    size_t count = action->lines.len / sizeof *places;
    bool first_source = true;
    for (uint32_t source = 0; source < SIMULATE_SOURCE_COUNT; source++) {
        bool any = false;
        for (size_t i = 0; i < count; i++) {
            if (places[i].source != source) continue;
            if (!any) {
                buf_add_cstr(to, first_source ? "\"" : ",\"");
                buf_add_cstr(to, simulate_source_file((SimulateSource)source));
            }
            buf_add_cstr(to, any ? "," : "\":[");
            buf_add_u64(to, places[i].line_number);
            any = true;
        }
        if (any) buf_add_char(to, ']');
        if (any) first_source = false;
    }
}

static int give_label(Outbox *outbox, uint32_t at)
{
    OutAction *action = &outbox->actions[at];
    Buf *to = &outbox->scratch;
    char end[TIME_TEXT_MAX];
    buf_clear(to);
    buf_add_cstr(to, "{\"label\":");
    buf_add_u64(to, outbox->next_label++);
    buf_add_slice(to, buf_slice(&action->head));
    if (action->end_ns != TIME_UNKNOWN) {
        buf_add_cstr(to, ",\"end\":\"");
        buf_add(to, end, time_print_rfc3339(end, action->end_ns));
        buf_add_char(to, '"');
    }
    buf_add_cstr(to, ",\"count\":");
    buf_add_u64(to, action->lines.len / sizeof(OutPlace));
    buf_add_cstr(to, ",\"lines\":{");
    add_places(to, action);
    buf_add_cstr(to, "}}");
    outbox->spare_actions[outbox->spare_action_count++] = at;
    if (buf_error(to) || buf_error(&action->head) || buf_error(&action->lines)) return -ENOMEM;
    return outbox->sink->label(outbox->sink->context, buf_slice(to));
}

int outbox_close_action(Outbox *outbox, uint32_t action)
{
    outbox->actions[action].open = false;
    return outbox->actions[action].waiting == 0 ? give_label(outbox, action) : 0;
}

/* The line with its record number, in scratch when it has one. */
static Slice finished_text(Outbox *outbox, const OutLine *line)
{
    Slice text = buf_slice(&line->text);
    if (line->journal == OUTBOX_NO_JOURNAL) return text;
    Buf *to = &outbox->scratch;
    buf_clear(to);
    buf_add(to, text.ptr, line->record_at);
    buf_add_u64(to, ++outbox->journals[line->journal]);
    buf_add_slice(to, slice_skip(text, line->record_at));
    return buf_slice(to);
}

static int give_line(Outbox *outbox, const OutLine *line)
{
    const OutSilence *silence = &outbox->silences[line->source];
    Slice text = finished_text(outbox, line);
    if (line->time_ns >= silence->from_ns && line->time_ns < silence->to_ns) return 0;
    uint64_t number = ++outbox->line_numbers[line->source];
    if (line->action != OUTBOX_NO_ACTION) {
        const OutPlace place = {line->source, number};
        buf_add(&outbox->actions[line->action].lines, &place, sizeof place);
        outbox->actions[line->action].end_ns = line->time_ns;
    }
    if (buf_error(&line->text) || buf_error(&outbox->scratch)) return -ENOMEM;
    return outbox->sink->line(outbox->sink->context, line->source, number, line->time_ns, text);
}

int outbox_release(Outbox *outbox, int64_t until_ns)
{
    while (outbox->heap_count > 0 && outbox->lines[outbox->heap[0]].time_ns <= until_ns) {
        uint32_t at = take_first(outbox), action = outbox->lines[at].action;
        int r = give_line(outbox, &outbox->lines[at]);
        outbox->spare[outbox->spare_count++] = at;
        if (r < 0) return r;
        if (action == OUTBOX_NO_ACTION) continue;
        OutAction *owner = &outbox->actions[action];
        if (--owner->waiting == 0 && !owner->open) r = give_label(outbox, action);
        if (r < 0) return r;
    }
    return 0;
}
