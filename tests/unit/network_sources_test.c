/* The built-in definitions of network gear, security programs and clouds: lines that look like
 * theirs and are not, facts that must not be swapped, and the real audit logs of the corpus. */
#include "tests/support/source_kit.h"
#include "tests/support/tap.h"

#include "decode/decoder.h"
#include "engine/sources.h"

#include <stdio.h>

static SourceKit open_built_in(void)
{
    Complaint complaint = {0};
    SourceKit kit = {.translator = translator_new(), .lines = 1};
    expect_ok(sources_open(&os_real, NULL, 0, &(SourcesWatcher){0}, &kit.set, &complaint));
    if (kit.set) expect_ok(translator_use_sources(kit.translator, kit.set, KIT_ZONE_SECONDS));
    return kit;
}

/* Each begins or looks like a line of a device, and must go to the rule that is written beside it.
 */
static const struct {
    const char *rule; /* what the record's rule begins with */
    const char *line;
} near_misses[] = {
    {"fallback.", "<14>Nov 20 17:46:05 pa01 1,2026/11/20 17:46:05,0018,AUTHENTICATION,mfa,2305"},
    {"fallback.", "<14>Nov 20 17:46:05 pa01 order list: A,AUTHENTICATION,B"},
    {"fallback.", "<166>Nov 20 2026 17:40:05 asa01 : %ASA-6-text: Deny tcp src outside:192.0.2.1"},
    {"cisco-asa.event",
     "<166>Nov 20 2026 17:40:05 asa01 : %ASA-4-106023: Deny tcp src of another form"},
    {"fallback.",
     "<189>45: rt01: Nov 20 2026 17:40:05.123 JST: %OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.1"},
    {"cisco-ios.event",
     "<189>45: rt01: Nov 20 2026 17:40:05.123 JST: %SYS-5-CONFIG_I: of another form"},
    {"juniper-srx.event",
     "<14>1 2026-11-20T17:40:05.123+09:00 srx01 RT_FLOW - RT_FLOW_NEW_KIND [a@1 b=\"c\"]"},
    {"fallback.", "<14>Nov 20 17:40:05 web01 app: session denied 192.0.2.1/1->192.0.2.2/2 x"},
    {"fallback.",
     "<134>Nov 20 17:40:05 gw id=firewall fw=192.0.2.1 pri=6 msg=\"no serial number\""},
    {"sonicwall.event",
     "<134>id=firewall sn=0017C5000001 fw=192.0.2.1 pri=6 c=1 m=99999 msg=\"new kind\""},
    {"fallback.", "<142>Nov 20 17:40:05 gw app: msg_id=\"9999-0001\" Allow 1-Trusted 0-External"},
    {"fallback.", "<134>1 2026-11-20T08:40:05Z gw01 CheckPoint 1930 - started"},
    {"fallback.", "<30>Nov 20 17:40:05 gw app: device_name=\"x\" log_type=\"y\""},
    {"sophos-firewall.event",
     "<30>device_name=\"SFW\" timestamp=\"2026-11-20T17:40:05+0900\" log_type=\"New\" "
     "log_component=\"New\" log_subtype=\"New\""},
    {"fallback.", "<6>Nov 20 17:40:06 host1 kernel: Firewall: DENY everything"},
    {"fallback.", "<6>Nov 20 17:40:06 host1 kernel: [UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.7 "
                  "DST=10.1.1.5 PROTO=TCP"},
    {"fallback.", "<134>Nov 20 17:40:06 host1 app: mail @0:10[a] sent x -> y PR z len 1"},
    {"fallback.", "<14>Nov 20 17:40:05 TS-NAS01 file_smb[3347]: started"},
    {"haproxy.event", "<134>Nov 20 12:46:05 haproxy[1]: Proxy web started."},
    {"web-access.",
     "127.0.0.1 - - [20/Nov/2026:12:08:00 +0000] \"GET /%ASA-6-302013: HTTP/1.1\" 200 206 \"-\" "
     "\"] ModSecurity: \""},
    {"apache-error.", "[Fri Nov 20 12:46:40.296472 2026] [core:error] [pid 25833:tid 25863] "
                      "[client 127.0.0.1:47402] "
                      "AH00126: Invalid URI in request ModSecurity: [file x"},
    {"fallback.json", "{\"event_type\":\"alert\",\"timestamp\":\"2026-11-20T17:40:05+0900\"}"},
    {"fallback.json", "{\"ts\":1795164060.5,\"uid\":\"C1\",\"query\":\"www.example.com\"}"},
    {"fallback.json", "{\"transaction\":{\"transaction_id\":\"1\"}}"},
    {"fallback.json",
     "{\"CreationTime\":\"2026-11-20T08:40:05\",\"Operation\":\"x\",\"UserId\":\"y\"}"},
    {"fallback.json",
     "{\"createdDateTime\":\"2026-11-20T08:01:05Z\",\"userPrincipalName\":\"sato@example.com\"}"},
    {"fallback.json",
     "{\"kind\":\"admin#reports#usageReport\",\"id\":{\"time\":\"2026-11-20T08:40:05Z\","
     "\"applicationName\":\"drive\"}}"},
    {"fallback.json",
     "{\"eventVersion\":\"1.08\",\"eventName\":\"GetObject\",\"awsRegion\":\"x\"}"},
    {"fallback.json",
     "{\"type\":\"user\",\"event_id\":\"1\",\"event_type\":\"LOGIN\",\"created_at\":\"x\"}"},
    {"fallback.json", "{\"action\":\"opened\",\"actor\":\"sato\",\"created_at\":\"x\"}"},
    {"cef.", "CEF:0|Trend Micro|TMES|1.0.0.0|300101|AUDIT|4|rt=2018-06-28 03:22:31 act=x"},
};

static void near_misses_go_elsewhere(void)
{
    SourceKit kit = open_built_in();
    for (size_t i = 0; kit.set && i < ARRAY_COUNT(near_misses); i++) {
        kit_feed(&kit, slice_from_cstr(near_misses[i].line));
        Slice rule = kit.record.text[RECORD_AKASHI_RULE];
        if (!expect(slice_starts(rule, slice_from_cstr(near_misses[i].rule))))
            tap_note("%.*s: %s", SLICE_FMT(rule), near_misses[i].line);
    }
    kit_done(&kit);
}

/* What a stranger typed must not take the place of an address that the device wrote. */
static void typed_names_do_not_move_addresses(void)
{
    SourceKit kit = open_built_in();
    if (!kit.set) return;
    kit_feed(&kit, SLICE("<166>Nov 20 2026 08:10:01 asa01 : %ASA-6-605004: Login denied from "
                         "198.51.100.7/51001 to "
                         "inside:10.1.1.1/ssh for user \"x from 10.9.9.9/1\""));
    kit_has(&kit, "source.ip", "198.51.100.7");
    kit_has(&kit, "user.name", "x from 10.9.9.9/1");
    kit_feed(&kit,
             SLICE("<142>Nov 20 08:10:09 FB01 F1 (2026-11-19T23:10:09) sessiond[1]: "
                   "msg_id=\"3E00-0003\" Management "
                   "user a from 10.9.9.9 log in from 198.51.100.7 log in attempt was rejected."));
    kit_has(&kit, "source.ip", "198.51.100.7");
    kit_feed(&kit, SLICE("<35>Nov 20 08:10:09 srx01 sshd[1]: SSHD_LOGIN_FAILED: Login failed for "
                         "user 'x' from host "
                         "'10.9.9.9'' from host '198.51.100.7'"));
    kit_has(&kit, "source.ip", "198.51.100.7");
    kit_done(&kit);
}

/* --- the corpus ------------------------------------------------------------------------------- */

typedef struct Counts {
    SourceKit *kit;
    Arena *batch;
    uint64_t events, ours, others, without_time, renamed, shared;
} Counts;

static int count_record(void *context, const Record *record, const Event *event)
{
    Counts *counts = context;
    (void)event;
    counts->events++;
    counts->ours += slice_starts(record->text[RECORD_AKASHI_RULE], SLICE("google-workspace."));
    counts->others += record->verb == VERB_OTHER;
    counts->without_time += record->time_ns == TIME_UNKNOWN;
    counts->renamed +=
        record->verb == VERB_RENAME && record->text[RECORD_AKASHI_TARGET_PATH].len > 0;
    counts->shared += record->verb == VERB_CHANGE_ACL;
    return 0;
}

static int count_event(void *context, const Event *event)
{
    Counts *counts = context;
    return translator_feed(counts->kit->translator, event, KIT_RECEIVED_NS, counts->batch,
                           count_record, counts);
}

static int on_damage(void *context, const Damage *damage)
{
    (void)context;
    tap_note("%s", damage->reason);
    expect(false);
    return 0;
}

static void count_file(Counts *counts, const char *name)
{
    char path[1024];
    CLEANUP(arena_done) Arena batch = arena_make((size_t)1 << 30), file = {0};
    const DecodeOptions options = {.received_ns = KIT_RECEIVED_NS};
    const DecodeSink sink = {count_event, on_damage, counts};
    Slice bytes;
    snprintf(path, sizeof path, "%s/cloud/google-workspace/%s.json", tap_corpus(), name);
    if (!expect_ok(os_read_file(&os_real, path, (size_t)64 << 20, &file, &bytes))) return;
    const Decoder *decoder = decoder_for(slice_first(bytes, DECODE_HEAD_BYTES));
    void *state = decoder->new (&options);
    const DecodeWindow window = {.bytes = bytes, .last = true, .full = true};
    counts->batch = &batch;
    expect_ok(decoder->feed(state, &window, &batch, &sink));
    decoder->free(state);
}

static void real_audit_logs_are_understood(void)
{
    static const char *const names[] = {"admin", "drive", "groups_enterprise", "login",
                                        "user_accounts"};
    if (!tap_corpus()) {
        tap_skip("the corpus is not there");
        return;
    }
    SourceKit kit = open_built_in();
    Counts counts = {.kit = &kit};
    for (size_t i = 0; kit.set && i < ARRAY_COUNT(names); i++) {
        count_file(&counts, names[i]);
    }
    expect_int(counts.events, 317);
    expect_int(counts.ours, counts.events);
    expect_int(counts.without_time, 0);
    expect_int(counts.others, 2); /* how much room is used */
    expect_int(counts.renamed, 4);
    expect_int(counts.shared, 2);
    kit_done(&kit);
}

static const TapTest tests[] = {
    TAP_TEST(near_misses_go_elsewhere),
    TAP_TEST(typed_names_do_not_move_addresses),
    TAP_TEST(real_audit_logs_are_understood),
};
TAP_MAIN(tests)
