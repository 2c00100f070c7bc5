/* Key material: kept out of swap and core files where the system allows it, wiped when freed, never
 * printed. A key-encryption key (KEK) is a Secret of 32 bytes from a key file or a passphrase.
 *
 * Memory of a Secret is pages of its own: mlock(2) is tried (its failure, as under a small
 * RLIMIT_MEMLOCK, is not an error), core dumps leave it out (MADV_DONTDUMP), children of fork get
 * zeros (MADV_WIPEONFORK). These calls touch only the process itself, so they do not go through
 * an Os. */
#ifndef AKASHI_STORE_SECRET_H
#define AKASHI_STORE_SECRET_H

#include "base/complaint.h"
#include "os/os.h"

typedef struct Secret Secret;

#define SECRET_BYTES_MAX ((size_t)64 << 10)
#define KEK_BYTES 32

/* Zeroed. NULL: no memory, or bytes is 0 or over SECRET_BYTES_MAX. */
Secret *secret_new(size_t bytes);
/* Wipes, then frees. NULL: nothing. */
void secret_free(Secret *secret);
static inline void secret_done(Secret **held)
{
    secret_free(*held);
}
uint8_t *secret_bytes(Secret *secret);
const uint8_t *secret_read(const Secret *secret);
size_t secret_len(const Secret *secret);
/* In a time that does not depend on the bytes; different lengths differ at once. */
bool secret_eq(const Secret *a, const Secret *b);
/* From the system's generator. -ENOMEM, or what the Os said. */
MUST_USE int secret_random(const Os *os, size_t bytes, Secret **ret);

/* A KEK from a file of exactly 32 bytes, or of one line of base64 (RFC 4648 section 4, padded) that
 * stands for 32 bytes. Refused with a complaint: -EACCES the file can be read by group or others;
 * -EINVAL it is neither; -ENOENT and others what the system said. */
MUST_USE int secret_from_key_file(const Os *os, const char *path, Secret **ret,
                                  Complaint *complaint);

/* How a passphrase is stretched (Argon2id, RFC 9106), kept beside the store in a small file:
 *   akashi passphrase 1\n  memory_kib N\n  passes N\n  lanes N\n  salt BASE64\n
 * Not secret. Below 64 MiB or 3 passes the file is refused: somebody weakened it. */
typedef struct Stretching {
    uint32_t memory_kib, passes, lanes;
    uint8_t salt[16];
} Stretching;
#define STRETCHING_MEMORY_KIB_MIN ((uint32_t)64 << 10)
#define STRETCHING_MEMORY_KIB_MAX ((uint32_t)1 << 20)
#define STRETCHING_PASSES_MIN 3u
#define STRETCHING_PASSES_MAX 64u
#define STRETCHING_LANES_MAX 16u

/* 32 bytes by Argon2id version 0x13, any parameters. -ENOMEM, -EINVAL: parameters Argon2 refuses.
 */
MUST_USE int secret_stretch(Slice passphrase, const Stretching *how, Secret **ret);
/* A KEK from a passphrase and the file at `path`, which is made (mode 0600, synced) with a new salt
 * and the least parameters when it is absent. -EINVAL: empty passphrase; -EPROTO: the file is
 * damaged, weakened or of a newer version; -ENOMEM; what the system said. */
MUST_USE int secret_from_passphrase(const Os *os, const char *path, Slice passphrase, Secret **ret,
                                    Complaint *complaint);

#endif
