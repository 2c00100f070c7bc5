/* What a decoder's damage reason means, for a person (knowledge/words/damage.tsv). */
#ifndef AKASHI_ENGINE_DAMAGE_WORDS_H
#define AKASHI_ENGINE_DAMAGE_WORDS_H

#include "decode/decoder.h"
#include "record/record.h"

/* The words of a reason id; the id itself when the table lacks it. */
Slice damage_words(const char *reason, Language language);
/* One line on stderr: file, offset, reason, record number when known. */
void damage_say(Slice file, const Damage *damage, Language language);

#endif
