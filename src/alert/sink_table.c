/* All sinks, and what several of them do alike. */
#include "alert/sink.h"

#include "alert/alert_words.h"
#include "base/digest.h"
#include "base/json_text.h"

#include <errno.h>
#include <fcntl.h>

const AlertSink *const alert_sinks[ALERT_SINK_COUNT] = {
    &sink_mail,     &sink_webhook,   &sink_slack,  &sink_teams,
    &sink_chatwork, &sink_lineworks, &sink_syslog,
};

int sink_read_secret(const Os *os, const char *path, char to[SINK_SECRET_BYTES_MAX])
{
    FileInfo info;
    int r = os->info(os->state, path, &info);
    if (r < 0) return r;
    if (info.mode & 077) return -EPERM;
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    ssize_t got = os_read_full(os, file.fd, to, SINK_SECRET_BYTES_MAX - 1);
    if (got < 0) return (int)got;
    to[got] = '\0';
    to[strcspn(to, "\r\n")] = '\0';
    return to[0] ? 0 : -ENODATA;
}

int sink_post_to_secret_url(const SinkCall *call, const char *url_file, Slice body)
{
    char url[SINK_SECRET_BYTES_MAX];
    int status = 0;
    int r = sink_read_secret(call->os, url_file, url);
    const HttpSend send = {.url = url, .headers = {"Content-Type: application/json"}, .body = body};
    if (r == 0) r = call->door->http(call->door->context, call->config, &send, &status);
    explicit_bzero(url, sizeof url);
    return r;
}

void sink_add_member(Buf *to, const char *name, Slice value)
{
    bool first = to->len == 0 || to->ptr[to->len - 1] == '{';
    if (!first) buf_add_char(to, ',');
    json_add_string(to, slice_from_cstr(name));
    buf_add_char(to, ':');
    json_add_string(to, value);
}

void sink_add_chat_text(Buf *to, const Notice *notice)
{
    buf_add_slice(to, notice->summary);
    if (notice->page_link.len == 0) return;
    const AlertPart parts[ALERT_PARTS_MAX] = {{"link", notice->page_link}};
    alert_words_add(to, "tell.link", notice->language, parts);
    buf_add_char(to, '\n');
}

void base64_mime_add(Buf *to, Slice bytes, size_t line_chars)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    size_t chars = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t three = (uint32_t)in[i] << 16;
        if (left > 1) three |= (uint32_t)in[i + 1] << 8;
        if (left > 2) three |= in[i + 2];
        char four[4] = {letters[three >> 18], letters[three >> 12 & 63],
                        left > 1 ? letters[three >> 6 & 63] : '=',
                        left > 2 ? letters[three & 63] : '='};
        buf_add(to, four, 4);
        chars += 4;
        if (line_chars > 0 && chars % line_chars == 0) buf_add_cstr(to, "\r\n");
    }
    if (line_chars > 0 && chars % line_chars != 0) buf_add_cstr(to, "\r\n");
}

void hmac_hex(Slice key, Slice message, char ret[65])
{
    unsigned char inner[64] = {0}, outer[64];
    if (key.len > sizeof inner) {
        Digest shortened = digest_sha256(&key, 1);
        memcpy(inner, shortened.bytes, sizeof shortened.bytes);
    } else if (key.len > 0) {
        memcpy(inner, key.ptr, key.len);
    }
    for (size_t i = 0; i < sizeof inner; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    const Slice first[] = {slice_of(inner, sizeof inner), message};
    Digest digest = digest_sha256(first, 2);
    const Slice second[] = {slice_of(outer, sizeof outer),
                            slice_of(digest.bytes, sizeof digest.bytes)};
    digest = digest_sha256(second, 2);
    for (size_t i = 0; i < sizeof digest.bytes; i++) {
        ret[2 * i] = "0123456789abcdef"[digest.bytes[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[digest.bytes[i] & 15];
    }
    ret[64] = '\0';
    explicit_bzero(inner, sizeof inner);
    explicit_bzero(outer, sizeof outer);
}
