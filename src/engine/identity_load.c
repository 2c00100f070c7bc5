/* See identity_load.h. */
#include "engine/identity_load.h"

#include "search/search.h"

/* The verbs that identity_learn understands. */
static const Slice question =
    SLICE_INIT("action:(IP_ASSIGNED OR LOGON OR LOGOFF OR CONNECT_SHARE OR VPN_CONNECT OR "
               "VPN_DISCONNECT OR DNS_QUERY)");

typedef struct Learning {
    Identity *identity;
    uint64_t records;
} Learning;

static int on_answer(void *context, const Answer *answer)
{
    Learning *learning = context;
    learning->records++;
    return identity_learn(learning->identity, &answer->row->record, answer->number);
}

static int learn_from(const IdentityLoad *load, StoreReader *reader, Learning *learning,
                      Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    const QueryOptions asked = {.now_ns = load->to_ns};
    SearchOptions options = {.range = {.from_ns = load->from_ns, .to_ns = load->to_ns},
                             .order = SEARCH_BY_ARRIVAL,
                             .memory_bytes_max = load->memory_bytes_max,
                             .os = load->os,
                             .complaint = complaint};
    Query *query;
    SearchStats stats;
    int r = load->os->random(load->os->state, options.seed, sizeof options.seed);
    if (r == 0) r = query_parse(question, &asked, &arena, &query, complaint);
    return r < 0 ? r : search_run(query, reader, &options, on_answer, learning, &stats);
}

int identity_load(const IdentityLoad *load, Identity *identity, uint64_t *ret_records,
                  Complaint *complaint)
{
    StoreReader *reader;
    Learning learning = {.identity = identity};
    int r = store_reader_open(load->os, load->folder, load->kek, &reader, complaint);
    if (r < 0) return r;
    r = learn_from(load, reader, &learning, complaint);
    store_reader_close(reader);
    *ret_records = learning.records;
    return r;
}
