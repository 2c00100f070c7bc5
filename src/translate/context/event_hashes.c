/* Hashes of files that an event names: see context.h. */
#include "translate/context/context.h"

static bool is_hash(Slice text, size_t len)
{
    if (text.len != len) return false;
    for (size_t i = 0; i < len; i++) {
        char c = (char)(text.ptr[i] | 0x20);
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

/* The length says which hash it is. The first one counts. */
static void put_hash(Record *record, Slice text)
{
    static const struct {
        size_t len;
        RecordField field;
    } kinds[] = {
        {32, RECORD_FILE_HASH_MD5}, {40, RECORD_FILE_HASH_SHA1}, {64, RECORD_FILE_HASH_SHA256}};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        Slice *to = &record->text[kinds[i].field];
        if (to->len == 0 && is_hash(text, kinds[i].len)) *to = text;
    }
}

/* `SHA1=...,MD5=...,SHA256=...,IMPHASH=...`: of these IMPHASH is not of the file. */
static void put_list(Record *record, Slice list)
{
    Slice piece;
    while (slice_cut(&list, ',', &piece)) {
        size_t equals = slice_find_char(piece, '=');
        if (slice_starts_nocase(piece, SLICE("IMPHASH"))) continue;
        put_hash(record,
                 slice_trim(equals == SLICE_NOT_FOUND ? piece : slice_skip(piece, equals + 1)));
    }
}

void context_take_hashes(const Event *event, Record *record)
{
    /* Sysmon ("Hashes", event 15 "Hash"); FortiOS log reference ("filehash"); ECS and CEF names. */
    static const Slice names[] = {
        SLICE_INIT("Hashes"),   SLICE_INIT("Hash"),           SLICE_INIT("filehash"),
        SLICE_INIT("fileHash"), SLICE_INIT("file_hash"),      SLICE_INIT("md5"),
        SLICE_INIT("sha1"),     SLICE_INIT("sha256"),         SLICE_INIT("file.hash.md5"),
        SLICE_INIT("SHA256"),   SLICE_INIT("file.hash.sha1"), SLICE_INIT("file.hash.sha256"),
    };
    for (size_t i = 0; i < event->field_count; i++) {
        Slice name = event->fields[i].name;
        if (name.len < 3 || name.len > 16 || event->fields[i].value.len < 32) continue;
        for (size_t k = 0; k < ARRAY_COUNT(names); k++) {
            if (slice_eq(name, names[k])) put_list(record, event->fields[i].value);
        }
    }
}
