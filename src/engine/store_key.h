/* The key-encryption key of a store: from where, and made at the first start.
 *
 *   store.passphrase_file   its first line is a passphrase (Argon2id; how is kept beside the store)
 *   store.key_file          a key file (crypt/secret.h)
 *   neither                 the default key file, which is made when there is no store yet */
#ifndef AKASHI_ENGINE_STORE_KEY_H
#define AKASHI_ENGINE_STORE_KEY_H

#include "engine/settings.h"
#include "store/crypt/secret.h"

typedef struct StoreKeyOptions {
    const Settings *settings;
    const char *folder;       /* of the store */
    const char *default_path; /* of the key file */
    bool may_make;            /* the command writes */
} StoreKeyOptions;

#define STORE_PASSPHRASE_BYTES_MAX 4096

/* *ret_made: the default key file is new; the user is to be told to keep a copy. -ENOENT with the
 * complaint: there is a store, or nothing may be made, and the file is missing; as
 * secret_from_key_file and secret_from_passphrase; what the system said. Nothing is made where a
 * store is that was written with a key. */
MUST_USE int store_key_open(const Os *os, const StoreKeyOptions *options, Secret **ret,
                            bool *ret_made, Complaint *complaint);

/* A new key file, mode 0400, with its folder. -EEXIST: there is one; what the system said, with the
 * complaint. */
MUST_USE int store_key_make(const Os *os, const char *path, Complaint *complaint);

#endif
