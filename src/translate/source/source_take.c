/* See source_take.h: pairs and tables. */
#include "translate/source/source_take.h"

#include <errno.h>

/* --- where values go -------------------------------------------------------------------------- */

static bool mark_name(Taking *taking, uint32_t hash)
{
    uint64_t bit = (uint64_t)1 << (hash >> 8 & 63);
    uint64_t *word = &taking->names_seen[hash >> 14 & 3];
    bool was = (*word & bit) != 0;
    *word |= bit;
    return was;
}

void taking_begin_field(Taking *taking, const Field *field)
{
    if (taking->field_count == SOURCE_FIELDS_MAX) return;
    mark_name(taking, source_name_hash(field->name));
    taking->fields[taking->field_count++] = *field;
}

static bool is_header_name(Slice name)
{
    static const Slice names[] = {SLICE_INIT("facility"), SLICE_INIT("severity"),
                                  SLICE_INIT("sequence"), SLICE_INIT("timestamp"),
                                  SLICE_INIT("host"),     SLICE_INIT("tag"),
                                  SLICE_INIT("pid"),      SLICE_INIT("msgid"),
                                  SLICE_INIT("version"),  SLICE_INIT("message")};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (slice_eq(names[i], name)) return true;
    }
    return false;
}

/* A name that is there already: the line's own `host` must not look like the header's; other names
 * stand behind their first. */
static int put_again(Taking *taking, Field field)
{
    if (is_header_name(field.name)) {
        int r = arena_format(taking->arena, &field.name, "log.%.*s", SLICE_FMT(field.name));
        if (r < 0) return r;
    }
    size_t at = taking->field_count;
    for (size_t i = taking->field_count; i-- > 0;) {
        if (!slice_eq(taking->fields[i].name, field.name)) continue;
        at = i + 1;
        break;
    }
    memmove(&taking->fields[at + 1], &taking->fields[at],
            (taking->field_count - at) * sizeof field);
    taking->fields[at] = field;
    taking->field_count++;
    return 0;
}

int taking_put(Taking *taking, Slice name, Slice value)
{
    uint32_t hash = source_name_hash(name);
    int slot = source_slot_of(&taking->definition->slots, name, hash);
    if (slot >= 0 && taking->values[slot].len == 0) taking->values[slot] = value;
    if (taking->field_count == SOURCE_FIELDS_MAX) return 0;
    const Field field = {.name = name, .value = value};
    if (mark_name(taking, hash)) return put_again(taking, field);
    taking->fields[taking->field_count++] = field;
    return 0;
}

/* --- name=value ------------------------------------------------------------------------------- */

static bool is_separator(char c, char separator)
{
    return c == separator || (separator == ' ' && c == '\t');
}

/* Without the backslashes before quotes; other backslashes are the value's own (paths). */
static int unescape_quotes(Arena *arena, Slice text, Slice *ret)
{
    char *room = arena_alloc(arena, text.len);
    size_t len = 0;
    if (!room) return -ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len && text.ptr[i + 1] == '"') continue;
        room[len++] = text.ptr[i];
    }
    *ret = slice_of(room, len);
    return 0;
}

/* A value in quotes off the front; one that is never closed ends with the text. A quote behind a
 * backslash never closes: what a stranger typed would else become fields of its own. */
static int take_quoted_value(Taking *taking, Slice *text, Slice *ret)
{
    size_t at = 1;
    bool escaped = false;
    while (at < text->len) {
        size_t quote = slice_find_char(slice_skip(*text, at), '"');
        at = quote == SLICE_NOT_FOUND ? text->len : at + quote;
        if (at == text->len || at == 1 || text->ptr[at - 1] != '\\') break;
        escaped = true;
        at++;
    }
    *ret = slice_of(text->ptr + 1, at - 1);
    *text = slice_skip(*text, at + 1);
    return escaped ? unescape_quotes(taking->arena, *ret, ret) : 0;
}

static Slice take_plain_value(Slice *text, char separator)
{
    size_t at = 0;
    while (at < text->len && !is_separator(text->ptr[at], separator)) {
        at++;
    }
    Slice value = slice_first(*text, at);
    *text = slice_skip(*text, at);
    return value;
}

/* The name before the pair sign, without words that stand alone before it. */
static Slice name_before(Slice text, char separator)
{
    size_t at = text.len;
    while (at > 0 && !is_separator(text.ptr[at - 1], separator)) {
        at--;
    }
    return slice_trim(slice_skip(text, at));
}

int take_kv(Taking *taking, Slice text)
{
    const SourceTake *take = &taking->definition->take;
    size_t pairs = 0;
    while (text.len > 0) {
        size_t pair = slice_find_char(text, take->pair);
        if (pair == SLICE_NOT_FOUND) break;
        Slice name = name_before(slice_first(text, pair), take->separator), value = {0};
        int r = 0;
        text = slice_skip(text, pair + 1);
        if (text.len > 0 && text.ptr[0] == '"') {
            r = take_quoted_value(taking, &text, &value);
        } else {
            value = take_plain_value(&text, take->separator);
            if (take->separator != ' ') value = slice_trim(value);
        }
        if (r == 0 && name.len > 0 && name.len <= SOURCE_NAME_BYTES_MAX) {
            r = taking_put(taking, name, value);
            pairs++;
        }
        if (r < 0) return r;
    }
    return pairs > 0 ? 0 : SOURCE_NOT_SO;
}

/* --- tables ----------------------------------------------------------------------------------- */

/* "" inside a quoted cell is one quote (RFC 4180, 2.7). */
static int unescape_cell(Arena *arena, Slice text, Slice *ret)
{
    char *room = arena_alloc(arena, text.len);
    size_t len = 0;
    if (!room) return -ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        room[len++] = text.ptr[i];
        if (text.ptr[i] == '"' && i + 1 < text.len && text.ptr[i + 1] == '"') i++;
    }
    *ret = slice_of(room, len);
    return 0;
}

static int take_quoted_cell(Arena *arena, Slice *text, char separator, Slice *ret)
{
    size_t at = 1;
    bool doubled = false;
    while (at < text->len) {
        size_t quote = slice_find_char(slice_skip(*text, at), '"');
        at = quote == SLICE_NOT_FOUND ? text->len : at + quote;
        if (at + 1 >= text->len || text->ptr[at + 1] != '"') break;
        doubled = true;
        at += 2;
    }
    if (at > text->len) at = text->len;
    *ret = slice_of(text->ptr + 1, at - 1);
    *text = slice_skip(*text, at + 1);
    take_plain_value(text, separator); /* what stands wrongly behind the quote */
    return doubled ? unescape_cell(arena, *ret, ret) : 0;
}

/* The next cell; *more says whether another follows. */
static int take_cell(Arena *arena, Slice *text, char separator, Slice *ret, bool *more)
{
    int r = 0;
    while (text->len > 0 && text->ptr[0] == ' ' && separator != '\t') {
        *text = slice_skip(*text, 1);
    }
    if (text->len > 0 && text->ptr[0] == '"') {
        r = take_quoted_cell(arena, text, separator, ret);
    } else {
        *ret = slice_trim(take_plain_value(text, separator));
    }
    *more = text->len > 0;
    *text = slice_skip(*text, 1);
    return r;
}

int take_row(Arena *arena, Slice text, char separator, Slice *cells, size_t room, size_t *ret_count)
{
    bool more = text.len > 0;
    size_t count = 0;
    int r = 0;
    while (more && count < room && r == 0) {
        r = take_cell(arena, &text, separator, &cells[count++], &more);
    }
    *ret_count = count;
    return r;
}

int take_csv(Taking *taking, Slice text, const TableHeader *header)
{
    const SourceTake *take = &taking->definition->take;
    const Slice *names = header ? header->names : take->columns;
    size_t columns = header ? header->count : take->column_count, count;
    Slice cells[SOURCE_COLUMNS_MAX];
    int r = take_row(taking->arena, text, take->separator, cells, columns, &count);
    for (size_t at = 0; at < count && r == 0; at++) {
        if (!slice_eq(names[at], SLICE("-"))) r = taking_put(taking, names[at], cells[at]);
    }
    if (r < 0) return r;
    size_t least = take->columns_least ? take->columns_least : columns;
    return count > 0 && count >= least ? 0 : SOURCE_NOT_SO;
}

int take_header(const SourceDefinition *definition, Slice text, TableHeader *ret)
{
    const SourceTake *take = &definition->take;
    bool more = true;
    size_t count = 0;
    if (!slice_starts(text, take->header_prefix)) return SOURCE_NOT_SO;
    text = slice_skip(text, take->header_prefix.len);
    if (text.len > sizeof ret->text) return SOURCE_NOT_SO;
    if (text.len > 0) memcpy(ret->text, text.ptr, text.len);
    Slice rest = slice_of(ret->text, text.len);
    for (; more && count < SOURCE_COLUMNS_MAX; count++) {
        Slice name = take_plain_value(&rest, take->separator);
        more = rest.len > 0;
        rest = slice_skip(rest, 1);
        name = slice_trim(name);
        if (name.len > 1 && name.ptr[0] == '"' && slice_ends(name, SLICE("\"")))
            name = slice_of(name.ptr + 1, name.len - 2);
        ret->names[count] = name.len ? name : SLICE("-");
    }
    ret->count = count;
    return count > 1 ? 0 : SOURCE_NOT_SO;
}
