/* Passwords: what may be one, and their hashes.
 *
 * A password is PASSWORD_CHARACTERS_MIN characters or more of any kind, PASSWORD_BYTES_MAX bytes at
 * most, with no rule of composition and no date on which it ends (NIST SP 800-63B, 5.1.1.2; OWASP
 * ASVS 5.0, 6.2). It is normalised to NFKC before it is counted, judged and hashed: the same keys
 * give the same password when an input method stands on full-width letters or half-width katakana,
 * and on systems that send letters and marks apart. NFKC and not NFC, because those two widths are
 * what Japanese keyboards mix up; what it takes away (some ligatures, circled digits) is a fraction
 * of a bit. Code points that Unicode has not assigned yet are refused: their normal form may still
 * change. Nothing is cut or trimmed. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_PASSWORD_H
#define AKASHI_ACCOUNT_ACCOUNT_PASSWORD_H

#include "base/buf.h"
#include "base/complaint.h"
#include "os/os.h"

#define PASSWORD_CHARACTERS_MIN 12
#define PASSWORD_BYTES_MAX 256 /* normalised, in UTF-8; at least 64 characters of any kind fit */
#define PASSWORD_INPUT_BYTES_MAX 1024 /* as typed; what is longer is refused unlooked at */

/* Argon2id (RFC 9106) version 0x13. */
#define PASSWORD_MEMORY_KIB ((unsigned)64 << 10)
#define PASSWORD_PASSES 3u
#define PASSWORD_HASHES_MAX 2 /* at once: 128 MiB */
#define PASSWORD_QUEUE_MAX                                                                         \
    8                           /* waiting; past it -EBUSY. The last two places are for trusted    \
                                   networks alone */
#define PASSWORD_HASH_BYTES 128 /* the text, $argon2id$v=19$m=...; NUL included */

/* Normalised; the caller wipes ret with password_wipe. -EINVAL: not UTF-8, a NUL or control
 * character, an unassigned code point, or over a maximum. */
typedef struct Password {
    char bytes[PASSWORD_BYTES_MAX];
    size_t len;
    size_t characters;
} Password;
MUST_USE int password_take(Slice typed, Password *ret);
void password_wipe(Password *password);

/* What a new password must not be made of, besides what is common. */
typedef struct PasswordContext {
    Slice
        words[8]; /* user name, display name, mail, company...: taken apart at what is no letter */
    size_t word_count;
    Slice common; /* the administrator's file, one a line; sorted or not, any size up to
                     PASSWORD_COMMON_BYTES_MAX */
} PasswordContext;
#define PASSWORD_COMMON_BYTES_MAX ((size_t)32 << 20)

/* 0, or -EINVAL with a complaint: password.short, .long, .characters, .common, .context,
 * .repeated. */
MUST_USE int password_judge(Slice typed, const PasswordContext *context, Complaint *complaint);

/* Hashes, at most PASSWORD_HASHES_MAX at once. Shared by all threads of an Accounts. */
typedef struct PasswordGate PasswordGate;
typedef struct PasswordCost {
    unsigned memory_kib, passes;
} PasswordCost;
PasswordGate *password_gate_new(PasswordCost cost); /* NULL: no memory */
void password_gate_free(PasswordGate *gate);
/* How many hashes were begun and how many were refused, since it was made: what an attacker can
 * make us do is counted, not timed. */
uint64_t password_gate_hashes(PasswordGate *gate);
uint64_t password_gate_refusals(PasswordGate *gate);

/* -EBUSY: the queue is full; -ENOMEM; what the Os said of its randomness. */
MUST_USE int password_hash(PasswordGate *gate, const Os *os, const Password *password,
                           char ret[PASSWORD_HASH_BYTES]);
/* One hash in any case: hash NULL or "" (nobody has it) is compared with one of nobody's. 1: it is
 * the password; 0: it is not; -EBUSY; -ENOMEM. *ret_weaker (may be NULL): it was made at less cost
 * than now, so hash it again. */
MUST_USE int password_verify(PasswordGate *gate, const char *hash, const Password *password,
                             bool is_trusted, bool *ret_weaker);

#endif
