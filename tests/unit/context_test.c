/* translate/context: holidays as the Cabinet Office published them, shifts, networks against a
 * naive scan, watch lists, records enriched, mistakes of the document. */
#include "tests/support/tap.h"

#include "translate/context/context.h"
#include "translate/context/japan_holidays.h"
#include "translate/context/network_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const ContextOptions OPTIONS = {
    .zone_offset_seconds = 9 * 3600, .seed = {3, 5}, .now_ns = TIME_UNKNOWN};

static void done(Context **held)
{
    context_free(*held);
}

/* The document must be good. */
static Context *make(const char *document)
{
    Context *context = NULL;
    Complaint complaint = {0};
    int r = context_new(slice_from_cstr(document), &OPTIONS, &context, &complaint);
    if (!expect_ok(r)) {
        tap_note("line %u, column %u: %s", complaint.line, complaint.column, complaint.en);
        exit(1);
    }
    expect_ok(context_finish(context));
    return context;
}

/* Local time of Japan. */
static int64_t at(int year, int month, int day, int hour, int minute)
{
    CivilTime civil = {.year = year, .month = month, .day = day, .hour = hour, .minute = minute};
    int64_t ns = 0;
    expect_ok(time_from_civil(civil, &ns));
    return ns - 9 * 3600 * NS_PER_SECOND;
}

/* --- national holidays ------------------------------------------------------------------------ */

/* 内閣府「国民の祝日」について, syukujitsu.csv: month/day of each year. */
static const struct {
    int year;
    const char *days;
} published[] = {
    {2003, "1/1 1/13 2/11 3/21 4/29 5/3 5/5 7/21 9/15 9/23 10/13 11/3 11/23 11/24 12/23"},
    {2006, "1/1 1/2 1/9 2/11 3/21 4/29 5/3 5/4 5/5 7/17 9/18 9/23 10/9 11/3 11/23 12/23"},
    {2009, "1/1 1/12 2/11 3/20 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23"},
    {2015, "1/1 1/12 2/11 3/21 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23"},
    {2019, "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 "
           "10/22 11/3 11/4 11/23"},
    {2020, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23"},
    {2021, "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23"},
    {2024, "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 "
           "11/3 11/4 11/23"},
    {2025, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 "
           "11/23 11/24"},
    {2026, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 "
           "11/23"},
    {2027, "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23"},
};

static void holidays_as_published(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(published); i++) {
        JapanHoliday days[JAPAN_HOLIDAYS_MAX];
        char text[512] = "";
        size_t used = 0, count = japan_holidays(published[i].year, days);
        for (size_t k = 0; k < count; k++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d/%d", k ? " " : "",
                                     days[k].month, days[k].day);
        }
        if (!expect_text(slice_from_cstr(text), published[i].days)) {
            tap_note("in %d", published[i].year);
        }
    }
    JapanHoliday days[JAPAN_HOLIDAYS_MAX];
    expect_int(japan_holidays(1999, days), 0);
    expect_int(japan_holidays(2100, days), 0);
}

/* Of all years: no day twice, in order, every Sunday holiday has a substitute, never over the room.
 */
static void holidays_of_all_years(void)
{
    for (int year = JAPAN_HOLIDAYS_YEAR_MIN; year <= JAPAN_HOLIDAYS_YEAR_MAX; year++) {
        JapanHoliday days[JAPAN_HOLIDAYS_MAX];
        size_t count = japan_holidays(year, days);
        size_t sundays = 0, substitutes = 0;
        expect(count >= 14 && count <= 22);
        for (size_t i = 0; i < count; i++) {
            int64_t day = time_days_from_civil(year, days[i].month, days[i].day);
            sundays += (day + 3) % 7 == 6;
            substitutes += strcmp(days[i].name[1], "Substitute Holiday") == 0;
            if (i > 0) {
                expect(day > time_days_from_civil(year, days[i - 1].month, days[i - 1].day));
            }
        }
        if (!expect_int(substitutes, sundays)) tap_note("in %d", year);
    }
}

/* --- calendar --------------------------------------------------------------------------------- */

static const char *state(const Context *context, int64_t time_ns, const char *user)
{
    CLEANUP(arena_done) Arena arena = {0};
    static char room[32];
    Record record = {.time_ns = time_ns, .verb = VERB_LOGON};
    record.text[RECORD_USER_NAME] = slice_from_cstr(user);
    expect_ok(context_enrich(context, &record, &arena));
    Slice text = record.text[RECORD_AKASHI_CALENDAR];
    snprintf(room, sizeof room, "%.*s", SLICE_FMT(text));
    return room;
}
#define expect_state(time, user, want)                                                             \
    expect_text(slice_from_cstr(state(context, (time), (user))), want)

static void calendar_without_document(void)
{
    CLEANUP(done) Context *context = make("");
    expect_state(at(2026, 11, 20, 12, 0), "", "working");
    expect_state(at(2026, 11, 20, 4, 59), "", "off_hours");
    expect_state(at(2026, 11, 20, 5, 0), "", "working");
    expect_state(at(2026, 11, 20, 22, 0), "", "off_hours");
    expect_state(at(2026, 11, 21, 12, 0), "", "holiday"); /* Saturday */
    expect_state(at(2026, 11, 23, 12, 0), "", "holiday"); /* Labor Thanksgiving Day */
    expect_state(TIME_UNKNOWN, "", "");
    expect_state(at(2150, 1, 1, 12, 0), "", "working"); /* no holidays known so far ahead */
    expect_state(at(1960, 1, 2, 12, 0), "", "holiday"); /* Saturday */
}

static const char factory[] = "zone: '+09:00'\n"
                              "calendar:\n"
                              "  own_holidays:\n"
                              "    - {date: 12-29, until: 01-04, name: 年末年始}\n"
                              "    - 2026-08-13\n"
                              "  working_days: [{date: 2026-11-21, name: 棚卸し}]\n"
                              "  shifts:\n"
                              "    - {name: 日勤, from: '08:30', to: '17:30'}\n"
                              "    - {name: 夜勤, days: mon-fri, from: '20:00', to: '05:00'}\n"
                              "    - {name: 保安, days: [mon-sun], from: '00:00', to: '24:00', "
                              "on_holidays: true}\n"
                              "departments:\n"
                              "  - {name: 製造部, users: [sato, TANAKA], shifts: [日勤, 夜勤]}\n"
                              "  - {name: 警備, users: guard, shifts: 保安}\n"
                              "  - {name: 総務部, users: [suzuki]}\n";

static void calendar_of_shifts(void)
{
    CLEANUP(done) Context *context = make(factory);
    /* Every shift is some department's: for the others the first one counts. */
    expect_state(at(2026, 11, 20, 8, 29), "suzuki", "off_hours");
    expect_state(at(2026, 11, 20, 8, 30), "suzuki", "working");
    expect_state(at(2026, 11, 20, 21, 0), "suzuki", "off_hours");
    expect_state(at(2026, 11, 20, 8, 29), "sato", "off_hours");
    expect_state(at(2026, 11, 20, 8, 30), "sato", "working");
    expect_state(at(2026, 11, 20, 17, 30), "sato", "off_hours");
    expect_state(at(2026, 11, 20, 20, 0), "FACTORY\\Tanaka", "working");
    expect_state(at(2026, 11, 21, 4, 59), "sato", "working");  /* Friday's night, on Saturday */
    expect_state(at(2026, 11, 21, 5, 0), "sato", "off_hours"); /* all work on this Saturday */
    expect_state(at(2026, 11, 21, 9, 0), "sato", "working");
    expect_state(at(2026, 11, 22, 2, 0), "sato", "working"); /* and in its night */
    expect_state(at(2026, 11, 22, 9, 0), "sato", "holiday");
    expect_state(at(2026, 11, 23, 9, 0), "sato", "holiday");
    expect_state(at(2026, 11, 23, 9, 0), "guard", "working");
    expect_state(at(2027, 1, 4, 9, 0), "sato", "holiday"); /* over the turn of the year */
    expect_state(at(2027, 1, 5, 9, 0), "sato", "working");
    expect_state(at(2026, 8, 13, 9, 0), "sato", "holiday");
    expect_state(at(2027, 8, 13, 9, 0), "sato", "working"); /* that day was one of 2026 only */
}

static void days_by_name(void)
{
    CLEANUP(done) Context *context = make(factory);
    CalendarDay day;
    expect(calendar_day(context_calendar(context), 2026, 5, 6, &day));
    expect_text(day.name[LANGUAGE_JA], "振替休日");
    expect(!day.is_working);
    expect(calendar_day(context_calendar(context), 2027, 1, 3, &day));
    expect_text(day.name[LANGUAGE_EN], "年末年始");
    expect(calendar_day(context_calendar(context), 2026, 11, 21, &day));
    expect(day.is_working);
    expect_text(day.name[LANGUAGE_JA], "棚卸し");
    expect(!calendar_day(context_calendar(context), 2026, 11, 24, &day));
}

/* --- networks --------------------------------------------------------------------------------- */

static void addresses(void)
{
    static const struct {
        const char *text;
        uint64_t high, low;
        bool good, is_v4;
    } cases[] = {
        {"192.0.2.1", 0, 0xc0000201, true, true},
        {"255.255.255.255", 0, 0xffffffff, true, true},
        {"::", 0, 0, true, false},
        {"::1", 0, 1, true, false},
        {"2001:db8::1", 0x20010db800000000, 1, true, false},
        {"2001:DB8:0:0:1:2:3:4", 0x20010db800000000, 0x0001000200030004, true, false},
        {"1:2:3:4:5:6:7::", 0x0001000200030004, 0x0005000600070000, true, false},
        {"fe80::1%eth0", 0xfe80000000000000, 1, true, false},
        {"::ffff:192.0.2.1", 0, 0xc0000201, true, true},
        {"64:ff9b::192.0.2.33", 0x0064ff9b00000000, 0xc0000221, true, false},
        {"192.0.2", 0, 0, false, false},
        {"192.0.2.256", 0, 0, false, false},
        {"192.0.2.1.", 0, 0, false, false},
        {".192.0.2.1", 0, 0, false, false},
        {"192..2.1", 0, 0, false, false},
        {"1:2:3:4:5:6:7:8:9", 0, 0, false, false},
        {"1:2:3:4:5:6:7", 0, 0, false, false},
        {"1::2::3", 0, 0, false, false},
        {":1:2:3:4:5:6:7", 0, 0, false, false},
        {"1:2:3:4:5:6:7:", 0, 0, false, false},
        {"12345::", 0, 0, false, false},
        {"g::", 0, 0, false, false},
        {"1:2:3:4:5:6:7:192.0.2.1", 0, 0, false, false},
        {"", 0, 0, false, false},
        {":", 0, 0, false, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        Address address = {0};
        int r = network_parse_address(slice_from_cstr(cases[i].text), &address);
        if (!expect_int(r, cases[i].good ? 0 : -EINVAL)) tap_note("%s", cases[i].text);
        if (r < 0) continue;
        expect_int(address.is_v4, cases[i].is_v4);
        expect((uint64_t)(address.number >> 64) == cases[i].high);
        if (!expect((uint64_t)address.number == cases[i].low)) tap_note("%s", cases[i].text);
    }
    Network network;
    expect_int(network_parse_prefix(SLICE("192.0.2.0/33"), &network), -EINVAL);
    expect_int(network_parse_prefix(SLICE("192.0.2.0/"), &network), -EINVAL);
    expect_ok(network_parse_prefix(SLICE("192.0.2.77/24"), &network));
    expect_int((int64_t)network.first.number, 0xc0000200);
    expect_ok(network_parse_prefix(SLICE("::ffff:192.0.2.0/120"), &network));
    expect_int(network.bits, 24);
    expect_ok(network_parse_prefix(SLICE("::/0"), &network));
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

enum { NAIVE_MAX = 200 };
typedef struct Naive {
    Network networks[NAIVE_MAX];
    uint32_t values[NAIVE_MAX];
    size_t count;
} Naive;

static bool naive_holds(const Network *network, const Address *address)
{
    unsigned rest = (network->first.is_v4 ? 32u : 128u) - network->bits;
    if (network->first.is_v4 != address->is_v4) return false;
    return rest == 128 || address->number >> rest == network->first.number >> rest;
}

static uint32_t naive_find(const Naive *naive, NetworkJoin join, const Address *address)
{
    uint32_t found = 0;
    int longest = -1;
    for (size_t i = 0; i < naive->count; i++) {
        const Network *network = &naive->networks[i];
        if (!naive_holds(network, address)) continue;
        if (join == NETWORK_ALL) {
            found |= naive->values[i];
        } else if (network->bits > longest) {
            found = naive->values[i];
            longest = network->bits;
        }
    }
    return found;
}

/* Few different bits, so that networks lie in each other. */
static Network random_network(uint64_t *random)
{
    bool is_v4 = random_next(random) % 2;
    unsigned most = is_v4 ? 32 : 128;
    Network network = {.bits = (uint8_t)(random_next(random) % (most + 1))};
    AddressNumber number = 0;
    for (unsigned i = 0; i < most; i++) {
        number = number << 1 | (random_next(random) % 8 == 0);
    }
    unsigned rest = most - network.bits;
    network.first = (Address){.is_v4 = is_v4, .number = rest == 128 ? 0 : number >> rest << rest};
    return network;
}

static Address near(const Network *network, uint64_t *random)
{
    Address address = network->first;
    unsigned width = address.is_v4 ? 32 : 128;
    uint64_t way = random_next(random) % 4;
    if (way == 0) address.number ^= (AddressNumber)1 << random_next(random) % width;
    if (way == 1) address.number--;
    if (way == 2) address.number += (AddressNumber)1 << (width - network->bits) % width;
    if (address.is_v4) address.number &= UINT32_MAX;
    return address;
}

static void networks_as_naive(void)
{
    uint64_t random = 20261120;
    for (unsigned round = 0; round < 400; round++) {
        Naive naive = {.count = random_next(&random) % NAIVE_MAX};
        NetworkMap map = {.join = round % 2 ? NETWORK_ALL : NETWORK_LONGEST};
        for (size_t i = 0; i < naive.count; i++) {
            naive.networks[i] = random_network(&random);
            naive.values[i] = map.join == NETWORK_ALL ? 1u << random_next(&random) % 5
                                                      : 1 + (uint32_t)(random_next(&random) % 9);
            expect_ok(network_map_add(&map, &naive.networks[i], naive.values[i]));
        }
        expect_ok(network_map_finish(&map));
        for (size_t i = 0; i < naive.count * 4; i++) {
            Address address = near(&naive.networks[i % naive.count], &random);
            uint32_t want = naive_find(&naive, map.join, &address);
            if (!expect_int(network_map_find(&map, &address), want)) {
                tap_note("round %u", round);
                network_map_done(&map);
                return;
            }
        }
        network_map_done(&map);
    }
}

static void ranges(void)
{
    NetworkMap map = {0};
    expect_ok(network_map_add_text(&map, SLICE("192.0.2.3-192.0.2.200"), 7));
    expect_ok(network_map_add_text(&map, SLICE("2001:db8::5 - 2001:db8::1:0"), 8));
    expect_ok(network_map_add_text(&map, SLICE("0.0.0.0-0.0.0.0"), 9));
    expect_int(network_map_add_text(&map, SLICE("192.0.2.9-192.0.2.3"), 7), -EINVAL);
    expect_int(network_map_add_text(&map, SLICE("192.0.2.9-2001:db8::"), 7), -EINVAL);
    expect_ok(network_map_finish(&map));
    for (unsigned i = 0; i < 256; i++) {
        Address address = {.number = 0xc0000200 + i, .is_v4 = true};
        expect_int(network_map_find(&map, &address), i >= 3 && i <= 200 ? 7 : 0);
    }
    for (unsigned i = 0; i < 70000; i += 1 + (i > 20 && i < 65500) * 99) {
        Address address = {.number = ((AddressNumber)0x20010db800000000 << 64) + i};
        if (!expect_int(network_map_find(&map, &address), i >= 5 && i <= 65536 ? 8 : 0)) break;
    }
    network_map_done(&map);
    NetworkMap all = {0};
    expect_ok(network_map_add_text(&all, SLICE("0.0.0.0-255.255.255.255"), 1));
    expect_ok(network_map_add_text(&all, SLICE("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 2));
    expect_int(all.entry_count, 2);
    network_map_done(&all);
}

/* --- records ---------------------------------------------------------------------------------- */

typedef struct Known {
    RecordField field;
    const char *value;
} Known;

static const char company[] =
    "networks:\n"
    "  own: [203.0.113.0/28]\n"
    "  vpn: 10.99.0.0/24\n"
    "  inside: [2001:db8:1::/48]\n"
    "  outside: [10.66.0.0/16]\n"
    "  domains: [factory.example]\n"
    "sites:\n"
    "  - {name: 本社, networks: [10.1.0.0/16, '2001:db8:1::/48'], hosts: [FS01, "
    "gw.factory.example]}\n"
    "  - {name: 第二工場, networks: [10.2.0.0/16], sources: [utm2]}\n"
    "  - {name: 倉庫, networks: 10.2.9.0/24}\n"
    "countries: {US: [198.51.100.0/24], jp: 192.0.2.0/24}\n"
    "departments: [{name: 設計部, users: [sato]}]\n"
    "watch:\n"
    "  - name: leavers\n"
    "    of: users\n"
    "    values: [{value: yamada, from: 2026-11-01, until: 2026-11-30}, EXAMPLE\\ito]\n"
    "  - {name: privileged, of: users, fields: [user.name, user.target.name], values: [admin]}\n"
    "  - {name: important, of: folders, values: ['D:\\人事', 機密, /srv/keiri/]}\n"
    "  - {name: servers, of: hosts, values: [fs01, dc.factory.example]}\n"
    "  - {name: lab, of: addresses, values: [10.1.5.0/24, 10.1.7.1-10.1.7.9, "
    "{value: 10.1.8.8, until: 2026-01-01}]}\n"
    "  - {name: tools, of: programs, values: [PsExec.exe, 'C:\\Tools\\nc.exe']}\n"
    "  - {name: shares, of: values, fields: [share.name], values: ['\\\\*\\KEIRI$']}\n"
    "threats:\n"
    "  - {name: list1, values: [198.51.100.7, bad.example, 10.0.0.0/8, "
    "'hxxp://evil[.]example/a/']}\n"
    "  - {name: list2, values: [198.51.100.0/28, 44d88612fea8a8f36de82e1278abb02f]}\n";

static const struct {
    int line;
    Known given[4];
    Known want[5];
} record_cases[] = {
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.1.0.5"}, {RECORD_DESTINATION_IP, "198.51.100.99"}},
     {{RECORD_AKASHI_DIRECTION, "outbound"},
      {RECORD_AKASHI_SOURCE_ZONE, "inside"},
      {RECORD_AKASHI_DESTINATION_ZONE, "outside"},
      {RECORD_AKASHI_SOURCE_SITE, "本社"},
      {RECORD_DESTINATION_GEO_COUNTRY_ISO_CODE, "US"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "192.0.2.7"}, {RECORD_DESTINATION_IP, "203.0.113.2"}},
     {{RECORD_AKASHI_DIRECTION, "inbound"},
      {RECORD_AKASHI_DESTINATION_ZONE, "own"},
      {RECORD_SOURCE_GEO_COUNTRY_ISO_CODE, "JP"},
      {RECORD_AKASHI_SITE, ""}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.2.9.1"}, {RECORD_DESTINATION_IP, "2001:db8:1::5"}},
     {{RECORD_AKASHI_DIRECTION, "inside"},
      {RECORD_AKASHI_SOURCE_SITE, "倉庫"},
      {RECORD_AKASHI_DESTINATION_SITE, "本社"},
      {RECORD_AKASHI_SITE, "倉庫"},
      {RECORD_SOURCE_GEO_COUNTRY_ISO_CODE, ""}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "192.0.2.7"}, {RECORD_DESTINATION_IP, "198.51.100.99"}},
     {{RECORD_AKASHI_DIRECTION, "external"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.66.0.1"}, {RECORD_DESTINATION_IP, "10.1.0.1"}},
     {{RECORD_AKASHI_DIRECTION, "inbound"}, {RECORD_AKASHI_SOURCE_ZONE, "outside"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.99.0.1"}},
     {{RECORD_AKASHI_DIRECTION, "inside"}, {RECORD_AKASHI_SOURCE_ZONE, "vpn"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "192.0.2.7"}, {RECORD_HOST_NAME, "fs01.factory.example"}},
     {{RECORD_AKASHI_DIRECTION, "inbound"},
      {RECORD_AKASHI_SITE, "本社"},
      {RECORD_AKASHI_WATCH, "servers"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.1.0.5"}, {RECORD_AKASHI_SOURCE, "UTM2"}},
     {{RECORD_AKASHI_SITE, "第二工場"}, {RECORD_AKASHI_SOURCE_SITE, "本社"}}},
    {__LINE__,
     {{RECORD_HOST_NAME, "10.2.0.1"}},
     {{RECORD_AKASHI_SITE, "第二工場"}, {RECORD_AKASHI_DIRECTION, ""}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.1.0.5"}, {RECORD_URL_FULL, "https://www.example.com:8443/x"}},
     {{RECORD_AKASHI_DIRECTION, "outbound"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "10.1.0.5"}, {RECORD_URL_FULL, "http://portal.factory.example/"}},
     {{RECORD_AKASHI_DIRECTION, "inside"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "192.0.2.9"}, {RECORD_URL_FULL, "http://www.factory.example/"}},
     {{RECORD_AKASHI_DIRECTION, "inbound"}}},
    {__LINE__, {{RECORD_DESTINATION_IP, "192.0.2.9"}}, {{RECORD_AKASHI_DIRECTION, "outbound"}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "0.0.0.0"}, {RECORD_DESTINATION_IP, "255.255.255.255"}},
     {{RECORD_AKASHI_DIRECTION, ""}, {RECORD_AKASHI_SOURCE_ZONE, ""}}},
    {__LINE__,
     {{RECORD_SOURCE_IP, "not an address"}, {RECORD_AKASHI_SOURCE_ZONE, "inside"}},
     {{RECORD_AKASHI_DIRECTION, ""}, {RECORD_AKASHI_SOURCE_ZONE, ""}}}, /* not believed */
    {__LINE__,
     {{RECORD_SOURCE_IP, "198.51.100.7"}, {RECORD_SOURCE_GEO_COUNTRY_ISO_CODE, "FR"}},
     {{RECORD_SOURCE_GEO_COUNTRY_ISO_CODE, "FR"}, /* the log's own word */
      {RECORD_AKASHI_THREAT, "list1,list2"},
      {RECORD_AKASHI_THREAT_FIELD, "source.ip"}}},
    {__LINE__,
     {{RECORD_DESTINATION_IP, "10.1.2.3"}, {RECORD_AKASHI_THREAT, "forged"}},
     {{RECORD_AKASHI_THREAT, ""}, {RECORD_AKASHI_THREAT_FIELD, ""}}},
    {__LINE__,
     {{RECORD_DESTINATION_DOMAIN, "cdn.BAD.example."}},
     {{RECORD_AKASHI_THREAT, "list1"}, {RECORD_AKASHI_THREAT_FIELD, "destination.domain"}}},
    {__LINE__, {{RECORD_DESTINATION_DOMAIN, "notbad.example"}}, {{RECORD_AKASHI_THREAT, ""}}},
    {__LINE__,
     {{RECORD_URL_FULL, "HTTP://user@Evil.example/a#top"}},
     {{RECORD_AKASHI_THREAT, ""}}}, /* a user in it is another URL */
    {__LINE__,
     {{RECORD_URL_FULL, "HTTP://Evil.example/a#top"}},
     {{RECORD_AKASHI_THREAT, "list1"}, {RECORD_AKASHI_THREAT_FIELD, "url.full"}}},
    {__LINE__, {{RECORD_URL_FULL, "https://x.bad.example/"}}, {{RECORD_AKASHI_THREAT, "list1"}}},
    {__LINE__,
     {{RECORD_URL_FULL, "https://198.51.100.3:8080/"}},
     {{RECORD_AKASHI_THREAT, "list2"}}},
    {__LINE__,
     {{RECORD_FILE_HASH_MD5, "44D88612FEA8A8F36DE82E1278ABB02F"}},
     {{RECORD_AKASHI_THREAT, "list2"}, {RECORD_AKASHI_THREAT_FIELD, "file.hash.md5"}}},
    {__LINE__,
     {{RECORD_USER_NAME, "Yamada"}},
     {{RECORD_AKASHI_WATCH, "leavers"}, {RECORD_AKASHI_DEPARTMENT, ""}}},
    {__LINE__,
     {{RECORD_USER_NAME, "ito"}, {RECORD_USER_DOMAIN, "example.com"}},
     {{RECORD_AKASHI_WATCH, "leavers"}}},
    {__LINE__,
     {{RECORD_USER_NAME, "ito"}, {RECORD_USER_DOMAIN, "OTHER"}},
     {{RECORD_AKASHI_WATCH, ""}}},
    {__LINE__, {{RECORD_USER_TARGET_NAME, "yamada"}}, {{RECORD_AKASHI_WATCH, ""}}},
    {__LINE__,
     {{RECORD_USER_NAME, "sato"}, {RECORD_USER_TARGET_NAME, "ADMIN"}},
     {{RECORD_AKASHI_WATCH, "privileged"}, {RECORD_AKASHI_DEPARTMENT, "設計部"}}},
    {__LINE__, {{RECORD_FILE_PATH, "d:/人事/給与.xlsx"}}, {{RECORD_AKASHI_WATCH, "important"}}},
    {__LINE__, {{RECORD_FILE_PATH, "D:\\人事部\\x"}}, {{RECORD_AKASHI_WATCH, ""}}},
    {__LINE__, {{RECORD_FILE_PATH, "\\\\FS\\a\\機密\\x"}}, {{RECORD_AKASHI_WATCH, "important"}}},
    {__LINE__, {{RECORD_AKASHI_TARGET_PATH, "/srv/keiri"}}, {{RECORD_AKASHI_WATCH, "important"}}},
    {__LINE__, {{RECORD_HOST_NAME, "dc.other.example"}}, {{RECORD_AKASHI_WATCH, ""}}},
    {__LINE__, {{RECORD_HOST_NAME, "DC"}}, {{RECORD_AKASHI_WATCH, "servers"}}},
    {__LINE__, {{RECORD_SOURCE_IP, "10.1.5.77"}}, {{RECORD_AKASHI_WATCH, "lab"}}},
    {__LINE__, {{RECORD_SOURCE_IP, "10.1.7.10"}}, {{RECORD_AKASHI_WATCH, ""}}},
    {__LINE__, {{RECORD_DESTINATION_IP, "10.1.8.8"}}, {{RECORD_AKASHI_WATCH, ""}}}, /* expired */
    {__LINE__,
     {{RECORD_PROCESS_EXECUTABLE, "C:\\Users\\x\\psexec.EXE"}},
     {{RECORD_AKASHI_WATCH, "tools"}}},
    {__LINE__,
     {{RECORD_PROCESS_EXECUTABLE, "c:\\tools\\NC.exe"}},
     {{RECORD_AKASHI_WATCH, "tools"}}},
    {__LINE__, {{RECORD_PROCESS_EXECUTABLE, "c:\\other\\nc.exe"}}, {{RECORD_AKASHI_WATCH, ""}}},
    {__LINE__, {{RECORD_SHARE_NAME, "\\\\*\\keiri$"}}, {{RECORD_AKASHI_WATCH, "shares"}}},
    {__LINE__,
     {{RECORD_USER_NAME, "yamada"}, {RECORD_FILE_PATH, "x/機密"}, {RECORD_HOST_NAME, "FS01"}},
     {{RECORD_AKASHI_WATCH, "leavers,important,servers"}}},
};

static void records_enriched(void)
{
    CLEANUP(done) Context *context = make(company);
    CLEANUP(arena_done) Arena arena = {0};
    for (size_t i = 0; i < ARRAY_COUNT(record_cases); i++) {
        Record record = {.time_ns = at(2026, 11, 20, 12, 0), .verb = VERB_CONNECT};
        for (size_t k = 0; k < 4 && record_cases[i].given[k].value; k++) {
            record.text[record_cases[i].given[k].field] =
                slice_from_cstr(record_cases[i].given[k].value);
        }
        expect_ok(context_enrich(context, &record, &arena));
        for (size_t k = 0; k < 5 && record_cases[i].want[k].value; k++) {
            const Known *want = &record_cases[i].want[k];
            if (expect_text(record.text[want->field], want->value)) continue;
            tap_note("case of line %d, %s", record_cases[i].line,
                     record_fields[want->field].name.ptr);
        }
    }
}

static void lists_in_their_time(void)
{
    CLEANUP(done) Context *context = make(company);
    CLEANUP(arena_done) Arena arena = {0};
    const struct {
        int64_t time_ns;
        const char *want;
    } cases[] = {{at(2026, 10, 31, 23, 59), ""},
                 {at(2026, 11, 1, 0, 0), "leavers"},
                 {at(2026, 11, 30, 23, 59), "leavers"},
                 {at(2026, 12, 1, 0, 0), ""},
                 {TIME_UNKNOWN, "leavers"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        Record record = {.time_ns = cases[i].time_ns};
        record.text[RECORD_USER_NAME] = SLICE("yamada");
        expect_ok(context_enrich(context, &record, &arena));
        expect_text(record.text[RECORD_AKASHI_WATCH], cases[i].want);
    }
}

static void asked_names_of_dns(void)
{
    CLEANUP(done) Context *context = make(company);
    CLEANUP(arena_done) Arena arena = {0};
    Record record = {.time_ns = 0, .verb = VERB_DNS_QUERY};
    record.text[RECORD_AKASHI_OBJECT] = SLICE("a.b.bad.example");
    expect_ok(context_enrich(context, &record, &arena));
    expect_text(record.text[RECORD_AKASHI_THREAT], "list1");
    expect_text(record.text[RECORD_AKASHI_THREAT_FIELD], "akashi.object");
}

static void hashes_of_an_event(void)
{
#define MD5 "44d88612fea8a8f36de82e1278abb02f"
#define SHA1 "3395856ce81f2b7382dee72602f798b642f14140"
    const Field fields[] = {
        {.name = SLICE_INIT("Image"), .value = SLICE_INIT(MD5)},
        {.name = SLICE_INIT("Hashes"),
         .value = SLICE_INIT("IMPHASH=00000000000000000000000000000001,MD5=" MD5 ",SHA1=" SHA1)},
        {.name = SLICE_INIT("sha256"), .value = SLICE_INIT("no hash, but as long as 32 letters")},
    };
    const Event event = {.fields = (Field *)fields, .field_count = ARRAY_COUNT(fields)};
    Record record = {0};
    context_take_hashes(&event, &record);
    expect_text(record.text[RECORD_FILE_HASH_MD5], MD5);
    expect_text(record.text[RECORD_FILE_HASH_SHA1], SHA1);
    expect_text(record.text[RECORD_FILE_HASH_SHA256], "");
}

static void kept_for_a_new_translation(void)
{
    Record old = {0}, fresh = {0};
    old.text[RECORD_SOURCE_IP] = fresh.text[RECORD_SOURCE_IP] = SLICE("192.0.2.1");
    old.text[RECORD_AKASHI_SOURCE_ZONE] = SLICE("outside");
    old.text[RECORD_AKASHI_WATCH] = SLICE("leavers");
    fresh.text[RECORD_USER_NAME] = SLICE("somebody else");
    context_keep(&old, &fresh);
    expect_text(fresh.text[RECORD_AKASHI_SOURCE_ZONE], "outside");
    expect_text(fresh.text[RECORD_AKASHI_WATCH], "");
}

/* --- mistakes --------------------------------------------------------------------------------- */

static const struct {
    const char *document, *id;
    unsigned line, column;
} mistakes[] = {
    {"calender: {}\n", "company.unknown", 1, 1},
    {"- a\n", NULL, 1, 1},
    {"calendar:\n  shifts:\n    - {name: 日勤, from: 8時, to: '17:00'}\n", "company.time_of_day", 3,
     24},
    {"calendar:\n  shifts: [{name: a, from: '25:00', to: '1:00'}]\n", "company.time_of_day", 2, 28},
    {"calendar: {weekend: [sat, sunn]}\n", "company.weekday", 1, 27},
    {"calendar: {holidays: us}\n", "company.holidays", 1, 22},
    {"calendar: {own_holidays: [2026-02-30]}\n", "company.day", 1, 27},
    {"calendar: {own_holidays: [{date: 2026-03-02, until: 2026-03-01}]}\n", "company.span", 1, 27},
    {"calendar: {own_holidays: [{date: 03-02, until: 2026-03-04}]}\n", "company.span", 1, 27},
    {"departments: [{name: a, shifts: [night]}]\n", "company.no_shift", 1, 34},
    {"networks: {own: [203.0.113.0/33]}\n", "company.network", 1, 18},
    {"sites: [{networks: [10.0.0.0/8]}]\n", "company.name", 1, 9},
    {"countries: {JPN: [192.0.2.0/24]}\n", "company.country", 1, 18},
    {"watch: [{name: a b, of: users}]\n", "company.list_name", 1, 16},
    {"watch: [{name: a, of: people}]\n", "company.of", 1, 23},
    {"watch: [{name: a, of: values, values: [x]}]\n", "company.fields", 1, 9},
    {"watch: [{name: a, of: values, fields: [user.nam]}]\n", "company.field", 1, 40},
    {"watch: [{name: a, of: addresses, values: [pc1]}]\n", "company.watch_value", 1, 43},
    {"watch: [{name: a, of: users, values: [{value: x, until: tomorrow}]}]\n", "company.date", 1,
     57},
    {"threats: [{name: a, values: [nothing]}]\n", "company.threat_value", 1, 30},
    {"zone: JST\n", "company.zone", 1, 7},
    {"geoip_file: []\n", "company.file", 1, 13},
};

static void mistakes_with_their_place(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
        Context *context = NULL;
        Complaint complaint = {0};
        int r = context_new(slice_from_cstr(mistakes[i].document), &OPTIONS, &context, &complaint);
        expect_int(r, -EINVAL);
        bool good = expect(complaint.id && complaint.en[0] && complaint.ja[0]);
        if (mistakes[i].id) {
            good &= expect_text(slice_from_cstr(complaint.id), mistakes[i].id);
        }
        good &= expect_int(complaint.line, mistakes[i].line);
        good &= expect_int(complaint.column, mistakes[i].column);
        if (!good) tap_note("%s -> %s", mistakes[i].document, complaint.en);
        context_free(context);
    }
}

static void too_many_lists(void)
{
    CLEANUP(buf_done) Buf text = {0};
    Context *context = NULL;
    Complaint complaint = {0};
    buf_add_cstr(&text, "watch:\n");
    for (int i = 0; i < 33; i++) {
        buf_add_format(&text, "  - {name: l%d, of: users, values: [u%d]}\n", i, i);
    }
    expect_int(context_new(buf_slice(&text), &OPTIONS, &context, &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "company.watch_lists");
    expect_int(complaint.line, 34);
}

static const TapTest tests[] = {
    TAP_TEST(holidays_as_published),
    TAP_TEST(holidays_of_all_years),
    TAP_TEST(calendar_without_document),
    TAP_TEST(calendar_of_shifts),
    TAP_TEST(days_by_name),
    TAP_TEST(addresses),
    TAP_TEST(networks_as_naive),
    TAP_TEST(ranges),
    TAP_TEST(records_enriched),
    TAP_TEST(lists_in_their_time),
    TAP_TEST(asked_names_of_dns),
    TAP_TEST(hashes_of_an_event),
    TAP_TEST(kept_for_a_new_translation),
    TAP_TEST(mistakes_with_their_place),
    TAP_TEST(too_many_lists),
};
TAP_MAIN(tests)
