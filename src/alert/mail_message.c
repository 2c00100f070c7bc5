/* The mail of a notice: plain text and HTML of the page, and the page on paper. Everything that is
 * not ours is inside base64, or in an encoded word: no byte of a log can become a header or a
 * boundary. */
#include "alert/sink.h"

#include "alert/alert_words.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>

#define ENCODED_BYTES_MAX 45 /* RFC 2047, 2: an encoded word has at most 75 characters */
#define MIME_LINE_CHARS 76   /* RFC 2045, 6.8 */

static void add_encoded_words(Buf *to, Slice text)
{
    bool first = true;
    while (text.len > 0) {
        Slice rest = text;
        size_t len = 0;
        while (rest.len > 0) { /* a character stands in one word as a whole (RFC 2047, 5) */
            Slice next = rest;
            uint32_t c = utf8_take(&next);
            size_t step = (size_t)(next.ptr - rest.ptr);
            if (c == 0xfffd && step == 1) break; /* cleaned texts have none */
            if (len + step > ENCODED_BYTES_MAX) break;
            len += step;
            rest = next;
        }
        if (len == 0) return;
        buf_add_cstr(to, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        base64_mime_add(to, slice_first(text, len), 0);
        buf_add_cstr(to, "?=");
        text = slice_skip(text, len);
        first = false;
    }
}

/* RFC 5322, 3.3; always English (there is no other). */
static void add_date(Buf *to, int64_t ns, int zone_offset_seconds)
{
    CivilTime t = time_to_civil(ns + zone_offset_seconds * NS_PER_SECOND);
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    int64_t day = (time_days_from_civil(t.year, t.month, t.day) % 7 + 7) % 7;
    int minutes = zone_offset_seconds / 60;
    buf_add_format(to, "Date: %.3s, %d %.3s %d %02d:%02d:%02d %c%02d%02d\r\n", days + 3 * day,
                   t.day, months + 3 * (t.month - 1), t.year, t.hour, t.minute, t.second,
                   minutes < 0 ? '-' : '+', (minutes < 0 ? -minutes : minutes) / 60,
                   (minutes < 0 ? -minutes : minutes) % 60);
}

static Slice domain_of(const char *from)
{
    const char *at = strrchr(from, '@');
    return at && at[1] ? slice_from_cstr(at + 1) : SLICE("akashi.invalid");
}

/* One thread a story (RFC 5322, 3.6.4): every mail of it refers to the same first id, which need
 * not be a mail that was ever sent. */
static void add_ids(Buf *to, const Notice *notice, const char *from)
{
    Slice domain = domain_of(from);
    buf_add_format(to, "Message-ID: <%.*s@%.*s>\r\n", SLICE_FMT(notice->id), SLICE_FMT(domain));
    if (notice->thread.len == 0) return;
    buf_add_format(to, "In-Reply-To: <%.*s@%.*s>\r\nReferences: <%.*s@%.*s>\r\n",
                   SLICE_FMT(notice->thread), SLICE_FMT(domain), SLICE_FMT(notice->thread),
                   SLICE_FMT(domain));
}

static void add_headers(Buf *to, const Notice *notice, const char *from, const char *recipients)
{
    buf_add_format(to, "From: Akashi <%s>\r\nTo: ", from);
    for (const char *at = recipients; *at; at++) {
        if (*at == ',')
            buf_add_cstr(to, ",\r\n ");
        else if (*at != ' ')
            buf_add_char(to, *at);
    }
    buf_add_cstr(to, "\r\nSubject: ");
    add_encoded_words(to, notice->subject);
    buf_add_cstr(to, "\r\n");
    add_date(to, notice->now_ns, notice->zone_offset_seconds);
    add_ids(to, notice, from);
    /* RFC 3834: no out-of-office answers to this. */
    buf_add_cstr(to, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    if (notice->level >= FINDING_HIGH && notice->kind != NOTICE_CLOSED)
        buf_add_cstr(to, "Importance: high\r\n");
}

static void add_part(Buf *to, const char *boundary, const char *type, Slice content)
{
    buf_add_format(to, "--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                   boundary, type);
    base64_mime_add(to, content, MIME_LINE_CHARS);
}

static void add_text_of(Buf *to, const Notice *notice)
{
    sink_add_chat_text(to, notice);
    if (!notice->page) return;
    buf_add_char(to, '\n');
    page_add_text(to, notice->page);
}

/* Boundaries hold =_, which base64 never does (RFC 2045, 6.7, note). */
static int add_single(Buf *to, const Notice *notice)
{
    CLEANUP(buf_done) Buf text = {0};
    CLEANUP(buf_done) Buf html = {0};
    CLEANUP(buf_done) Buf pdf = {0};
    char type[128];
    add_text_of(&text, notice);
    page_add_html(&html, notice->page);
    int r = page_add_pdf(&pdf, notice->page);
    if (r < 0) return r;
    if (buf_error(&text) < 0 || buf_error(&html) < 0) return -ENOMEM;
    buf_add_cstr(to, "Content-Type: multipart/mixed; boundary=\"=_akashi_mixed\"\r\n\r\n"
                     "--=_akashi_mixed\r\nContent-Type: multipart/alternative; "
                     "boundary=\"=_akashi_text\"\r\n\r\n");
    add_part(to, "=_akashi_text", "text/plain; charset=utf-8", buf_slice(&text));
    add_part(to, "=_akashi_text", "text/html; charset=utf-8", buf_slice(&html));
    buf_add_cstr(to, "--=_akashi_text--\r\n\r\n");
    snprintf(type, sizeof type,
             "application/pdf\r\nContent-Disposition: attachment; filename=\"akashi-%llu.pdf\"",
             (unsigned long long)notice->page->id);
    add_part(to, "=_akashi_mixed", type, buf_slice(&pdf));
    buf_add_cstr(to, "--=_akashi_mixed--\r\n");
    return 0;
}

static int add_plain(Buf *to, const Notice *notice)
{
    CLEANUP(buf_done) Buf text = {0};
    add_text_of(&text, notice);
    buf_add_cstr(to, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                     "base64\r\n\r\n");
    base64_mime_add(to, buf_slice(&text), MIME_LINE_CHARS);
    return buf_error(&text);
}

int mail_message_add(Buf *to, const Notice *notice, const char *from, const char *recipients)
{
    add_headers(to, notice, from, recipients);
    int r = notice->page ? add_single(to, notice) : add_plain(to, notice);
    return r < 0 ? r : buf_error(to);
}
