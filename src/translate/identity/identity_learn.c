/* What a record says of an address. Fields: record.md's, as the translation rules and the source
 * definitions fill them. */
#include "translate/identity/identity_int.h"

#include <arpa/inet.h>

/* Numbers of IPv4 and IPv6; loopback and the unspecified address are everybody's. */
static bool is_address(Slice text)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof copy) return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    unsigned char bytes[16];
    if (inet_pton(AF_INET, copy, bytes) == 1) return bytes[0] != 127 && bytes[0] != 0;
    if (inet_pton(AF_INET6, copy, bytes) != 1) return false;
    static const unsigned char zeros[15];
    return memcmp(bytes, zeros, sizeof zeros) != 0 || bytes[15] > 1;
}

/* Microsoft, "Special identities": accounts behind which no person stands. */
static bool is_person(Slice name)
{
    static const Slice nobody[] = {
        SLICE_INIT("ANONYMOUS LOGON"),
        SLICE_INIT("SYSTEM"),
        SLICE_INIT("LOCAL SERVICE"),
        SLICE_INIT("NETWORK SERVICE"),
        SLICE_INIT("anonymous"),
        SLICE_INIT("nobody"),
        SLICE_INIT("-"),
    };
    if (name.len == 0 || name.ptr[name.len - 1] == '$') return false;
    for (size_t i = 0; i < ARRAY_COUNT(nobody); i++) {
        if (slice_eq_nocase(name, nobody[i])) return false;
    }
    return true;
}

/* Is the token among those of akashi.detail? */
static bool has_detail(const Record *record, Slice token)
{
    Slice rest = record->text[RECORD_AKASHI_DETAIL], piece;
    while (slice_cut(&rest, ',', &piece)) {
        if (slice_eq(slice_trim(piece), token)) return true;
    }
    return false;
}

/* What was guessed by this very module is no evidence. */
static Slice own_terminal(const Record *record)
{
    static const Slice guessed[] = {SLICE_INIT("terminal_by_dhcp"), SLICE_INIT("terminal_by_vpn"),
                                    SLICE_INIT("terminal_by_logon"), SLICE_INIT("terminal_by_dns")};
    for (size_t i = 0; i < ARRAY_COUNT(guessed); i++) {
        if (has_detail(record, guessed[i])) return (Slice){0};
    }
    return record->text[RECORD_SOURCE_DOMAIN];
}

/* The address that was given out: the object, or where the log names it, the source. */
static Slice given_address(const Record *record)
{
    Slice object = record->text[RECORD_AKASHI_OBJECT];
    return is_address(object) ? object : record->text[RECORD_SOURCE_IP];
}

typedef struct Said {
    SightingKind kind;
    Slice address, terminal, terminal_more, person, person_more;
} Said;

static void say_person(const Record *record, Said *said)
{
    if (!is_person(record->text[RECORD_USER_NAME])) return;
    said->person = record->text[RECORD_USER_NAME];
    said->person_more = record->text[RECORD_USER_DOMAIN];
}

static Said lease(const Record *record)
{
    bool is_over =
        has_detail(record, SLICE("lease_released")) || has_detail(record, SLICE("lease_expired"));
    return (Said){.kind = is_over ? SIGHTING_LEASE_END : SIGHTING_LEASE,
                  .address = given_address(record),
                  .terminal = record->text[RECORD_SOURCE_DOMAIN],
                  .terminal_more = record->text[RECORD_SOURCE_MAC]};
}

static Said connection(const Record *record, SightingKind kind)
{
    Said said = {.kind = kind, .address = given_address(record)};
    if (kind == SIGHTING_VPN) said.terminal = own_terminal(record);
    say_person(record, &said);
    if (said.person.len == 0 && kind == SIGHTING_VPN) said.address = (Slice){0};
    return said;
}

static Said presence(const Record *record, SightingKind kind)
{
    Said said = {.kind = kind, .address = record->text[RECORD_SOURCE_IP]};
    say_person(record, &said);
    if (kind == SIGHTING_LOGON) said.terminal = own_terminal(record);
    /* A machine's own logon still says which terminal is there. */
    bool says_nothing = said.person.len == 0 && said.terminal.len == 0;
    if (says_nothing) said.address = (Slice){0};
    return said;
}

/* RFC 1918 section 3, RFC 4193 section 3: names of other people's machines are of no use here. */
static bool is_inside(Slice address)
{
    if (slice_starts(address, SLICE("10.")) || slice_starts(address, SLICE("192.168.")))
        return true;
    if (slice_starts_nocase(address, SLICE("fd"))) return true;
    if (!slice_starts(address, SLICE("172."))) return false;
    Slice rest = slice_skip(address, 4), second;
    return slice_cut(&rest, '.', &second) && second.len == 2 &&
           slice_compare(second, SLICE("16")) >= 0 && slice_compare(second, SLICE("31")) <= 0;
}

static Said name_answer(const Record *record)
{
    if (!is_inside(record->text[RECORD_DESTINATION_IP])) return (Said){0};
    return (Said){.kind = SIGHTING_DNS,
                  .address = record->text[RECORD_DESTINATION_IP],
                  .terminal = record->text[RECORD_DESTINATION_DOMAIN]};
}

static Said what_is_said(const Record *record)
{
    switch (record->verb) {
    case VERB_IP_ASSIGNED: return lease(record);
    case VERB_VPN_CONNECT: return connection(record, SIGHTING_VPN);
    case VERB_VPN_DISCONNECT: return connection(record, SIGHTING_VPN_END);
    case VERB_LOGON:
    case VERB_CONNECT_SHARE: return presence(record, SIGHTING_LOGON);
    case VERB_LOGOFF:
        /* A session over the network ends with each use; the person stays. */
        if (slice_eq(record->text[RECORD_AKASHI_LOGON_TYPE], SLICE("network"))) break;
        return presence(record, SIGHTING_LOGOFF);
    case VERB_DNS_QUERY: return name_answer(record);
    default: break;
    }
    return (Said){0};
}

/* TIME_UNKNOWN is below all of them. */
static bool is_sane_time(int64_t time_ns)
{
    return time_ns >= 0 && time_ns <= IDENTITY_TIME_NS_MAX;
}

int identity_learn(Identity *identity, const Record *record, uint64_t reference)
{
    if (record->outcome == OUTCOME_FAILURE || !is_sane_time(record->time_ns)) return 0;
    Said said = what_is_said(record);
    if (!is_address(said.address)) return 0;
    Sighting s = {.time_ns = record->time_ns, .reference = reference, .kind = (uint8_t)said.kind};
    int r = identity_name(identity, said.terminal, &s.terminal);
    if (r == 0) r = identity_name(identity, said.terminal_more, &s.terminal_more);
    if (r == 0) r = identity_name(identity, said.person, &s.person);
    if (r == 0) r = identity_name(identity, said.person_more, &s.person_more);
    return r < 0 ? r : identity_add(identity, said.address, &s);
}
