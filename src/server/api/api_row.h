/* A row as the schema Row has it. */
#ifndef AKASHI_SERVER_API_API_ROW_H
#define AKASHI_SERVER_API_API_ROW_H

#include "record/row.h"
#include "server/api/api_json.h"

/* name NULL: an element, or the whole. */
void api_row_add(ApiJson *json, const char *name, const Row *row, uint64_t number,
                 Language language);
/* An element with the source's own fields after the record's, at most own_max, each name once. */
void api_row_add_whole(ApiJson *json, const Row *row, uint64_t number, Language language,
                       size_t own_max);

#endif
