/* Yamaha RTX: the texts of its log as its documents show them (rtpro.yamaha.co.jp, "syslog" and the
 * pages of the dynamic filter, L2TP/IPsec and login). The router sends neither time nor host, only
 * the message behind the priority; both stand here as a relaying syslog server puts them, for a
 * file would not say the time otherwise. See acts.h. */
#include "simulate/acts.h"

#include <stdio.h>

static Buf *begin(Sim *sim, unsigned priority)
{
    Buf *to = line_begin(sim, SIMULATE_YAMAHA);
    buf_add_format(to, "<%u>%s rtx01 ", priority, sim_clock(sim)->bsd);
    return to;
}

#define SAY_YAMAHA(sim, priority, ...)                                                             \
    do {                                                                                           \
        buf_add_format(begin((sim), (priority)), __VA_ARGS__);                                     \
        line_end(sim);                                                                             \
    } while (false)

enum { INFO = 134, NOTICE = 133 }; /* local0 */

void yamaha_pass(Sim *sim, Slice source_ip, Slice destination_ip)
{
    const ClockText *clock = sim_clock(sim);
    char date[12];
    snprintf(date, sizeof date, "%.4s/%.2s/%.2s", clock->date, clock->date + 5, clock->date + 8);
    SAY_YAMAHA(sim, INFO, "[INSPECT] PP[01][out][200080] TCP %.*s:%u > %.*s:443 (%s %s)",
               SLICE_FMT(source_ip), sim_port(sim), SLICE_FMT(destination_ip), date, clock->clock);
}

void yamaha_reject(Sim *sim, Slice source_ip, unsigned port)
{
    SAY_YAMAHA(sim, NOTICE, "PP[01] Rejected at IN(200013) filter: TCP %.*s:%u > 203.0.113.66:%u",
               SLICE_FMT(source_ip), sim_port(sim), port);
}

void yamaha_vpn_up(Sim *sim, Slice user, Slice from, Slice tunnel_ip)
{
    SAY_YAMAHA(sim, INFO, "[IKE] respond ISAKMP phase to %.*s", SLICE_FMT(from));
    sim_wait(sim, 200 * NS_PER_MS, NS_PER_SECOND);
    SAY_YAMAHA(sim, INFO, "[IKE] respond IPsec phase to %.*s", SLICE_FMT(from));
    SAY_YAMAHA(sim, INFO, "[L2TP] TUNNEL[1] connected from %.*s", SLICE_FMT(from));
    SAY_YAMAHA(sim, INFO, "[L2TP] TUNNEL[1] tunnel %u established",
               (unsigned)dice_between(&sim->dice, 1000, 60000));
    SAY_YAMAHA(sim, INFO, "PP[ANONYMOUS01] Call detected from user '%.*s'", SLICE_FMT(user));
    sim_wait(sim, 50 * NS_PER_MS, 400 * NS_PER_MS);
    SAY_YAMAHA(sim, INFO, "PP[ANONYMOUS01] PPP/IPCP up (Local: 192.168.100.1, Remote: %.*s)",
               SLICE_FMT(tunnel_ip));
}

void yamaha_vpn_down(Sim *sim, Slice from)
{
    SAY_YAMAHA(sim, INFO, "PP[ANONYMOUS01] PPP/IPCP down");
    SAY_YAMAHA(sim, INFO, "[L2TP] TUNNEL[1] disconnect tunnel complete");
    SAY_YAMAHA(sim, INFO, "[IKE] inactivate context from %.*s", SLICE_FMT(from));
}

void yamaha_admin(Sim *sim, const Person *person)
{
    SAY_YAMAHA(sim, INFO, "Login succeeded for SSH: %s %s", person->ip, person->account);
    sim_wait(sim, 3 * NS_PER_SECOND, 20 * NS_PER_SECOND);
    SAY_YAMAHA(sim, INFO, "'administrator' succeeded for SSH: %s %s", person->ip, person->account);
    sim_wait(sim, 20 * NS_PER_SECOND, 90 * NS_PER_SECOND);
    SAY_YAMAHA(sim, INFO, "Configuration saved in \"CONFIG0\" by SSH(%s)", person->ip);
    SAY_YAMAHA(sim, INFO, "Logout from SSH: %s %s", person->ip, person->account);
}
