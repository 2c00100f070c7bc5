/* The web page and the HTTP API (api/openapi.yaml), over libmicrohttpd: one listener, one thread a
 * connection, so that a slow client or a long search holds up nobody else.
 *
 * Beyond loopback it speaks TLS 1.2 and later only; on loopback plain HTTP, where nobody can listen
 * (and no browser would trust a certificate for 127.0.0.1). A request whose Host header is not ours
 * (door/http_host.h) gets 421. Who may ask what is judged before a byte of a body is taken. */
#ifndef AKASHI_SERVER_SERVER_H
#define AKASHI_SERVER_SERVER_H

#include "account/account_sign.h"
#include "base/complaint.h"
#include "os/os.h"
#include "record/record.h"
#include "server/api/api_engine.h"
#include "store/crypt/secret.h"

#define SERVER_CONNECTIONS_MAX 128     /* past 3/4 of them a new one ends the one idle longest */
#define SERVER_IDLE_SECONDS_MAX 15     /* without a byte either way; the connection is closed */
#define SERVER_REQUEST_BYTES_MAX 98304 /* request line and headers; past it 414 or 431 */
#define SERVER_SEARCHES_MAX 4          /* at once; more wait SERVER_WAIT_SECONDS_MAX, then 503 */
#define SERVER_WAIT_SECONDS_MAX 5
#define SERVER_SEARCH_SECONDS_MAX 60 /* then what was found is given, and that it is not all */

/* Copied where it is a text; the rest must live until server_close. */
typedef struct ServerOptions {
    const char *address; /* IPv4 or IPv6 literal */
    int port;            /* 0: any free one */
    const char *machine; /* its name, taken in Host as well; NULL: none */
    const char *store_folder;
    const char *web_folder; /* of the built page; NULL: only the API answers */
    const Secret *kek;
    Accounts *accounts;
    Language language;              /* of answers to those who have chosen none */
    int zone_offset_seconds;        /* of days and words of time in questions */
    const char *zone_name;          /* Asia/Tokyo; NULL: only the offset is known */
    const char *version;            /* static */
    const char *lookup_folder;      /* of tables for lookup; NULL: none */
    size_t search_memory_bytes_max; /* as SearchOptions */
    size_t search_cache_bytes_max;  /* of what searches share; 0: nothing outlives a search */
    const char *tls_certificate;    /* PEM, with its chain; NULL: plain HTTP */
    const char *tls_key;            /* PEM; not kept here after server_open */
    ApiEngine engine;
} ServerOptions;

typedef struct Server Server;

/* Starts threads of its own. -EINVAL: no address, or no certificate; -EADDRINUSE, -EACCES,
 * -EADDRNOTAVAIL...: with the complaint in words; -ENOMEM. *ret untouched on failure. */
MUST_USE int server_open(const Os *os, const ServerOptions *options, Server **ret,
                         Complaint *complaint);
int server_port(const Server *server);
/* Ends running searches, closes all connections, waits for the threads. NULL: nothing. */
void server_close(Server *server);

#endif
