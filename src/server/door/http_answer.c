#include "server/door/http_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Nothing inline, nothing from elsewhere, never in somebody else's frame. Pictures: a QR code is
 * one that was made here and is shown from a data: address. */
static const struct {
    const char *name, *value;
} fixed_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
     "'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"}, /* as frame-ancestors, for those who do not know that one */
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

static void add_fixed(struct MHD_Response *response, const char *type, bool is_secure)
{
    for (size_t i = 0; i < ARRAY_COUNT(fixed_headers); i++) {
        MHD_add_response_header(response, fixed_headers[i].name, fixed_headers[i].value);
    }
    if (is_secure)
        MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

static enum MHD_Result send_off(struct MHD_Connection *connection, unsigned status,
                                struct MHD_Response *response)
{
    enum MHD_Result sent = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return sent;
}

enum MHD_Result http_send_words(struct MHD_Connection *connection, unsigned status,
                                const char *words, bool is_secure)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(words), (void *)words, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    add_fixed(response, "text/plain; charset=utf-8", is_secure);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    return send_off(connection, status, response);
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool header_holds(struct MHD_Connection *connection, const char *name, const char *text)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value && strstr(value, text);
}

static struct MHD_Response *response_of(Slice bytes)
{
    return MHD_create_response_from_buffer(bytes.len, (void *)(uintptr_t)bytes.ptr,
                                           MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result http_send_file(struct MHD_Connection *connection, const WebFile *file,
                               bool is_secure)
{
    bool same = header_holds(connection, MHD_HTTP_HEADER_IF_NONE_MATCH, file->etag);
    bool packed =
        file->gzip.len > 0 && header_holds(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING, "gzip");
    struct MHD_Response *response = response_of(same     ? (Slice){0}
                                                : packed ? file->gzip
                                                         : file->bytes);
    if (!response) return MHD_NO;
    add_fixed(response, file->type, is_secure);
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, file->etag);
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                            file->is_constant ? "public, max-age=31536000, immutable" : "no-cache");
    if (packed && !same)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    return send_off(connection, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}

/* ---- the API --------------------------------------------------------------------------------- */

static ssize_t read_stream(void *context, uint64_t position, char *to, size_t bytes)
{
    (void)position;
    long count = api_stream_read(context, to, bytes, HTTP_STREAM_WAIT_MS);
    return count < 0 ? MHD_CONTENT_READER_END_OF_STREAM : count;
}

static void close_stream(void *context)
{
    api_stream_close(context);
}

static struct MHD_Response *response_of_answer(ApiAnswer *answer)
{
    if (answer->stream) {
        struct MHD_Response *response = MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, 65536, read_stream, answer->stream, close_stream);
        if (!response) api_stream_close(answer->stream);
        answer->stream = NULL;
        return response;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.len, answer->body.ptr, MHD_RESPMEM_MUST_FREE);
    if (!response) return NULL;
    answer->body = (Buf){0}; /* the library's from here on */
    return response;
}

static void add_cookie(struct MHD_Response *response, const ApiAnswer *answer, bool is_secure)
{
    char text[256], csrf[CSRF_TEXT_BYTES];
    const char *name = is_secure ? API_COOKIE_SECURE : API_COOKIE_LOOPBACK;
    const char *marks = is_secure ? "; Secure" : "";
    if (!answer->session_set && !answer->session_ended) return;
    snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name,
             answer->session_ended ? "" : answer->session, marks,
             answer->session_ended ? "; Max-Age=0" : "");
    MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, text);
    /* What the browser still holds of this origin goes, too. Not "cookies": those are of the host,
     * whatever its port, and others may live there. */
    if (answer->session_ended)
        MHD_add_response_header(response, "Clear-Site-Data", "\"cache\", \"storage\"");
    /* Bound to the session's id: with a new id the one that the page holds is worth nothing. */
    if (!answer->session_ended && account_csrf_of(slice_from_cstr(answer->session), csrf) == 0)
        MHD_add_response_header(response, "Akashi-CSRF", csrf);
}

static void add_answer_headers(struct MHD_Response *response, const ApiAnswer *answer)
{
    char text[160];
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (answer->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (answer->retry_after_seconds > 0) {
        snprintf(text, sizeof text, "%u", answer->retry_after_seconds);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, text);
    }
    if (answer->file_name.len > 0) {
        snprintf(text, sizeof text, "attachment; filename=\"%.*s\"", SLICE_FMT(answer->file_name));
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, text);
    }
}

enum MHD_Result http_send_api(struct MHD_Connection *connection, ApiRequest *request,
                              bool is_secure)
{
    ApiAnswer *answer = &request->answer;
    int error = buf_error(&answer->body);
    if (!answer->stream && (error || answer->status == 0)) {
        api_fail_error(request, error ? error : -EPROTO);
    }
    struct MHD_Response *response = response_of_answer(answer);
    if (!response) return MHD_NO;
    add_fixed(response, answer->type ? answer->type : "application/json", is_secure);
    add_answer_headers(response, answer);
    add_cookie(response, answer, is_secure);
    return send_off(connection, answer->status, response);
}
