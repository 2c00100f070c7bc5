/* Time, numbers, actions and lines for all acts. See simulate_inside.h. */
#include "simulate/simulate_inside.h"

#include "base/json_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int64_t sim_day(int64_t ns)
{
    return (ns + SIMULATE_ZONE_SECONDS * NS_PER_SECOND) / NS_PER_DAY;
}

int64_t sim_day_begin_ns(int64_t day)
{
    return day * NS_PER_DAY - SIMULATE_ZONE_SECONDS * NS_PER_SECOND;
}

void sim_wait(Sim *sim, int64_t least_ns, int64_t most_ns)
{
    sim->at_ns += dice_between(&sim->dice, least_ns, most_ns);
}

void sim_plan(Sim *sim, Task task)
{
    sim_fail(sim, agenda_add(&sim->agenda, task));
}

void sim_fail(Sim *sim, int error)
{
    if (error < 0 && sim->error == 0) sim->error = error;
}

static void set_clock(ClockText *clock, int64_t second)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    CivilTime utc = time_to_civil(second * NS_PER_SECOND);
    CivilTime local = time_to_civil((second + SIMULATE_ZONE_SECONDS) * NS_PER_SECOND);
    unsigned year = (unsigned)utc.year % 10000, local_year = (unsigned)local.year % 10000;
    unsigned day = (unsigned)local.day % 100, month = (unsigned)local.month % 100;
    unsigned hour = (unsigned)local.hour % 100, minute = (unsigned)local.minute % 100;
    unsigned in_minute = (unsigned)local.second % 100;
    clock->second = second;
    snprintf(clock->utc, sizeof clock->utc, "%04u-%02u-%02uT%02u:%02u:%02u", year,
             (unsigned)utc.month % 100, (unsigned)utc.day % 100, (unsigned)utc.hour % 100,
             (unsigned)utc.minute % 100, (unsigned)utc.second % 100);
    snprintf(clock->bsd, sizeof clock->bsd, "%s %2u %02u:%02u:%02u", months[local.month - 1], day,
             hour, minute, in_minute);
    snprintf(clock->date, sizeof clock->date, "%04u-%02u-%02u", local_year, month, day);
    snprintf(clock->clock, sizeof clock->clock, "%02u:%02u:%02u", hour, minute, in_minute);
}

const ClockText *sim_clock(Sim *sim)
{
    int64_t second = sim->at_ns / NS_PER_SECOND;
    if (second != sim->clock.second) set_clock(&sim->clock, second);
    return &sim->clock;
}

unsigned sim_pid(Sim *sim)
{
    sim->next_pid = sim->next_pid >= 0xfff0 ? 0x400 : sim->next_pid + 4;
    return sim->next_pid;
}

unsigned sim_port(Sim *sim)
{
    sim->next_port = sim->next_port >= 65534 ? 49152 : sim->next_port + 1;
    return sim->next_port;
}

uint64_t sim_logon_id(Sim *sim)
{
    sim->next_logon_id += (uint64_t)dice_between(&sim->dice, 0x11, 0x3ff);
    return sim->next_logon_id;
}

Person *sim_anyone(Sim *sim)
{
    return &sim->factory.people[dice_below(&sim->dice, sim->factory.people_count)];
}

static void add_pair(Buf *to, const char *name, Slice value)
{
    if (value.len == 0) return;
    buf_add_cstr(to, ",\"");
    buf_add_cstr(to, name);
    buf_add_cstr(to, "\":");
    json_add_string(to, value);
}

static Slice either(Slice first, const char *second)
{
    return first.len > 0 ? first : slice_from_cstr(second);
}

uint32_t act_begin(Sim *sim, const Act *act)
{
    uint32_t before = sim->action, opened;
    char time[TIME_TEXT_MAX];
    int r = outbox_open_action(&sim->outbox, &opened);
    if (r < 0) {
        sim_fail(sim, r);
        return before;
    }
    sim->action = opened;
    const Person *who = act->who;
    Buf *to = outbox_action_head(&sim->outbox, opened);
    add_pair(to, "time",
             slice_of(time, time_print_rfc3339(time, sim->at_ns - sim->at_ns % NS_PER_MS)));
    add_pair(to, "user", either(act->user, who ? who->account : ""));
    add_pair(to, "pc", either(act->pc, who ? who->pc : ""));
    add_pair(to, "ip", either(act->ip, who ? who->ip : ""));
    add_pair(to, "host", act->host);
    add_pair(to, "verb", verbs[act->verb].token);
    add_pair(to, "object", act->object);
    add_pair(to, "target", act->target);
    add_pair(to, "outcome", slice_from_cstr(outcome_token(act->outcome)));
    if (sim->attack) {
        add_pair(to, "scenario", sim->scenario->name);
        add_pair(to, "phase", slice_from_cstr(sim->attack->phase));
        buf_add_cstr(to, ",\"rows\":[");
        buf_add_cstr(to, sim->attack->rows);
        buf_add_char(to, ']');
    }
    return before;
}

void act_end(Sim *sim, uint32_t before)
{
    if (sim->action != before) sim_fail(sim, outbox_close_action(&sim->outbox, sim->action));
    sim->action = before;
}

Buf *line_begin(Sim *sim, SimulateSource source)
{
    sim->line = outbox_begin(&sim->outbox, source, sim->at_ns, sim->action);
    if (sim->line) return &sim->line->text;
    sim_fail(sim, -ENOMEM);
    buf_clear(&sim->outbox.scratch);
    return &sim->outbox.scratch;
}

void line_end(Sim *sim)
{
    if (sim->line) outbox_end(&sim->outbox, sim->line);
    sim->line = NULL;
}

Buf *line_begin_syslog(Sim *sim, SimulateSource source, unsigned priority, const char *host,
                       const char *tag)
{
    Buf *to = line_begin(sim, source);
    buf_add_char(to, '<');
    buf_add_u64(to, priority);
    buf_add_char(to, '>');
    buf_add_cstr(to, sim_clock(sim)->bsd);
    buf_add_char(to, ' ');
    buf_add_cstr(to, host);
    buf_add_char(to, ' ');
    buf_add_cstr(to, tag);
    buf_add_cstr(to, ": ");
    return to;
}

void line_syslog(Sim *sim, SimulateSource source, unsigned priority, const char *host,
                 const char *tag, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    Buf *to = line_begin_syslog(sim, source, priority, host, tag);
    buf_add(to, text, len < (int)sizeof text ? (size_t)len : sizeof text - 1);
    line_end(sim);
}

void text_format(Text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text->bytes, sizeof text->bytes, format, args);
    va_end(args);
    text->len = len < (int)sizeof text->bytes ? (size_t)len : sizeof text->bytes - 1;
}
