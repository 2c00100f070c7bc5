/* See proposal.h. */
#include "decode/mined/proposal_int.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

Proposal *proposal_new(uint64_t seed)
{
    Proposal *proposal = calloc(1, sizeof *proposal);
    if (!proposal) return NULL;
    proposal->seed = seed;
    for (size_t i = 0; i < ARRAY_COUNT(proposal->streams); i++) {
        proposal->streams[i].held.bytes_max = 2 * PROPOSAL_HELD_BYTES;
    }
    return proposal;
}

void proposal_free(Proposal *proposal)
{
    if (!proposal) return;
    for (size_t i = 0; i < ARRAY_COUNT(proposal->streams); i++) {
        buf_done(&proposal->streams[i].held);
        miner_free(proposal->streams[i].miner);
    }
    free(proposal);
}

/* --- what is kept of a line ------------------------------------------------------------------- */

bool proposal_is_clean(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
        Slice rest = slice_skip(text, i);
        if (c == 0xc2 && rest.len > 1 && (unsigned char)rest.ptr[1] < 0xa0) return false;
        if (c == 0xef && (slice_starts(rest, SLICE("\xef\xbb\xbf")) ||
                          slice_starts(rest, SLICE("\xef\xbf\xbe")) ||
                          slice_starts(rest, SLICE("\xef\xbf\xbf"))))
            return false;
    }
    return utf8_is_valid(text);
}

static int hold(LineStream *stream, Slice raw, Slice text)
{
    size_t at = stream->held_count;
    if (at == PROPOSAL_HELD_LINES || raw.len > PROPOSAL_LINE_BYTES_MAX) return 0;
    if (stream->held.len + raw.len + text.len > PROPOSAL_HELD_BYTES) return 0;
    if (!proposal_is_clean(text)) return 0;
    /* in another encoding: its text in UTF-8 is what a sample can show */
    if (!proposal_is_clean(raw)) raw = text;
    stream->lines_held[at].raw_at = (uint32_t)stream->held.len;
    stream->lines_held[at].raw_len = (uint32_t)raw.len;
    buf_add_slice(&stream->held, raw);
    stream->lines_held[at].text_at = (uint32_t)stream->held.len;
    stream->lines_held[at].text_len = (uint32_t)text.len;
    buf_add_slice(&stream->held, text);
    if (buf_error(&stream->held)) return -ENOMEM;
    stream->held_count++;
    return 0;
}

static TagSeen *tag_seen(Proposal *proposal, Slice tag)
{
    if (tag.len == 0 || tag.len > TAG_BYTES_MAX || !proposal_is_clean(tag)) return NULL;
    for (size_t i = 0; i < proposal->tag_count; i++) {
        TagSeen *seen = &proposal->tags[i];
        if (slice_eq(slice_of(seen->text, seen->len), tag)) return seen;
    }
    if (proposal->tag_count == PROPOSAL_TAGS_MAX) return NULL;
    TagSeen *seen = &proposal->tags[proposal->tag_count++];
    memcpy(seen->text, tag.ptr, tag.len);
    seen->len = tag.len;
    return seen;
}

/* Without its folder, as definitions compare it. */
static Slice program_of(const Event *event)
{
    Slice tag = event_text(event, "tag");
    size_t slash = slice_rfind_char(tag, '/');
    return slash == SLICE_NOT_FOUND || tag.ptr[0] != '/' ? tag : slice_skip(tag, slash + 1);
}

void proposal_see_claimed(Proposal *proposal, const Event *event)
{
    if (event->format != EVENT_SYSLOG) return;
    TagSeen *seen = tag_seen(proposal, program_of(event));
    if (seen) seen->claimed = true;
}

int proposal_feed(Proposal *proposal, const Event *event)
{
    if (event->format == EVENT_WINDOWS) return 0;
    LineStream *stream = &proposal->streams[event->format];
    Slice text = event_text(event, "message");
    stream->lines++;
    if (event->format == EVENT_SYSLOG) tag_seen(proposal, program_of(event));
    if (event->format == EVENT_JSON) {
        for (size_t i = 0; i < event->field_count; i++) {
            proposal_see_column(proposal, event->fields[i].name, event->fields[i].value);
        }
        return hold(stream, event->raw, event->raw);
    }
    if (!stream->miner) stream->miner = miner_new(proposal->seed);
    if (!stream->miner) return -ENOMEM;
    shape_seen_add(&stream->shape, text);
    int r = miner_feed(stream->miner, text);
    if (r < 0) return r;
    bool other_bytes = event->format == EVENT_SYSLOG && !proposal_is_clean(event->raw);
    return other_bytes ? 0 : hold(stream, event->raw, text);
}

/* --- columns ---------------------------------------------------------------------------------- */

void proposal_see_column(Proposal *proposal, Slice name, Slice value)
{
    ColumnSeen *column = NULL;
    if (name.len == 0 || name.len > sizeof column->name || !proposal_is_clean(name)) return;
    for (size_t i = 0; i < proposal->column_count && !column; i++) {
        ColumnSeen *other = &proposal->columns[i];
        if (slice_eq(slice_of(other->name, other->name_len), name)) column = other;
    }
    if (!column) {
        if (proposal->column_count == PROPOSAL_COLUMNS_MAX) return;
        column = &proposal->columns[proposal->column_count++];
        memcpy(column->name, name.ptr, name.len);
        column->name_len = name.len;
    }
    LineTime time;
    value = slice_trim(value);
    column->lines++;
    column->kinds[value_kind(value)]++;
    if (!line_time_take(value, column->times ? column->time.form : LINE_TIME_NO_HINT, &time))
        return;
    if (time.len != value.len) return;
    column->times++;
    column->time = time;
}

ValueKind proposal_column_kind(const ColumnSeen *column)
{
    size_t best = 0;
    for (size_t i = 1; i < VALUE_KINDS; i++) {
        if (column->kinds[i] > column->kinds[best]) best = i;
    }
    return (ValueKind)best;
}

/* --- texts ------------------------------------------------------------------------------------ */

void proposal_add_quoted(Buf *to, Slice text)
{
    buf_add_char(to, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') buf_add_char(to, '\'');
        buf_add_char(to, text.ptr[i]);
    }
    buf_add_char(to, '\'');
}

void proposal_add_text(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\'' || c == '{') buf_add_char(to, c);
        buf_add_char(to, c == '\t' ? ' ' : c);
    }
}

void proposal_take_name(NamesUsed *used, const char *name, char *to)
{
    char tried[40];
    snprintf(tried, sizeof tried, "%.30s", name);
    for (unsigned number = 2;; number++) {
        size_t at = 0;
        while (at < used->count && strcmp(used->names[at], tried) != 0) {
            at++;
        }
        if (at == used->count) break;
        snprintf(tried, sizeof tried, "%.30s_%u", name, number);
    }
    memcpy(to, tried, sizeof tried);
    if (used->count < NAMES_MAX) memcpy(used->names[used->count++], tried, sizeof tried);
}
