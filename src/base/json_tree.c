/* See json_tree.h. */
#include "base/json_tree.h"

#include "base/json_string.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Reader {
    const char *at;
    const char *end;
    bool whole;
    Arena *arena;
    JsonTree *tree;
} Reader;

#define FIRST_NODES 64

void json_tree_done(JsonTree *tree)
{
    free(tree->nodes);
    *tree = (JsonTree){0};
}

static int grow(JsonTree *tree)
{
    if (tree->capacity >= JSON_VALUES_MAX) return -E2BIG;
    uint32_t capacity = tree->capacity ? tree->capacity * 2 : FIRST_NODES;
    JsonNode *nodes = realloc(tree->nodes, capacity * sizeof *nodes);
    if (!nodes) return -ENOMEM;
    tree->nodes = nodes;
    tree->capacity = capacity;
    return 0;
}

static inline int add_node(JsonTree *tree, Slice name, JsonKind kind, Slice value)
{
    if (tree->count == tree->capacity) {
        int r = grow(tree);
        if (r < 0) return r;
    }
    uint32_t index = tree->count++;
    tree->nodes[index] = (JsonNode){.name = name, .value = value, .next = index + 1, .kind = kind};
    return 0;
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* -EAGAIN at the end of the text. */
static inline int skip_blanks(Reader *reader)
{
    while (reader->at < reader->end && is_blank(*reader->at)) {
        reader->at++;
    }
    return reader->at == reader->end ? -EAGAIN : 0;
}

static bool take_digits(Reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && (unsigned char)(*reader->at - '0') < 10) {
        reader->at++;
    }
    return reader->at > start;
}

/* A number's grammar missed a digit: that is wrong, or only cut off. */
static int digit_missing(const Reader *reader)
{
    return reader->at == reader->end ? -EAGAIN : -EBADMSG;
}

static int read_number(Reader *reader, Slice name)
{
    const char *start = reader->at;
    if (*reader->at == '-') reader->at++;
    if (reader->at < reader->end && *reader->at == '0') {
        reader->at++;
    } else if (!take_digits(reader)) {
        return digit_missing(reader);
    }
    if (reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        if (!take_digits(reader)) return digit_missing(reader);
    }
    if (reader->at < reader->end && (*reader->at | 0x20) == 'e') {
        reader->at++;
        if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-')) reader->at++;
        if (!take_digits(reader)) return digit_missing(reader);
    }
    if (reader->at == reader->end && !reader->whole) return -EAGAIN;
    return add_node(reader->tree, name, JSON_NUMBER, slice_of(start, (size_t)(reader->at - start)));
}

static int read_word(Reader *reader, Slice name, Slice word, JsonKind kind)
{
    const char *start = reader->at;
    for (size_t i = 0; i < word.len; i++, reader->at++) {
        if (reader->at == reader->end) return -EAGAIN;
        if (*reader->at != word.ptr[i]) return -EBADMSG;
    }
    return add_node(reader->tree, name, kind, slice_of(start, word.len));
}

static int read_scalar(Reader *reader, Slice name)
{
    Slice text;
    int r;
    switch (*reader->at) {
    case '"':
        reader->at++;
        r = json_string_read(&reader->at, reader->end, reader->arena, &text);
        return r < 0 ? r : add_node(reader->tree, name, JSON_STRING, text);
    case 't': return read_word(reader, name, SLICE("true"), JSON_BOOL);
    case 'f': return read_word(reader, name, SLICE("false"), JSON_BOOL);
    case 'n': return read_word(reader, name, SLICE("null"), JSON_NULL);
    default:
        if (*reader->at != '-' && (unsigned char)(*reader->at - '0') > 9) return -EBADMSG;
        return read_number(reader, name);
    }
}

static int read_name(Reader *reader, Slice *ret)
{
    int r = skip_blanks(reader);
    if (r < 0) return r;
    if (*reader->at != '"') return -EBADMSG;
    reader->at++;
    r = json_string_read(&reader->at, reader->end, reader->arena, ret);
    if (r < 0) return r;
    r = skip_blanks(reader);
    if (r < 0) return r;
    if (*reader->at != ':') return -EBADMSG;
    reader->at++;
    return 0;
}

/* Closes the innermost container: its value becomes its text. */
static void close_container(Reader *reader)
{
    JsonTree *tree = reader->tree;
    JsonNode *node = &tree->nodes[tree->open[--tree->depth]];
    reader->at++;
    node->value.len = (size_t)(reader->at - node->value.ptr);
    node->next = tree->count;
}

/* Where a container is after its opening, a value or a comma. */
typedef struct Nest {
    uint64_t is_object[JSON_NESTING_MAX / 64]; /* one bit a level */
    uint32_t depth;
} Nest;

static bool nest_top_is_object(const Nest *nest)
{
    uint32_t level = nest->depth - 1;
    return nest->is_object[level / 64] >> (level % 64) & 1;
}

static int nest_open(Nest *nest, bool is_object)
{
    if (nest->depth == JSON_NESTING_MAX) return -E2BIG;
    uint32_t level = nest->depth++;
    uint64_t bit = (uint64_t)1 << (level % 64);
    nest->is_object[level / 64] &= ~bit;
    if (is_object) nest->is_object[level / 64] |= bit;
    return 0;
}

static int skip_name(Reader *reader)
{
    int r = skip_blanks(reader);
    if (r < 0) return r;
    if (*reader->at != '"') return -EBADMSG;
    reader->at++;
    r = json_string_skip(&reader->at, reader->end);
    if (r < 0) return r;
    r = skip_blanks(reader);
    if (r < 0) return r;
    if (*reader->at != ':') return -EBADMSG;
    reader->at++;
    return 0;
}

static int skip_scalar(Reader *reader)
{
    if (*reader->at == '"') {
        reader->at++;
        return json_string_skip(&reader->at, reader->end);
    }
    int r = read_scalar(reader, (Slice){0});
    if (r == 0) reader->tree->count--;
    return r;
}

/* Steps over one value of a deep container, or into it. *ret_fresh: a container was opened. */
static int skip_value(Reader *reader, Nest *nest, bool *ret_fresh)
{
    int r = skip_blanks(reader);
    if (r < 0) return r;
    *ret_fresh = *reader->at == '{' || *reader->at == '[';
    if (!*ret_fresh) return skip_scalar(reader);
    r = nest_open(nest, *reader->at == '{');
    if (r == 0) reader->at++;
    return r;
}

/* Checks the container at reader->at without taking it apart. */
static int skip_container(Reader *reader, uint32_t depth_before)
{
    Nest nest = {.depth = depth_before};
    bool fresh;
    int r = skip_value(reader, &nest, &fresh);
    while (r == 0 && nest.depth > depth_before) {
        r = skip_blanks(reader);
        if (r < 0) break;
        bool is_object = nest_top_is_object(&nest);
        if (*reader->at == (is_object ? '}' : ']')) {
            reader->at++;
            nest.depth--;
            fresh = false;
            continue;
        }
        if (!fresh) {
            if (*reader->at != ',') return -EBADMSG;
            reader->at++;
        }
        if (is_object) r = skip_name(reader);
        if (r == 0) r = skip_value(reader, &nest, &fresh);
    }
    return r;
}

static int read_deep(Reader *reader, Slice name)
{
    const char *start = reader->at;
    int r = skip_container(reader, reader->tree->depth);
    if (r < 0) return r;
    return add_node(reader->tree, name, JSON_DEEP, slice_of(start, (size_t)(reader->at - start)));
}

static inline int read_value(Reader *reader, Slice name)
{
    JsonTree *tree = reader->tree;
    int r = skip_blanks(reader);
    if (r < 0) return r;
    char c = *reader->at;
    if (c != '{' && c != '[') return read_scalar(reader, name);
    if (tree->depth == JSON_DEPTH_MAX) return read_deep(reader, name);
    r = add_node(tree, name, c == '{' ? JSON_OBJECT : JSON_ARRAY, slice_of(reader->at, 0));
    if (r < 0) return r;
    tree->open[tree->depth++] = tree->count - 1;
    reader->at++;
    return 0;
}

/* The next member, element or closing of the innermost container. */
static inline int read_step(Reader *reader)
{
    JsonTree *tree = reader->tree;
    uint32_t top = tree->open[tree->depth - 1];
    bool is_object = tree->nodes[top].kind == JSON_OBJECT;
    int r = skip_blanks(reader);
    if (r < 0) return r;
    if (*reader->at == (is_object ? '}' : ']')) {
        close_container(reader);
        return 0;
    }
    if (tree->count > top + 1) {
        if (*reader->at != ',') return -EBADMSG;
        reader->at++;
    }
    Slice name = {0};
    if (is_object) {
        r = read_name(reader, &name);
        if (r < 0) return r;
    }
    return read_value(reader, name);
}

int json_tree_read(JsonTree *tree, Slice text, bool whole, Arena *arena, size_t *ret_used)
{
    if (text.len == 0) {
        tree->count = tree->depth = 0;
        *ret_used = 0;
        return -EAGAIN;
    }
    Reader reader = {
        .at = text.ptr, .end = text.ptr + text.len, .whole = whole, .arena = arena, .tree = tree};
    tree->count = tree->depth = 0;
    int r = read_value(&reader, (Slice){0});
    while (r == 0 && tree->depth > 0) {
        r = read_step(&reader);
    }
    *ret_used = (size_t)(reader.at - text.ptr);
    return r;
}

const JsonNode *json_first_child(const JsonTree *tree, const JsonNode *parent)
{
    const JsonNode *child = parent + 1;
    return child < tree->nodes + parent->next ? child : NULL;
}

const JsonNode *json_next_child(const JsonTree *tree, const JsonNode *parent, const JsonNode *child)
{
    const JsonNode *next = tree->nodes + child->next;
    return next < tree->nodes + parent->next ? next : NULL;
}

const JsonNode *json_child(const JsonTree *tree, const JsonNode *parent, Slice name)
{
    const JsonNode *child = json_first_child(tree, parent);
    while (child && !slice_eq(child->name, name)) {
        child = json_next_child(tree, parent, child);
    }
    return child;
}
