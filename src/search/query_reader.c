/* See query_reader.h. */
#include "search/query_reader.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <errno.h>

void query_reader_place(QueryReader *reader, size_t where)
{
    unsigned column = 1;
    for (size_t i = 0; i < where && i < reader->text.len; i++) {
        column += ((unsigned char)reader->text.ptr[i] & 0xc0) != 0x80;
    }
    /* In the middle of a character: that character. */
    bool inside =
        where < reader->text.len && ((unsigned char)reader->text.ptr[where] & 0xc0) == 0x80;
    if (inside && column > 1) column--;
    if (reader->complaint) reader->complaint->column = column;
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

char query_reader_byte(const QueryReader *reader, size_t ahead)
{
    return ahead < reader->text.len - reader->at ? reader->text.ptr[reader->at + ahead] : '\0';
}

char query_reader_peek(QueryReader *reader)
{
    while (reader->at < reader->text.len && is_blank(reader->text.ptr[reader->at])) {
        reader->at++;
    }
    return query_reader_byte(reader, 0);
}

bool query_reader_ends(QueryReader *reader)
{
    char c = query_reader_peek(reader);
    return c == '\0' || c == '|' || c == ')' || (c == ']' && reader->brackets);
}

bool query_reader_take(QueryReader *reader, char c)
{
    if (query_reader_peek(reader) != c) return false;
    reader->at++;
    return true;
}

static bool is_name_byte(char c, bool first)
{
    unsigned char u = (unsigned char)c;
    if (u >= 0x80 || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || c == '_' || c == '@')
        return true;
    if (c == '$' || c == '.') return true;
    return !first && ((u >= '0' && u <= '9') || c == '-' || c == '#');
}

Slice query_reader_name(const QueryReader *reader)
{
    size_t len = 0;
    while (reader->at + len < reader->text.len &&
           is_name_byte(reader->text.ptr[reader->at + len], len == 0)) {
        len++;
    }
    return slice_of(reader->text.ptr + reader->at, len);
}

bool query_reader_take_keyword(QueryReader *reader, const char *word)
{
    query_reader_peek(reader);
    Slice name = query_reader_name(reader);
    if (!slice_eq_nocase(name, slice_from_cstr(word))) return false;
    char after = query_reader_byte(reader, name.len);
    if (!is_blank(after) && !strchr("()\",|]", after)) return false;
    reader->at += name.len;
    return true;
}

int query_reader_quoted(QueryReader *reader, Slice *ret)
{
    size_t start = reader->at, len = 0;
    char *text = arena_alloc(reader->arena, reader->text.len - start + 1);
    if (!text) return -ENOMEM;
    for (size_t i = start + 1; i < reader->text.len; i++) {
        char c = reader->text.ptr[i];
        if (c == '"') {
            bool doubled = i + 1 < reader->text.len && reader->text.ptr[i + 1] == '"';
            if (!doubled) {
                reader->at = i + 1;
                *ret = slice_of(text, len);
                return 0;
            }
            i++;
        }
        text[len++] = c;
    }
    return QUERY_COMPLAIN(reader, start, "query.unclosed_quote",
                          "the quotation mark opened here is not closed; add a \" at the end",
                          "ここで始まる引用符 \" が閉じていません。終わりに \" を付けます");
}

Slice query_reader_bare(QueryReader *reader, bool list)
{
    size_t start = reader->at, open = 0;
    for (; reader->at < reader->text.len; reader->at++) {
        char c = reader->text.ptr[reader->at];
        if (is_blank(c) || c == '"' || c == '|' || (list && c == ',')) break;
        if (c == '(' && reader->at == start) break;
        if (c == ')' && open == 0) break;
        if (c == ']' && reader->brackets) break;
        open += c == '(';
        open -= c == ')';
    }
    return slice_of(reader->text.ptr + start, reader->at - start);
}

int query_reader_field(QueryReader *reader, FieldRef *ret)
{
    Slice name;
    char c = query_reader_peek(reader);
    size_t start = reader->at;
    if (c == '"') {
        int r = query_reader_quoted(reader, &name);
        if (r < 0) return r;
    } else {
        name = query_reader_name(reader);
        reader->at += name.len;
    }
    if (name.len == 0) {
        return QUERY_COMPLAIN(reader, start, "query.field_missing",
                              "a field's name is due here, for instance user.name",
                              "ここには項目名が必要です。たとえば user.name と書きます");
    }
    return field_ref_make(name, reader->arena, ret);
}

int query_node_new(QueryReader *reader, NodeKind kind, Node **ret)
{
    Node *node = ARENA_NEW(reader->arena, Node);
    if (!node) return -ENOMEM;
    node->kind = kind;
    *ret = node;
    return 0;
}

int query_term_count(QueryReader *reader, size_t where)
{
    if (++reader->terms <= QUERY_TERMS_MAX) return 0;
    return QUERY_COMPLAIN(reader, where, "query.too_many_terms",
                          "more than %d words and conditions; ask in several searches",
                          "語と条件が%d個を超えています。何回かに分けて検索します",
                          QUERY_TERMS_MAX);
}

int query_length_check(QueryReader *reader, size_t where, Slice text)
{
    if (text.len <= FOLD_NEEDLE_BYTES_MAX) return 0;
    return QUERY_COMPLAIN(reader, where, "query.too_long_word",
                          "a single word may have %d bytes; a part of it finds it too",
                          "1つの語は%dバイトまでです。一部だけでも見つかります",
                          FOLD_NEEDLE_BYTES_MAX);
}
