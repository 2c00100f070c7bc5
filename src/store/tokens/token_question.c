/* From a text to blocks; see token_index.h. */
#include "store/tokens/token_index_int.h"

#include "base/fold.h"

static bool all_digits(Slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    }
    return true;
}

/* A piece as a whole. */
static int add_exact(TokenIndex *index, Slice piece, BlockSet *to)
{
    uint64_t number = 0;
    switch (token_class(piece, &number)) {
    case TOKEN_NUMBER: return index_number_exact(index, number, to);
    case TOKEN_RANDOM: return index_fingerprint(index, token_hash(index->seed, piece), to);
    default: break;
    }
    int r = index_text_exact(index, piece, to);
    return r || !index->has_loose ? r
                                  : index_fingerprint(index, token_hash(index->seed, piece), to);
}

/* Leaves the blocks that have the fingerprint. */
static int keep_fingerprint(TokenIndex *index, uint64_t hash, BlockSet *found)
{
    BlockSet one;
    block_set_none(&one, index->block_count);
    int r = index_fingerprint(index, hash, &one);
    if (!r) block_set_and(found, &one);
    return r;
}

/* Leaves the blocks where a TOKEN_RANDOM begins with the part. */
static int keep_start(TokenIndex *index, Slice part, BlockSet *found)
{
    BlockSet one;
    block_set_none(&one, index->block_count);
    int r = index_fingerprint(index, token_start_hash(index->seed, part), &one);
    if (!r && part.len == TOKEN_START_BYTES) {
        r = index_fingerprint(index, token_hash(index->seed, part), &one);
    }
    if (!r) block_set_and(found, &one);
    return r;
}

/* The blocks with a TOKEN_RANDOM that may hold the part. */
static int add_random(TokenIndex *index, Slice part, bool at_start, BlockSet *to)
{
    if (!token_random_may_hold(part, at_start)) return 0;
    BlockSet found;
    block_set_none(&found, index->block_count);
    for (uint32_t i = 0; i < index->block_count; i++) {
        if (index->random_bytes_max[i] >= part.len) block_set_add(&found, i);
    }
    int r = at_start && part.len >= TOKEN_START_BYTES ? keep_start(index, part, &found) : 0;
    uint64_t samples[TOKEN_BYTES_MAX];
    size_t count = token_sample_hashes(index->seed, part, samples);
    for (size_t i = 0; i < count && !r; i++) {
        r = keep_fingerprint(index, samples[i], &found);
    }
    if (!r) block_set_or(to, &found);
    return r;
}

static int add_prefix(TokenIndex *index, Slice prefix, BlockSet *to)
{
    block_set_or(to, &index->loose);
    int r = add_random(index, prefix, true, to);
    if (!r) r = index_text_prefix(index, prefix, to);
    if (r || !all_digits(prefix) || prefix.len > TOKEN_NUMBER_DIGITS_MAX) return r;
    return index_number_prefix(index, prefix, to);
}

static int add_inside(TokenIndex *index, Slice part, bool at_end, BlockSet *to)
{
    block_set_or(to, &index->loose);
    int r = add_random(index, part, false, to);
    if (!r) r = index_text_inside(index, part, at_end, to);
    if (r || !all_digits(part) || part.len > TOKEN_NUMBER_DIGITS_MAX) return r;
    return index_number_inside(index, part, at_end, to);
}

/* All pieces of the word that a longer word which begins with it has too (open), or all. */
static int find_pieces(TokenIndex *index, Slice word, bool open, BlockSet *ret)
{
    BlockSet all;
    block_set_all(&all, index->block_count);
    size_t position = 0;
    Slice piece;
    while (token_next_piece(word, &position, &piece)) {
        if (open && piece.len < TOKEN_BYTES_MAX) break;
        BlockSet one;
        block_set_none(&one, index->block_count);
        int r = add_exact(index, piece, &one);
        if (r) return r;
        block_set_and(&all, &one);
    }
    *ret = all;
    return 0;
}

int index_find_part(TokenIndex *index, Slice word, unsigned edges, BlockSet *ret)
{
    BlockSet found;
    block_set_none(&found, index->block_count);
    int r;
    if (edges & INDEX_OPEN_LEFT) {
        /* Of a long one any window is in one piece of the word that holds it. The end of a word is
         * the end of its last piece, which is no shorter than a window. */
        bool at_end = !(edges & INDEX_OPEN_RIGHT);
        Slice window = slice_first(word, TOKEN_WINDOW_BYTES);
        if (at_end) window = slice_skip(word, word.len - window.len);
        r = add_inside(index, window, at_end, &found);
    } else if (edges == INDEX_WHOLE || word.len > TOKEN_BYTES_MAX) {
        r = find_pieces(index, word, edges != INDEX_WHOLE, &found);
    } else {
        r = add_prefix(index, word, &found);
    }
    if (r) return r;
    block_set_or(&found, &index->open);
    *ret = found;
    return 0;
}

/* Which edges of a token of a text are open. */
static unsigned edges_of(const Token *token, unsigned text_edges)
{
    if (token->kind == TOKEN_PAIR) return INDEX_WHOLE;
    if (token->kind == TOKEN_LAST) return INDEX_OPEN_RIGHT; /* a pair may begin with it */
    unsigned edges = INDEX_WHOLE;
    if (token->torn_before || (token->first && (text_edges & INDEX_OPEN_LEFT))) {
        edges |= INDEX_OPEN_LEFT;
    }
    if (token->torn_after || (token->last && (text_edges & INDEX_OPEN_RIGHT))) {
        edges |= INDEX_OPEN_RIGHT;
    }
    return edges;
}

typedef struct Question {
    Slice folded;
    unsigned edges;
    bool cut; /* the text went on: its last token may be another one */
} Question;

/* The tokens with these edges: the quick ones are asked first, as nothing may be left then. */
static int narrow(TokenIndex *index, const Question *question, bool quick, BlockSet *found)
{
    TokenWalk walk = token_walk(question->folded);
    Token token;
    bool after_pair = false;
    for (unsigned i = 0; i < INDEX_TEXT_TOKENS_MAX && token_next(&walk, &token); i++) {
        /* The last sign of a longer run is in the pair before it. */
        bool in_pair = after_pair && token.kind == TOKEN_LAST;
        after_pair = token.kind == TOKEN_PAIR;
        if (in_pair || (question->cut && token.last)) continue;
        unsigned edges = edges_of(&token, question->edges);
        if (!(edges & INDEX_OPEN_LEFT) != quick) continue;
        if (block_set_size(found) == 0) return 0;
        BlockSet one;
        int r = index_find_part(index, token.text, edges, &one);
        if (r) return r;
        block_set_and(found, &one);
    }
    return 0;
}

/* The beginning, not to the middle of a character. */
static Slice cut_text(Slice text)
{
    size_t len = INDEX_TEXT_BYTES_MAX;
    while (len > INDEX_TEXT_BYTES_MAX - 3 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return slice_first(text, len);
}

int index_find_text(TokenIndex *index, Slice text, unsigned edges, BlockSet *ret)
{
    char folded[INDEX_TEXT_BYTES_MAX];
    bool cut = text.len > INDEX_TEXT_BYTES_MAX;
    if (cut) text = cut_text(text);
    size_t len = fold_text(folded, text);
    const Question question = {.folded = slice_of(folded, len), .edges = edges, .cut = cut};
    BlockSet found;
    block_set_all(&found, index->block_count);
    int r = narrow(index, &question, true, &found);
    if (!r) r = narrow(index, &question, false, &found);
    if (!r) *ret = found;
    return r;
}
