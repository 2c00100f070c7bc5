/* TLS for the doors (OpenSSL; TLS 1.2 and later): certificates, and who may come in.
 *
 * Mutual authentication as RFC 5425 (4.2, 5.2) has it: a client shows a certificate of the
 * authority given, or one whose SHA-256 fingerprint is listed; with names listed, its name
 * (subjectAltName dNSName, else common name, RFC 6125) must be one of them. */
#ifndef AKASHI_COLLECT_DOOR_TLS_H
#define AKASHI_COLLECT_DOOR_TLS_H

#include "base/complaint.h"
#include "os/os.h"

#define DOOR_TLS_PEERS_MAX 64
#define DOOR_TLS_CERTIFICATES_MAX 8
#define DOOR_TLS_TEXT_BYTES 256

typedef struct DoorTls DoorTls; /* set at start, then read-only */

typedef struct DoorTlsOptions {
    const char *certificate; /* PEM files with chain, commas between; the name asked for decides */
    const char *key;         /* as many PEM files, in the same order */
    const char *authority;   /* PEM of who may sign clients; empty: none */
    const char *peers; /* names and `sha256:HEX...` fingerprints, commas between; empty: any */
} DoorTlsOptions;

/* -EINVAL with the complaint: which file, and what is wrong with it. */
MUST_USE int door_tls_new(const DoorTlsOptions *options, DoorTls **ret, Complaint *complaint);
void door_tls_free(DoorTls *tls); /* NULL: nothing */
/* Whether clients must show a certificate. */
bool door_tls_asks_clients(const DoorTls *tls);

/* One connection's. */
typedef struct DoorTlsLink DoorTlsLink;
#define DOOR_TLS_HEAD_BYTES 5

/* `head`: bytes read off the descriptor already. `ask`: the client must show who it is. NULL: no
 * memory. */
DoorTlsLink *door_tls_link_new(const DoorTls *tls, const Os *os, int fd, Slice head, bool ask);
void door_tls_link_free(DoorTlsLink *link); /* says goodbye; NULL: nothing */
/* As os->read and os->send, with the handshake before the first byte: -EAGAIN also when only the
 * other direction is ready, *ret_wants_write says so. -EPROTO: no TLS, or a certificate that is not
 * let in. */
ssize_t door_tls_read(DoorTlsLink *link, void *to, size_t bytes, bool *ret_wants_write);
ssize_t door_tls_send(DoorTlsLink *link, const void *from, size_t bytes, bool *ret_wants_read);
/* Bytes are decrypted already: no need to wait for the descriptor. */
bool door_tls_has_more(const DoorTlsLink *link);
bool door_tls_is_open(const DoorTlsLink *link); /* the handshake is over */

#endif
