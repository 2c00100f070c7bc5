/* Between columns_find.c (which rows hold the text), column_holds.c (which texts do),
 * column_edges.c (where pieces meet) and column_alphabet.c (columns that cannot hold it, unread).
 */
#ifndef AKASHI_STORE_COLUMNS_FIND_INT_H
#define AKASHI_STORE_COLUMNS_FIND_INT_H

#include "base/fold.h"
#include "store/columns/columns_dec.h"
#include "store/columns/columns_find.h"

/* Of a piece's end: bit k: what stands there can be the first k bytes of the text, so that it goes
 * on in the next piece; of its beginning: what stands there can be the text from byte k on. */
typedef uint64_t EdgeBits;
/* The end of a piece, or the beginning: a character or its mark may go on from one to the other, so
 * that folding both together is not folding each (an UTF-8 sequence cut apart, a voiced mark). */
#define EDGE_TOUCHES ((EdgeBits)1 << 63)
#define EDGE_ALL (EDGE_TOUCHES - 1)

typedef struct FoundColumn {
    bool looked;
    bool edge_looked[2];
    uint8_t literals;         /* of its variants: 0 not looked at, 1 none holds it, 2 one may */
    const uint8_t *marks;     /* by row of its set; NULL: none */
    const EdgeBits *edges[2]; /* of beginnings, of ends; by row; NULL: none */
} FoundColumn;

struct ColumnsFind {
    Columns *block;
    Arena *arena;
    Slice needle;
    ColumnsFindHow how;
    bool beginning_only; /* of a longer text */
    bool is_ascii;       /* what is found stays found, whatever stands beside the piece */
    /* Of columns_find_hidden: all escapes; and which of them may be a part of the text. */
    ColumnsFind *escapes;
    bool hides_ascii[128], hides_beyond;
    EdgeBits begins_with[256], ends_with[256]; /* which parts begin, end so */
    FoundColumn *columns;
};

static inline size_t find_fold(const ColumnsFind *find, char *to, Slice text)
{
    if (find->how == COLUMNS_FOLDED) return fold_text(to, text);
    if (find->how == COLUMNS_CASED) return fold_text_case(to, text);
    if (text.len) memcpy(to, text.ptr, text.len);
    return text.len;
}

/* How many pieces lie up to the literal behind the slots, that one too. */
uint32_t find_pieces_to(const DecVariant *variant, uint32_t slots);
/* Of COLUMNS_ESCAPE: can the backslash here be one that is not escaped? */
bool find_escape_begins(Slice text, size_t at);
/* Is what is looked for in the text? */
bool find_holds(const ColumnsFind *find, Slice text);
/* Of texts one behind the other: has none of them what is looked for? Where two meet, a backslash
 * may be taken for one that is escaped, so escapes are looked for without regard to that. The text
 * must be ASCII, for other characters may come together. */
bool find_all_lack(const ColumnsFind *find, Slice joined);
/* Bytes of the text as edges of it; `ended`: nothing of the value stands beyond. */
EdgeBits edge_of_begin(const ColumnsFind *find, Slice value);
EdgeBits edge_of_end(const ColumnsFind *find, Slice value);
/* By row of the column's set; NULL: none. */
MUST_USE int edges_of_column(ColumnsFind *find, uint32_t id, bool at_end, const EdgeBits **ret);

/* Can no value of the column, which is not loaded, hold all bytes of the text? */
bool alphabet_lacks(const DecColumn *column, Slice needle);
/* Of a column that is not unpacked: is the text in none of its values, whose texts are its last
 * stream, one after the other, and of a list cannot lie across two items? So neither codes nor
 * lengths of most columns are ever looked at. */
MUST_USE int find_texts_lack(ColumnsFind *find, const DecColumn *column, bool *ret);
/* The bytes that its values are made of, in both cases; false: not known, or one may be empty. */
bool alphabet_of(const DecColumn *column, bool ret_has[256]);

#endif
