/* People of the company who should not: taking files along, little by little, wiping traces. See
 * scenario.h. */
#include "simulate/scenario.h"

#define BULK_STEPS 40

static void read_many(Sim *sim, int count)
{
    for (int i = 0; i < count; i++) {
        const Document document =
            document_choose(&sim->factory, sim->actor->department, &sim->dice);
        act_share_take(sim, sim->actor, &document);
        sim_wait(sim, 100 * NS_PER_MS, 900 * NS_PER_MS);
    }
}

int64_t scenario_insider(Sim *sim, unsigned step)
{
    if (step == 0) scenario_cast(sim, DEPARTMENT_DESIGN);
    if (step < BULK_STEPS) {
        MARK(sim, "theft", "\"D23\"");
        read_many(sim, 3);
        return 5 * NS_PER_SECOND;
    }
    if (step == BULK_STEPS) {
        MARK(sim, "theft", "\"D24\"");
        act_connect_device(sim, sim->actor, 1);
        return 8 * NS_PER_MINUTE;
    }
    MARK(sim, "theft", "\"D33\"");
    act_upload(sim, sim->actor, SLICE("files.example.net"),
               (uint64_t)dice_between(&sim->dice, 90000000, 400000000));
    return step < BULK_STEPS + 5 ? 2 * NS_PER_MINUTE : 0;
}

/* Each night a little, on every day that is simulated. */
int64_t scenario_slow(Sim *sim, unsigned step)
{
    if (step == 0) scenario_cast(sim, DEPARTMENT_SALES);
    scenario_wake(sim);
    MARK(sim, "theft", "\"D21\",\"D25\"");
    read_many(sim, 4);
    act_upload(sim, sim->actor, SLICE("files.example.net"),
               (uint64_t)dice_between(&sim->dice, 12000000, 24000000));
    act_share_session_end(sim, sim->actor);
    if (!sim->actor->present) act_log_off(sim, sim->actor);
    return NS_PER_DAY - (sim->at_ns - sim_day_begin_ns(sim_day(sim->at_ns))) + 23 * NS_PER_HOUR +
           dice_between(&sim->dice, 0, 40) * NS_PER_MINUTE;
}

/* What the server wrote in the last seconds before the clearing never leaves it: the numbers of its
 * records show the gap. */
int64_t scenario_log_cleared(Sim *sim, unsigned step)
{
    OutSilence *silence = &sim->outbox.silences[SIMULATE_FS];
    switch (step) {
    case 0: scenario_cast(sim, DEPARTMENT_IT); return NS_PER_MINUTE;
    case 1:
        MARK(sim, "destruction", "\"D7\",\"D8\"");
        act_stop_audit(sim, sim->actor, false);
        *silence = (OutSilence){sim->at_ns + NS_PER_SECOND, sim->at_ns + 40 * NS_PER_SECOND};
        return 10 * NS_PER_SECOND;
    case 2: {
        const Document document =
            document_fresh(sim, document_choose(&sim->factory, DEPARTMENT_DESIGN, &sim->dice));
        MARK(sim, "destruction", "\"D8\"");
        act_share_delete(sim, sim->actor, &document);
        return 45 * NS_PER_SECOND;
    }
    default:
        MARK(sim, "destruction", "\"D8\"");
        act_clear_log(sim, sim->actor, false);
        return 0;
    }
}
