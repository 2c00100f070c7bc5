/* Threat lists as STIX 2.1 bundles: see threat_set.h. */
#include "translate/context/threat_set.h"

#include "base/arena.h"
#include "base/json_tree.h"
#include "base/time_text.h"

#include <errno.h>

#define STIX_VALUES_MAX 256 /* of one pattern; a pattern of more is refused */

/* --- patterns (STIX 2.1, chapter 9) ----------------------------------------------------------- */

typedef struct Pattern {
    Slice rest;
    Slice values[STIX_VALUES_MAX];
    size_t count;
    Arena *arena;
} Pattern;

static void skip_blanks(Pattern *pattern)
{
    pattern->rest = slice_trim(pattern->rest);
}

static bool take_mark(Pattern *pattern, char mark)
{
    skip_blanks(pattern);
    if (pattern->rest.len == 0 || pattern->rest.ptr[0] != mark) return false;
    pattern->rest = slice_skip(pattern->rest, 1);
    return true;
}

static bool take_word(Pattern *pattern, Slice word)
{
    skip_blanks(pattern);
    if (!slice_starts(pattern->rest, word)) return false;
    pattern->rest = slice_skip(pattern->rest, word.len);
    return true;
}

/* 'text' with \' and \\ in it. */
static int take_literal(Pattern *pattern)
{
    size_t at = 0, len = 0;
    if (!take_mark(pattern, '\'') || pattern->count == STIX_VALUES_MAX) return -EINVAL;
    Slice rest = pattern->rest;
    char *text = arena_alloc(pattern->arena, rest.len + 1);
    if (!text) return -ENOMEM;
    while (at < rest.len && rest.ptr[at] != '\'') {
        if (rest.ptr[at] == '\\' && at + 1 < rest.len) at++;
        text[len++] = rest.ptr[at++];
    }
    if (at == rest.len) return -EINVAL;
    pattern->rest = slice_skip(rest, at + 1);
    pattern->values[pattern->count++] = slice_of(text, len);
    return 0;
}

/* Up to the operator: file:hashes.'SHA-256'. False: not one of those whose values are bad alone. */
static bool take_path(Pattern *pattern)
{
    static const Slice known[] = {
        SLICE_INIT("ipv4-addr:value"),
        SLICE_INIT("ipv6-addr:value"),
        SLICE_INIT("domain-name:value"),
        SLICE_INIT("url:value"),
        SLICE_INIT("file:hashes."),
        SLICE_INIT("network-traffic:dst_ref.value"),
        SLICE_INIT("network-traffic:src_ref.value"),
        SLICE_INIT("artifact:hashes."),
    };
    skip_blanks(pattern);
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (!slice_starts(pattern->rest, known[i])) continue;
        size_t at = known[i].len;
        while (at < pattern->rest.len && !memchr(" =!<>\t", pattern->rest.ptr[at], 6))
            at++;
        pattern->rest = slice_skip(pattern->rest, at);
        return true;
    }
    return false;
}

static int take_comparison(Pattern *pattern)
{
    if (!take_path(pattern)) return -EINVAL;
    if (take_mark(pattern, '=') || take_word(pattern, SLICE("ISSUBSET"))) {
        return take_literal(pattern);
    }
    if (!take_word(pattern, SLICE("IN")) || !take_mark(pattern, '(')) return -EINVAL;
    int r;
    do {
        r = take_literal(pattern);
    } while (r == 0 && take_mark(pattern, ','));
    return r == 0 && !take_mark(pattern, ')') ? -EINVAL : r;
}

/* [a = '1' OR b = '2'] OR [...]; anything else is refused. */
static int take_pattern(Pattern *pattern)
{
    int r = 0;
    do {
        if (!take_mark(pattern, '[')) return -EINVAL;
        do {
            r = take_comparison(pattern);
        } while (r == 0 && take_word(pattern, SLICE("OR")));
        if (r == 0 && !take_mark(pattern, ']')) return -EINVAL;
    } while (r == 0 && take_word(pattern, SLICE("OR")));
    skip_blanks(pattern);
    return r == 0 && pattern->rest.len > 0 ? -EINVAL : r;
}

/* --- objects ---------------------------------------------------------------------------------- */

typedef struct Bundle {
    ThreatSet *set;
    unsigned list;
    int64_t now_ns;
    ThreatTally *tally;
    JsonTree tree;
    Arena arena;
} Bundle;

static Slice text_of(const JsonTree *tree, const JsonNode *object, Slice name)
{
    const JsonNode *node = json_child(tree, object, name);
    return node && node->kind == JSON_STRING ? node->value : (Slice){0};
}

static bool is_expired(const Bundle *bundle, const JsonNode *object)
{
    const JsonNode *revoked = json_child(&bundle->tree, object, SLICE("revoked"));
    if (revoked && slice_eq(revoked->value, SLICE("true"))) return true;
    Slice until = text_of(&bundle->tree, object, SLICE("valid_until"));
    int64_t until_ns;
    return until.len > 0 && bundle->now_ns != TIME_UNKNOWN &&
           time_parse_rfc3339(until, 0, &until_ns) == 0 && until_ns <= bundle->now_ns;
}

static int add_values(Bundle *bundle, const Pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++) {
        int r = threat_add(bundle->set, bundle->list, pattern->values[i]);
        if (r == -ENOMEM) return r;
        bundle->tally->added += r == 0;
        bundle->tally->refused += r < 0;
        bundle->tally->is_full |= r == -E2BIG;
    }
    return 0;
}

static int take_object(Bundle *bundle)
{
    const JsonNode *object = bundle->tree.nodes;
    Pattern pattern = {.arena = &bundle->arena};
    if (object->kind != JSON_OBJECT) return 0;
    if (!slice_eq(text_of(&bundle->tree, object, SLICE("type")), SLICE("indicator"))) return 0;
    if (is_expired(bundle, object)) {
        bundle->tally->expired++;
        return 0;
    }
    Slice type = text_of(&bundle->tree, object, SLICE("pattern_type"));
    pattern.rest = text_of(&bundle->tree, object, SLICE("pattern"));
    int r = type.len > 0 && !slice_eq(type, SLICE("stix")) ? -EINVAL : take_pattern(&pattern);
    if (r == -EINVAL) bundle->tally->refused++;
    if (r < 0) return r == -EINVAL ? 0 : r;
    return add_values(bundle, &pattern);
}

/* --- the bundle: its objects one by one, for all together may be millions ----------------------
 */

static Slice skip_json_blanks(Slice text)
{
    while (text.len > 0 && memchr(" \t\r\n", text.ptr[0], 4))
        text = slice_skip(text, 1);
    return text;
}

static bool take_json_mark(Slice *text, char mark)
{
    *text = skip_json_blanks(*text);
    if (text->len == 0 || text->ptr[0] != mark) return false;
    *text = slice_skip(*text, 1);
    return true;
}

static int take_value(Bundle *bundle, Slice *text)
{
    size_t used;
    arena_reset(&bundle->arena);
    int r = json_tree_read(&bundle->tree, *text, false, &bundle->arena, &used);
    if (r == -EAGAIN || r == -E2BIG) r = -EBADMSG;
    *text = slice_skip(*text, used);
    return r;
}

static int take_array(Bundle *bundle, Slice *text)
{
    if (take_json_mark(text, ']')) return 0;
    int r;
    do {
        r = take_value(bundle, text);
        if (r == 0) r = take_object(bundle);
    } while (r == 0 && take_json_mark(text, ','));
    return r == 0 && !take_json_mark(text, ']') ? -EBADMSG : r;
}

static int take_member(Bundle *bundle, Slice *text)
{
    int r = take_value(bundle, text);
    if (r < 0) return r;
    bool is_objects = bundle->tree.nodes[0].kind == JSON_STRING &&
                      slice_eq(bundle->tree.nodes[0].value, SLICE("objects"));
    if (!take_json_mark(text, ':')) return -EBADMSG;
    if (is_objects && take_json_mark(text, '[')) return take_array(bundle, text);
    return take_value(bundle, text);
}

static int take_bundle(Bundle *bundle, Slice *text)
{
    if (take_json_mark(text, '[')) return take_array(bundle, text);
    if (!take_json_mark(text, '{')) return -EBADMSG;
    if (take_json_mark(text, '}')) return 0;
    int r;
    do {
        r = take_member(bundle, text);
    } while (r == 0 && take_json_mark(text, ','));
    return r == 0 && !take_json_mark(text, '}') ? -EBADMSG : r;
}

static void set_place(Complaint *complaint, Slice text, Slice rest)
{
    if (!complaint) return;
    complaint->line = complaint->column = 1;
    for (size_t i = 0; i < text.len - rest.len; i++) {
        complaint->column++;
        if (text.ptr[i] != '\n') continue;
        complaint->line++;
        complaint->column = 1;
    }
}

int threat_read_stix(ThreatSet *set, unsigned list, Slice text, int64_t now_ns, ThreatTally *tally,
                     Complaint *complaint)
{
    Bundle bundle = {.set = set, .list = list, .now_ns = now_ns, .tally = tally};
    if (slice_starts(text, SLICE("\xef\xbb\xbf"))) text = slice_skip(text, 3);
    Slice rest = text;
    int r = take_bundle(&bundle, &rest);
    json_tree_done(&bundle.tree);
    arena_done(&bundle.arena);
    if (r == -EBADMSG) {
        set_place(complaint, text, rest);
        complaint_say(complaint, "company.stix",
                      "this is no STIX 2.1 bundle: JSON ends or breaks off here",
                      "STIX 2.1 のバンドルとして読めません。ここで JSON が壊れています");
    }
    return r;
}
