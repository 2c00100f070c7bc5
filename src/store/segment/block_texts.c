/* See block_texts.h. */
#include "store/segment/block_texts.h"

#include "base/number.h"

#include <errno.h>

/* An escape that means something else for words than its letter or a divider: not \\ \" \/ . */
static bool has_escape(Slice text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        if (++at == end) return false;
        if (*at != '\\' && *at != '"' && *at != '/') return true;
        at++;
    }
    return false;
}

int block_texts_take(void *context, Slice text)
{
    BlockTexts *texts = context;
    int r = index_builder_add(texts->index, texts->block, text);
    if (r < 0 || !texts->has_escapes || !has_escape(text)) return r;
    buf_clear(&texts->plain);
    char *room = buf_reserve(&texts->plain, text.len);
    if (!room) return -ENOMEM;
    texts->plain.len = raw_unescape_loosely(text, room);
    return index_builder_add(texts->index, texts->block, buf_slice(&texts->plain));
}

static bool is_word(char c)
{
    return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') ||
           ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

/* A piece of raw that begins or ends inside of a word is a word of its own. */
static bool is_inside(Slice raw, Slice value)
{
    const char *end = value.ptr + value.len;
    if (value.len == 0) return false;
    return (value.ptr > raw.ptr && is_word(value.ptr[-1]) && is_word(value.ptr[0])) ||
           (end < raw.ptr + raw.len && is_word(end[0]) && is_word(end[-1]));
}

/* The tail has these as \u00xx. Eight bytes at once: one below 0x20 borrows. */
bool block_texts_has_control(Slice value)
{
    size_t i = 0;
    for (; i + 8 <= value.len; i += 8) {
        uint64_t eight = read_le64(value.ptr + i);
        if ((eight - 0x2020202020202020u) & ~eight & 0x8080808080808080u) return true;
    }
    for (; i < value.len; i++) {
        if ((unsigned char)value.ptr[i] < ' ') return true;
    }
    return false;
}

static int take_value(BlockTexts *texts, const Part *part, Slice value)
{
    bool is_new = part->source == PART_TAIL && block_texts_has_control(value);
    return is_new ? index_builder_add(texts->index, texts->block, value) : 0;
}

/* Where a piece stands in raw is known from the recipe; the value itself may be a copy. */
static int take_pieces(BlockTexts *texts, const Recipe *recipe, const RecipeRow *row)
{
    if (row->slots.is_json) return 0;
    PartContext context = {.raw = row->row->event.raw,
                           .slots = &row->slots,
                           .fields = row->row->event.fields,
                           .field_count = recipe->field_count};
    int r = 0;
    for (uint32_t i = 0; i < recipe->field_count + recipe->text_count && r == 0; i++) {
        const Part *part = i < recipe->field_count ? &recipe->fields[i].part
                                                   : &recipe->texts[i - recipe->field_count].part;
        Slice piece;
        if (part->source != PART_UNTIL && part->source != PART_REST) continue;
        if (part_value(part, &context, &piece) && is_inside(context.raw, piece))
            r = index_builder_add(texts->index, texts->block, piece);
    }
    return r;
}

int block_texts_row(BlockTexts *texts, const Recipe *recipe, const RecipeRow *row)
{
    texts->has_escapes |= row->slots.is_json;
    int r = block_texts_has_control(row->row->origin)
                ? index_builder_add(texts->index, texts->block, row->row->origin)
                : 0;
    for (uint32_t i = 0; i < recipe->field_count && r == 0; i++) {
        r = take_value(texts, &recipe->fields[i].part, row->row->event.fields[i].value);
    }
    for (uint32_t i = 0; i < recipe->text_count && r == 0; i++) {
        r = take_value(texts, &recipe->texts[i].part,
                       row->row->record.text[recipe->texts[i].field]);
    }
    return r < 0 ? r : take_pieces(texts, recipe, row);
}
