/* Keys of what stands beside the store (alerts.db, accounts.db): of their own, wrapped under the
 * store's key-encryption key, so that a change of that key touches one small file. */
#ifndef AKASHI_MAIN_SIDE_KEYS_H
#define AKASHI_MAIN_SIDE_KEYS_H

#include "account/account.h"
#include "alert/alert_cipher.h"
#include "os/os.h"
#include "store/crypt/secret.h"

typedef enum SideUse { SIDE_ALERTS, SIDE_ACCOUNTS } SideUse;

typedef struct SideKeys {
    Secret *seal, *tag;
} SideKeys;

/* FOLDER/side.key holds a random master key, wrapped under the KEK (XAES-256-GCM); made, with the
 * folder, where there is none. For each use two keys are derived of it (HMAC-SHA256 with labels),
 * so that none says anything of the others. Pieces are sealed with XAES-256-GCM and a random nonce.
 * -ENOKEY: it is wrapped under another KEK; -EBADMSG: it is no such file; -ENOMEM; what the system
 * said. */
MUST_USE int side_keys_open(const Os *os, const char *folder, const Secret *kek, SideUse use,
                            SideKeys *ret);
void side_keys_done(SideKeys *keys);

/* Their context is the keys: they must not move. */
AlertCipher side_keys_alerts(const SideKeys *keys);
AccountCipher side_keys_accounts(const SideKeys *keys);

/* For a change of the KEK, safe against a power cut: before it, under both; after it, under the new
 * one (`and` NULL). 0 also where there is no side.key. As side_keys_open. */
MUST_USE int side_keys_rewrap(const Os *os, const char *folder, const Secret *kek,
                              const Secret *and);

#endif
