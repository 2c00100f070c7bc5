/* The record in words: one sentence in Japanese or English, rendered from the verb's template and
 * the record's fields, never stored.
 *
 * Templates (knowledge/words/verbs.tsv) hold placeholders {user} {client} {host} {object} {target}
 * {program} {service} {task} {group} {reason} {count} {verb} ... and optional pieces in [ ], which
 * are left out whole when a placeholder inside them has no value. A placeholder outside brackets that
 * has no value is said honestly ("someone", だれか). Values are shown as they are but for control
 * characters, which become blanks, and are cut at SENTENCE_VALUE_BYTES_MAX with an ellipsis. */
#ifndef AKASHI_RECORD_SENTENCE_H
#define AKASHI_RECORD_SENTENCE_H

#include "record/record.h"

#define SENTENCE_VALUE_BYTES_MAX 240

/* Appends the sentence, without a newline. Always well-formed UTF-8, never empty. */
void sentence_add(Buf *to, const Record *record, Language language);

#endif
