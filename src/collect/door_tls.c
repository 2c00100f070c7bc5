/* See door_tls.h. Bytes go through the Os table by a BIO of our own. */
#include "collect/door_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct TlsPeer {
    bool is_fingerprint;
    uint8_t fingerprint[32];
    char name[DOOR_TLS_TEXT_BYTES];
} TlsPeer;

struct DoorTls {
    SSL_CTX
    *contexts[DOOR_TLS_CERTIFICATES_MAX]; /* one a certificate; the first is the usual one */
    size_t context_count;
    BIO_METHOD *bio;
    TlsPeer peers[DOOR_TLS_PEERS_MAX];
    size_t peer_count;
    bool has_names, has_fingerprints, has_authority;
};

struct DoorTlsLink {
    const DoorTls *tls;
    const Os *os;
    SSL *ssl;
    int fd;
    bool asks, is_open;
    size_t head_len, head_at;
    char head[DOOR_TLS_HEAD_BYTES];
};

/* --- the way to the descriptor ---------------------------------------------------------------- */

static int bio_read(BIO *bio, char *to, int bytes)
{
    DoorTlsLink *link = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (bytes <= 0) return 0;
    if (link->head_at < link->head_len) {
        size_t some = link->head_len - link->head_at;
        if (some > (size_t)bytes) some = (size_t)bytes;
        memcpy(to, link->head + link->head_at, some);
        link->head_at += some;
        return (int)some;
    }
    ssize_t r = link->os->read(link->os->state, link->fd, to, (size_t)bytes);
    if (r == -EAGAIN) BIO_set_retry_read(bio);
    return r < 0 ? -1 : (int)r;
}

static int bio_write(BIO *bio, const char *from, int bytes)
{
    DoorTlsLink *link = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (bytes <= 0) return 0;
    ssize_t r = link->os->send(link->os->state, link->fd, from, (size_t)bytes);
    if (r == -EAGAIN) BIO_set_retry_write(bio);
    return r < 0 ? -1 : (int)r;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *bio_method_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "door");
    if (!method) return NULL;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

/* --- who is let in ---------------------------------------------------------------------------- */

static int fingerprint_read(Slice text, uint8_t ret[32])
{
    size_t count = 0;
    int high = -1;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (c == ':') continue;
        if (digit < 0 || count == 32) return -EINVAL;
        if (high >= 0) ret[count++] = (uint8_t)(high << 4 | digit);
        high = high < 0 ? digit : -1;
    }
    return count == 32 && high < 0 ? 0 : -EINVAL;
}

static int peer_add(DoorTls *tls, Slice text)
{
    const Slice mark = SLICE("sha256:");
    text = slice_trim(text);
    if (text.len == 0) return 0;
    if (tls->peer_count == DOOR_TLS_PEERS_MAX || text.len >= DOOR_TLS_TEXT_BYTES) return -EINVAL;
    TlsPeer *peer = &tls->peers[tls->peer_count];
    peer->is_fingerprint = slice_starts_nocase(text, mark);
    if (peer->is_fingerprint) {
        int r = fingerprint_read(slice_skip(text, mark.len), peer->fingerprint);
        if (r < 0) return r;
        tls->has_fingerprints = true;
    } else {
        memcpy(peer->name, text.ptr, text.len);
        tls->has_names = true;
    }
    tls->peer_count++;
    return 0;
}

static bool is_listed(const DoorTls *tls, X509 *certificate)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    if (!X509_digest(certificate, EVP_sha256(), digest, &bytes) || bytes != 32) return false;
    for (size_t i = 0; i < tls->peer_count; i++) {
        const TlsPeer *peer = &tls->peers[i];
        if (peer->is_fingerprint && memcmp(peer->fingerprint, digest, 32) == 0) return true;
    }
    return false;
}

static bool has_name(const DoorTls *tls, X509 *certificate)
{
    for (size_t i = 0; i < tls->peer_count; i++) {
        if (tls->peers[i].is_fingerprint) continue;
        if (X509_check_host(certificate, tls->peers[i].name, 0,
                            X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1) {
            return true;
        }
    }
    return false;
}

/* A listed fingerprint is enough; else the chain must hold, and the name be listed if any is. */
static bool may_come_in(const DoorTlsLink *link)
{
    const DoorTls *tls = link->tls;
    if (!link->asks) return true;
    X509 *certificate = SSL_get0_peer_certificate(link->ssl);
    if (!certificate) return false;
    if (is_listed(tls, certificate)) return true;
    if (!tls->has_authority || SSL_get_verify_result(link->ssl) != X509_V_OK) return false;
    return !tls->has_names || has_name(tls, certificate);
}

/* The chain is judged after the handshake, by may_come_in: a listed fingerprint needs none. */
static int take_any(int good, X509_STORE_CTX *context)
{
    (void)good;
    (void)context;
    return 1;
}

/* The certificate made for the name that the client asks for (RFC 6066, 3). */
static int choose_certificate(SSL *ssl, int *alert, void *context)
{
    (void)alert;
    const DoorTls *tls = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    for (size_t i = 0; name && i < tls->context_count; i++) {
        X509 *certificate = SSL_CTX_get0_certificate(tls->contexts[i]);
        if (X509_check_host(certificate, name, 0, 0, NULL) == 1) {
            SSL_set_SSL_CTX(ssl, tls->contexts[i]);
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

/* --- set-up ----------------------------------------------------------------------------------- */

static int refuse_file(Complaint *complaint, const char *path)
{
    char why[160] = "?";
    unsigned long code = ERR_peek_error();
    if (code) ERR_error_string_n(code, why, sizeof why);
    ERR_clear_error();
    complaint_say(complaint, "listen.tls_file",
                  "%s cannot be used for TLS: %s. It must be a PEM file that this user may read.",
                  "%s はTLSに使えません: %s。読み取りできるPEMファイルを指定してください。", path,
                  why);
    return -EINVAL;
}

static int add_certificate(DoorTls *tls, Slice certificate, Slice key, Complaint *complaint)
{
    char paths[2][DOOR_TLS_TEXT_BYTES];
    snprintf(paths[0], sizeof paths[0], "%.*s", SLICE_FMT(slice_trim(certificate)));
    snprintf(paths[1], sizeof paths[1], "%.*s", SLICE_FMT(slice_trim(key)));
    if (tls->context_count == DOOR_TLS_CERTIFICATES_MAX) return refuse_file(complaint, paths[0]);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) return -ENOMEM;
    tls->contexts[tls->context_count++] = context;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    /* A syslog client that never reads would close with tickets unread: its kernel then resets the
     * connection and throws away what it had not sent yet. */
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"door", 4);
    SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(context, tls);
    if (SSL_CTX_use_certificate_chain_file(context, paths[0]) != 1) {
        return refuse_file(complaint, paths[0]);
    }
    if (SSL_CTX_use_PrivateKey_file(context, paths[1], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return refuse_file(complaint, paths[1]);
    }
    return 0;
}

static int add_certificates(DoorTls *tls, const DoorTlsOptions *options, Complaint *complaint)
{
    Slice certificates = slice_from_cstr(options->certificate);
    Slice keys = slice_from_cstr(options->key), certificate, key;
    int r = 0;
    while (r == 0 && slice_cut(&certificates, ',', &certificate)) {
        if (!slice_cut(&keys, ',', &key)) key = certificate;
        r = add_certificate(tls, certificate, key, complaint);
    }
    return r;
}

static int add_authority(DoorTls *tls, const char *path, Complaint *complaint)
{
    tls->has_authority = path && path[0];
    for (size_t i = 0; tls->has_authority && i < tls->context_count; i++) {
        STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
        if (!names || SSL_CTX_load_verify_file(tls->contexts[i], path) != 1) {
            sk_X509_NAME_pop_free(names, X509_NAME_free);
            return refuse_file(complaint, path);
        }
        SSL_CTX_set_client_CA_list(tls->contexts[i], names);
    }
    return 0;
}

static int add_peers(DoorTls *tls, const char *text, Complaint *complaint)
{
    Slice rest = slice_from_cstr(text), piece;
    while (slice_cut(&rest, ',', &piece)) {
        if (peer_add(tls, piece) == 0) continue;
        complaint_say(complaint, "listen.tls_peer",
                      "`%.*s` is no name and no fingerprint (sha256: and 64 hexadecimal digits)",
                      "`%.*s` は名前でも指紋（sha256: と16進64桁）でもありません",
                      SLICE_FMT(piece));
        return -EINVAL;
    }
    if (!tls->has_names || tls->has_authority) return 0;
    complaint_say(
        complaint, "listen.tls_names",
        "names of clients mean nothing without listen.tls_authority, which vouches for them",
        "クライアントの名前を確かめるには listen.tls_authority が必要です");
    return -EINVAL;
}

int door_tls_new(const DoorTlsOptions *options, DoorTls **ret, Complaint *complaint)
{
    DoorTls *tls = calloc(1, sizeof *tls);
    if (!tls) return -ENOMEM;
    tls->bio = bio_method_new();
    int r = tls->bio ? add_certificates(tls, options, complaint) : -ENOMEM;
    if (r == 0) r = add_authority(tls, options->authority, complaint);
    if (r == 0) r = add_peers(tls, options->peers, complaint);
    if (r < 0) {
        door_tls_free(tls);
        return r;
    }
    *ret = tls;
    return 0;
}

void door_tls_free(DoorTls *tls)
{
    if (!tls) return;
    for (size_t i = 0; i < tls->context_count; i++)
        SSL_CTX_free(tls->contexts[i]);
    BIO_meth_free(tls->bio);
    free(tls);
}

bool door_tls_asks_clients(const DoorTls *tls)
{
    return tls->has_authority || tls->has_fingerprints;
}

/* --- a connection ----------------------------------------------------------------------------- */

DoorTlsLink *door_tls_link_new(const DoorTls *tls, const Os *os, int fd, Slice head, bool ask)
{
    DoorTlsLink *link = calloc(1, sizeof *link);
    if (!link) return NULL;
    link->tls = tls;
    link->os = os;
    link->fd = fd;
    link->asks = ask && door_tls_asks_clients(tls);
    link->head_len = head.len < sizeof link->head ? head.len : sizeof link->head;
    memcpy(link->head, head.ptr, link->head_len);
    link->ssl = SSL_new(tls->contexts[0]);
    BIO *bio = BIO_new(tls->bio);
    if (!link->ssl || !bio) {
        BIO_free(bio);
        SSL_free(link->ssl);
        free(link);
        return NULL;
    }
    BIO_set_data(bio, link);
    BIO_set_init(bio, 1);
    SSL_set_bio(link->ssl, bio, bio);
    SSL_set_accept_state(link->ssl);
    if (link->asks) {
        SSL_set_verify(link->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, take_any);
    }
    return link;
}

void door_tls_link_free(DoorTlsLink *link)
{
    if (!link) return;
    ERR_clear_error();
    if (link->is_open) SSL_shutdown(link->ssl);
    ERR_clear_error();
    SSL_free(link->ssl);
    free(link);
}

static ssize_t judge(DoorTlsLink *link, int r, bool *ret_other, int other)
{
    int error = SSL_get_error(link->ssl, r);
    *ret_other = error == other;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return -EAGAIN;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    bool was_open = link->is_open;
    link->is_open = false; /* no goodbye after a failure */
    ERR_clear_error();
    return was_open ? -ECONNRESET : -EPROTO;
}

static ssize_t handshake(DoorTlsLink *link, bool *ret_other, int other)
{
    if (link->is_open) return 1;
    ERR_clear_error();
    int r = SSL_do_handshake(link->ssl);
    if (r != 1) return judge(link, r, ret_other, other);
    if (!may_come_in(link)) return -EPROTO;
    link->is_open = true;
    return 1;
}

ssize_t door_tls_read(DoorTlsLink *link, void *to, size_t bytes, bool *ret_wants_write)
{
    *ret_wants_write = false;
    ssize_t ready = handshake(link, ret_wants_write, SSL_ERROR_WANT_WRITE);
    if (ready <= 0) return ready == 0 ? -EPROTO : ready;
    ERR_clear_error();
    int r = SSL_read(link->ssl, to, bytes > 1 << 30 ? 1 << 30 : (int)bytes);
    return r > 0 ? r : judge(link, r, ret_wants_write, SSL_ERROR_WANT_WRITE);
}

ssize_t door_tls_send(DoorTlsLink *link, const void *from, size_t bytes, bool *ret_wants_read)
{
    *ret_wants_read = false;
    ssize_t ready = handshake(link, ret_wants_read, SSL_ERROR_WANT_READ);
    if (ready <= 0) return ready == 0 ? -EPROTO : ready;
    ERR_clear_error();
    int r = SSL_write(link->ssl, from, bytes > 1 << 30 ? 1 << 30 : (int)bytes);
    if (r > 0) return r;
    ssize_t judged = judge(link, r, ret_wants_read, SSL_ERROR_WANT_READ);
    return judged == 0 ? -EPIPE : judged;
}

bool door_tls_has_more(const DoorTlsLink *link)
{
    return link->is_open && SSL_has_pending(link->ssl);
}

bool door_tls_is_open(const DoorTlsLink *link)
{
    return link->is_open;
}
