/* Columns that cannot hold a text, told without their values: by the bytes that they are made of
 * (times, numbers, hashes and identities), or by all their texts at once. */
#include "base/fold_int.h"
#include "base/number.h"
#include "store/columns/columns_find_int.h"

static bool skip_bytes(Slice *meta, size_t count)
{
    if (count > meta->len) return false;
    *meta = slice_skip(*meta, count);
    return true;
}

static bool skip_varints(Slice *meta, unsigned count)
{
    uint64_t value;
    while (count-- > 0)
        if (slice_take_varint(meta, &value) < 0) return false;
    return true;
}

static bool take_byte(Slice *meta, uint8_t *ret)
{
    if (meta->len == 0) return false;
    *ret = (uint8_t)meta->ptr[0];
    *meta = slice_skip(*meta, 1);
    return true;
}

static bool skip_planes(Slice *meta)
{
    uint8_t width, streams;
    if (!take_byte(meta, &width) || width > 8) return false;
    if (width == 0) return true;
    if (!take_byte(meta, &streams)) return false;
    unsigned constants = 0;
    for (uint8_t plane = 0; plane < width; plane++)
        constants += !(streams >> plane & 1);
    return skip_bytes(meta, constants);
}

static bool skip_numbers(Slice *meta)
{
    uint8_t flags;
    if (!take_byte(meta, &flags) || flags > 6) return false;
    unsigned varints = (flags & 4 ? 3u : 0u) + ((flags & 3) != STEP_BEFORE ? 1u : 0u);
    return skip_varints(meta, varints) && skip_planes(meta);
}

static bool skip_codes(Slice *meta)
{
    uint8_t step;
    if (!take_byte(meta, &step) || step > CODES_CONTEXT) return false;
    return (step != CODES_CONTEXT || skip_varints(meta, 1)) && skip_planes(meta);
}

static void add(bool has[256], const char *bytes)
{
    for (; *bytes; bytes++)
        has[(unsigned char)*bytes] = true;
}

static void add_both_cases(bool has[256], uint8_t byte)
{
    has[byte] = true;
    uint8_t letter = byte | 0x20;
    if (letter >= 'a' && letter <= 'z') has[letter] = has[letter ^ 0x20] = true;
}

static bool numbers_alphabet(Slice meta, bool has[256])
{
    uint8_t form, width, byte;
    uint64_t exceptions;
    if (!take_byte(&meta, &form) || !take_byte(&meta, &width)) return false;
    add(has, "0123456789-");
    if (form == FORM_HEX || form == FORM_HEX_UPPER) add(has, "abcdefxABCDEFX");
    if (form >= FORM_TIME) add(has, ":");
    if (form == FORM_TIME) {
        if (!take_byte(&meta, &byte)) return false;
        add_both_cases(has, byte);
        if (!take_byte(&meta, &byte)) return false;
        add(has, "zZ");
    }
    if (form >= FORM_TIME) {
        if (!take_byte(&meta, &byte)) return false;
        add_both_cases(has, byte);
    }
    return skip_numbers(&meta) && slice_take_varint(&meta, &exceptions) == 0 && exceptions == 0;
}

static bool fixed_alphabet(Slice meta, bool has[256])
{
    uint64_t len;
    if (slice_take_varint(&meta, &len) < 0 || len == 0 || len > meta.len) return false;
    Slice places = slice_first(meta, (size_t)len), constants = slice_skip(meta, (size_t)len);
    for (size_t i = 0; i < places.len; i++) {
        switch (places.ptr[i]) {
        case PLACE_CONSTANT:
            if (constants.len == 0 || constants.ptr[0] & 0x80) return false;
            add_both_cases(has, (uint8_t)constants.ptr[0]);
            constants = slice_skip(constants, 1);
            break;
        case PLACE_HEX:
        case PLACE_HEX_UPPER: add(has, "0123456789abcdefABCDEF"); break;
        default: return false;
        }
    }
    return true;
}

/* How its values are coded, and the meta behind that. */
static bool take_values_kind(const DecColumn *column, Slice *ret_meta, uint8_t *ret_kind)
{
    Slice meta = column->meta;
    if (column->kind == KIND_DICTIONARY && (!skip_codes(&meta) || !skip_varints(&meta, 1)))
        return false;
    if (column->kind != KIND_DICTIONARY && column->kind != KIND_DIRECT) return false;
    *ret_meta = meta;
    return take_byte(ret_meta, ret_kind);
}

/* Are all bytes of its values those of its last stream, one value or item of a list after the
 * other? *ret_separator: of a list, else empty. */
static bool values_are_text(const DecColumn *column, Slice *ret_separator)
{
    Slice meta;
    uint8_t kind, len;
    *ret_separator = (Slice){0};
    if (column->stream_count == 0 || !take_values_kind(column, &meta, &kind)) return false;
    if (kind != VALUES_LIST) return kind == VALUES_TEXT;
    if (!take_byte(&meta, &len) || len == 0 || len > meta.len) return false;
    *ret_separator = slice_first(meta, len);
    return true;
}

bool alphabet_of(const DecColumn *column, bool ret_has[256])
{
    Slice meta;
    uint8_t kind;
    memset(ret_has, 0, 256 * sizeof *ret_has);
    if (!take_values_kind(column, &meta, &kind)) return false;
    if (kind == VALUES_NUMBERS) return numbers_alphabet(meta, ret_has);
    return kind == VALUES_FIXED && fixed_alphabet(meta, ret_has);
}

bool alphabet_lacks(const DecColumn *column, Slice needle)
{
    bool has[256];
    if (!alphabet_of(column, has)) return false;
    for (size_t i = 0; i < needle.len; i++)
        if (!has[(unsigned char)needle.ptr[i]]) return true;
    return false;
}

static bool same_letters(Slice a, Slice b)
{
    for (size_t i = 0; i < a.len; i++) {
        unsigned char one = small_ascii((unsigned char)a.ptr[i]);
        if (one & 0x80 || one != small_ascii((unsigned char)b.ptr[i])) return false;
    }
    return true;
}

/* May a part of the separator be a part of the text? Laid over each other in all ways. */
static bool may_overlap(Slice needle, Slice separator)
{
    for (size_t i = 0; i < separator.len; i++)
        if ((unsigned char)separator.ptr[i] & 0x80) return true;
    for (size_t end = 1; end < needle.len + separator.len; end++) {
        size_t skip = end > separator.len ? end - separator.len : 0; /* of the needle */
        size_t from = end < separator.len ? separator.len - end : 0; /* of the separator */
        Slice over = slice_skip(separator, from), under = slice_skip(needle, skip);
        size_t len = over.len < under.len ? over.len : under.len;
        if (same_letters(slice_first(over, len), slice_first(under, len))) return true;
    }
    return false;
}

int find_texts_lack(ColumnsFind *find, const DecColumn *column, bool *ret)
{
    Slice separator, texts;
    *ret = false;
    if (!find->is_ascii || !values_are_text(column, &separator) ||
        (separator.len > 0 && may_overlap(find->needle, separator)))
        return 0;
    DecReader reader = {.block = find->block, .column = column, .stream = column->stream_count - 1};
    int r = dec_take_stream(&reader, &texts);
    if (r == 0) *ret = find_all_lack(find, texts);
    return r;
}
