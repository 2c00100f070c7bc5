/* One HTTP request from its headers to its answer: the page's files, or the API.
 *
 *   headers -> Host judged -> route found -> who asks judged -> body taken (bounded) -> handler ->
 * answer
 *
 * Who asks is judged before a byte of the body is taken, so that nobody unknown can fill memory. */
#ifndef AKASHI_SERVER_DOOR_HTTP_EXCHANGE_H
#define AKASHI_SERVER_DOOR_HTTP_EXCHANGE_H

#include "server/api/api_door.h"
#include "server/page/web_files.h"

#include <microhttpd.h>

#define HTTP_PATH_BYTES_MAX 2048
#define HTTP_METHOD_BYTES_MAX 16

typedef struct HttpFacts { /* set at start, then read-only */
    ApiDoor *api;
    const WebFiles *files; /* NULL: none are installed; then only the API answers */
    bool (*host_is_ours)(void *context, Slice host);
    void *context;
} HttpFacts;

typedef struct HttpExchange HttpExchange;

/* For MHD_OPTION_URI_LOG_CALLBACK: the exchange begins with the path as it was sent, because a
 * piece of it may hold %2F, which the library would make a slash. NULL: no memory. */
HttpExchange *http_exchange_new(const char *uri);
/* The library's access handler: called for the headers, for each piece of the body, and at its end.
 */
enum MHD_Result http_exchange_step(HttpFacts *facts, struct MHD_Connection *connection,
                                   const char *method, const char *upload, size_t *upload_bytes,
                                   HttpExchange *exchange);
/* With the bytes that come with the next step: it is the last one, and no more is due from the
 * client. false of NULL. */
bool http_exchange_is_whole(const HttpExchange *exchange, size_t upload_bytes);
/* It has been answered, and who asked has signed in: the client may take its time. false of NULL.
 */
bool http_exchange_is_kept(const HttpExchange *exchange);
/* In the library's completion call. NULL: nothing. */
void http_exchange_free(HttpExchange *exchange);

#endif
