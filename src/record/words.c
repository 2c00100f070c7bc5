/* See words.h. */
#include "record/words.h"

static const Word reasons[] = {
#include "record/reason_words.inc"
};
static const Word logon_types[] = {
#include "record/logon_type_words.inc"
};
static const Word details[] = {
#include "record/detail_words.inc"
};
static const Word sids[] = {
#include "record/sid_words.inc"
};
static const Word audit[] = {
#include "record/audit_words.inc"
};
static const Word placeholders[] = {
#include "record/placeholder_words.inc"
};
static const Word sentences[] = {
#include "record/sentence_words.inc"
};
static const Word titles[] = {
#include "record/title_words.inc"
};

const WordTable words_reasons = {reasons, ARRAY_COUNT(reasons)};
const WordTable words_logon_types = {logon_types, ARRAY_COUNT(logon_types)};
const WordTable words_details = {details, ARRAY_COUNT(details)};
const WordTable words_sids = {sids, ARRAY_COUNT(sids)};
const WordTable words_audit = {audit, ARRAY_COUNT(audit)};
const WordTable words_placeholders = {placeholders, ARRAY_COUNT(placeholders)};
const WordTable words_sentences = {sentences, ARRAY_COUNT(sentences)};
const WordTable words_titles = {titles, ARRAY_COUNT(titles)};

const Word *word_find(const WordTable *table, Slice key)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(table->words[middle].key, key);
        if (order == 0) return &table->words[middle];
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const Word *word_title(Slice provider, Slice event_code)
{
    char key[128];
    size_t bytes = provider.len + 1 + event_code.len;
    if (provider.len == 0 || event_code.len == 0 || bytes > sizeof key) return NULL;
    memcpy(key, provider.ptr, provider.len);
    key[provider.len] = ' ';
    memcpy(key + provider.len + 1, event_code.ptr, event_code.len);
    return word_find(&words_titles, slice_of(key, bytes));
}
