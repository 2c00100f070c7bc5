/* decode/evtx: damaged, cut, lying and hostile files. One bad record never loses the others. */
#include "tests/support/evtx_decoded.h"
#include "tests/support/evtx_writer.h"
#include "tests/support/tap.h"

#include "base/number.h"
#include "base/time_text.h"

#include <stdlib.h>

#define CHUNK_AT 4096
#define RECORDS_AT (CHUNK_AT + 512)
#define RECORD_COUNT 10

static EvtxWriter writer;
static EvtxValues values, inner;
static EvtxDecoded decoded;
static Slice file; /* the writer's bytes; tests change them in place */
static size_t record_at[RECORD_COUNT];

static char *bytes_at(size_t at)
{
    return writer.file.ptr + at;
}

static void begin(void)
{
    evtx_decoded_done(&decoded);
    evtx_writer_done(&writer);
    evtx_writer_init(&writer);
    evtx_values_clear(&values);
    evtx_values_clear(&inner);
}

/* One chunk of ten records of one template, ids 101-110, then an unused chunk. */
static void make_ten(void)
{
    begin();
    writer.next_id = 101;
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        evtx_values_clear(&values);
        evtx_values_add_number(&values, 0x08, i, 4);
        evtx_values_add_text(&values, "text of a record");
        evtx_writer_add(&writer,
                        (EvtxXml){.xml = "<Event><EventData><Data Name='N'>{0}</Data>"
                                         "<Data Name='T'>{1}</Data></EventData></Event>",
                                  .values = &values},
                        NS_PER_SECOND);
        record_at[i] = CHUNK_AT + writer.last_record_at;
    }
    evtx_writer_add_unused(&writer);
    file = evtx_writer_finish(&writer);
}

static bool decode(Slice bytes)
{
    evtx_decoded_done(&decoded);
    return expect_ok(evtx_decode_bytes(&evtx_decoder, bytes, 0, &decoded));
}

/* Exactly one damage, of this reason and place, and so many events. */
static const Damage *expect_one(Slice bytes, EvtxReason reason, uint64_t offset, uint64_t events)
{
    static const Damage none = {.reason = ""};
    if (!decode(bytes)) return &none;
    expect_int(decoded.damage_count, 1);
    expect_int(decoded.events, (int64_t)events);
    if (decoded.damage_count == 0) return &none;
    expect_text(slice_from_cstr(decoded.damages[0].reason), evtx_reasons[reason]);
    expect_int(decoded.damages[0].offset, (int64_t)offset);
    return &decoded.damages[0];
}

static void put(size_t at, uint64_t number, size_t len)
{
    memcpy(bytes_at(at), &number, len);
}

static void sealed(void)
{
    evtx_writer_seal(writer.file.ptr, writer.file.len, 0);
}

/* ---- the file ---- */

static void a_wrong_file_header_loses_nothing(void)
{
    make_ten();
    put(0, 'X', 1);
    expect_one(file, EVTX_FILE_SIGNATURE, 0, RECORD_COUNT);
    make_ten();
    put(20, 0xff, 1);
    expect_one(file, EVTX_FILE_CHECKSUM, 0, RECORD_COUNT);
    make_ten();
    put(20, 0xff, 1);
    put(120, 4, 4); /* says that there are no checksums */
    decode(file);
    expect_int(decoded.damage_count, 0);
    make_ten();
    put(42, 9999, 2); /* a count that lies, under a wrong checksum */
    expect_one(file, EVTX_FILE_CHECKSUM, 0, RECORD_COUNT);
    make_ten();
    expect_one(slice_first(file, 100), EVTX_FILE_TRUNCATED, 0, 0);
    expect_one((Slice){0}, EVTX_FILE_TRUNCATED, 0, 0);
    expect_one(slice_first(file, CHUNK_AT), EVTX_FILE_CHUNKS_MISSING, CHUNK_AT, 0);
    expect_one(slice_skip(file, CHUNK_AT), EVTX_FILE_SIGNATURE, 0, RECORD_COUNT);
}

/* Misalignment: bytes missing or too many before a chunk, and inside of one. */
static void chunks_are_found_wherever_they_begin(void)
{
    make_ten();
    CLEANUP(buf_done) Buf moved = {0};
    buf_add_slice(&moved, slice_first(file, CHUNK_AT));
    buf_add_cstr(&moved, "stray bytes, among them ElfChn, before the chunk");
    size_t stray = moved.len - CHUNK_AT;
    buf_add_slice(&moved, slice_skip(file, CHUNK_AT));
    const Damage *damage =
        expect_one(buf_slice(&moved), EVTX_CHUNK_SIGNATURE, CHUNK_AT, RECORD_COUNT);
    expect_int(damage->bytes, (int64_t)stray);

    buf_clear(&moved); /* the first chunk lost its end; a second one follows */
    buf_add_slice(&moved, slice_first(file, record_at[5]));
    buf_add_slice(&moved, slice_skip(file, CHUNK_AT));
    decode(buf_slice(&moved));
    expect_int(decoded.events, 5 + RECORD_COUNT);
    expect_int(evtx_decoded_count(&decoded, EVTX_CHUNK_TRUNCATED), 1);
}

static void garbage_is_one_damage_and_zeros_are_none(void)
{
    make_ten();
    CLEANUP(buf_done) Buf long_file = {0};
    buf_add_slice(&long_file, file);
    for (size_t i = 0; i < 150000; i++) {
        buf_add_char(&long_file, (char)(i * 7919 >> 4));
    }
    size_t garbage = long_file.len - file.len;
    buf_add_slice(&long_file, slice_skip(file, CHUNK_AT));
    const Damage *damage =
        expect_one(buf_slice(&long_file), EVTX_CHUNK_SIGNATURE, file.len, 2 * RECORD_COUNT);
    expect_int(damage->bytes, (int64_t)garbage);
}

/* ---- chunk headers ---- */

static void a_chunk_without_its_header_still_gives_its_records(void)
{
    make_ten();
    memset(bytes_at(CHUNK_AT), 0xee, 200);
    expect_one(file, EVTX_CHUNK_SIGNATURE, CHUNK_AT, RECORD_COUNT);
    make_ten();
    put(CHUNK_AT + 40, 77, 4);
    sealed();
    expect_one(file, EVTX_CHUNK_HEADER, CHUNK_AT, RECORD_COUNT);
    make_ten();
    put(CHUNK_AT + 48, 0xffffffff, 4);
    expect_one(file, EVTX_CHUNK_HEADER, CHUNK_AT, RECORD_COUNT);
    make_ten();
    put(CHUNK_AT + 44, record_at[2] - CHUNK_AT, 4); /* an altered end must not hide records */
    put(CHUNK_AT + 48, record_at[3] - CHUNK_AT, 4);
    expect_one(file, EVTX_CHUNK_HEADER_CHECKSUM, CHUNK_AT, RECORD_COUNT);
}

static void altered_bytes_are_told_and_sound_records_come_out(void)
{
    make_ten();
    put(record_at[9] + 60, 'X', 1);
    expect_one(file, EVTX_CHUNK_CHECKSUM, RECORDS_AT, RECORD_COUNT);
    put(CHUNK_AT + 120, 4, 4);
    decode(file);
    expect_int(decoded.damage_count, 0);
}

static void slack_is_not_read(void)
{
    make_ten();
    put(CHUNK_AT + 48, record_at[6] - CHUNK_AT, 4);
    put(CHUNK_AT + 44, record_at[5] - CHUNK_AT, 4);
    put(CHUNK_AT + 32, 106, 8);
    sealed();
    decode(file);
    expect_int(decoded.events, 6);
    expect_int(decoded.damage_count, 0);
    /* The same with a header that cannot be trusted: old records show by their ids. */
    for (size_t i = 6; i < RECORD_COUNT; i++) {
        put(record_at[i] + 8, 40 + i, 8);
    }
    put(CHUNK_AT + 124, 0, 4);
    expect_one(file, EVTX_CHUNK_HEADER_CHECKSUM, CHUNK_AT, 6);
}

/* ---- records ---- */

static void one_bad_record_never_loses_the_rest(void)
{
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        make_ten();
        size_t bytes = read_le32(bytes_at(record_at[i] + 4));
        put(record_at[i], 'x', 1);
        sealed();
        const Damage *damage =
            expect_one(file, EVTX_RECORD_SIGNATURE, record_at[i], RECORD_COUNT - 1);
        expect_int(damage->bytes, (int64_t)bytes);
        make_ten();
        put(record_at[i] + 4, 0xfffffff0, 4);
        sealed();
        damage = expect_one(file, EVTX_RECORD_SIZE, record_at[i], RECORD_COUNT - 1);
        expect_int(damage->record_id, (int64_t)(101 + i));
    }
}

static void a_wrong_second_size_alone_loses_nothing(void)
{
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        make_ten();
        size_t bytes = read_le32(bytes_at(record_at[i] + 4));
        put(record_at[i] + bytes - 4, 12345, 4);
        sealed();
        expect_one(file, EVTX_RECORD_SIZE, record_at[i], RECORD_COUNT);
        expect_int(decoded.good, RECORD_COUNT - 1);
        expect(slice_find(evtx_decoded_line(&decoded, i), SLICE("\"T\":\"text of a record\"")) !=
               SLICE_NOT_FOUND);
    }
}

/* Records of another chunk's ids inside of a damaged one are old bytes, not events. */
static void foreign_records_after_damage_are_refused(void)
{
    make_ten();
    size_t end = record_at[9] + read_le32(bytes_at(record_at[9] + 4));
    put(record_at[4] + 4, 0xfffffff0, 4);
    for (size_t i = 5; i < RECORD_COUNT; i++) {
        put(record_at[i] + 8, 90000 + i, 8);
    }
    sealed();
    const Damage *damage = expect_one(file, EVTX_RECORD_SIZE, record_at[4], 4);
    expect_int(damage->bytes, (int64_t)(end - record_at[4]));
}

/* ---- BinXML ---- */

static void broken_binxml_gives_a_failed_event_and_its_reason(void)
{
    static const struct {
        EvtxReason reason;
        size_t at; /* from record 9's BinXML: header 4, instance 10, count 4, table 8, values */
        uint64_t number;
        size_t len;
    } cases[] = {
        {EVTX_XML_TOKEN, 4, 0x33, 1},          {EVTX_TEMPLATE_MISSING, 10, 0xfffffff0, 4},
        {EVTX_TEMPLATE_MISSING, 10, 600, 4},   {EVTX_TEMPLATE_MISSING, 6, 0, 4},
        {EVTX_VALUE_TABLE, 14, 0xffffffff, 4}, {EVTX_VALUE_TABLE, 18, 0xffff, 2},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        make_ten();
        put(record_at[9] + 24 + cases[i].at, cases[i].number, cases[i].len);
        sealed();
        const Damage *damage = expect_one(file, cases[i].reason, record_at[9], RECORD_COUNT);
        expect_int(damage->record_id, 110);
        expect(slice_find(evtx_decoded_line(&decoded, 9), SLICE("\"akashi.parse\":\"failed\"")) !=
               SLICE_NOT_FOUND);
    }
}

/* Breaks the template's definition, which the first record holds: every record tells it. */
static void a_broken_definition_is_told_by_each_record(void)
{
    static const struct {
        EvtxReason reason;
        size_t at; /* from the definition's body: header 4, then the element Event */
        uint64_t number;
        size_t len;
    } cases[] = {
        {EVTX_XML_TOKEN, 4, 0x04, 1},
        {EVTX_XML_TRUNCATED, 7, 0xffffffff, 4},
        {EVTX_XML_NAME, 11, 0xfffffff0, 4},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        make_ten();
        size_t body = record_at[0] + 24 + 4 + 10 + 24;
        put(body + cases[i].at, cases[i].number, cases[i].len);
        sealed();
        decode(file);
        expect_int(decoded.events, RECORD_COUNT);
        expect_int(decoded.good, 0);
        expect_int(evtx_decoded_count(&decoded, cases[i].reason), RECORD_COUNT);
    }
}

static void fields_before_the_damage_are_kept(void)
{
    static const struct {
        EvtxReason reason;
        Slice xml; /* of value 0 */
    } cases[] = {
        {EVTX_XML_TOKEN, SLICE_INIT("\x0f\x01\x01\x00\x33")},
        {EVTX_XML_TRUNCATED, SLICE_INIT("\x0f\x01\x01")},
        {EVTX_XML_TRUNCATED, SLICE_INIT("\x0f\x01\x01\x00\x0c\x01")},
        {EVTX_XML_TRUNCATED, SLICE_INIT("\x0f\x01\x01\x00\x01\x00")},
        {EVTX_VALUE_MISSING, SLICE_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        begin();
        evtx_values_add(&values, 0x21, cases[i].xml.ptr, cases[i].xml.len);
        bool missing = cases[i].reason == EVTX_VALUE_MISSING;
        const char *xml = missing ? "<Event><System><EventID>5</EventID>{1}</System></Event>"
                                  : "<Event><System><EventID>5</EventID></System>{0}</Event>";
        evtx_writer_add(&writer, (EvtxXml){.xml = xml, .values = &values}, NS_PER_SECOND);
        expect_one(evtx_writer_finish(&writer), cases[i].reason, RECORDS_AT, 1);
        Slice line = evtx_decoded_line(&decoded, 0);
        expect(slice_find(line, SLICE("\"EventID\":5,\"akashi.parse_error\":")) != SLICE_NOT_FOUND);
        expect(slice_find(line, SLICE("\"akashi.parse\":\"partial\"}")) != SLICE_NOT_FOUND);
        expect(slice_find(line, slice_from_cstr(evtx_reasons[cases[i].reason])) != SLICE_NOT_FOUND);
    }
}

/* ---- cuts and flips ---- */

static void make_long(void)
{
    begin();
    for (int i = 0; i < 1500; i++) {
        evtx_values_clear(&values);
        evtx_values_clear(&inner);
        evtx_values_add_text(&inner, "inner text of some length, to fill the chunks");
        evtx_values_add_number(&values, 0x08, (uint64_t)i, 4);
        evtx_values_add_xml(
            &values,
            (EvtxXml){.xml = "<EventData><Data Name='T'>{0}</Data></EventData>", .values = &inner});
        evtx_writer_add(
            &writer,
            (EvtxXml){.xml = "<Event><System><EventID>{0}</EventID></System>{1}</Event>",
                      .values = &values},
            NS_PER_SECOND);
    }
    file = evtx_writer_finish(&writer);
}

/* All whole records before the cut come out, the same as from the whole file. */
static void check_cut(size_t cut, size_t step)
{
    EvtxDecoded part = {0};
    decoded.good_until = cut;
    if (!decode(file)) return;
    expect_ok(evtx_decode_bytes(&evtx_decoder, slice_first(file, cut), step, &part));
    if (!expect_int(part.good, (int64_t)decoded.good_before)) tap_note("cut at %zu", cut);
    expect_slice(buf_slice(&part.json), slice_first(buf_slice(&decoded.json), part.json.len));
    if (cut < file.len) expect(part.damage_count > 0);
    evtx_decoded_done(&part);
}

static void a_cut_file_gives_all_records_before_the_cut(void)
{
    make_long();
    for (size_t cut = 0; cut <= file.len; cut += EVTX_CHUNK_BYTES) {
        check_cut(cut, 0);
        check_cut(cut < file.len - CHUNK_AT ? cut + CHUNK_AT : file.len, EVTX_CHUNK_BYTES);
    }
    uint64_t random = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 200; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        check_cut((size_t)(random % file.len), i % 2 ? 50000 : 0);
    }
}

/* Each byte changed in turn: never a crash, at most the record that holds it is lost. */
static void each_byte_flipped_loses_at_most_one_record(void)
{
    static const unsigned char flips[] = {0x01, 0xff};
    make_ten();
    size_t end = record_at[9] + read_le32(bytes_at(record_at[9] + 4));
    Slice small = slice_first(file, CHUNK_AT + EVTX_CHUNK_BYTES);
    for (size_t at = 0; at < small.len; at += at < 128 || (at >= CHUNK_AT && at < end) ? 1 : 97) {
        for (size_t i = 0; i < ARRAY_COUNT(flips); i++) {
            *bytes_at(at) = (char)(*bytes_at(at) ^ flips[i]);
            if (!decode(small)) return;
            *bytes_at(at) = (char)(*bytes_at(at) ^ flips[i]);
            if (decoded.events >= RECORD_COUNT - 1) continue;
            tap_fail(__FILE__, __LINE__, "byte %zu flipped by %d: %d events", at, flips[i],
                     (int)decoded.events);
            return;
        }
    }
}

static int stop_at_event(void *context, const Event *event)
{
    (void)event;
    return --*(int *)context == 0 ? -42 : 0;
}

static int ignore_damage(void *context, const Damage *damage)
{
    (void)context;
    (void)damage;
    return 0;
}

static void the_sink_can_stop_the_decoder(void)
{
    make_ten();
    CLEANUP(arena_done) Arena arena = arena_make(0);
    void *state = evtx_decoder.new(&(DecodeOptions){0});
    if (!expect(state != NULL)) return;
    int left = 3;
    DecodeSink sink = {.event = stop_at_event, .damage = ignore_damage, .context = &left};
    DecodeWindow window = {.bytes = file, .last = true};
    expect_int(evtx_decoder.feed(state, &window, &arena, &sink), -42);
    expect_int(left, 0);
    evtx_decoder.free(state);
}

static const TapTest tests[] = {
    TAP_TEST(a_wrong_file_header_loses_nothing),
    TAP_TEST(chunks_are_found_wherever_they_begin),
    TAP_TEST(garbage_is_one_damage_and_zeros_are_none),
    TAP_TEST(a_chunk_without_its_header_still_gives_its_records),
    TAP_TEST(altered_bytes_are_told_and_sound_records_come_out),
    TAP_TEST(slack_is_not_read),
    TAP_TEST(one_bad_record_never_loses_the_rest),
    TAP_TEST(a_wrong_second_size_alone_loses_nothing),
    TAP_TEST(foreign_records_after_damage_are_refused),
    TAP_TEST(broken_binxml_gives_a_failed_event_and_its_reason),
    TAP_TEST(a_broken_definition_is_told_by_each_record),
    TAP_TEST(fields_before_the_damage_are_kept),
    TAP_TEST(a_cut_file_gives_all_records_before_the_cut),
    TAP_TEST(each_byte_flipped_loses_at_most_one_record),
    TAP_TEST(the_sink_can_stop_the_decoder),
};
TAP_MAIN(tests)
