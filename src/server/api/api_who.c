/* who_read: which terminal and person had an address at a moment, or where a person was. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"

#include "engine/identity_load.h"
#include "search/condition.h"

#include <errno.h>
#include <stdio.h>

#define WHO_SPANS_MAX 1000 /* of a name; older ones are left out */

static const char *const evidence_ja[] = {"DHCP", "VPN", "ログオン", "DNS"};
static const char *const evidence_en[] = {"DHCP", "VPN", "a log-on", "DNS"};

/* ---- an address ------------------------------------------------------------------------------ */

static void add_sentence(ApiJson *json, IdentityEvidence evidence)
{
    char ja[96], en[96];
    snprintf(ja, sizeof ja, "%sの記録から", evidence_ja[evidence]);
    snprintf(en, sizeof en, "from records of %s", evidence_en[evidence]);
    api_json_text2(json, "sentence", slice_from_cstr(ja), slice_from_cstr(en));
}

static void add_candidate(ApiJson *json, Slice address, const IdentityCandidate *candidate,
                          bool is_person)
{
    api_json_object(json, NULL);
    api_json_text(json, "address", address);
    api_json_text_if(json, is_person ? "user" : "terminal", candidate->name);
    if (!is_person) api_json_text_if(json, "mac", candidate->more);
    api_json_time(json, "since", candidate->seen_ns);
    api_json_cstr(json, "certainty", certainty_token(candidate->certainty));
    add_sentence(json, candidate->evidence);
    api_json_end_object(json);
}

static void add_address(ApiJson *json, const Identity *identity, Slice address, int64_t at_ns)
{
    IdentityAnswer answer;
    identity_ask(identity, address, at_ns, &answer);
    for (size_t i = 0; i < answer.terminal_count; i++)
        add_candidate(json, address, &answer.terminals[i], false);
    for (size_t i = 0; i < answer.person_count; i++)
        add_candidate(json, address, &answer.persons[i], true);
}

/* ---- a name ---------------------------------------------------------------------------------- */

typedef struct Naming {
    ApiJson *json;
    Slice asked;
    size_t count;
} Naming;

static bool is_name(Slice name, Slice asked)
{
    size_t dot = slice_find_char(name, '.');
    return slice_eq_nocase(name, asked) ||
           (dot != SLICE_NOT_FOUND && slice_eq_nocase(slice_first(name, dot), asked));
}

static void on_sighting(void *context, const IdentitySighting *sighting)
{
    Naming *naming = context;
    bool is_person = is_name(sighting->person, naming->asked);
    if ((!is_person && !is_name(sighting->terminal, naming->asked)) || sighting->is_end) return;
    if (naming->count++ >= WHO_SPANS_MAX) return;
    const IdentityCandidate candidate = {.name = is_person ? sighting->person : sighting->terminal,
                                         .more = is_person ? sighting->person_more
                                                           : sighting->terminal_more,
                                         .evidence = sighting->evidence,
                                         .certainty = CERTAINTY_OBSERVED,
                                         .seen_ns = sighting->seen_ns};
    add_candidate(naming->json, sighting->address, &candidate, is_person);
}

/* ---- the question ---------------------------------------------------------------------------- */

static int read_moment(ApiRequest *request, int64_t *ret_ns)
{
    const Os *os = request->door->os;
    Slice at = api_value(request, "at");
    TimeSpan span;
    *ret_ns = os->now_ns(os->state);
    if (at.len == 0) return 0;
    if (time_span_parse(at, request->zone_offset_seconds, &span) < 0) {
        Complaint complaint = {0};
        complaint_say(&complaint, "api.time",
                      "this is no time; write it like 2026-11-20 or 2026-11-20T17:40",
                      "日時として読めません。2026-11-20 または 2026-11-20T17:40 のように書きます");
        api_fail_complaint(request, 400, &complaint, "at");
        return -1;
    }
    *ret_ns = span.from_ns;
    return 0;
}

static int learn(const ApiRequest *request, int64_t at_ns, Identity *identity)
{
    const ApiDoor *door = request->door;
    Complaint complaint = {0};
    uint64_t records;
    const IdentityLoad load = {.os = door->os,
                               .folder = door->folder,
                               .kek = door->kek,
                               .from_ns = at_ns - IDENTITY_LEASE_NS,
                               .to_ns = at_ns + IDENTITY_LEASE_NS,
                               .memory_bytes_max = door->search_memory_bytes_max};
    int r = identity_load(&load, identity, &records, &complaint);
    return r == -ENOENT ? 0 : r;
}

static void answer(ApiRequest *request, const Identity *identity, int64_t at_ns)
{
    Slice of = api_value(request, "of");
    Address address;
    ApiJson json = api_answer_json(request);
    Naming naming = {.json = &json, .asked = of};
    api_json_object(&json, NULL);
    api_json_text(&json, "of", of);
    api_json_time(&json, "at", at_ns);
    api_json_list(&json, "answers");
    if (address_parse(of, &address) == 0) {
        add_address(&json, identity, of, at_ns);
    } else {
        identity_each(identity, on_sighting, &naming);
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

/* What it is made of are records of the whole company: with a scope they would have to be chosen
 * one by one, so a scope gets no answer. */
static bool sees_all(const ApiRequest *request)
{
    Buf text = buf_make(QUERY_BYTES_MAX);
    int r = account_scope(&request->self, MAY_READ, &text);
    buf_done(&text);
    return r == 1;
}

void api_who_read(ApiRequest *request)
{
    const ApiDoor *door = request->door;
    uint64_t seed[2];
    int64_t at_ns;
    if (read_moment(request, &at_ns) < 0) return;
    SearchTurn *turn = search_gate_enter(door->gate);
    int r = turn ? door->os->random(door->os->state, seed, sizeof seed) : -EBUSY;
    Identity *identity = r < 0 ? NULL : identity_new(0, seed);
    if (r >= 0) r = identity ? 0 : -ENOMEM;
    if (r == 0 && sees_all(request)) r = learn(request, at_ns, identity);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        answer(request, identity, at_ns);
    }
    identity_free(identity);
    if (turn) search_gate_leave(door->gate, turn);
}
