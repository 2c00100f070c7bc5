/* Grants as the schema Grant has them. */
#ifndef AKASHI_SERVER_API_API_GRANTS_H
#define AKASHI_SERVER_API_API_GRANTS_H

#include "server/api/api_request.h"

/* "grants": [...] */
void api_grants_add(ApiJson *json, AccountGrants grants);
/* Of the member `grants` of the object; live in the request's arena. -1: answered. */
MUST_USE int api_grants_read(ApiRequest *request, const JsonNode *object, AccountGrants *ret);
/* A member that is a list of texts; absent: an empty one. -ENOMEM. */
MUST_USE int api_texts_read(ApiRequest *request, const JsonNode *object, const char *name,
                            const Slice **ret, size_t *ret_count);

#endif
