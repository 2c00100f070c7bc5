/* Numbers and fingerprints; see token_index_int.h. */
#include "store/tokens/token_index_int.h"

/* One page, key by key. */
typedef struct KeyWalk {
    BitReader bits;
    unsigned low_bits;
    uint32_t left;
    uint64_t key;
    uint32_t set;
    bool begun;
} KeyWalk;

static int open_page(TokenIndex *index, const KeyPage *page, KeyWalk *ret)
{
    Slice stored;
    int r = index_get_piece(index, page->piece, &stored);
    if (r) return r;
    Slice bytes = slice_first(slice_skip(stored, page->offset), page->bytes);
    if (bytes.len < 1 || (unsigned char)bytes.ptr[0] > GAP_LOW_BITS_MAX) return -EBADMSG;
    *ret = (KeyWalk){
        .bits = {.bytes = slice_skip(bytes, 1)},
        .low_bits = (unsigned char)bytes.ptr[0],
        .left = page->entry_count,
        .key = page->first_key,
        .set = INDEX_NO_SET,
    };
    return 0;
}

/* 1: key and set; 0: the end. */
static inline int next_key(const ClassIndex *class, KeyWalk *walk)
{
    if (walk->left == 0) return bits_overrun(&walk->bits) ? -EBADMSG : 0;
    if (walk->begun) {
        uint64_t gap = gap_take(&walk->bits, walk->low_bits);
        if (gap > UINT64_MAX - walk->key) return -EBADMSG;
        walk->key += gap;
    }
    walk->begun = true;
    walk->left--;
    int r = index_take_set(class, &walk->bits, &walk->set);
    return r ? r : 1;
}

/* The first page that may have the key: the last that begins below it. */
static size_t page_of(const ClassIndex *class, uint64_t key)
{
    size_t low = 0, high = class->page_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (class->pages[middle].first_key < key) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static int want_between(TokenIndex *index, ClassIndex *class, uint64_t low, uint64_t high)
{
    for (size_t i = page_of(class, low); i < class->page_count; i++) {
        if (class->pages[i].first_key > high) break;
        KeyWalk walk;
        int r = open_page(index, &class->pages[i], &walk);
        if (r) return r;
        while ((r = next_key(class, &walk)) > 0 && walk.key <= high) {
            if (walk.key >= low) index_want_set(class, walk.set);
        }
        if (r < 0) return r;
    }
    return 0;
}

/* The few sets of one key, without a look at all the others. */
static int add_one_key(TokenIndex *index, const ClassIndex *class, uint64_t key, BlockSet *to)
{
    for (size_t i = page_of(class, key); i < class->page_count; i++) {
        if (class->pages[i].first_key > key) break;
        KeyWalk walk;
        int r = open_page(index, &class->pages[i], &walk);
        if (r) return r;
        while ((r = next_key(class, &walk)) > 0 && walk.key <= key) {
            if (walk.key < key) continue;
            int added = index_add_set(index, class, walk.set, to);
            if (added) return added;
        }
        if (r < 0) return r;
    }
    return 0;
}

int index_number_exact(TokenIndex *index, uint64_t number, BlockSet *to)
{
    return add_one_key(index, &index->classes[TOKEN_NUMBER], number, to);
}

int index_fingerprint(TokenIndex *index, uint64_t hash, BlockSet *to)
{
    const ClassIndex *class = &index->classes[TOKEN_RANDOM];
    return add_one_key(index, class, hash >> (64 - class->key_bits), to);
}

/* ---- parts of numbers */

static uint64_t power_of_ten(size_t exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

static uint64_t value_of(Slice digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    return value;
}

int index_number_prefix(TokenIndex *index, Slice digits, BlockSet *to)
{
    ClassIndex *class = &index->classes[TOKEN_NUMBER];
    if (digits.ptr[0] == '0') return 0;
    size_t len = digits.len > TOKEN_NUMBER_DIGITS_MIN ? digits.len : TOKEN_NUMBER_DIGITS_MIN;
    int r = 0;
    for (; len <= TOKEN_NUMBER_DIGITS_MAX && !r; len++) {
        uint64_t unit = power_of_ten(len - digits.len);
        uint64_t low = value_of(digits) * unit;
        r = want_between(index, class, low, low + unit - 1);
    }
    int added = index_add_wanted(index, class, to);
    return r ? r : added;
}

typedef struct DigitsTest {
    uint64_t value;
    uint64_t unit; /* ten to the number of digits */
    bool zero;     /* the first digit is 0: something must stand before it */
    bool at_end;
} DigitsTest;

static bool holds_digits_32(const DigitsTest *test, uint32_t number)
{
    const uint32_t unit = (uint32_t)test->unit, value = (uint32_t)test->value;
    for (; number >= unit / 10; number /= 10) {
        if (number % unit == value) return !test->zero || number >= unit;
        if (test->at_end) return false;
    }
    return false;
}

static bool holds_digits(const DigitsTest *test, uint64_t number)
{
    if ((number | test->unit) <= UINT32_MAX) return holds_digits_32(test, (uint32_t)number);
    for (; number >= test->unit / 10; number /= 10) {
        if (number % test->unit == test->value) return !test->zero || number >= test->unit;
        if (test->at_end) return false;
    }
    return false;
}

int index_number_inside(TokenIndex *index, Slice digits, bool at_end, BlockSet *to)
{
    ClassIndex *class = &index->classes[TOKEN_NUMBER];
    const DigitsTest test = {.value = value_of(digits),
                             .unit = power_of_ten(digits.len),
                             .zero = digits.ptr[0] == '0',
                             .at_end = at_end};
    int r = 0;
    for (size_t i = 0; i < class->page_count && r >= 0; i++) {
        KeyWalk walk;
        r = open_page(index, &class->pages[i], &walk);
        while (r >= 0 && (r = next_key(class, &walk)) > 0) {
            if (holds_digits(&test, walk.key)) index_want_set(class, walk.set);
        }
    }
    int added = index_add_wanted(index, class, to);
    return r < 0 ? r : added;
}
