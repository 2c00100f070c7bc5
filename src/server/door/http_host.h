/* Which Host headers are ours. */
#ifndef AKASHI_SERVER_DOOR_HTTP_HOST_H
#define AKASHI_SERVER_DOOR_HTTP_HOST_H

#include "base/slice.h"

/* The address we listen on, localhost, 127.0.0.1 or [::1], each with our port or none. When the
 * address means all of the machine's, any IP literal is taken too, and the machine's own name
 * (NULL: it has none). So a foreign page cannot reach us through a name of its own that it points
 * here (DNS rebinding). */
bool http_host_is_ours(Slice host, const char *address, const char *machine, int port);

#endif
