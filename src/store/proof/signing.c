/* See signing.h. */
#include "store/proof/signing.h"

#include <errno.h>
#include <openssl/evp.h>

int signing_public(const Secret *private_key, PublicKey *ret)
{
    size_t bytes = sizeof ret->bytes;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_read(private_key),
                                                 secret_len(private_key));
    int good = key ? EVP_PKEY_get_raw_public_key(key, ret->bytes, &bytes) : 0;
    EVP_PKEY_free(key);
    return good == 1 && bytes == sizeof ret->bytes ? 0 : -EIO;
}

int signing_sign(const Secret *private_key, Slice message, uint8_t ret[SIGNATURE_BYTES])
{
    size_t bytes = SIGNATURE_BYTES;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_read(private_key),
                                                 secret_len(private_key));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestSign(context, ret, &bytes, (const uint8_t *)message.ptr, message.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good && bytes == SIGNATURE_BYTES ? 0 : -EIO;
}

bool signing_verify(const PublicKey *key, Slice message, const uint8_t signature[SIGNATURE_BYTES])
{
    EVP_PKEY *public_key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->bytes, sizeof key->bytes);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = public_key && context &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
                EVP_DigestVerify(context, signature, SIGNATURE_BYTES, (const uint8_t *)message.ptr,
                                 message.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return good;
}
