/* Programs, devices and Defender on PCs; services on servers. See acts.h. */
#include "simulate/acts.h"
#include "simulate/win_line.h"

#include <stdio.h>

unsigned program_start(Sim *sim, const Person *person, const char *image, const char *command,
                       const char *parent, unsigned parent_pid)
{
    const WinLog log = win_log_pc(person);
    const WinWho who = win_person(person, person->pc_logon_id);
    unsigned pid = sim_pid(sim);
    win_begin(sim, &log, 4688, false);
    win_who(sim, "Subject", &who);
    win_text(sim, "CommandLine", slice_from_cstr(command));
    win_plain(sim, "MandatoryLabel", "S-1-16-8192");
    win_hex(sim, "NewProcessId", pid);
    win_text(sim, "NewProcessName", slice_from_cstr(image));
    win_text(sim, "ParentProcessName", slice_from_cstr(parent));
    win_hex(sim, "ProcessId", parent_pid);
    win_plain(sim, "TargetDomainName", "-");
    win_plain(sim, "TargetLogonId", "0x0");
    win_plain(sim, "TargetUserName", "-");
    win_plain(sim, "TargetUserSid", "S-1-0-0");
    win_plain(sim, "TokenElevationType", "%%1938");
    win_end(sim);
    return pid;
}

void program_end(Sim *sim, const Person *person, const char *image, unsigned pid)
{
    const WinLog log = win_log_pc(person);
    const WinWho who = win_person(person, person->pc_logon_id);
    win_begin(sim, &log, 4689, false);
    win_who(sim, "Subject", &who);
    win_hex(sim, "ProcessId", pid);
    win_text(sim, "ProcessName", slice_from_cstr(image));
    win_plain(sim, "Status", "0x0");
    win_end(sim);
}

void act_run_program(Sim *sim, Person *person, const char *image, const char *command)
{
    const Act act = {.verb = VERB_RUN_PROCESS,
                     .who = person,
                     .host = slice_from_cstr(person->pc),
                     .object = slice_from_cstr(command),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    if (person->explorer_pid == 0) person->explorer_pid = sim_pid(sim);
    unsigned pid = program_start(sim, person, image, command, "C:\\Windows\\explorer.exe",
                                 person->explorer_pid);
    sim_wait(sim, 5 * NS_PER_SECOND, 50 * NS_PER_SECOND);
    program_end(sim, person, image, pid);
    act_end(sim, before);
}

/* 6416: Microsoft's "A new external device was recognized by the System". */
void act_connect_device(Sim *sim, const Person *person, size_t device)
{
    const Word *word = &words_simulate_devices.words[device % words_simulate_devices.count];
    const WinLog log = win_log_pc(person);
    char machine[24];
    Text id;
    snprintf(machine, sizeof machine, "%s$", person->pc);
    const WinWho system = win_machine(machine);
    text_format(&id, "%.*s\\%08llX&0", SLICE_FMT(word->key),
                (unsigned long long)(0x4C530000 + person->index));
    const Act act = {.verb = VERB_DEVICE_CONNECT,
                     .who = person,
                     .host = slice_from_cstr(person->pc),
                     .object = slice_from_cstr(word->text[LANGUAGE_EN]),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    win_begin(sim, &log, 6416, false);
    win_who(sim, "Subject", &system);
    win_plain(sim, "ClassId", "{4d36e967-e325-11ce-bfc1-08002be10318}");
    win_plain(sim, "ClassName", "DiskDrive");
    win_text(sim, "DeviceDescription", slice_from_cstr(word->text[LANGUAGE_EN]));
    win_text(sim, "DeviceId", text_slice(&id));
    win_plain(sim, "LocationInformation", "-");
    win_text(sim, "VendorIds", word->key);
    win_end(sim);
    act_end(sim, before);
}

/* Microsoft Defender's event 1116 (found) and 1117 (acted); field names as in its event manifest.
 */
void act_malware_found(Sim *sim, const Person *person, const char *threat, Slice path, bool cured)
{
    WinLog log = win_log_pc(person);
    log.source = SIMULATE_DEFENDER;
    log.journal++;
    const Act act = {.verb = VERB_MALWARE,
                     .who = person,
                     .host = slice_from_cstr(person->pc),
                     .object = slice_from_cstr(threat),
                     .target = path,
                     .outcome = cured ? OUTCOME_FAILURE : OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    for (unsigned id = 1116; id <= (cured ? 1117u : 1116u); id++) {
        Text user;
        text_format(&user, FACTORY_DOMAIN "\\%s", person->account);
        win_begin_of(sim, &log, id, "Microsoft-Windows-Windows Defender/Operational",
                     "Microsoft-Windows-Windows Defender", id == 1116 ? "warning" : "information");
        win_plain(sim, "Action Name", id == 1116 ? "Not Applicable" : "Quarantine");
        win_text(sim, "Detection User", text_slice(&user));
        win_text(sim, "Path", path);
        win_plain(sim, "Severity Name", "Severe");
        win_plain(sim, "Threat Name", threat);
        win_end(sim);
        sim_wait(sim, NS_PER_SECOND, 3 * NS_PER_SECOND);
    }
    act_end(sim, before);
}

void act_install_service(Sim *sim, bool on_dc, const char *name, const char *path)
{
    WinLog log = on_dc ? win_log_dc() : win_log_fs();
    log.source = SIMULATE_SYSTEM;
    log.journal = on_dc ? JOURNAL_DC_SYSTEM : JOURNAL_FS_SYSTEM;
    const Act act = {.verb = VERB_ADD_SERVICE,
                     .user = SLICE("SYSTEM"),
                     .host = on_dc ? SLICE("dc01") : SLICE("fs01"),
                     .object = slice_from_cstr(name),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    win_begin_of(sim, &log, 7045, "System", "Service Control Manager", "information");
    win_plain(sim, "AccountName", "LocalSystem");
    win_text(sim, "ImagePath", slice_from_cstr(path));
    win_plain(sim, "ServiceName", name);
    win_plain(sim, "ServiceType", "user mode service");
    win_plain(sim, "StartType", "demand start");
    win_end(sim);
    act_end(sim, before);
}
