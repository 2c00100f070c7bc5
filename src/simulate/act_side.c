/* Machines beside the people: the database of the production system, traffic between the two
 * sites, what the UTM stops every day. All chance comes from sim->side_dice, so that the people's
 * days stay what they were. See acts.h. */
#include "simulate/acts.h"
#include "simulate/workday.h"

/* PostgreSQL's csvlog (documentation, "Using CSV-Format Log Output"), log_timezone Japan's. */
static void database_line(Sim *sim, const char *user, const char *client, const char *tag,
                          const char *program, const char *text)
{
    const ClockText *clock = sim_clock(sim);
    unsigned milli = (unsigned)(sim->at_ns / NS_PER_MS % 1000);
    Buf *to = line_begin(sim, SIMULATE_DATABASE);
    buf_add_format(to,
                   "%s %s.%03u JST,\"%s\",\"seisan\",32456,\"%s:%u\",6b004ceb.7ec8,%llu,\"%s\",%s "
                   "%s JST,3/1,0,LOG,00000,\"%s\",,,,,,,,,\"%s\",\"client backend\",,0",
                   clock->date, clock->clock, milli, user, client,
                   (unsigned)dice_between(&sim->side_dice, 40000, 60000),
                   (unsigned long long)++sim->next_statement, tag, clock->date, clock->clock, text,
                   program);
    line_end(sim);
}

static void ask_database(Sim *sim)
{
    static const char *const statements[] = {
        "statement: select id, status from orders where status = 1;",
        "statement: update orders set status = 2 where id = 4711;",
        "statement: insert into results (line, good, bad) values (2, 118, 1);",
        "statement: select * from stock where place = 7;",
    };
    if (dice_chance(&sim->side_dice, 60)) {
        database_line(sim, "seisan", "10.10.0.60", "authentication", "",
                      "connection authorized: user=seisan database=seisan "
                      "application_name=seisan");
        return;
    }
    database_line(sim, "seisan", "10.10.0.60", "idle", "seisan",
                  statements[dice_below(&sim->side_dice, ARRAY_COUNT(statements))]);
}

/* Every night: what is older than a year goes. */
static void clean_database(Sim *sim)
{
    for (unsigned i = 0; i < 8; i++) {
        database_line(sim, "seisan", "10.10.0.60", "idle", "nightly",
                      "statement: delete from results where day < current_date - 365;");
        sim->at_ns += 20 * NS_PER_SECOND;
    }
}

/* Numbers of their own: those of the people's sessions stay. */
static void side_flow(Sim *sim, Flow flow)
{
    uint64_t kept = sim->next_firewall_session;
    sim->next_firewall_session = sim->next_side_session++;
    flow.source_port = (unsigned)dice_between(&sim->side_dice, 49152, 65000);
    flow.source_country = "Reserved";
    flow.destination_country = flow.outward ? "Japan" : "Reserved";
    fortigate_flow(sim, &flow);
    sim->next_firewall_session = kept;
}

/* The second plant works with the head office's servers; at two in the night its copies are drawn.
 */
static void work_between_sites(Sim *sim, unsigned hour)
{
    bool is_day = hour >= 8 && hour < 18;
    Text from;
    text_format(&from, "10.20.0.%u", (unsigned)dice_between(&sim->side_dice, 10, 60));
    int64_t bytes = dice_between(&sim->side_dice, 20000, is_day ? 9000000 : 60000);
    side_flow(sim, (Flow){.source_ip = text_slice(&from),
                          .destination_ip = SLICE("10.10.0.20"),
                          .destination_port = 443,
                          .is_inside = true,
                          .sent_bytes = (uint64_t)bytes,
                          .received_bytes = (uint64_t)bytes * 2,
                          .seconds = 20});
}

static void copy_between_sites(Sim *sim)
{
    side_flow(sim,
              (Flow){.source_ip = SLICE("10.20.0.5"),
                     .destination_ip = SLICE("10.10.0.21"),
                     .destination_port = 445,
                     .is_inside = true,
                     .sent_bytes = (uint64_t)dice_between(&sim->side_dice, 700, 1100) * 1000000,
                     .received_bytes = 900000,
                     .seconds = 1200});
}

static void send_backup_outside(Sim *sim)
{
    side_flow(sim, (Flow){.source_ip = SLICE("10.10.0.45"),
                          .destination_ip = SLICE("192.0.2.90"),
                          .destination_port = 443,
                          .outward = true,
                          .sent_bytes = (uint64_t)dice_between(&sim->side_dice, 200, 260) * 1000000,
                          .received_bytes = 400000,
                          .seconds = 900});
}

static void stop_at_the_door(Sim *sim)
{
    if (dice_chance(&sim->side_dice, 20)) {
        fortigate_application(sim, SLICE("10.10.0.31"), "Example.Game.Online");
    } else {
        fortigate_spam(sim, SLICE("198.51.100.25"), "offer@example.net");
    }
}

/* On days off the works stand still, and machines ask each other only whether they are there. */
static int64_t gap_of_works(Sim *sim, int64_t mean_ns)
{
    bool is_worked = workday_is_worked(sim_day(sim->at_ns));
    return dice_gap_ns(&sim->side_dice, is_worked ? mean_ns : 20 * mean_ns);
}

int64_t act_side(Sim *sim, SideHabit habit)
{
    unsigned hour = (unsigned)((sim->at_ns - sim_day_begin_ns(sim_day(sim->at_ns))) / NS_PER_HOUR);
    Dice *dice = &sim->side_dice;
    switch (habit) {
    case SIDE_CLOUD:
        act_cloud(sim, &sim->factory.people[dice_below(dice, sim->factory.people_count)]);
        return dice_gap_ns(dice, 30 * NS_PER_MINUTE / sim->factory.people_count);
    case SIDE_DATABASE: ask_database(sim); return gap_of_works(sim, 15 * NS_PER_SECOND);
    case SIDE_SITES: work_between_sites(sim, hour); return gap_of_works(sim, 50 * NS_PER_SECOND);
    case SIDE_DOOR: stop_at_the_door(sim); return dice_gap_ns(dice, 240 * NS_PER_SECOND);
    default:
        clean_database(sim);
        copy_between_sites(sim);
        send_backup_outside(sim);
        return NS_PER_DAY;
    }
}
