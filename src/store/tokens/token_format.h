/* Constants of the token index's bytes: doc/format/tokens.md. */
#ifndef AKASHI_STORE_TOKEN_FORMAT_H
#define AKASHI_STORE_TOKEN_FORMAT_H

#define TOKEN_INDEX_MAGIC "AKTOKEN\n"
enum {
    TOKEN_INDEX_VERSION = 1,
    TOKEN_INDEX_FRONT_BYTES = 18,    /* magic, le16 version, le32 packed, le32 unpacked */
    TOKEN_HEAD_BYTES_MAX = 16 << 20, /* unpacked */
    TOKEN_SETS_MAX = 1 << 26,        /* of one class */
    TEXT_PIECE_BYTES = 4096,      /* of token text; a piece ends with the token that reaches it */
    TEXT_PIECE_BYTES_MAX = 16384, /* unpacked, with the lengths */
    SET_PIECE_BYTES = 2048,
    SET_PIECE_BYTES_MAX = 16384,
    KEY_PAGE_ENTRIES = 256,
    KEY_PIECE_PAGES = 16,
    KEY_SPARE_BITS = 10, /* a fingerprint is found in vain once in about 1,024 questions */
    KEY_BITS_MIN = 16,
    KEY_BITS_MAX = 56,
};

#endif
