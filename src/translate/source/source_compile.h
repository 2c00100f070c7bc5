/* Between the files that compile a definition: source_compile.c has its parts in order,
 * source_values.c values and conditions, source_pattern.c patterns, source_time.c times. */
#ifndef AKASHI_TRANSLATE_SOURCE_COMPILE_H
#define AKASHI_TRANSLATE_SOURCE_COMPILE_H

#include "translate/source/source_int.h"
#include "translate/source/source_yaml.h"

#include <errno.h>

typedef struct Compiler {
    Arena *arena;
    Complaint *complaint;
    SourceDefinition *definition;
} Compiler;

/* -EINVAL, with the place of the node in the complaint. */
#define WRONG(compiler, node, id, ...)                                                             \
    (source_place((compiler)->complaint, (node)),                                                  \
     complaint_say((compiler)->complaint, (id), __VA_ARGS__), -EINVAL)
#define WRONG_KEY(compiler, node, id, ...)                                                         \
    (source_place_key((compiler)->complaint, (node)),                                              \
     complaint_say((compiler)->complaint, (id), __VA_ARGS__), -EINVAL)
void source_place(Complaint *complaint, const Node *node);
void source_place_key(Complaint *complaint, const Node *node);

/* Each of these returns 0, -EINVAL with the complaint filled, or -ENOMEM. */

/* A member of a map: its name and what takes it. The context is the caller's. */
typedef struct KeyRow {
    const char *name;
    int (*take)(Compiler *compiler, const Node *node, void *context);
} KeyRow;
/* Calls the row of each member; an unknown name is refused with the nearest known one. */
MUST_USE int source_take_map(Compiler *compiler, const Node *node, const KeyRow *rows,
                             size_t row_count, void *context);
MUST_USE int source_take_text(Compiler *compiler, const Node *node, Slice *ret);
/* A text, or a list of texts. */
MUST_USE int source_take_texts(Compiler *compiler, const Node *node, const Slice **ret,
                               size_t *ret_count);

/* The slot of a name, a new one when need be. is_ours: the definition itself gives the name, so
 * that a name of a record's field means that field. */
MUST_USE int source_slot(Compiler *compiler, const Node *node, Slice name, bool is_ours,
                         uint16_t *ret);

/* source_take_keys.c, source_message_keys.c: rows of the definition's keys, so the context is
 * unused */
MUST_USE int source_take_make(Compiler *compiler, const Node *node, void *context);
MUST_USE int source_splits_make(Compiler *compiler, const Node *node, void *context);
MUST_USE int source_messages_make(Compiler *compiler, const Node *node, void *context);
MUST_USE int source_samples_make(Compiler *compiler, const Node *node, void *context);

/* source_values.c */
MUST_USE int source_value_make(Compiler *compiler, const Node *node, SourceValue *ret);
MUST_USE int source_setters_make(Compiler *compiler, const Node *node, SourceSetters *ret);
MUST_USE int source_tests_make(Compiler *compiler, const Node *node, const SourceTest **ret,
                               size_t *ret_count);

/* source_pattern.c; one text or a list of them */
MUST_USE int source_patterns_make(Compiler *compiler, const Node *node, const SourcePattern **ret,
                                  size_t *ret_count);

/* source_time.c */
MUST_USE int source_times_make(Compiler *compiler, const Node *node, const SourceTime **ret,
                               size_t *ret_count);

/* source_marks.c */
MUST_USE int source_marks_make(Compiler *compiler, const Node *node, const SourceMark **ret,
                               size_t *ret_count);

#endif
