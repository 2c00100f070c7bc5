#include "server/door/tls_identity.h"

#include "base/time_text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define PATH_BYTES 4352
#define DAY_SECONDS 86400

typedef struct Paths {
    char folder[PATH_BYTES], certificate[PATH_BYTES], key[PATH_BYTES];
} Paths;

static int paths_of(const char *folder, Paths *ret)
{
    if (strlen(folder) > PATH_BYTES - 32) return -ENAMETOOLONG;
    snprintf(ret->folder, sizeof ret->folder, "%s/tls", folder);
    snprintf(ret->certificate, sizeof ret->certificate, "%.*s/tls/certificate.pem", PATH_BYTES - 32,
             folder);
    snprintf(ret->key, sizeof ret->key, "%.*s/tls/key.pem", PATH_BYTES - 32, folder);
    return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static X509 *certificate_of(const char *pem)
{
    BIO *from = BIO_new_mem_buf(pem, -1);
    X509 *found = from ? PEM_read_bio_X509(from, NULL, NULL, NULL) : NULL;
    BIO_free(from);
    return found;
}

static EVP_PKEY *key_of(const char *pem)
{
    BIO *from = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *found = from ? PEM_read_bio_PrivateKey(from, NULL, NULL, NULL) : NULL;
    BIO_free(from);
    return found;
}

static int read_text(const TlsIdentityOptions *options, const char *path, Arena *arena,
                     const char **ret)
{
    Slice bytes;
    int r = os_read_file(options->os, path, TLS_IDENTITY_BYTES_MAX, arena, &bytes);
    char *text = r < 0 ? NULL : arena_alloc(arena, bytes.len + 1);
    if (!text) return r < 0 ? r : -ENOMEM;
    memcpy(text, bytes.ptr, bytes.len);
    text[bytes.len] = '\0';
    explicit_bzero((void *)(uintptr_t)bytes.ptr, bytes.len); /* one copy of a key is enough */
    *ret = text;
    return 0;
}

static int read_pair(const TlsIdentityOptions *options, const char *certificate, const char *key,
                     TlsIdentity *ret)
{
    int r = read_text(options, certificate, &ret->arena, &ret->certificate);
    return r < 0 ? r : read_text(options, key, &ret->arena, &ret->key);
}

/* Whether certificate and key belong together; the fingerprint is filled in. */
static int look_at(TlsIdentity *identity)
{
    X509 *certificate = certificate_of(identity->certificate);
    EVP_PKEY *key = key_of(identity->key);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    bool fits = certificate && key && X509_check_private_key(certificate, key) == 1 &&
                X509_digest(certificate, EVP_sha256(), digest, &bytes) == 1;
    for (size_t i = 0; fits && i < bytes && i < 32; i++)
        snprintf(identity->fingerprint + 3 * i, 4, i + 1 < bytes ? "%02X:" : "%02X", digest[i]);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return fits ? 0 : -EINVAL;
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool means_any(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static int add_names(X509 *certificate, const TlsIdentityOptions *options)
{
    char names[1024];
    size_t len = (size_t)snprintf(names, sizeof names, "DNS:localhost,IP:127.0.0.1,IP:::1");
    if (options->machine && options->machine[0])
        len += (size_t)snprintf(names + len, sizeof names - len, ",DNS:%.255s", options->machine);
    if (!means_any(options->address))
        snprintf(names + len, sizeof names - len, ",IP:%.64s", options->address);
    const struct {
        int id;
        const char *value;
    } extensions[] = {{NID_subject_alt_name, names},
                      {NID_basic_constraints, "critical,CA:FALSE"},
                      {NID_key_usage, "critical,digitalSignature"},
                      {NID_ext_key_usage, "serverAuth"}};
    for (size_t i = 0; i < ARRAY_COUNT(extensions); i++) {
        X509_EXTENSION *one =
            X509V3_EXT_conf_nid(NULL, NULL, extensions[i].id, extensions[i].value);
        int added = one ? X509_add_ext(certificate, one, -1) : 0;
        X509_EXTENSION_free(one);
        if (added != 1) return -EINVAL;
    }
    return 0;
}

/* A serial number of 127 random bits (RFC 5280, 4.1.2.2: positive, at most 20 octets). */
static int set_serial(X509 *certificate)
{
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) return -EIO;
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    ASN1_INTEGER *set =
        number ? BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) : NULL;
    BN_free(number);
    return set ? 0 : -ENOMEM;
}

static int fill(X509 *certificate, EVP_PKEY *key, const TlsIdentityOptions *options)
{
    const Os *os = options->os;
    const char *name = options->machine && options->machine[0] ? options->machine : "Akashi";
    time_t now = (time_t)(os->now_ns(os->state) / NS_PER_SECOND);
    X509_NAME *subject = X509_get_subject_name(certificate);
    char shown[65]; /* ub-common-name of RFC 5280 */
    snprintf(shown, sizeof shown, "%s", name);
    int r = set_serial(certificate);
    if (r == 0) r = add_names(certificate, options);
    if (r < 0) return r;
    bool done = X509_set_version(certificate, 2) == 1 &&
                X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &now) &&
                X509_time_adj_ex(X509_getm_notAfter(certificate), TLS_IDENTITY_DAYS, 0, &now) &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const uint8_t *)shown, -1,
                                           -1, 0) == 1 &&
                X509_set_issuer_name(certificate, subject) == 1 &&
                X509_set_pubkey(certificate, key) == 1 &&
                X509_sign(certificate, key, EVP_sha256()) > 0;
    return done ? 0 : -EINVAL;
}

static int write_file(const Os *os, const char *path, mode_t mode, BIO *from)
{
    char *bytes;
    long len = BIO_get_mem_data(from, &bytes);
    char fresh[PATH_BYTES + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, fresh, O_WRONLY | O_CREAT | O_TRUNC, mode)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, bytes, (size_t)len);
    if (r >= 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : os->rename(os->state, fresh, path);
}

/* The key first: a power cut between the two leaves a pair that does not fit, which is made anew.
 */
static int write_pair(const Os *os, const Paths *paths, X509 *certificate, EVP_PKEY *key)
{
    BIO *key_pem = BIO_new(BIO_s_secmem()), *pem = BIO_new(BIO_s_mem());
    int r = os->make_folder(os->state, paths->folder, 0700);
    if (r == -EEXIST) r = 0;
    if (!key_pem || !pem ||
        PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_X509(pem, certificate) != 1)
        r = -ENOMEM;
    if (r >= 0) r = write_file(os, paths->key, 0600, key_pem);
    if (r >= 0) r = write_file(os, paths->certificate, 0644, pem);
    if (r >= 0) r = os->sync_folder(os->state, paths->folder);
    BIO_free(key_pem);
    BIO_free(pem);
    return r < 0 ? r : 0;
}

static int make(const TlsIdentityOptions *options, const Paths *paths)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    int r = key && certificate ? fill(certificate, key, options) : -ENOMEM;
    if (r == 0) r = write_pair(options->os, paths, certificate, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return r;
}

/* ---- the one that is there ------------------------------------------------------------------- */

static bool is_for(X509 *certificate, const TlsIdentityOptions *options)
{
    if (options->machine && options->machine[0] &&
        X509_check_host(certificate, options->machine, 0, 0, NULL) != 1)
        return false;
    return means_any(options->address) || X509_check_ip_asc(certificate, options->address, 0) == 1;
}

static bool is_good(const TlsIdentity *identity, const TlsIdentityOptions *options)
{
    const Os *os = options->os;
    X509 *certificate = certificate_of(identity->certificate);
    time_t then = (time_t)(os->now_ns(os->state) / NS_PER_SECOND) +
                  (time_t)TLS_IDENTITY_RENEW_DAYS * DAY_SECONDS;
    bool good = certificate && X509_cmp_time(X509_get0_notAfter(certificate), &then) > 0 &&
                is_for(certificate, options);
    X509_free(certificate);
    return good;
}

static void forget(TlsIdentity *identity)
{
    if (identity->key) explicit_bzero((void *)(uintptr_t)identity->key, strlen(identity->key));
    arena_done(&identity->arena);
    *identity = (TlsIdentity){.arena = arena_make(4 * TLS_IDENTITY_BYTES_MAX)};
}

static int open_ours(const TlsIdentityOptions *options, TlsIdentity *ret)
{
    Paths paths;
    int r = paths_of(options->folder, &paths);
    if (r < 0) return r;
    if (read_pair(options, paths.certificate, paths.key, ret) == 0 && look_at(ret) == 0 &&
        is_good(ret, options))
        return 0;
    forget(ret);
    r = make(options, &paths);
    if (r == 0) r = read_pair(options, paths.certificate, paths.key, ret);
    if (r == 0) r = look_at(ret);
    ret->is_made = true;
    return r;
}

static bool is_given(const char *path)
{
    return path && path[0];
}

static void complain(Complaint *complaint, const TlsIdentityOptions *options, int error)
{
    if (!is_given(options->certificate)) {
        complaint_say(
            complaint, "server.tls_make",
            "no certificate could be made in %.200s/tls: %s; look at the disk and at who "
            "owns the folder",
            "%.200s/tls に証明書を作れません: %s。ディスクとフォルダの持ち主を確かめてください",
            options->folder, strerrordesc_np(-error));
    } else if (error == -EINVAL) {
        complaint_say(
            complaint, "server.tls_pair",
            "%.150s and %.150s are no PEM files, or do not belong together; get both from "
            "the same place, or leave both settings out and a certificate is made",
            "%.150s と %.150s はPEM形式でないか、対になっていません。同じところから両方を"
            "入手し直すか、両方の設定を外すと証明書を自動で作ります",
            options->certificate, options->key);
    } else {
        complaint_say(
            complaint, "server.tls_read",
            "%.150s or %.150s cannot be read: %s; look at the path, and whether the user "
            "of the service may read both",
            "%.150s か %.150s を読めません: %s。パスと、サービスの利用者が両方を読めるかを"
            "確かめてください",
            options->certificate, options->key, strerrordesc_np(-error));
    }
}

int tls_identity_open(const TlsIdentityOptions *options, TlsIdentity *ret, Complaint *complaint)
{
    TlsIdentity identity = {.arena = arena_make(4 * TLS_IDENTITY_BYTES_MAX)};
    int r;
    if (is_given(options->certificate) != is_given(options->key)) {
        complaint_say(complaint, "server.tls_one",
                      "a certificate needs its key: give both --tls-certificate and --tls-key",
                      "証明書には鍵が要ります。--tls-certificate と --tls-key の両方を指定します");
        return -EINVAL;
    }
    if (is_given(options->certificate)) {
        r = read_pair(options, options->certificate, options->key, &identity);
        if (r == 0) r = look_at(&identity);
    } else {
        r = open_ours(options, &identity);
    }
    if (r < 0) {
        complain(complaint, options, r);
        tls_identity_done(&identity);
        return r;
    }
    *ret = identity;
    return 0;
}

void tls_identity_done(TlsIdentity *identity)
{
    if (identity->key) explicit_bzero((void *)(uintptr_t)identity->key, strlen(identity->key));
    arena_done(&identity->arena);
    *identity = (TlsIdentity){0};
}
