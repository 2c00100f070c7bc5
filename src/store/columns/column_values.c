/* Values to bytes: numbers in disguise, fixed patterns, lists, text. */
#include "store/columns/columns_enc.h"

static bool add_exception(ValueNumbers *found, size_t row, size_t count_max)
{
    if (found->exception_count == count_max) return false;
    found->exceptions[found->exception_count++] = (uint32_t)row;
    found->numbers[row] = row ? found->numbers[row - 1] : 0;
    return true;
}

bool values_as_numbers(Encoder *enc, Arena *arena, const Slice *values, size_t count,
                       ValueNumbers *ret)
{
    ValueNumbers found = {0};
    size_t first = 0, exceptions_max = count / 32;
    while (first < count && first <= exceptions_max &&
           !value_format_of(values[first], &found.format))
        first++;
    if (first == count || first > exceptions_max) return false;
    found.numbers = enc_alloc(enc, arena, count, sizeof *found.numbers);
    found.exceptions = enc_alloc(enc, arena, exceptions_max, sizeof *found.exceptions);
    if (enc->error) return false;
    for (size_t i = 0; i < count; i++) {
        char text[VALUE_FORMAT_BYTES_MAX];
        int64_t number;
        if (i > 0 && slice_eq(values[i], values[i - 1])) {
            found.numbers[i] = found.numbers[i - 1];
            bool is_exception =
                found.exception_count > 0 && found.exceptions[found.exception_count - 1] == i - 1;
            if (is_exception && !add_exception(&found, i, exceptions_max)) return false;
            continue;
        }
        bool fits =
            value_format_parse(&found.format, values[i], &number) &&
            slice_eq(slice_of(text, value_format_print(&found.format, number, text)), values[i]);
        if (fits)
            found.numbers[i] = number;
        else if (!add_exception(&found, i, exceptions_max))
            return false;
    }
    *ret = found;
    return true;
}

static void text_write(Encoder *enc, const Slice *values, size_t count)
{
    int64_t *lengths = ENC_SCRATCH(enc, int64_t, count);
    if (enc->error) return;
    for (size_t i = 0; i < count; i++)
        lengths[i] = (int64_t)values[i].len;
    numbers_write(enc, lengths, count, NULL);
    size_t begun = enc_stream_begin(enc);
    for (size_t i = 0; i < count; i++)
        buf_add_slice(&enc->data, values[i]);
    enc_stream_end(enc, begun, STREAM_TEXT);
}

static void numbers_values_write(Encoder *enc, const Slice *values, size_t count,
                                 const ValueNumbers *found, const EncColumn *owner)
{
    const ValueFormat *format = &found->format;
    buf_add_char(&enc->meta, VALUES_NUMBERS);
    buf_add_char(&enc->meta, (char)format->form);
    buf_add_char(&enc->meta, (char)format->width);
    if (format->form == FORM_TIME) buf_add_char(&enc->meta, format->separator);
    if (format->form == FORM_TIME) buf_add_char(&enc->meta, format->zulu);
    if (format->form >= FORM_TIME) buf_add_char(&enc->meta, format->mark);
    numbers_write(enc, found->numbers, count, owner);
    buf_add_varint(&enc->meta, found->exception_count);
    if (found->exception_count == 0) return;
    Slice *texts = ENC_SCRATCH(enc, Slice, found->exception_count);
    int64_t *rows = ENC_SCRATCH(enc, int64_t, found->exception_count);
    if (enc->error) return;
    for (uint32_t i = 0; i < found->exception_count; i++) {
        rows[i] = found->exceptions[i];
        texts[i] = values[found->exceptions[i]];
    }
    numbers_write(enc, rows, found->exception_count, NULL);
    text_write(enc, texts, found->exception_count);
}

static FixedPlace place_of(char c)
{
    if (c >= '0' && c <= '9') return PLACE_CONSTANT;
    if (c >= 'a' && c <= 'f') return PLACE_HEX;
    return c >= 'A' && c <= 'F' ? PLACE_HEX_UPPER : PLACE_BYTE;
}

/* The pattern that all values have. False: not one length, or too little of it is fixed. */
static bool fixed_pattern(const Slice *values, size_t count, FixedPlace *places)
{
    size_t len = values[0].len, bytes = 0;
    bool varies[FIXED_BYTES_MAX] = {0};
    uint8_t kinds[FIXED_BYTES_MAX] = {0}; /* bit of each FixedPlace seen */
    if (len == 0 || len > FIXED_BYTES_MAX) return false;
    for (size_t i = 0; i < count; i++) {
        if (values[i].len != len) return false;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < len; at++) {
            varies[at] |= values[i].ptr[at] != values[0].ptr[at];
            kinds[at] |= (uint8_t)(1u << place_of(values[i].ptr[at]));
        }
    }
    for (size_t at = 0; at < len; at++) {
        bool lower = kinds[at] & 1u << PLACE_HEX, upper = kinds[at] & 1u << PLACE_HEX_UPPER;
        if (!varies[at])
            places[at] = PLACE_CONSTANT;
        else if (kinds[at] & 1u << PLACE_BYTE || (lower && upper))
            places[at] = PLACE_BYTE;
        else
            places[at] = upper ? PLACE_HEX_UPPER : PLACE_HEX;
        bytes += places[at] == PLACE_BYTE;
    }
    return bytes * 8 <= len;
}

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

/* Pairs of hex digits make a byte, place after place, all values of a place together. */
static void fixed_write(Encoder *enc, const Slice *values, size_t count, const FixedPlace *places)
{
    size_t len = values[0].len;
    buf_add_char(&enc->meta, VALUES_FIXED);
    buf_add_varint(&enc->meta, len);
    for (size_t at = 0; at < len; at++)
        buf_add_char(&enc->meta, (char)places[at]);
    for (size_t at = 0; at < len; at++)
        if (places[at] == PLACE_CONSTANT) buf_add_char(&enc->meta, values[0].ptr[at]);
    size_t begun = enc_stream_begin(enc);
    for (size_t at = 0; at < len; at++) {
        if (places[at] == PLACE_CONSTANT) continue;
        size_t pair = at + 1;
        while (places[at] != PLACE_BYTE && pair < len && places[pair] == PLACE_CONSTANT)
            pair++;
        bool paired = places[at] != PLACE_BYTE && pair < len && places[pair] != PLACE_BYTE;
        char *to = buf_reserve(&enc->data, count);
        if (!to) return;
        for (size_t i = 0; i < count; i++) {
            const char *from = values[i].ptr;
            if (places[at] == PLACE_BYTE)
                to[i] = from[at];
            else
                to[i] = (char)(nibble(from[at]) << 4 | (paired ? nibble(from[pair]) : 0));
        }
        enc->data.len += count;
        if (paired) at = pair;
    }
    enc_stream_end(enc, begun, STREAM_NUMBERS);
}

static const Slice separators[] = {SLICE_INIT("\\r\\n"), SLICE_INIT("|"), SLICE_INIT("\r\n"),
                                   SLICE_INIT("\\n"), SLICE_INIT("\n")};

static size_t count_of(Slice value, Slice what)
{
    size_t count = 0;
    for (;;) {
        const char *at = memmem(value.ptr, value.len, what.ptr, what.len);
        if (!at) return count;
        count++;
        value = slice_skip(value, (size_t)(at - value.ptr) + what.len);
    }
}

#define LIST_SAMPLE 32
#define LIST_ITEMS_MAX ((size_t)1 << 20)

static Slice list_separator(const Slice *values, size_t count)
{
    for (size_t s = 0; s < ARRAY_COUNT(separators); s++) {
        size_t found = 0, looked = 0, bytes = 0;
        for (size_t i = 0; i < count; i += count / LIST_SAMPLE + 1, looked++) {
            found += count_of(values[i], separators[s]);
            bytes += values[i].len;
        }
        if (found >= 3 * looked && found * 160 > bytes) return separators[s];
    }
    return (Slice){0};
}

/* Cuts at each separator; items of all values one after the other. NULL: too many. */
static Slice *list_items(Encoder *enc, const Slice *values, size_t count, Slice separator,
                         int64_t *counts, size_t *ret_count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        counts[i] = (int64_t)count_of(values[i], separator) + 1;
        total += (size_t)counts[i];
    }
    if (total > LIST_ITEMS_MAX) return NULL;
    Slice *items = ENC_SCRATCH(enc, Slice, total);
    if (!items) return NULL;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        Slice rest = values[i];
        for (int64_t item = 0; item < counts[i]; item++) {
            size_t end = item + 1 < counts[i] ? slice_find(rest, separator) : rest.len;
            items[at++] = slice_first(rest, end);
            rest = slice_skip(rest, end + separator.len);
        }
    }
    *ret_count = total;
    return items;
}

static bool list_write(Encoder *enc, const Slice *values, size_t count)
{
    Slice separator = list_separator(values, count);
    if (separator.len == 0) return false;
    int64_t *counts = ENC_SCRATCH(enc, int64_t, count);
    size_t item_count = 0;
    Slice *items = list_items(enc, values, count, separator, counts, &item_count);
    Distinct distinct;
    if (!items || !distinct_find(enc, items, item_count, item_count / 2, &distinct)) return false;
    buf_add_char(&enc->meta, VALUES_LIST);
    buf_add_char(&enc->meta, (char)separator.len);
    buf_add_slice(&enc->meta, separator);
    numbers_write(enc, counts, count, NULL);
    codes_write(enc, distinct.codes, item_count, distinct.count, NULL);
    buf_add_varint(&enc->meta, distinct.count);
    text_write(enc, distinct.values, distinct.count);
    return true;
}

#define FIXED_COUNT_MIN 4
#define LIST_COUNT_MIN 8

void values_write(Encoder *enc, const Slice *values, size_t count, const EncSet *set,
                  EncColumn *ret_column)
{
    ValueNumbers found;
    FixedPlace places[FIXED_BYTES_MAX];
    if (enc->error) return;
    if (count > 0 && values_as_numbers(enc, &enc->arena, values, count, &found)) {
        EncColumn owner = {
            .set = set, .numbers = found.numbers, .units = value_format_units(&found.format)};
        numbers_values_write(enc, values, count, &found, set ? &owner : NULL);
        if (ret_column) *ret_column = owner;
        return;
    }
    if (count >= FIXED_COUNT_MIN && fixed_pattern(values, count, places)) {
        fixed_write(enc, values, count, places);
        return;
    }
    if (count >= LIST_COUNT_MIN && list_write(enc, values, count)) return;
    buf_add_char(&enc->meta, VALUES_TEXT);
    text_write(enc, values, count);
}
