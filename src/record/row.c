/* See row.h; the bytes are described in doc/format/row.md.
 *
 * Two things make rows small. A value that is a piece of the raw bytes, or is the value of an event
 * field, is written as a reference, not again; and a record field or verb is named by the hash of
 * its name, which stays the same whatever its place in the tables of knowledge/words/. */
#include "record/row.h"

#include "base/check.h"
#include "base/number.h"

#include <errno.h>
#include <pthread.h>

enum { ROW_VERSION = 1 };

enum RowFlag { /* stored on disk: never renumber */
               ROW_HAS_KEY = 1,
               ROW_HAS_EVENT_TIME = 2,
               ROW_HAS_OWN_TIME = 4, /* the record's time is not the event's */
               ROW_HAS_END = 8,
               ROW_HAS_INGESTED = 16,
               ROW_FLAGS_KNOWN = 31,
};

enum ValueKind { /* low two bits of a value's first number; stored on disk: never renumber */
                 VALUE_INLINE = 0, /* length; the bytes follow */
                 VALUE_RAW =
                     1, /* length; then the signed gap from the end of the last piece of raw */
                 VALUE_FIELD = 2, /* number of an event field before this one: all of its value */
                 VALUE_PIECE = 3, /* the same, then offset and length in it */
};

enum { HASH_SLOTS = 256, SLOT_EMPTY = 0xff };
_Static_assert(RECORD_FIELD_COUNT < 192 && VERB_COUNT < 192, "names fit their slots");

/* Hashes of the names, and slots to find a name by its hash. Made once, then read-only. */
typedef struct NameTable {
    uint32_t hash[HASH_SLOTS]; /* by slot; only where number is not SLOT_EMPTY */
    uint8_t number[HASH_SLOTS];
} NameTable;

static NameTable field_names, verb_names;
static uint32_t field_hashes[RECORD_FIELD_COUNT], verb_hashes[VERB_COUNT];
static pthread_once_t names_made = PTHREAD_ONCE_INIT;

/* FNV-1a, 32 bits (draft-eastlake-fnv, section 2). */
static uint32_t name_hash(Slice name)
{
    uint32_t hash = 0x811c9dc5;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * 0x01000193;
    }
    return hash;
}

static void name_put(NameTable *table, uint32_t hash, size_t number)
{
    size_t slot = hash % HASH_SLOTS;
    while (table->number[slot] != SLOT_EMPTY) {
        CHECK(table->hash[slot] != hash); /* two names of one hash: one of them must be renamed */
        slot = (slot + 1) % HASH_SLOTS;
    }
    table->hash[slot] = hash;
    table->number[slot] = (uint8_t)number;
}

static void make_names(void)
{
    memset(field_names.number, SLOT_EMPTY, sizeof field_names.number);
    memset(verb_names.number, SLOT_EMPTY, sizeof verb_names.number);
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        name_put(&field_names, field_hashes[i] = name_hash(record_fields[i].name), i);
    }
    for (size_t i = 0; i < VERB_COUNT; i++) {
        name_put(&verb_names, verb_hashes[i] = name_hash(verbs[i].token), i);
    }
}

/* The number of the name, or SLOT_EMPTY: a name that this version does not know. */
static unsigned name_find(const NameTable *table, uint32_t hash)
{
    size_t slot = hash % HASH_SLOTS;
    while (table->number[slot] != SLOT_EMPTY && table->hash[slot] != hash) {
        slot = (slot + 1) % HASH_SLOTS;
    }
    return table->number[slot];
}

/* ---- writing */

typedef struct RowWriter {
    char *at; /* room for everything was reserved before */
    const Event *event;
    size_t raw_end; /* end of the last piece of raw that was referred to */
} RowWriter;

enum { VARINT_BYTES_MAX = 10, VALUE_BYTES_MAX = 3 * VARINT_BYTES_MAX, FIXED_BYTES_MAX = 160 };

static size_t encoded_bytes_max(const Row *row)
{
    size_t bytes = FIXED_BYTES_MAX + row->origin.len + row->event.raw.len;
    for (size_t i = 0; i < row->event.field_count; i++) {
        const Field *field = &row->event.fields[i];
        bytes += VARINT_BYTES_MAX + field->name.len + VALUE_BYTES_MAX + field->value.len;
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (row->record.text[i].len) bytes += 4 + VALUE_BYTES_MAX + row->record.text[i].len;
    }
    return bytes;
}

static void put_bytes(RowWriter *writer, const void *bytes, size_t len)
{
    if (len) memcpy(writer->at, bytes, len);
    writer->at += len;
}

static inline void put_varint(RowWriter *writer, uint64_t value)
{
    while (value >= 0x80) {
        *writer->at++ = (char)(unsigned char)(value | 0x80);
        value >>= 7;
    }
    *writer->at++ = (char)(unsigned char)value;
}

static void put_slice(RowWriter *writer, Slice s)
{
    put_varint(writer, s.len);
    put_bytes(writer, s.ptr, s.len);
}

static bool lies_in(Slice whole, Slice piece, size_t *ret_offset)
{
    uintptr_t start = (uintptr_t)whole.ptr, at = (uintptr_t)piece.ptr;
    if (at < start || at - start > whole.len || piece.len > whole.len - (at - start)) return false;
    *ret_offset = at - start;
    return true;
}

/* A text that is no piece of raw by its address may still be, or be in, an event field's value. */
static bool put_field_reference(RowWriter *writer, Slice text, size_t field_count)
{
    for (size_t i = 0; i < field_count; i++) {
        Slice value = writer->event->fields[i].value;
        size_t offset;
        if (value.len == text.len && memcmp(value.ptr, text.ptr, text.len) == 0) {
            put_varint(writer, (uint64_t)i << 2 | VALUE_FIELD);
            return true;
        }
        if (value.len > text.len && lies_in(value, text, &offset)) {
            put_varint(writer, (uint64_t)i << 2 | VALUE_PIECE);
            put_varint(writer, offset);
            put_varint(writer, text.len);
            return true;
        }
    }
    return false;
}

/* Refers to event fields below field_count only. */
static void put_value(RowWriter *writer, Slice text, size_t field_count)
{
    size_t offset;
    if (text.len > 0 && lies_in(writer->event->raw, text, &offset)) {
        int64_t gap = (int64_t)offset - (int64_t)writer->raw_end;
        put_varint(writer, (uint64_t)text.len << 2 | VALUE_RAW);
        put_varint(writer, (uint64_t)gap << 1 ^ (uint64_t)(gap >> 63));
        writer->raw_end = offset + text.len;
    } else if (text.len == 0 || !put_field_reference(writer, text, field_count)) {
        put_varint(writer, (uint64_t)text.len << 2 | VALUE_INLINE);
        put_bytes(writer, text.ptr, text.len);
    }
}

static void put_event(RowWriter *writer, const Event *event)
{
    put_slice(writer, event->raw);
    put_varint(writer, event->field_count);
    for (size_t i = 0; i < event->field_count; i++) { /* names together: they repeat row by row */
        const Field *field = &event->fields[i];
        put_varint(writer, (uint64_t)field->name.len << 3 | field->kind);
        put_bytes(writer, field->name.ptr, field->name.len);
    }
    for (size_t i = 0; i < event->field_count; i++) {
        put_value(writer, event->fields[i].value, 0);
    }
}

static void put_record(RowWriter *writer, const Record *record)
{
    uint8_t present[RECORD_FIELD_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len) present[count++] = (uint8_t)i;
    }
    put_varint(writer, count);
    for (size_t i = 0; i < count; i++) {
        put_bytes(writer, &field_hashes[present[i]], 4);
    }
    for (size_t i = 0; i < count; i++) {
        put_value(writer, record->text[present[i]], writer->event->field_count);
    }
}

static unsigned row_flags(const Row *row)
{
    static const uint8_t no_key[ROW_KEY_BYTES];
    unsigned flags = 0;
    if (memcmp(row->key, no_key, ROW_KEY_BYTES) != 0) flags |= ROW_HAS_KEY;
    if (row->event.time_ns != TIME_UNKNOWN) flags |= ROW_HAS_EVENT_TIME;
    if (row->record.time_ns != row->event.time_ns) flags |= ROW_HAS_OWN_TIME;
    if (row->record.end_ns != TIME_UNKNOWN) flags |= ROW_HAS_END;
    if (row->record.ingested_ns != TIME_UNKNOWN) flags |= ROW_HAS_INGESTED;
    return flags;
}

static void put_head(RowWriter *writer, const Row *row)
{
    const Record *record = &row->record;
    unsigned flags = row_flags(row);
    const uint8_t head[4] = {
        ROW_VERSION,
        (uint8_t)flags,
        (uint8_t)row->event.format,
        (uint8_t)(row->event.parse | record->outcome << 2 | (unsigned)record->certainty << 4),
    };
    put_bytes(writer, head, sizeof head);
    put_bytes(writer, &verb_hashes[record->verb], 4);
    if (flags & ROW_HAS_KEY) put_bytes(writer, row->key, ROW_KEY_BYTES);
    if (flags & ROW_HAS_EVENT_TIME) put_bytes(writer, &row->event.time_ns, 8);
    if (flags & ROW_HAS_OWN_TIME) put_bytes(writer, &record->time_ns, 8);
    if (flags & ROW_HAS_END) put_bytes(writer, &record->end_ns, 8);
    if (flags & ROW_HAS_INGESTED) put_bytes(writer, &record->ingested_ns, 8);
    put_varint(writer, record->count);
    put_varint(writer, row->event.offset);
    put_varint(writer, row->event.index);
    put_varint(writer, row->event.record_id);
    put_slice(writer, row->origin);
}

void row_encode(Buf *to, const Row *row)
{
    CHECK((size_t)row->record.verb < VERB_COUNT);
    pthread_once(&names_made, make_names);
    char *room = buf_reserve(to, encoded_bytes_max(row));
    if (!room) return;
    RowWriter writer = {.at = room, .event = &row->event};
    put_head(&writer, row);
    put_event(&writer, &row->event);
    put_record(&writer, &row->record);
    to->len += (size_t)(writer.at - room);
}

/* ---- reading */

typedef struct RowReader {
    const char *at, *end;
    bool bad; /* sticks; then at == end */
    uint64_t raw_end;
} RowReader;

static void reader_fail(RowReader *reader)
{
    reader->bad = true;
    reader->at = reader->end;
}

static Slice take_bytes(RowReader *reader, uint64_t len)
{
    if (len > (size_t)(reader->end - reader->at)) {
        reader_fail(reader);
        return (Slice){0};
    }
    Slice taken = slice_of(reader->at, (size_t)len);
    reader->at += len;
    return taken;
}

static uint64_t take_varint_long(RowReader *reader)
{
    Slice rest = slice_of(reader->at, (size_t)(reader->end - reader->at));
    uint64_t value = 0;
    if (slice_take_varint(&rest, &value) < 0) {
        reader_fail(reader);
    } else {
        reader->at = rest.ptr;
    }
    return value;
}

static inline uint64_t take_varint(RowReader *reader)
{
    if (reader->at < reader->end && !(*reader->at & 0x80)) return (uint64_t)*reader->at++;
    return take_varint_long(reader);
}

static int64_t take_time(RowReader *reader, bool present)
{
    if (!present) return TIME_UNKNOWN;
    Slice bytes = take_bytes(reader, 8);
    return bytes.len == 8 ? (int64_t)read_le64(bytes.ptr) : TIME_UNKNOWN;
}

static Slice take_raw_piece(RowReader *reader, Slice raw, uint64_t len)
{
    uint64_t coded = take_varint(reader);
    uint64_t offset = reader->raw_end + (coded >> 1 ^ -(coded & 1)); /* wraps when damaged */
    if (offset > raw.len || len > raw.len - offset) {
        reader_fail(reader);
        return (Slice){0};
    }
    reader->raw_end = offset + len;
    return slice_of(raw.ptr + offset, (size_t)len);
}

static Slice take_field_piece(RowReader *reader, Slice value)
{
    uint64_t offset = take_varint(reader);
    uint64_t len = take_varint(reader);
    if (offset > value.len || len > value.len - offset) {
        reader_fail(reader);
        return (Slice){0};
    }
    return slice_of(value.ptr + offset, (size_t)len);
}

/* Only event fields below field_count may be referred to: they have their values. */
static inline Slice take_value(RowReader *reader, const Event *event, size_t field_count)
{
    uint64_t coded = take_varint(reader);
    enum ValueKind kind = coded & 3;
    uint64_t number = coded >> 2;
    if (kind == VALUE_RAW) return take_raw_piece(reader, event->raw, number);
    if (kind == VALUE_INLINE) return take_bytes(reader, number);
    if (number >= field_count) {
        reader_fail(reader);
        return (Slice){0};
    }
    Slice value = event->fields[number].value;
    return kind == VALUE_FIELD ? value : take_field_piece(reader, value);
}

static int take_fields(RowReader *reader, Arena *arena, Event *event)
{
    uint64_t count = take_varint(reader);
    if (count > (size_t)(reader->end - reader->at) / 2) reader_fail(reader); /* 2 bytes a field */
    if (reader->bad) return -EBADMSG;
    Field *fields = arena_alloc(arena, ((size_t)count + 1) * sizeof *fields);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        uint64_t coded = take_varint(reader);
        fields[i].name = take_bytes(reader, coded >> 3);
        fields[i].kind = (FieldKind)(coded & 7);
        if (fields[i].kind > FIELD_JSON) reader_fail(reader);
        if (reader->bad) return -EBADMSG;
    }
    event->fields = fields;
    event->field_count = (size_t)count;
    for (size_t i = 0; i < count && !reader->bad; i++) {
        fields[i].value = take_value(reader, event, i);
    }
    return reader->bad ? -EBADMSG : 0;
}

static void take_record_texts(RowReader *reader, const Event *event, Record *record)
{
    uint64_t count = take_varint(reader);
    if (count > (size_t)(reader->end - reader->at) / 5) reader_fail(reader); /* 5 bytes a text */
    Slice hashes = take_bytes(reader, reader->bad ? 0 : 4 * count);
    for (size_t i = 0; i < count && !reader->bad; i++) {
        unsigned field = name_find(&field_names, read_le32(hashes.ptr + 4 * i));
        Slice text = take_value(reader, event, event->field_count);
        if (field != SLOT_EMPTY) record->text[field] = text;
    }
}

static bool take_head(RowReader *reader, Row *row)
{
    Slice head = take_bytes(reader, 8);
    if (head.len < 8 || head.ptr[0] != ROW_VERSION) return false;
    const uint8_t *byte = (const uint8_t *)head.ptr;
    unsigned flags = byte[1], states = byte[3];
    if (flags & ~(unsigned)ROW_FLAGS_KNOWN || byte[2] > EVENT_JSON) return false;
    if ((states & 3) > PARSE_FAILED || (states >> 2 & 3) > OUTCOME_FAILURE ||
        states >> 4 > CERTAINTY_INFERRED) {
        return false;
    }
    Event *event = &row->event;
    Record *record = &row->record;
    event->format = (EventFormat)byte[2];
    event->parse = (ParseState)(states & 3);
    record->outcome = (Outcome)(states >> 2 & 3);
    record->certainty = (Certainty)(states >> 4);
    unsigned verb = name_find(&verb_names, read_le32(head.ptr + 4));
    record->verb = verb == SLOT_EMPTY ? VERB_OTHER : (Verb)verb;
    Slice key = take_bytes(reader, flags & ROW_HAS_KEY ? ROW_KEY_BYTES : 0);
    if (key.len) memcpy(row->key, key.ptr, ROW_KEY_BYTES);
    event->time_ns = take_time(reader, flags & ROW_HAS_EVENT_TIME);
    record->time_ns = flags & ROW_HAS_OWN_TIME ? take_time(reader, true) : event->time_ns;
    record->end_ns = take_time(reader, flags & ROW_HAS_END);
    record->ingested_ns = take_time(reader, flags & ROW_HAS_INGESTED);
    uint64_t count = take_varint(reader);
    record->count = (uint32_t)count;
    event->offset = take_varint(reader);
    event->index = take_varint(reader);
    event->record_id = take_varint(reader);
    row->origin = take_bytes(reader, take_varint(reader));
    return count <= UINT32_MAX && !reader->bad;
}

int row_decode(Slice bytes, Arena *arena, Row *ret)
{
    if (bytes.len == 0) return -EBADMSG;
    RowReader reader = {.at = bytes.ptr, .end = bytes.ptr + bytes.len};
    pthread_once(&names_made, make_names);
    memset(ret, 0, sizeof *ret);
    if (!take_head(&reader, ret)) return -EBADMSG;
    ret->event.raw = take_bytes(&reader, take_varint(&reader));
    int r = take_fields(&reader, arena, &ret->event);
    if (r < 0) return r;
    take_record_texts(&reader, &ret->event, &ret->record);
    return reader.bad || reader.at != reader.end ? -EBADMSG : 0;
}
