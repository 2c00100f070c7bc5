/* The canonical bytes of a row and its leaf in the segment's tree (doc/format/segment.md). Unlike
 * those of row.h they depend on nothing but what the row says. */
#include "store/segment/segment_int.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* The record's fields by name: the order of their table may change, a leaf may not. Made once. */
static uint16_t by_name[RECORD_FIELD_COUNT];
static pthread_once_t by_name_made = PTHREAD_ONCE_INIT;

static int compare_names(const void *a, const void *b)
{
    const uint16_t *x = a, *y = b;
    return slice_compare(record_fields[*x].name, record_fields[*y].name);
}

static void make_by_name(void)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        by_name[i] = (uint16_t)i;
    }
    qsort(by_name, RECORD_FIELD_COUNT, sizeof *by_name, compare_names);
}

static void add_text(Buf *to, Slice text)
{
    buf_add_varint(to, text.len);
    buf_add_slice(to, text);
}

static void add_record(Buf *to, const Record *record)
{
    buf_add_le64(to, (uint64_t)record->time_ns);
    buf_add_le64(to, (uint64_t)record->end_ns);
    buf_add_le64(to, (uint64_t)record->ingested_ns);
    add_text(to, verbs[record->verb].token);
    buf_add_char(to, (char)record->outcome);
    buf_add_char(to, (char)record->certainty);
    buf_add_le32(to, record->count);
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        Slice text = record->text[by_name[i]];
        if (text.len == 0) continue;
        add_text(to, record_fields[by_name[i]].name);
        add_text(to, text);
    }
}

/* The fields of text can be read from it again. Raw bytes that are no text may say less than the
 * event: those of EVTX need the templates of their chunk. */
static bool says_all(Slice raw)
{
    return raw.len > 0 && memchr(raw.ptr, 0, raw.len) == NULL;
}

/* All before the bytes of raw, but for these. */
static void add_head(Buf *to, const Row *row)
{
    buf_add_cstr(to, "AKR\1");
    add_text(to, row->origin);
    buf_add_varint(to, row->event.raw.len);
}

static void add_rest(Buf *to, const Row *row)
{
    const Event *event = &row->event;
    pthread_once(&by_name_made, make_by_name);
    buf_add_char(to, (char)event->format);
    buf_add_char(to, (char)event->parse);
    buf_add_le64(to, (uint64_t)event->time_ns);
    buf_add_le64(to, event->offset);
    buf_add_le64(to, event->index);
    buf_add_le64(to, event->record_id);
    if (!says_all(event->raw)) {
        buf_add_varint(to, event->field_count);
        for (size_t i = 0; i < event->field_count; i++) {
            buf_add_char(to, (char)event->fields[i].kind);
            add_text(to, event->fields[i].name);
            add_text(to, event->fields[i].value);
        }
    }
    add_record(to, &row->record);
}

void segment_row_bytes(Buf *to, const Row *row)
{
    add_head(to, row);
    buf_add_slice(to, row->event.raw);
    add_rest(to, row);
}

/* Raw is most of a row: it is hashed where it stands. */
int segment_leaf_record(const SegmentKey *key, Buf *scratch, const Row *row, Slice raw,
                        uint64_t rank, TreeRecord *ret)
{
    buf_clear(scratch);
    add_head(scratch, row);
    size_t head_bytes = scratch->len;
    add_rest(scratch, row);
    if (buf_error(scratch)) return -ENOMEM;
    crypt_blind(key, rank, ret->blind);
    ret->pieces[0] = slice_first(buf_slice(scratch), head_bytes);
    ret->pieces[1] = raw;
    ret->pieces[2] = slice_skip(buf_slice(scratch), head_bytes);
    ret->count = 3;
    return 0;
}

int segment_leaf_of(const SegmentKey *key, Buf *scratch, const Row *row, uint64_t rank, Digest *ret)
{
    TreeRecord record;
    int r = segment_leaf_record(key, scratch, row, row->event.raw, rank, &record);
    if (r == 0) *ret = tree_record_leaf_of(record.blind, record.pieces, record.count);
    return r;
}
