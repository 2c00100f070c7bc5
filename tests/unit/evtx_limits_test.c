/* decode/evtx: the written maxima of evtx.h hold, whatever a file makes of its templates. */
#include "tests/support/evtx_decoded.h"
#include "tests/support/evtx_writer.h"
#include "tests/support/tap.h"

#include "base/time_text.h"

static EvtxWriter writer;
static EvtxValues values;
static EvtxDecoded decoded;

static void begin(void)
{
    evtx_decoded_done(&decoded);
    evtx_writer_done(&writer);
    evtx_writer_init(&writer);
    evtx_values_clear(&values);
}

static bool decode(Slice bytes)
{
    evtx_decoded_done(&decoded);
    return expect_ok(evtx_decode_bytes(&evtx_decoder, bytes, 0, &decoded));
}

static void elements_are_nested_to_a_maximum(void)
{
    CLEANUP(buf_done) Buf xml = {0};
    for (int depth = EVTX_ELEMENT_DEPTH_MAX; depth <= EVTX_ELEMENT_DEPTH_MAX + 1; depth++) {
        begin();
        buf_clear(&xml);
        for (int i = 0; i < depth; i++) {
            buf_add_cstr(&xml, i + 1 < depth ? "<a>" : "<a/>");
        }
        for (int i = 0; i + 1 < depth; i++) {
            buf_add_cstr(&xml, "</a>");
        }
        buf_add_char(&xml, 0);
        evtx_writer_add(&writer, (EvtxXml){.xml = xml.ptr}, NS_PER_SECOND);
        decode(evtx_writer_finish(&writer));
        bool too_deep = depth > EVTX_ELEMENT_DEPTH_MAX;
        expect_int(evtx_decoded_count(&decoded, EVTX_XML_DEPTH), too_deep);
        expect_int(decoded.good, !too_deep);
    }
}

static void values_are_nested_to_a_maximum(void)
{
    static EvtxValues levels[EVTX_NESTING_MAX + 1];
    for (size_t depth = EVTX_NESTING_MAX - 1; depth <= EVTX_NESTING_MAX; depth++) {
        begin();
        for (size_t i = 0; i < depth; i++) {
            evtx_values_clear(&levels[i]);
            if (i == 0) evtx_values_add_text(&levels[i], "bottom");
            if (i > 0) {
                evtx_values_add_xml(&levels[i],
                                    (EvtxXml){.xml = "<x>{0}</x>", .values = &levels[i - 1]});
            }
        }
        evtx_values_add_xml(&values, (EvtxXml){.xml = "<x>{0}</x>", .values = &levels[depth - 1]});
        evtx_writer_add(
            &writer,
            (EvtxXml){.xml = "<Event><EventData>{0}</EventData></Event>", .values = &values},
            NS_PER_SECOND);
        decode(evtx_writer_finish(&writer));
        bool too_deep = depth >= EVTX_NESTING_MAX;
        expect_int(evtx_decoded_count(&decoded, EVTX_XML_DEPTH), too_deep);
        expect_int(decoded.good, !too_deep);
        bool reached =
            slice_find(evtx_decoded_line(&decoded, 0), SLICE("bottom")) != SLICE_NOT_FOUND;
        expect_int(reached, !too_deep);
    }
}

/* A template that uses one long value many times, and BinXML values that multiply. */
static void an_event_expands_to_a_maximum(void)
{
    CLEANUP(buf_done) Buf xml = {0};
    begin();
    buf_add_cstr(&xml, "<Event><EventData>");
    for (int i = 0; i < 400; i++) {
        buf_add_cstr(&xml, "<Data>{0}</Data>");
    }
    buf_add_cstr(&xml, "</EventData></Event>");
    buf_add_char(&xml, 0);
    static char binary[8000];
    evtx_values_add(&values, 0x0e, binary, sizeof binary);
    evtx_writer_add(&writer, (EvtxXml){.xml = xml.ptr, .values = &values}, NS_PER_SECOND);
    decode(evtx_writer_finish(&writer));
    expect_int(evtx_decoded_count(&decoded, EVTX_EVENT_SIZE), 1);
    expect(decoded.json.len > 16000 && decoded.json.len < EVTX_EVENT_BYTES_MAX);
    expect(decoded.output_bytes_max < 4 * EVTX_EVENT_BYTES_MAX);

    begin();
    static EvtxValues levels[EVTX_NESTING_MAX];
    static const char eight[] = "<x>{0}</x><x>{0}</x><x>{0}</x><x>{0}</x>"
                                "<x>{0}</x><x>{0}</x><x>{0}</x><x>{0}</x>";
    evtx_values_clear(&levels[0]);
    evtx_values_add_text(&levels[0], "bomb");
    for (int i = 1; i < EVTX_NESTING_MAX - 1; i++) {
        evtx_values_clear(&levels[i]);
        evtx_values_add_xml(&levels[i], (EvtxXml){.xml = eight, .values = &levels[i - 1]});
    }
    for (int i = 0; i < 20; i++) {
        evtx_writer_add(&writer, (EvtxXml){.xml = eight, .values = &levels[EVTX_NESTING_MAX - 2]},
                        NS_PER_SECOND);
    }
    decode(evtx_writer_finish(&writer));
    expect_int(decoded.events, 20);
    expect_int(evtx_decoded_count(&decoded, EVTX_EVENT_SIZE), 20);
    expect(decoded.output_bytes_max < 3 * EVTX_CHUNK_OUTPUT_BYTES_MAX);
}

static void an_array_of_many_items_is_cut_at_the_maximum(void)
{
    static char items[EVTX_EVENT_FIELDS_MAX + 1];
    for (size_t count = EVTX_EVENT_FIELDS_MAX - 1; count <= EVTX_EVENT_FIELDS_MAX + 1; count++) {
        begin();
        evtx_values_add(&values, 0x84, items, count);
        evtx_writer_add(&writer,
                        (EvtxXml){.xml = "<Event><EventData><Data>{0}</Data></EventData></Event>",
                                  .values = &values},
                        NS_PER_SECOND);
        decode(evtx_writer_finish(&writer));
        expect_int(decoded.events, 1);
        expect_int(decoded.good, count <= EVTX_EVENT_FIELDS_MAX);
    }
}

/* More templates than the cache keeps: the same output. */
static void a_full_cache_only_costs_time(void)
{
    CLEANUP(buf_done) Buf xml = {0};
    begin();
    for (int i = 0; i < 2 * EVTX_CACHE_PROGRAMS_MAX + 100; i++) {
        buf_clear(&xml);
        buf_add_format(&xml, "<Event><EventData><Data Name='n'>%d={0}</Data></EventData></Event>",
                       i);
        buf_add_char(&xml, 0);
        evtx_values_clear(&values);
        evtx_values_add_number(&values, 0x08, (uint64_t)i, 4);
        for (int twice = 0; twice < 2; twice++) {
            evtx_writer_add(&writer, (EvtxXml){.xml = xml.ptr, .values = &values}, NS_PER_SECOND);
        }
    }
    decode(evtx_writer_finish(&writer));
    expect_int(decoded.damage_count, 0);
    expect_int(decoded.good, 2 * (2 * EVTX_CACHE_PROGRAMS_MAX + 100));
    EvtxDecoded uncached = {0};
    expect_ok(evtx_decode_bytes(&evtx_uncached_decoder, buf_slice(&writer.file), 0, &uncached));
    expect_slice(buf_slice(&uncached.json), buf_slice(&decoded.json));
    evtx_decoded_done(&uncached);
}

static const TapTest tests[] = {
    TAP_TEST(elements_are_nested_to_a_maximum),
    TAP_TEST(values_are_nested_to_a_maximum),
    TAP_TEST(an_event_expands_to_a_maximum),
    TAP_TEST(an_array_of_many_items_is_cut_at_the_maximum),
    TAP_TEST(a_full_cache_only_costs_time),
};
TAP_MAIN(tests)
