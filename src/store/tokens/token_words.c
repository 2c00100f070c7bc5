/* The dictionary; see token_index_int.h. */
#include "store/tokens/token_index_int.h"

/* One unpacked piece, word by word. */
typedef struct WordWalk {
    const uint8_t *shared; /* with the word before */
    const uint8_t *rest;   /* bytes of its own */
    Slice text;
    uint32_t count;
    uint32_t at; /* the next word */
    Slice bits;  /* postings */
} WordWalk;

static int open_piece(TokenIndex *index, const TextPiece *row, WordWalk *ret)
{
    Slice stored;
    int r = index_get_piece(index, row->piece, &stored);
    if (r) return r;
    if (stored.len < row->packed_bytes || row->unpacked_bytes < row->word_count * 2) {
        return -EBADMSG;
    }
    if (index->text.piece != row->piece) {
        r = index_unpack(index, row->piece, slice_first(stored, row->packed_bytes),
                         row->unpacked_bytes, &index->text);
        if (r) return r;
    }
    Slice bytes = slice_of(index->text.bytes, index->text.bytes_count);
    *ret = (WordWalk){
        .shared = (const uint8_t *)bytes.ptr,
        .rest = (const uint8_t *)bytes.ptr + row->word_count,
        .text = slice_skip(bytes, (size_t)row->word_count * 2),
        .count = row->word_count,
        .bits = slice_skip(stored, row->packed_bytes),
    };
    return 0;
}

/* The last piece whose first word is not over the word; 0 when all are. */
static size_t piece_of(const ClassIndex *class, Slice word)
{
    size_t low = 0, high = class->text_piece_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (slice_compare(class->text_pieces[middle].first, word) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t common_length(const char *a, const char *b, size_t max)
{
    size_t len = 0;
    while (len < max && a[len] == b[len]) {
        len++;
    }
    return len;
}

/* Where the word is in the piece. 1: *ret_at; 0: it is not there. Words are compared with what
 * they share with the one before: more than the word sought shares with that means still smaller,
 * less means already greater. */
static int find_in_piece(WordWalk *walk, Slice word, uint32_t *ret_at)
{
    size_t common = 0; /* of the word sought and the one looked at */
    for (; walk->at < walk->count; walk->at++) {
        size_t shared = walk->shared[walk->at], rest = walk->rest[walk->at];
        if (rest > walk->text.len) return -EBADMSG;
        const char *own = walk->text.ptr;
        walk->text = slice_skip(walk->text, rest);
        if (shared > common) continue;
        if (shared < common) return 0;
        size_t left = word.len - common;
        size_t more = common_length(own, word.ptr + common, rest < left ? rest : left);
        if (more == left && more == rest) {
            *ret_at = walk->at;
            return 1;
        }
        if (more == left) return 0; /* the word sought is its beginning, so smaller */
        if (more < rest && (unsigned char)own[more] > (unsigned char)word.ptr[common + more]) {
            return 0;
        }
        common += more;
    }
    return 0;
}

int index_text_exact(TokenIndex *index, Slice word, BlockSet *to)
{
    const ClassIndex *class = &index->classes[TOKEN_TEXT];
    if (class->text_piece_count == 0) return 0;
    WordWalk walk;
    int r = open_piece(index, &class->text_pieces[piece_of(class, word)], &walk);
    if (r) return r;
    uint32_t at = 0, set = INDEX_NO_SET;
    r = find_in_piece(&walk, word, &at);
    if (r <= 0) return r;
    BitReader bits = {.bytes = walk.bits};
    for (uint32_t i = 0; i <= at; i++) {
        r = index_take_set(class, &bits, &set);
        if (r) return r;
    }
    return index_add_set(index, class, set, to);
}

/* ---- many words */

typedef struct WordTest {
    Slice needle;
    bool at_start;
    bool at_end;
} WordTest;

/* The word looked at, whole. */
typedef struct WholeWord {
    size_t len;
    size_t found_end; /* the needle stands before here in it; 0: it does not */
    char bytes[512];  /* 255 shared and 255 of its own at most, as the lengths are bytes */
} WholeWord;

static int next_word(WordWalk *walk, WholeWord *word)
{
    size_t shared = walk->shared[walk->at], rest = walk->rest[walk->at];
    if (rest > walk->text.len || shared > word->len) return -EBADMSG;
    memcpy(word->bytes + shared, walk->text.ptr, rest);
    walk->text = slice_skip(walk->text, rest);
    walk->at++;
    word->len = shared + rest;
    if (word->found_end > shared) word->found_end = 0;
    return 0;
}

/* Looks only where the word before did not have the same bytes. */
static bool test_word(const WordTest *test, WholeWord *word, size_t shared)
{
    const Slice needle = test->needle, all = slice_of(word->bytes, word->len);
    if (test->at_start) return slice_starts(all, needle);
    if (test->at_end) return slice_ends(all, needle);
    if (word->found_end) return true;
    size_t from = shared + 1 > needle.len ? shared + 1 - needle.len : 0;
    size_t at = slice_find(slice_skip(all, from), needle);
    if (at == SLICE_NOT_FOUND) return false;
    word->found_end = from + at + needle.len;
    return true;
}

/* Wants the sets of all words of the piece that pass. */
static int want_in_piece(ClassIndex *class, WordWalk *walk, const WordTest *test)
{
    WholeWord word;
    word.len = word.found_end = 0;
    BitReader bits = {.bytes = walk->bits};
    uint32_t set = INDEX_NO_SET, sets_read = 0;
    while (walk->at < walk->count) {
        size_t shared = walk->shared[walk->at];
        int r = next_word(walk, &word);
        if (r) return r;
        if (!test_word(test, &word, shared)) continue;
        for (; sets_read < walk->at; sets_read++) {
            r = index_take_set(class, &bits, &set);
            if (r) return r;
        }
        index_want_set(class, set);
    }
    return 0;
}

static int add_in_pieces(TokenIndex *index, size_t first, size_t end, const WordTest *test,
                         BlockSet *to)
{
    ClassIndex *class = &index->classes[TOKEN_TEXT];
    int r = 0;
    for (size_t i = first; i < end && !r; i++) {
        WordWalk walk;
        r = open_piece(index, &class->text_pieces[i], &walk);
        if (!r) r = want_in_piece(class, &walk, test);
    }
    int added = index_add_wanted(index, class, to);
    return r ? r : added;
}

int index_text_prefix(TokenIndex *index, Slice prefix, BlockSet *to)
{
    const ClassIndex *class = &index->classes[TOKEN_TEXT];
    size_t first = piece_of(class, prefix), end = first;
    while (end < class->text_piece_count) {
        Slice begins = class->text_pieces[end].first;
        if (slice_compare(begins, prefix) > 0 && !slice_starts(begins, prefix)) break;
        end++;
    }
    if (end == first && first < class->text_piece_count) end++;
    WordTest test = {.needle = prefix, .at_start = true};
    return add_in_pieces(index, first, end, &test, to);
}

int index_text_inside(TokenIndex *index, Slice part, bool at_end, BlockSet *to)
{
    WordTest test = {.needle = part, .at_end = at_end};
    return add_in_pieces(index, 0, index->classes[TOKEN_TEXT].text_piece_count, &test, to);
}
