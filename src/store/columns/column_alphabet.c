/* Which bytes the values of a column are made of, from its meta alone: times, numbers, hashes and
 * identities need not be unpacked to know that no word is in them. */
#include "base/fold.h"
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

bool alphabet_of(const Columns *block, const DecColumn *column, bool ret_has[256])
{
    (void)block;
    Slice meta = column->meta;
    uint8_t kind;
    memset(ret_has, 0, 256 * sizeof *ret_has);
    if (column->kind == KIND_DICTIONARY && (!skip_codes(&meta) || !skip_varints(&meta, 1)))
        return false;
    if (column->kind != KIND_DICTIONARY && column->kind != KIND_DIRECT) return false;
    if (!take_byte(&meta, &kind)) return false;
    if (kind == VALUES_NUMBERS) return numbers_alphabet(meta, ret_has);
    return kind == VALUES_FIXED && fixed_alphabet(meta, ret_has);
}

bool alphabet_lacks(const Columns *block, const DecColumn *column, Slice needle)
{
    bool has[256];
    if (!alphabet_of(block, column, has)) return false;
    for (size_t i = 0; i < needle.len; i++)
        if (!has[(unsigned char)needle.ptr[i]]) return true;
    return false;
}
