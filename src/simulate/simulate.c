/* The run: tasks in the order of time, lines out behind them. See simulate.h. */
#include "simulate/simulate.h"

#include "simulate/acts.h"
#include "simulate/workday.h"

#include <errno.h>

const char *simulate_source_file(SimulateSource source)
{
    static const char *const files[SIMULATE_SOURCE_COUNT] = {
        [SIMULATE_DC] = "dc01.security.jsonl",
        [SIMULATE_FS] = "fs01.security.jsonl",
        [SIMULATE_PCS] = "pcs.security.jsonl",
        [SIMULATE_SYSTEM] = "servers.system.jsonl",
        [SIMULATE_DEFENDER] = "pcs.defender.jsonl",
        [SIMULATE_FORTIGATE] = "fortigate.log",
        [SIMULATE_YAMAHA] = "yamaha-rtx.log",
        [SIMULATE_SQUID] = "squid.log",
        [SIMULATE_POSTFIX] = "postfix.log",
        [SIMULATE_BIND] = "bind-query.log",
        [SIMULATE_DHCP] = "dhcpd.log",
        [SIMULATE_SAMBA] = "samba-audit.log",
        [SIMULATE_AUTH] = "auth.log",
        [SIMULATE_CLOUD] = "microsoft365.jsonl",
        [SIMULATE_DATABASE] = "postgresql.csv",
    };
    return files[source];
}

static const Scenario *find_scenario(Slice name)
{
    for (size_t i = 0; i < scenario_count; i++) {
        if (slice_eq(scenarios[i].name, name)) return &scenarios[i];
    }
    return NULL;
}

#define FIRST_DAY_MIN 10957 /* 2000-01-01 */
#define FIRST_DAY_MAX 47481 /* 2099-12-31 */

int simulate_judge(const SimulateOptions *options, Complaint *complaint)
{
    if (!find_scenario(options->scenario)) {
        complaint_say(complaint, "simulate.scenario",
                      "there is no scenario %.*s; akashi simulate list shows all",
                      "%.*s という筋書きはありません。akashi simulate list で一覧を見られます",
                      SLICE_FMT(options->scenario));
        return -EINVAL;
    }
    if (options->people_count < SIMULATE_PEOPLE_MIN ||
        options->people_count > SIMULATE_PEOPLE_MAX) {
        complaint_say(complaint, "simulate.people", "--people must be %d to %d",
                      "--people は %d から %d までです", SIMULATE_PEOPLE_MIN, SIMULATE_PEOPLE_MAX);
        return -EINVAL;
    }
    bool is_good_span = options->day_count >= 1 && options->day_count <= SIMULATE_DAYS_MAX &&
                        options->first_day >= FIRST_DAY_MIN &&
                        options->first_day + options->day_count - 1 <= FIRST_DAY_MAX;
    if (is_good_span) return 0;
    complaint_say(
        complaint, "simulate.days", "--days must be 1 to %d, all of them in the years 2000 to 2099",
        "--days は 1 から %d まで、期間は 2000 年から 2099 年までです", SIMULATE_DAYS_MAX);
    return -EINVAL;
}

/* The first worked day; of several days not the very first, so that one shows what is usual. */
static int64_t scenario_day(const SimulateOptions *options)
{
    int64_t last = options->first_day + options->day_count - 1;
    int64_t first = options->first_day + (options->day_count > 1 ? 1 : 0);
    for (int64_t day = first; day <= last; day++) {
        if (workday_is_worked(day)) return day;
    }
    return options->first_day;
}

static void plan_scenario(Sim *sim)
{
    if (!sim->scenario->step) return;
    sim_plan(sim, (Task){.kind = TASK_SCENARIO,
                         .time_ns = sim_day_begin_ns(scenario_day(sim->options)) +
                                    sim->scenario->hour * NS_PER_HOUR + 17 * NS_PER_MINUTE});
}

static void do_scenario(Sim *sim, const Task *task)
{
    int64_t gap_ns = sim->scenario->step(sim, (unsigned)task->number);
    sim->attack = NULL;
    if (gap_ns <= 0) return;
    sim_plan(
        sim,
        (Task){.kind = TASK_SCENARIO, .number = task->number + 1, .time_ns = sim->at_ns + gap_ns});
}

static int run(Sim *sim)
{
    Task task;
    while (sim->error == 0 && agenda_take(&sim->agenda, &task) && task.time_ns < sim->end_ns) {
        sim_fail(sim, outbox_release(&sim->outbox, task.time_ns));
        if (sim->error) break;
        sim->at_ns = task.time_ns;
        if (task.kind == TASK_SCENARIO)
            do_scenario(sim, &task);
        else
            routine_do(sim, &task);
    }
    if (sim->error == 0) sim_fail(sim, outbox_release(&sim->outbox, INT64_MAX));
    return sim->error;
}

/* Counters begin where those of machines that have run for a while stand. */
static void begin_counters(Sim *sim)
{
    Dice *dice = &sim->dice;
    sim->next_logon_id = (uint64_t)dice_between(dice, 0x100000, 0x900000);
    sim->next_firewall_session = (uint64_t)dice_between(dice, 100000, 9000000);
    sim->next_mail = (uint64_t)dice_between(dice, 4096, 900000);
    sim->next_port = (unsigned)dice_between(dice, 49152, 65000);
    sim->next_pid = (unsigned)dice_between(dice, 0x200, 0x2000) * 4;
    sim->next_handle = 0x100;
    sim->next_serial = (uint64_t)dice_between(dice, 100000, 900000);
    for (size_t i = 0; i < sim->outbox.journal_count; i++) {
        sim->outbox.journals[i] = (uint64_t)dice_between(dice, 1000, 9000000);
    }
}

int simulate_run(const SimulateOptions *options, const SimulateSink *sink, Complaint *complaint)
{
    int r = simulate_judge(options, complaint);
    if (r < 0) return r;
    Sim sim = {.options = options,
               .scenario = find_scenario(options->scenario),
               .dice = dice_make(options->seed),
               .side_dice = dice_make(~options->seed),
               .clock.second = INT64_MIN,
               .begin_ns = sim_day_begin_ns(options->first_day),
               .end_ns = sim_day_begin_ns(options->first_day + options->day_count),
               .action = OUTBOX_NO_ACTION};
    r = factory_init(&sim.factory, options->people_count, options->names, &sim.dice);
    if (r == 0) {
        r = outbox_init(&sim.outbox, sink, JOURNAL_PCS + 2 * (size_t)options->people_count);
    }
    if (r == 0) {
        begin_counters(&sim);
        routine_begin(&sim);
        plan_scenario(&sim);
        r = run(&sim);
    }
    outbox_done(&sim.outbox);
    agenda_done(&sim.agenda);
    factory_done(&sim.factory);
    return r;
}
