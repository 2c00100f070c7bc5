/* See row_recipe.h: from a recipe and a tail back to the row. */
#include "base/number.h"
#include "store/segment/recipe_int.h"

#include <errno.h>

static int take_byte(Slice *bytes, unsigned max, unsigned *ret)
{
    if (bytes->len == 0 || (unsigned char)bytes->ptr[0] > max) return -EBADMSG;
    *ret = (unsigned char)bytes->ptr[0];
    *bytes = slice_skip(*bytes, 1);
    return 0;
}

static int take_name(Slice *bytes, Slice *ret)
{
    uint64_t len;
    if (slice_take_varint(bytes, &len) < 0 || len > bytes->len) return -EBADMSG;
    *ret = slice_first(*bytes, (size_t)len);
    *bytes = slice_skip(*bytes, (size_t)len);
    return 0;
}

static int take_part(Slice *bytes, Part *ret)
{
    unsigned source, stop = 0;
    uint64_t number = 0;
    if (take_byte(bytes, PART_REST, &source) < 0) return -EBADMSG;
    if (source == PART_UNTIL && take_byte(bytes, 255, &stop) < 0) return -EBADMSG;
    if (source >= PART_SLOT && slice_take_varint(bytes, &number) < 0) return -EBADMSG;
    *ret = (Part){.source = (uint8_t)source, .stop = (char)stop};
    if (source >= PART_UNTIL) {
        ret->gap = (int64_t)(number >> 1 ^ -(number & 1));
    } else if (number > UINT32_MAX) {
        return -EBADMSG;
    }
    ret->number = (uint32_t)number;
    return 0;
}

static uint32_t field_named(Slice name)
{
    for (uint32_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (slice_eq(record_fields[i].name, name)) return i;
    }
    return RECORD_FIELD_COUNT;
}

static Verb verb_named(Slice token)
{
    for (uint32_t i = 0; i < VERB_COUNT; i++) {
        if (slice_eq(verbs[i].token, token)) return (Verb)i;
    }
    return VERB_OTHER;
}

static int take_head(Slice *bytes, Recipe *ret)
{
    unsigned format, parse, outcome, certainty;
    Slice verb;
    if (take_byte(bytes, EVENT_JSON, &format) < 0 || take_byte(bytes, PARSE_FAILED, &parse) < 0 ||
        take_byte(bytes, OUTCOME_FAILURE, &outcome) < 0 ||
        take_byte(bytes, CERTAINTY_INFERRED, &certainty) < 0 ||
        take_byte(bytes, RECIPE_FLAGS_KNOWN, &ret->flags) < 0 || take_name(bytes, &verb) < 0) {
        return -EBADMSG;
    }
    ret->format = (EventFormat)format;
    ret->parse = (ParseState)parse;
    ret->outcome = (Outcome)outcome;
    ret->certainty = (Certainty)certainty;
    ret->verb = verb_named(verb);
    return 0;
}

static int take_fields(Slice *bytes, Arena *arena, Recipe *ret)
{
    uint64_t count;
    if (slice_take_varint(bytes, &count) < 0 || count > bytes->len) return -EBADMSG;
    ret->field_count = (uint32_t)count;
    ret->fields = ARENA_ARRAY(arena, RecipeField, (size_t)count + 1);
    if (!ret->fields) return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        unsigned kind;
        if (take_byte(bytes, FIELD_JSON, &kind) < 0 || take_name(bytes, &ret->fields[i].name) < 0 ||
            take_part(bytes, &ret->fields[i].part) < 0) {
            return -EBADMSG;
        }
        ret->fields[i].kind = (FieldKind)kind;
    }
    return 0;
}

int recipe_take(Slice *bytes, Arena *arena, Recipe *ret)
{
    uint64_t count;
    Slice name;
    *ret = (Recipe){0};
    if (take_head(bytes, ret) < 0) return -EBADMSG;
    int r = take_fields(bytes, arena, ret);
    if (r < 0) return r;
    if (slice_take_varint(bytes, &count) < 0 || count > bytes->len) return -EBADMSG;
    ret->text_count = (uint32_t)count;
    ret->texts = ARENA_ARRAY(arena, RecipeText, (size_t)count + 1);
    if (!ret->texts) return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        if (take_name(bytes, &name) < 0 || take_part(bytes, &ret->texts[i].part) < 0)
            return -EBADMSG;
        ret->texts[i].field = field_named(name);
    }
    return 0;
}

/* ---- a row */

typedef struct TailReader {
    Slice rest;
    Arena *arena;
} TailReader;

static int next_text(TailReader *reader, Slice *ret)
{
    return raw_string_take(&reader->rest, reader->arena, ret);
}

static int next_number(TailReader *reader, int64_t *ret)
{
    Slice text;
    int r = next_text(reader, &text);
    return r < 0 ? r : number_parse_i64(text, ret) < 0 ? -EBADMSG : 0;
}

static int value_of(const Part *part, PartContext *context, TailReader *reader, Slice *ret)
{
    if (part->source == PART_TAIL) return next_text(reader, ret);
    return part_value(part, context, ret) ? 0 : -EBADMSG;
}

static int apply_fields(const Recipe *recipe, PartContext *context, TailReader *reader,
                        Field *fields)
{
    for (uint32_t i = 0; i < recipe->field_count; i++) {
        context->field_count = i;
        fields[i].name = recipe->fields[i].name;
        fields[i].kind = recipe->fields[i].kind;
        int r = value_of(&recipe->fields[i].part, context, reader, &fields[i].value);
        if (r < 0) return r;
    }
    context->field_count = recipe->field_count;
    return 0;
}

static int apply_texts(const Recipe *recipe, PartContext *context, TailReader *reader,
                       Record *record)
{
    for (uint32_t i = 0; i < recipe->text_count; i++) {
        Slice text;
        int r = value_of(&recipe->texts[i].part, context, reader, &text);
        if (r < 0) return r;
        if (recipe->texts[i].field < RECORD_FIELD_COUNT)
            record->text[recipe->texts[i].field] = text;
    }
    return 0;
}

static int apply_numbers(const Recipe *recipe, TailReader *reader, Row *row)
{
    int64_t count = 1;
    int r = 0;
    row->record.time_ns = row->event.time_ns;
    row->record.end_ns = TIME_UNKNOWN;
    if (recipe->flags & RECIPE_OWN_TIME) r = next_number(reader, &row->record.time_ns);
    if (r == 0 && recipe->flags & RECIPE_END) r = next_number(reader, &row->record.end_ns);
    if (r == 0 && recipe->flags & RECIPE_COUNT) r = next_number(reader, &count);
    if (r == 0 && (count < 0 || count > UINT32_MAX)) r = -EBADMSG;
    row->record.count = (uint32_t)count;
    return r;
}

int recipe_apply(const Recipe *recipe, Slice tail, Arena *arena, Row *row)
{
    RawSlots slots;
    Field *fields = ARENA_ARRAY(arena, Field, recipe->field_count + 1);
    if (!fields) return -ENOMEM;
    int r = raw_slots_find(row->event.raw, arena, &slots);
    PartContext context = {.raw = row->event.raw, .slots = &slots, .fields = fields};
    TailReader reader = {.rest = tail, .arena = arena};
    row->event.format = recipe->format;
    row->event.parse = recipe->parse;
    row->event.fields = fields;
    row->event.field_count = recipe->field_count;
    row->record.outcome = recipe->outcome;
    row->record.certainty = recipe->certainty;
    row->record.verb = recipe->verb;
    if (r == 0) r = next_text(&reader, &row->origin);
    if (r == 0) r = apply_fields(recipe, &context, &reader, fields);
    if (r == 0) r = apply_texts(recipe, &context, &reader, &row->record);
    if (r == 0) r = apply_numbers(recipe, &reader, row);
    return r == 0 && !slice_eq(reader.rest, SLICE("]")) ? -EBADMSG : r;
}
