/* See settings_edit.h. */
#include "engine/settings_edit.h"

#include "base/json_text.h"

#define NESTING_MAX 8
#define KEY_BYTES_MAX 128

/* The names above the line that is read, each with its indentation. */
typedef struct Nest {
    size_t indent[NESTING_MAX], length[NESTING_MAX];
    size_t depth;
    char key[KEY_BYTES_MAX];
} Nest;

typedef struct ConfigLine {
    size_t indent;
    Slice name;
    size_t value_at; /* where the value begins in the line, behind the colon and blanks */
} ConfigLine;

static size_t skip_blanks(Slice line, size_t at)
{
    while (at < line.len && line.ptr[at] == ' ')
        at++;
    return at;
}

/* False: no name and colon, or a comment. */
static bool read_line(Slice line, ConfigLine *ret)
{
    size_t indent = skip_blanks(line, 0), colon = slice_find_char(line, ':');
    if (indent == line.len || line.ptr[indent] == '#' || colon == SLICE_NOT_FOUND) return false;
    ret->indent = indent;
    ret->name = slice_trim(slice_of(line.ptr + indent, colon - indent));
    ret->value_at = skip_blanks(line, colon + 1);
    return ret->name.len > 0;
}

/* The whole key of the line; empty: too long or too deep. */
static Slice enter(Nest *nest, const ConfigLine *line)
{
    while (nest->depth > 0 && nest->indent[nest->depth - 1] >= line->indent)
        nest->depth--;
    size_t at = nest->depth > 0 ? nest->length[nest->depth - 1] : 0;
    if (nest->depth == NESTING_MAX || at + 1 + line->name.len > sizeof nest->key) return (Slice){0};
    if (at > 0) nest->key[at++] = '.';
    memcpy(nest->key + at, line->name.ptr, line->name.len);
    nest->indent[nest->depth] = line->indent;
    nest->length[nest->depth++] = at + line->name.len;
    return slice_of(nest->key, at + line->name.len);
}

/* Behind the value: a comment with the blanks before it, a carriage return. */
static Slice tail_of(Slice value)
{
    char quote = value.len > 0 ? value.ptr[0] : '\0';
    bool is_quoted = quote == '"' || quote == '\'';
    for (size_t i = is_quoted; i < value.len; i++) {
        if (is_quoted && value.ptr[i] == '\\' && quote == '"') {
            i++;
        } else if (is_quoted && value.ptr[i] == quote) {
            is_quoted = false;
        } else if (!is_quoted && value.ptr[i] == '#' && (i == 0 || value.ptr[i - 1] == ' ')) {
            while (i > 0 && value.ptr[i - 1] == ' ')
                i--;
            return slice_skip(value, i);
        }
    }
    return slice_ends(value, SLICE("\r")) ? slice_skip(value, value.len - 1) : (Slice){0};
}

static void add_value(Buf *to, SettingId id, Slice value)
{
    if (settings_info[id].type == SETTING_TYPE_TEXT) {
        json_add_string(to, value);
    } else {
        buf_add_slice(to, value);
    }
}

static void change_line(Buf *to, Slice line, size_t value_at, SettingId id, Slice value)
{
    Slice tail = tail_of(slice_skip(line, value_at));
    buf_add_slice(to, slice_first(line, value_at));
    if (line.ptr[value_at - 1] == ':') buf_add_char(to, ' ');
    add_value(to, id, value);
    if (tail.len > 0 && tail.ptr[0] == '#') buf_add_char(to, ' ');
    buf_add_slice(to, tail);
}

void settings_edit(Slice text, SettingId id, Slice value, Buf *to)
{
    Nest nest = {.depth = 0};
    ConfigLine config;
    Slice line;
    bool is_done = false;
    while (slice_cut(&text, '\n', &line)) {
        bool is_it =
            read_line(line, &config) && slice_eq(enter(&nest, &config), settings_info[id].key);
        if (is_it) {
            change_line(to, line, config.value_at, id, value);
        } else {
            buf_add_slice(to, line);
        }
        is_done = is_done || is_it;
        buf_add_char(to, '\n');
    }
    if (is_done) return;
    buf_add_slice(to, settings_info[id].key);
    buf_add_cstr(to, ": ");
    add_value(to, id, value);
    buf_add_char(to, '\n');
}
