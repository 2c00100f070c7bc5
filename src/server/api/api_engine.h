/* What the API asks of the running program around it: who starts the server fills it in. Everything
 * pointed to outlives the server; the functions may be called by any thread. */
#ifndef AKASHI_SERVER_API_API_ENGINE_H
#define AKASHI_SERVER_API_API_ENGINE_H

#include "alert/notice.h"
#include "engine/detect_rules.h"
#include "engine/settings.h"
#include "engine/source_health.h"

#define API_COUNTERS_MAX 128

typedef struct ServerCounter {
    const char *name; /* static */
    uint64_t value;
} ServerCounter;

typedef struct ApiEngine {
    void *context;
    /* At most count_max of them; how many. NULL: none. */
    size_t (*counters)(void *context, ServerCounter *to, size_t count_max);
    size_t (*sources)(void *context, SourceHealth *to, size_t count_max); /* NULL: none */
    bool (*is_running)(void *context); /* false: a stage had to give up. NULL: it is */
    const Settings *settings;          /* NULL: none are shown */
    const char *config_path;           /* the file they were read from; NULL: none */
    const NotifyConfig *notify;        /* NULL: stories have no page */
    const AlertCipher *cipher;         /* NULL: there are no stories */
    /* Folders whose `sources` hold the company's own definitions; the last one counts. */
    const char *const *definition_folders;
    size_t definition_folder_count;
    /* All rules in force, compiled anew. NULL: there are none. -ENOMEM, what made all of it fail */
    int (*load_rules)(void *context, DetectRules **ret);
} ApiEngine;

#endif
