/* The second factor of a user: time-based codes (RFC 6238) and recovery codes. */
#ifndef AKASHI_ACCOUNT_ACCOUNT_FACTOR_H
#define AKASHI_ACCOUNT_ACCOUNT_FACTOR_H

#include "account/account_sign.h"

#define RECOVERY_CODE_COUNT 10
#define RECOVERY_CODE_BYTES 28 /* ABCDEF-GHJKMN-PQRSTV-WXYZ01 and a NUL: 120 bits */
#define FACTOR_PENDING_NS ((int64_t)15 * 60 * NS_PER_SECOND)

typedef struct FactorOffer {
    Slice uri;    /* otpauth://totp/... */
    Slice secret; /* the same in base32, in groups of four, to be typed */
    Slice svg;    /* the same as a QR code */
} FactorOffer;

typedef struct RecoveryCodes {
    char text[RECOVERY_CODE_COUNT][RECOVERY_CODE_BYTES];
} RecoveryCodes;

/* A new seed, which counts for nothing until it is confirmed within FACTOR_PENDING_NS. STAGE_FULL
 * or STAGE_ENROL, with a proof that is fresh. The offer lives in the arena: wipe what you copy. */
MUST_USE int account_factor_begin(Accounts *accounts, const AccountSelf *self, Arena *arena,
                                  FactorOffer *ret);
/* The first code of it. From then on the factor is asked for, an older one is gone, other sessions
 * end and this one takes a new id of STAGE_FULL. The recovery codes are shown this once. -EACCES:
 * wrong code (5 tries, then begin again); -ENOENT: nothing was begun, or too long ago. */
MUST_USE int account_factor_confirm(Accounts *accounts, Slice session, Slice code,
                                    const AccountClient *client, RecoveryCodes *ret_codes,
                                    SignedIn *ret);
/* Ten new ones, the old ones are worth nothing from then on. -ENOENT: no factor. */
MUST_USE int account_recovery_renew(Accounts *accounts, const AccountSelf *self,
                                    RecoveryCodes *ret_codes);
/* Own (fresh proof), or of another with MAY_MANAGE: then their sessions end, too. Where the role
 * needs one, the next sign-in asks to enrol again. -ENOENT. */
MUST_USE int account_factor_remove(Accounts *accounts, const AccountSelf *by, uint64_t user_id);

#endif
