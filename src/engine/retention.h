/* How long logs are kept, from the settings (store/keep.h says what is done with it).
 *
 *   retention.days        of all logs that no class names
 *   retention.classes     NAME=DAYS:PATTERN,PATTERN; NAME=DAYS:PATTERN ...   the first that fits
 * counts retention.size_gib, retention.floor_days
 *
 * A pattern is compared with the source (akashi.source), the kind of log (event.dataset) and its
 * provider (event.provider), without regard to the case of ASCII letters; `*` at its end stands for
 * anything. DAYS 0: for ever. */
#ifndef AKASHI_ENGINE_RETENTION_H
#define AKASHI_ENGINE_RETENTION_H

#include "engine/settings.h"
#include "store/keep.h"

#define RETENTION_PATTERNS_MAX 64

typedef struct Retention { /* set at start, then read-only; outlives the store */
    StoreRetention limits;
    StoreClasses classes;
    char names[STORE_CLASSES_MAX][STORE_CLASS_BYTES_MAX]; /* the first is STORE_CLASS_DEFAULT */
    struct {
        Slice text; /* of the settings' */
        size_t class_index;
    } patterns[RETENTION_PATTERNS_MAX];
    size_t pattern_count;
    char text[SETTING_TEXT_BYTES_MAX]; /* of retention.classes */
} Retention;

/* -EINVAL: the complaint says what is wrong with retention.classes. *ret points into itself: it is
 * not to be moved. */
MUST_USE int retention_read(const Settings *settings, Retention *ret, Complaint *complaint);

#endif
