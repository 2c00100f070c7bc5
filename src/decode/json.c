/* See json.h. */
#include "decode/json.h"

#include "decode/json_event.h"
#include "decode/json_scan.h"
#include "decode/json_whole.h"
#include "decode/text_event.h"

#include <errno.h>
#include <stdlib.h>

/* What must be known between windows. */
typedef struct JsonState {
    DecodeOptions options;
    JsonTree tree;
    uint64_t index;
    size_t indent_bytes; /* blanks in front of the first thing on the current line */
    bool indenting;      /* only blanks so far on the current line */
    bool in_array;       /* inside the top array, or a wrapper's */
    bool in_wrapper;
    JsonScan tail;   /* depth not 0: what follows a wrapper's array is skipped */
    JsonScan split;  /* depth not 0: the rest of a document that is too long */
    bool split_line; /* the rest of a line that is too long */
} JsonState;

typedef struct Feed {
    JsonState *state;
    const DecodeWindow *window;
    const char *at;
    const char *end;
    Arena *arena;
    const DecodeSink *sink;
} Feed;

/* What a step returns when it is not an error. */
enum { STEP_WAIT = 0, STEP_DONE = 1 };

static const char *newline_or(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline : end;
}

/* The window cannot show more: last, or full with nothing of it used up. */
static bool cannot_wait(const Feed *feed)
{
    return feed->window->last || (feed->window->full && feed->at == feed->window->bytes.ptr);
}

static uint64_t offset_of(const Feed *feed, const char *at)
{
    return feed->window->offset + (uint64_t)(at - feed->window->bytes.ptr);
}

static int emit(Feed *feed, Event *event)
{
    event->offset = offset_of(feed, event->raw.ptr);
    event->index = feed->state->index++;
    return feed->sink->event(feed->sink->context, event);
}

static int emit_text(Feed *feed, Slice raw, ParseState parse, const char *reason)
{
    Event event;
    int r = text_event_make(raw, parse, reason, feed->arena, &event);
    return r < 0 ? r : emit(feed, &event);
}

static int tell_damage(Feed *feed, const char *at, size_t bytes, const char *reason)
{
    const Damage damage = {.offset = offset_of(feed, at), .bytes = bytes, .reason = reason};
    return feed->sink->damage(feed->sink->context, &damage);
}

/* ---- Documents too long for a window ---- */

/* One piece, up to `end`. */
static int emit_piece(Feed *feed, const char *end)
{
    Slice raw = slice_of(feed->at, (size_t)(end - feed->at));
    while (raw.len > 0 && (raw.ptr[raw.len - 1] == '\n' || raw.ptr[raw.len - 1] == '\r')) {
        raw.len--;
    }
    int r = raw.len > 0 ? emit_text(feed, raw, PARSE_PARTIAL, TEXT_REASON_SPLIT) : 0;
    feed->at = end;
    return r < 0 ? r : STEP_DONE;
}

static int continue_split_line(Feed *feed)
{
    const char *newline = newline_or(feed->at, feed->end);
    if (newline == feed->end && !cannot_wait(feed)) return STEP_WAIT;
    feed->state->split_line = newline == feed->end;
    return emit_piece(feed, newline);
}

static int continue_split(Feed *feed)
{
    JsonScan scan = feed->state->split;
    size_t bytes = json_scan(&scan, slice_of(feed->at, (size_t)(feed->end - feed->at)));
    if (scan.depth > 0 && !cannot_wait(feed)) return STEP_WAIT;
    feed->state->split = scan;
    return emit_piece(feed, feed->at + bytes);
}

static int begin_split(Feed *feed, bool is_document)
{
    int r = tell_damage(feed, feed->at, 0, JSON_REASON_SPLIT);
    if (r < 0) return r;
    if (!is_document) return continue_split_line(feed);
    feed->state->split = (JsonScan){0};
    return continue_split(feed);
}

/* ---- Broken documents ---- */

/* Whether the line goes with the broken document before it: 1 yes, 0 no, -EAGAIN the window does
 * not show it. */
static int belongs_to_broken(const Feed *feed, const char *line)
{
    const char *text = line;
    while (text < feed->end && (*text == ' ' || *text == '\t')) {
        text++;
    }
    if (text == feed->end) return feed->window->last ? 0 : -EAGAIN;
    size_t indent_bytes = (size_t)(text - line);
    if (indent_bytes > feed->state->indent_bytes) return 1;
    return indent_bytes == feed->state->indent_bytes && strchr("}],\"", *text) && *text;
}

static bool is_open_at(const Feed *feed)
{
    return *feed->at == '{' || *feed->at == '[';
}

/* The end of the broken document that begins at feed->at and was read until `stopped`: json.h says
 * which lines it takes along. NULL: the window does not show it. */
static const char *find_broken_end(const Feed *feed, const char *stopped)
{
    const char *line_end = newline_or(feed->at, feed->end);
    bool goes_on = is_open_at(feed) && stopped > line_end;
    while (line_end < feed->end && goes_on) {
        int r = belongs_to_broken(feed, line_end + 1);
        if (r < 0) return NULL;
        if (r == 0) break;
        line_end = newline_or(line_end + 1, feed->end);
    }
    return line_end < feed->end || feed->window->last ? line_end : NULL;
}

static int take_broken(Feed *feed, const char *stopped, const char *reason)
{
    const char *end = find_broken_end(feed, stopped);
    if (!end) return cannot_wait(feed) ? begin_split(feed, false) : STEP_WAIT;
    Slice raw = slice_trim(slice_of(feed->at, (size_t)(end - feed->at)));
    if (feed->state->in_array && slice_ends(raw, SLICE("]"))) feed->state->in_array = false;
    int r = raw.len > 0 ? emit_text(feed, raw, PARSE_FAILED, reason) : 0;
    if (r == 0 && raw.len > 0) r = tell_damage(feed, raw.ptr, raw.len, reason);
    feed->at = end;
    return r < 0 ? r : STEP_DONE;
}

static int emit_object(Feed *feed, const JsonNode *node)
{
    Event event;
    JsonState *state = feed->state;
    int r = json_event_make(&state->tree, node, &state->options, feed->arena, &event);
    return r < 0 ? r : emit(feed, &event);
}

static int emit_document(Feed *feed)
{
    const JsonTree *tree = &feed->state->tree;
    const JsonNode *array = feed->state->in_array ? NULL : json_wrapped_find(tree);
    if (!array) return emit_object(feed, &tree->nodes[0]);
    const JsonNode *child = json_first_child(tree, array);
    int r = 0;
    for (; child && r == 0; child = json_next_child(tree, array, child)) {
        r = emit_object(feed, child);
    }
    return r;
}

/* ---- Values ---- */

/* The document does not end in this window. */
static int take_unended(Feed *feed, const char *stopped)
{
    if (feed->window->last) return take_broken(feed, stopped, JSON_REASON_TRUNCATED);
    if (!cannot_wait(feed)) return STEP_WAIT;
    const JsonNode *array =
        feed->state->in_array ? NULL : json_wrapped_find_open(&feed->state->tree);
    if (!array) return begin_split(feed, is_open_at(feed));
    feed->at = array->value.ptr + 1;
    feed->state->in_array = feed->state->in_wrapper = true;
    return STEP_DONE;
}

static bool ends_value(const Feed *feed, const char *at)
{
    return at == feed->end || (*at && strchr(" \t\r\n,]", *at));
}

static int take_value(Feed *feed)
{
    size_t used;
    Slice rest = slice_of(feed->at, (size_t)(feed->end - feed->at));
    int r = json_tree_read(&feed->state->tree, rest, feed->window->last, feed->arena, &used);
    const char *stopped = feed->at + used;
    bool is_open = is_open_at(feed);
    /* What stands behind a scalar must be seen. */
    if (r == 0 && !is_open && stopped == feed->end && !feed->window->last) r = -EAGAIN;
    if (r == -EAGAIN) return take_unended(feed, stopped);
    if (r == -E2BIG) return take_broken(feed, stopped, JSON_REASON_SIZE);
    if (r == -EBADMSG || (r == 0 && !is_open && !ends_value(feed, stopped))) {
        return take_broken(feed, stopped, JSON_REASON_SYNTAX);
    }
    if (r == 0) r = emit_document(feed);
    if (r < 0) return r;
    feed->at = stopped;
    return STEP_DONE;
}

/* A line at the top that begins with neither { nor [. */
static int take_line(Feed *feed)
{
    const char *newline = newline_or(feed->at, feed->end);
    if (newline == feed->end && !feed->window->last) {
        return cannot_wait(feed) ? begin_split(feed, false) : STEP_WAIT;
    }
    Slice line = slice_trim(slice_of(feed->at, (size_t)(newline - feed->at)));
    size_t used;
    int r = json_tree_read(&feed->state->tree, line, true, feed->arena, &used);
    if (r == -ENOMEM) return r;
    Slice behind = slice_skip(line, used);
    bool is_value = r == 0 && (behind.len == 0 || slice_eq(slice_trim(behind), SLICE(",")));
    if (!is_value) return take_broken(feed, newline, JSON_REASON_SYNTAX);
    r = emit_text(feed, slice_first(line, used), PARSE_OK, NULL);
    feed->at = newline;
    return r < 0 ? r : STEP_DONE;
}

/* The first byte that is no blank behind the bracket at feed->at; 0: the window does not show it.
 */
static char peek_behind_bracket(const Feed *feed)
{
    const char *at = feed->at + 1;
    while (at < feed->end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) {
        at++;
    }
    return at < feed->end ? *at : '\0';
}

static int take_bracket(Feed *feed)
{
    char first = peek_behind_bracket(feed);
    if (!first && !cannot_wait(feed)) return STEP_WAIT;
    if (first != '{' || feed->state->in_array) return take_value(feed);
    feed->state->in_array = true;
    feed->at++;
    return STEP_DONE;
}

static int close_array(Feed *feed)
{
    feed->state->in_array = false;
    if (feed->state->in_wrapper) feed->state->tail = (JsonScan){.depth = 1};
    feed->state->in_wrapper = false;
    feed->at++;
    return STEP_DONE;
}

static int skip_tail(Feed *feed)
{
    feed->at += json_scan(&feed->state->tail, slice_of(feed->at, (size_t)(feed->end - feed->at)));
    return STEP_DONE;
}

/* ---- Between values ---- */

static const Slice byte_order_mark = SLICE_INIT("\xef\xbb\xbf");

/* Blanks, commas, byte order marks; keeps count of the indentation. */
static void skip_between(Feed *feed)
{
    JsonState *state = feed->state;
    for (; feed->at < feed->end; feed->at++) {
        char c = *feed->at;
        if (c == '\n') {
            state->indenting = true;
            state->indent_bytes = 0;
        } else if (c == ' ' || c == '\t') {
            state->indent_bytes += state->indenting;
        } else if (c == byte_order_mark.ptr[0] &&
                   slice_starts(slice_of(feed->at, (size_t)(feed->end - feed->at)),
                                byte_order_mark)) {
            feed->at += byte_order_mark.len - 1;
        } else if (c != '\r' && c != ',') {
            state->indenting = false;
            return;
        }
    }
}

static bool may_be_cut_mark(const Feed *feed)
{
    Slice rest = slice_of(feed->at, (size_t)(feed->end - feed->at));
    return rest.len < byte_order_mark.len && slice_starts(byte_order_mark, rest);
}

static int take_next(Feed *feed)
{
    JsonState *state = feed->state;
    if (state->split.depth > 0) return continue_split(feed);
    if (state->split_line) return continue_split_line(feed);
    if (state->tail.depth > 0) return skip_tail(feed);
    skip_between(feed);
    if (feed->at == feed->end) return STEP_WAIT;
    char c = *feed->at;
    if (c == '{') return take_value(feed);
    if (c == '[') return take_bracket(feed);
    if (c == ']' && state->in_array) return close_array(feed);
    if (may_be_cut_mark(feed) && !cannot_wait(feed)) return STEP_WAIT;
    return state->in_array ? take_value(feed) : take_line(feed);
}

static ssize_t json_feed(void *state, const DecodeWindow *window, Arena *arena,
                         const DecodeSink *sink)
{
    if (window->bytes.len == 0) return 0;
    Feed feed = {
        .state = state,
        .window = window,
        .at = window->bytes.ptr,
        .end = window->bytes.ptr + window->bytes.len,
        .arena = arena,
        .sink = sink,
    };
    const JsonState *after = state;
    uint64_t index_before;
    int r;
    do {
        index_before = after->index;
        r = take_next(&feed);
    } while (r == STEP_DONE && feed.at < feed.end);
    bool gave_much = feed.at > window->bytes.ptr && after->index == index_before;
    if (r == -ENOMEM && gave_much && !window->last) r = STEP_WAIT;
    if (r < 0) return r;
    if (window->last && (after->in_array || after->tail.depth > 0)) {
        r = tell_damage(&feed, feed.end, 0, JSON_REASON_TRUNCATED);
        if (r < 0) return r;
    }
    return feed.at - window->bytes.ptr;
}

static void *json_new(const DecodeOptions *options)
{
    JsonState *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->options = *options;
    state->indenting = true;
    return state;
}

static void json_free(void *state)
{
    JsonState *json = state;
    if (!json) return;
    json_tree_done(&json->tree);
    free(json);
}

const Decoder json_decoder = {
    .name = "json",
    .recognise = json_recognise,
    .new = json_new,
    .free = json_free,
    .feed = json_feed,
};
