/* See row_recipe.h: from a row to its recipe and tail. */
#include "base/number.h"
#include "store/segment/recipe_int.h"

#include <errno.h>

static Slice leaf_of(Slice path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/' && path.ptr[at - 1] != '\\') {
        at--;
    }
    return slice_skip(path, at);
}

static bool raw_piece(const Part *part, PartContext *context, Slice *ret)
{
    if (part->gap < -(int64_t)context->raw_end ||
        part->gap > (int64_t)(context->raw.len - context->raw_end)) {
        return false;
    }
    Slice rest = slice_skip(context->raw, (size_t)((int64_t)context->raw_end + part->gap));
    size_t len = rest.len;
    if (part->source == PART_UNTIL) len = slice_find_char(rest, part->stop);
    if (len == SLICE_NOT_FOUND) return false;
    *ret = slice_first(rest, len);
    /* What is taken apart of the rest of a line comes after it, and begins there. */
    context->raw_end =
        (size_t)(rest.ptr - context->raw.ptr) + (part->source == PART_REST ? 0 : len);
    return true;
}

bool part_value(const Part *part, PartContext *context, Slice *ret)
{
    switch ((PartSource)part->source) {
    case PART_EMPTY: *ret = (Slice){0}; return true;
    case PART_SLOT:
        if (part->number >= context->slots->count) return false;
        *ret = context->slots->values[part->number];
        return true;
    case PART_FIELD:
    case PART_LEAF:
        if (part->number >= context->field_count) return false;
        *ret = context->fields[part->number].value;
        if (part->source == PART_LEAF) *ret = leaf_of(*ret);
        return true;
    case PART_UNTIL:
    case PART_REST: return context->raw.len > 0 && raw_piece(part, context, ret);
    case PART_TAIL: break;
    }
    return false;
}

static PartContext context_of(const RecipeRow *row)
{
    return (PartContext){
        .raw = row->row->event.raw, .slots = &row->slots, .fields = row->row->event.fields};
}

/* ---- does it fit? */

static unsigned flags_of(const Row *row)
{
    const Record *record = &row->record;
    return (record->time_ns != row->event.time_ns ? RECIPE_OWN_TIME : 0u) |
           (record->end_ns != TIME_UNKNOWN ? RECIPE_END : 0u) |
           (record->count != 1 ? RECIPE_COUNT : 0u);
}

static bool part_fits(const Part *part, PartContext *context, Slice want)
{
    Slice got;
    if (part->source == PART_TAIL) return true;
    if (!part_value(part, context, &got)) return false;
    /* A value without escapes is the same piece of raw, mostly. */
    return (got.ptr == want.ptr && got.len == want.len) || slice_eq(got, want);
}

static bool head_fits(const Recipe *recipe, const Row *row)
{
    const Event *event = &row->event;
    const Record *record = &row->record;
    return recipe->field_count == event->field_count && recipe->format == event->format &&
           recipe->parse == event->parse && recipe->outcome == record->outcome &&
           recipe->certainty == record->certainty && recipe->verb == record->verb &&
           recipe->flags == flags_of(row);
}

static bool fields_fit(const Recipe *recipe, PartContext *context, const Event *event)
{
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        const RecipeField *field = &recipe->fields[i];
        context->field_count = i;
        if (field->kind != event->fields[i].kind || !slice_eq(field->name, event->fields[i].name) ||
            !part_fits(&field->part, context, event->fields[i].value)) {
            return false;
        }
    }
    context->field_count = recipe->field_count;
    return true;
}

static bool texts_fit(const Recipe *recipe, PartContext *context, const Record *record)
{
    uint32_t text = 0;
    for (uint32_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len == 0) continue;
        if (text == recipe->text_count || recipe->texts[text].field != i) return false;
        if (!part_fits(&recipe->texts[text].part, context, record->text[i])) return false;
        text++;
    }
    return text == recipe->text_count;
}

bool recipe_fits(const Recipe *recipe, const RecipeRow *row)
{
    if (!head_fits(recipe, row->row)) return false;
    PartContext context = context_of(row);
    return fields_fit(recipe, &context, &row->row->event) &&
           texts_fit(recipe, &context, &row->row->record);
}

/* ---- a new one */

/* Fields mostly stand in the order of raw: the next slot first. */
static bool find_slot(const RawSlots *slots, Slice value, uint32_t *next, Part *ret)
{
    for (uint32_t i = 0; i < slots->count; i++) {
        uint32_t slot = (*next + i) % slots->count;
        if (!slice_eq(slots->values[slot], value)) continue;
        *ret = (Part){.source = PART_SLOT, .number = slot};
        *next = slot + 1;
        return true;
    }
    return false;
}

static bool find_field(const PartContext *context, Slice value, Part *ret)
{
    for (uint32_t i = 0; i < context->field_count; i++) {
        if (!slice_eq(context->fields[i].value, value)) continue;
        *ret = (Part){.source = PART_FIELD, .number = i};
        return true;
    }
    for (uint32_t i = 0; i < context->field_count; i++) {
        Slice whole = context->fields[i].value;
        if (whole.len <= value.len || !slice_eq(leaf_of(whole), value)) continue;
        *ret = (Part){.source = PART_LEAF, .number = i};
        return true;
    }
    return false;
}

static size_t offset_in(Slice raw, Slice value, size_t from)
{
    uintptr_t start = (uintptr_t)raw.ptr, at = (uintptr_t)value.ptr;
    if (at >= start && at - start <= raw.len && value.len <= raw.len - (at - start))
        return at - start;
    size_t found = slice_find(slice_skip(raw, from), value);
    return found == SLICE_NOT_FOUND ? found : from + found;
}

/* Not backwards: how far depends on the lengths of the values between, so each row would have a
 * recipe of its own. */
static bool find_in_raw(PartContext *context, Slice value, Part *ret)
{
    size_t offset = offset_in(context->raw, value, context->raw_end);
    if (offset == SLICE_NOT_FOUND || offset < context->raw_end) return false;
    Part part = {.source = PART_REST, .gap = (int64_t)offset - (int64_t)context->raw_end};
    if (offset + value.len < context->raw.len) {
        part.source = PART_UNTIL;
        part.stop = context->raw.ptr[offset + value.len];
    }
    size_t before = context->raw_end;
    Slice got;
    if (part_value(&part, context, &got) && slice_eq(got, value)) {
        *ret = part;
        return true;
    }
    context->raw_end = before;
    return false;
}

static Part part_of(const RecipeRow *row, PartContext *context, Slice value, bool is_record,
                    uint32_t *next_slot)
{
    Part part = {.source = PART_TAIL};
    if (is_record && find_field(context, value, &part)) return part;
    if (find_slot(&row->slots, value, next_slot, &part)) return part;
    if (value.len == 0) return (Part){.source = PART_EMPTY};
    if (!row->slots.is_json && !row->is_plain) (void)find_in_raw(context, value, &part);
    return part;
}

int recipe_make(const RecipeRow *row, Arena *arena, Recipe *ret)
{
    const Event *event = &row->row->event;
    const Record *record = &row->row->record;
    *ret = (Recipe){.format = event->format,
                    .parse = event->parse,
                    .outcome = record->outcome,
                    .certainty = record->certainty,
                    .verb = record->verb,
                    .flags = flags_of(row->row),
                    .field_count = (uint32_t)event->field_count};
    ret->fields = ARENA_ARRAY(arena, RecipeField, event->field_count + 1);
    ret->texts = ARENA_ARRAY(arena, RecipeText, RECORD_FIELD_COUNT);
    if (!ret->fields || !ret->texts) return -ENOMEM;
    PartContext context = context_of(row);
    uint32_t next_slot = 0;
    for (uint32_t i = 0; i < ret->field_count; i++) {
        context.field_count = i;
        const Field *field = &event->fields[i];
        ret->fields[i] = (RecipeField){
            .kind = field->kind, .part = part_of(row, &context, field->value, false, &next_slot)};
        if (arena_copy(arena, field->name, &ret->fields[i].name) < 0) return -ENOMEM;
    }
    context.field_count = ret->field_count;
    for (uint32_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len == 0) continue;
        ret->texts[ret->text_count++] =
            (RecipeText){i, part_of(row, &context, record->text[i], true, &next_slot)};
    }
    return 0;
}

static void add_name(Buf *to, Slice name)
{
    buf_add_varint(to, name.len);
    buf_add_slice(to, name);
}

static void add_part(Buf *to, const Part *part)
{
    buf_add_char(to, (char)part->source);
    switch ((PartSource)part->source) {
    case PART_TAIL:
    case PART_EMPTY: break;
    case PART_SLOT:
    case PART_FIELD:
    case PART_LEAF: buf_add_varint(to, part->number); break;
    case PART_UNTIL: buf_add_char(to, part->stop); /* fall through */
    case PART_REST:
        buf_add_varint(to, (uint64_t)part->gap << 1 ^ (uint64_t)(part->gap >> 63));
        break;
    }
}

void recipe_add(Buf *to, const Recipe *recipe)
{
    const uint8_t head[5] = {(uint8_t)recipe->format, (uint8_t)recipe->parse,
                             (uint8_t)recipe->outcome, (uint8_t)recipe->certainty,
                             (uint8_t)recipe->flags};
    buf_add(to, head, sizeof head);
    add_name(to, verbs[recipe->verb].token);
    buf_add_varint(to, recipe->field_count);
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        buf_add_char(to, (char)recipe->fields[i].kind);
        add_name(to, recipe->fields[i].name);
        add_part(to, &recipe->fields[i].part);
    }
    buf_add_varint(to, recipe->text_count);
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        add_name(to, record_fields[recipe->texts[i].field].name);
        add_part(to, &recipe->texts[i].part);
    }
}

/* ---- the tail */

/* Of eight bytes: is any below a blank, a quote or a backslash? */
static bool has_to_escape(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, highs = ones * 0x80;
    uint64_t quotes = eight ^ ones * '"', backslashes = eight ^ ones * '\\';
    uint64_t below = (eight - ones * ' ') & ~eight;
    uint64_t equal = ((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes);
    return ((below | equal) & highs) != 0;
}

static void tail_text(Buf *to, Slice text)
{
    static const char digits[] = "0123456789abcdef";
    buf_add_cstr(to, to->ptr[to->len - 1] == '[' ? "\"" : ",\"");
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        while (i + 8 <= text.len && !has_to_escape(read_le64(text.ptr + i))) {
            i += 8;
        }
        if (i == text.len) break;
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= ' ' && c != '"' && c != '\\') continue;
        buf_add(to, text.ptr + from, i - from);
        from = i + 1;
        char escape[6] = {'\\', (char)c, '0', '0', digits[c >> 4], digits[c & 15]};
        if (c < ' ') escape[1] = 'u';
        buf_add(to, escape, c < ' ' ? 6 : 2);
    }
    buf_add_slice(to, slice_skip(text, from));
    buf_add_char(to, '"');
}

static void tail_number(Buf *to, int64_t number)
{
    char text[NUMBER_TEXT_MAX];
    tail_text(to, slice_of(text, number_print_i64(text, number)));
}

void recipe_tail_add(Buf *to, const Recipe *recipe, const Row *row)
{
    buf_add_char(to, '[');
    if (buf_error(to)) return;
    tail_text(to, row->origin);
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        if (recipe->fields[i].part.source == PART_TAIL) tail_text(to, row->event.fields[i].value);
    }
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        if (recipe->texts[i].part.source == PART_TAIL)
            tail_text(to, row->record.text[recipe->texts[i].field]);
    }
    if (recipe->flags & RECIPE_OWN_TIME) tail_number(to, row->record.time_ns);
    if (recipe->flags & RECIPE_END) tail_number(to, row->record.end_ns);
    if (recipe->flags & RECIPE_COUNT) tail_number(to, row->record.count);
    buf_add_char(to, ']');
}
