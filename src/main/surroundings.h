/* What the machine and the user's environment say: language, data folder, time zone. */
#ifndef AKASHI_MAIN_SURROUNDINGS_H
#define AKASHI_MAIN_SURROUNDINGS_H

#include "record/record.h"

/* From LC_ALL, LC_MESSAGES, LANG, in this order: Japanese when it starts with "ja". */
Language surroundings_language(void);
/* /var/lib/akashi for root, else $XDG_DATA_HOME/akashi or ~/.local/share/akashi. */
const char *surroundings_data_folder(void);
/* /etc/akashi/akashi.yaml for root, else $XDG_CONFIG_HOME/akashi/akashi.yaml or under ~/.config. */
const char *surroundings_config_path(void);
/* $CREDENTIALS_DIRECTORY/akashi.key (systemd.exec(5), LoadCredential) when it is there, else
 * /etc/akashi/store.key for root, else $XDG_CONFIG_HOME/akashi/store.key or under ~/.config. */
const char *surroundings_key_path(void);
/* Where the page's files are: `web` beside the program, as a build leaves them, else where they are
 * installed. NULL: nowhere. */
const char *surroundings_web_folder(void);
/* Of the machine's zone now, seconds east of UTC. */
int surroundings_zone_offset_seconds(void);

#endif
