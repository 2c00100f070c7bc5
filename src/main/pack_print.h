/* What packs say beyond Sigma, as JSON lines, in both languages. */
#ifndef AKASHI_MAIN_PACK_PRINT_H
#define AKASHI_MAIN_PACK_PRINT_H

#include "base/buf.h"
#include "detect/pack.h"

/* {"pack":NAME,"version":...,"title":{"ja":...,"en":...},"finds":{...},"needs":[{"dataset":...,
 * "title":{...}}]} */
void pack_print(Buf *to, const PackInfo *info);
/* ,"words":{"title":{...},"seen":{...},"why":{...},"harmless":{...},"call":{...},"first":[{...}]}
 * behind other members; of a part the title alone. */
void pack_words_print(Buf *to, const PackRule *rule);

#endif
