/* See secret.h: the type itself. */
#include "store/crypt/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

struct Secret {
    size_t mapped_bytes;
    size_t bytes;
    uint8_t data[];
};

#define PAGE_BYTES ((size_t)4096)

Secret *secret_new(size_t bytes)
{
    if (bytes == 0 || bytes > SECRET_BYTES_MAX) return NULL;
    size_t mapped = (sizeof(Secret) + bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    void *pages = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return NULL;
    (void)mlock(pages, mapped);
    (void)madvise(pages, mapped, MADV_DONTDUMP);
    (void)madvise(pages, mapped, MADV_WIPEONFORK);
    Secret *secret = pages;
    secret->mapped_bytes = mapped;
    secret->bytes = bytes;
    return secret;
}

void secret_free(Secret *secret)
{
    if (!secret) return;
    size_t mapped = secret->mapped_bytes;
    explicit_bzero(secret, mapped);
    (void)munmap(secret, mapped);
}

uint8_t *secret_bytes(Secret *secret)
{
    return secret->data;
}

const uint8_t *secret_read(const Secret *secret)
{
    return secret->data;
}

size_t secret_len(const Secret *secret)
{
    return secret->bytes;
}

bool secret_eq(const Secret *a, const Secret *b)
{
    return a->bytes == b->bytes && CRYPTO_memcmp(a->data, b->data, a->bytes) == 0;
}

int secret_random(const Os *os, size_t bytes, Secret **ret)
{
    Secret *secret = secret_new(bytes);
    if (!secret) return -ENOMEM;
    int r = os->random(os->state, secret->data, bytes);
    if (r < 0) {
        secret_free(secret);
        return r;
    }
    *ret = secret;
    return 0;
}
