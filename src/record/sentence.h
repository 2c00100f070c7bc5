/* The record in words: one sentence in Japanese or English, rendered from a template and the
 * record's fields, never stored. The template is the rule's own (knowledge/words/sentences.tsv, by
 * akashi.rule), else the verb's (verbs.tsv), else the generic one.
 *
 * Templates hold placeholders {user} {client} {host} {object} {account} {target} {program}
 * {command} {service} {task} {group} {how} {reason} {detail} {count} {verb} ... and optional pieces
 * in [ ], which are left out whole when a placeholder inside them has no value. A placeholder
 * outside brackets that has no value is said honestly (placeholders.tsv: "someone", だれか). {tail}
 * is what comes in brackets at the end: a reason or code without words of ours, the count over 1,
 * "inferred"; {tail_how} the same with the kind of logon. Values are shown as they are but for
 * control characters and marks that change the direction of text, which become blanks; they are cut
 * at SENTENCE_VALUE_BYTES_MAX with an ellipsis, and quoted when blanks or punctuation in them could
 * be taken for a part of the sentence. */
#ifndef AKASHI_RECORD_SENTENCE_H
#define AKASHI_RECORD_SENTENCE_H

#include "record/record.h"

#define SENTENCE_VALUE_BYTES_MAX 240

/* Appends the sentence, without a newline. Always well-formed UTF-8, never empty. */
void sentence_add(Buf *to, const Record *record, Language language);

#endif
