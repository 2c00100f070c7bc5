/* A table in one of whose columns stands a JSON object: the audit logs that the portal of Microsoft
 * Purview writes (learn.microsoft.com/purview/audit-log-export-records, column AuditData). */
#ifndef AKASHI_TRANSLATE_SOURCE_COLUMN_H
#define AKASHI_TRANSLATE_SOURCE_COLUMN_H

#include "base/json_tree.h"
#include "translate/source/source_take.h"

#define SOURCE_COLUMN_ARRAY_MAX 64 /* an array of more values stays one text */

/* Puts the members of the object under the names that they would have in an event of their own
 * (decode/json_event.h), and the row's other cells where no member has their name. JSON that is
 * broken leaves the cells alone. tree: reused from line to line. 0; SOURCE_NOT_SO: the row ends
 * before that column, or the table has none; -ENOMEM. */
MUST_USE int take_column(Taking *taking, Slice text, const TableHeader *header, JsonTree *tree);

#endif
