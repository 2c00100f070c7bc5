/* Text into pieces; see column_cut.h. */
#include "store/columns/column_cut.h"

#include "base/stripe.h"

#define NAME_BYTES_MAX 40

/* What stands before = at the beginning of a line: letters, digits and blanks. */
static bool is_name(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool fits = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == ' ';
        if (!fits) return false;
    }
    return text.len > 0 && text.len <= NAME_BYTES_MAX;
}

typedef struct Separator {
    size_t at, len;   /* len 0: none before the stop */
    bool begins_line; /* what follows may be NAME = */
} Separator;

/* Where separators may begin, stripe by stripe; behind one place comes a later one, always. */
typedef struct PlaceWalk {
    Slice value;
    size_t base; /* of the stripe at hand */
    uint64_t places;
    bool after_escape; /* the next stripe begins behind a backslash that begins an escape */
} PlaceWalk;

/* Control characters, = , a colon before a blank, and a backslash that begins an escape other than
 * of a backslash. What stands behind the stripe's last byte is not known here. */
static void walk_stripe(PlaceWalk *walk)
{
    const uint64_t last = (uint64_t)1 << (STRIPE_BYTES - 1);
    const Stripe stripe = stripe_load(walk->value.ptr + walk->base, walk->value.len - walk->base);
    uint64_t backslashes = stripe_equal(&stripe, '\\');
    uint64_t escapes = stripe_escapes(backslashes, &walk->after_escape);
    uint64_t colons = stripe_equal(&stripe, ':') & (stripe_equal(&stripe, ' ') >> 1 | last);
    walk->places = (escapes & ~(backslashes >> 1)) | colons | stripe_equal(&stripe, '=') |
                   stripe_at_most(&stripe, '\r');
}

/* The first place in [from, stop), or `stop`. */
static size_t next_place(PlaceWalk *walk, size_t from, size_t stop)
{
    while (from < stop) {
        while (from - walk->base >= STRIPE_BYTES) {
            walk->base += STRIPE_BYTES;
            walk_stripe(walk);
        }
        uint64_t places = walk->places & ~(uint64_t)0 << (from - walk->base);
        if (places) {
            size_t at = walk->base + (size_t)__builtin_ctzll(places);
            return at < stop ? at : stop;
        }
        from = walk->base + STRIPE_BYTES;
    }
    return stop;
}

/* The length of the separator at a place, or 0. */
static size_t separator_len(Slice value, size_t at, size_t name_start, Separator *ret)
{
    char next = at + 1 < value.len ? value.ptr[at + 1] : 0;
    ret->begins_line = true;
    switch (value.ptr[at]) {
    case '\\': return next == 'r' || next == 'n' || next == 't' ? 2 : 0;
    case ':': ret->begins_line = false; return next == ' ' ? 2 : 0;
    case '=':
        ret->begins_line = false;
        if (name_start > at || !is_name(slice_of(value.ptr + name_start, at - name_start)))
            return 0;
        return next == ' ' ? 2 : 1;
    case '\n':
    case '\r':
    case '\t': return 1;
    default: return 0;
    }
}

/* The first separator in [from, stop). name_start: of the line at hand, SIZE_MAX: not at one. */
static Separator find_separator(PlaceWalk *walk, size_t from, size_t stop, size_t name_start)
{
    Separator found = {.at = stop};
    for (; (from = next_place(walk, from, stop)) < stop; from++) {
        size_t len = separator_len(walk->value, from, name_start, &found);
        if (len) {
            found.at = from;
            found.len = len;
            return found;
        }
        if (walk->value.ptr[from] == '=') name_start = SIZE_MAX;
    }
    return found;
}

typedef struct Span {
    size_t start, end;
} Span;

/* Texts of one kind mostly have the same behind a repeat: there it is looked for first. */
static size_t find_repeat(Slice text, Slice value, size_t *behind)
{
    if (value.len + *behind <= text.len) {
        size_t at = text.len - *behind - value.len;
        if (slice_eq(slice_of(text.ptr + at, value.len), value)) return at;
    }
    size_t at = slice_find(text, value);
    if (at != SLICE_NOT_FOUND) *behind = text.len - at - value.len;
    return at;
}

/* Where the repeats stand in this row's text; spans that overlap an earlier one are left out. */
static void find_spans(Choice *choice, size_t row, Span *spans)
{
    for (size_t i = 0; i < choice->repeat_count; i++) {
        Slice value = repeat_value(&choice->repeats[i], row);
        spans[i] = (Span){SIZE_MAX, SIZE_MAX};
        if (value.len < REPEAT_BYTES_MIN) continue;
        size_t at = find_repeat(choice->values[row], value, &choice->repeats[i].behind);
        bool free = at != SLICE_NOT_FOUND;
        for (size_t j = 0; j < i && free; j++)
            free = spans[j].start == SIZE_MAX || at >= spans[j].end ||
                   at + value.len <= spans[j].start;
        if (free) spans[i] = (Span){at, at + value.len};
    }
}

static bool add_slot(TextCut *cut, Slice value, size_t start, size_t end, size_t literal,
                     uint8_t repeat)
{
    if (cut->count == CUT_SLOTS_MAX) return false;
    cut->hash = shape_hash(slice_of(value.ptr + literal, start - literal), cut->hash + repeat);
    cut->slots[cut->count] = (ShapeSlot){(uint32_t)start, (uint32_t)(end - start)};
    cut->repeats[cut->count++] = repeat;
    return true;
}

/* A piece [start, end): blanks at the end of a line, and a full stop before them, stay literal, so
 * that what is before them is seen to be a value of another column. */
static size_t piece_end(Slice value, size_t start, Separator separator)
{
    size_t end = separator.at;
    if (separator.len == 0 || !separator.begins_line) return end;
    while (end > start && value.ptr[end - 1] == ' ')
        end--;
    if (end < separator.at && end > start && value.ptr[end - 1] == '.') end--;
    return end;
}

static size_t next_span(const Choice *choice, const Span *spans, size_t from, size_t *ret_which)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < choice->repeat_count; i++) {
        if (spans[i].start < from || spans[i].start >= first) continue;
        first = spans[i].start;
        *ret_which = i;
    }
    return first;
}

static bool cut_value(Choice *choice, size_t row, TextCut *cut)
{
    Slice value = choice->values[row];
    Span spans[REPEATS_MAX];
    find_spans(choice, row, spans);
    size_t literal = 0, at = 0, which = 0;
    bool begins_line = false;
    PlaceWalk walk = {.value = value};
    if (value.len) walk_stripe(&walk);
    while (at < value.len) {
        size_t span = next_span(choice, spans, at, &which);
        size_t stop = span < value.len ? span : value.len;
        Separator separator = find_separator(&walk, at, stop, begins_line ? at : SIZE_MAX);
        size_t end = piece_end(value, at, separator);
        if (end > at) {
            if (!add_slot(cut, value, at, end, literal, 0)) return false;
            literal = end;
        }
        at = separator.at + separator.len;
        begins_line = separator.len > 0 && separator.begins_line;
        if (separator.len > 0 || at != span) continue;
        if (!add_slot(cut, value, at, spans[which].end, literal, (uint8_t)(which + 1)))
            return false;
        at = literal = spans[which].end;
    }
    cut->hash = shape_hash(slice_skip(value, literal), cut->hash ^ 1);
    return true;
}

bool cut_all(Choice *choice)
{
    Encoder *enc = choice->enc;
    choice->cuts = ENC_ARRAY(enc, TextCut, choice->set->count);
    ShapeSlot slots[CUT_SLOTS_MAX];
    uint8_t repeats[CUT_SLOTS_MAX];
    for (size_t row = 0; row < choice->set->count && !enc->error; row++) {
        if (row + 1 < choice->set->count) enc_prefetch(choice->values[row + 1]);
        TextCut cut = {.hash = enc->options->seed, .slots = slots, .repeats = repeats};
        /* a text repeats fields that rows of another shape may not have */
        if (choice->set->shapes) cut.hash += choice->set->shapes[row];
        if (!cut_value(choice, row, &cut)) cut.hash = 0, cut.count = 0;
        cut.slots = ENC_ARRAY(enc, ShapeSlot, cut.count);
        cut.repeats = ENC_ARRAY(enc, uint8_t, cut.count);
        if (enc->error) return false;
        memcpy(cut.slots, slots, cut.count * sizeof *slots);
        memcpy(cut.repeats, repeats, cut.count);
        choice->cuts[row] = cut;
    }
    return !enc->error;
}
