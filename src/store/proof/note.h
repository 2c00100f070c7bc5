/* Checkpoints as signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), and public keys in
 * the form that goes with them. Bytes: doc/format/chain.md.
 *
 *   akashi/LOG-ID-HEX\n SIZE\n BASE64-ROOT\n checkpoint N\n version 1\n time NS\n epoch N\n
 *   previous BASE64\n \n — akashi/LOG-ID-HEX BASE64(key id, signature)\n \n
 *
 * (each on a line of its own; the last empty line parts it from the next one in checkpoints.txt).
 */
#ifndef AKASHI_STORE_NOTE_H
#define AKASHI_STORE_NOTE_H

#include "store/proof/chain_entry.h"

#define NOTE_BYTES_MAX 8192
#define NOTE_SIGNATURES_MAX 16 /* ours and those of witnesses */
#define NOTE_VERSION 1
#define ORIGIN_BYTES (7 + 32)

typedef struct Checkpoint {
    LogId log_id;
    uint64_t size; /* entries of the log that it covers */
    Digest root;
    uint64_t number; /* 0-based, without gaps */
    int64_t time_ns;
    uint64_t epoch;
    Digest previous; /* SHA-256 of the text of the checkpoint before; zeros for number 0 */
} Checkpoint;

void checkpoint_text_add(Buf *buf, const Checkpoint *checkpoint);
Digest checkpoint_text_digest(const Checkpoint *checkpoint);
/* The whole note with one signature and the parting line. 0, -EIO as signing_sign, or buf_error. */
MUST_USE int checkpoint_note_add(Buf *buf, const Checkpoint *checkpoint, const Secret *private_key);

/* Takes one note off the front, of a log that is known. Its signature by `keys` (tried in turn)
 * must hold. -EBADMSG: cut short, not the one form, or no signature of these keys; *bytes is
 * untouched then. */
MUST_USE int checkpoint_note_take(Slice *bytes, const LogId *log_id, const PublicKey *keys,
                                  size_t key_count, Checkpoint *ret);

/* `akashi/LOG-ID-HEX+KEY-ID-HEX+BASE64(0x01, key)\n`: what an auditor is given, once. */
void public_key_text_add(Buf *buf, const LogId *log_id, const PublicKey *key);

#endif
