/* The configuration file while the server runs: a change is judged at once and told, with the keys
 * that take effect at the next start. The running server keeps what it started with. */
#ifndef AKASHI_MAIN_SERVE_SETTINGS_H
#define AKASHI_MAIN_SERVE_SETTINGS_H

#include "main/options.h"

/* For the main thread alone. */
typedef struct ServeSettings {
    const Invocation *invocation;
    Settings told;       /* of the file, when it was last told */
    int64_t modified_ns; /* of the file then; 0: it was not there */
    uint64_t inode;
} ServeSettings;

void serve_settings_begin(ServeSettings *settings, const Invocation *invocation);
/* Looks whether the file has changed and says what of it; `is_asked`: says also that nothing has.
 */
void serve_settings_look(ServeSettings *settings, bool is_asked);

#endif
