/* How the event and the record of a row are made from its raw bytes: a recipe says for each value
 * where it stands in raw, or which other value it equals; what stands nowhere goes into the row's
 * tail, a JSON array of strings. Rows of one kind share their recipe, so all that is in raw costs
 * next to nothing. Names, verbs and fields stand in a recipe by name (doc/format/segment.md).
 *
 * A recipe is checked against the row when it is chosen: whatever it says, the row comes back. */
#ifndef AKASHI_STORE_ROW_RECIPE_H
#define AKASHI_STORE_ROW_RECIPE_H

#include "record/row.h"
#include "store/segment/raw_slots.h"

typedef enum PartSource { /* stored on disk: never renumber */
                          PART_TAIL = 0,
                          PART_EMPTY = 1,
                          PART_SLOT = 2,  /* value `number` of raw's (raw_slots.h) */
                          PART_FIELD = 3, /* the value of event field `number` */
                          PART_LEAF = 4,  /* of that value, what follows the last / or \ */
                          PART_UNTIL = 5, /* of raw: `gap` after the last such piece's end, until
                                             the first `stop` */
                          PART_REST = 6,  /* the same, until raw's end */
} PartSource;

/* Where a value comes from. */
typedef struct Part {
    uint8_t source; /* PartSource */
    char stop;
    uint32_t number;
    int64_t gap;
} Part;

typedef struct RecipeField {
    Slice name;
    FieldKind kind;
    Part part;
} RecipeField;

typedef struct RecipeText {
    uint32_t field; /* RecordField; RECORD_FIELD_COUNT: a name this version does not know */
    Part part;
} RecipeText;

typedef struct Recipe {
    EventFormat format;
    ParseState parse;
    Outcome outcome;
    Certainty certainty;
    Verb verb;
    unsigned flags;
    uint32_t field_count, text_count;
    RecipeField *fields;
    RecipeText *texts;
} Recipe;

/* A row, its raw cut. */
typedef struct RecipeRow {
    const Row *row;
    RawSlots slots;
    bool is_plain; /* a new recipe takes nothing from raw by its place: rows of one kind share it */
} RecipeRow;

/* Does the recipe give the row back, with the right tail? */
bool recipe_fits(const Recipe *recipe, const RecipeRow *row);
/* A recipe for the row; all of it lives in the arena. -ENOMEM. */
MUST_USE int recipe_make(const RecipeRow *row, Arena *arena, Recipe *ret);
void recipe_add(Buf *to, const Recipe *recipe);
/* Takes one off the front. Names point into the bytes. -EBADMSG, -ENOMEM. */
MUST_USE int recipe_take(Slice *bytes, Arena *arena, Recipe *ret);

/* Appends the tail of a row that the recipe fits. */
void recipe_tail_add(Buf *to, const Recipe *recipe, const Row *row);
/* The reverse. The caller has set event.raw, event.time_ns and what no recipe holds (offset, index,
 * record_id, ingested_ns). Slices point into raw, tail, recipe or arena. -EBADMSG, -ENOMEM. */
MUST_USE int recipe_apply(const Recipe *recipe, Slice tail, Arena *arena, Row *row);

/* Is this text of the record another value of the row as it stands? */
static inline bool recipe_repeats(const Recipe *recipe, uint32_t text)
{
    return recipe->texts[text].part.source == PART_FIELD;
}

#endif
