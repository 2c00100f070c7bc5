/* How the store is doing, for the home page and the page of what is kept. */
#ifndef AKASHI_SERVER_API_API_KEEP_STATE_H
#define AKASHI_SERVER_API_API_KEEP_STATE_H

#include "server/api/api_request.h"
#include "server/api/api_tasks.h"
#include "store/ops/store_status.h"

typedef struct ApiKeepState {
    bool is_there; /* false: nothing was ever stored */
    StoreStatus store;
    uint64_t free_bytes;
    ApiTask verify, backup;
    bool backup_is_set;
    uint32_t generations;
    int64_t backup_ns; /* when the last generation was made; TIME_UNKNOWN: there is none */
} ApiKeepState;

/* -1: answered. */
MUST_USE int api_keep_state(ApiRequest *request, ApiKeepState *ret);
/* "verified" and "backup" as their schemas have them. */
void api_keep_verified_add(ApiJson *json, const ApiKeepState *state);
void api_keep_backup_add(ApiJson *json, const ApiKeepState *state);
bool api_keep_is_damaged(const ApiKeepState *state);
bool api_keep_backup_failed(const ApiKeepState *state);

#endif
