/* The web page and the HTTP API, over libmicrohttpd.
 *
 *   GET /              the page: q (query.h), from, to (a time, a minute or a day in the page's
 * zone), n (rows, at most SERVER_PAGE_ROWS_MAX), lang (ja, en) GET /live          rows newer than
 * number `after`, as a piece of the page; header Akashi-Newest GET /api/search    q, from, to,
 * limit: JSON lines as `akashi search --format json`; 400 with
 *                      {"error":words,"id":..,"column":n} for a bad query
 *   GET /api/status    JSON: the store's figures and the program's counters
 *   GET /page.css /page.js
 * HEAD as GET; any other method 405, any other path 404.
 *
 * It listens on one address. A request whose Host header is not that address, localhost, 127.0.0.1
 * or
 * [::1] (each with our port or none) gets 421: a foreign page cannot read ours through a name of
 * its own that it points here (DNS rebinding). When the address means all of the machine's, any IP
 * literal is taken too. Nothing here changes anything, so there is nothing to forge. A reader of
 * the store is opened for each request and closed with it. */
#ifndef AKASHI_SERVER_SERVER_H
#define AKASHI_SERVER_SERVER_H

#include "base/complaint.h"
#include "os/os.h"
#include "record/record.h"
#include "store/crypt/secret.h"

#define SERVER_CONNECTIONS_MAX 64      /* past 3/4 of them a new one ends the one idle longest */
#define SERVER_IDLE_SECONDS_MAX 15     /* without a byte either way; the connection is closed */
#define SERVER_REQUEST_BYTES_MAX 98304 /* request line and headers; past it 414 or 431 */
#define SERVER_SEARCHES_MAX 4          /* at once; more wait SERVER_WAIT_SECONDS_MAX, then 503 */
#define SERVER_WAIT_SECONDS_MAX 5
#define SERVER_SEARCH_SECONDS_MAX 10 /* then the page shows what was found; the API answers 504 */
#define SERVER_PAGE_ROWS_MAX 200
#define SERVER_PAGE_ROWS_DEFAULT 50
#define SERVER_API_ROWS_MAX 10000
#define SERVER_API_ROWS_DEFAULT 1000
#define SERVER_PAGE_BYTES_MAX                                                                      \
    ((size_t)8 << 20) /* rows past it are left out, and the page says so */
#define SERVER_API_BYTES_MAX ((size_t)64 << 20) /* past it 413 */
#define SERVER_COUNTERS_MAX 64

typedef struct ServerCounter {
    const char *name; /* static */
    uint64_t value;
} ServerCounter;

/* Copied where it is a text; the rest must live until server_close. */
typedef struct ServerOptions {
    const char *address; /* IPv4 or IPv6 literal */
    int port;            /* 0: any free one */
    const char *store_folder;
    const Secret *kek;
    Language language;              /* of a page that does not say lang= */
    int zone_offset_seconds;        /* of the page's times */
    int syslog_port;                /* told to those who have no logs yet; 0: none is open */
    size_t search_memory_bytes_max; /* as SearchOptions */
    size_t search_cache_bytes_max;  /* of what searches share; 0: nothing outlives a search */
    /* Fills at most count_max counters, returns how many; called by any thread. NULL: none. */
    size_t (*counters)(void *context, ServerCounter *to, size_t count_max);
    void *context;
} ServerOptions;

typedef struct Server Server;

/* Starts threads of its own. -EINVAL: no address; -EADDRINUSE, -EACCES, -EADDRNOTAVAIL...: with the
 * complaint in words; -ENOMEM. *ret untouched on failure. */
MUST_USE int server_open(const Os *os, const ServerOptions *options, Server **ret,
                         Complaint *complaint);
int server_port(const Server *server);
/* Ends running searches, closes all connections, waits for the threads. NULL: nothing. */
void server_close(Server *server);

#endif
