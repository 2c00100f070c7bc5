/* decode/evtx: what fields records of every kind give. Damage is in evtx_damage_test.c, real files
 * in evtx_corpus_test.c. */
#include "tests/support/evtx_decoded.h"
#include "tests/support/evtx_writer.h"
#include "tests/support/tap.h"

#include "base/time_text.h"

#define NOON_NS ((int64_t)1779105600 * NS_PER_SECOND) /* 2026-05-18T12:00:00Z */

static EvtxWriter writer;
static EvtxValues values, inner;
static EvtxDecoded decoded;

static void begin(void)
{
    evtx_decoded_done(&decoded);
    evtx_writer_done(&writer);
    evtx_writer_init(&writer);
    evtx_values_clear(&values);
    evtx_values_clear(&inner);
}

static void add(const char *xml)
{
    evtx_writer_add(&writer, (EvtxXml){.xml = xml, .values = &values}, NOON_NS);
}

/* Both decoders must say the same and find no damage. */
static bool decode(void)
{
    EvtxDecoded uncached = {0};
    Slice file = evtx_writer_finish(&writer);
    bool held = expect_ok(evtx_decode_bytes(&evtx_decoder, file, 0, &decoded)) &&
                expect_ok(evtx_decode_bytes(&evtx_uncached_decoder, file, 0, &uncached));
    held = held && expect_slice(buf_slice(&decoded.json), buf_slice(&uncached.json));
    evtx_decoded_done(&uncached);
    return held && expect_int(decoded.damage_count, 0);
}

/* Is `"name":value` (or any text) in the line? */
static bool has_text(size_t line, const char *text)
{
    return slice_find(evtx_decoded_line(&decoded, line), slice_from_cstr(text)) != SLICE_NOT_FOUND;
}
#define expect_has(line, text)                                                                     \
    do {                                                                                           \
        if (!has_text(line, text))                                                                 \
            tap_fail(__FILE__, __LINE__, "%s is not in %.*s", text,                                \
                     SLICE_FMT(evtx_decoded_line(&decoded, line)));                                \
    } while (0)
#define expect_has_not(line, text)                                                                 \
    do {                                                                                           \
        if (has_text(line, text))                                                                  \
            tap_fail(__FILE__, __LINE__, "%s is in %.*s", text,                                    \
                     SLICE_FMT(evtx_decoded_line(&decoded, line)));                                \
    } while (0)

typedef struct ValueCase {
    uint8_t type;
    Slice bytes;
    const char *json; /* of field X; NULL: the field is not there */
} ValueCase;

#define BYTES(literal) SLICE_INIT(literal)
static const ValueCase value_cases[] = {
    {0x00, BYTES(""), "\"\""},
    {0x01, BYTES(""), "\"\""},
    {0x01, BYTES("a\0b\0"), "\"ab\""},
    {0x01, BYTES("a\0b\0\0\0"), "\"ab\""},
    {0x01, BYTES("a\0\0\0b\0"), "\"a\\u0000b\""},
    {0x01, BYTES("\x01\0\x1f\0\"\0"), "\"\\u0001\\u001f\\\"\""},
    {0x01,
     BYTES("\x00\xd8"
           "a\0"),
     "\"\xef\xbf\xbd"
     "a\""},
    {0x01, BYTES("\x3d\xd8\x00\xde"), "\"\xf0\x9f\x98\x80\""},
    {0x01, BYTES("a\0b"), "\"a\""},
    {0x02, BYTES("plain\0"), "\"plain\""},
    {0x02, BYTES("caf\xe9 \x80"), "\"caf\xc3\xa9 \xe2\x82\xac\""},
    {0x02, BYTES("caf\xc3\xa9"), "\"caf\xc3\xa9\""},
    {0x03, BYTES("\xff"), "-1"},
    {0x04, BYTES("\xff"), "255"},
    {0x05, BYTES("\xfe\xff"), "-2"},
    {0x06, BYTES("\xfe\xff"), "65534"},
    {0x07, BYTES("\x00\x00\x00\x80"), "-2147483648"},
    {0x08, BYTES("\x00\x00\x00\x80"), "2147483648"},
    {0x09, BYTES("\x00\x00\x00\x00\x00\x00\x00\x80"), "-9223372036854775808"},
    {0x0a, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615"},
    {0x0a, BYTES("\x05\x00\x00\x00"), "5"},
    {0x08, BYTES("\x05\x06\x07"), "\"050607\""},
    {0x0b, BYTES("\x00\x00\xc0\x3f"), "1.5"},
    {0x0b, BYTES("\xcd\xcc\xcc\x3d"), "0.1"},
    {0x0b, BYTES("\x00\x00\x80\x7f"), "\"INF\""},
    {0x0c, BYTES("\x9a\x99\x99\x99\x99\x99\xb9\x3f"), "0.1"},
    {0x0c, BYTES("\x55\x55\x55\x55\x55\x55\xd5\x3f"), "0.3333333333333333"},
    {0x0c, BYTES("\x00\x00\x00\x00\x00\x00\xf8\x7f"), "\"NaN\""},
    {0x0c, BYTES("\x00\x00\x00\x00\x00\x00\xf0\xff"), "\"-INF\""},
    {0x0c, BYTES("\x01\x02"), "\"0102\""},
    {0x0d, BYTES("\x01\x00\x00\x00"), "true"},
    {0x0d, BYTES("\x00\x00\x00\x00"), "false"},
    {0x0d, BYTES("\x00\x07\x00\x00"), "true"},
    {0x0d, BYTES("\x01"), "true"},
    {0x0e, BYTES("\xde\xad\xbe\xef"), "\"DEADBEEF\""},
    {0x0f, BYTES("\x25\x96\x84\x54\x78\x54\x94\x49\xa5\xba\x3e\x3b\x03\x28\xc3\x0d"),
     "\"{54849625-5478-4994-A5BA-3E3B0328C30D}\""},
    {0x0f, BYTES("\x25\x96"), "\"2596\""},
    {0x10, BYTES("\x4c\x02\x00\x00"), "\"0x24c\""},
    {0x10, BYTES("\x4c\x02\x00\x00\x01\x00\x00\x00"), "\"0x10000024c\""},
    {0x11, BYTES("\x87\x0d\x9e\x6b\x7e\x62\xd0\x01"), "\"2015-03-19T19:53:50.4665991Z\""},
    {0x11, BYTES("\x00\x00\x00\x00\x00\x00\x00\x00"), "\"1601-01-01T00:00:00Z\""},
    {0x11, BYTES("\xff\xff\xff\xff\xff\xff\xff\x7f"), "\"0x7fffffffffffffff\""},
    {0x11, BYTES("\xff\x3f\xc0\xd1\x5e\x5a\xc8\x24"), "\"9999-12-31T23:59:59.9999999Z\""},
    {0x12, BYTES("\xea\x07\x0c\x00\x04\x00\x1f\x00\x17\x00\x3b\x00\x3a\x00\x7b\x00"),
     "\"2026-12-31T23:59:58.123Z\""},
    {0x12, BYTES("\xea\x07\x0d\x00\x04\x00\x1f\x00\x17\x00\x3b\x00\x3a\x00\x7b\x00"),
     "\"EA070D0004001F0017003B003A007B00\""},
    {0x13, BYTES("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"), "\"S-1-5-18\""},
    {0x13, BYTES("\x01\x00\x12\x34\x56\x78\x9a\xbc"), "\"S-1-0x123456789abc\""},
    {0x13, BYTES("\x01\x05\x00\x00"), "\"01050000\""},
    {0x13, BYTES("\x01\x05\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"),
     "\"010500000000000512000000\""},
    {0x14, BYTES("\x6d\x00\x00\xc0"), "\"0xc000006d\""},
    {0x15, BYTES("\xe7\x03\x00\x00\x00\x00\x00\x00"), "\"0x3e7\""},
    {0x20, BYTES("\x01\x02"), "\"0102\""},
    {0x81, BYTES("a\0\0\0\0\0b\0\0\0"), "[\"a\",\"\",\"b\"]"},
    {0x81, BYTES("a\0\0\0b\0"), "[\"a\",\"b\"]"},
    {0x82, BYTES("a\0bc\0"), "[\"a\",\"bc\"]"},
    {0x83, BYTES("\x01\xff"), "[1,-1]"},
    {0x84, BYTES("\x01\xff"), "[1,255]"},
    {0x85, BYTES("\x01\x00\xff\xff"), "[1,-1]"},
    {0x86, BYTES("\x01\x00\xff\xff"), "[1,65535]"},
    {0x87, BYTES("\x01\x00\x00\x00\xff\xff\xff\xff"), "[1,-1]"},
    {0x88, BYTES("\x01\x00\x00\x00\x02\x00\x00\x00\x07"), "[1,2,7]"},
    {0x89, BYTES("\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), "[1,-1]"},
    {0x8a, BYTES("\x01\x00\x00\x00\x00\x00\x00\x00"), "1"},
    {0x8b, BYTES("\x00\x00\x80\x3f\x00\x00\x00\x40"), "[1,2]"},
    {0x8c, BYTES("\x00\x00\x00\x00\x00\x00\xf0\x3f"), "1"},
    {0x8d, BYTES("\x01\x00\x00\x00\x00\x00\x00\x00"), "[true,false]"},
    {0x8f, BYTES("\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
     "\"{00000001-0000-0000-0000-000000000000}\""},
    {0x90, BYTES("\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00"), "[\"0x1\",\"0x2\",\"0x3\"]"},
    {0x90, BYTES("\x01\x00\x00\x00\x02\x00\x00\x00"), "\"0x200000001\""},
    {0x91, BYTES("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3e\xd5\xde\xb1\x9d\x01"),
     "[\"1601-01-01T00:00:00Z\",\"1970-01-01T00:00:00Z\"]"},
    {0x92, BYTES("\xea\x07\x01\x00\x04\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
     "\"2026-01-01T00:00:00Z\""},
    {0x93,
     BYTES("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x01"
           "\x00\x00\x00\x00"),
     "[\"S-1-5-18\",\"S-1-1-0\"]"},
    {0x94, BYTES("\x01\x00\x00\x00\x0a\x00\x00\x00"), "[\"0x1\",\"0xa\"]"},
    {0x95, BYTES("\x0a\x00\x00\x00\x00\x00\x00\x00\x0b\x00\x00\x00\x00\x00\x00\x00"),
     "[\"0xa\",\"0xb\"]"},
    {0x8e, BYTES("\x01\x02"), "\"0102\""},
};

static void every_value_type_has_its_text(void)
{
    static const char xml[] = "<Event><EventData><Data Name='X'>{0}</Data></EventData></Event>";
    begin();
    for (size_t i = 0; i < ARRAY_COUNT(value_cases); i++) {
        evtx_values_clear(&values);
        evtx_values_add(&values, value_cases[i].type, value_cases[i].bytes.ptr,
                        value_cases[i].bytes.len);
        add(xml);
    }
    if (!decode()) return;
    for (size_t i = 0; i < ARRAY_COUNT(value_cases); i++) {
        Slice line = evtx_decoded_line(&decoded, i);
        size_t at = slice_find(line, SLICE("\"X\":"));
        if (!expect(at != SLICE_NOT_FOUND && line.len > 0)) continue;
        Slice json = slice_skip(line, at + 4);
        json.len--; /* the closing brace */
        expect_text(json, value_cases[i].json);
    }
}

static void a_plausible_event_has_all_system_fields(void)
{
    static const char data[] = "<EventData><Data Name='TargetUserName'>{0}</Data></EventData>";
    EvtxEvent event = {.provider = "Microsoft-Windows-Security-Auditing",
                       .provider_guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
                       .channel = "Security",
                       .computer = "DC01.example.com",
                       .user_sid = "S-1-5-18",
                       .event_id = 4624,
                       .version = 2,
                       .task = 12544,
                       .keywords = 0x8020000000000000,
                       .time_ns = NOON_NS + 1234500,
                       .process_id = 640,
                       .thread_id = 1520,
                       .data_xml = data,
                       .data = &values};
    begin();
    writer.next_id = 77;
    evtx_values_add_text(&values, "佐藤花子");
    evtx_writer_add_event(&writer, &event);
    if (!decode()) return;
    expect_text(evtx_decoded_line(&decoded, 0),
                "{\"@timestamp\":\"2026-05-18T12:00:00.001234500Z\",\"_file\":\"-\",\"_index\":0,"
                "\"_record\":77,\"Provider_Name\":\"Microsoft-Windows-Security-Auditing\","
                "\"Provider_Guid\":\"{54849625-5478-4994-A5BA-3E3B0328C30D}\",\"EventID\":4624,"
                "\"Version\":2,\"Level\":0,\"Task\":12544,\"Opcode\":0,"
                "\"Keywords\":\"0x8020000000000000\","
                "\"TimeCreated\":\"2026-05-18T12:00:00.0012345Z\",\"EventRecordID\":77,"
                "\"Execution_ProcessID\":640,\"Execution_ThreadID\":1520,\"Channel\":\"Security\","
                "\"Computer\":\"DC01.example.com\",\"Security_UserID\":\"S-1-5-18\","
                "\"TargetUserName\":\"佐藤花子\"}");
}

static void literal_system_values_keep_their_kinds(void)
{
    begin();
    evtx_values_add_text(&values, "{0a0b0c0d-0000-0000-0000-00000000000f}");
    evtx_values_add_number(&values, 0x0a, 0x8000000000000000, 8);
    add("<Event><System><Provider Name='P' Guid='{0}' EventSourceName='Old'/>"
        "<EventID Qualifiers='16384'>7</EventID><Keywords>{1}</Keywords>"
        "<TimeCreated SystemTime='2020-02-29T01:02:03.5Z'/><EventRecordID>99</EventRecordID>"
        "<Correlation ActivityID='abc' RelatedActivityID='{0}'/><Level>high</Level>"
        "<Execution ProcessID='1' ThreadID='2' SessionID='3'/><Security/></System></Event>");
    if (!decode()) return;
    expect_text(evtx_decoded_line(&decoded, 0),
                "{\"@timestamp\":\"2020-02-29T01:02:03.500Z\",\"_file\":\"-\",\"_index\":0,"
                "\"_record\":99,\"Provider_Name\":\"P\","
                "\"Provider_Guid\":\"{0A0B0C0D-0000-0000-0000-00000000000F}\","
                "\"EventSourceName\":\"Old\",\"EventID\":7,\"Qualifiers\":16384,"
                "\"Keywords\":\"0x8000000000000000\","
                "\"TimeCreated\":\"2020-02-29T01:02:03.5Z\",\"EventRecordID\":99,"
                "\"ActivityID\":\"ABC\","
                "\"RelatedActivityID\":\"{0A0B0C0D-0000-0000-0000-00000000000F}\","
                "\"Level\":\"high\",\"Execution_ProcessID\":1,\"Execution_ThreadID\":2,"
                "\"Execution_SessionID\":3}");
}

static void the_record_header_stands_in_for_system(void)
{
    begin();
    writer.next_id = 5;
    add("<Event><EventData><Data>x</Data></EventData></Event>");
    if (!decode()) return;
    expect_text(
        evtx_decoded_line(&decoded, 0),
        "{\"@timestamp\":\"2026-05-18T12:00:00Z\",\"_file\":\"-\",\"_index\":0,\"_record\":5,"
        "\"Data\":\"x\"}");
}

static void data_names_and_their_repeats(void)
{
    begin();
    evtx_values_add_text(&values, "B2");
    evtx_values_add_text(&values, "made");
    evtx_values_add(&values, 0x0e, "\x01\xab", 2);
    add("<Event><System><Channel>C</Channel><Version>1</Version></System>"
        "<EventData Name='Shape'><Data>one</Data><Data Name='B'>b1</Data><Data>two</Data>"
        "<Data Name='Channel'>mine</Data><Data Name='B'>{0}</Data><Data Name='Empty'/>"
        "<Data Name='{1}' Kind='k'>v</Data><Data Name='Channel'>mine2</Data>"
        "<Data Name='Qualifiers'>free</Data><Binary>{2}</Binary></EventData></Event>");
    if (!decode()) return;
    expect_has(0, "\"Channel\":\"C\",\"Version\":1,");
    expect_has(0, "\"EventData_Name\":\"Shape\"");
    expect_has(0, "\"Data\":[\"one\",\"two\"],");
    expect_has(0, "\"B\":[\"b1\",\"B2\"]");
    expect_has(0, "\"EventData.Channel\":[\"mine\",\"mine2\"]");
    expect_has(0, "\"Empty\":\"\"");
    expect_has(0, "\"made\":\"v\"");
    expect_has(0, "\"Data_Kind\":\"k\"");
    expect_has(0, "\"Qualifiers\":\"free\"");
    expect_has(0, "\"Binary\":\"01AB\"");
}

static void null_values_are_left_out_when_optional(void)
{
    begin();
    evtx_values_add_null(&values);
    evtx_values_add_text(&values, "");
    evtx_values_add_text(&values, "here");
    add("<Event><System><EventID Qualifiers='{0?}'>{0?}</EventID><Level>{0}</Level>"
        "<Task>{1}</Task></System><EventData><Data Name='A'>{0?}</Data><Data Name='B'>{0}</Data>"
        "<Data Name='C'>{1?}</Data><Data Name='D' _if='0'>d</Data><Data Name='E' _if='2'>e</Data>"
        "<Data Name='F'>{0?}{0?}</Data><Data Name='G'>{0?}g{0}</Data><X _if='0'><Y>y</Y></X>"
        "</EventData></Event>");
    if (!decode()) return;
    expect_text(slice_skip(evtx_decoded_line(&decoded, 0), 72),
                "\"B\":\"\",\"C\":\"\",\"E\":\"e\",\"G\":\"g\"}");
}

static void text_is_put_together_from_its_parts(void)
{
    static const char pair[] = "\x01\x00\x00\x00\x02\x00\x00\x00";
    begin();
    evtx_values_add_number(&values, 0x08, 42, 4);
    evtx_values_add(&values, 0x88, pair, 8);
    evtx_values_add_text(&values, "<s>");
    add("<Event><EventData><Data Name='A'>n={0}; list={1}; &lt;&amp;&#65;&gt;&quot;&apos;&nbsp;"
        "<![CDATA[<raw>]]>{2}</Data><Data Name='B'><?target some "
        "data?>b</Data></EventData></Event>");
    if (!decode()) return;
    expect_has(0, "\"A\":\"n=42; list=1, 2; <&A>\\\"'&nbsp;<raw><s>\"");
    expect_has(0, "\"B\":\"b\"");
    expect_has(0, "\"?target\":\"some data\"");
}

static void user_data_gives_its_leaves(void)
{
    begin();
    evtx_values_add_number(&values, 0x08, 9, 4);
    add("<Event><System><EventID>1</EventID></System><UserData><EventXML xmlns='urn:x' a='1'>"
        "<Param1>p</Param1><Group "
        "id='7'><Leaf>l1</Leaf><Leaf>l2</Leaf></Group><EventID>{0}</EventID>"
        "<Only attr='o'/><Blank></Blank></EventXML></UserData>"
        "<RenderingInfo "
        "Culture='en-US'><Message>hello</Message><Level>x</Level><Own>o</Own></RenderingInfo>"
        "</Event>");
    if (!decode()) return;
    expect_has(0, "\"EventID\":1,\"EventXML_a\":\"1\",\"Param1\":\"p\",\"Group_id\":\"7\","
                  "\"Leaf\":[\"l1\",\"l2\"],\"UserData.EventID\":9,\"Only_attr\":\"o\","
                  "\"Blank\":\"\",");
    expect_has(0, "\"RenderingInfo_Culture\":\"en-US\",\"Message\":\"hello\"");
    expect_has(0, "\"RenderingInfo.Level\":\"x\",\"RenderingInfo.Own\":\"o\"");
    expect_has_not(0, "urn:x");
}

static void binxml_in_values_is_flattened(void)
{
    begin();
    evtx_values_add_text(&inner, "deep");
    evtx_values_add_xml(&values, (EvtxXml){.xml = "<A><B>{0}</B><C>c</C></A>", .values = &inner});
    evtx_values_add_xml(&values, (EvtxXml){.xml = "<L x='1'>loose</L><L>two</L>", .loose = true});
    add("<Event><EventData><Data Name='N'>{0}</Data><Data Name='B'>other</Data>{1}"
        "<Data Name='M'>m{0}</Data></EventData></Event>");
    if (!decode()) return;
    expect_has(0, "\"B\":[\"deep\",\"other\",\"deep\"]");
    expect_has(0, "\"C\":[\"c\",\"c\"]");
    expect_has(0, "\"L_x\":\"1\"");
    expect_has(0, "\"L\":[\"loose\",\"two\"]");
    expect_has(0, "\"M\":\"m\"");
}

static void records_without_a_template(void)
{
    begin();
    evtx_writer_add(&writer,
                    (EvtxXml){.xml = "<Event><System><EventID>3</EventID></System>"
                                     "<EventData><Data Name='A'>a</Data></EventData></Event>",
                              .loose = true},
                    NOON_NS);
    evtx_writer_add(&writer, (EvtxXml){.xml = "<Other><X>x</X></Other>", .loose = true}, NOON_NS);
    if (!decode()) return;
    expect_has(0, "\"EventID\":3,\"A\":\"a\"}");
    expect_has(1, "\"X\":\"x\"}");
}

/* The same definition with names elsewhere, and one that looks the same but names other names. */
static void templates_are_known_again_by_their_names(void)
{
    static const char xml[] =
        "<Event><EventData><Data Name='A'>{0}</Data><Q>{0}</Q></EventData></Event>";
    begin();
    evtx_values_add_text(&values, "v");
    for (int i = 0; i < 6; i++) {
        if (i == 3) evtx_writer_add(&writer, (EvtxXml){.xml = "<Q>first</Q>", .loose = true}, 0);
        add(xml);
        add(xml);
        evtx_writer_close_chunk(&writer);
    }
    if (!decode()) return;
    expect_int(decoded.events, 13);
    expect_has(12, "\"A\":\"v\",\"Q\":\"v\"}");
    char *file = writer.file.ptr;
    Slice last_chunk = slice_of(file + 4096 + 5 * 65536, 65536);
    size_t name = slice_find(last_chunk, SLICE("Q\0\0"));
    if (!expect(name != SLICE_NOT_FOUND)) return;
    file[4096 + 5 * 65536 + name] = 'R';
    evtx_writer_seal(file, writer.file.len, 5);
    evtx_decoded_done(&decoded);
    if (!expect_ok(evtx_decode_bytes(&evtx_decoder, buf_slice(&writer.file), 0, &decoded))) return;
    expect_has(10, "\"Q\":\"v\"}");
    expect_has(12, "\"R\":\"v\"}");
}

static void windows_of_any_size_give_the_same(void)
{
    static const size_t steps[] = {1, 4095, 4097, 65536, 100000, 262144};
    begin();
    evtx_values_add_text(&values, "some text to fill chunks with, a little longer than a word");
    for (int i = 0; i < 2000; i++) {
        add("<Event><EventData><Data Name='A'>{0}</Data></EventData></Event>");
    }
    if (!decode()) return;
    expect_int(decoded.good, 2000);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        EvtxDecoded again = {0};
        size_t cut = steps[i] == 1 ? 6000 : writer.file.len; /* byte by byte is slow */
        EvtxDecoded whole = {0};
        Slice part = slice_first(buf_slice(&writer.file), cut);
        expect_ok(evtx_decode_bytes(&evtx_decoder, part, 0, &whole));
        expect_ok(evtx_decode_bytes(&evtx_decoder, part, steps[i], &again));
        expect_slice(buf_slice(&again.json), buf_slice(&whole.json));
        expect_int(again.damage_count, whole.damage_count);
        evtx_decoded_done(&again);
        evtx_decoded_done(&whole);
    }
}

static void files_are_recognised(void)
{
    begin();
    add("<Event/>");
    Slice file = evtx_writer_finish(&writer);
    expect_int(evtx_decoder.recognise(slice_first(file, 4096)), 100);
    expect_int(evtx_decoder.recognise(slice_first(slice_skip(file, 4096), 4096)), 90);
    expect_int(evtx_decoder.recognise(slice_first(file, 7)), 0);
    expect_int(evtx_decoder.recognise((Slice){0}), 0);
    expect_int(evtx_decoder.recognise(SLICE("ElfFilm-------")), 0);
}

static const TapTest tests[] = {
    TAP_TEST(every_value_type_has_its_text),
    TAP_TEST(a_plausible_event_has_all_system_fields),
    TAP_TEST(literal_system_values_keep_their_kinds),
    TAP_TEST(the_record_header_stands_in_for_system),
    TAP_TEST(data_names_and_their_repeats),
    TAP_TEST(null_values_are_left_out_when_optional),
    TAP_TEST(text_is_put_together_from_its_parts),
    TAP_TEST(user_data_gives_its_leaves),
    TAP_TEST(binxml_in_values_is_flattened),
    TAP_TEST(records_without_a_template),
    TAP_TEST(templates_are_known_again_by_their_names),
    TAP_TEST(windows_of_any_size_give_the_same),
    TAP_TEST(files_are_recognised),
};
TAP_MAIN(tests)
