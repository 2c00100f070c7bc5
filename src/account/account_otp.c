/* See account_otp.h. */
#include "account/account_otp.h"

#include "base/time_text.h"
#include "base/utf8.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* ---- codes */

/* RFC 4226, 5.3: four bytes at an offset that the last nibble names, without the sign. */
static uint32_t truncate_mac(const uint8_t mac[20])
{
    const uint8_t *at = mac + (mac[19] & 0x0f);
    return ((uint32_t)(at[0] & 0x7f) << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) |
           at[3];
}

uint32_t otp_code(Slice seed, uint64_t step)
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE] = {0};
    unsigned len = 0;
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    HMAC(EVP_sha1(), seed.ptr, (int)seed.len, counter, sizeof counter, mac, &len);
    return truncate_mac(mac) % 1000000;
}

int64_t otp_step_of(int64_t now_ns)
{
    return now_ns / (OTP_STEP_SECONDS * NS_PER_SECOND);
}

int otp_parse(Slice text, uint32_t *ret)
{
    uint32_t code = 0;
    size_t digits = 0;
    if (text.len > 64) return -EINVAL;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (c >= 0xff10 && c <= 0xff19) c = c - 0xff10 + '0';
        if (c == ' ' || c == 0x3000 || c == '-') continue;
        if (c < '0' || c > '9' || ++digits > OTP_DIGITS) return -EINVAL;
        code = code * 10 + (c - '0');
    }
    if (digits != OTP_DIGITS) return -EINVAL;
    *ret = code;
    return 0;
}

int otp_find(Slice seed, int64_t now_ns, uint32_t code, int64_t *ret_step)
{
    int64_t now = otp_step_of(now_ns), found = -1;
    for (int64_t step = now - OTP_WINDOW; step <= now + OTP_WINDOW; step++) {
        if (step >= 0 && otp_code(seed, (uint64_t)step) == code) found = step;
    }
    if (found < 0) return -EACCES;
    *ret_step = found;
    return 0;
}

/* ---- base32 */

void base32_add(Buf *to, Slice bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t held = 0;
    int bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8) | (uint8_t)bytes.ptr[i];
        for (bits += 8; bits >= 5; bits -= 5)
            buf_add_char(to, letters[(held >> (bits - 5)) & 31]);
        held &= (1u << bits) - 1;
    }
    if (bits > 0) buf_add_char(to, letters[(held << (5 - bits)) & 31]);
}

static int base32_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

int base32_decode(Slice text, Buf *to)
{
    uint32_t held = 0;
    int bits = 0;
    size_t letters = 0;
    while (text.len > 0 && text.ptr[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ' || text.ptr[i] == '-') continue;
        int value = base32_value(text.ptr[i]);
        if (value < 0) return -EBADMSG;
        held = (held << 5) | (uint32_t)value;
        letters++;
        if ((bits += 5) < 8) continue;
        bits -= 8;
        buf_add_char(to, (char)(held >> bits));
        held &= (1u << bits) - 1;
    }
    /* RFC 4648, 6: 1, 3 and 6 letters of a group of eight stand for no whole byte. */
    size_t rest = letters % 8;
    if (held != 0 || rest == 1 || rest == 3 || rest == 6) return -EBADMSG;
    return buf_error(to) < 0 ? buf_error(to) : 0;
}

/* ---- the URI */

static void add_percent(Buf *to, Slice text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c && strchr(plain, c))
            buf_add_char(to, (char)c);
        else
            buf_add_format(to, "%%%02X", c);
    }
}

void otp_uri_add(Buf *to, Slice issuer, Slice name, Slice seed)
{
    buf_add_cstr(to, "otpauth://totp/");
    add_percent(to, issuer);
    buf_add_char(to, ':');
    add_percent(to, name);
    buf_add_cstr(to, "?secret=");
    base32_add(to, seed);
    buf_add_cstr(to, "&issuer=");
    add_percent(to, issuer);
    buf_add_format(to, "&algorithm=SHA1&digits=%d&period=%d", OTP_DIGITS, OTP_STEP_SECONDS);
}
