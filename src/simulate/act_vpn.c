/* Coming in from outside: SSL VPN of the FortiGate for most, L2TP/IPsec of the Yamaha for the
 * second plant. See acts.h. */
#include "simulate/acts.h"

#include <stdio.h>

static bool uses_yamaha(const Person *person)
{
    return person->index % 3 == 0;
}

static Text home_address(const Person *person)
{
    Text text;
    text_format(&text, "203.0.113.%u", 80 + person->index % 170);
    return text;
}

static Text tunnel_address(const Person *person)
{
    Text text;
    text_format(&text, uses_yamaha(person) ? "192.168.100.%u" : "10.10.200.%u",
                2 + person->index % 250);
    return text;
}

static Act vpn_act(Verb verb, const Person *person, Slice from, Outcome outcome)
{
    return (Act){.verb = verb,
                 .who = person,
                 .pc = SLICE("-"),
                 .ip = from,
                 .host = uses_yamaha(person) ? SLICE("rtx01") : SLICE("fw01"),
                 .object = uses_yamaha(person) ? SLICE("rtx01") : SLICE("fw01"),
                 .outcome = outcome};
}

void act_vpn_up(Sim *sim, Person *person)
{
    const Text from = home_address(person), inside = tunnel_address(person);
    const Act act = vpn_act(VERB_VPN_CONNECT, person, text_slice(&from), OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    Slice user = slice_from_cstr(person->account);
    if (uses_yamaha(person)) yamaha_vpn_up(sim, user, text_slice(&from), text_slice(&inside));
    if (!uses_yamaha(person)) {
        fortigate_vpn_up(sim, user, text_slice(&from), "Japan", text_slice(&inside));
    }
    act_end(sim, before);
}

/* At home the PC has the tunnel's address; everything else is as at work. */
void act_vpn_work(Sim *sim, const Person *person)
{
    Person at_home = *person;
    const Text inside = tunnel_address(person);
    at_home.fs_logon_id = 0;
    snprintf(at_home.ip, sizeof at_home.ip, "%.*s", SLICE_FMT(text_slice(&inside)));
    for (int64_t left = dice_between(&sim->dice, 1, 4); left > 0; left--) {
        const Document document = document_choose(&sim->factory, DEPARTMENT_COMMON, &sim->dice);
        sim_wait(sim, 20 * NS_PER_SECOND, 240 * NS_PER_SECOND);
        act_share_read(sim, &at_home, &document);
    }
    network_session_end(sim, &at_home, false, at_home.fs_logon_id);
}

void act_vpn_down(Sim *sim, Person *person, uint64_t started_ns)
{
    const Text from = home_address(person), inside = tunnel_address(person);
    const Act act = vpn_act(VERB_VPN_DISCONNECT, person, text_slice(&from), OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    uint64_t seconds = ((uint64_t)sim->at_ns - started_ns) / NS_PER_SECOND;
    if (uses_yamaha(person)) yamaha_vpn_down(sim, text_slice(&from));
    if (!uses_yamaha(person)) {
        fortigate_vpn_down(sim, slice_from_cstr(person->account), text_slice(&from),
                           text_slice(&inside), seconds);
    }
    act_end(sim, before);
}

static Act firewall_act(Verb verb, const Person *person, Slice from, Outcome outcome)
{
    return (Act){.verb = verb,
                 .who = person,
                 .pc = SLICE("-"),
                 .ip = from,
                 .host = SLICE("fw01"),
                 .object = SLICE("fw01"),
                 .outcome = outcome};
}

void act_vpn_failure(Sim *sim, const Person *person, Slice from, const char *country)
{
    const Act act = firewall_act(VERB_LOGON_FAIL, person, from, OUTCOME_FAILURE);
    uint32_t before = act_begin(sim, &act);
    fortigate_vpn_failure(sim, slice_from_cstr(person->account), from, country);
    act_end(sim, before);
}

void act_vpn_from(Sim *sim, const Person *person, Slice from, const char *country)
{
    const Act act = firewall_act(VERB_VPN_CONNECT, person, from, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    fortigate_vpn_up(sim, slice_from_cstr(person->account), from, country, SLICE("10.10.200.251"));
    act_end(sim, before);
}
