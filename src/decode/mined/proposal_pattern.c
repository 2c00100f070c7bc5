/* Templates as the patterns of a definition. */
#include "decode/mined/proposal_int.h"

#include <stdio.h>

typedef struct PatternWriting {
    const Template *template;
    Buf *to;
    OwnNames *own;
    NamesUsed used;
    size_t at;       /* bytes of the example that are written */
    bool piece_last; /* the last thing written was a piece: another one must not follow at once */
} PatternWriting;

static Slice word_text(const Template *template, size_t at)
{
    const MessageWord *word = &template->words[at];
    return slice_of(template->example + word->begin, word->len);
}

/* A name for a value from the word before it: `user=`, `port 22`. */
static void own_name(Slice before, char *to, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < before.len && len + 1 < room; i++) {
        char c = before.ptr[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z') && c != '_') {
            len = 0;
            break;
        }
        to[len++] = upper ? (char)(c | 32) : c;
    }
    to[len] = 0;
}

/* False: there are too many names already. */
static bool keep_own_name(OwnNames *own, const char *name)
{
    for (size_t i = 0; i < own->count; i++) {
        if (strcmp(own->names[i], name) == 0) return true;
    }
    if (own->count == OWN_NAMES_MAX) return false;
    snprintf(own->names[own->count++], sizeof own->names[0], "%s", name);
    return true;
}

/* The name of the value, taken. */
static void name_value(PatternWriting *writing, size_t at, Slice value, char *to)
{
    const Template *template = writing->template;
    ValueKind kind = value_kind(value);
    Slice before = at > 0 && template->words[at - 1].hash != WORD_MASK ? word_text(template, at - 1)
                                                                       : (Slice){0};
    const char *field = column_field(before, kind);
    char name[32] = "";
    if (!field) field = column_field_by_value(kind);
    bool equals =
        template->words[at].begin > 0 && template->example[template->words[at].begin - 1] == '=';
    if (!field && equals) own_name(before, name, sizeof name);
    if (name[0] && !keep_own_name(writing->own, name)) name[0] = 0;
    for (size_t i = 0; field && i < writing->used.count; i++) {
        if (strcmp(writing->used.names[i], field) == 0) field = NULL;
    }
    proposal_take_name(&writing->used, field ? field : name[0] ? name : value_kind_name(kind), to);
}

static void add_literal(PatternWriting *writing, size_t end)
{
    if (end <= writing->at) return;
    proposal_add_text(writing->to,
                      slice_of(writing->template->example + writing->at, end - writing->at));
    writing->at = end;
    writing->piece_last = false;
}

/* Quotes around a value stay literal, so that they are no part of it. */
static Slice inside_quotes(Slice value)
{
    bool same = value.len > 2 && memchr("\"'`", value.ptr[0], 3) != NULL;
    char close = same && value.ptr[0] == '`' ? '\'' : same ? value.ptr[0] : 0;
    return same && value.ptr[value.len - 1] == close ? slice_of(value.ptr + 1, value.len - 2)
                                                     : value;
}

static void add_piece(PatternWriting *writing, size_t at)
{
    const MessageWord *word = &writing->template->words[at];
    Slice whole = word_text(writing->template, at), value = inside_quotes(whole);
    size_t begin = word->begin + (size_t)(value.ptr - whole.ptr), end = begin + value.len;
    char name[40];
    add_literal(writing, begin);
    if (!writing->piece_last) {
        name_value(writing, at, value, name);
        /* a value may be several words, or none of the example's kind: up to what stands behind */
        buf_add_format(writing->to, "{%s:text}", name);
        writing->piece_last = true;
    }
    writing->at = end;
}

void proposal_add_pattern(const Template *template, OwnNames *own, Buf *to)
{
    PatternWriting writing = {.template = template, .to = to, .own = own};
    size_t len = template->example_len;
    bool cut = template->is_cut;
    for (size_t i = 0; i < template->word_count; i++) {
        const MessageWord *word = &template->words[i];
        if (word->begin + word->len > len) {
            cut = true;
            break;
        }
        if (word->hash == WORD_MASK) add_piece(&writing, i);
    }
    if (!cut) {
        add_literal(&writing, len);
        return;
    }
    /* the example ends within the message: what is behind its last word may be anything */
    const MessageWord *last = NULL;
    for (size_t i = 0; i < template->word_count; i++) {
        const MessageWord *word = &template->words[i];
        if (word->begin + word->len + 4 <= len) last = word;
    }
    if (last && last->hash != WORD_MASK) add_literal(&writing, last->begin + last->len);
    if (!writing.piece_last) buf_add_cstr(to, "{*}");
}

void proposal_take_rule(const Template *template, NamesUsed *used, char *to)
{
    char name[40];
    size_t len = 0, words = 0;
    for (size_t i = 0; i < template->word_count && words < 4; i++) {
        const MessageWord *word = &template->words[i];
        size_t before = len;
        if (word->hash == WORD_MASK || word->begin + word->len > template->example_len) continue;
        if (len > 0 && len < 30) name[len++] = '_';
        for (size_t k = 0; k < word->len && len < 30; k++) {
            char c = template->example[word->begin + k];
            if (c >= 'A' && c <= 'Z') c = (char)(c | 32);
            if (c >= 'a' && c <= 'z') name[len++] = c;
        }
        if (len <= before + 1) len = before;
        words++;
    }
    name[len] = 0;
    proposal_take_name(used, len > 2 ? name : "line", to);
}

bool proposal_template_fails(const Template *template)
{
    static const char *const words[] = {"failed",  "failure",  "error", "denied", "refused",
                                        "invalid", "rejected", "失敗",  "拒否",   "エラー"};
    Slice example = slice_of(template->example, template->example_len);
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (slice_find_nocase(example, slice_from_cstr(words[i])) != SLICE_NOT_FOUND) return true;
    }
    return false;
}
