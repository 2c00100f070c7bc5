/* BinXML to a tree: MS-EVEN6 2.2.12 (grammar), libevtx paper "Binary XML". Used for what is inside
 * of elements; fragments, templates and value tables are read by evtx_run.c. */
#include "decode/evtx_int.h"

#include "base/utf8.h"

#include <errno.h>

static int fail(EvtxParser *parser, EvtxReason reason)
{
    parser->reason = reason;
    return -EBADMSG;
}

static const char *here(const EvtxParser *parser)
{
    return parser->chunk->bytes.ptr + parser->at;
}

static size_t left(const EvtxParser *parser)
{
    return parser->end - parser->at;
}

/* The next token without its flag, or -1 at the end. */
static int peek_token(const EvtxParser *parser)
{
    if (left(parser) == 0) return -1;
    return (unsigned char)here(parser)[0] & ~TOKEN_MORE;
}

static EvtxNode *new_node(EvtxParser *parser, EvtxNodeKind kind)
{
    if (*parser->work == 0) return NULL;
    (*parser->work)--;
    EvtxNode *node = ARENA_NEW(parser->arena, EvtxNode);
    if (!node) return NULL;
    node->kind = kind;
    node->value = EVTX_NO_VALUE;
    return node;
}

static int take_utf16(EvtxParser *parser, Slice utf16, Slice *ret)
{
    size_t work = utf16.len / 16;
    if (work > *parser->work) return fail(parser, EVTX_EVENT_SIZE);
    *parser->work -= work;
    char *text = arena_alloc(parser->arena, utf16.len / 2 * 3 + 1);
    if (!text) return fail(parser, EVTX_EVENT_SIZE);
    *ret = slice_of(text, utf8_from_utf16le(text, utf16));
    return 0;
}

/* A count of UTF-16 units in 2 bytes, then the units. */
static int take_counted_text(EvtxParser *parser, Slice *ret)
{
    if (left(parser) < 2) return fail(parser, EVTX_XML_TRUNCATED);
    size_t bytes = 2 * (size_t)read_le16(here(parser));
    parser->at += 2;
    if (left(parser) < bytes) return fail(parser, EVTX_XML_TRUNCATED);
    Slice utf16 = slice_of(here(parser), bytes);
    parser->at += bytes;
    return take_utf16(parser, utf16, ret);
}

/* The units of a name structure: next offset (4), hash (2), count (2), units, NUL. */
static int find_name(const EvtxParser *parser, size_t offset, Slice *ret_utf16)
{
    Slice bytes = slice_skip(parser->chunk->bytes, offset);
    if (bytes.len < 8) return -EBADMSG;
    size_t len = 2 * (size_t)read_le16(bytes.ptr + 6);
    if (bytes.len - 8 < len) return -EBADMSG;
    *ret_utf16 = slice_of(bytes.ptr + 8, len);
    return 0;
}

static int note_name(EvtxParser *parser, size_t at, bool is_inline, Slice utf16)
{
    if (!parser->name_refs) return 0;
    EvtxNameRef ref = {.at = (uint32_t)(at - parser->refs_base),
                       .is_inline = is_inline,
                       .chars = (uint16_t)(utf16.len / 2),
                       .chars_at = (uint32_t)(utf16.ptr - parser->chunk->bytes.ptr)};
    buf_add(parser->name_refs, &ref, sizeof ref);
    return buf_error(parser->name_refs) ? fail(parser, EVTX_EVENT_SIZE) : 0;
}

/* A name's offset, and the name itself where it is the chunk's first use. */
static int take_name(EvtxParser *parser, Slice *ret)
{
    Slice utf16;
    if (left(parser) < 4) return fail(parser, EVTX_XML_TRUNCATED);
    size_t at = parser->at, offset = read_le32(here(parser));
    parser->at += 4;
    if (find_name(parser, offset, &utf16) < 0) return fail(parser, EVTX_XML_NAME);
    bool is_inline = offset == parser->at;
    if (is_inline) {
        if (left(parser) < 10 + utf16.len) return fail(parser, EVTX_XML_TRUNCATED);
        parser->at += 10 + utf16.len;
    }
    int r = note_name(parser, at, is_inline, utf16);
    return r < 0 ? r : take_utf16(parser, utf16, ret);
}

static int parse_text(EvtxParser *parser, EvtxNode *node)
{
    if (left(parser) < 2) return fail(parser, EVTX_XML_TRUNCATED);
    /* MS-EVEN6 2.2.12.1: literal values are strings. */
    if (here(parser)[1] != VALUE_STRING) return fail(parser, EVTX_XML_TOKEN);
    parser->at += 2;
    return take_counted_text(parser, &node->text);
}

static int parse_cdata(EvtxParser *parser, EvtxNode *node)
{
    parser->at++;
    return take_counted_text(parser, &node->text);
}

static int parse_char_ref(EvtxParser *parser, EvtxNode *node)
{
    if (left(parser) < 3) return fail(parser, EVTX_XML_TRUNCATED);
    Slice unit = slice_of(here(parser) + 1, 2);
    parser->at += 3;
    return take_utf16(parser, unit, &node->text);
}

/* The five entities of XML 1.0, 4.6; others stay as they would stand in XML. */
static int parse_entity_ref(EvtxParser *parser, EvtxNode *node)
{
    static const struct {
        Slice name, text;
    } entities[] = {{SLICE_INIT("amp"), SLICE_INIT("&")},
                    {SLICE_INIT("lt"), SLICE_INIT("<")},
                    {SLICE_INIT("gt"), SLICE_INIT(">")},
                    {SLICE_INIT("quot"), SLICE_INIT("\"")},
                    {SLICE_INIT("apos"), SLICE_INIT("'")}};
    Slice name;
    parser->at++;
    int r = take_name(parser, &name);
    if (r < 0) return r;
    for (size_t i = 0; i < ARRAY_COUNT(entities); i++) {
        if (slice_eq(name, entities[i].name)) {
            node->text = entities[i].text;
            return 0;
        }
    }
    r = arena_format(parser->arena, &node->text, "&%.*s;", SLICE_FMT(name));
    return r < 0 ? fail(parser, EVTX_EVENT_SIZE) : 0;
}

static int parse_value(EvtxParser *parser, EvtxNode *node)
{
    if (left(parser) < 4) return fail(parser, EVTX_XML_TRUNCATED);
    node->kind = EVTX_VALUE;
    node->optional = here(parser)[0] == TOKEN_OPTIONAL_VALUE;
    node->value = read_le16(here(parser) + 1);
    if (node->value == EVTX_NO_VALUE) return fail(parser, EVTX_VALUE_MISSING);
    parser->at += 4;
    return 0;
}

/* What attributes and elements may both hold. 0: no such token is here, 1: *ret_node is it. */
static int parse_part(EvtxParser *parser, EvtxNode **ret_node)
{
    int token = peek_token(parser);
    if (token < TOKEN_TEXT || token > TOKEN_OPTIONAL_VALUE || token == TOKEN_ATTRIBUTE ||
        (token >= TOKEN_PI_TARGET && token <= TOKEN_TEMPLATE)) {
        return 0;
    }
    EvtxNode *node = new_node(parser, EVTX_TEXT);
    if (!node) return fail(parser, EVTX_EVENT_SIZE);
    int r;
    switch (token) {
    case TOKEN_TEXT: r = parse_text(parser, node); break;
    case TOKEN_CDATA: r = parse_cdata(parser, node); break;
    case TOKEN_CHAR_REF: r = parse_char_ref(parser, node); break;
    case TOKEN_ENTITY_REF: r = parse_entity_ref(parser, node); break;
    default: r = parse_value(parser, node); break;
    }
    if (r < 0) return r;
    *ret_node = node;
    return 1;
}

int evtx_xml_parse_pi(EvtxParser *parser, EvtxNode **ret)
{
    EvtxNode *node = new_node(parser, EVTX_PI);
    if (!node) return fail(parser, EVTX_EVENT_SIZE);
    parser->at++;
    int r = take_name(parser, &node->name);
    if (r < 0) return r;
    if (peek_token(parser) != TOKEN_PI_DATA) return fail(parser, EVTX_XML_TOKEN);
    parser->at++;
    r = take_counted_text(parser, &node->text);
    if (r < 0) return r;
    *ret = node;
    return 0;
}

static int parse_attributes(EvtxParser *parser, EvtxNode **ret_first)
{
    EvtxNode **attribute_end = ret_first;
    while (peek_token(parser) == TOKEN_ATTRIBUTE) {
        EvtxNode *attribute = new_node(parser, EVTX_TEXT);
        if (!attribute) return fail(parser, EVTX_EVENT_SIZE);
        parser->at++;
        int r = take_name(parser, &attribute->name);
        if (r < 0) return r;
        EvtxNode **part_end = &attribute->children;
        while ((r = parse_part(parser, part_end)) > 0) {
            part_end = &(*part_end)->next;
        }
        if (r < 0) return r;
        *attribute_end = attribute;
        attribute_end = &attribute->next;
    }
    return 0;
}

/* Token, dependency id (2, not everywhere), size of the rest (4), name, size of attributes (4, with
 * the flag). Files exist in which the dependency id is there or missing against the rule: then the
 * size runs out of the bytes at hand, and the other reading is taken. */
static int parse_start(EvtxParser *parser, EvtxNode *node)
{
    bool with_attributes = here(parser)[0] & TOKEN_MORE;
    size_t start = parser->at + 1;
    bool dependency = parser->has_dependencies;
    for (int attempt = 0; attempt < 2; attempt++, dependency = !dependency) {
        size_t size_at = start + (dependency ? 2 : 0);
        if (size_at > parser->end || parser->end - size_at < 8) continue;
        if (read_le32(parser->chunk->bytes.ptr + size_at) > parser->end - size_at - 4) continue;
        if (dependency) node->value = read_le16(parser->chunk->bytes.ptr + start);
        parser->at = size_at + 4;
        int r = take_name(parser, &node->name);
        if (r < 0) return r;
        if (!with_attributes) return 0;
        if (left(parser) < 4) return fail(parser, EVTX_XML_TRUNCATED);
        parser->at += 4;
        return parse_attributes(parser, &node->attributes);
    }
    return fail(parser, EVTX_XML_TRUNCATED);
}

static int parse_content(EvtxParser *parser, EvtxNode **child_end)
{
    for (;;) {
        int r = parse_part(parser, child_end);
        if (r < 0) return r;
        if (r == 0) {
            switch (peek_token(parser)) {
            case TOKEN_END_ELEMENT: parser->at++; return 0;
            case TOKEN_ELEMENT: r = evtx_xml_parse_element(parser, child_end); break;
            case TOKEN_PI_TARGET: r = evtx_xml_parse_pi(parser, child_end); break;
            case -1: return fail(parser, EVTX_XML_TRUNCATED);
            default: return fail(parser, EVTX_XML_TOKEN);
            }
            if (r < 0) return r;
        }
        child_end = &(*child_end)->next;
    }
}

int evtx_xml_parse_element(EvtxParser *parser, EvtxNode **ret)
{
    if (parser->depth >= EVTX_ELEMENT_DEPTH_MAX) return fail(parser, EVTX_XML_DEPTH);
    EvtxNode *node = new_node(parser, EVTX_ELEMENT);
    if (!node) return fail(parser, EVTX_EVENT_SIZE);
    parser->depth++;
    int r = parse_start(parser, node);
    if (r < 0) return r;
    switch (peek_token(parser)) {
    case TOKEN_CLOSE_EMPTY: parser->at++; break;
    case TOKEN_CLOSE_START:
        parser->at++;
        r = parse_content(parser, &node->children);
        break;
    case -1: return fail(parser, EVTX_XML_TRUNCATED);
    default: return fail(parser, EVTX_XML_TOKEN);
    }
    if (r < 0) return r;
    parser->depth--;
    *ret = node;
    return 0;
}

int evtx_xml_parse_elements(EvtxParser *parser, EvtxNode **ret_first)
{
    EvtxNode *first = NULL, **end = &first;
    for (;;) {
        int r;
        switch (peek_token(parser)) {
        case TOKEN_FRAGMENT:
            if (left(parser) < 4) return fail(parser, EVTX_XML_TRUNCATED);
            parser->at += 4;
            continue;
        case TOKEN_ELEMENT: r = evtx_xml_parse_element(parser, end); break;
        case TOKEN_PI_TARGET: r = evtx_xml_parse_pi(parser, end); break;
        case TOKEN_EOF:
        case -1: *ret_first = first; return 0;
        default: return fail(parser, EVTX_XML_TOKEN);
        }
        if (r < 0) return r;
        end = &(*end)->next;
    }
}
