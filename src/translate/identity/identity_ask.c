/* Asking what was at an address at a moment: back through its sightings, newest first, as far as
 * something says that whoever was there before was somebody else. */
#include "translate/identity/identity_int.h"

#define LOGGED_OFF_MAX 16 /* persons; of more it is not remembered that they left */

typedef struct Asking {
    const Identity *identity;
    const Place *place;
    int64_t at_ns;
    uint32_t after; /* the first sighting behind the moment */
    const Sighting *lease, *vpn;
    int64_t lease_from_ns; /* the oldest sighting of that lease */
    uint32_t logged_off[LOGGED_OFF_MAX];
    size_t logged_off_count;
    size_t recent_persons; /* within IDENTITY_SHARED_NS */
    IdentityAnswer *answer;
} Asking;

static bool is_lease(const Sighting *s)
{
    return s->kind == SIGHTING_LEASE || s->kind == SIGHTING_LEASE_END;
}
static bool is_vpn(const Sighting *s)
{
    return s->kind == SIGHTING_VPN || s->kind == SIGHTING_VPN_END;
}

/* PC-021 and pc-021.example.com are one terminal. */
static Slice first_label(Slice name)
{
    size_t dot = slice_find_char(name, '.');
    return dot == SLICE_NOT_FOUND ? name : slice_first(name, dot);
}

static bool is_same_terminal(const Identity *identity, const Sighting *a, const Sighting *b)
{
    if (a->terminal_more != 0 && b->terminal_more != 0) return a->terminal_more == b->terminal_more;
    return slice_eq_nocase(first_label(identity_name_text(identity, a->terminal)),
                           first_label(identity_name_text(identity, b->terminal)));
}

/* Is the next sighting of this sort behind the moment the same subject's? */
static bool is_confirmed(const Asking *asking, const Sighting *s)
{
    for (uint32_t i = asking->after; i < asking->place->count; i++) {
        const Sighting *next = &asking->place->list[i];
        if (next->time_ns - s->time_ns > IDENTITY_LEASE_NS) return false;
        if (is_lease(s) && is_lease(next)) return is_same_terminal(asking->identity, s, next);
        if (is_vpn(s) && is_vpn(next)) return s->person == next->person;
    }
    return false;
}

static void add_terminal(Asking *asking, const Sighting *s, IdentityEvidence evidence,
                         Certainty certainty)
{
    IdentityAnswer *answer = asking->answer;
    Slice name = identity_name_text(asking->identity, s->terminal);
    if (name.len == 0 || answer->terminal_count == IDENTITY_CANDIDATES_MAX) return;
    for (size_t i = 0; i < answer->terminal_count; i++) {
        if (slice_eq_nocase(first_label(answer->terminals[i].name), first_label(name))) return;
    }
    answer->terminals[answer->terminal_count++] = (IdentityCandidate){
        .name = name,
        .more = identity_name_text(asking->identity, s->terminal_more),
        .evidence = evidence,
        .certainty = answer->terminal_count > 1 ? CERTAINTY_INFERRED : certainty,
        .seen_ns = s->time_ns,
        .reference = s->reference,
    };
}

static bool has_left(const Asking *asking, const Sighting *s)
{
    for (size_t i = 0; i < asking->logged_off_count; i++) {
        if (asking->logged_off[i] == s->person) return true;
    }
    return false;
}

static void add_person(Asking *asking, const Sighting *s, IdentityEvidence evidence)
{
    IdentityAnswer *answer = asking->answer;
    Slice name = identity_name_text(asking->identity, s->person);
    if (name.len == 0 || has_left(asking, s)) return;
    for (size_t i = 0; i < answer->person_count; i++) {
        if (slice_eq_nocase(answer->persons[i].name, name)) return;
    }
    if (asking->at_ns - s->time_ns <= IDENTITY_SHARED_NS) asking->recent_persons++;
    if (answer->person_count == IDENTITY_CANDIDATES_MAX) return;
    bool confirmed = evidence == IDENTITY_VPN && is_confirmed(asking, s);
    answer->persons[answer->person_count++] = (IdentityCandidate){
        .name = name,
        .more = identity_name_text(asking->identity, s->person_more),
        .evidence = evidence,
        .certainty = confirmed ? CERTAINTY_OBSERVED : CERTAINTY_CORRELATED,
        .seen_ns = s->time_ns,
        .reference = s->reference,
    };
}

static size_t keep_from(IdentityCandidate *list, size_t count, int64_t from_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i].seen_ns >= from_ns) list[kept++] = list[i];
    }
    return kept;
}

/* The address was another terminal's: who was seen before this lease began was there. */
static void end_before_lease(Asking *asking)
{
    IdentityAnswer *answer = asking->answer;
    if (!asking->lease) return;
    answer->person_count = keep_from(answer->persons, answer->person_count, asking->lease_from_ns);
    answer->terminal_count =
        keep_from(answer->terminals, answer->terminal_count, asking->lease_from_ns);
}

/* False: whoever was here before was somebody else. */
static bool take_lease(Asking *asking, const Sighting *s)
{
    if (s->kind == SIGHTING_LEASE_END ||
        (asking->lease && !is_same_terminal(asking->identity, asking->lease, s))) {
        end_before_lease(asking);
        return false;
    }
    asking->lease_from_ns = s->time_ns;
    if (!asking->lease) {
        asking->lease = s;
        Certainty certainty = is_confirmed(asking, s) ? CERTAINTY_OBSERVED : CERTAINTY_CORRELATED;
        add_terminal(asking, s, IDENTITY_DHCP, certainty);
    }
    return true;
}

static bool take_vpn(Asking *asking, const Sighting *s)
{
    if (s->kind == SIGHTING_VPN_END) return false;
    if (asking->vpn && asking->vpn->person != s->person) return false;
    asking->vpn = s;
    if (asking->at_ns - s->time_ns > IDENTITY_PERSON_NS) return true;
    add_person(asking, s, IDENTITY_VPN);
    add_terminal(asking, s, IDENTITY_VPN, CERTAINTY_CORRELATED);
    return true;
}

static bool take(Asking *asking, const Sighting *s)
{
    int64_t age_ns = asking->at_ns - s->time_ns;
    switch ((SightingKind)s->kind) {
    case SIGHTING_LEASE:
    case SIGHTING_LEASE_END: return take_lease(asking, s);
    case SIGHTING_VPN:
    case SIGHTING_VPN_END: return take_vpn(asking, s);
    case SIGHTING_LOGOFF:
        if (asking->logged_off_count < LOGGED_OFF_MAX) {
            asking->logged_off[asking->logged_off_count++] = s->person;
        }
        return true;
    case SIGHTING_LOGON:
        if (age_ns > IDENTITY_PERSON_NS) return true;
        add_person(asking, s, IDENTITY_LOGON);
        add_terminal(asking, s, IDENTITY_LOGON, CERTAINTY_CORRELATED);
        return true;
    case SIGHTING_DNS:
        if (age_ns <= IDENTITY_DNS_NS) {
            add_terminal(asking, s, IDENTITY_DNS, CERTAINTY_CORRELATED);
        }
        return true;
    }
    return true;
}

/* One person is claimed only where no other was there shortly before. */
static void judge_persons(Asking *asking)
{
    IdentityAnswer *answer = asking->answer;
    answer->shared = asking->recent_persons >= IDENTITY_SHARED_COUNT;
    bool close = answer->person_count > 1 &&
                 answer->persons[0].seen_ns - answer->persons[1].seen_ns < IDENTITY_SHARED_NS;
    for (size_t i = 0; i < answer->person_count; i++) {
        if (i > 0 || close || answer->shared) answer->persons[i].certainty = CERTAINTY_INFERRED;
    }
}

void identity_ask(const Identity *identity, Slice address, int64_t at_ns, IdentityAnswer *ret)
{
    *ret = (IdentityAnswer){0};
    const Place *place = identity_place(identity, address);
    if (!place || at_ns < 0) return; /* TIME_UNKNOWN, too */
    if (at_ns > IDENTITY_TIME_NS_MAX) at_ns = IDENTITY_TIME_NS_MAX;
    Asking asking = {.identity = identity, .place = place, .at_ns = at_ns, .answer = ret};
    asking.after = identity_first_after(place, at_ns);
    for (uint32_t i = asking.after; i-- > 0;) {
        const Sighting *s = &place->list[i];
        int64_t age_ns = at_ns - s->time_ns;
        /* Behind the lease and the age of persons nothing is left to be learnt. */
        bool enough = asking.lease && age_ns > IDENTITY_PERSON_NS && age_ns > IDENTITY_DNS_NS;
        if (enough || age_ns > IDENTITY_LEASE_NS || !take(&asking, s)) break;
    }
    judge_persons(&asking);
}

/* --- a record as of its own time -------------------------------------------------------------- */

static const Slice by_terminal[] = {
    [IDENTITY_DHCP] = SLICE_INIT("terminal_by_dhcp"),
    [IDENTITY_VPN] = SLICE_INIT("terminal_by_vpn"),
    [IDENTITY_LOGON] = SLICE_INIT("terminal_by_logon"),
    [IDENTITY_DNS] = SLICE_INIT("terminal_by_dns"),
};
static const Slice by_person[] = {
    [IDENTITY_DHCP] = SLICE_INIT("person_by_logon"),
    [IDENTITY_VPN] = SLICE_INIT("person_by_vpn"),
    [IDENTITY_LOGON] = SLICE_INIT("person_by_logon"),
    [IDENTITY_DNS] = SLICE_INIT("person_by_logon"),
};

static int add_detail(Slice *detail, Slice token, Arena *arena)
{
    if (detail->len == 0) {
        *detail = token;
        return 0;
    }
    return arena_format(arena, detail, "%.*s,%.*s", SLICE_FMT(*detail), SLICE_FMT(token));
}

int identity_enrich(const Identity *identity, Record *record, Arena *arena)
{
    Slice address = record->text[RECORD_SOURCE_IP];
    bool wants_terminal = record->text[RECORD_SOURCE_DOMAIN].len == 0;
    bool wants_person =
        record->text[RECORD_USER_NAME].len == 0 && record->text[RECORD_RELATED_USER].len == 0;
    if (address.len == 0 || (!wants_terminal && !wants_person)) return 0;
    IdentityAnswer answer;
    identity_ask(identity, address, record->time_ns, &answer);
    Slice terminal = {0}, person = {0}, detail = record->text[RECORD_AKASHI_DETAIL];
    const IdentityCandidate *who = &answer.persons[0], *what = &answer.terminals[0];
    int r = 0;
    if (wants_terminal && answer.terminal_count > 0 && what->certainty != CERTAINTY_INFERRED) {
        r = arena_copy(arena, what->name, &terminal);
        if (r == 0) r = add_detail(&detail, by_terminal[what->evidence], arena);
    }
    if (r == 0 && wants_person && answer.person_count > 0 && who->certainty != CERTAINTY_INFERRED) {
        r = arena_copy(arena, who->name, &person);
        if (r == 0) r = add_detail(&detail, by_person[who->evidence], arena);
    }
    if (r < 0) return r;
    if (terminal.len > 0) record->text[RECORD_SOURCE_DOMAIN] = terminal;
    if (person.len > 0) record->text[RECORD_RELATED_USER] = person;
    record->text[RECORD_AKASHI_DETAIL] = detail;
    return 0;
}
