/* The stages that hold nothing back: head and fields. */
#include "search/search_stage.h"

#include <stdlib.h>

#define CELLS_BYTES_MAX ((size_t)64 << 20) /* of one row; a value is at most a decoder's window */

int stage_field_text(const PipeField *field, const Answer *answer, Arena *arena, Slice *ret) {
    if (!field->is_column) return field_ref_text(&field->ref, answer->row, arena, ret);
    *ret = answer->cells[field->column];
    return 0;
}

static int nothing_held(Stage *stage) {
    (void)stage;
    return 0;
}

typedef struct HeadStage {
    Stage stage;
    uint64_t left;
} HeadStage;

static int head_take(Stage *stage, const Answer *answer) {
    HeadStage *head = (HeadStage *)stage;
    if (head->left == 0) return 1;
    head->left--;
    int r = stage->next->take(stage->next, answer);
    return r == 0 && head->left == 0 ? 1 : r;
}

static void head_free(Stage *stage) {
    free(stage);
}

Stage *stage_head_new(const Pipe *pipe) {
    HeadStage *head = calloc(1, sizeof *head);
    if (!head) return NULL;
    head->stage = (Stage){.take = head_take, .end = nothing_held, .free = head_free, .pipe = pipe};
    head->left = pipe->rows_max;
    return &head->stage;
}

typedef struct FieldsStage {
    Stage stage;
    Arena arena; /* of one row */
    Slice cells[PIPE_FIELDS_MAX];
} FieldsStage;

static int fields_take(Stage *stage, const Answer *answer) {
    FieldsStage *chosen = (FieldsStage *)stage;
    const Pipe *pipe = stage->pipe;
    arena_reset(&chosen->arena);
    for (size_t i = 0; i < pipe->field_count; i++) {
        int r = stage_field_text(&pipe->fields[i], answer, &chosen->arena, &chosen->cells[i]);
        if (r < 0) return r;
    }
    const Answer out = {.columns = pipe->columns,
                        .numbers = pipe->numbers,
                        .cells = chosen->cells,
                        .column_count = pipe->column_count};
    return stage->next->take(stage->next, &out);
}

static void fields_free(Stage *stage) {
    arena_done(&((FieldsStage *)stage)->arena);
    free(stage);
}

Stage *stage_fields_new(const Pipe *pipe) {
    FieldsStage *chosen = calloc(1, sizeof *chosen);
    if (!chosen) return NULL;
    chosen->stage =
        (Stage){.take = fields_take, .end = nothing_held, .free = fields_free, .pipe = pipe};
    chosen->arena = arena_make(CELLS_BYTES_MAX);
    return &chosen->stage;
}
