/* What a look at a web page leaves: a question to the resolver, the proxy's line, the firewall's.
 * All go through the proxy, so the firewall sees its address; what does not is an attack's. See
 * acts.h. */
#include "simulate/acts.h"

#include <stdio.h>

#define PROXY_IP "10.10.0.31"

void site_address(char to[16], Slice host)
{
    unsigned sum = 7;
    for (size_t i = 0; i < host.len; i++) {
        sum = sum * 31 + (unsigned char)host.ptr[i];
    }
    snprintf(to, 16, "192.0.2.%u", 10 + sum % 240);
}

/* BIND 9.18, channel syslog, category queries (Administrator Reference Manual, "logging"). */
void dns_query(Sim *sim, Slice client_ip, Slice name, const char *type)
{
    Buf *to = line_begin_syslog(sim, SIMULATE_BIND, 30, "ns01", "named[812]");
    buf_add_format(to, "client @0x7f3c%08x %.*s#%u (%.*s): query: %.*s IN %s + (10.10.0.53)",
                   (unsigned)dice_u64(&sim->dice) & 0xfffffff8, SLICE_FMT(client_ip), sim_port(sim),
                   SLICE_FMT(name), SLICE_FMT(name), type);
    line_end(sim);
}

/* Squid's native format (wiki.squid-cache.org, Features/LogFormat), access_log daemon through
 * syslog. */
static void proxy_line(Sim *sim, const Person *person, const char *code, uint64_t bytes,
                       const char *method, Slice url, const char *address, const char *type)
{
    uint64_t second = (uint64_t)(sim->at_ns / NS_PER_SECOND);
    unsigned milli = (unsigned)(sim->at_ns / NS_PER_MS % 1000);
    Buf *to = line_begin_syslog(sim, SIMULATE_SQUID, 30, "proxy01", "(squid-1)[1432]");
    buf_add_format(to, "%llu.%03u %6u %s %s %llu %s %.*s %s HIER_DIRECT/%s %s",
                   (unsigned long long)second, milli, (unsigned)dice_between(&sim->dice, 9, 2400),
                   person->ip, code, (unsigned long long)bytes, method, SLICE_FMT(url),
                   person->account, address, type);
    line_end(sim);
}

static void flow_out(Sim *sim, const char *address, uint64_t sent, uint64_t received)
{
    const Flow flow = {.source_ip = SLICE(PROXY_IP),
                       .destination_ip = slice_from_cstr(address),
                       .source_port = sim_port(sim),
                       .destination_port = 443,
                       .outward = true,
                       .source_country = "Reserved",
                       .destination_country = "Japan",
                       .sent_bytes = sent,
                       .received_bytes = received,
                       .seconds = (uint64_t)dice_between(&sim->dice, 1, 90)};
    fortigate_flow(sim, &flow);
}

static const char *category_of(Slice host)
{
    const Word *word = word_find(&words_simulate_sites, host);
    return word ? word->text[LANGUAGE_EN] : "Unrated";
}

void act_visit(Sim *sim, const Person *person, Slice host)
{
    char address[16];
    Text url;
    site_address(address, host);
    text_format(&url, "%.*s:443", SLICE_FMT(host));
    const Act act = {.verb = VERB_WEB_ACCESS,
                     .who = person,
                     .host = SLICE("proxy01"),
                     .object = host,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    dns_query(sim, SLICE(PROXY_IP), host, "A");
    if (dice_chance(&sim->dice, 300)) dns_query(sim, SLICE(PROXY_IP), host, "AAAA");
    int64_t parts = dice_between(&sim->dice, 1, 5);
    for (int64_t i = 0; i < parts; i++) {
        uint64_t bytes = (uint64_t)dice_between(&sim->dice, 800, 250000);
        sim_wait(sim, 10 * NS_PER_MS, 700 * NS_PER_MS);
        proxy_line(sim, person, "TCP_TUNNEL/200", bytes, "CONNECT", text_slice(&url), address, "-");
        if (i == 0) fortigate_web(sim, SLICE(PROXY_IP), host, category_of(host), false);
        flow_out(sim, address, (uint64_t)dice_between(&sim->dice, 900, 9000), bytes);
    }
    act_end(sim, before);
}

void act_visit_blocked(Sim *sim, const Person *person, Slice host)
{
    char address[16];
    Text url;
    site_address(address, host);
    text_format(&url, "%.*s:443", SLICE_FMT(host));
    const Act act = {.verb = VERB_URL_BLOCK,
                     .who = person,
                     .host = SLICE("fw01"),
                     .object = host,
                     .outcome = OUTCOME_FAILURE};
    uint32_t before = act_begin(sim, &act);
    dns_query(sim, SLICE(PROXY_IP), host, "A");
    sim_wait(sim, 10 * NS_PER_MS, 200 * NS_PER_MS);
    fortigate_web(sim, SLICE(PROXY_IP), host, category_of(host), true);
    proxy_line(sim, person, "TCP_TUNNEL/503", 0, "CONNECT", text_slice(&url), address, "-");
    act_end(sim, before);
}

void act_upload(Sim *sim, const Person *person, Slice host, uint64_t bytes)
{
    char address[16];
    Text url;
    site_address(address, host);
    text_format(&url, "http://%.*s/upload/%08x", SLICE_FMT(host), (unsigned)dice_u64(&sim->dice));
    const Act act = {.verb = VERB_UPLOAD,
                     .who = person,
                     .host = SLICE("proxy01"),
                     .object = text_slice(&url),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    dns_query(sim, SLICE(PROXY_IP), host, "A");
    sim_wait(sim, 100 * NS_PER_MS, 4 * NS_PER_SECOND);
    proxy_line(sim, person, "TCP_MISS/200", 412, "POST", text_slice(&url), address, "text/plain");
    flow_out(sim, address, bytes, 4096);
    act_end(sim, before);
}

void act_download(Sim *sim, const Person *person, Slice host, Slice name, uint64_t bytes)
{
    char address[16];
    Text url;
    site_address(address, host);
    text_format(&url, "http://%.*s/%.*s", SLICE_FMT(host), SLICE_FMT(name));
    const Act act = {.verb = VERB_DOWNLOAD,
                     .who = person,
                     .host = SLICE("proxy01"),
                     .object = text_slice(&url),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    dns_query(sim, SLICE(PROXY_IP), host, "A");
    sim_wait(sim, 100 * NS_PER_MS, NS_PER_SECOND);
    proxy_line(sim, person, "TCP_MISS/200", bytes, "GET", text_slice(&url), address,
               "application/octet-stream");
    flow_out(sim, address, 1800, bytes);
    act_end(sim, before);
}

void act_call_home(Sim *sim, const Person *person, Slice controller, const char *botnet)
{
    const Act act = {.verb = VERB_C2,
                     .who = person,
                     .host = SLICE("fw01"),
                     .object = controller,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    fortigate_botnet(sim, slice_from_cstr(person->ip), controller, botnet);
    act_end(sim, before);
}
