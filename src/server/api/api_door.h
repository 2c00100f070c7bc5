/* What all requests to the API share. */
#ifndef AKASHI_SERVER_API_API_DOOR_H
#define AKASHI_SERVER_API_API_DOOR_H

#include "account/account_sign.h"
#include "os/os.h"
#include "record/record.h"
#include "search/search.h"
#include "server/api/api_engine.h"
#include "server/api/api_tasks.h"
#include "server/search_gate.h"

/* set at start, then read-only; what is pointed to has locks of its own */
typedef struct ApiDoor {
    const Os *os;
    Accounts *accounts;
    const char *folder; /* of the data */
    const Secret *kek;
    SearchGate *gate;   /* turns at searching, each with a deadline */
    SearchCache *cache; /* NULL: none */
    size_t search_memory_bytes_max;
    const char *lookup_folder; /* NULL: no tables for lookup */
    Language language;         /* of who has chosen none */
    const char *zone_name;     /* Asia/Tokyo; NULL: only the offset is known */
    const char *version;
    int zone_offset_seconds; /* of days and words of time, where the question names no zone */
    const ApiEngine *engine;
    ApiTasks *tasks;
    bool is_secure; /* TLS: the cookie is __Host-akashi and Secure. Else loopback: akashi */
} ApiDoor;

#define API_COOKIE_SECURE "__Host-akashi"
#define API_COOKIE_LOOPBACK "akashi"

#endif
