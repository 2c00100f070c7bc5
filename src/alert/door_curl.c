/* The door by libcurl: HTTP, SMTP and bare TCP or TLS, all with time limits, verified certificates,
 * no redirects, and answers that are not kept. */
#include "alert/sink.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#define CONNECT_SECONDS 10L
#define ANSWER_BYTES_MAX ((size_t)64 << 10) /* of what the other side says; more ends the call */

static void init_once(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static CURL *new_handle(const NotifyConfig *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    unsigned seconds = config->time_out_seconds ? config->time_out_seconds : NOTIFY_TIME_OUT;
    pthread_once(&once, init_once);
    CURL *curl = curl_easy_init();
    if (!curl) return NULL;
    if (seconds > NOTIFY_TIME_OUT_MAX) seconds = NOTIFY_TIME_OUT_MAX;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)seconds);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (is_given(config->ca_file)) curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca_file);
    return curl;
}

static int error_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK: return 0;
    case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
    case CURLE_COULDNT_CONNECT: return -ECONNREFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return -EHOSTUNREACH;
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED: return -EACCES;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED: return -EPROTO;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return -EINVAL;
    case CURLE_OUT_OF_MEMORY: return -ENOMEM;
    default: return -EIO;
    }
}

/* What the other side says is nobody's business; too much of it is a mistake or an attack. */
static size_t drop_answer(char *bytes, size_t size, size_t count, void *context)
{
    size_t *left = context;
    (void)bytes;
    if (size * count > *left) return 0;
    *left -= size * count;
    return count;
}

static CURLcode perform(CURL *curl, int *ret_status)
{
    size_t left = ANSWER_BYTES_MAX;
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &left);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    *ret_status = (int)status;
    return code;
}

/* ---- HTTP */

static struct curl_slist *list_of(const char *const *texts, size_t most, int *ret_error)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < most && texts[i]; i++) {
        struct curl_slist *longer = curl_slist_append(list, texts[i]);
        if (!longer) *ret_error = -ENOMEM;
        if (longer) list = longer;
    }
    return list;
}

static int http_by_curl(void *context, const NotifyConfig *config, const HttpSend *send,
                        int *ret_status)
{
    int r = 0;
    (void)context;
    CURL *curl = new_handle(config);
    if (!curl) return -ENOMEM;
    struct curl_slist *headers = list_of(send->headers, SINK_HEADERS_MAX, &r);
    curl_easy_setopt(curl, CURLOPT_URL, send->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "akashi");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, send->body.ptr);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)send->body.len);
    if (r == 0) r = error_of(perform(curl, ret_status));
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    if (*ret_status == 401 || *ret_status == 403) return -EACCES;
    if (r == 0 && (*ret_status < 200 || *ret_status > 299)) r = -EREMOTEIO;
    return r;
}

/* ---- SMTP */

static size_t read_message(char *to, size_t size, size_t count, void *context)
{
    Slice *left = context;
    size_t bytes = size * count < left->len ? size * count : left->len;
    memcpy(to, left->ptr, bytes);
    *left = slice_skip(*left, bytes);
    return bytes;
}

static void set_mail_server(CURL *curl, const NotifyConfig *config)
{
    char url[512];
    bool tls = config->mail_security == SECURITY_TLS;
    snprintf(url, sizeof url, "%s://%s", tls ? "smtps" : "smtp", config->mail_server);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    /* ALL: without STARTTLS nothing is sent, so that nobody on the way can take it out. */
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     config->mail_security == SECURITY_NONE ? (long)CURLUSESSL_NONE
                                                            : (long)CURLUSESSL_ALL);
}

static int mail_by_curl(void *context, const NotifyConfig *config, const MailSend *send,
                        int *ret_status)
{
    int r = 0;
    (void)context;
    Slice left = send->message;
    CURL *curl = new_handle(config);
    if (!curl) return -ENOMEM;
    struct curl_slist *recipients = list_of(send->recipients, SINK_RECIPIENTS_MAX, &r);
    set_mail_server(curl, config);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, send->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    /* One address that left the company must not keep the others from hearing. */
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    if (send->password) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, config->mail_user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, send->password);
    }
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_message);
    curl_easy_setopt(curl, CURLOPT_READDATA, &left);
    if (r == 0) r = error_of(perform(curl, ret_status));
    curl_easy_cleanup(curl);
    curl_slist_free_all(recipients);
    return r == -EIO && *ret_status >= 400 ? -EREMOTEIO : r;
}

/* ---- bare bytes */

static int send_all(CURL *curl, Slice bytes, unsigned seconds)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
    for (unsigned waited = 0; bytes.len > 0;) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(curl, bytes.ptr, bytes.len, &sent);
        bytes = slice_skip(bytes, sent);
        if (code == CURLE_OK) continue;
        if (code != CURLE_AGAIN) return error_of(code) == -EIO ? -EPIPE : error_of(code);
        if (waited++ >= seconds) return -ETIMEDOUT;
        struct curl_waitfd wait = {.fd = socket, .events = CURL_WAIT_POLLOUT};
        CURLM *multi = curl_multi_init();
        if (!multi) return -ENOMEM;
        curl_multi_poll(multi, &wait, 1, 1000, NULL);
        curl_multi_cleanup(multi);
    }
    return 0;
}

static int line_by_curl(void *context, const NotifyConfig *config, Slice bytes)
{
    char url[512];
    int status;
    (void)context;
    CURL *curl = new_handle(config);
    if (!curl) return -ENOMEM;
    snprintf(url, sizeof url, "%s://%s", config->syslog_security == SECURITY_TLS ? "https" : "http",
             config->syslog_server);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L); /* the socket alone, nothing of HTTP */
    curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    int r = error_of(perform(curl, &status));
    if (r == 0) r = send_all(curl, bytes, NOTIFY_TIME_OUT);
    curl_easy_cleanup(curl);
    return r;
}

const Door door_curl = {.http = http_by_curl, .mail = mail_by_curl, .line = line_by_curl};
