/* See task_xml.h. */
#include "translate/task_xml.h"

#include "base/number.h"
#include "base/utf8.h"

#include <errno.h>

#define TASK_XML_DEPTH_MAX 16 /* deeper elements cannot be Task/Actions/Exec/Command */

typedef struct Reader {
    Slice rest;
    Slice open[TASK_XML_DEPTH_MAX]; /* names of the open elements */
    size_t depth;                   /* may be over TASK_XML_DEPTH_MAX */
} Reader;

/* --- entities --------------------------------------------------------------------------------- */

/* Writes what the entity (without & and ;) stands for; 0: it is none (XML 1.0, 4.1 and 4.6). */
static size_t put_entity(char *to, Slice entity)
{
    static const struct {
        Slice name;
        char c;
    } named[] = {{SLICE_INIT("lt"), '<'},
                 {SLICE_INIT("gt"), '>'},
                 {SLICE_INIT("amp"), '&'},
                 {SLICE_INIT("quot"), '"'},
                 {SLICE_INIT("apos"), '\''}};
    for (size_t i = 0; i < ARRAY_COUNT(named); i++) {
        if (slice_eq(entity, named[i].name)) {
            to[0] = named[i].c;
            return 1;
        }
    }
    uint64_t code;
    bool hex = slice_starts(entity, SLICE("#x"));
    if (!hex && !slice_starts(entity, SLICE("#"))) return 0;
    int r = hex ? number_parse_hex(slice_skip(entity, 2), &code)
                : number_parse_u64(slice_skip(entity, 1), &code);
    return r == 0 && code > 0 && code <= 0x10ffff ? utf8_put(to, (uint32_t)code) : 0;
}

#define ENTITY_BYTES_MAX 10

/* The shortest entity, `&lt;`, is longer than any single byte it gives, and `&#9;` than any longer
 * sequence, so the text never grows. */
static int unescape(Arena *arena, Slice text, Slice *ret)
{
    if (slice_find_char(text, '&') == SLICE_NOT_FOUND) {
        *ret = text;
        return 0;
    }
    char *out = arena_alloc(arena, text.len);
    if (!out) return -ENOMEM;
    size_t len = 0;
    while (text.len > 0) {
        size_t end = text.ptr[0] == '&' ? slice_find_char(slice_first(text, ENTITY_BYTES_MAX), ';')
                                        : SLICE_NOT_FOUND;
        size_t put =
            end == SLICE_NOT_FOUND ? 0 : put_entity(out + len, slice_of(text.ptr + 1, end - 1));
        if (put == 0) {
            out[len++] = text.ptr[0];
            text = slice_skip(text, 1);
        } else {
            len += put;
            text = slice_skip(text, end + 1);
        }
    }
    *ret = slice_of(out, len);
    return 0;
}

/* --- elements --------------------------------------------------------------------------------- */

static bool skip_past(Reader *reader, Slice mark)
{
    size_t at = slice_find(reader->rest, mark);
    if (at == SLICE_NOT_FOUND) return false;
    reader->rest = slice_skip(reader->rest, at + mark.len);
    return true;
}

static Slice tag_name(Slice tag)
{
    size_t len = 0;
    while (len < tag.len && tag.ptr[len] != ' ' && tag.ptr[len] != '/' &&
           !(tag.ptr[len] >= '\t' && tag.ptr[len] <= '\r')) {
        len++;
    }
    return slice_first(tag, len);
}

/* Where the > of a start or end tag is: not within a quoted attribute. */
static size_t tag_end(Slice text)
{
    char quote = '\0';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i;
        }
    }
    return SLICE_NOT_FOUND;
}

/* Takes one tag, comment, section or instruction, standing at its <. *ret_opened: an element with
 * content begins here. False: not well-formed, or the end. */
static bool take_tag(Reader *reader, bool *ret_opened)
{
    *ret_opened = false;
    if (slice_starts(reader->rest, SLICE("<!--"))) return skip_past(reader, SLICE("-->"));
    if (slice_starts(reader->rest, SLICE("<![CDATA["))) return skip_past(reader, SLICE("]]>"));
    if (slice_starts(reader->rest, SLICE("<?"))) return skip_past(reader, SLICE("?>"));
    size_t end = tag_end(reader->rest);
    if (end == SLICE_NOT_FOUND || end < 2) return false;
    Slice tag = slice_of(reader->rest.ptr + 1, end - 1);
    reader->rest = slice_skip(reader->rest, end + 1);
    if (tag.ptr[0] == '/') {
        if (reader->depth == 0) return false;
        reader->depth--;
        return true;
    }
    if (tag.ptr[tag.len - 1] == '/') return true;
    if (reader->depth < TASK_XML_DEPTH_MAX) reader->open[reader->depth] = tag_name(tag);
    reader->depth++;
    *ret_opened = true;
    return true;
}

static bool is_open(const Reader *reader, size_t depth, Slice name)
{
    return reader->depth >= depth && slice_eq(reader->open[depth - 1], name);
}

/* The reader stands behind the start tag of Command or Arguments, whose content is text. */
static Slice element_text(const Reader *reader)
{
    return slice_trim(slice_first(reader->rest, slice_find_char(reader->rest, '<')));
}

static void find_action(Slice xml, TaskAction *action)
{
    Reader reader = {.rest = xml};
    for (;;) {
        bool opened;
        size_t at = slice_find_char(reader.rest, '<');
        if (at == SLICE_NOT_FOUND) return;
        reader.rest = slice_skip(reader.rest, at);
        if (!take_tag(&reader, &opened)) return;
        if (!opened || !is_open(&reader, 1, SLICE("Task")) ||
            !is_open(&reader, 2, SLICE("Actions")) || !is_open(&reader, 3, SLICE("Exec"))) {
            continue;
        }
        if (reader.depth == 3) action->count++;
        if (reader.depth != 4 || action->count != 1) continue;
        if (is_open(&reader, 4, SLICE("Command"))) action->command = element_text(&reader);
        if (is_open(&reader, 4, SLICE("Arguments"))) action->arguments = element_text(&reader);
    }
}

int task_action_find(Arena *arena, Slice xml, TaskAction *ret)
{
    TaskAction action = {0};
    int r = 0;
    if (slice_find_char(xml, '<') == SLICE_NOT_FOUND) r = unescape(arena, xml, &xml);
    if (r < 0) return r;
    find_action(xml, &action);
    r = unescape(arena, action.command, &action.command);
    if (r == 0) r = unescape(arena, action.arguments, &action.arguments);
    if (r == 0) *ret = action;
    return r;
}
