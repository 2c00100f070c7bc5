/* Attackers from outside: ransomware, password spray, a stolen VPN account. See scenario.h. */
#include "simulate/scenario.h"

#include <stdio.h>

#define POWERSHELL "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
#define WORD "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"

static void bait(Sim *sim)
{
    scenario_cast(sim, DEPARTMENT_SALES);
    MARK(sim, "intrusion", "\"D52\",\"D60\"");
    act_receive_mail(sim, sim->actor, SLICE("seikyu@kari-logi.example.org"),
                     SLICE("unknown[198.51.100.66]"), 184320);
}

/* The document of the mail starts a shell that fetches a tool. */
static void infect(Sim *sim)
{
    const char *command =
        "powershell.exe -NoP -W Hidden -Enc SQBuAHYAbwBrAGUALQBFAHgAYQBtAHAAbABlAA==";
    Person *victim = sim->actor;
    MARK(sim, "infection", "\"D14\",\"D50\",\"D60\"");
    const Act act = {.verb = VERB_RUN_PROCESS,
                     .who = victim,
                     .host = slice_from_cstr(victim->pc),
                     .object = slice_from_cstr(command),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    unsigned word =
        program_start(sim, victim, WORD, WORD " /n \"C:\\Users\\Public\\seikyusho.docm\"",
                      "C:\\Windows\\explorer.exe", victim->explorer_pid);
    sim_wait(sim, 2 * NS_PER_SECOND, 9 * NS_PER_SECOND);
    unsigned shell = program_start(sim, victim, POWERSHELL, command, WORD, word);
    sim_wait(sim, 2 * NS_PER_SECOND, 9 * NS_PER_SECOND);
    program_end(sim, victim, POWERSHELL, shell);
    program_end(sim, victim, WORD, word);
    act_end(sim, before);
    MARK(sim, "infection", "\"D38\",\"D60\"");
    act_download(sim, victim, SLICE("cdn.bad.example"), SLICE("update.bin"), 734003);
}

static void call_home(Sim *sim)
{
    MARK(sim, "infection", "\"D38\",\"D39\",\"D60\"");
    act_call_home(sim, sim->actor, ATTACKER_IP, "Example.Botnet");
}

static void come_by_vpn(Sim *sim)
{
    MARK(sim, "intrusion", "\"D10\",\"D11\",\"D60\"");
    act_vpn_from(sim, sim->actor, ATTACKER_IP, ATTACKER_COUNTRY);
}

/* Guesses an administrator's password from the victim's PC, then is one. */
static void become_administrator(Sim *sim)
{
    scenario_cast_puppet(sim);
    Slice ip = slice_from_cstr(sim->puppet.ip), pc = slice_from_cstr(sim->puppet.pc);
    MARK(sim, "spread", "\"D1\",\"D3\",\"D60\"");
    for (int i = 0; i < 32; i++) {
        act_network_failure(sim, &sim->puppet, ip, pc);
        sim_wait(sim, 4 * NS_PER_SECOND, 9 * NS_PER_SECOND);
    }
    MARK(sim, "spread", "\"D3\",\"D9\",\"D11\",\"D60\"");
    act_use_credentials(sim, sim->actor, &sim->puppet, "dc01." FACTORY_DNS);
    act_network_logon(sim, &sim->puppet, true, ip, pc);
}

static void spread(Sim *sim)
{
    MARK(sim, "spread", "\"D6\",\"D60\"");
    act_add_member(sim, &sim->puppet, sim->actor, "Domain Admins", 512);
    sim_wait(sim, 5 * NS_PER_SECOND, 20 * NS_PER_SECOND);
    MARK(sim, "spread", "\"D14\",\"D60\"");
    act_install_service(sim, false, "remsvc", "%SystemRoot%\\remsvc.exe");
}

static void steal(Sim *sim)
{
    for (int i = 0; i < 40; i++) {
        const Document document = document_choose(&sim->factory, DEPARTMENT_DESIGN, &sim->dice);
        MARK(sim, "theft", "\"D21\",\"D23\",\"D60\"");
        act_share_take(sim, &sim->puppet, &document);
        sim_wait(sim, 100 * NS_PER_MS, NS_PER_SECOND);
    }
    MARK(sim, "theft", "\"D33\",\"D38\",\"D60\"");
    act_upload(sim, sim->actor, SLICE("drop.bad.example"), 1610612736);
}

#define ENCRYPT_STEPS 30
#define ENCRYPT_FILES 20

/* Twenty files, none twice: 300 numbers in some departments, then 300 in others. */
static void encrypt(Sim *sim, unsigned first)
{
    static const Department where[2][2] = {{DEPARTMENT_DESIGN, DEPARTMENT_SALES},
                                           {DEPARTMENT_GENERAL, DEPARTMENT_COMMON}};
    MARK(sim, "destruction", "\"D20\",\"D21\",\"D60\"");
    for (unsigned i = first; i < first + ENCRYPT_FILES; i++) {
        Department department = where[i / 300][dice_below(&sim->dice, 2)];
        Document document = document_choose(&sim->factory, department, &sim->dice);
        document.number = 100 + i % 300;
        act_share_encrypt(sim, &sim->puppet, &document);
        sim_wait(sim, 30 * NS_PER_MS, 400 * NS_PER_MS);
    }
}
_Static_assert(ENCRYPT_STEPS *ENCRYPT_FILES <= 600, "two times 300 numbers");

/* From the local hour of now to the next one of that clock. */
static int64_t until_hour_ns(const Sim *sim, int hour)
{
    int64_t at_ns = sim_day_begin_ns(sim_day(sim->at_ns)) + hour * NS_PER_HOUR;
    return at_ns > sim->at_ns ? at_ns - sim->at_ns : NS_PER_MINUTE;
}

int64_t scenario_ransomware(Sim *sim, unsigned step)
{
    switch (step) {
    case 0: bait(sim); return 6 * NS_PER_MINUTE;
    case 1: infect(sim); return 20 * NS_PER_MINUTE;
    case 2: call_home(sim); return until_hour_ns(sim, 22);
    case 3: come_by_vpn(sim); return 4 * NS_PER_MINUTE;
    case 4: become_administrator(sim); return 3 * NS_PER_MINUTE;
    case 5: spread(sim); return 5 * NS_PER_MINUTE;
    case 6: steal(sim); return 10 * NS_PER_MINUTE;
    default: break;
    }
    if (step < 7 + ENCRYPT_STEPS) {
        encrypt(sim, (step - 7) * ENCRYPT_FILES);
        return 8 * NS_PER_SECOND;
    }
    MARK(sim, "destruction", "\"D8\",\"D60\"");
    act_clear_log(sim, &sim->puppet, false);
    network_session_end(sim, &sim->puppet, false, sim->puppet.fs_logon_id);
    return 0;
}

/* Everybody once, slowly enough that no account locks; one password fits. */
int64_t scenario_spray(Sim *sim, unsigned step)
{
    unsigned count = sim->factory.people_count < 60 ? sim->factory.people_count : 60;
    if (step == 0) scenario_cast(sim, DEPARTMENT_PRODUCTION);
    Slice ip = slice_from_cstr(sim->actor->ip), pc = slice_from_cstr(sim->actor->pc);
    const Person *tried = &sim->factory.people[step % sim->factory.people_count];
    if (step < count) {
        MARK(sim, "spread", "\"D2\"");
        act_network_failure(sim, tried, ip, pc);
        return dice_between(&sim->dice, 3, 9) * NS_PER_SECOND;
    }
    MARK(sim, "spread", "\"D2\",\"D60\"");
    act_network_logon(sim, &sim->factory.people[count / 2], false, ip, pc);
    return 0;
}

int64_t scenario_vpn_abroad(Sim *sim, unsigned step)
{
    if (step == 0) scenario_cast(sim, DEPARTMENT_IT);
    if (step < 10) {
        MARK(sim, "intrusion", "\"D3\",\"D10\"");
        act_vpn_failure(sim, sim->actor, ATTACKER_IP, ATTACKER_COUNTRY);
        return dice_between(&sim->dice, 8, 25) * NS_PER_SECOND;
    }
    if (step == 10) {
        MARK(sim, "intrusion", "\"D3\",\"D10\",\"D11\"");
        act_vpn_from(sim, sim->actor, ATTACKER_IP, ATTACKER_COUNTRY);
        return 3 * NS_PER_MINUTE;
    }
    MARK(sim, "spread", "\"D3\",\"D9\",\"D14\"");
    sim->puppet = *sim->actor;
    snprintf(sim->puppet.ip, sizeof sim->puppet.ip, "10.10.200.251");
    snprintf(sim->puppet.pc, sizeof sim->puppet.pc, "-");
    act_ssh_sudo(sim, &sim->puppet, "/usr/sbin/useradd -m -G sudo support2");
    MARK(sim, "spread", "\"D3\",\"D5\"");
    act_create_user(sim, &sim->puppet, "support2");
    return 0;
}
