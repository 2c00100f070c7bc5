/* The table of scenarios. See scenario.h. */
#include "simulate/scenario.h"

#include <stdio.h>

const Scenario scenarios[] = {
    {.name = SLICE_INIT("quiet-day")},
    {.name = SLICE_INIT("busy-month-end"), .is_busy = true},
    {.name = SLICE_INIT("ransomware"), .step = scenario_ransomware, .hour = 10},
    {.name = SLICE_INIT("password-spray"), .step = scenario_spray, .hour = 13},
    {.name = SLICE_INIT("insider-copy"), .step = scenario_insider, .hour = 16},
    {.name = SLICE_INIT("vpn-from-abroad"), .step = scenario_vpn_abroad, .hour = 2},
    {.name = SLICE_INIT("log-cleared"), .step = scenario_log_cleared, .hour = 21},
    {.name = SLICE_INIT("scan-inside"), .step = scenario_scan, .hour = 14},
    {.name = SLICE_INIT("c2-beacon"), .step = scenario_beacon, .hour = 10},
    {.name = SLICE_INIT("silent-source"), .step = scenario_silence, .hour = 13},
    {.name = SLICE_INIT("slow-exfiltration"), .step = scenario_slow, .hour = 23},
};
const size_t scenario_count = ARRAY_COUNT(scenarios);

Slice simulate_scenario_name(size_t index)
{
    return index < scenario_count ? scenarios[index].name : (Slice){0};
}

const char *simulate_scenario_words(size_t index, Language language)
{
    const Word *word = word_find(&words_simulate_scenarios, simulate_scenario_name(index));
    return word ? word->text[language] : "";
}

void scenario_cast(Sim *sim, Department department)
{
    Person *fallback = &sim->factory.people[0];
    sim->actor = NULL;
    for (unsigned i = 0; i < sim->factory.people_count && !sim->actor; i++) {
        Person *person = &sim->factory.people[i];
        if (person->department != department) continue;
        fallback = person;
        if (person->present) sim->actor = person;
    }
    if (!sim->actor) sim->actor = fallback;
    scenario_wake(sim);
}

void scenario_wake(Sim *sim)
{
    Person *actor = sim->actor;
    if (actor->pc_logon_id != 0) return;
    person_lease(actor, &sim->factory, sim_day(sim->at_ns));
    act_address(sim, actor);
    act_log_on(sim, actor);
}

void scenario_cast_puppet(Sim *sim)
{
    const Person *victim = sim->actor;
    unsigned at = 0;
    while (at + 1 < sim->factory.people_count && !sim->factory.people[at].is_admin) {
        at++;
    }
    sim->puppet = sim->factory.people[at];
    sim->puppet.fs_logon_id = 0;
    snprintf(sim->puppet.pc, sizeof sim->puppet.pc, "%s", victim->pc);
    snprintf(sim->puppet.ip, sizeof sim->puppet.ip, "%s", victim->ip);
}
