/* The first action of a scheduled task, out of its XML. */
#ifndef AKASHI_TRANSLATE_TASK_XML_H
#define AKASHI_TRANSLATE_TASK_XML_H

#include "base/arena.h"

typedef struct TaskAction {
    Slice command;   /* empty: the task runs no program (it calls a COM object, say) */
    Slice arguments; /* may be empty */
    size_t count;    /* Exec actions in the task */
} TaskAction;

/* The texts of Command and Arguments in the first Actions/Exec (MS-TSCH 2.5.5), entities decoded.
 * Not a whole XML reader: it follows the nesting of elements, so that a `<Command>` in a comment, a
 * CDATA section or another element is not taken for the real one; what is not well-formed ends the
 * search. XML that was escaped once more (`&lt;Task`) is unescaped first.
 * -ENOMEM: *ret untouched. */
MUST_USE int task_action_find(Arena *arena, Slice xml, TaskAction *ret);

#endif
