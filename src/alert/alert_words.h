/* The words of the alert page and of what is sent (knowledge/words/alert_words.tsv), filled in. */
#ifndef AKASHI_ALERT_ALERT_WORDS_H
#define AKASHI_ALERT_ALERT_WORDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "record/record.h"

/* A value for one {name} of the words. */
typedef struct AlertPart {
    const char *name;
    Slice value;
} AlertPart;
#define ALERT_PARTS_MAX 6

/* The words as they stand in the table. The key must be there: a missing one is a mistake of ours.
 */
Slice alert_words(const char *key, Language language);
/* Keys of two parts: "level" and "high". */
Slice alert_words_of(const char *group, const char *name, Language language);
/* Appends the words of the key with the parts filled in; parts end at the first NULL name. */
void alert_words_add(Buf *to, const char *key, Language language, const AlertPart *parts);
/* The same, made in the arena. Empty when there is no memory. */
Slice alert_words_make(Arena *arena, const char *key, Language language, const AlertPart *parts);
#define ALERT_SAY(arena, key, language, ...)                                                       \
    alert_words_make((arena), (key), (language), (const AlertPart[ALERT_PARTS_MAX]){__VA_ARGS__})

/* Log content made fit to stand in a text for people: well-formed, in one line, without control
 * characters, invisible ones and marks that change the direction of text (each becomes a blank,
 * runs of blanks one); what is longer than bytes_max is cut at a character, with an ellipsis. */
void clean_text_add(Buf *to, Slice text, size_t bytes_max);
Slice clean_text_make(Arena *arena, Slice text, size_t bytes_max);

/* For people, at the given offset from UTC: `2026年11月20日（金）17:40:37`, `Fri 20 Nov 2026
 * 17:40:37`. TIME_UNKNOWN gives nothing. */
void alert_time_add(Buf *to, int64_t ns, int zone_offset_seconds, Language language);
Slice alert_time_make(Arena *arena, int64_t ns, int zone_offset_seconds, Language language);
/* `UTC+09:00` */
Slice alert_zone_make(Arena *arena, int zone_offset_seconds);
Slice alert_number_make(Arena *arena, uint64_t number);

#endif
