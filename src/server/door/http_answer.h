/* Answers over libmicrohttpd: the headers that all of them carry, and their three forms. */
#ifndef AKASHI_SERVER_DOOR_HTTP_ANSWER_H
#define AKASHI_SERVER_DOOR_HTTP_ANSWER_H

#include "server/api/api_request.h"
#include "server/page/web_files.h"

#include <microhttpd.h>

#define HTTP_STREAM_WAIT_MS 1000 /* then the connection's thread looks whether it is to end */

/* Takes over body or stream. is_secure: the cookie is marked so, and HSTS is said. */
enum MHD_Result http_send_api(struct MHD_Connection *connection, ApiRequest *request,
                              bool is_secure);
enum MHD_Result http_send_file(struct MHD_Connection *connection, const WebFile *file,
                               bool is_secure);
/* Words that live as long as the program; for what is refused before it is looked at. */
enum MHD_Result http_send_words(struct MHD_Connection *connection, unsigned status,
                                const char *words, bool is_secure);

#endif
