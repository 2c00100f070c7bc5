/* See verify.h: a proof that a record (or a segment) is in the log. */
#include "verify/verify_inside.h"

#include <stdlib.h>

typedef struct ProofFields {
    uint64_t entry, size, record_index;
    uint8_t body[ENTRY_BYTES_MAX];
    size_t body_bytes;
    Hash leaf;
    Hash path[PATH_MAX_HASHES], log_path[PATH_MAX_HASHES];
    size_t path_count, log_path_count;
} ProofFields;

static bool take_number(Bytes *text, const char *name, uint64_t *ret)
{
    Bytes value;
    return bytes_take_value(text, name, &value) && text_number(value, UINT64_MAX, ret);
}

static bool take_path(Bytes *text, const char *name, Hash *path, size_t *ret_count)
{
    Bytes value;
    size_t count = 0;
    while (bytes_take_value(text, name, &value)) {
        if (count == PATH_MAX_HASHES || !text_base64_exact(value, path[count].bytes, 32))
            return false;
        count++;
    }
    *ret_count = count;
    return true;
}

/* `leaf`, or `blind` and `record` that it is made of. */
static VerifyResult take_leaf(Bytes *text, Hash *ret, bool *ret_good)
{
    Bytes value;
    uint8_t head[17] = {0};
    *ret_good = false;
    if (bytes_take_value(text, "leaf ", &value)) {
        *ret_good = text_base64_exact(value, ret->bytes, 32);
        return VERIFY_HOLDS;
    }
    if (!bytes_take_value(text, "blind ", &value) || !text_base64_exact(value, head + 1, 16) ||
        !bytes_take_value(text, "record ", &value)) {
        return VERIFY_HOLDS;
    }
    size_t count;
    uint8_t *record = malloc(value.count / 4 * 3 + 1);
    if (!record) return VERIFY_NO_MEMORY;
    *ret_good = text_base64(value, record, value.count / 4 * 3, &count);
    if (*ret_good) {
        Bytes pieces[] = {bytes_of(head, sizeof head), bytes_of(record, count)};
        *ret = verify_sha256(pieces, 2);
    }
    free(record);
    return VERIFY_HOLDS;
}

static VerifyResult parse(Bytes text, ProofFields *ret, bool *ret_good)
{
    Bytes value;
    *ret_good = false;
    if (!bytes_take(&text, "akashi proof 1\n") || !take_number(&text, "entry ", &ret->entry) ||
        !take_number(&text, "size ", &ret->size) || !bytes_take_value(&text, "header ", &value) ||
        !text_base64(value, ret->body, sizeof ret->body, &ret->body_bytes) ||
        !take_number(&text, "record-index ", &ret->record_index)) {
        return VERIFY_HOLDS;
    }
    bool is_leaf;
    VerifyResult result = take_leaf(&text, &ret->leaf, &is_leaf);
    if (result != VERIFY_HOLDS || !is_leaf) return result;
    *ret_good = take_path(&text, "path ", ret->path, &ret->path_count) &&
                take_path(&text, "log ", ret->log_path, &ret->log_path_count) &&
                bytes_take(&text, "end\n") && text.count == 0;
    return VERIFY_HOLDS;
}

/* The checkpoint of this size, or NULL. Sizes never fall from one to the next. */
static const VerifyCheckpoint *checkpoint_of_size(const VerifyLog *log, uint64_t size)
{
    size_t from = 0, to = log->checkpoints.count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (checkpoint_at(log, middle)->size < size) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    if (from == log->checkpoints.count || checkpoint_at(log, from)->size != size) return NULL;
    return checkpoint_at(log, from);
}

static const char *judge(const VerifyLog *log, const ProofFields *proof)
{
    HeaderFields header;
    Bytes body = bytes_of(proof->body, proof->body_bytes);
    const VerifyCheckpoint *checkpoint = checkpoint_of_size(log, proof->size);
    if (proof->entry >= proof->size || !checkpoint) return "proof.unsealed";
    const VerifyEntry *entry = entry_at(log, proof->entry);
    if (!bytes_eq(body, entry->body)) return "proof.spliced";
    if (entry->kind != KIND_SEGMENT ||
        !verify_header_parse(bytes_skip(body, ENTRY_HEAD_BYTES), &header)) {
        return "proof.malformed";
    }
    if (!verify_inclusion(&entry->leaf, proof->entry, proof->size, proof->log_path,
                          proof->log_path_count, &checkpoint->root)) {
        return "proof.log";
    }
    Hash root;
    memcpy(root.bytes, header.root, 32);
    if (!verify_inclusion(&proof->leaf, proof->record_index, header.count, proof->path,
                          proof->path_count, &root)) {
        return "proof.record";
    }
    return NULL;
}

VerifyResult verify_log_proof(VerifyLog *log, Bytes proof, Finding *ret)
{
    ProofFields fields;
    bool is_good;
    VerifyResult result = parse(proof, &fields, &is_good);
    if (result != VERIFY_HOLDS) return result;
    const char *id = is_good ? judge(log, &fields) : "proof.malformed";
    return id ? broken(ret, id, "", 0) : VERIFY_HOLDS;
}

/* LEB128, as lengths in a record are. */
static bool take_length(Bytes *bytes, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; bytes->count > 0 && shift < 63; shift += 7) {
        uint8_t byte = bytes->at[0];
        *bytes = bytes_skip(*bytes, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return value <= bytes->count;
        }
    }
    return false;
}

static bool raw_of_record(Bytes record, Bytes *ret)
{
    uint64_t count;
    if (!bytes_take(&record, "AKR\x01") || !take_length(&record, &count)) return false;
    record = bytes_skip(record, (size_t)count); /* where it came from */
    if (!take_length(&record, &count)) return false;
    *ret = bytes_of(record.at, (size_t)count);
    return true;
}

VerifyResult verify_proof_raw(Bytes proof, Bytes *ret, uint8_t **ret_held)
{
    Bytes line, value = {0};
    size_t count;
    *ret = (Bytes){0};
    *ret_held = NULL;
    while (bytes_take_line(&proof, &line)) {
        if (line.count > 7 && memcmp(line.at, "record ", 7) == 0) value = bytes_skip(line, 7);
    }
    if (value.count == 0) return VERIFY_HOLDS;
    uint8_t *record = malloc(value.count / 4 * 3 + 1);
    if (!record) return VERIFY_NO_MEMORY;
    if (!text_base64(value, record, value.count / 4 * 3, &count) ||
        !raw_of_record(bytes_of(record, count), ret)) {
        free(record);
        return VERIFY_BROKEN;
    }
    *ret_held = record;
    return VERIFY_HOLDS;
}
