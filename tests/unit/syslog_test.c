/* decode/syslog*: every form of doc/format/syslog.md, and what must not be taken for syslog. */
#include "decoding.h"

#include "decode/syslog.h"
#include "decode/syslog_words.h"

#include <errno.h>

/* The message and its fields: `time | name=value ...`, or `-EBADMSG`. An exact-size copy, so that a
 * sanitizer sees the first byte read outside. */
static void decode(Slice message, const DecodeOptions *options, Buf *to)
{
    Arena arena = arena_make(0);
    Event event = {0};
    char time[TIME_TEXT_MAX];
    char *copy = malloc(message.len ? message.len : 1);
    if (!copy) return;
    if (message.len) memcpy(copy, message.ptr, message.len);
    int r = syslog_decode(slice_of(copy, message.len), options, &arena, &event);
    if (r == 0) {
        expect_int(event.format, EVENT_SYSLOG);
        expect_int(event.raw.len, message.len);
        if (event.parse == PARSE_PARTIAL) buf_add_cstr(to, "partial ");
        size_t len = time_print_rfc3339(time, event.time_ns);
        buf_add_slice(to, len ? slice_of(time, len) : SLICE("-"));
        decoding_add_fields(to, &event);
    } else {
        buf_add_cstr(to, r == -EBADMSG ? "-EBADMSG" : "-ENOMEM");
    }
    free(copy);
    arena_done(&arena);
}

typedef struct Case {
    const char *message, *want;
} Case;

static void check_all(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_done) Buf got = {0};
        decode(slice_from_cstr(cases[i].message), &decoding_options, &got);
        if (!expect_text(buf_slice(&got), cases[i].want)) tap_note("%s", cases[i].message);
    }
}

static void rfc_3164_is_read(void)
{
    static const Case cases[] = {
        {"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for u1 on /dev/pts/8",
         "2026-10-11T22:14:15Z | facility:4 | severity:2 | timestamp=Oct 11 22:14:15 | "
         "host=mymachine | tag=su | message='su root' failed for u1 on /dev/pts/8"},
        {"<13>Feb  5 17:32:18 10.0.0.99 Use the words",
         "2026-02-05T17:32:18Z | facility:1 | severity:5 | timestamp=Feb  5 17:32:18 | "
         "host=10.0.0.99 | message=Use the words"},
        {"<0>Nov 20 08:00:00 h sshd[123]: x",
         "2026-11-20T08:00:00Z | facility:0 | severity:0 | timestamp=Nov 20 08:00:00 | host=h | "
         "tag=sshd | pid=123 | message=x"},
        {"<191>Nov 20 08:00:00 h postfix/smtpd[1]: x",
         "2026-11-20T08:00:00Z | facility:23 | severity:7 | timestamp=Nov 20 08:00:00 | host=h | "
         "tag=postfix/smtpd | pid=1 | message=x"},
        {"<13>Nov 20 08:00:00 h a[1]:", "2026-11-20T08:00:00Z | facility:1 | severity:5 | "
                                        "timestamp=Nov 20 08:00:00 | host=h | tag=a | pid=1 | "
                                        "message="},
        {"<13>", "- | facility:1 | severity:5 | message="},
    };
    check_all(cases, ARRAY_COUNT(cases));
}

static void deviations_of_the_header_are_read(void)
{
    static const Case cases[] = {
        /* no PRI */
        {"Nov  3 09:23:38 h automount[7998]: lookup failed",
         "2026-11-03T09:23:38Z | timestamp=Nov  3 09:23:38 | host=h | tag=automount | pid=7998 | "
         "message=lookup failed"},
        {"Nov  3 09:23:38 h lookup for opt failed",
         "2026-11-03T09:23:38Z | timestamp=Nov  3 09:23:38 | host=h | message=lookup for opt "
         "failed"},
        /* no host */
        {"<13>Nov 20 08:00:00 app[1]: x",
         "2026-11-20T08:00:00Z | facility:1 | severity:5 | "
         "timestamp=Nov 20 08:00:00 | tag=app | pid=1 | message=x"},
        /* no time */
        {"<13>app[1]: x", "- | facility:1 | severity:5 | tag=app | pid=1 | message=x"},
        {"<134>[DHCPD] LAN1 allocates 192.0.2.1",
         "- | facility:16 | severity:6 | message=[DHCPD] LAN1 allocates 192.0.2.1"},
        {"<189>date=2026-11-20 time=10:00:00 devname=\"fw\"",
         "- | facility:23 | severity:5 | message=date=2026-11-20 time=10:00:00 devname=\"fw\""},
        {"<134>Nov 20 08:00:00 date=2026-11-20",
         "2026-11-20T08:00:00Z | facility:16 | severity:6 | timestamp=Nov 20 08:00:00 | "
         "message=date=2026-11-20"},
        /* PRI that is none */
        {"<192>Nov 20 08:00:00 h a: x", "-EBADMSG"},
        {"<>Nov 20 08:00:00 h a: x", "-EBADMSG"},
        {"<1234>x", "-EBADMSG"},
        {"<13", "-EBADMSG"},
        /* IPv6 hosts */
        {"<13>Nov 20 08:00:00 2001:db8::1 app: x",
         "2026-11-20T08:00:00Z | facility:1 | severity:5 | timestamp=Nov 20 08:00:00 | "
         "host=2001:db8::1 | tag=app | message=x"},
        {"<13>Nov 20 08:00:00 fe80:: app: x",
         "2026-11-20T08:00:00Z | facility:1 | severity:5 | timestamp=Nov 20 08:00:00 | "
         "host=fe80:: | tag=app | message=x"},
        /* end of the message */
        {"<13>Nov 20 08:00:00 h app: x\r\n",
         "2026-11-20T08:00:00Z | facility:1 | severity:5 | timestamp=Nov 20 08:00:00 | host=h | "
         "tag=app | message=x"},
        {"\xef\xbb\xbf<13>app: x", "- | facility:1 | severity:5 | tag=app | message=x"},
        /* ill-formed UTF-8 stays as it came */
        {"<13>Nov 20 08:00:00 h app: caf\xe9",
         "2026-11-20T08:00:00Z | facility:1 | severity:5 | timestamp=Nov 20 08:00:00 | host=h | "
         "tag=app | message=caf\xe9"},
    };
    check_all(cases, ARRAY_COUNT(cases));
    CLEANUP(buf_done) Buf got = {0};
    decode(SLICE("<13>app: a\0b\0\0"), &decoding_options, &got);
    expect_text(buf_slice(&got), "- | facility:1 | severity:5 | tag=app | message=a\\x00b");
}

static void deviations_of_the_tag_are_read(void)
{
    static const Case cases[] = {
        {"<13>sshd(pam_unix)[12]: x", "- | facility:1 | severity:5 | tag=sshd(pam_unix) | pid=12 | "
                                      "message=x"},
        {"<13>vpxd[45715] x", "- | facility:1 | severity:5 | tag=vpxd | pid=45715 | message=x"},
        {"<13>kernel:x", "- | facility:1 | severity:5 | tag=kernel | message=x"},
        {"<13>/usr/sbin/cron x", "- | facility:1 | severity:5 | tag=/usr/sbin/cron | message=x"},
        {"<13>/usr/sbin/cron[7]: x", "- | facility:1 | severity:5 | tag=/usr/sbin/cron | pid=7 | "
                                     "message=x"},
        {"<13>a-b.c_d/e: x", "- | facility:1 | severity:5 | tag=a-b.c_d/e | message=x"},
        {"<13>CEF:0|v|p|1|2|n|3|", "- | facility:1 | severity:5 | message=CEF:0|v|p|1|2|n|3|"},
        {"<13>@cee: {\"a\":1}", "- | facility:1 | severity:5 | message=@cee: {\"a\":1}"},
        {"<13>{\"a\":1}", "- | facility:1 | severity:5 | message={\"a\":1}"},
        {"<13>https://example.com/", "- | facility:1 | severity:5 | message=https://example.com/"},
        {"<13>10:00:00 up", "- | facility:1 | severity:5 | message=10:00:00 up"},
        {"<13>a[b c]: x", "- | facility:1 | severity:5 | message=a[b c]: x"},
        {"<13>a[b", "- | facility:1 | severity:5 | message=a[b"},
        {"<13>1,2026/11/20 10:00:00,TRAFFIC", "- | facility:1 | severity:5 | "
                                              "message=1,2026/11/20 10:00:00,TRAFFIC"},
    };
    check_all(cases, ARRAY_COUNT(cases));
}

#define PRI "- | facility:1 | severity:5"

static void times_are_read(void)
{
    static const struct {
        const char *time, *want;
    } cases[] = {
        {"Nov 20 08:00:00", "2026-11-20T08:00:00Z"},
        {"Nov  2 08:00:00", "2026-11-02T08:00:00Z"},
        {"Nov 2 8:00:00", "2026-11-02T08:00:00Z"},
        {"NOV 02 08:00:00", "2026-11-02T08:00:00Z"},
        {"Nov 20 08:00:00.123", "2026-11-20T08:00:00.123Z"},
        {"Nov 20 08:00:00,5", "2026-11-20T08:00:00.500Z"},
        {"Nov 20 2025 10:00:00", "2025-11-20T10:00:00Z"},
        {"2025 Nov 20 10:00:00", "2025-11-20T10:00:00Z"},
        {"AUG 10 22:18:24 2009", "2009-08-10T22:18:24Z"},
        {"Wed May 19 08:00:01 2021", "2021-05-19T08:00:01Z"},
        {"Wed May 19 08:00:01 EST 2021", "2021-05-19T13:00:01Z"},
        {"Nov 20 17:00:00 JST", "2026-11-20T08:00:00Z"},
        {"Nov 20 17:00:00 +0900", "2026-11-20T08:00:00Z"},
        {"Nov 20 17:00:00+09:00", "2026-11-20T08:00:00Z"},
        {"2026-11-20T17:00:00.123456+09:00", "2026-11-20T08:00:00.123456Z"},
        {"2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"},
        {"2026-11-20 08:00:00", "2026-11-20T08:00:00Z"},
        {"2026/11/20 08:00:00", "2026-11-20T08:00:00Z"},
        /* the year that puts it nearest before the day after it was received (2026-11-20) */
        {"Nov 21 08:00:00", "2026-11-21T08:00:00Z"},
        {"Nov 22 08:00:00", "2025-11-22T08:00:00Z"},
        {"Dec 31 23:59:59", "2025-12-31T23:59:59Z"},
        {"Jan  1 00:00:00", "2026-01-01T00:00:00Z"},
        {"Feb 29 00:00:00", "2024-02-29T00:00:00Z"},
        {"Nov 20 08:00:60", "2026-11-20T08:00:59Z"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CLEANUP(buf_done) Buf got = {0};
        CLEANUP(buf_done) Buf input = {0};
        CLEANUP(buf_done) Buf want = {0};
        buf_add_format(&input, "<13>%s h app: x", cases[i].time);
        buf_add_format(&want,
                       "%s | facility:1 | severity:5 | timestamp=%s | host=h | tag=app | "
                       "message=x",
                       cases[i].want, cases[i].time);
        decode(buf_slice(&input), &decoding_options, &got);
        expect_slice(buf_slice(&got), buf_slice(&want));
    }
    static const Case not_times[] = {
        {"<13>Nov 31 08:00:00 h app: x", PRI " | message=Nov 31 08:00:00 h app: x"},
        {"<13>Nov 20 25:00:00 h app: x", PRI " | message=Nov 20 25:00:00 h app: x"},
        {"<13>Nov 20 08:00 h app: x", PRI " | message=Nov 20 08:00 h app: x"},
        {"<13>ao\xc3\xbbt 19 11:08:37 h app: x", PRI " | message=ao\xc3\xbbt 19 11:08:37 h app: x"},
    };
    check_all(not_times, ARRAY_COUNT(not_times));
}

static void zone_and_year_come_from_the_options(void)
{
    const DecodeOptions tokyo = {.zone_offset_seconds = 9 * 3600,
                                 .received_ns = DECODING_RECEIVED_NS};
    const DecodeOptions unknown = {.received_ns = TIME_UNKNOWN};
    CLEANUP(buf_done) Buf got = {0};
    decode(SLICE("<13>Nov 20 17:00:00 h app: x"), &tokyo, &got);
    expect(slice_starts(buf_slice(&got), SLICE("2026-11-20T08:00:00Z | ")));
    buf_clear(&got);
    decode(SLICE("<13>Nov 20 17:00:00 h app: x"), &unknown, &got);
    expect(slice_starts(buf_slice(&got), SLICE("- | ")));
    buf_clear(&got);
    decode(SLICE("<13>Nov 20 2026 17:00:00 h app: x"), &unknown, &got);
    expect(slice_starts(buf_slice(&got), SLICE("2026-11-20T17:00:00Z | ")));
}

static void cisco_forms_are_read(void)
{
    static const Case cases[] = {
        {"<189>123: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: x",
         "2026-03-01T18:46:11.123Z | facility:23 | severity:5 | sequence=123 | "
         "timestamp=*Mar  1 18:46:11.123 | tag=%SYS-5-CONFIG_I | message=x"},
        {"<189>123: .Mar  1 18:46:11: %SYS-5-CONFIG_I: x",
         "2026-03-01T18:46:11Z | facility:23 | severity:5 | sequence=123 | "
         "timestamp=.Mar  1 18:46:11 | tag=%SYS-5-CONFIG_I | message=x"},
        {"<189>123: R1: *Mar  1 18:46:11.1 EST: %LINK-3-UPDOWN: x",
         "2026-03-01T23:46:11.100Z | facility:23 | severity:5 | sequence=123 | "
         "timestamp=*Mar  1 18:46:11.1 EST | host=R1 | tag=%LINK-3-UPDOWN | message=x"},
        {"<166>Nov 20 2026 10:00:00: %ASA-6-302013: x",
         "2026-11-20T10:00:00Z | facility:20 | severity:6 | timestamp=Nov 20 2026 10:00:00 | "
         "tag=%ASA-6-302013 | message=x"},
        {"<166>Nov 20 2026 10:00:00 fw1 : %ASA-6-302013: x",
         "2026-11-20T10:00:00Z | facility:20 | severity:6 | timestamp=Nov 20 2026 10:00:00 | "
         "host=fw1 | tag=%ASA-6-302013 | message=x"},
        {"<166>:Nov 20 10:00:00 JST: %ASA-6-302013: x",
         "2026-11-20T01:00:00Z | facility:20 | severity:6 | timestamp=:Nov 20 10:00:00 JST | "
         "tag=%ASA-6-302013 | message=x"},
        {"<167>Mar  6 16:57:54 192.0.2.8 %PIX-7-710005: x",
         "2026-03-06T16:57:54Z | facility:20 | severity:7 | timestamp=Mar  6 16:57:54 | "
         "host=192.0.2.8 | tag=%PIX-7-710005 | message=x"},
        {"<189>Nov 20 10:00:00 R1: %SYS-5-CONFIG_I: x",
         "2026-11-20T10:00:00Z | facility:23 | severity:5 | timestamp=Nov 20 10:00:00 | host=R1 | "
         "tag=%SYS-5-CONFIG_I | message=x"},
        /* without PRI the tag says the severity, in digits or in letters */
        {"%ASA-6-302013: x", "- | severity:6 | tag=%ASA-6-302013 | message=x"},
        {"%LINK-W-Down: gi1", "- | severity:4 | tag=%LINK-W-Down | message=gi1"},
        {"<190>%LINK-I-Up: gi3", "- | facility:23 | severity:6 | tag=%LINK-I-Up | message=gi3"},
        {"*Mar  1 18:46:11.123: %SYS-3-X: x", "2026-03-01T18:46:11.123Z | severity:3 | "
                                              "timestamp=*Mar  1 18:46:11.123 | tag=%SYS-3-X | "
                                              "message=x"},
    };
    check_all(cases, ARRAY_COUNT(cases));
    static const char letters[] = "ACEWNID";
    for (unsigned i = 0; i < 7; i++) {
        char tag[] = "%A-?-B";
        unsigned severity = 99;
        tag[3] = letters[i];
        expect_ok(syslog_cisco_severity(slice_from_cstr(tag), &severity));
        expect_int(severity, i + 1);
    }
}

static void words_for_facility_and_severity_are_read(void)
{
    static const Case cases[] = {
        {"Nov 20 08:00:00 h daemon.info dnsmasq[1]: x",
         "2026-11-20T08:00:00Z | facility:3 | severity:6 | timestamp=Nov 20 08:00:00 | host=h | "
         "tag=dnsmasq | pid=1 | message=x"},
        {"Fri Nov 20 08:00:00 2026 daemon.err dnsmasq[1]: x",
         "2026-11-20T08:00:00Z | facility:3 | severity:3 | timestamp=Fri Nov 20 08:00:00 2026 | "
         "tag=dnsmasq | pid=1 | message=x"},
        {"Nov 20 08:00:00 <local7.notice> h app: x",
         "2026-11-20T08:00:00Z | facility:23 | severity:5 | timestamp=Nov 20 08:00:00 | host=h | "
         "tag=app | message=x"},
    };
    check_all(cases, ARRAY_COUNT(cases));
}

static void files_of_rsyslog_are_read(void)
{
    static const Case cases[] = {
        {"2026-11-20T17:40:37.123456+09:00 h app[1]: x",
         "2026-11-20T08:40:37.123456Z | timestamp=2026-11-20T17:40:37.123456+09:00 | host=h | "
         "tag=app | pid=1 | message=x"},
        {"2026-11-20T08:40:37Z h app 7 - [id@1 a=\"b\"] x",
         "2026-11-20T08:40:37Z | timestamp=2026-11-20T08:40:37Z | host=h | tag=app | pid=7 | "
         "id@1.a=b | message=x"},
    };
    check_all(cases, ARRAY_COUNT(cases));
}

static void other_logs_are_not_syslog(void)
{
    static const char *const lines[] = {
        "",
        "hello",
        "Nov 20 08:00:00",
        "2026-11-20 08:00:00 INFO main: started",
        "2026-11-20T08:00:00Z INFO main: started",
        "2026-11-20T08:00:00Z error rbd  [22968]lotus:ERROR",
        "2026-11-20T08:00:00.123 h app: x",
        "2026-11-20T08:00:00.835618Z 0 [Note] [MY-012487] x",
        "Nov 20 08:00:00.999  000000000264F I shmem.res 262144",
        "Wed May 19 08:00:01 EST 2021 line 1",
        "ao\xc3\xbbt 19 11:08:37 h app: x",
        "192.0.2.1 - - [20/Nov/2026:22:59:26 +0000] \"GET / HTTP/1.0\" 200 1",
        "app: x",
        "%x: y",
    };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        CLEANUP(buf_done) Buf got = {0};
        decode(slice_from_cstr(lines[i]), &decoding_options, &got);
        if (!expect_text(buf_slice(&got), "-EBADMSG")) tap_note("%s", lines[i]);
    }
}

static void rfc_5424_is_read(void)
{
    static const Case cases[] = {
        {"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' "
         "failed",
         "2003-10-11T22:14:15.003Z | facility:4 | severity:2 | version:1 | "
         "timestamp=2003-10-11T22:14:15.003Z | host=mymachine.example.com | tag=su | msgid=ID47 | "
         "message='su root' failed"},
        {"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.",
         "2003-08-24T12:14:15.000003Z | facility:20 | severity:5 | version:1 | "
         "timestamp=2003-08-24T05:14:15.000003-07:00 | host=192.0.2.1 | tag=myproc | pid=8710 | "
         "message=%% It's time."},
        {"<165>1 2003-10-11T22:14:15.003Z h ev - ID47 [a@1 iut=\"3\" s=\"App\"][b@2 c=\"high\"]",
         "2003-10-11T22:14:15.003Z | facility:20 | severity:5 | version:1 | "
         "timestamp=2003-10-11T22:14:15.003Z | host=h | tag=ev | msgid=ID47 | a@1.iut=3 | "
         "a@1.s=App "
         "| b@2.c=high | message="},
        {"<13>1 - - - - - -", PRI " | version:1 | message="},
        {"<13>1 - - - - - - ", PRI " | version:1 | message="},
        {"<13>1 - - - - - [a] x", PRI " | version:1 | a= | message=x"},
        {"<13>1 - - - - - [a b=\"\"]x", PRI " | version:1 | a.b= | message=x"},
        {"<13>1 - - - - - [a b=\"1\" c=\"2\" b=\"3\"] x",
         PRI " | version:1 | a.b=1 | a.b=3 | a.c=2 | message=x"},
        {"<13>1 - - - - - [a b=\"\\\"\\\\\\]\\n\"] x",
         PRI " | version:1 | a.b=\"\\]\\n | message=x"},
        {"<13>1 - - - - - [a b=\"[x\"] x", PRI " | version:1 | a.b=[x | message=x"},
        {"<13>99 - - - - - - x", PRI " | version:99 | message=x"},
    };
    check_all(cases, ARRAY_COUNT(cases));
}

static void bad_structured_data_stays_in_the_message(void)
{
    static const char *const bad[] = {
        "[a b=\"c] x", "[a b=c] x",       "[a b=\"c\" x",   "[] x",         "[a=\"b\"] x",
        "[a b=\"c\\",  "[a b=\"c]d\"] x", "no data at all", "[a b=\"c\"][", "",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        CLEANUP(buf_done) Buf got = {0};
        CLEANUP(buf_done) Buf input = {0};
        CLEANUP(buf_done) Buf want = {0};
        buf_add_format(&input, "<13>1 - h - - - %s", bad[i]);
        buf_add_format(&want,
                       "partial " PRI " | version:1 | host=h | "
                       "akashi.parse_error=syslog.structured_data | message=%s",
                       bad[i]);
        decode(buf_slice(&input), &decoding_options, &got);
        expect_slice(buf_slice(&got), buf_slice(&want));
    }
}

static void what_is_nearly_5424_is_read_as_3164(void)
{
    static const Case cases[] = {
        {"<13>1 yesterday h a p m - x", PRI " | message=1 yesterday h a p m - x"},
        {"<13>1 - h a", PRI " | message=1 - h a"},
        {"<13>0 - - - - - - x", PRI " | message=0 - - - - - - x"},
    };
    check_all(cases, ARRAY_COUNT(cases));
}

/* Every beginning of every form, as an exact-size copy. */
static void beginnings_read_nothing_outside(void)
{
    static const char *const messages[] = {
        "<13>1 2026-11-20T08:40:37+09:00 h app 1 m [a@1 b=\"\\\"c\\]\"][e] \xef\xbb\xbfx",
        "<189>123: R1: *Mar  1 18:46:11.123 EST: %LINK-3-UPDOWN: x",
        "Wed May 19 08:00:01 EST 2021 <local7.notice> fe80::1%eth0 /usr/bin/app[12]: x",
        "2026/11/20 08:00:00 +09:00 h app:x",
        "<13>2026 Nov 20 10:00:00 h : %ASA-6-1: x",
    };
    for (size_t i = 0; i < ARRAY_COUNT(messages); i++) {
        Slice all = slice_from_cstr(messages[i]);
        for (size_t len = 0; len <= all.len; len++) {
            for (size_t skipped = 0; skipped <= len; skipped += 3) {
                CLEANUP(buf_done) Buf got = {0};
                decode(slice_skip(slice_first(all, len), skipped), &decoding_options, &got);
                if (!expect(got.len > 0)) return;
            }
        }
    }
}

static const TapTest tests[] = {
    TAP_TEST(rfc_3164_is_read),
    TAP_TEST(deviations_of_the_header_are_read),
    TAP_TEST(deviations_of_the_tag_are_read),
    TAP_TEST(times_are_read),
    TAP_TEST(zone_and_year_come_from_the_options),
    TAP_TEST(cisco_forms_are_read),
    TAP_TEST(words_for_facility_and_severity_are_read),
    TAP_TEST(files_of_rsyslog_are_read),
    TAP_TEST(other_logs_are_not_syslog),
    TAP_TEST(rfc_5424_is_read),
    TAP_TEST(bad_structured_data_stays_in_the_message),
    TAP_TEST(what_is_nearly_5424_is_read_as_3164),
    TAP_TEST(beginnings_read_nothing_outside),
};

TAP_MAIN(tests)
