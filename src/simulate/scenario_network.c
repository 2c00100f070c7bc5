/* What shows on the network: a scan, beacons, a device that falls silent. See scenario.h. */
#include "simulate/scenario.h"

static void probe(Sim *sim, Slice from, Slice host)
{
    static const unsigned ports[] = {22, 80, 135, 139, 443, 445, 3389, 5985};
    for (size_t i = 0; i < ARRAY_COUNT(ports); i++) {
        const Flow flow = {.source_ip = from,
                           .destination_ip = host,
                           .source_port = sim_port(sim),
                           .destination_port = ports[i],
                           .refused = true,
                           .is_inside = true,
                           .source_country = "Reserved",
                           .destination_country = "Reserved"};
        fortigate_flow(sim, &flow);
        sim_wait(sim, 2 * NS_PER_MS, 40 * NS_PER_MS);
    }
}

/* An open door was found: guesses at it. */
static void try_ssh(Sim *sim)
{
    static const char *const users[] = {"root", "admin", "root", "backup", "root", "oracle"};
    MARK(sim, "spread", "\"D2\",\"D35\"");
    for (size_t i = 0; i < ARRAY_COUNT(users); i++) {
        act_ssh_failure(sim, users[i], slice_from_cstr(sim->actor->ip));
        sim_wait(sim, NS_PER_SECOND, 3 * NS_PER_SECOND);
    }
}

int64_t scenario_scan(Sim *sim, unsigned step)
{
    Text host;
    if (step == 0) scenario_cast(sim, DEPARTMENT_PRODUCTION);
    text_format(&host, "10.10.0.%u", 1 + step);
    MARK(sim, "spread", "\"D35\"");
    const Act act = {.verb = VERB_BLOCK,
                     .who = sim->actor,
                     .host = SLICE("fw01"),
                     .object = text_slice(&host),
                     .outcome = OUTCOME_FAILURE};
    uint32_t before = act_begin(sim, &act);
    probe(sim, slice_from_cstr(sim->actor->ip), text_slice(&host));
    act_end(sim, before);
    if (step == 52) try_ssh(sim);
    return step < 99 ? dice_between(&sim->dice, 200, 900) * NS_PER_MS : 0;
}

static void beacon(Sim *sim)
{
    const Flow flow = {.source_ip = slice_from_cstr(sim->actor->ip),
                       .destination_ip = ATTACKER_IP,
                       .source_port = sim_port(sim),
                       .destination_port = 8443,
                       .outward = true,
                       .source_country = "Reserved",
                       .destination_country = ATTACKER_COUNTRY,
                       .sent_bytes = (uint64_t)dice_between(&sim->dice, 610, 640),
                       .received_bytes = (uint64_t)dice_between(&sim->dice, 300, 320),
                       .seconds = 1};
    MARK(sim, "infection", "\"D31\",\"D34\",\"D38\"");
    const Act act = {.verb = VERB_CONNECT,
                     .who = sim->actor,
                     .host = SLICE("fw01"),
                     .object = ATTACKER_IP,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    fortigate_flow(sim, &flow);
    act_end(sim, before);
}

static void notice(Sim *sim)
{
    MARK(sim, "infection", "\"D39\",\"D61\"");
    act_call_home(sim, sim->actor, ATTACKER_IP, "Example.Botnet");
}

/* Past the proxy, so that the firewall sees the PC itself. */
static void fetch_past_proxy(Sim *sim, Slice host, Slice url)
{
    char address[16];
    Slice ip = slice_from_cstr(sim->actor->ip);
    site_address(address, host);
    const Flow flow = {.source_ip = ip,
                       .destination_ip = slice_from_cstr(address),
                       .source_port = sim_port(sim),
                       .destination_port = 80,
                       .outward = true,
                       .source_country = "Reserved",
                       .destination_country = ATTACKER_COUNTRY,
                       .sent_bytes = 900,
                       .received_bytes = 1843200,
                       .seconds = 4};
    const Act act = {.verb = VERB_DOWNLOAD,
                     .who = sim->actor,
                     .host = SLICE("fw01"),
                     .object = url,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    dns_query(sim, ip, host, "A");
    fortigate_flow(sim, &flow);
    act_end(sim, before);
}

static void fetch_tool(Sim *sim)
{
    Slice host = SLICE("cdn.bad.example");
    MARK(sim, "infection", "\"D34\",\"D38\",\"D61\"");
    fetch_past_proxy(sim, host, SLICE("http://cdn.bad.example/tool.exe"));
    sim_wait(sim, NS_PER_SECOND, 5 * NS_PER_SECOND);
    MARK(sim, "infection", "\"D39\",\"D61\"");
    const Act act = {.verb = VERB_MALWARE,
                     .who = sim->actor,
                     .host = SLICE("fw01"),
                     .object = SLICE("W32/Example.Tool"),
                     .outcome = OUTCOME_FAILURE};
    uint32_t before = act_begin(sim, &act);
    fortigate_virus(sim, slice_from_cstr(sim->actor->ip), host, "tool2.exe", "W32/Example.Tool");
    act_end(sim, before);
}

/* The three signs of D61 in their order, between beacons a minute apart. */
int64_t scenario_beacon(Sim *sim, unsigned step)
{
    if (step == 0) scenario_cast(sim, DEPARTMENT_GENERAL);
    beacon(sim);
    if (step == 20) {
        MARK(sim, "infection", "\"D50\",\"D61\"");
        act_malware_found(sim, sim->actor, "Behavior:Win32/ExampleEncrypt",
                          SLICE("C:\\Users\\Public\\svc.exe"), false);
    }
    if (step == 40) notice(sim);
    if (step == 60) fetch_tool(sim);
    return step < 80 ? NS_PER_MINUTE + dice_between(&sim->dice, -900, 900) * NS_PER_MS : 0;
}

int64_t scenario_silence(Sim *sim, unsigned step)
{
    (void)step;
    MARK(sim, "none", "\"D62\"");
    const Act act = {.verb = VERB_STOP_LOG,
                     .user = SLICE("-"),
                     .host = SLICE("fw01"),
                     .object = slice_from_cstr(simulate_source_file(SIMULATE_FORTIGATE)),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    sim->outbox.silences[SIMULATE_FORTIGATE] =
        (OutSilence){sim->at_ns, sim->at_ns + 4 * NS_PER_HOUR};
    act_end(sim, before);
    return 0;
}
