/* See lines.h. */
#include "decode/lines.h"

#include "decode/field_order.h"
#include "decode/json.h"
#include "decode/json_event.h"
#include "decode/syslog.h"
#include "decode/text_event.h"

#include <errno.h>
#include <stdlib.h>

#define REASON_SPLIT "lines.split"

static const Slice byte_order_mark = SLICE_INIT("\xef\xbb\xbf");

/* {" or {}: it means to be JSON, so that what is wrong in it is damage. */
static bool means_json(Slice line)
{
    Slice inside = slice_trim(slice_skip(line, 1));
    return inside.len > 0 && (inside.ptr[0] == '"' || inside.ptr[0] == '}');
}

/* -EBADMSG: not one JSON object, a comma behind it allowed. */
static int decode_json(JsonTree *tree, Slice line, const DecodeOptions *options, Arena *arena,
                       Event *ret)
{
    size_t used;
    int r = json_tree_read(tree, line, true, arena, &used);
    if (r == -ENOMEM) return r;
    if (r < 0) return -EBADMSG;
    Slice behind = slice_trim(slice_skip(line, used));
    if (behind.len > 0 && !slice_eq(behind, SLICE(","))) return -EBADMSG;
    return json_event_make(tree, &tree->nodes[0], options, arena, ret);
}

/* The header's fields, then the object's; the object's own time wins. */
static int join_fields(Event *event, const Event *inner, Arena *arena)
{
    size_t count = event->field_count + inner->field_count;
    Field *fields = ARENA_ARRAY(arena, Field, count);
    if (!fields) return -ENOMEM;
    memcpy(fields, event->fields, event->field_count * sizeof *fields);
    if (inner->field_count > 0) {
        memcpy(fields + event->field_count, inner->fields, inner->field_count * sizeof *fields);
    }
    int r = fields_group(fields, count);
    if (r < 0) return r;
    event->fields = fields;
    event->field_count = count;
    if (inner->time_ns != TIME_UNKNOWN) event->time_ns = inner->time_ns;
    return 0;
}

/* A syslog message that is a JSON object has the object's fields too. One that is a Windows event
 * in one of the shapes of windows_json.h is that event. */
static int open_json_message(JsonTree *tree, const DecodeOptions *options, Arena *arena,
                             Event *event)
{
    Slice message = slice_trim(event_text(event, "message"));
    Event inner;
    if (message.len == 0 || message.ptr[0] != '{') return 0;
    int r = decode_json(tree, message, options, arena, &inner);
    if (r == -EBADMSG) return 0;
    if (r < 0) return r;
    if (inner.format == EVENT_JSON) return join_fields(event, &inner, arena);
    if (inner.format != EVENT_WINDOWS) return 0;
    if (inner.time_ns == TIME_UNKNOWN) inner.time_ns = event->time_ns;
    *event = inner;
    return 0;
}

static int decode_text(JsonTree *tree, Slice text, const DecodeOptions *options, Arena *arena,
                       Event *ret)
{
    int r = syslog_decode(text, options, arena, ret);
    if (r == 0) r = open_json_message(tree, options, arena, ret);
    if (r != -EBADMSG) return r;
    r = text_event_make(text, PARSE_OK, NULL, arena, ret);
    if (r == 0) ret->time_ns = text_time_find(text, options->zone_offset_seconds);
    return r;
}

int line_decode_reusing(JsonTree *tree, Slice line, const DecodeOptions *options, Arena *arena,
                        Event *ret)
{
    Slice text = line;
    if (slice_starts(text, byte_order_mark)) text = slice_skip(text, byte_order_mark.len);
    int r = -EBADMSG;
    if (text.len > 0 && text.ptr[0] == '{') r = decode_json(tree, text, options, arena, ret);
    if (r == -EBADMSG && text.len > 0 && text.ptr[0] == '{' && means_json(text)) {
        r = text_event_make(text, PARSE_FAILED, JSON_REASON_SYNTAX, arena, ret);
    }
    if (r == -EBADMSG) r = decode_text(tree, text, options, arena, ret);
    if (r == 0) ret->raw = line;
    return r;
}

int line_decode(Slice line, const DecodeOptions *options, Arena *arena, Event *ret)
{
    JsonTree tree = {0};
    int r = line_decode_reusing(&tree, line, options, arena, ret);
    json_tree_done(&tree);
    return r;
}

typedef struct LinesState {
    DecodeOptions options;
    JsonTree tree;
    uint64_t index;
    bool splitting; /* the next bytes belong to a line of which pieces came out already */
} LinesState;

typedef struct Feed {
    LinesState *state;
    const DecodeWindow *window;
    Arena *arena;
    const DecodeSink *sink;
} Feed;

static int emit(const Feed *feed, Event *event, Slice line)
{
    event->offset = feed->window->offset + (uint64_t)(line.ptr - feed->window->bytes.ptr);
    event->index = feed->state->index++;
    int r = feed->sink->event(feed->sink->context, event);
    if (r < 0 || event->parse != PARSE_FAILED) return r;
    const Damage damage = {
        .offset = event->offset, .bytes = line.len, .reason = JSON_REASON_SYNTAX};
    return feed->sink->damage(feed->sink->context, &damage);
}

static int emit_piece(const Feed *feed, Slice piece)
{
    Event event;
    int r = text_event_make(piece, PARSE_PARTIAL, TEXT_REASON_SPLIT, feed->arena, &event);
    return r < 0 ? r : emit(feed, &event, piece);
}

static Slice without_cr(Slice line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    return line;
}

static int take_line(const Feed *feed, Slice line)
{
    LinesState *state = feed->state;
    bool is_rest = state->splitting;
    state->splitting = false;
    line = without_cr(line);
    if (line.len == 0) return 0;
    if (is_rest) return emit_piece(feed, line);
    Event event;
    int r = line_decode_reusing(&state->tree, line, &state->options, feed->arena, &event);
    return r < 0 ? r : emit(feed, &event, line);
}

/* A line that fills the whole window. */
static int take_full_window(const Feed *feed)
{
    LinesState *state = feed->state;
    const Damage damage = {.offset = feed->window->offset, .reason = REASON_SPLIT};
    if (!state->splitting) {
        int r = feed->sink->damage(feed->sink->context, &damage);
        if (r < 0) return r;
    }
    state->splitting = true;
    return emit_piece(feed, feed->window->bytes);
}

static ssize_t lines_feed(void *state, const DecodeWindow *window, Arena *arena,
                          const DecodeSink *sink)
{
    const Feed feed = {.state = state, .window = window, .arena = arena, .sink = sink};
    Slice rest = window->bytes;
    while (rest.len > 0) {
        size_t newline = slice_find_char(rest, '\n');
        if (newline == SLICE_NOT_FOUND && !window->last) break;
        int r = take_line(&feed, slice_first(rest, newline));
        if (r < 0) return r;
        rest = slice_skip(rest, newline == SLICE_NOT_FOUND ? rest.len : newline + 1);
    }
    if (window->full && rest.len > 0 && rest.len == window->bytes.len) {
        int r = take_full_window(&feed);
        if (r < 0) return r;
        rest.len = 0;
    }
    return (ssize_t)(window->bytes.len - rest.len);
}

static void *lines_new(const DecodeOptions *options)
{
    LinesState *state = calloc(1, sizeof *state);
    if (state) state->options = *options;
    return state;
}

static void lines_free(void *state)
{
    LinesState *lines = state;
    if (!lines) return;
    json_tree_done(&lines->tree);
    free(lines);
}

enum { TEXT = 10, BINARY = 1 };
#define CONTROLS_SHARE 8 /* text has at most one control character in so many bytes */

/* Text in any ASCII-based encoding has hardly any control characters, and no zeros but padding. */
static int lines_recognise(Slice head)
{
    size_t controls = 0;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char c = (unsigned char)head.ptr[i];
        controls += c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b;
    }
    return controls * CONTROLS_SHARE > head.len ? BINARY : TEXT;
}

const Decoder lines_decoder = {
    .name = "lines",
    .recognise = lines_recognise,
    .new = lines_new,
    .free = lines_free,
    .feed = lines_feed,
};
