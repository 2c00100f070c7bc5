/* See evtx_writer.h. */
#include "tests/support/evtx_writer.h"

#include "base/check.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/number.h"
#include "base/time_text.h"
#include "base/utf8.h"

#define FILE_HEADER_BYTES 4096
#define CHUNK_BYTES 65536
#define CHUNK_HEADER_BYTES 512
#define TYPE_XML 0x21

/* ---- values ---- */

void evtx_values_clear(EvtxValues *values)
{
    values->count = values->used = 0;
}

void evtx_values_add(EvtxValues *values, uint8_t type, const void *bytes, size_t len)
{
    CHECK(values->count < EVTX_WRITER_VALUES_MAX);
    CHECK(len <= EVTX_WRITER_VALUE_BYTES_MAX - values->used);
    values->items[values->count++] =
        (EvtxWriterValue){.type = type, .at = (uint32_t)values->used, .len = (uint32_t)len};
    if (len) memcpy(values->bytes + values->used, bytes, len);
    values->used += len;
}

void evtx_values_add_null(EvtxValues *values)
{
    evtx_values_add(values, 0, NULL, 0);
}

void evtx_values_add_text(EvtxValues *values, const char *utf8)
{
    Slice rest = slice_from_cstr(utf8);
    evtx_values_add(values, 0x01, NULL, 0);
    EvtxWriterValue *value = &values->items[values->count - 1];
    while (rest.len > 0) {
        uint32_t c = utf8_take(&rest);
        uint16_t units[2] = {(uint16_t)c, 0};
        size_t len = 2;
        if (c >= 0x10000) {
            units[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
            units[1] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
            len = 4;
        }
        CHECK(len <= EVTX_WRITER_VALUE_BYTES_MAX - values->used);
        memcpy(values->bytes + values->used, units, len);
        values->used += len;
        value->len += (uint32_t)len;
    }
}

void evtx_values_add_number(EvtxValues *values, uint8_t type, uint64_t number, size_t len)
{
    evtx_values_add(values, type, &number, len);
}

static uint64_t filetime(int64_t ns)
{
    return (uint64_t)(ns / 100 + 116444736000000000); /* 1601 to 1970 */
}

void evtx_values_add_time(EvtxValues *values, int64_t ns)
{
    evtx_values_add_number(values, 0x11, filetime(ns), 8);
}

void evtx_values_add_guid(EvtxValues *values, const char *text)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    unsigned char guid[16];
    for (size_t i = 0; i < 16; i++) {
        uint64_t byte;
        text += strspn(text, "{-");
        CHECK(number_parse_hex(slice_of(text, 2), &byte) == 0);
        guid[order[i]] = (unsigned char)byte;
        text += 2;
    }
    evtx_values_add(values, 0x0f, guid, sizeof guid);
}

void evtx_values_add_sid(EvtxValues *values, const char *text)
{
    unsigned char sid[8 + 4 * 15] = {1};
    Slice rest = slice_from_cstr(text), piece;
    uint64_t number;
    CHECK(slice_cut(&rest, '-', &piece) && slice_cut(&rest, '-', &piece));
    CHECK(slice_cut(&rest, '-', &piece) && number_parse_u64(piece, &number) == 0);
    sid[7] = (unsigned char)number;
    while (slice_cut(&rest, '-', &piece)) {
        CHECK(sid[1] < 15 && number_parse_u64(piece, &number) == 0);
        memcpy(sid + 8 + 4 * sid[1]++, &number, 4);
    }
    evtx_values_add(values, 0x13, sid, 8 + 4 * (size_t)sid[1]);
}

void evtx_values_add_xml(EvtxValues *values, EvtxXml xml)
{
    evtx_values_add(values, TYPE_XML, NULL, 0);
    values->items[values->count - 1].nested = xml;
}

/* ---- the open chunk ---- */

void evtx_writer_put(EvtxWriter *writer, const void *bytes, size_t len)
{
    if (writer->overflow || len > CHUNK_BYTES - writer->used) {
        writer->overflow = true;
        return;
    }
    if (len) memcpy(writer->chunk + writer->used, bytes, len);
    writer->used += len;
}

void evtx_writer_put_number(EvtxWriter *writer, uint64_t number, size_t len)
{
    evtx_writer_put(writer, &number, len);
}

static void put_fragment(EvtxWriter *writer, EvtxXml xml, bool nested);

static void put_values(EvtxWriter *writer, const EvtxValues *values)
{
    size_t count = values ? values->count : 0;
    evtx_writer_put_number(writer, count, 4);
    size_t table_at = writer->used;
    for (size_t i = 0; i < count; i++) {
        evtx_writer_put_number(writer, (uint64_t)values->items[i].type << 16, 4);
    }
    for (size_t i = 0; i < count; i++) {
        const EvtxWriterValue *value = &values->items[i];
        size_t start = writer->used;
        if (value->type == TYPE_XML && value->nested.xml) {
            put_fragment(writer, value->nested, true);
        } else {
            evtx_writer_put(writer, values->bytes + value->at, value->len);
        }
        uint16_t len = (uint16_t)(writer->used - start);
        if (!writer->overflow) memcpy(writer->chunk + table_at + 4 * i, &len, 2);
    }
}

static void put_template(EvtxWriter *writer, const char *xml)
{
    static const uint64_t seeds[2][2] = {{3, 4}, {5, 6}};
    uint64_t guid[2] = {siphash_1_3(seeds[0], slice_from_cstr(xml)),
                        siphash_1_3(seeds[1], slice_from_cstr(xml))};
    evtx_writer_put_number(writer, 0x0c, 1);
    evtx_writer_put_number(writer, 1, 1);
    evtx_writer_put(writer, guid, 4);
    for (size_t i = 0; i < writer->template_count; i++) {
        if (writer->templates[i].hash == guid[0]) {
            evtx_writer_put_number(writer, writer->templates[i].at, 4);
            return;
        }
    }
    CHECK(writer->template_count < EVTX_WRITER_NAMES_MAX);
    size_t at = writer->used + 4;
    writer->templates[writer->template_count++] =
        (EvtxWriterName){.at = (uint32_t)at, .hash = guid[0]};
    evtx_writer_put_number(writer, at, 4);
    evtx_writer_put_number(writer, 0, 4);
    evtx_writer_put(writer, guid, sizeof guid);
    evtx_writer_put_number(writer, 0, 4);
    size_t body_at = writer->used;
    evtx_writer_put(writer, "\x0f\x01\x01", 4);
    evtx_writer_put_xml(writer, xml, true);
    evtx_writer_put_number(writer, 0, 1);
    uint32_t bytes = (uint32_t)(writer->used - body_at);
    if (!writer->overflow) memcpy(writer->chunk + body_at - 4, &bytes, 4);
}

static void put_fragment(EvtxWriter *writer, EvtxXml xml, bool nested)
{
    evtx_writer_put(writer, "\x0f\x01\x01", 4);
    if (xml.loose) {
        evtx_writer_put_xml(writer, xml.xml, !nested);
    } else {
        put_template(writer, xml.xml);
        put_values(writer, xml.values);
    }
    evtx_writer_put_number(writer, 0, 1);
}

static void put_record(EvtxWriter *writer, EvtxXml xml, int64_t written_ns)
{
    size_t at = writer->used;
    evtx_writer_put(writer, "**\0\0\0\0\0", 8);
    evtx_writer_put_number(writer, writer->next_id, 8);
    evtx_writer_put_number(writer, filetime(written_ns), 8);
    put_fragment(writer, xml, false);
    while (!writer->overflow && (writer->used - at + 4) % 8 != 0) {
        evtx_writer_put_number(writer, 0, 1);
    }
    uint32_t bytes = (uint32_t)(writer->used - at + 4);
    evtx_writer_put_number(writer, bytes, 4);
    if (!writer->overflow) memcpy(writer->chunk + at + 4, &bytes, 4);
}

static void open_chunk(EvtxWriter *writer)
{
    memset(writer->chunk, 0, sizeof writer->chunk);
    memcpy(writer->chunk, "ElfChnk", 8);
    writer->used = CHUNK_HEADER_BYTES;
    writer->last_record_at = 0;
    writer->first_id = writer->next_id;
    writer->name_count = writer->template_count = 0;
}

static void set(char *to, size_t at, uint64_t number, size_t len)
{
    memcpy(to + at, &number, len);
}

static void seal_chunk(char *chunk)
{
    char covered[CHUNK_HEADER_BYTES - 8];
    size_t free_at = read_le32(chunk + 48);
    CHECK(free_at >= CHUNK_HEADER_BYTES && free_at <= CHUNK_BYTES);
    Slice records = slice_of(chunk + CHUNK_HEADER_BYTES, free_at - CHUNK_HEADER_BYTES);
    set(chunk, 52, digest_crc32(records), 4);
    memcpy(covered, chunk, 120);
    memcpy(covered + 120, chunk + 128, CHUNK_HEADER_BYTES - 128);
    set(chunk, 124, digest_crc32(slice_of(covered, sizeof covered)), 4);
}

void evtx_writer_close_chunk(EvtxWriter *writer)
{
    if (writer->used == 0) return;
    char *chunk = writer->chunk;
    uint64_t last_id = writer->next_id - 1;
    set(chunk, 8, writer->first_id, 8);
    set(chunk, 16, last_id, 8);
    set(chunk, 24, writer->first_id, 8);
    set(chunk, 32, last_id, 8);
    set(chunk, 40, 128, 4);
    set(chunk, 44, writer->last_record_at, 4);
    set(chunk, 48, writer->used, 4);
    seal_chunk(chunk);
    buf_add(&writer->file, chunk, CHUNK_BYTES);
    writer->chunk_count++;
    writer->used = 0;
}

/* ---- the file ---- */

void evtx_writer_init(EvtxWriter *writer)
{
    static const char header[FILE_HEADER_BYTES];
    memset(writer, 0, sizeof *writer);
    writer->next_id = 1;
    buf_add(&writer->file, header, sizeof header);
}

void evtx_writer_done(EvtxWriter *writer)
{
    buf_done(&writer->file);
}

void evtx_writer_add(EvtxWriter *writer, EvtxXml xml, int64_t written_ns)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (writer->used == 0) open_chunk(writer);
        size_t at = writer->used, names = writer->name_count, templates = writer->template_count;
        put_record(writer, xml, written_ns);
        if (!writer->overflow) {
            writer->last_record_at = at;
            writer->next_id++;
            return;
        }
        CHECK(at > CHUNK_HEADER_BYTES);
        memset(writer->chunk + at, 0, CHUNK_BYTES - at);
        writer->overflow = false;
        writer->used = at;
        writer->name_count = names;
        writer->template_count = templates;
        evtx_writer_close_chunk(writer);
    }
    check_failed("the record fits into a chunk", __FILE__, __LINE__);
}

void evtx_writer_add_unused(EvtxWriter *writer)
{
    static const char zeros[CHUNK_BYTES];
    evtx_writer_close_chunk(writer);
    buf_add(&writer->file, zeros, sizeof zeros);
}

static void seal_header(char *header)
{
    set(header, 124, digest_crc32(slice_of(header, 120)), 4);
}

Slice evtx_writer_finish(EvtxWriter *writer)
{
    evtx_writer_close_chunk(writer);
    CHECK(buf_error(&writer->file) == 0);
    char *header = writer->file.ptr;
    memcpy(header, "ElfFile", 8);
    set(header, 16, writer->chunk_count ? writer->chunk_count - 1u : 0, 8);
    set(header, 24, writer->next_id, 8);
    set(header, 32, 128, 4);
    set(header, 36, 1, 2);
    set(header, 38, 3, 2);
    set(header, 40, FILE_HEADER_BYTES, 2);
    set(header, 42, writer->chunk_count, 2);
    seal_header(header);
    return buf_slice(&writer->file);
}

void evtx_writer_seal(char *file, size_t bytes, size_t index)
{
    size_t at = FILE_HEADER_BYTES + index * CHUNK_BYTES;
    CHECK(bytes >= at + CHUNK_BYTES);
    seal_chunk(file + at);
    seal_header(file);
}

/* ---- events like Windows' ---- */

static const char system_xml[] =
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='{14?}' Guid='{15?}'/><EventID Qualifiers='{4?}'>{3?}</EventID>"
    "<Version>{11?}</Version><Level>{0?}</Level><Task>{2?}</Task><Opcode>{1?}</Opcode>"
    "<Keywords>{5?}</Keywords><TimeCreated SystemTime='{6?}'/>"
    "<EventRecordID>{10?}</EventRecordID>"
    "<Correlation ActivityID='{7?}' RelatedActivityID='{18?}'/>"
    "<Execution ProcessID='{8?}' ThreadID='{9?}'/><Channel>{16?}</Channel>"
    "<Computer>{17?}</Computer><Security UserID='{12?}'/></System>{19?}</Event>";

void evtx_writer_add_event(EvtxWriter *writer, const EvtxEvent *event)
{
    static EvtxValues values;
    evtx_values_clear(&values);
    evtx_values_add_number(&values, 0x04, event->level, 1);
    evtx_values_add_number(&values, 0x04, event->opcode, 1);
    evtx_values_add_number(&values, 0x06, event->task, 2);
    evtx_values_add_number(&values, 0x06, event->event_id, 2);
    evtx_values_add_null(&values);
    evtx_values_add_number(&values, 0x15, event->keywords, 8);
    evtx_values_add_time(&values, event->time_ns);
    evtx_values_add_null(&values);
    evtx_values_add_number(&values, 0x08, event->process_id, 4);
    evtx_values_add_number(&values, 0x08, event->thread_id, 4);
    evtx_values_add_number(&values, 0x0a, writer->next_id, 8);
    evtx_values_add_number(&values, 0x04, event->version, 1);
    if (event->user_sid) {
        evtx_values_add_sid(&values, event->user_sid);
    } else {
        evtx_values_add_null(&values);
    }
    evtx_values_add_null(&values);
    evtx_values_add_text(&values, event->provider);
    if (event->provider_guid) {
        evtx_values_add_guid(&values, event->provider_guid);
    } else {
        evtx_values_add_null(&values);
    }
    evtx_values_add_text(&values, event->channel);
    evtx_values_add_text(&values, event->computer);
    evtx_values_add_null(&values);
    if (event->data_xml) {
        evtx_values_add_xml(&values, (EvtxXml){.xml = event->data_xml, .values = event->data});
    } else {
        evtx_values_add_null(&values);
    }
    evtx_writer_add(writer, (EvtxXml){.xml = system_xml, .values = &values}, event->time_ns);
}
