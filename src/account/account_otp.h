/* One-time codes: HOTP and TOTP (RFC 4226, RFC 6238), base32 (RFC 4648, 6), the otpauth URI, the QR
 * code. Pure. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_OTP_H
#define AKASHI_ACCOUNT_ACCOUNT_OTP_H

#include "base/buf.h"
#include "base/cleanup.h"

#define OTP_SEED_BYTES 20 /* RFC 4226, 4, R6 recommends 160 bits */
#define OTP_STEP_SECONDS 30
#define OTP_DIGITS 6
#define OTP_WINDOW 1 /* steps before and after: for clocks that differ by up to 30 s */

/* The code of a step: floor(seconds since 1970 / OTP_STEP_SECONDS). SHA-1, as all authenticators
 * know it; HMAC with it is not touched by its collisions. */
uint32_t otp_code(Slice seed, uint64_t step);
int64_t otp_step_of(int64_t now_ns);
/* Six digits; blanks within are skipped, full-width digits are digits. -EINVAL: anything else. */
MUST_USE int otp_parse(Slice text, uint32_t *ret);
/* Which step of the window has this code: 0 and *ret_step; -EACCES: none. All steps are computed in
 * any case. */
MUST_USE int otp_find(Slice seed, int64_t now_ns, uint32_t code, int64_t *ret_step);

/* Without padding, capital letters. */
void base32_add(Buf *to, Slice bytes);
/* Small letters, blanks, hyphens and padding at the end are taken, too. Appends. -EBADMSG: not
 * base32, or not the one form (left-over bits must be zero). */
MUST_USE int base32_decode(Slice text, Buf *to);

/* otpauth://totp/ISSUER:NAME?secret=...&issuer=... (Key Uri Format of Google Authenticator). */
void otp_uri_add(Buf *to, Slice issuer, Slice name, Slice seed);

/* The text as a QR code (ISO/IEC 18004, level M), an SVG of one path with the quiet zone of four
 * modules, black on white in any theme, no script, no style. title: read aloud. -E2BIG: too long
 * for one; -ENOMEM. */
MUST_USE int qr_svg_add(Buf *to, Slice text, Slice title);

#endif
