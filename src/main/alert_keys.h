/* The stories' cipher under the store's key-encryption key. */
#ifndef AKASHI_MAIN_ALERT_KEYS_H
#define AKASHI_MAIN_ALERT_KEYS_H

#include "alert/alert_cipher.h"
#include "store/crypt/secret.h"

typedef struct AlertKeys {
    Secret *seal, *tag;
    AlertCipher cipher; /* its context is this struct: it must not move */
} AlertKeys;

/* Two keys derived from the KEK (HMAC-SHA256 with labels), so that neither says anything of the
 * other or of the KEK. Pieces are sealed with XAES-256-GCM and a random nonce. -ENOMEM. */
MUST_USE int alert_keys_make(const Secret *kek, AlertKeys *ret);
void alert_keys_done(AlertKeys *keys);

#endif
