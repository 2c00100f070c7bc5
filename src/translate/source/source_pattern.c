/* See source_pattern.h. */
#include "translate/source/source_pattern.h"

#include "base/nearest.h"
#include "translate/source/source_compile.h"

#include <ctype.h>

enum { SLOT_NOT_KEPT = -1, SLOT_END = -2 };

static const struct {
    Slice name;
    PieceKind kind;
} piece_kinds[] = {
    {SLICE_INIT("word"), PIECE_WORD},       {SLICE_INIT("text"), PIECE_TEXT},
    {SLICE_INIT("last"), PIECE_LAST},       {SLICE_INIT("number"), PIECE_NUMBER},
    {SLICE_INIT("address"), PIECE_ADDRESS}, {SLICE_INIT("mac"), PIECE_MAC},
    {SLICE_INIT("hex"), PIECE_HEX},         {SLICE_INIT("quoted"), PIECE_QUOTED},
};

/* --- compiling -------------------------------------------------------------------------------- */

static int find_kind(Compiler *compiler, const Node *node, Slice name, PieceKind *ret)
{
    Slice names[ARRAY_COUNT(piece_kinds)];
    for (size_t i = 0; i < ARRAY_COUNT(piece_kinds); i++) {
        names[i] = piece_kinds[i].name;
        if (!slice_eq(name, names[i])) continue;
        *ret = piece_kinds[i].kind;
        return 0;
    }
    Slice nearest = nearest_name(name, names, ARRAY_COUNT(names));
    if (nearest.len == 0) nearest = SLICE("word");
    return WRONG(
        compiler, node, "source.piece_kind", "there is no kind of piece %.*s; did you mean %.*s?",
        "%.*s という種類はありません。%.*s のことですか", SLICE_FMT(name), SLICE_FMT(nearest));
}

/* The inside of { }. */
static int take_piece(Compiler *compiler, const Node *node, Slice inside, PatternPiece *piece)
{
    size_t colon = slice_rfind_char(inside, ':');
    Slice name = slice_trim(slice_first(inside, colon));
    uint16_t slot;
    int r = 0;
    piece->kind = PIECE_WORD;
    piece->slot = SLOT_NOT_KEPT;
    if (slice_eq(name, SLICE("*"))) piece->kind = PIECE_TEXT;
    if (colon != SLICE_NOT_FOUND) {
        r = find_kind(compiler, node, slice_trim(slice_skip(inside, colon + 1)), &piece->kind);
    }
    if (r < 0 || slice_eq(name, SLICE("*"))) return r;
    r = source_slot(compiler, node, name, true, &slot);
    if (r == 0) piece->slot = slot;
    return r;
}

/* The literal up to the next {; `{{` in it is one brace. */
static int take_literal(Compiler *compiler, Slice *text, Slice *ret)
{
    char *room = arena_alloc(compiler->arena, text->len + 1);
    size_t len = 0;
    if (!room) return -ENOMEM;
    while (text->len > 0) {
        if (text->ptr[0] == '{') {
            if (text->len < 2 || text->ptr[1] != '{') break;
            *text = slice_skip(*text, 1);
        }
        bool again = text->ptr[0] == ' ' && len > 0 && room[len - 1] == ' ';
        if (!again) room[len++] = text->ptr[0];
        *text = slice_skip(*text, 1);
    }
    *ret = slice_of(room, len);
    return 0;
}

static int pattern_make(Compiler *compiler, const Node *node, Slice text, SourcePattern *ret)
{
    PatternPiece *pieces = ARENA_ARRAY(compiler->arena, PatternPiece, SOURCE_PATTERN_PIECES_MAX);
    size_t count = 0;
    if (!pieces) return -ENOMEM;
    for (bool end = false; !end;) {
        if (count == SOURCE_PATTERN_PIECES_MAX) {
            return WRONG(compiler, node, "source.pattern_long",
                         "a pattern has at most %d pieces; end it earlier with {*}",
                         "パターンの部品は %d 個までです。途中で {*} で終えてください",
                         SOURCE_PATTERN_PIECES_MAX - 1);
        }
        PatternPiece *piece = &pieces[count];
        int r = take_literal(compiler, &text, &piece->literal);
        if (r < 0) return r;
        end = text.len == 0;
        piece->slot = SLOT_END;
        size_t close = slice_find_char(text, '}');
        if (!end && close == SLICE_NOT_FOUND) {
            return WRONG(compiler, node, "source.pattern_open", "this { has no }; write {{ for a {",
                         "{ に対する } がありません。{ そのものは {{ と書きます");
        }
        if (!end) r = take_piece(compiler, node, slice_of(text.ptr + 1, close - 1), piece);
        if (r < 0) return r;
        bool open_ended =
            count > 0 && (piece[-1].kind == PIECE_TEXT || piece[-1].kind == PIECE_LAST);
        if (open_ended && piece->literal.len == 0 && !end) {
            return WRONG(
                compiler, node, "source.pattern_adjacent",
                "something must stand between two pieces, or nobody can tell where one ends",
                "二つの部品の間には、区切りになる文字が必要です");
        }
        if (!end || piece->literal.len > 0 || count == 0) count++;
        if (!end) text = slice_skip(text, close + 1);
    }
    *ret = (SourcePattern){.pieces = pieces, .count = count};
    return 0;
}

int source_patterns_make(Compiler *compiler, const Node *node, const SourcePattern **ret,
                         size_t *ret_count)
{
    const Slice *texts;
    size_t count;
    int r = source_take_texts(compiler, node, &texts, &count);
    if (r < 0) return r;
    SourcePattern *patterns = ARENA_ARRAY(compiler->arena, SourcePattern, count);
    if (!patterns) return -ENOMEM;
    const Node *item = node->kind == NODE_LIST ? node->first : node;
    for (size_t i = 0; i < count; i++, item = item->next) {
        r = pattern_make(compiler, item, texts[i], &patterns[i]);
        if (r < 0) return r;
    }
    *ret = patterns;
    *ret_count = count;
    return 0;
}

/* --- matching --------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* How many bytes of the text the literal covers at its front; a blank covers all that stand there.
 * SLICE_NOT_FOUND: it does not stand there. */
static size_t literal_covers(Slice text, Slice literal)
{
    size_t at = 0;
    for (size_t i = 0; i < literal.len; i++) {
        if (at == text.len) return SLICE_NOT_FOUND;
        if (literal.ptr[i] == ' ') {
            if (!is_blank(text.ptr[at])) return SLICE_NOT_FOUND;
            while (at < text.len && is_blank(text.ptr[at])) {
                at++;
            }
        } else if (text.ptr[at++] != literal.ptr[i]) {
            return SLICE_NOT_FOUND;
        }
    }
    return at;
}

/* Where the literal stands first; only its beginning up to a blank is looked for as it is. */
static size_t literal_find(Slice text, Slice literal)
{
    for (size_t from = 0; from < text.len;) {
        Slice rest = slice_skip(text, from);
        char first = literal.ptr[0];
        size_t found = first == ' ' ? SLICE_NOT_FOUND : slice_find_char(rest, first);
        if (first == ' ') {
            size_t blank = slice_find_char(rest, ' '), tab = slice_find_char(rest, '\t');
            found = blank < tab ? blank : tab;
        }
        if (found == SLICE_NOT_FOUND) return SLICE_NOT_FOUND;
        if (literal_covers(slice_skip(rest, found), literal) != SLICE_NOT_FOUND)
            return from + found;
        from += found + 1;
        /* the other blanks of a run lead to the same place: looking from each would be quadratic */
        while (first == ' ' && from < text.len && is_blank(text.ptr[from])) {
            from++;
        }
    }
    return SLICE_NOT_FOUND;
}

static size_t literal_find_last(Slice text, Slice literal)
{
    for (size_t at = text.len; at-- > 0;) {
        bool may = literal.ptr[0] == ' ' ? is_blank(text.ptr[at]) : text.ptr[at] == literal.ptr[0];
        /* the first of several blanks, so that they are not part of the value */
        if (may && literal.ptr[0] == ' ' && at > 0 && is_blank(text.ptr[at - 1])) continue;
        if (may && literal_covers(slice_skip(text, at), literal) != SLICE_NOT_FOUND) return at;
    }
    return SLICE_NOT_FOUND;
}

static bool is_of_kind(PieceKind kind, char c)
{
    switch (kind) {
    case PIECE_NUMBER: return c >= '0' && c <= '9';
    case PIECE_HEX: return isxdigit((unsigned char)c) || c == 'x' || c == 'X';
    case PIECE_MAC: return isxdigit((unsigned char)c) || c == ':' || c == '-' || c == '.';
    case PIECE_ADDRESS: return isxdigit((unsigned char)c) || c == ':' || c == '.' || c == '%';
    default: return !is_blank(c);
    }
}

/* How long a piece of a kind of its own is, the literal behind it given. */
static size_t class_length(PieceKind kind, Slice text, Slice behind)
{
    size_t len = 0;
    while (len < text.len && is_of_kind(kind, text.ptr[len])) {
        if (kind == PIECE_WORD && behind.len > 0 &&
            literal_covers(slice_skip(text, len), behind) != SLICE_NOT_FOUND) {
            break;
        }
        len++;
    }
    /* `192.0.2.1:80`: the colon is the literal's, not the address's */
    bool v4 = slice_find_char(slice_first(text, len), '.') != SLICE_NOT_FOUND &&
              !slice_starts(text, SLICE("::"));
    if (kind == PIECE_ADDRESS && v4 && behind.len > 0) {
        size_t cut = slice_find_char(slice_first(text, len), behind.ptr[0]);
        if (cut != SLICE_NOT_FOUND && behind.ptr[0] != '.') len = cut;
    }
    while (kind == PIECE_ADDRESS && len > 0 && behind.len > 0 &&
           literal_covers(slice_skip(text, len), behind) == SLICE_NOT_FOUND &&
           (text.ptr[len - 1] == '.' || text.ptr[len - 1] == ':')) {
        len--;
    }
    return len;
}

static size_t quoted_length(Slice text, Slice *ret_value)
{
    size_t at = 1;
    if (text.len == 0 || text.ptr[0] != '"') return SLICE_NOT_FOUND;
    while (at < text.len && text.ptr[at] != '"') {
        at += text.ptr[at] == '\\' && at + 1 < text.len ? 2 : 1;
    }
    if (at >= text.len) return SLICE_NOT_FOUND;
    *ret_value = slice_of(text.ptr + 1, at - 1);
    return at + 1;
}

/* The piece at the front of the text. SLICE_NOT_FOUND: it does not fit. */
static size_t piece_length(const PatternPiece *piece, const PatternPiece *next, Slice text,
                           Slice *ret_value)
{
    Slice behind = next ? next->literal : (Slice){0};
    size_t len;
    if (piece->kind == PIECE_QUOTED) {
        len = quoted_length(text, ret_value);
        if (len != SLICE_NOT_FOUND) return len;
        len = class_length(PIECE_WORD, text, behind);
    } else if (piece->kind == PIECE_TEXT || piece->kind == PIECE_LAST) {
        bool last = piece->kind == PIECE_LAST || (next && next->slot == SLOT_END);
        len = behind.len == 0 ? text.len
              : last          ? literal_find_last(text, behind)
                              : literal_find(text, behind);
    } else {
        len = class_length(piece->kind, text, behind);
        if (len == 0) return SLICE_NOT_FOUND;
    }
    if (len != SLICE_NOT_FOUND) *ret_value = slice_first(text, len);
    return len;
}

bool source_pattern_match(const SourcePattern *pattern, Slice text, PatternFound *ret)
{
    for (size_t i = 0; i < pattern->count; i++) {
        const PatternPiece *piece = &pattern->pieces[i];
        const PatternPiece *next = i + 1 < pattern->count ? piece + 1 : NULL;
        size_t covered = literal_covers(text, piece->literal);
        if (covered == SLICE_NOT_FOUND) return false;
        text = slice_skip(text, covered);
        if (piece->slot == SLOT_END) break;
        size_t len = piece_length(piece, next, text, &ret->values[i]);
        if (len == SLICE_NOT_FOUND) return false;
        text = slice_skip(text, len);
    }
    return text.len == 0;
}
