/* See verify.h: checkpoints.txt, one signed note after the other, against the entries. */
#include "verify/verify_ed25519.h"
#include "verify/verify_inside.h"

/* A note taken apart: what is signed, and by whom. */
typedef struct Note {
    Bytes text, signatures;
    VerifyCheckpoint fields;
} Note;

/* Takes a note's bytes off the front: text, empty line, signature lines, empty line. */
static bool take_note(Bytes *notes, Note *ret)
{
    Bytes window =
        bytes_of(notes->at, notes->count < NOTE_BYTES_MAX ? notes->count : NOTE_BYTES_MAX);
    size_t blank = bytes_find(window, "\n\n");
    if (blank == window.count) return false;
    Bytes rest = bytes_skip(window, blank + 2);
    size_t end = bytes_find(rest, "\n\n");
    if (end == rest.count) return false;
    ret->text = bytes_of(window.at, blank + 1);
    ret->signatures = bytes_of(rest.at, end + 1);
    *notes = bytes_skip(*notes, blank + 2 + end + 2);
    return true;
}

static bool take_number(Bytes *text, const char *name, uint64_t most, uint64_t *ret)
{
    Bytes value;
    return bytes_take_value(text, name, &value) && text_number(value, most, ret);
}

static bool take_hash(Bytes *text, const char *name, Hash *ret)
{
    Bytes value;
    return bytes_take_value(text, name, &value) && text_base64_exact(value, ret->bytes, 32);
}

static const char *parse_text(const VerifyLog *log, Note *note)
{
    VerifyCheckpoint *fields = &note->fields;
    Bytes text = note->text, origin;
    uint64_t version, time_ns;
    bytes_take_line(&text, &origin); /* there is one: the text ends with a newline */
    if (!bytes_eq(origin, bytes_of(log->key.origin, strlen(log->key.origin)))) {
        return "checkpoint.spliced";
    }
    if (!take_number(&text, "", UINT64_MAX, &fields->size) ||
        !take_hash(&text, "", &fields->root) ||
        !take_number(&text, "checkpoint ", UINT64_MAX, &fields->number) ||
        !take_number(&text, "version ", UINT64_MAX, &version)) {
        return "checkpoint.malformed";
    }
    if (version != VERSION) return version < VERSION ? "version.downgrade" : "version.unknown";
    if (!take_number(&text, "time ", INT64_MAX, &time_ns) ||
        !take_number(&text, "epoch ", UINT64_MAX, &fields->epoch) ||
        !take_hash(&text, "previous ", &fields->previous) || text.count) {
        return "checkpoint.malformed";
    }
    fields->time_ns = (int64_t)time_ns;
    fields->text = verify_sha256(&note->text, 1);
    return NULL;
}

/* Signature lines: em dash, space, name, space, base64 of key id and signature. Those of other
 * names are a witness's and passed over, as signed-note asks for. */
static const char *judge_signatures(const VerifyLog *log, const Note *note)
{
    Bytes lines = note->signatures, line;
    bool is_of_other_epoch = false;
    const VerifyEpoch *epoch = epoch_at(log, note->fields.epoch);
    for (size_t n = 0; bytes_take_line(&lines, &line); n++) {
        uint8_t signature[68];
        if (n >= SIGNATURES_MAX || !bytes_take(&line, "\xe2\x80\x94 "))
            return "checkpoint.malformed";
        if (!bytes_take(&line, log->key.origin) || !bytes_take(&line, " ")) continue;
        if (!text_base64_exact(line, signature, sizeof signature)) return "checkpoint.malformed";
        if (memcmp(signature, epoch->key_id, 4) == 0) {
            return verify_ed25519(epoch->key, note->text, signature + 4) ? NULL
                                                                         : "checkpoint.forged";
        }
        for (size_t i = 0; i < log->epochs.count; i++) {
            if (memcmp(signature, epoch_at(log, i)->key_id, 4) == 0) is_of_other_epoch = true;
        }
    }
    return is_of_other_epoch ? "epoch.resealed" : "checkpoint.unsigned";
}

static bool number_comes_later(Bytes notes, uint64_t number)
{
    Note note;
    while (take_note(&notes, &note)) {
        Bytes text = note.text, line;
        uint64_t found;
        if (bytes_take_line(&text, &line) && bytes_take_line(&text, &line) &&
            bytes_take_line(&text, &line) &&
            take_number(&text, "checkpoint ", UINT64_MAX, &found) && found == number) {
            return true;
        }
    }
    return false;
}

/* Where it stands in the row of checkpoints. */
static const char *judge_order(const VerifyLog *log, const VerifyCheckpoint *now, Bytes rest)
{
    uint64_t at = log->checkpoints.count;
    static const Hash none;
    const VerifyCheckpoint *before = at ? checkpoint_at(log, at - 1) : NULL;
    if (before && now->size == before->size && !verify_hash_eq(&now->root, &before->root)) {
        return "log.forked";
    }
    if (now->number > at && !number_comes_later(rest, at)) return "checkpoint.gap";
    if (now->number != at) return "checkpoint.reordered";
    if (!verify_hash_eq(&now->previous, before ? &before->text : &none))
        return "checkpoint.changed";
    if (before && now->time_ns < before->time_ns) return "clock.back";
    if (now->size > log->entries.count) return "log.truncated";
    if (now->size == 0 || (before && now->size < before->size)) return "log.shrunk";
    return NULL;
}

/* Epoch e's key seals from the entry that announced it to the one that announces the next, and its
 * last checkpoint ends right there. */
static const char *judge_epoch(const VerifyLog *log, const VerifyCheckpoint *now)
{
    uint64_t at = log->checkpoints.count, epoch = now->epoch;
    uint64_t before = at ? checkpoint_at(log, at - 1)->epoch : 0;
    uint64_t before_size = at ? checkpoint_at(log, at - 1)->size : 0;
    if (epoch < before) return "epoch.resealed";
    if (epoch > 0 && now->size <= epoch_at(log, epoch)->entry) return "epoch.resealed";
    if (epoch + 1 < log->epochs.count && now->size > epoch_at(log, epoch + 1)->entry + 1) {
        return "epoch.overrun";
    }
    if (epoch == before) return NULL;
    return epoch == before + 1 && before_size == epoch_at(log, epoch)->entry + 1 ? NULL
                                                                                 : "epoch.unsealed";
}

/* The times of the entries it newly covers, and of the pauses among them. */
static const char *judge_times(const VerifyLog *log, const VerifyCheckpoint *now)
{
    uint64_t at = log->checkpoints.count;
    const VerifyCheckpoint *before = at ? checkpoint_at(log, at - 1) : NULL;
    if (!before) return entry_at(log, now->size - 1)->time_ns > now->time_ns ? "clock.back" : NULL;
    int64_t sealed_to_ns = before->time_ns;
    for (uint64_t i = before->size; i < now->size; i++) {
        const VerifyEntry *entry = entry_at(log, i);
        if (entry->time_ns < before->time_ns || entry->time_ns > now->time_ns) return "clock.back";
        if (entry->kind != KIND_NOTICE || entry->body.at[ENTRY_HEAD_BYTES] != NOTICE_PAUSE)
            continue;
        int64_t from_ns = read_i64(entry->body.at + ENTRY_HEAD_BYTES + 1);
        int64_t to_ns = read_i64(entry->body.at + ENTRY_HEAD_BYTES + 9);
        if (from_ns != before->time_ns || to_ns < sealed_to_ns || to_ns > entry->time_ns) {
            return "pause.wrong";
        }
        sealed_to_ns = to_ns;
    }
    return now->time_ns - sealed_to_ns > log->gap_ns_max ? "checkpoint.late" : NULL;
}

/* Advances the tree to what the checkpoint covers. */
static const char *judge_root(VerifyLog *log, const VerifyCheckpoint *now)
{
    while (log->tree.count < now->size) {
        verify_tree_add(&log->tree, &entry_at(log, log->tree.count)->leaf);
    }
    Hash root = verify_tree_root(&log->tree);
    return verify_hash_eq(&root, &now->root) ? NULL : "entry.changed";
}

static const char *judge(VerifyLog *log, Note *note, Bytes rest)
{
    const char *id = parse_text(log, note);
    if (id) return id;
    if (note->fields.epoch >= log->epochs.count) return "epoch.missing";
    id = judge_signatures(log, note);
    if (!id) id = judge_order(log, &note->fields, rest);
    if (!id) id = judge_epoch(log, &note->fields);
    if (!id) id = judge_root(log, &note->fields);
    if (!id) id = judge_times(log, &note->fields);
    return id;
}

VerifyResult verify_log_checkpoints(VerifyLog *log, Bytes notes, Finding *ret)
{
    log->tree = (VerifyTree){0};
    while (notes.count) {
        Note note;
        uint64_t at = log->checkpoints.count;
        const char *id =
            take_note(&notes, &note) ? judge(log, &note, notes) : "checkpoint.malformed";
        if (id) return broken(ret, id, "checkpoint", at);
        VerifyCheckpoint *kept = verify_list_add(&log->checkpoints, sizeof *kept);
        if (!kept) return VERIFY_NO_MEMORY;
        *kept = note.fields;
    }
    if (log->checkpoints.count == 0) return broken(ret, "log.unsealed", "", 0);
    uint64_t sealed = checkpoint_at(log, log->checkpoints.count - 1)->size;
    if (sealed < log->entries.count) return broken(ret, "entry.unsealed", "entry", sealed);
    return VERIFY_HOLDS;
}

VerifyResult verify_log_given(VerifyLog *log, Bytes bytes, Finding *ret)
{
    Note note;
    bool is_one = take_note(&bytes, &note) && bytes.count == 0;
    const char *id = is_one ? parse_text(log, &note) : "checkpoint.malformed";
    if (id) return broken(ret, id, "", 0);
    bool is_newer = note.fields.number >= log->checkpoints.count;
    if (note.fields.epoch >= log->epochs.count) {
        return broken(ret, is_newer ? "log.rolled-back" : "epoch.missing", "", 0);
    }
    id = judge_signatures(log, &note);
    if (id) return broken(ret, id, "", 0);
    if (is_newer) return broken(ret, "log.rolled-back", "", 0);
    const VerifyCheckpoint *ours = checkpoint_at(log, note.fields.number);
    if (!verify_hash_eq(&ours->text, &note.fields.text)) return broken(ret, "log.forked", "", 0);
    return VERIFY_HOLDS;
}
