/* translate/context: what stands in files: lists of people, threat lists (lines, CSV, STIX 2.1),
 * the country database; and what is refused of them. */
#include "tests/support/mmdb_writer.h"
#include "tests/support/tap.h"

#include "translate/context/context.h"
#include "translate/context/geo_file.h"
#include "translate/context/threat_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t SEED[2] = {3, 5};

/* --- threat lists ----------------------------------------------------------------------------- */

static bool knows_address(const ThreatSet *set, const char *text)
{
    Address address;
    expect_ok(network_parse_address(slice_from_cstr(text), &address));
    return threat_find_address(set, &address) != 0;
}

static void set_done(ThreatSet *set)
{
    threat_done(set);
}

static ThreatSet set_new(void)
{
    ThreatSet set;
    threat_init(&set, SEED);
    expect_int(threat_add_list(&set, SLICE("list")), 0);
    return set;
}

static void kinds_of_indicators(void)
{
    static const struct {
        const char *text;
        int kind;
    } cases[] = {
        {"192.0.2.1", THREAT_NETWORK},
        {"2001:db8::/32", THREAT_NETWORK},
        {"bad.example", THREAT_DOMAIN},
        {"_dmarc.bad.example.", THREAT_DOMAIN},
        {"悪.example", THREAT_DOMAIN},
        {"http://bad.example/x?y", THREAT_URL},
        {"d41d8cd98f00b204e9800998ecf8427e", THREAT_HASH},
        {"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", THREAT_HASH},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", THREAT_HASH},
        {"example", -EINVAL},
        {"com.", -EINVAL},
        {"1.2.3", -EINVAL},
        {"300.1.1.1", -EINVAL},
        {"a b.example", -EINVAL},
        {"d41d8cd98f00b204e9800998ecf8427", -EINVAL},
        {"http://", -EINVAL},
        {"", -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        ThreatKind kind = THREAT_NETWORK;
        int r = threat_kind_of(slice_from_cstr(cases[i].text), &kind);
        if (!expect_int(r < 0 ? r : (int)kind, cases[i].kind)) tap_note("%s", cases[i].text);
    }
}

static void lines_and_csv(void)
{
    CLEANUP(set_done) ThreatSet set = set_new();
    ThreatTally tally = {0};
    const char *plain = "\xef\xbb\xbf# comment\n"
                        "198.51.100.1\r\n"
                        "\n"
                        "0.0.0.0 tracker.example # hosts\n"
                        "127.0.0.1\tother.example\n"
                        "this is nothing\n"
                        "hxxps[:]//evil[.]example/drop\n"
                        "; another comment\n"
                        "198.51.100.64/26 ; SBL1\n";
    expect_ok(threat_read_lines(&set, 0, slice_from_cstr(plain), (Slice){0}, &tally));
    expect_int(tally.added, 5);
    expect_int(tally.refused, 1);
    expect_int(tally.first_refused_line, 6);
    const char *csv = "\"id\",\"dateadded\",\"url\",\"tags\"\n"
                      "\"1\",\"2026-11-20 08:00\",\"http://mal.example/a,b\",\"exe \"\"x\"\"\"\n"
                      "\"2\",\"2026-11-20 08:01\",\"http://mal2.example/\",\"\"\n";
    ThreatTally second = {0};
    expect_ok(threat_read_lines(&set, 0, slice_from_cstr(csv), (Slice){0}, &second));
    expect_int(second.added, 2);
    expect_int(second.refused, 1); /* its head */
    const char *columns = "first,evil,good\nok.example,bad1.example,fine.example\nshort\n";
    ThreatTally third = {0};
    expect_ok(threat_read_lines(&set, 0, slice_from_cstr(columns), SLICE("Evil"), &third));
    expect_int(third.added, 1);
    expect_int(third.refused, 1);
    expect_ok(threat_finish(&set));
    expect(knows_address(&set, "198.51.100.1"));
    expect(knows_address(&set, "198.51.100.127"));
    expect(!knows_address(&set, "198.51.100.128"));
    expect(!knows_address(&set, "127.0.0.1"));
    expect(threat_find_domain(&set, SLICE("tracker.example")) == 1);
    expect(threat_find_domain(&set, SLICE("a.other.example")) == 1);
    expect(threat_find_domain(&set, SLICE("ok.example")) == 0);
    expect(threat_find_domain(&set, SLICE("bad1.example")) == 1);
    expect(threat_find_domain(&set, SLICE("fine.example")) == 0);
    expect(threat_find_domain(&set, SLICE("example")) == 0);
    expect(threat_find_url(&set, SLICE("https://evil.example/drop")) == 1);
    expect(threat_find_url(&set, SLICE("https://evil.example/Drop")) == 0);
    expect(threat_find_url(&set, SLICE("http://mal.example/a,b")) == 1);
    expect(threat_find_url(&set, SLICE("http://MAL2.example")) == 1);
}

#define INDICATOR(pattern, more)                                                                   \
    "{\"type\":\"indicator\",\"pattern_type\":\"stix\"," more "\"pattern\":\"" pattern "\"}"
#define ADDRESS(address) "[ipv4-addr:value = '" address "']"

static const char *const stix_pieces[] = {
    "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"extra\":{\"objects\":[1]},\"objects\":[\n",
    "{\"type\":\"malware\",\"name\":\"x\",\"pattern\":\"" ADDRESS("198.51.100.1") "\"},\n",
    INDICATOR(ADDRESS("198.51.100.2"), "") ",",
    INDICATOR("[domain-name:value='a.bad.example' OR url:value = 'http://b.example/it\\\\'s']", ""),
    ",\n",
    INDICATOR("[file:hashes.'SHA-256' = "
              "'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855'] OR "
              "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']",
              "") ",",
    INDICATOR("[ipv4-addr:value IN ('198.51.100.10', '198.51.100.11')]", "") ",",
    INDICATOR("[ipv4-addr:value ISSUBSET '198.51.100.64/28']", "") ",",
    INDICATOR("[ipv4-addr:value = '198.51.100.20' AND domain-name:value = 'x.example']", "") ",",
    INDICATOR("[ipv4-addr:value != '198.51.100.21']", "") ",",
    INDICATOR(ADDRESS("198.51.100.22") " FOLLOWEDBY [url:value = 'http://x.example/']", "") ",",
    INDICATOR("[network-traffic:dst_port = '22']", "") ",",
    INDICATOR(ADDRESS("198.51.100.23"), "\"revoked\":true,") ",",
    INDICATOR(ADDRESS("198.51.100.24"), "\"valid_until\":\"2026-01-01T00:00:00Z\",") ",",
    INDICATOR(ADDRESS("198.51.100.25"), "\"valid_until\":\"2027-01-01T00:00:00.000Z\","),
    "],\"spec_version\":\"2.1\"}",
};

static Buf stix_text(void)
{
    Buf text = {0};
    for (size_t i = 0; i < ARRAY_COUNT(stix_pieces); i++) {
        buf_add_cstr(&text, stix_pieces[i]);
    }
    return text;
}

static void stix_bundles(void)
{
    CLEANUP(set_done) ThreatSet set = set_new();
    CLEANUP(buf_done) Buf stix = stix_text();
    ThreatTally tally = {0};
    Complaint complaint = {0};
    const int64_t now_ns = INT64_C(1795737600) * NS_PER_SECOND; /* 2026-11-27 */
    expect_ok(threat_read_stix(&set, 0, buf_slice(&stix), now_ns, &tally, &complaint));
    expect_int(tally.added, 9);
    expect_int(tally.refused, 4);
    expect_int(tally.expired, 2);
    expect_ok(threat_finish(&set));
    static const char *const in[] = {"198.51.100.2",  "198.51.100.10", "198.51.100.11",
                                     "198.51.100.64", "198.51.100.79", "198.51.100.25"};
    static const char *const out[] = {"198.51.100.1",  "198.51.100.20", "198.51.100.21",
                                      "198.51.100.22", "198.51.100.23", "198.51.100.24",
                                      "198.51.100.80"};
    for (size_t i = 0; i < ARRAY_COUNT(in); i++) {
        if (!expect(knows_address(&set, in[i]))) tap_note("%s", in[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(out); i++) {
        if (!expect(!knows_address(&set, out[i]))) tap_note("%s", out[i]);
    }
    expect(threat_find_domain(&set, SLICE("a.bad.example")) == 1);
    expect(threat_find_domain(&set, SLICE("bad.example")) == 0);
    expect(threat_find_url(&set, SLICE("http://b.example/it's")) == 1);
    expect(threat_find_hash(
               &set, SLICE("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")) ==
           1);
    expect(threat_find_hash(&set, SLICE("D41D8CD98F00B204E9800998ECF8427E")) == 1);
}

/* Cut anywhere a bundle is refused with its place, and nothing worse. */
static void stix_cut_short(void)
{
    CLEANUP(buf_done) Buf stix = stix_text();
    for (size_t len = 0; len < stix.len; len++) {
        CLEANUP(set_done) ThreatSet set = set_new();
        ThreatTally tally = {0};
        Complaint complaint = {0};
        char *copy = malloc(len + 1); /* exactly as long as it says */
        if (!copy) return;
        memcpy(copy, stix.ptr, len);
        int r = threat_read_stix(&set, 0, slice_of(copy, len), TIME_UNKNOWN, &tally, &complaint);
        free(copy);
        if (!expect_int(r, -EBADMSG) || !expect(complaint.id && complaint.line > 0)) {
            tap_note("cut at %zu", len);
            return;
        }
    }
}

/* A million of entries: all are found, others are not, the memory stays within what the header
 * promises, and one more is refused. */
static void million_of_entries(void)
{
    CLEANUP(set_done) ThreatSet set = set_new();
    char text[64];
    const uint32_t half = THREAT_ENTRIES_MAX / 2;
    for (uint32_t i = 0; i < half; i++) {
        uint32_t number = 0x20000000 + i * 2;
        int len = snprintf(text, sizeof text, "%u.%u.%u.%u", number >> 24, number >> 16 & 255,
                           number >> 8 & 255, number & 255);
        if (!expect_ok(threat_add(&set, 0, slice_of(text, (size_t)len)))) return;
        len = snprintf(text, sizeof text, "host%u.bad.example", i);
        if (!expect_ok(threat_add(&set, 0, slice_of(text, (size_t)len)))) return;
    }
    expect_int(threat_add(&set, 0, SLICE("192.0.2.1")), -E2BIG);
    expect_ok(threat_finish(&set));
    expect(threat_bytes(&set) <= (size_t)32 << 20);
    unsigned missed = 0, invented = 0;
    for (uint32_t i = 0; i < half; i++) {
        Address in = {.number = 0x20000000 + i * 2, .is_v4 = true};
        Address out = {.number = 0x20000001 + i * 2, .is_v4 = true};
        missed += threat_find_address(&set, &in) != 1;
        invented += threat_find_address(&set, &out) != 0;
        int len = snprintf(text, sizeof text, "host%u.bad.example", i);
        missed += threat_find_domain(&set, slice_of(text, (size_t)len)) != 1;
        len = snprintf(text, sizeof text, "guest%u.bad.example", i);
        invented += threat_find_domain(&set, slice_of(text, (size_t)len)) != 0;
    }
    expect_int(missed, 0);
    expect_int(invented, 0);
    tap_note("%zu KiB for %u entries", threat_bytes(&set) >> 10, THREAT_ENTRIES_MAX);
}

/* --- the country database --------------------------------------------------------------------- */

static const MmdbNetwork mmdb_networks[] = {
    {{[12] = 192, 0, 2, 0}, 120, "JP"},         {{[12] = 198, 51, 100, 0}, 121, "US"},
    {{[12] = 198, 51, 100, 128}, 122, "US"},    {{[12] = 203, 0, 113, 0}, 120, NULL},
    {{0x20, 0x01, 0x0d, 0xb8, 0, 1}, 48, "DE"}, {{0x20, 0x01, 0x0d, 0xb8, 0, 2}, 48, "fr"},
};

static const struct {
    const char *address, *country;
} geo_cases[] = {
    {"192.0.2.0", "JP"},         {"192.0.2.255", "JP"},
    {"192.0.1.255", ""},         {"192.0.3.0", ""},
    {"198.51.100.127", "US"},    {"198.51.100.128", "US"},
    {"198.51.100.191", "US"},    {"198.51.100.192", ""},
    {"203.0.113.5", ""},         {"0.0.0.0", ""},
    {"255.255.255.255", ""},     {"2001:db8:1::1", "DE"},
    {"2001:db8:2:ffff::", "FR"}, {"2001:db8:3::", ""},
    {"2001:db8::ffff", ""},      {"2002:c000:201::1", ""},
    {"::ffff:192.0.2.1", "JP"},
};

static void countries_of_addresses(void)
{
    static const unsigned record_bits[] = {24, 28, 32};
    for (unsigned i = 0; i < 6; i++) {
        CLEANUP(buf_done) Buf file = {0};
        NetworkMap map = {0};
        Complaint complaint = {0};
        mmdb_write(&file, mmdb_networks, ARRAY_COUNT(mmdb_networks), record_bits[i % 3], i < 3,
                   i == 4);
        expect_ok(geo_read(buf_slice(&file), &map, &complaint));
        for (size_t k = 0; k < ARRAY_COUNT(geo_cases); k++) {
            Address address;
            expect_ok(network_parse_address(slice_from_cstr(geo_cases[k].address), &address));
            Slice got = country_text(network_map_find(&map, &address));
            if (!expect_text(got, geo_cases[k].country)) {
                tap_note("%s, %u bits", geo_cases[k].address, record_bits[i % 3]);
            }
        }
        network_map_done(&map);
    }
}

/* Each byte of a file changed, and each length: refused or read, never worse. */
static void damaged_databases(void)
{
    CLEANUP(buf_done) Buf file = {0};
    mmdb_write(&file, mmdb_networks, 2, 24, false, false);
    unsigned refused = 0;
    for (size_t i = 0; i < file.len * 2; i++) {
        NetworkMap map = {0};
        Complaint complaint = {0};
        size_t len = i < file.len ? file.len : i - file.len;
        char *copy = malloc(len + 1);
        if (!copy) return;
        memcpy(copy, file.ptr, len);
        if (i < file.len) copy[i] ^= 0x5a;
        int r = geo_read(slice_of(copy, len), &map, &complaint);
        expect(r == 0 || (r == -EBADMSG && complaint.id));
        refused += r < 0;
        network_map_done(&map);
        free(copy);
    }
    expect(refused > file.len);
}

/* --- lists of people -------------------------------------------------------------------------- */

static const char document[] = "zone: '+09:00'\n"
                               "departments: [{name: 設計部, users_file: design.txt}]\n"
                               "watch: [{name: leavers, of: users, file: leavers.csv}]\n"
                               "threats: [{name: bad, file: bad.json}]\n"
                               "geoip_file: /srv/country.mmdb\n";

static void done(Context **held)
{
    context_free(*held);
}

static Context *make(void)
{
    static const ContextOptions options = {.seed = {1, 2}, .now_ns = TIME_UNKNOWN};
    Context *context = NULL;
    Complaint complaint = {0};
    expect_ok(context_new(slice_from_cstr(document), &options, &context, &complaint));
    return context;
}

static const char *field_of(const Context *context, RecordField asked, RecordField given,
                            const char *value, int64_t time_ns)
{
    CLEANUP(arena_done) Arena arena = {0};
    static char room[64];
    Record record = {.time_ns = time_ns};
    record.text[given] = slice_from_cstr(value);
    expect_ok(context_enrich(context, &record, &arena));
    snprintf(room, sizeof room, "%.*s", SLICE_FMT(record.text[asked]));
    return room;
}

static int add(Context *context, size_t index, const char *text, ContextTally *tally,
               Complaint *complaint)
{
    return context_add_file(context, index, slice_from_cstr(text), tally, complaint);
}

static void files_of_a_document(void)
{
    CLEANUP(done) Context *context = make();
    CLEANUP(buf_done) Buf mmdb = {0};
    ContextTally tally;
    Complaint complaint = {0};
    const int64_t day_ns = INT64_C(86400) * NS_PER_SECOND;
    if (!expect_int(context_file_count(context), 4)) return;
    expect_text(context_file(context, 1)->path, "leavers.csv");
    expect_int(context_file(context, 1)->line, 3);
    expect_int(context_file(context, 3)->kind, CONTEXT_FILE_GEO);
    expect_ok(add(context, 0, "sato\nFACTORY\\suzuki\n", &tally, &complaint));
    expect_int(tally.added, 2);
    /* 値, 期限 in code page 932, as Excel writes it */
    const char *people = "\x96\xbc\x91\x4f,\x8a\xfa\x8c\xc0,note\r\n"
                         "yamada,1970-01-05,\x91\xde\x90\x45\r\n"
                         "ito,,\x8c\x7f\x96\xf1\r\n";
    expect_ok(add(context, 1, people, &tally, &complaint));
    expect_int(tally.added, 2);
    expect_ok(add(context, 2,
                  "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\","
                  "\"pattern\":\"[ipv4-addr:value = '192.0.2.7']\"}]}",
                  &tally, &complaint));
    mmdb_write(&mmdb, mmdb_networks, 2, 28, true, false);
    expect_ok(context_add_file(context, 3, buf_slice(&mmdb), &tally, &complaint));
    buf_done(&mmdb); /* nothing of it is needed any more */
    expect_ok(context_finish(context));
    expect_text(
        slice_from_cstr(field_of(context, RECORD_AKASHI_DEPARTMENT, RECORD_USER_NAME, "Suzuki", 0)),
        "設計部");
    expect_text(slice_from_cstr(
                    field_of(context, RECORD_AKASHI_WATCH, RECORD_USER_NAME, "yamada", 4 * day_ns)),
                "leavers");
    expect_text(slice_from_cstr(
                    field_of(context, RECORD_AKASHI_WATCH, RECORD_USER_NAME, "yamada", 5 * day_ns)),
                "");
    expect_text(slice_from_cstr(
                    field_of(context, RECORD_AKASHI_WATCH, RECORD_USER_NAME, "ito", 5 * day_ns)),
                "leavers");
    expect_text(slice_from_cstr(
                    field_of(context, RECORD_AKASHI_THREAT, RECORD_DESTINATION_IP, "192.0.2.7", 0)),
                "bad");
    expect_text(slice_from_cstr(field_of(context, RECORD_SOURCE_GEO_COUNTRY_ISO_CODE,
                                         RECORD_SOURCE_IP, "198.51.100.3", 0)),
                "US");
    expect_text(slice_from_cstr(field_of(context, RECORD_SOURCE_GEO_COUNTRY_ISO_CODE,
                                         RECORD_SOURCE_IP, "10.0.0.3", 0)),
                "");
}

static void mistakes_in_files(void)
{
    CLEANUP(done) Context *context = make();
    ContextTally tally;
    Complaint complaint = {0};
    expect_int(
        add(context, 1, "value,until\nyamada,2026/13/40\nito,2026/12/01\n", &tally, &complaint),
        -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "company.list_line");
    expect_int(complaint.line, 2);
    expect_int(tally.added, 1); /* what is good counts */
    expect_int(add(context, 2, "nothing here\n", &tally, &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "company.no_indicator");
    expect_int(complaint.line, 1);
    expect_int(add(context, 2, "{\"objects\": [\n{]}", &tally, &complaint), -EBADMSG);
    expect_int(complaint.line, 2);
    expect_int(add(context, 3, "no database", &tally, &complaint), -EBADMSG);
    expect_text(slice_from_cstr(complaint.id), "company.geoip");
    expect_ok(add(context, 2, "", &tally, &complaint)); /* an empty list is a list */
    expect_ok(context_finish(context));
    expect_text(slice_from_cstr(field_of(context, RECORD_AKASHI_WATCH, RECORD_USER_NAME, "ito", 0)),
                "leavers");
}

static const TapTest tests[] = {
    TAP_TEST(kinds_of_indicators), TAP_TEST(lines_and_csv),       TAP_TEST(stix_bundles),
    TAP_TEST(stix_cut_short),      TAP_TEST(million_of_entries),  TAP_TEST(countries_of_addresses),
    TAP_TEST(damaged_databases),   TAP_TEST(files_of_a_document), TAP_TEST(mistakes_in_files),
};
TAP_MAIN(tests)
