/* The certificate that the page shows: the administrator's own, or one that we make and sign
 * ourselves, for a server that nobody outside the company reaches by name.
 *
 * Ours lies in FOLDER/tls (certificate.pem, key.pem 0600): EC P-256, for TLS_IDENTITY_DAYS, with
 * the address and the names it is asked for by; made anew at a start when it ends within
 * TLS_IDENTITY_RENEW_DAYS, or is for another address or name. */
#ifndef AKASHI_SERVER_DOOR_TLS_IDENTITY_H
#define AKASHI_SERVER_DOOR_TLS_IDENTITY_H

#include "base/complaint.h"
#include "os/os.h"

#define TLS_IDENTITY_DAYS 364
#define TLS_IDENTITY_RENEW_DAYS 30
#define TLS_IDENTITY_BYTES_MAX ((size_t)1 << 20)

typedef struct TlsIdentity {
    Arena arena;
    const char *certificate, *key; /* PEM, in the arena; the key is wiped by tls_identity_done */
    char fingerprint[96]; /* SHA-256 of the first certificate: AB:CD:... as browsers show it */
    bool is_made;         /* just now */
} TlsIdentity;

typedef struct TlsIdentityOptions {
    const Os *os;
    const char *folder;            /* of the data */
    const char *certificate, *key; /* files of the administrator's own; both NULL or "": ours */
    const char *address;           /* listened on */
    const char *machine;           /* its name; NULL: none */
} TlsIdentityOptions;

/* -EINVAL: one of the two files is missing, is no PEM, or they do not belong together; what the
 * system said: always with the complaint. */
MUST_USE int tls_identity_open(const TlsIdentityOptions *options, TlsIdentity *ret,
                               Complaint *complaint);
void tls_identity_done(TlsIdentity *identity);

#endif
