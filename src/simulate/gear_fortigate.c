/* FortiGate: key=value lines as FortiOS 7.4 sends them to a syslog server (Fortinet, "FortiOS Log
 * Message Reference": log ids 13, 8192, 13056, 13312, 16384, 16400, 20480, 28705, 32001, 32002,
 * 39425, 39426, 39947, 44546). See acts.h. */
#include "simulate/acts.h"

#include <stdio.h>

/* date, time, who and which: the front of every line. */
static Buf *begin(Sim *sim, const char *log_id, const char *type, const char *subtype,
                  const char *event, const char *level)
{
    const ClockText *clock = sim_clock(sim);
    Buf *to = line_begin(sim, SIMULATE_FORTIGATE);
    buf_add_format(to,
                   "<189>date=%s time=%s devname=\"fw01\" devid=\"FG100F0000000001\" "
                   "eventtime=%lld tz=\"+0900\" logid=\"%s\" type=\"%s\" subtype=\"%s\" ",
                   clock->date, clock->clock, (long long)sim->at_ns, log_id, type, subtype);
    if (event[0]) buf_add_format(to, "eventtype=\"%s\" ", event);
    buf_add_format(to, "level=\"%s\" vd=\"root\"", level);
    return to;
}

static void add_ends(Buf *to, const Flow *flow)
{
    bool from_lan = flow->outward || flow->is_inside;
    const char *server_side = flow->is_inside ? "servers" : "internal";
    buf_add_format(to,
                   " srcip=%.*s srcport=%u srcintf=\"%s\" srcintfrole=\"%s\" dstip=%.*s dstport=%u "
                   "dstintf=\"%s\" dstintfrole=\"%s\" srccountry=\"%s\" dstcountry=\"%s\"",
                   SLICE_FMT(flow->source_ip), flow->source_port, from_lan ? "internal" : "wan1",
                   from_lan ? "lan" : "wan", SLICE_FMT(flow->destination_ip),
                   flow->destination_port, flow->outward ? "wan1" : server_side,
                   flow->outward ? "wan" : "lan", flow->source_country, flow->destination_country);
}

static const char *service_of(const Flow *flow)
{
    switch (flow->destination_port) {
    case 22: return "SSH";
    case 25: return "SMTP";
    case 53: return "DNS";
    case 80: return "HTTP";
    case 123: return "NTP";
    case 443: return "HTTPS";
    case 445: return "SMB";
    case 3389: return "RDP";
    default: return flow->is_udp ? "udp/other" : "tcp/other";
    }
}

void fortigate_flow(Sim *sim, const Flow *flow)
{
    Buf *to =
        begin(sim, "0000000013", "traffic", "forward", "", flow->refused ? "warning" : "notice");
    add_ends(to, flow);
    buf_add_format(to,
                   " sessionid=%llu proto=%u action=\"%s\" policyid=%u policytype=\"policy\" "
                   "service=\"%s\" trandisp=\"%s\"",
                   (unsigned long long)++sim->next_firewall_session, flow->is_udp ? 17u : 6u,
                   flow->refused  ? "deny"
                   : flow->is_udp ? "accept"
                                  : "close",
                   flow->refused ? 0u : 10u, service_of(flow), flow->outward ? "snat" : "noop");
    if (flow->outward) buf_add_format(to, " transip=203.0.113.2 transport=%u", flow->source_port);
    buf_add_format(to,
                   " duration=%llu sentbyte=%llu rcvdbyte=%llu sentpkt=%llu rcvdpkt=%llu "
                   "appcat=\"unscanned\"",
                   (unsigned long long)flow->seconds, (unsigned long long)flow->sent_bytes,
                   (unsigned long long)flow->received_bytes,
                   (unsigned long long)(flow->sent_bytes / 700 + 1),
                   (unsigned long long)(flow->received_bytes / 1100 + (flow->refused ? 0 : 1)));
    line_end(sim);
}

static Flow web_flow(Sim *sim, Slice ip, const char *address, unsigned port)
{
    return (Flow){.source_ip = ip,
                  .destination_ip = slice_from_cstr(address),
                  .source_port = sim_port(sim),
                  .destination_port = port,
                  .outward = true,
                  .source_country = "Reserved",
                  .destination_country = "Japan"};
}

void fortigate_web(Sim *sim, Slice ip, Slice host, const char *category, bool blocked)
{
    char address[16];
    site_address(address, host);
    const Flow flow = web_flow(sim, ip, address, 443);
    Buf *to = begin(sim, blocked ? "0316013056" : "0317013312", "utm", "webfilter",
                    blocked ? "ftgd_blk" : "ftgd_allow", blocked ? "warning" : "notice");
    buf_add_format(to, " policyid=10 sessionid=%llu",
                   (unsigned long long)sim->next_firewall_session + 1);
    add_ends(to, &flow);
    buf_add_format(to,
                   " proto=6 service=\"HTTPS\" hostname=\"%.*s\" profile=\"default\" action=\"%s\" "
                   "reqtype=\"direct\" url=\"https://%.*s/\" sentbyte=517 rcvdbyte=0 "
                   "direction=\"outgoing\" msg=\"URL belongs to %s category in policy\" "
                   "catdesc=\"%s\"",
                   SLICE_FMT(host), blocked ? "blocked" : "passthrough", SLICE_FMT(host),
                   blocked ? "a denied" : "an allowed", category);
    line_end(sim);
}

void fortigate_virus(Sim *sim, Slice ip, Slice host, const char *file, const char *virus)
{
    char address[16];
    site_address(address, host);
    const Flow flow = web_flow(sim, ip, address, 80);
    Buf *to = begin(sim, "0211008192", "utm", "virus", "infected", "warning");
    buf_add_format(to,
                   " msg=\"File is infected.\" action=\"blocked\" service=\"HTTP\" "
                   "sessionid=%llu",
                   (unsigned long long)++sim->next_firewall_session);
    add_ends(to, &flow);
    buf_add_format(to,
                   " proto=6 direction=\"incoming\" filename=\"%s\" quarskip=\"File-was-not-"
                   "quarantined\" virus=\"%s\" viruscat=\"Virus\" dtype=\"av-engine\" "
                   "url=\"http://%.*s/%s\" profile=\"default\" crscore=50 crlevel=\"critical\"",
                   file, virus, SLICE_FMT(host), file);
    line_end(sim);
}

void fortigate_ips(Sim *sim, const Flow *flow, const char *attack, const char *severity)
{
    Buf *to = begin(sim, "0419016384", "utm", "ips", "signature", "alert");
    buf_add_format(to, " severity=\"%s\"", severity);
    add_ends(to, flow);
    buf_add_format(to,
                   " sessionid=%llu action=\"dropped\" proto=6 service=\"%s\" policyid=10 "
                   "attack=\"%s\" profile=\"default\" direction=\"%s\" "
                   "incidentserialno=%llu msg=\"%s\" crscore=30 crlevel=\"high\"",
                   (unsigned long long)++sim->next_firewall_session, service_of(flow), attack,
                   flow->outward ? "outgoing" : "incoming", (unsigned long long)++sim->next_serial,
                   attack);
    line_end(sim);
}

void fortigate_botnet(Sim *sim, Slice ip, Slice destination, const char *name)
{
    Flow flow = {.source_ip = ip,
                 .destination_ip = destination,
                 .source_port = sim_port(sim),
                 .destination_port = 8443,
                 .outward = true,
                 .source_country = "Reserved",
                 .destination_country = "Netherlands"};
    Buf *to = begin(sim, "0422016400", "utm", "ips", "botnet", "warning");
    buf_add_cstr(to, " msg=\"Botnet C&C Communication.\" severity=\"critical\"");
    add_ends(to, &flow);
    buf_add_format(to,
                   " sessionid=%llu action=\"detected\" proto=6 service=\"tcp/8443\" policyid=10 "
                   "attack=\"%s\" crscore=50 crlevel=\"critical\"",
                   (unsigned long long)++sim->next_firewall_session, name);
    line_end(sim);
}

void fortigate_application(Sim *sim, Slice ip, const char *name)
{
    Buf *to = begin(sim, "1059028705", "utm", "app-ctrl", "signature", "warning");
    buf_add_format(to,
                   " appid=10 srcip=%.*s dstip=192.0.2.70 srcport=50100 dstport=443 proto=6 "
                   "service=\"SSL\" policyid=10 action=\"block\" appcat=\"Game\" app=\"%s\" "
                   "apprisk=\"elevated\" msg=\"Game: %s,\"",
                   SLICE_FMT(ip), name, name);
    line_end(sim);
}

void fortigate_spam(Sim *sim, Slice from_ip, const char *sender)
{
    Buf *to = begin(sim, "0508020480", "utm", "emailfilter", "smtp", "notice");
    buf_add_format(to,
                   " policyid=11 srcip=%.*s srcport=50200 dstip=10.10.0.25 dstport=25 proto=6 "
                   "service=\"SMTP\" profile=\"default\" action=\"tagged\" from=\"%s\" "
                   "to=\"info@" FACTORY_DNS "\" subject=\"offer\" msg=\"spam\"",
                   SLICE_FMT(from_ip), sender);
    line_end(sim);
}

static void vpn(Sim *sim, const char *log_id, const char *level, const char *description,
                const char *action, Slice user, Slice from, const char *rest)
{
    Buf *to = begin(sim, log_id, "event", "vpn", "", level);
    buf_add_format(to, " logdesc=\"%s\" action=\"%s\" remip=%.*s user=\"%.*s\" %s", description,
                   action, SLICE_FMT(from), SLICE_FMT(user), rest);
    line_end(sim);
}

void fortigate_vpn_up(Sim *sim, Slice user, Slice from, const char *country, Slice tunnel_ip)
{
    Text rest;
    text_format(&rest,
                "tunneltype=\"ssl-tunnel\" tunnelid=%llu srccountry=\"%s\" tunnelip=%.*s "
                "group=\"vpn-users\" dst_host=\"N/A\" reason=\"tunnel established\" msg=\"SSL "
                "tunnel established\"",
                (unsigned long long)++sim->next_serial, country, SLICE_FMT(tunnel_ip));
    vpn(sim, "0101039947", "information", "SSL VPN tunnel up", "tunnel-up", user, from, rest.bytes);
}

void fortigate_vpn_down(Sim *sim, Slice user, Slice from, Slice tunnel_ip, uint64_t seconds)
{
    Text rest;
    text_format(&rest,
                "tunneltype=\"ssl-tunnel\" tunnelip=%.*s group=\"vpn-users\" dst_host=\"N/A\" "
                "reason=\"User requested termination of service\" duration=%llu sentbyte=%llu "
                "rcvdbyte=%llu msg=\"SSL tunnel shutdown\"",
                SLICE_FMT(tunnel_ip), (unsigned long long)seconds,
                (unsigned long long)seconds * 1200, (unsigned long long)seconds * 5100);
    vpn(sim, "0101039425", "information", "SSL VPN tunnel down", "tunnel-down", user, from,
        rest.bytes);
}

void fortigate_vpn_failure(Sim *sim, Slice user, Slice from, const char *country)
{
    Text rest;
    text_format(&rest,
                "tunneltype=\"ssl-web\" tunnelid=0 srccountry=\"%s\" group=\"N/A\" "
                "dst_host=\"N/A\" reason=\"sslvpn_login_permission_denied\" msg=\"SSL user failed "
                "to logged in\"",
                country);
    vpn(sim, "0101039426", "alert", "SSL VPN login fail", "ssl-login-fail", user, from, rest.bytes);
}

void fortigate_admin(Sim *sim, Slice user, Slice from, bool accepted)
{
    Buf *to = begin(sim, accepted ? "0100032001" : "0100032002", "event", "system", "",
                    accepted ? "information" : "alert");
    buf_add_format(to,
                   " logdesc=\"Admin login %s\" user=\"%.*s\" ui=\"https(%.*s)\" method=\"https\" "
                   "srcip=%.*s dstip=10.10.0.1 action=\"login\" status=\"%s\" reason=\"%s\" "
                   "msg=\"Administrator %.*s %s from https(%.*s)\"",
                   accepted ? "successful" : "failed", SLICE_FMT(user), SLICE_FMT(from),
                   SLICE_FMT(from), accepted ? "success" : "failed",
                   accepted ? "none" : "passwd_invalid", SLICE_FMT(user),
                   accepted ? "logged in successfully" : "login failed", SLICE_FMT(from));
    line_end(sim);
}

void fortigate_change(Sim *sim, Slice user, Slice from, const char *path, const char *object,
                      const char *change)
{
    Buf *to = begin(sim, "0100044546", "event", "system", "", "information");
    buf_add_format(to,
                   " logdesc=\"Attribute configured\" user=\"%.*s\" ui=\"GUI(%.*s)\" "
                   "action=\"Edit\" cfgtid=%llu cfgpath=\"%s\" cfgobj=\"%s\" cfgattr=\"%s\" "
                   "msg=\"Edit %s %s\"",
                   SLICE_FMT(user), SLICE_FMT(from), (unsigned long long)++sim->next_serial, path,
                   object, change, path, object);
    line_end(sim);
}
