/* The configuration file, as the page of settings shows and changes it. */
#ifndef AKASHI_SERVER_API_API_SETTINGS_FILE_H
#define AKASHI_SERVER_API_API_SETTINGS_FILE_H

#include "server/api/api_request.h"

/* What the file says now, which is in force from the next start; where it cannot be read, what the
 * server started with. NULL: neither. Lives as long as the request. */
const Settings *api_settings_of_file(ApiRequest *request);

#endif
