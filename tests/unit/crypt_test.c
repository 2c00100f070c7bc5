/* Keys, wrapping, blocks, blinds, trees: by published vectors, and by what must be refused. */
#include "store/crypt/base64_text.h"
#include "store/crypt/crypt_int.h"
#include "store/proof/signing.h"
#include "store/proof/tree.h"
#include "tests/support/tap.h"
#include "verify/verify_ed25519.h"

#include "base/check.h"
#include "os/simulated.h"

#include <argon2.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Bytes from hexadecimal digits. */
static size_t from_hex(const char *hex, uint8_t *to)
{
    size_t count = strlen(hex) / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned byte = 0;
        CHECK(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        to[i] = (uint8_t)byte;
    }
    return count;
}

static bool is_hex(const void *bytes, size_t count, const char *hex)
{
    uint8_t want[256];
    return from_hex(hex, want) == count && memcmp(want, bytes, count) == 0;
}

static void hmac_vectors(void)
{
    uint8_t key[131];
    memset(key, 0x0b, 20); /* RFC 4231, cases 1 and 6 */
    Digest digest = crypt_hmac(slice_of(key, 20), SLICE("Hi There"));
    expect(is_hex(&digest, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    memset(key, 0xaa, sizeof key);
    digest = crypt_hmac(slice_of(key, sizeof key),
                        SLICE("Test Using Larger Than Block-Size Key - Hash Key First"));
    expect(is_hex(&digest, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

static void gcm_vectors(void)
{
    uint8_t key[32] = {0}, nonce[12] = {0}, plain[16] = {0}, sealed[32], opened[16];
    EVP_CIPHER_CTX *seal = gcm_new(key, true), *open = gcm_new(key, false);
    /* The GCM specification of McGrew and Viega, cases 13 and 14. */
    expect_ok(gcm_seal(seal, nonce, (Slice){0}, (Slice){0}, sealed));
    expect(is_hex(sealed, 16, "530f8afbc74536b9a963b4f1c4cb738b"));
    expect_ok(gcm_seal(seal, nonce, (Slice){0}, slice_of(plain, 16), sealed));
    expect(is_hex(sealed, 32, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"));
    expect_ok(gcm_open(open, nonce, (Slice){0}, slice_of(sealed, 32), opened));
    expect(memcmp(opened, plain, 16) == 0);
    sealed[0] ^= 1;
    expect_int(gcm_open(open, nonce, (Slice){0}, slice_of(sealed, 32), opened), -EBADMSG);
    EVP_CIPHER_CTX_free(seal);
    EVP_CIPHER_CTX_free(open);
}

static void xaes_vectors(void)
{
    uint8_t key[32], sealed[28], opened[12];
    const uint8_t *nonce = (const uint8_t *)"ABCDEFGHIJKLMNOPQRSTUVWX";
    Slice plain = SLICE("XAES-256-GCM"), bound = SLICE("c2sp.org/XAES-256-GCM");
    memset(key, 1, sizeof key); /* the two of c2sp.org/XAES-256-GCM */
    expect_ok(crypt_xaes_seal(key, nonce, (Slice){0}, plain, sealed));
    expect(is_hex(sealed, 28, "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"));
    memset(key, 3, sizeof key);
    expect_ok(crypt_xaes_seal(key, nonce, bound, plain, sealed));
    expect(is_hex(sealed, 28, "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"));
    expect_ok(crypt_xaes_open(key, nonce, bound, slice_of(sealed, 28), opened));
    expect_slice(slice_of(opened, 12), plain);
    expect_int(crypt_xaes_open(key, nonce, plain, slice_of(sealed, 28), opened), -EBADMSG);
}

static void argon2_vector(void)
{
    uint8_t want[32];
    /* Of the reference implementation's own tests: Argon2id, version 0x13, 64 MiB, two passes. */
    expect_int(argon2id_hash_raw(2, 1 << 16, 1, "password", 8, "somesalt", 8, want, 32), ARGON2_OK);
    expect(is_hex(want, 32, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"));
    Stretching how = {.memory_kib = 1 << 16, .passes = 2, .lanes = 1};
    memcpy(how.salt, "somesaltsomesalt", 16);
    expect_int(argon2id_hash_raw(2, 1 << 16, 1, "password", 8, how.salt, 16, want, 32), ARGON2_OK);
    CLEANUP(secret_done) Secret *once = NULL, *again = NULL;
    if (!expect_ok(secret_stretch(SLICE("password"), &how, &once))) return;
    expect(memcmp(secret_read(once), want, 32) == 0);
    how.passes = 3;
    expect_ok(secret_stretch(SLICE("password"), &how, &again));
    expect(again && !secret_eq(once, again));
    secret_free(again);
    again = NULL;
    how.passes = 0;
    expect_int(secret_stretch(SLICE("password"), &how, &again), -EINVAL);
}

static void base64_has_one_form(void)
{
    CLEANUP(buf_done) Buf buf = {0};
    uint8_t bytes[8];
    static const char *const pairs[][2] = {/* RFC 4648 section 10 */
                                           {"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        buf_clear(&buf);
        base64_add(&buf, pairs[i][0], strlen(pairs[i][0]));
        expect_text(buf_slice(&buf), pairs[i][1]);
        ssize_t got = base64_decode(slice_from_cstr(pairs[i][1]), bytes, sizeof bytes);
        expect_slice(slice_of(bytes, got < 0 ? 0 : (size_t)got), slice_from_cstr(pairs[i][0]));
    }
    static const char *const bad[] = {
        "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm9-", "Zm9v\n"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        expect_int(base64_decode(slice_from_cstr(bad[i]), bytes, sizeof bytes), -EBADMSG);
    }
    expect_int(base64_decode(SLICE("Zm9vYmFy"), bytes, 5), -EMSGSIZE);
}

static const char *const rfc6962_leaves[] = {"",
                                             "00",
                                             "10",
                                             "2021",
                                             "3031",
                                             "40414243",
                                             "5051525354555657",
                                             "606162636465666768696a6b6c6d6e6f"};
static const char *const rfc6962_roots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

static void tree_vectors(void)
{
    Tree tree = {0};
    Digest root = tree_root(&tree);
    expect(is_hex(&root, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    for (size_t i = 0; i < ARRAY_COUNT(rfc6962_leaves); i++) {
        uint8_t bytes[16];
        Digest leaf = tree_leaf(slice_of(bytes, from_hex(rfc6962_leaves[i], bytes)));
        tree_add(&tree, &leaf);
        root = tree_root(&tree);
        if (!expect(is_hex(&root, 32, rfc6962_roots[i]))) tap_note("of %zu leaves", i + 1);
    }
}

#define PROOF_LEAVES 70

/* All proofs of all sizes hold, and none holds for anything else. */
static void tree_proofs(void)
{
    Digest leaves[PROOF_LEAVES], roots[PROOF_LEAVES + 1];
    Tree tree = {0};
    roots[0] = tree_root(&tree);
    for (uint64_t i = 0; i < PROOF_LEAVES; i++) {
        leaves[i] = tree_leaf(slice_of(&i, sizeof i));
        tree_add(&tree, &leaves[i]);
        roots[i + 1] = tree_root(&tree);
    }
    size_t wrong = 0;
    for (uint64_t size = 1; size <= PROOF_LEAVES; size++) {
        for (uint64_t i = 0; i < size; i++) {
            TreePath path, change;
            wrong += tree_inclusion(leaves, size, i, &path) != 0;
            wrong += !tree_inclusion_holds(&leaves[i], i, size, &path, &roots[size]);
            wrong += tree_inclusion_holds(&leaves[i], i, size, &path, &roots[size - 1]);
            wrong += size > 1 &&
                     tree_inclusion_holds(&leaves[(i + 1) % size], i, size, &path, &roots[size]);
            path.hashes[path.count++] = leaves[0];
            wrong += tree_inclusion_holds(&leaves[i], i, size, &path, &roots[size]);
            wrong += tree_consistency(leaves, size, i + 1, &change) != 0;
            wrong += !tree_consistency_holds(i + 1, &roots[i + 1], size, &roots[size], &change);
            wrong += tree_consistency_holds(i + 1, &roots[i], size, &roots[size], &change);
            wrong +=
                tree_consistency_holds(i + 1, &roots[i + 1], size, &roots[size - 1], &change) &&
                i + 1 < size;
            if (change.count) change.count--;
            wrong += i + 1 < size &&
                     tree_consistency_holds(i + 1, &roots[i + 1], size, &roots[size], &change) &&
                     tree_consistency(leaves, size, i + 1, &path) == 0 &&
                     path.count != change.count;
        }
    }
    expect_int(wrong, 0);
    TreePath path;
    expect_int(tree_inclusion(leaves, 3, 3, &path), -EINVAL);
    expect_int(tree_consistency(leaves, 3, 0, &path), -EINVAL);
    expect_int(tree_consistency(leaves, 3, 4, &path), -EINVAL);
}

static const struct {
    const char *key, *message, *signature;
} rfc8032[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
    {"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "bbd"
     "454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "030"
     "3dca179c138ac17ad9bef1177331a704"},
};

static void ed25519_vectors(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(rfc8032); i++) {
        PublicKey key;
        uint8_t message[64], signature[64];
        from_hex(rfc8032[i].key, key.bytes);
        from_hex(rfc8032[i].signature, signature);
        size_t bytes = from_hex(rfc8032[i].message, message);
        expect(verify_ed25519(key.bytes, (Bytes){message, bytes}, signature));
        expect(signing_verify(&key, slice_of(message, bytes), signature));
        for (size_t at = 0; at < 64; at++) {
            signature[at] ^= (uint8_t)(1 << at % 8);
            expect(!verify_ed25519(key.bytes, (Bytes){message, bytes}, signature));
            signature[at] ^= (uint8_t)(1 << at % 8);
        }
        for (size_t at = 0; at < 32; at++) {
            key.bytes[at] ^= (uint8_t)(1 << at % 8);
            expect(!verify_ed25519(key.bytes, (Bytes){message, bytes}, signature));
            key.bytes[at] ^= (uint8_t)(1 << at % 8);
        }
    }
}

/* S + L signs the same in a lax verifier: RFC 8032 8.4. */
static void ed25519_is_not_malleable(void)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    uint8_t key[32], signature[64], sum[64];
    from_hex(rfc8032[0].key, key);
    from_hex(rfc8032[0].signature, signature);
    memcpy(sum, signature, 64);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        sum[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    expect(verify_ed25519(key, (Bytes){NULL, 0}, signature));
    expect(!verify_ed25519(key, (Bytes){NULL, 0}, sum));
}

/* Keys of order 1, 2, 4 and 8, and encodings that are not canonical: with them anybody can sign. */
static void ed25519_refuses_weak_keys(void)
{
    static const char *const weak[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    /* R the neutral element, S zero: holds for [k]A = 0, so for every key above and some message.
     */
    uint8_t signature[64] = {1};
    for (size_t i = 0; i < ARRAY_COUNT(weak); i++) {
        uint8_t key[32];
        from_hex(weak[i], key);
        for (uint64_t message = 0; message < 16; message++) {
            expect(!verify_ed25519(key, (Bytes){(const uint8_t *)&message, 8}, signature));
        }
    }
}

static void ed25519_agrees_with_openssl(void)
{
    SimulatedOs *simulated = simulated_os_new(7);
    const Os *os = simulated_os_table(simulated);
    for (size_t i = 0; i < 200; i++) {
        CLEANUP(secret_done) Secret *private_key = NULL;
        PublicKey key;
        uint8_t message[300], signature[64];
        CHECK(secret_random(os, 32, &private_key) == 0);
        CHECK(os->random(os->state, message, sizeof message) >= 0);
        expect_ok(signing_public(private_key, &key));
        expect_ok(signing_sign(private_key, slice_of(message, i), signature));
        expect(verify_ed25519(key.bytes, (Bytes){message, i}, signature));
        expect(!verify_ed25519(key.bytes, (Bytes){message, i + 1}, signature));
    }
    simulated_os_free(simulated);
}

static void sha_vectors(void)
{
    uint8_t hash[64];
    Bytes abc = {(const uint8_t *)"abc", 3};
    Hash short_hash = verify_sha256(&abc, 1); /* FIPS 180-4, examples of NIST */
    expect(is_hex(&short_hash, 32,
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    verify_sha512(&abc, 1, hash);
    expect(is_hex(hash, 64, rfc8032[3].message));
    static char text[1000000];
    memset(text, 'a', sizeof text);
    Bytes all[2] = {{(const uint8_t *)text, 333333}, {(const uint8_t *)text, 666667}};
    short_hash = verify_sha256(all, 2);
    expect(is_hex(&short_hash, 32,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    verify_sha512(all, 2, hash);
    expect(is_hex(
        hash, 64,
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce5"
        "77c31beb009c5c2c49aa2e4eadb217ad8cc09b"));
    for (size_t len = 0; len < 300; len++) { /* every place of the padding */
        Digest want = digest_sha256(&(Slice){text, len}, 1);
        Bytes piece = {(const uint8_t *)text, len};
        short_hash = verify_sha256(&piece, 1);
        expect(memcmp(want.bytes, short_hash.bytes, 32) == 0);
    }
}

static const SegmentName segment_name = {.log_id = "sixteen bytes..", .number = 7};

static void blocks_open_only_as_what_they_are(void)
{
    SimulatedOs *simulated = simulated_os_new(1);
    const Os *os = simulated_os_table(simulated);
    SegmentKey *key = NULL, *other = NULL;
    SegmentName other_name = segment_name;
    other_name.number = 8;
    CHECK(crypt_segment_new(os, &segment_name, &key) == 0);
    CHECK(crypt_segment_new(os, &other_name, &other) == 0);
    char sealed[64], opened[64];
    BlockName name = {.number = 5, .kind = 2, .version = 1};
    Slice plain = SLICE("rows of a block");
    expect_ok(crypt_block_seal(key, name, plain, sealed));
    Slice whole = slice_of(sealed, plain.len + CRYPT_TAG_BYTES);
    expect_ok(crypt_block_open(key, name, whole, opened));
    expect_slice(slice_of(opened, plain.len), plain);
    const BlockName wrong[] = {{6, 2, 1}, {5, 3, 1}, {5, 2, 2}, {5, 1, 2}};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        expect_int(crypt_block_open(key, wrong[i], whole, opened), -EBADMSG);
    }
    expect_int(crypt_block_open(other, name, whole, opened), -EBADMSG);
    expect_int(crypt_block_open(key, name, slice_first(whole, 15), opened), -EBADMSG);
    for (size_t at = 0; at < whole.len; at++) {
        sealed[at] ^= 4;
        expect_int(crypt_block_open(key, name, whole, opened), -EBADMSG);
        sealed[at] ^= 4;
    }
    expect_int(crypt_block_seal(key, name, plain, opened), -EPERM); /* C1: no number twice */
    name.kind = 9;
    expect_int(crypt_block_seal(key, name, plain, opened), -EPERM);
    name.number = UINT64_MAX;
    expect_ok(crypt_block_seal(key, name, (Slice){0}, opened));
    expect_int(crypt_block_seal(key, name, (Slice){0}, opened), -EPERM);
    expect_int(crypt_block_seal(other, name, slice_of(sealed, CRYPT_BLOCK_BYTES_MAX + 1), opened),
               -EMSGSIZE);
    crypt_segment_free(key);
    crypt_segment_free(other);
    simulated_os_free(simulated);
}

typedef struct Wrapping {
    SimulatedOs *simulated;
    const Os *os;
    Secret *kek, *new_kek;
    SegmentKey *key;
    WrappedKey wrapped;
} Wrapping;

static void wrapping_done(Wrapping *w)
{
    crypt_segment_free(w->key);
    secret_free(w->kek);
    secret_free(w->new_kek);
    simulated_os_free(w->simulated);
}

static Wrapping wrapping(void)
{
    Wrapping w = {.simulated = simulated_os_new(3)};
    w.os = simulated_os_table(w.simulated);
    CHECK(secret_random(w.os, KEK_BYTES, &w.kek) == 0);
    CHECK(secret_random(w.os, KEK_BYTES, &w.new_kek) == 0);
    CHECK(crypt_segment_new(w.os, &segment_name, &w.key) == 0);
    CHECK(crypt_wrap(w.os, w.key, w.kek, &w.wrapped) == 0);
    return w;
}

static void wrapped_keys(void)
{
    CLEANUP(wrapping_done) Wrapping w = wrapping();
    CLEANUP(crypt_segment_done) SegmentKey *opened = NULL;
    char sealed[32], plain[16];
    BlockName name = {.number = 0, .kind = 1, .version = 1};
    expect_ok(crypt_block_seal(w.key, name, SLICE("0123456789abcdef"), sealed));
    if (!expect_ok(crypt_unwrap(&w.wrapped, &segment_name, w.kek, &opened))) return;
    expect_ok(crypt_block_open(opened, name, slice_of(sealed, 32), plain));
    expect_slice(slice_of(plain, 16), SLICE("0123456789abcdef"));
    expect_int(crypt_block_seal(opened, name, SLICE("x"), sealed), -EPERM); /* C1 */
    Digest a = crypt_header_hash(w.key), b = crypt_header_hash(opened);
    expect(memcmp(a.bytes, b.bytes, 32) == 0);
    SegmentKey *none = NULL;
    SegmentName other = segment_name;
    other.number++;
    expect_int(crypt_unwrap(&w.wrapped, &other, w.kek, &none), -EBADMSG);
    expect_int(crypt_unwrap(&w.wrapped, &segment_name, w.new_kek, &none), -ENOKEY);
    for (size_t at = 0; at < sizeof w.wrapped.bytes; at++) {
        w.wrapped.bytes[at] ^= 0x10;
        expect(crypt_unwrap(&w.wrapped, &segment_name, w.kek, &none) < 0);
        w.wrapped.bytes[at] ^= 0x10;
    }
    expect(none == NULL);
}

static void rotation_and_destruction(void)
{
    CLEANUP(wrapping_done) Wrapping w = wrapping();
    SegmentKey *opened = NULL;
    WrappedKey again, zeros;
    expect_ok(crypt_rewrap(w.os, &w.wrapped, &segment_name, w.kek, w.new_kek, &again));
    expect_int(crypt_unwrap(&again, &segment_name, w.kek, &opened), -ENOKEY);
    if (!expect_ok(crypt_unwrap(&again, &segment_name, w.new_kek, &opened))) return;
    Digest a = crypt_header_hash(w.key), b = crypt_header_hash(opened);
    expect(memcmp(a.bytes, b.bytes, 32) == 0); /* C2: blocks stay as they are */
    uint8_t blind[16], same[16], other[16];
    crypt_blind(w.key, 3, blind);
    crypt_blind(opened, 3, same);
    crypt_blind(opened, 4, other);
    expect(memcmp(blind, same, 16) == 0 && memcmp(blind, other, 16) != 0);
    crypt_segment_free(opened);
    int fd = w.os->open(w.os->state, "/segment", O_RDWR | O_CREAT, 0600);
    CHECK(os_pwrite_full(w.os, fd, again.bytes, sizeof again.bytes, 10) == 0);
    expect_ok(crypt_wrapped_erase(w.os, fd, 10));
    expect_int(os_pread_full(w.os, fd, zeros.bytes, sizeof zeros.bytes, 10), sizeof zeros.bytes);
    opened = NULL;
    expect_int(crypt_unwrap(&zeros, &segment_name, w.new_kek, &opened), -EBADMSG);
    w.os->close(w.os->state, fd);
}

/* A wrapped key that GCM would open to another key than the commitment's (C3). */
static void commitment_holds(void)
{
    CLEANUP(wrapping_done) Wrapping w = wrapping();
    uint8_t bound[12 + 16 + 8 + 32], other_key[32] = {1};
    SegmentKey *opened = NULL;
    memcpy(bound, w.wrapped.bytes, 12);
    memcpy(bound + 12, segment_name.log_id, 16);
    memcpy(bound + 28, &segment_name.number, 8);
    memcpy(bound + 36, w.wrapped.bytes + 84, 32);
    expect_ok(crypt_xaes_seal(secret_read(w.kek), w.wrapped.bytes + 12,
                              slice_of(bound, sizeof bound), slice_of(other_key, 32),
                              w.wrapped.bytes + 36));
    expect_int(crypt_unwrap(&w.wrapped, &segment_name, w.kek, &opened), -EBADMSG);
}

static const char *write_file(const char *name, const void *bytes, size_t count, mode_t mode)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", tap_temporary_folder(), name);
    (void)os_real.unlink(os_real.state, path);
    int fd = os_real.open(os_real.state, path, O_WRONLY | O_CREAT, mode);
    CHECK(fd >= 0 && os_write_full(&os_real, fd, bytes, count) == 0);
    os_real.close(os_real.state, fd);
    CHECK(chmod(path, mode) == 0); /* whatever the umask is */
    return path;
}

static void key_files(void)
{
    static const char line[] = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n";
    uint8_t bytes[33];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i + 1);
    }
    CLEANUP(secret_done) Secret *raw = NULL, *text = NULL;
    Complaint complaint = {0};
    expect_ok(secret_from_key_file(&os_real, write_file("k1", bytes, 32, 0400), &raw, &complaint));
    expect_ok(secret_from_key_file(&os_real, write_file("k2", line, sizeof line - 1, 0600), &text,
                                   &complaint));
    if (!expect(raw && text)) return;
    expect(secret_eq(raw, text) && memcmp(secret_read(raw), bytes, 32) == 0);
    Secret *none = NULL;
    static const struct {
        size_t bytes;
        mode_t mode;
        int want;
    } bad[] = {{31, 0400, -EINVAL}, {33, 0400, -EINVAL}, {0, 0400, -EINVAL},
               {32, 0440, -EACCES}, {32, 0404, -EACCES}, {32, 0420, -EACCES}};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        const char *path = write_file("k3", bytes, bad[i].bytes, bad[i].mode);
        expect_int(secret_from_key_file(&os_real, path, &none, &complaint), bad[i].want);
        expect(complaint.en[0] && complaint.ja[0] && complaint.file[0]);
    }
    expect_int(secret_from_key_file(&os_real, write_file("k4", line, 44, 0400), &none, &complaint),
               0);
    secret_free(none);
    none = NULL;
    expect_int(secret_from_key_file(&os_real, write_file("k5", line, 43, 0400), &none, &complaint),
               -EINVAL);
    expect_int(secret_from_key_file(&os_real, "/nowhere/key", &none, &complaint), -ENOENT);
    expect_int(secret_from_key_file(&os_real, tap_temporary_folder(), &none, NULL), -EINVAL);
    expect(none == NULL);
}

static void passphrases(void)
{
    char path[512], text[512];
    snprintf(path, sizeof path, "%s/passphrase", tap_temporary_folder());
    CLEANUP(secret_done) Secret *first = NULL, *again = NULL, *other = NULL;
    Complaint complaint = {0};
    Slice words = SLICE("correct horse battery staple");
    expect_ok(secret_from_passphrase(&os_real, path, words, &first, &complaint));
    expect_ok(secret_from_passphrase(&os_real, path, words, &again, &complaint));
    expect_ok(secret_from_passphrase(&os_real, path, SLICE("correct horse"), &other, &complaint));
    if (!expect(first && again && other)) return;
    expect(secret_eq(first, again) && !secret_eq(first, other));
    Secret *none = NULL;
    expect_int(secret_from_passphrase(&os_real, path, (Slice){0}, &none, &complaint), -EINVAL);
    static const char *const bad[] = {
        "akashi passphrase 2\nmemory_kib 65536\npasses 3\nlanes 1\nsalt AAAAAAAAAAAAAAAAAAAAAA==\n",
        "akashi passphrase 1\nmemory_kib 65535\npasses 3\nlanes 1\nsalt AAAAAAAAAAAAAAAAAAAAAA==\n",
        "akashi passphrase 1\nmemory_kib 65536\npasses 2\nlanes 1\nsalt AAAAAAAAAAAAAAAAAAAAAA==\n",
        "akashi passphrase 1\nmemory_kib 99999999\npasses 3\nlanes 1\nsalt "
        "AAAAAAAAAAAAAAAAAAAAAA==\n",
        "akashi passphrase 1\nmemory_kib 65536\npasses 3\nlanes 0\nsalt AAAAAAAAAAAAAAAAAAAAAA==\n",
        "akashi passphrase 1\nmemory_kib 65536\npasses 3\nlanes 1\nsalt AAAA\n",
        "akashi passphrase 1\nmemory_kib 65536\npasses 3\nlanes 1\nsalt "
        "AAAAAAAAAAAAAAAAAAAAAA==\nx\n",
        "",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        const char *at = write_file("bad", bad[i], strlen(bad[i]), 0600);
        expect_int(secret_from_passphrase(&os_real, at, words, &none, &complaint), -EPROTO);
        expect_text(slice_from_cstr(complaint.id), "key.bad_stretching");
    }
    Arena arena = arena_make(0);
    Slice kept;
    expect_ok(os_read_file(&os_real, path, sizeof text, &arena, &kept));
    expect(slice_starts(kept,
                        SLICE("akashi passphrase 1\nmemory_kib 65536\npasses 3\nlanes 1\nsalt ")));
    arena_done(&arena);
}

static void secrets(void)
{
    expect(secret_new(0) == NULL);
    expect(secret_new(SECRET_BYTES_MAX + 1) == NULL);
    secret_free(NULL);
    CLEANUP(secret_done) Secret *largest = secret_new(SECRET_BYTES_MAX), *small = secret_new(1);
    if (!expect(largest && small)) return;
    expect_int(secret_len(largest), SECRET_BYTES_MAX);
    expect_int(secret_read(largest)[SECRET_BYTES_MAX - 1], 0);
    expect(!secret_eq(largest, small));
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Only with AKASHI_MEASURE set: prints how fast the parts are. */
static void speeds(void)
{
    if (!getenv("AKASHI_MEASURE")) {
        tap_skip("AKASHI_MEASURE is not set");
        return;
    }
    SegmentKey *key = NULL;
    size_t bytes = 1 << 20;
    char *plain = calloc(1, bytes), *sealed = calloc(1, bytes + 16);
    CHECK(plain && sealed && crypt_segment_new(&os_real, &segment_name, &key) == 0);
    double start = seconds();
    for (uint64_t i = 0; i < 2048; i++) {
        expect_ok(crypt_block_seal(key, (BlockName){i, 1, 1}, slice_of(plain, bytes), sealed));
    }
    tap_note("seal %.2f GB/s", 2048.0 * (double)bytes / (seconds() - start) / 1e9);
    start = seconds();
    for (uint64_t i = 0; i < 2048; i++) {
        expect_ok(
            crypt_block_open(key, (BlockName){2047, 1, 1}, slice_of(sealed, bytes + 16), plain));
    }
    tap_note("open %.2f GB/s", 2048.0 * (double)bytes / (seconds() - start) / 1e9);
    Tree tree = {0};
    start = seconds();
    for (uint64_t i = 0; i < 1000000; i++) {
        uint8_t blind[16];
        crypt_blind(key, i, blind);
        Digest leaf = tree_record_leaf(blind, slice_of(plain, 300));
        tree_add(&tree, &leaf);
    }
    tap_note("blind + leaf of 300 bytes + tree %.0f rows/s", 1e6 / (seconds() - start));
    CLEANUP(secret_done) Secret *private_key = NULL;
    PublicKey public_key;
    uint8_t signature[64];
    CHECK(secret_random(&os_real, 32, &private_key) == 0);
    CHECK(signing_public(private_key, &public_key) == 0);
    start = seconds();
    for (int i = 0; i < 5000; i++) {
        expect_ok(signing_sign(private_key, slice_of(plain, 300), signature));
    }
    tap_note("sign %.0f/s", 5000 / (seconds() - start));
    start = seconds();
    for (int i = 0; i < 5000; i++) {
        expect(verify_ed25519(public_key.bytes, (Bytes){(uint8_t *)plain, 300}, signature));
    }
    tap_note("own verification %.0f/s", 5000 / (seconds() - start));
    crypt_segment_free(key);
    free(plain);
    free(sealed);
}

static const TapTest tests[] = {
    TAP_TEST(hmac_vectors),
    TAP_TEST(gcm_vectors),
    TAP_TEST(xaes_vectors),
    TAP_TEST(argon2_vector),
    TAP_TEST(base64_has_one_form),
    TAP_TEST(tree_vectors),
    TAP_TEST(tree_proofs),
    TAP_TEST(sha_vectors),
    TAP_TEST(ed25519_vectors),
    TAP_TEST(ed25519_is_not_malleable),
    TAP_TEST(ed25519_refuses_weak_keys),
    TAP_TEST(ed25519_agrees_with_openssl),
    TAP_TEST(blocks_open_only_as_what_they_are),
    TAP_TEST(wrapped_keys),
    TAP_TEST(rotation_and_destruction),
    TAP_TEST(commitment_holds),
    TAP_TEST(secrets),
    TAP_TEST(key_files),
    TAP_TEST(passphrases),
    TAP_TEST(speeds),
};
TAP_MAIN(tests)
