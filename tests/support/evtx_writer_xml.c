/* See evtx_writer.h: a template's text to BinXML tokens. */
#include "tests/support/evtx_writer.h"

#include "base/check.h"
#include "base/map.h"
#include "base/number.h"
#include "base/utf8.h"

typedef struct Reader {
    EvtxWriter *writer;
    const char *at;
    bool with_dependencies;
} Reader;

static void put_utf16(EvtxWriter *writer, Slice utf8)
{
    while (utf8.len > 0) {
        uint32_t c = utf8_take(&utf8);
        if (c >= 0x10000) {
            evtx_writer_put_number(writer, 0xd800 + ((c - 0x10000) >> 10), 2);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        evtx_writer_put_number(writer, c, 2);
    }
}

static size_t utf16_units(Slice utf8)
{
    size_t units = 0;
    while (utf8.len > 0) {
        units += utf8_take(&utf8) >= 0x10000 ? 2 : 1;
    }
    return units;
}

static void put_counted(EvtxWriter *writer, Slice utf8)
{
    evtx_writer_put_number(writer, utf16_units(utf8), 2);
    put_utf16(writer, utf8);
}

/* The offset of a name, and the name in place when the chunk does not have it yet. */
static void put_name(EvtxWriter *writer, Slice name)
{
    static const uint64_t seed[2] = {1, 2};
    uint64_t key = siphash_1_3(seed, name);
    for (size_t i = 0; i < writer->name_count; i++) {
        if (writer->names[i].hash == key) {
            evtx_writer_put_number(writer, writer->names[i].at, 4);
            return;
        }
    }
    CHECK(writer->name_count < EVTX_WRITER_NAMES_MAX);
    size_t at = writer->used + 4;
    writer->names[writer->name_count++] = (EvtxWriterName){.at = (uint32_t)at, .hash = key};
    evtx_writer_put_number(writer, at, 4);
    evtx_writer_put_number(writer, 0, 4);
    uint32_t hash = 0; /* libevtx paper, "Name" */
    for (size_t i = 0; i < name.len; i++) {
        hash = hash * 65599 + (unsigned char)name.ptr[i];
    }
    evtx_writer_put_number(writer, hash, 2);
    put_counted(writer, name);
    evtx_writer_put_number(writer, 0, 2);
}

static void patch(EvtxWriter *writer, size_t at, size_t number)
{
    uint32_t value = (uint32_t)number;
    if (!writer->overflow) memcpy(writer->chunk + at, &value, sizeof value);
}

static Slice take_until(Reader *reader, const char *end)
{
    const char *found = strstr(reader->at, end);
    CHECK(found != NULL);
    Slice taken = slice_of(reader->at, (size_t)(found - reader->at));
    reader->at = found + strlen(end);
    return taken;
}

static Slice take_word(Reader *reader, const char *ends)
{
    size_t len = strcspn(reader->at, ends);
    Slice word = slice_of(reader->at, len);
    reader->at += len;
    return word;
}

static void put_value(Reader *reader)
{
    reader->at++;
    Slice number = take_word(reader, "?}");
    uint64_t index;
    CHECK(number_parse_u64(number, &index) == 0);
    bool optional = *reader->at == '?';
    reader->at += optional ? 2 : 1;
    evtx_writer_put_number(reader->writer, optional ? 0x0e : 0x0d, 1);
    evtx_writer_put_number(reader->writer, index, 2);
    evtx_writer_put_number(reader->writer, 0x01, 1);
}

static void put_reference(Reader *reader)
{
    reader->at++;
    Slice name = take_until(reader, ";");
    uint64_t code;
    if (name.len > 1 && name.ptr[0] == '#' && number_parse_u64(slice_skip(name, 1), &code) == 0) {
        evtx_writer_put_number(reader->writer, 0x08, 1);
        evtx_writer_put_number(reader->writer, code, 2);
        return;
    }
    evtx_writer_put_number(reader->writer, 0x09, 1);
    put_name(reader->writer, name);
}

static void put_text(Reader *reader, const char *ends)
{
    evtx_writer_put_number(reader->writer, 0x05, 1);
    evtx_writer_put_number(reader->writer, 0x01, 1);
    put_counted(reader->writer, take_word(reader, ends));
}

/* The parts of an attribute's value, up to the quote. */
static void put_attribute_value(Reader *reader, char quote)
{
    const char ends[] = {quote, '{', '&', 0};
    while (*reader->at != quote) {
        if (*reader->at == '{') {
            put_value(reader);
        } else if (*reader->at == '&') {
            put_reference(reader);
        } else {
            put_text(reader, ends);
        }
    }
    reader->at++;
}

static bool skip_blanks(Reader *reader)
{
    reader->at += strspn(reader->at, " \n");
    return *reader->at != '>' && *reader->at != '/';
}

static void put_attributes(Reader *reader, size_t dependency_at)
{
    while (skip_blanks(reader)) {
        Slice name = take_word(reader, "=");
        char quote = *++reader->at;
        reader->at++;
        if (slice_eq(name, SLICE("_if"))) {
            uint64_t value;
            CHECK(number_parse_u64(take_word(reader, "'\""), &value) == 0);
            reader->at++;
            if (!reader->writer->overflow) memcpy(reader->writer->chunk + dependency_at, &value, 2);
            continue;
        }
        evtx_writer_put_number(reader->writer, 0x06, 1);
        put_name(reader->writer, name);
        put_attribute_value(reader, quote);
    }
}

static void put_element(Reader *reader);

static void put_content(Reader *reader)
{
    while (strncmp(reader->at, "</", 2) != 0) {
        if (strncmp(reader->at, "<![CDATA[", 9) == 0) {
            reader->at += 9;
            evtx_writer_put_number(reader->writer, 0x07, 1);
            put_counted(reader->writer, take_until(reader, "]]>"));
        } else if (strncmp(reader->at, "<?", 2) == 0) {
            reader->at += 2;
            evtx_writer_put_number(reader->writer, 0x0a, 1);
            put_name(reader->writer, take_word(reader, " "));
            reader->at++;
            evtx_writer_put_number(reader->writer, 0x0b, 1);
            put_counted(reader->writer, take_until(reader, "?>"));
        } else if (*reader->at == '<') {
            put_element(reader);
        } else if (*reader->at == '{') {
            put_value(reader);
        } else if (*reader->at == '&') {
            put_reference(reader);
        } else {
            CHECK(*reader->at != 0);
            put_text(reader, "<{&");
        }
    }
    take_until(reader, ">");
}

static void put_element(Reader *reader)
{
    EvtxWriter *writer = reader->writer;
    CHECK(*reader->at == '<');
    reader->at++;
    Slice name = take_word(reader, " />");
    bool with_attributes = skip_blanks(reader);
    evtx_writer_put_number(writer, with_attributes ? 0x41 : 0x01, 1);
    size_t dependency_at = writer->used;
    if (reader->with_dependencies) evtx_writer_put_number(writer, 0xffff, 2);
    size_t size_at = writer->used;
    evtx_writer_put_number(writer, 0, 4);
    put_name(writer, name);
    if (with_attributes) {
        size_t attributes_at = writer->used;
        evtx_writer_put_number(writer, 0, 4);
        put_attributes(reader, dependency_at);
        patch(writer, attributes_at, writer->used - attributes_at - 4);
    }
    bool empty = *reader->at == '/';
    reader->at += empty ? 2 : 1;
    evtx_writer_put_number(writer, empty ? 0x03 : 0x02, 1);
    if (!empty) {
        put_content(reader);
        evtx_writer_put_number(writer, 0x04, 1);
    }
    patch(writer, size_at, writer->used - size_at - 4);
}

void evtx_writer_put_xml(EvtxWriter *writer, const char *xml, bool with_dependencies)
{
    Reader reader = {.writer = writer, .at = xml, .with_dependencies = with_dependencies};
    while (*reader.at) {
        put_element(&reader);
    }
}
