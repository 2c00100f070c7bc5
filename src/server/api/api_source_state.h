/* The senders of logs as one person may see them. */
#ifndef AKASHI_SERVER_API_API_SOURCE_STATE_H
#define AKASHI_SERVER_API_API_SOURCE_STATE_H

#include "engine/source_health.h"
#include "server/api/api_request.h"

/* Live ones, without our own, as far as the scope reaches; in the request's arena. -1: answered. */
MUST_USE int api_sources_visible(ApiRequest *request, SourceHealth **ret, size_t *ret_count);
/* `syslog/udp 192.0.2.7`: by which door, and who. */
void api_source_parts(const SourceHealth *health, Slice *ret_door, Slice *ret_name);
/* The schema Source. */
void api_source_add(ApiJson *json, const SourceHealth *health, int64_t now_ns);

#endif
