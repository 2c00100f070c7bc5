/* Microsoft 365: sign-ins as Microsoft Graph gives them (resource type signIn) and entries of the
 * unified audit log (Office 365 Management Activity API schema). Times are UTC, the address is the
 * company's own. All chance comes from sim->side_dice. See acts.h. */
#include "simulate/acts.h"

#include <stdio.h>

#define TENANT "00000000-0000-0000-0000-00000000000a"

static Act cloud_act(Verb verb, const Person *person, Slice object, Outcome outcome)
{
    return (Act){.verb = verb,
                 .who = person,
                 .ip = SLICE(COMPANY_IP),
                 .host = verb == VERB_LOGON || verb == VERB_LOGON_FAIL ? SLICE("Entra ID")
                                                                       : SLICE("Microsoft 365"),
                 .object = object,
                 .outcome = outcome};
}

static void sign_in_line(Sim *sim, const Person *person, unsigned code, const char *reason)
{
    Buf *to = line_begin(sim, SIMULATE_CLOUD);
    buf_add_format(
        to,
        "{\"id\":\"00000000-0000-0000-0000-%012llx\",\"createdDateTime\":\"%sZ\","
        "\"userPrincipalName\":\"%s@" FACTORY_DNS "\",\"userId\":\"00000000-0000-0000-0001-%012x\","
        "\"appDisplayName\":\"Office 365\",\"ipAddress\":\"" COMPANY_IP "\","
        "\"clientAppUsed\":\"Browser\",\"conditionalAccessStatus\":\"notApplied\","
        "\"isInteractive\":true,\"riskLevelDuringSignIn\":\"none\",\"status\":{\"errorCode\":%u,"
        "\"failureReason\":\"%s\"},\"deviceDetail\":{\"displayName\":\"%s\"},"
        "\"location\":{\"city\":\"\",\"countryOrRegion\":\"JP\"}}",
        (unsigned long long)++sim->next_cloud_entry, sim_clock(sim)->utc, person->account,
        person->rid, code, reason, person->pc);
    line_end(sim);
}

static void sign_in(Sim *sim, Person *person)
{
    Slice object = SLICE("Office 365");
    if (dice_chance(&sim->side_dice, 30)) {
        const Act failed = cloud_act(VERB_LOGON_FAIL, person, object, OUTCOME_FAILURE);
        uint32_t before = act_begin(sim, &failed);
        sign_in_line(sim, person, 50126, "Error validating credentials.");
        act_end(sim, before);
        sim->at_ns += dice_between(&sim->side_dice, 4, 20) * NS_PER_SECOND;
    }
    const Act act = cloud_act(VERB_LOGON, person, object, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    sign_in_line(sim, person, 0, "Other.");
    act_end(sim, before);
    person->cloud_day = sim_day(sim->at_ns);
}

/* An entry of the audit log; rest: members of its own, each with a comma in front. */
static void audit_line(Sim *sim, const Person *person, const char *operation, unsigned type,
                       const char *workload, Slice object, const char *rest)
{
    Buf *to = line_begin(sim, SIMULATE_CLOUD);
    buf_add_format(to,
                   "{\"CreationTime\":\"%s\",\"Id\":\"00000000-0000-0000-0000-%012llx\","
                   "\"Operation\":\"%s\",\"OrganizationId\":\"" TENANT "\",\"RecordType\":%u,"
                   "\"ResultStatus\":\"Succeeded\",\"UserType\":0,\"Version\":1,"
                   "\"Workload\":\"%s\",\"ClientIP\":\"" COMPANY_IP "\",\"ObjectId\":\"%.*s\","
                   "\"UserId\":\"%s@" FACTORY_DNS "\"%s}",
                   sim_clock(sim)->utc, (unsigned long long)++sim->next_cloud_entry, operation,
                   type, workload, SLICE_FMT(object), person->account, rest);
    line_end(sim);
}

static void use_file(Sim *sim, const Person *person)
{
    static const struct {
        const char *operation;
        Verb verb;
        unsigned up_to; /* of a thousand */
    } uses[] = {
        {"FileAccessed", VERB_READ, 560},
        {"FileModified", VERB_WRITE, 790},
        {"FileDownloaded", VERB_DOWNLOAD, 950},
        {"FileRecycled", VERB_DELETE_RECYCLE, 985},
        {"AnonymousLinkCreated", VERB_CHANGE_ACL, 1000},
    };
    unsigned throw = (unsigned)dice_below(&sim->side_dice, 1000), use = 0;
    Text path;
    text_format(&path, "https://akebono.sharepoint.example/sites/%.*s/Documents/%u.xlsx",
                SLICE_FMT(department_name(&sim->factory, person->department)),
                (unsigned)dice_between(&sim->side_dice, 100, 999));
    while (throw >= uses[use].up_to)
        use++;
    const Act act = cloud_act(uses[use].verb, person, text_slice(&path), OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    audit_line(sim, person, uses[use].operation, uses[use].verb == VERB_CHANGE_ACL ? 14 : 6,
               "SharePoint", text_slice(&path), ",\"ItemType\":\"File\"");
    act_end(sim, before);
}

static void make_mail_rule(Sim *sim, const Person *person)
{
    const Act act = cloud_act(VERB_CONFIG_CHANGE, person, SLICE("New-InboxRule"), OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    audit_line(sim, person, "New-InboxRule", 1, "Exchange", SLICE("rule"),
               ",\"Parameters\":[{\"Name\":\"Name\",\"Value\":\"estimates\"},"
               "{\"Name\":\"MoveToFolder\",\"Value\":\"estimates\"}]");
    act_end(sim, before);
}

void act_cloud(Sim *sim, Person *person)
{
    if (!person->present) return;
    if (person->cloud_day != sim_day(sim->at_ns)) {
        sign_in(sim, person);
    } else if (dice_chance(&sim->side_dice, 2)) {
        make_mail_rule(sim, person);
    } else {
        use_file(sim, person);
    }
}
