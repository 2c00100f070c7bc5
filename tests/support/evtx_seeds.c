/* Writes the seeds of fuzz_evtx: small files that hold every token and value type. The first byte
 * is the target's choice of windows; chunks are cut after their records to keep the seeds small.
 *
 *   evtx_seeds FOLDER */
#include "tests/support/evtx_writer.h"

#include <stdio.h>

static EvtxWriter writer;
static EvtxValues values, inner;
static const char *folder;
static bool failed;

/* With the file header only when asked: it is 4096 bytes, nearly all zero. */
static void write_seed(const char *name, char windows, bool with_header)
{
    char path[4096];
    size_t end = 4096 + writer.used;
    Slice file = evtx_writer_finish(&writer);
    Slice seed = slice_first(file, end);
    if (!with_header) seed = slice_skip(seed, 4096);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *to = fopen(path, "wb");
    failed |=
        !to || fwrite(&windows, 1, 1, to) != 1 || fwrite(seed.ptr, 1, seed.len, to) != seed.len;
    if (to) failed |= fclose(to) != 0;
    evtx_writer_done(&writer);
}

static void begin(void)
{
    evtx_writer_init(&writer);
    evtx_values_clear(&values);
    evtx_values_clear(&inner);
}

static void add(const char *xml)
{
    evtx_writer_add(&writer, (EvtxXml){.xml = xml, .values = &values}, 1);
}

/* One value of each type, and one array of each. */
static void every_type(void)
{
    static const unsigned char types[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                                          0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
                                          0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x20, 0x23};
    static const char bytes[16] = "\x01\x01\x03\0\x05\0\x07\0\x09\0\x0b\0\x0d\0\x0f";
    CLEANUP(buf_done) Buf xml = {0};
    for (int array = 0; array < 2; array++) {
        begin();
        buf_clear(&xml);
        buf_add_cstr(&xml, "<Event><EventData>");
        for (size_t i = 0; i < sizeof types; i++) {
            buf_add_format(&xml, "<Data Name='t%zu'>{%zu}</Data>", i, i);
            evtx_values_add(&values, (unsigned char)(types[i] | (array ? 0x80 : 0)), bytes,
                            sizeof bytes);
        }
        buf_add(&xml, "</EventData></Event>", 21);
        add(xml.ptr);
        write_seed(array ? "array_types" : "value_types", 0, false);
    }
}

static void every_token(void)
{
    begin();
    evtx_values_add_text(&values, "\xe5\xbe\xa9");
    evtx_values_add_null(&values);
    for (int i = 0; i < 2; i++) {
        add("<Event><EventData Name='S'><Data>a{0}&lt;&#65;<![CDATA[c]]></Data><Data Name='{0}'/>"
            "<Data Name='Level' _if='1'>x</Data><?pi data?><X><Y a='{1?}'>{1?}</Y></X></EventData>"
            "</Event>");
    }
    evtx_writer_add(&writer, (EvtxXml){.xml = "<Event><a>b</a></Event>", .loose = true}, 1);
    write_seed("tokens", 0, false);
}

static void nested(void)
{
    begin();
    evtx_values_add_text(&inner, "in");
    evtx_values_add_xml(
        &values, (EvtxXml){.xml = "<UserData><W><L>{0}</L></W></UserData>", .values = &inner});
    evtx_values_add_xml(&values, (EvtxXml){.xml = "<L>loose</L>", .loose = true});
    for (int i = 0; i < 2; i++) {
        add("<Event><System><Level>1</Level></System>{0}<EventData>{1}</EventData></Event>");
    }
    write_seed("nested", 0, false);
}

static void like_windows(void)
{
    EvtxEvent event = {.provider = "Example",
                       .provider_guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
                       .channel = "Security",
                       .computer = "pc.example.com",
                       .user_sid = "S-1-5-18",
                       .event_id = 4624,
                       .time_ns = 1,
                       .data_xml = "<EventData><Data Name='A'>{0}</Data></EventData>",
                       .data = &inner};
    begin();
    evtx_values_add_text(&inner, "a");
    for (int i = 0; i < 3; i++) {
        evtx_writer_add_event(&writer, &event);
    }
    write_seed("events", 1, true);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: evtx_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    every_type();
    every_token();
    nested();
    like_windows();
    if (failed) fprintf(stderr, "evtx_seeds: cannot write into %s\n", folder);
    return failed ? 2 : 0;
}
