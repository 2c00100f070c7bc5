/* Verification of Ed25519 signatures (RFC 8032 5.1.7). The times it takes depend on its inputs,
 * which are all public. */
#ifndef AKASHI_VERIFY_VERIFY_ED25519_H
#define AKASHI_VERIFY_VERIFY_ED25519_H

#include "verify/verify_hash.h"

#include <stdbool.h>

/* Stricter than the RFC where it leaves a choice, so that one signature has one form: S must be
 * below the group's order; the key must be encoded canonically and not be of small order; the
 * equation is checked without the cofactor, by comparing encodings, so R is canonical too. */
bool verify_ed25519(const uint8_t key[32], Bytes message, const uint8_t signature[64]);

#endif
