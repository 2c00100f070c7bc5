/* The days: who comes when, what they do between coming and going, what machines do by themselves.
 */
#include "simulate/acts.h"
#include "simulate/workday.h"

enum { HABIT_OUTSIDE_NOISE, HABIT_INDEXER, HABIT_TIME, HABIT_MAIL_IN, HABIT_YAMAHA, HABIT_COUNT };

static void plan_habits(Sim *sim)
{
    for (unsigned i = 0; i < HABIT_COUNT; i++) {
        sim_plan(sim, (Task){.kind = TASK_BACKGROUND,
                             .number = i,
                             .time_ns = sim->begin_ns + (int64_t)(i + 1) * 7 * NS_PER_SECOND});
    }
}

/* The night's jobs at two o'clock, the others from the start. */
static void plan_side(Sim *sim)
{
    for (unsigned i = 0; i < SIDE_COUNT; i++) {
        int64_t after_ns = i == SIDE_NIGHT ? 2 * NS_PER_HOUR : (int64_t)(i + 1) * 5 * NS_PER_SECOND;
        sim_plan(sim, (Task){.kind = TASK_SIDE, .number = i, .time_ns = sim->begin_ns + after_ns});
    }
}

void routine_begin(Sim *sim)
{
    sim_plan(sim, (Task){.kind = TASK_DAY, .time_ns = sim->begin_ns});
    plan_habits(sim);
    plan_side(sim);
}

/* Day shift 8:20 to 17:30, night shift 20:10 to 5:10; overtime is common, more at month ends. */
static void plan_person(Sim *sim, Person *person, int64_t day, bool is_worked)
{
    Dice *dice = &sim->dice;
    int64_t begin_ns = sim_day_begin_ns(day);
    if (!is_worked && !dice_chance(dice, 15)) return;
    if (is_worked && dice_chance(dice, 45)) return; /* leave, illness, travel */
    int64_t come_ns = begin_ns + (person->at_night ? 20 * 60 + 10 : 8 * 60 + 20) * NS_PER_MINUTE +
                      dice_between(dice, -20 * NS_PER_MINUTE, 14 * NS_PER_MINUTE);
    int64_t stay_ns = 9 * NS_PER_HOUR + dice_between(dice, 5, 25) * NS_PER_MINUTE;
    if (dice_chance(dice, sim->is_busy ? 700 : 300)) {
        stay_ns += dice_between(dice, 20, sim->is_busy ? 200 : 110) * NS_PER_MINUTE;
    }
    if (!is_worked) stay_ns = dice_between(dice, 2, 5) * NS_PER_HOUR;
    sim_plan(sim, (Task){.kind = TASK_ARRIVE,
                         .who = person->index,
                         .time_ns = come_ns,
                         .number = (uint64_t)(come_ns + stay_ns)});
    if (person->has_vpn && is_worked && dice_chance(dice, 120)) {
        int64_t evening_ns = begin_ns + dice_between(dice, 20 * 60, 22 * 60) * NS_PER_MINUTE;
        sim_plan(sim, (Task){.kind = TASK_VPN_UP, .who = person->index, .time_ns = evening_ns});
    }
}

static void plan_day(Sim *sim, const Task *task)
{
    int64_t day = sim_day(task->time_ns);
    bool is_worked = workday_is_worked(day);
    sim->is_busy = sim->scenario->is_busy || workday_is_month_end(day);
    for (unsigned i = 0; i < sim->factory.people_count; i++) {
        plan_person(sim, &sim->factory.people[i], day, is_worked);
    }
    sim_plan(sim, (Task){.kind = TASK_DAY, .time_ns = sim_day_begin_ns(day + 1)});
}

static bool is_pause(const Person *person, int64_t ns)
{
    int64_t minute = (ns - sim_day_begin_ns(sim_day(ns))) / NS_PER_MINUTE;
    return person->at_night ? minute < 45 : minute >= 12 * 60 && minute < 12 * 60 + 50;
}

static void plan_work(Sim *sim, Person *person)
{
    int64_t mean_ns = (sim->is_busy ? 70 : 110) * NS_PER_SECOND;
    if (person->department == DEPARTMENT_PRODUCTION) mean_ns *= 2;
    int64_t next_ns = sim->at_ns + dice_gap_ns(&sim->dice, mean_ns);
    if (is_pause(person, next_ns)) next_ns += 50 * NS_PER_MINUTE;
    sim_plan(sim, (Task){.kind = TASK_WORK, .who = person->index, .time_ns = next_ns});
}

static void arrive(Sim *sim, Person *person, const Task *task)
{
    if (person->present) return;
    person_lease(person, &sim->factory, sim_day(task->time_ns));
    act_address(sim, person);
    sim_wait(sim, 20 * NS_PER_SECOND, 90 * NS_PER_SECOND);
    if (dice_chance(&sim->dice, 40)) {
        act_wrong_password(sim, person, dice_chance(&sim->dice, 120));
        sim_wait(sim, 5 * NS_PER_SECOND, 20 * NS_PER_SECOND);
    }
    act_log_on(sim, person);
    person->present = true;
    person->leave_ns = (int64_t)task->number;
    person->explorer_pid = sim_pid(sim);
    plan_work(sim, person);
}

static void leave(Sim *sim, Person *person)
{
    person->present = false;
    act_share_session_end(sim, person);
    act_nas_session_end(sim, person);
    act_log_off(sim, person);
}

static void open_program(Sim *sim, Person *person, const Document *document)
{
    static const char *const programs[][2] = {
        {"dwg", "C:\\Program Files\\ExampleCAD\\cad.exe"},
        {"xlsx", "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE"},
        {"docx", "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"},
        {"pptx", "C:\\Program Files\\Microsoft Office\\root\\Office16\\POWERPNT.EXE"},
    };
    Slice extension = document_extension(&sim->factory, document);
    for (size_t i = 0; i < ARRAY_COUNT(programs); i++) {
        if (!slice_eq(extension, slice_from_cstr(programs[i][0]))) continue;
        act_run_program(sim, person, programs[i][1], programs[i][1]);
        return;
    }
}

Document document_fresh(Sim *sim, Document document)
{
    document.number = 1000 + sim->next_document++;
    return document;
}

static void work_on_nas(Sim *sim, Person *person, const Document *document)
{
    unsigned throw = (unsigned)dice_below(&sim->dice, 100);
    const Document fresh = document_fresh(sim, *document);
    if (throw < 30)
        act_nas_browse(sim, person, document);
    else if (throw < 62)
        act_nas_read(sim, person, document);
    else if (throw < 80)
        act_nas_save(sim, person, document);
    else if (throw < 88)
        act_nas_create(sim, person, &fresh);
    else if (throw < 92)
        act_nas_copy(sim, person, &fresh);
    else if (throw < 96)
        act_nas_rename(sim, person, &fresh);
    else if (throw < 99)
        act_nas_delete(sim, person, &fresh);
    else
        act_nas_denied(sim, person, document);
}

static void work_rarely(Sim *sim, Person *person, const Document *document, unsigned throw)
{
    const char *revision = sim->factory.names == LANGUAGE_JA ? "_改訂2" : "_rev2";
    if (throw < 20)
        act_share_copy(sim, person, document);
    else if (throw < 45)
        act_share_rename(sim, person, document, revision);
    else if (throw < 60)
        act_share_move(sim, person, document);
    else if (throw < 80)
        act_share_delete(sim, person, document);
    else if (throw < 90)
        act_share_make_folder(sim, person, document);
    else if (throw < 95)
        act_share_denied(sim, person, document);
    else if (person->is_admin)
        act_share_change_rights(sim, person, document);
}

static void work_on_share(Sim *sim, Person *person, const Document *document)
{
    unsigned throw = (unsigned)dice_below(&sim->dice, 100);
    const Document fresh = document_fresh(sim, *document);
    bool can_run = slice_eq(document_extension(&sim->factory, document), SLICE("exe"));
    if (can_run)
        act_share_execute(sim, person, document);
    else if (throw < 25)
        act_share_browse(sim, person, document, false);
    else if (throw < 31)
        act_share_browse(sim, person, document, true);
    else if (throw < 60)
        act_share_read(sim, person, document);
    else if (throw < 80)
        act_share_save(sim, person, document);
    else if (throw < 88)
        act_share_create(sim, person, &fresh);
    else
        work_rarely(sim, person, &fresh, (unsigned)dice_below(&sim->dice, 100));
}

static void work_on_files(Sim *sim, Person *person)
{
    bool common = dice_chance(&sim->dice, 250);
    Department department = common ? DEPARTMENT_COMMON : person->department;
    const Document document = document_choose(&sim->factory, department, &sim->dice);
    if (dice_chance(&sim->dice, 150)) open_program(sim, person, &document);
    if (department_is_on_nas(department))
        work_on_nas(sim, person, &document);
    else
        work_on_share(sim, person, &document);
}

static void change_accounts(Sim *sim, const Person *person)
{
    Text account;
    const Person *other = sim_anyone(sim);
    unsigned number = (unsigned)(sim->next_serial % 1000);
    switch (dice_below(&sim->dice, 4)) {
    case 0:
        text_format(&account, "newcomer%03u", number);
        act_create_user(sim, person, account.bytes);
        break;
    case 1:
        text_format(&account, "retired%03u", number);
        act_delete_user(sim, person, account.bytes);
        break;
    case 2: act_add_member(sim, person, other, "Project Readers", 7700); break;
    default: act_use_credentials(sim, person, other, "fs01." FACTORY_DNS); break;
    }
}

static void administer(Sim *sim, Person *person)
{
    static const char *const commands[] = {"/usr/bin/systemctl status named",
                                           "/usr/sbin/rndc reload", "/usr/bin/apt-get update",
                                           "/usr/bin/less /var/log/syslog"};
    unsigned throw = (unsigned)dice_below(&sim->dice, 100);
    if (throw < 60) {
        act_ssh_sudo(sim, person, commands[dice_below(&sim->dice, ARRAY_COUNT(commands))]);
    } else if (throw < 80) {
        act_reset_password(sim, person, sim_anyone(sim));
    } else if (throw < 88) {
        act_change_firewall(sim, person);
    } else if (throw < 92) {
        yamaha_admin(sim, person);
    } else {
        change_accounts(sim, person);
    }
}

static void write_mail(Sim *sim, Person *person)
{
    const Word *partner =
        &words_simulate_partners.words[dice_below(&sim->dice, words_simulate_partners.count)];
    unsigned bytes = (unsigned)dice_between(&sim->dice, 2000, 900000);
    if (dice_chance(&sim->dice, 500))
        act_send_mail(sim, person, partner->key, bytes);
    else
        act_receive_mail(sim, person, partner->key, SLICE("mx.example.net[192.0.2.25]"), bytes);
}

static void browse(Sim *sim, const Person *person)
{
    size_t site = (size_t)dice_below(&sim->dice, words_simulate_sites.count);
    unsigned throw = (unsigned)dice_below(&sim->dice, 10000);
    if (throw < 60) {
        act_visit_blocked(sim, person, SLICE("video.example.net"));
    } else if (throw < 62) {
        act_malware_found(sim, person, "PUA:Win32/ExampleToolbar",
                          SLICE("C:\\Users\\Public\\Downloads\\setup.exe"), true);
    } else {
        act_visit(sim, person, words_simulate_sites.words[site].key);
    }
}

static void work(Sim *sim, Person *person)
{
    unsigned throw = (unsigned)dice_below(&sim->dice, 1000);
    if (sim->at_ns >= person->leave_ns) {
        leave(sim, person);
        return;
    }
    if (throw < 420) {
        work_on_files(sim, person);
    } else if (throw < 880) {
        browse(sim, person);
    } else if (throw < 970) {
        write_mail(sim, person);
    } else if (throw < 990 || !person->is_admin) {
        act_read_policy(sim, person);
    } else {
        administer(sim, person);
    }
    plan_work(sim, person);
}

/* What the internet knocks with, all day and night; the firewall refuses it. */
static void knock(Sim *sim)
{
    static const unsigned ports[] = {22, 23, 80, 443, 445, 3389, 5060, 8080};
    Text from;
    text_format(&from, "198.51.100.%u", (unsigned)dice_between(&sim->dice, 1, 254));
    unsigned port = ports[dice_below(&sim->dice, ARRAY_COUNT(ports))];
    const Flow flow = {.source_ip = text_slice(&from),
                       .destination_ip = SLICE("203.0.113.2"),
                       .source_port = sim_port(sim),
                       .destination_port = port,
                       .refused = true,
                       .source_country = "Netherlands",
                       .destination_country = "Japan"};
    fortigate_flow(sim, &flow);
    if (dice_chance(&sim->dice, 15)) {
        fortigate_ips(sim, &flow, "Example.Web.Server.Traversal", "medium");
    }
    if (dice_chance(&sim->dice, 300)) yamaha_reject(sim, text_slice(&from), port);
}

static void keep_time(Sim *sim)
{
    Text from;
    text_format(&from, "10.10.0.%u", (unsigned)dice_between(&sim->dice, 10, 60));
    const Flow flow = {.source_ip = text_slice(&from),
                       .destination_ip = SLICE("192.0.2.123"),
                       .source_port = 123,
                       .destination_port = 123,
                       .is_udp = true,
                       .outward = true,
                       .source_country = "Reserved",
                       .destination_country = "Japan",
                       .sent_bytes = 76,
                       .received_bytes = 76,
                       .seconds = 180};
    fortigate_flow(sim, &flow);
    dns_query(sim, text_slice(&from), SLICE("ntp.example.net"), "A");
}

static void do_habit(Sim *sim, unsigned habit)
{
    static const int gaps_seconds[HABIT_COUNT] = {25, 90, 64, 700, 120};
    switch (habit) {
    case HABIT_OUTSIDE_NOISE: knock(sim); break;
    case HABIT_INDEXER: {
        const Document document = document_choose(&sim->factory, DEPARTMENT_COMMON, &sim->dice);
        act_share_indexer(sim, &document);
        break;
    }
    case HABIT_TIME: keep_time(sim); break;
    case HABIT_MAIL_IN:
        act_receive_mail(sim, sim_anyone(sim), SLICE("news@kari-logi.example"),
                         SLICE("mx.example.net[192.0.2.25]"),
                         (unsigned)dice_between(&sim->dice, 9000, 80000));
        break;
    default: yamaha_pass(sim, SLICE("192.168.100.11"), SLICE("192.0.2.80")); break;
    }
    sim_plan(sim, (Task){.kind = TASK_BACKGROUND,
                         .number = habit,
                         .time_ns = sim->at_ns +
                                    dice_gap_ns(&sim->dice, gaps_seconds[habit] * NS_PER_SECOND)});
}

static void do_side(Sim *sim, const Task *task)
{
    int64_t gap_ns = act_side(sim, (SideHabit)task->number);
    sim_plan(sim,
             (Task){.kind = TASK_SIDE, .number = task->number, .time_ns = task->time_ns + gap_ns});
}

static void vpn_up(Sim *sim, Person *person)
{
    int64_t started_ns = sim->at_ns;
    act_vpn_up(sim, person);
    act_vpn_work(sim, person);
    sim_plan(sim,
             (Task){.kind = TASK_VPN_DOWN,
                    .who = person->index,
                    .number = (uint64_t)started_ns,
                    .time_ns = sim->at_ns + dice_between(&sim->dice, 20, 110) * NS_PER_MINUTE});
}

void routine_do(Sim *sim, const Task *task)
{
    Person *person = &sim->factory.people[task->who];
    switch (task->kind) {
    case TASK_DAY: plan_day(sim, task); break;
    case TASK_ARRIVE: arrive(sim, person, task); break;
    case TASK_WORK: work(sim, person); break;
    case TASK_SESSION_END: act_share_session_end(sim, person); break;
    case TASK_NAS_END: act_nas_session_end(sim, person); break;
    case TASK_VPN_UP: vpn_up(sim, person); break;
    case TASK_VPN_DOWN: act_vpn_down(sim, person, task->number); break;
    case TASK_BACKGROUND: do_habit(sim, (unsigned)task->number); break;
    case TASK_SIDE: do_side(sim, task); break;
    case TASK_SCENARIO: break; /* simulate.c gives these to the scenario */
    }
}
