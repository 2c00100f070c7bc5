/* The definitions that are built in: every sample gives its record and is claimed by its own
 * definition alone, also in one mixed stream; a mutated definition fails; an administrator's folder
 * adds and replaces. */
#include "tests/support/source_kit.h"
#include "tests/support/tap.h"

#include "engine/source_samples.h"
#include "engine/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void say_mistake(void *context, const Complaint *complaint)
{
    unsigned *mistakes = context;
    (*mistakes)++;
    tap_note("%s:%u:%u: %s", complaint->file, complaint->line, complaint->column, complaint->en);
}

static SourceSet *open_all(const char *folder, unsigned *mistakes)
{
    const SourcesWatcher watcher = {.mistake = say_mistake, .context = mistakes};
    Complaint complaint = {0};
    SourceSet *set = NULL;
    expect_ok(sources_open(&os_real, &folder, folder ? 1 : 0, &watcher, &set, &complaint));
    return set;
}

static void say_failed(void *context, const SampleFailure *failure)
{
    (void)context;
    tap_note("%.*s:%u: %.*s should be \"%.*s\" and is \"%.*s\"", SLICE_FMT(failure->info->file),
             failure->sample->line, SLICE_FMT(failure->name), SLICE_FMT(failure->want),
             SLICE_FMT(failure->got));
}

static SampleCounts run_samples(const SourceSet *set, bool told)
{
    const SampleWatcher watcher = {.failed = told ? say_failed : NULL};
    SampleCounts counts = {0};
    for (size_t i = 0; i < source_set_count(set); i++) {
        expect_ok(source_samples_run(set, i, &watcher, &counts));
    }
    return counts;
}

static void every_sample_gives_its_record(void)
{
    unsigned mistakes = 0;
    SourceSet *set = open_all(NULL, &mistakes);
    if (!set) return;
    expect_int(mistakes, 0);
    for (size_t i = 0; i < source_set_count(set); i++) {
        const SourceInfo *info = source_set_info(set, i);
        bool whole = info->sample_count > 0 && info->about_count > 0 && info->setup[0].len > 0 &&
                     info->setup[1].len > 0;
        expect(whole);
        if (!whole) tap_note("%.*s", SLICE_FMT(info->file));
    }
    SampleCounts counts = run_samples(set, true);
    expect_int(counts.failed, 0);
    tap_note("%zu definitions, %zu samples", source_set_count(set), (size_t)counts.passed);
    source_set_free(set);
}

/* All samples through one translator, each time in another order: one syslog port for everything.
 */
static void mixed_in_one_stream_each_finds_its_own(void)
{
    unsigned mistakes = 0, wrong = 0, fed = 0;
    SourceKit kit = {.set = open_all(NULL, &mistakes), .translator = translator_new(), .lines = 1};
    if (!kit.set) return;
    expect_ok(translator_use_sources(kit.translator, kit.set, KIT_ZONE_SECONDS));
    for (size_t turn = 0; turn < 40; turn++) {
        for (size_t i = 0; i < source_set_count(kit.set); i++) {
            /* a prime above SOURCES_MAX: every turn takes each once */
            size_t index = (i * 257 + turn * 3) % source_set_count(kit.set);
            const SourceInfo *info = source_set_info(kit.set, index);
            const SourceSample *sample = &info->samples[turn % info->sample_count];
            if (sample->before_count > 0) continue; /* a table is a file, not a stream */
            kit_feed(&kit, sample->text);
            Slice rule = kit.record.text[RECORD_AKASHI_RULE];
            fed++;
            if (source_set_owns(kit.set, index, rule)) continue;
            wrong++;
            tap_note("%.*s line %u went to %.*s", SLICE_FMT(info->file), sample->line,
                     SLICE_FMT(rule));
        }
    }
    expect_int(wrong, 0);
    expect(fed > 400);
    kit_done(&kit);
}

/* Sentences that routers of Yamaha write and other programs may write too. */
static void yamaha_claims_only_its_own(void)
{
    static const struct {
        const char *line;
        bool own;
    } rows[] = {
        {"<38>Nov 20 09:00:00 web01 portal: Login failed for user sato", false},
        {"<38>Nov 20 09:00:00 web01 portal[9]: Login succeeded for TELNET: 192.0.2.5", false},
        {"<38>Nov 20 09:00:00 web01 portal: Logout from session 9", false},
        {"<30>Nov 20 09:00:00 vpn01 charon: 05[IKE] IKE_SA home[1] established", false},
        {"<30>Nov 20 09:00:00 vpn01 relay: [IKE] hello", false},
        {"<30>Nov 20 09:00:00 vpn01 relay: [IDS] scan 192.0.2.1 > 192.0.2.2", false},
        {"<30>Nov 20 09:00:00 db01 app: PP[3] ready", false},
        {"<30>Nov 20 09:00:00 dhcp01 relay: [DHCPD] started", false},
        {"<190>Nov 20 09:00:00 rtx1210 Login failed for HTTP: 198.51.100.7", true},
        {"<190>Nov 20 09:00:00 rtx1210 [IKE] initiate ISAKMP phase to 203.0.113.9", true},
        {"<190>[IKE] SA[3] change state to DEAD", true},
        {"<190>Logout from SSH: 192.168.100.5 tanaka", true},
        {"<190>PP[01] PPP/IPCP up (Local: 192.168.100.1, Remote: 203.0.113.9)", true}};
    unsigned mistakes = 0;
    SourceKit kit = {.set = open_all(NULL, &mistakes), .translator = translator_new(), .lines = 1};
    if (!kit.set) return;
    expect_ok(translator_use_sources(kit.translator, kit.set, KIT_ZONE_SECONDS));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        kit_feed(&kit, slice_from_cstr(rows[i].line));
        Slice rule = kit.record.text[RECORD_AKASHI_RULE];
        bool own = slice_starts(rule, SLICE("yamaha-rtx."));
        if (!expect_int(own, rows[i].own)) tap_note("%s: %.*s", rows[i].line, SLICE_FMT(rule));
    }
    kit_done(&kit);
}

/* The first occurrence of `from` in a definition becomes `to`. */
static void check_mutation(const char *name, const char *from, const char *to)
{
    char path[1024];
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf mutated = {0};
    Slice yaml;
    unsigned mistakes = 0;
    SourceSet *set = source_set_new();
    Complaint complaint = {0};
    (void)mistakes;
    snprintf(path, sizeof path, "%s/knowledge/sources/%s.yaml", tap_source_root(), name);
    if (!expect_ok(os_read_file(&os_real, path, SOURCE_FILE_BYTES_MAX, &arena, &yaml))) return;
    size_t at = slice_find(yaml, slice_from_cstr(from));
    if (!expect(at != SLICE_NOT_FOUND)) return;
    buf_add_slice(&mutated, slice_first(yaml, at));
    buf_add_cstr(&mutated, to);
    buf_add_slice(&mutated, slice_skip(yaml, at + strlen(from)));
    expect_ok(source_set_add(set, slice_from_cstr(path), buf_slice(&mutated), true, &complaint));
    expect_ok(source_set_finish(set));
    SampleCounts counts = run_samples(set, false);
    if (!expect(counts.failed > 0)) tap_note("%s: %s -> %s goes unnoticed", name, from, to);
    source_set_free(set);
}

static void a_mutated_definition_fails(void)
{
    check_mutation("fortigate", "source.ip: srcip", "source.ip: dstip");
    check_mutation("fortigate", "destination.port: dstport", "destination.port: srcport");
    check_mutation("fortigate", "verb: BLOCK", "verb: CONNECT");
    check_mutation("fortigate", "format: epoch", "format: '%Y'");
    check_mutation("yamaha-rtx", "> {destination.ip:address}:{destination.port:number}{*}'",
                   "> {source.domain:address}:{destination.port:number}{*}'");
    check_mutation("squid", "url.full: url", "url.full: method");
    check_mutation("bind", "akashi.object: name", "akashi.object: type");
    check_mutation("pan-os-traffic", "src, dst, natsrc", "dst, src, natsrc");
    check_mutation("samba-full-audit", "akashi.target_path: b", "akashi.target_path: a");
    check_mutation("windows-dhcp", "source.mac: MAC Address", "source.mac: Host Name");
    check_mutation("postfix", "user.target.name: recipient", "user.target.name: relay");
    check_mutation("isc-dhcpd", "akashi.object: source.ip", "akashi.object: source.mac");
    check_mutation("web-access", "user.account: user", "user.account: ident");
    check_mutation("cisco-asa", "for {to:text}:{destination.ip:address}",
                   "for {to:text}:{source.ip:address}");
    check_mutation("juniper-srx", "destination.ip: destination-address",
                   "destination.ip: source-address");
    check_mutation("sonicwall", "source.bytes: sent", "source.bytes: rcvd");
    check_mutation("check-point", "source.port: s_port", "source.port: service");
    check_mutation("google-workspace", "prefer: {of: parameters", "prefer: {of: parameter");
    check_mutation("aws-cloudtrail", "verb: ACCESS_DENIED", "verb: OTHER");
    check_mutation("haproxy", "PR{state}", "XX{state}");
    check_mutation("zeek", "destination.bytes: resp_bytes", "destination.bytes: orig_bytes");
    check_mutation("suricata-eve", "blocked: success", "blocked: failure");
    check_mutation("modsecurity", "'Access denied*'", "'Access refused*'");
    check_mutation("skysea", "address, session, user,", "session, address, user,");
    check_mutation("skysea", "device, '-', '-', device_id", "'-', device, '-', device_id");
    check_mutation("lanscope", "{Event: [FileDel, FldDel]}", "{Event: [FileRen, FldDel]}");
    check_mutation("lanscope-csv", "{of: ウィンドウ, pattern", "{of: ウィンド, pattern");
    check_mutation("assetview", "operation: '*コピー*'", "operation: 'コピー*'");
    check_mutation("nec-ix", "BLOCK {service.name}", "DENY {service.name}");
    check_mutation("trend-micro-cloud-edge", "url.full: request", "url.full: msg");
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/sources/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!expect(file != NULL)) return;
    fputs(text, file);
    fclose(file);
}

static void a_folder_adds_and_replaces(void)
{
    const char *folder = tap_temporary_folder();
    char path[1024];
    unsigned mistakes = 0;
    size_t index;
    snprintf(path, sizeof path, "%s/sources", folder);
    expect_int(mkdir(path, 0700), 0);
    write_file(folder, "own.yaml", "name: own-machine\nrecognise:\n  - tag: own\n");
    write_file(folder, "squid.yaml", "name: squid\nvendor: us\nrecognise:\n  - tag: squid\n");
    write_file(folder, "bind.yaml", "name: bind\nrecognise:\n  - tagg: named\n");
    write_file(folder, "notes.txt", "not a definition");
    SourceSet *set = open_all(folder, &mistakes);
    if (!set) return;
    expect_int(mistakes, 1); /* bind.yaml: the built-in one stays */
    expect_int(source_set_find(set, SLICE("own-machine"), &index), 0);
    expect_int(source_set_find(set, SLICE("squid"), &index), 0);
    expect_slice(source_set_info(set, index)->vendor, SLICE("us"));
    expect(!source_set_info(set, index)->built_in);
    expect_int(source_set_find(set, SLICE("bind"), &index), 0);
    expect(source_set_info(set, index)->built_in);
    source_set_free(set);
}

static void check_example(const char *document)
{
    char path[1024];
    CLEANUP(arena_done) Arena arena = {0};
    const Slice begin = SLICE("```yaml\n");
    Slice text;
    Complaint complaint = {0};
    SourceSet *set = source_set_new();
    snprintf(path, sizeof path, "%s/doc/%s", tap_source_root(), document);
    if (!expect_ok(os_read_file(&os_real, path, SOURCE_FILE_BYTES_MAX, &arena, &text))) return;
    size_t at = slice_find(text, begin);
    if (!expect(at != SLICE_NOT_FOUND)) return;
    text = slice_skip(text, at + begin.len);
    text = slice_first(text, slice_find(text, SLICE("```")));
    if (!expect_ok(source_set_add(set, SLICE("door.yaml"), text, false, &complaint)))
        tap_note("%s: %u: %s", document, complaint.line, complaint.en);
    expect_ok(source_set_finish(set));
    SampleCounts counts = run_samples(set, true);
    expect_int(counts.passed, 1);
    expect_int(counts.failed, 0);
    source_set_free(set);
}

static void the_examples_of_the_manual_work(void)
{
    check_example("sources.md");
    check_example("sources.ja.md");
}

static const TapTest tests[] = {
    TAP_TEST(yamaha_claims_only_its_own),
    TAP_TEST(every_sample_gives_its_record),
    TAP_TEST(mixed_in_one_stream_each_finds_its_own),
    TAP_TEST(a_mutated_definition_fails),
    TAP_TEST(a_folder_adds_and_replaces),
    TAP_TEST(the_examples_of_the_manual_work),
};
TAP_MAIN(tests)
