/* Any bytes as a token index that is asked; and as values: the first byte chooses. As values, every
 * piece of a value must be found in the block of that value. */
#include "base/check.h"
#include "base/fold.h"
#include "store/tokens/token_builder.h"
#include "store/tokens/token_index.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void ask(TokenIndex *index, Slice text)
{
    for (unsigned edges = INDEX_WHOLE; edges <= INDEX_INSIDE; edges++) {
        BlockSet found;
        int r = index_find_text(index, text, edges, &found);
        CHECK(r == 0 || r == -EBADMSG || r == -ENOMEM);
        CHECK(r < 0 || block_set_size(&found) <= index_block_count(index));
    }
}

static void read_index(Slice bytes)
{
    TokenIndex *index;
    if (index_open(bytes, NULL, &index)) return;
    ask(index, SLICE("failed login"));
    ask(index, SLICE("tan"));
    ask(index, SLICE("765"));
    ask(index, SLICE("765786"));
    ask(index, SLICE("54849625"));
    ask(index, SLICE("\xe8\xaa\x8d\xe8\xa8\xbc"));
    ask(index, SLICE("6a5b3c4d1e2f60718293a4b5c6d7e8f9"));
    index_close(index);
}

/* Of each value three pieces, cut where its own bytes say. */
static void find_pieces(TokenIndex *index, uint32_t block, Slice value)
{
    char needle[256], text[256];
    if (value.len > sizeof text) return;
    for (unsigned i = 0; i < 3 && value.len > 0; i++) {
        size_t start = (size_t)(unsigned char)value.ptr[(value.len - 1) / (i + 1)] % value.len;
        size_t len = 1 + (size_t)(unsigned char)value.ptr[value.len / (i + 2)] % 40;
        Slice piece = slice_first(slice_skip(value, start), len);
        Slice folded = slice_of(text, fold_text(text, value));
        Slice sought = slice_of(needle, fold_text(needle, piece));
        if (slice_find(folded, sought) == SLICE_NOT_FOUND) continue;
        BlockSet found;
        CHECK(index_find_text(index, piece, INDEX_INSIDE, &found) == 0);
        CHECK(block_set_has(&found, block));
    }
}

static void make_index(Slice bytes)
{
    IndexBuilder *builder = index_builder_new(0, 1);
    CHECK(builder != NULL);
    Slice rest = bytes, value;
    uint32_t block = 0;
    for (; slice_cut(&rest, '\n', &value) && block < BLOCK_SET_BLOCKS_MAX; block++) {
        CHECK(index_builder_add(builder, block, value) == 0);
    }
    Buf made = {0};
    TokenIndex *index;
    CHECK(index_builder_finish(builder, block, &made, NULL) == 0);
    index_builder_free(builder);
    CHECK(index_open(buf_slice(&made), NULL, &index) == 0);
    rest = bytes;
    for (uint32_t i = 0; i < block && slice_cut(&rest, '\n', &value); i++) {
        find_pieces(index, i, value);
    }
    index_close(index);
    buf_done(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0) return 0;
    Slice rest = slice_of(bytes + 1, len - 1);
    if (bytes[0] & 1) {
        make_index(rest);
    } else {
        read_index(rest);
    }
    return 0;
}
