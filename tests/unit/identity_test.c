/* translate/identity: hand-made cases, a world whose truth is known, any order of arrival, limits.
 */
#include "tests/support/tap.h"

#include "base/time_text.h"
#include "translate/identity/identity.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t SEED[2] = {7, 11};
#define MINUTE_NS (60 * IDENTITY_SECOND_NS)
#define HOUR_NS (60 * MINUTE_NS)
#define NINE (INT64_C(1795737600) * IDENTITY_SECOND_NS)

static void done(Identity **held)
{
    identity_free(*held);
}

static Record lease(int64_t at, const char *address, const char *terminal, const char *mac)
{
    Record record = {.time_ns = at, .verb = VERB_IP_ASSIGNED, .outcome = OUTCOME_SUCCESS};
    record.text[RECORD_AKASHI_OBJECT] = slice_from_cstr(address);
    record.text[RECORD_SOURCE_DOMAIN] = slice_from_cstr(terminal);
    record.text[RECORD_SOURCE_MAC] = slice_from_cstr(mac);
    return record;
}

static Record presence(int64_t at, Verb verb, const char *address, const char *user)
{
    Record record = {.time_ns = at, .verb = verb, .outcome = OUTCOME_SUCCESS};
    record.text[RECORD_SOURCE_IP] = slice_from_cstr(address);
    record.text[RECORD_USER_NAME] = slice_from_cstr(user);
    return record;
}

static void learn(Identity *identity, Record record)
{
    expect_ok(identity_learn(identity, &record, (uint64_t)record.time_ns));
}

static IdentityAnswer ask(const Identity *identity, const char *address, int64_t at)
{
    IdentityAnswer answer;
    identity_ask(identity, slice_from_cstr(address), at, &answer);
    return answer;
}

static void lease_names_the_terminal(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    learn(identity, lease(NINE, "10.0.3.17", "PC-021", "02:00:5e:00:53:15"));
    expect_int(ask(identity, "10.0.3.17", NINE - 1).terminal_count, 0);
    IdentityAnswer answer = ask(identity, "10.0.3.17", NINE + HOUR_NS);
    if (!expect_int(answer.terminal_count, 1)) return;
    expect_text(answer.terminals[0].name, "PC-021");
    expect_text(answer.terminals[0].more, "02:00:5e:00:53:15");
    expect_int(answer.terminals[0].certainty, CERTAINTY_CORRELATED);
    expect_int(answer.terminals[0].evidence, IDENTITY_DHCP);
    expect_int(answer.terminals[0].seen_ns, NINE);
    expect_int(ask(identity, "10.0.3.17", NINE + IDENTITY_LEASE_NS + 1).terminal_count, 0);
    expect_int(ask(identity, "10.0.3.18", NINE + HOUR_NS).terminal_count, 0);
}

static void renewal_makes_it_observed(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    learn(identity, lease(NINE, "10.0.3.17", "PC-021", "02:00:5e:00:53:15"));
    learn(identity, lease(NINE + 4 * HOUR_NS, "10.0.3.17", "PC-021.example.com", ""));
    IdentityAnswer answer = ask(identity, "10.0.3.17", NINE + HOUR_NS);
    expect_int(answer.terminal_count, 1);
    expect_int(answer.terminals[0].certainty, CERTAINTY_OBSERVED);
    expect_int(ask(identity, "10.0.3.17", NINE + 5 * HOUR_NS).terminals[0].certainty,
               CERTAINTY_CORRELATED);
}

static void another_lease_ends_all_that_was_known(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    learn(identity, lease(NINE, "10.0.3.17", "PC-021", "02:00:5e:00:53:15"));
    learn(identity, presence(NINE + HOUR_NS, VERB_LOGON, "10.0.3.17", "tanaka"));
    learn(identity, lease(NINE + 2 * HOUR_NS, "10.0.3.17", "PC-050", "02:00:5e:00:53:32"));
    expect_int(ask(identity, "10.0.3.17", NINE + HOUR_NS + MINUTE_NS).person_count, 1);
    IdentityAnswer answer = ask(identity, "10.0.3.17", NINE + 3 * HOUR_NS);
    expect_int(answer.person_count, 0);
    expect_int(answer.terminal_count, 1);
    expect_text(answer.terminals[0].name, "PC-050");
}

static void released_lease_is_nobodys(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    learn(identity, lease(NINE, "10.0.3.17", "PC-021", "02:00:5e:00:53:15"));
    Record end = lease(NINE + HOUR_NS, "10.0.3.17", "", "02:00:5e:00:53:15");
    end.text[RECORD_AKASHI_DETAIL] = SLICE("lease_released");
    learn(identity, end);
    expect_int(ask(identity, "10.0.3.17", NINE + 2 * HOUR_NS).terminal_count, 0);
    expect_int(ask(identity, "10.0.3.17", NINE + MINUTE_NS).terminals[0].certainty,
               CERTAINTY_OBSERVED);
}

static void persons_come_and_go(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    learn(identity, presence(NINE, VERB_LOGON, "10.0.3.17", "tanaka"));
    learn(identity, presence(NINE, VERB_LOGON, "10.0.3.17", "PC-021$"));
    learn(identity, presence(NINE, VERB_LOGON, "10.0.3.17", "ANONYMOUS LOGON"));
    IdentityAnswer answer = ask(identity, "10.0.3.17", NINE + MINUTE_NS);
    expect_int(answer.person_count, 1);
    expect_int(answer.persons[0].certainty, CERTAINTY_CORRELATED);
    learn(identity, presence(NINE + 5 * HOUR_NS, VERB_LOGON, "10.0.3.17", "suzuki"));
    answer = ask(identity, "10.0.3.17", NINE + 5 * HOUR_NS + 1);
    expect_int(answer.person_count, 2);
    expect_text(answer.persons[0].name, "suzuki");
    expect_int(answer.persons[0].certainty, CERTAINTY_CORRELATED);
    expect_int(answer.persons[1].certainty, CERTAINTY_INFERRED);
    learn(identity, presence(NINE + 6 * HOUR_NS, VERB_LOGOFF, "10.0.3.17", "suzuki"));
    answer = ask(identity, "10.0.3.17", NINE + 7 * HOUR_NS);
    expect_int(answer.person_count, 1);
    expect_text(answer.persons[0].name, "tanaka");
    expect_int(ask(identity, "10.0.3.17", NINE + 30 * HOUR_NS).person_count, 0);
}

static void many_persons_share_an_address(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    static const char *const names[] = {"sato", "ito", "abe", "mori", "oka"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        learn(identity, presence(NINE + (int64_t)i * MINUTE_NS, VERB_LOGON, "10.0.9.9", names[i]));
    }
    IdentityAnswer answer = ask(identity, "10.0.9.9", NINE + 10 * MINUTE_NS);
    expect(answer.shared);
    expect_int(answer.person_count, IDENTITY_CANDIDATES_MAX);
    expect_int(answer.persons[0].certainty, CERTAINTY_INFERRED);
}

static void vpn_is_the_one_who_connected(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    Record begin = presence(NINE, VERB_VPN_CONNECT, "198.51.100.7", "tanaka");
    begin.text[RECORD_AKASHI_OBJECT] = SLICE("10.8.0.5");
    Record end = presence(NINE + HOUR_NS, VERB_VPN_DISCONNECT, "198.51.100.7", "tanaka");
    end.text[RECORD_AKASHI_OBJECT] = SLICE("10.8.0.5");
    learn(identity, begin);
    learn(identity, end);
    IdentityAnswer answer = ask(identity, "10.8.0.5", NINE + MINUTE_NS);
    expect_int(answer.person_count, 1);
    expect_int(answer.persons[0].certainty, CERTAINTY_OBSERVED);
    expect_int(ask(identity, "10.8.0.5", NINE + 2 * HOUR_NS).person_count, 0);
    expect_int(ask(identity, "198.51.100.7", NINE + MINUTE_NS).person_count, 0);
}

static void names_of_strangers_are_not_learnt(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    Record answer = {.time_ns = NINE, .verb = VERB_DNS_QUERY};
    answer.text[RECORD_DESTINATION_DOMAIN] = SLICE("www.example.com");
    answer.text[RECORD_DESTINATION_IP] = SLICE("203.0.113.5");
    learn(identity, answer);
    answer.text[RECORD_DESTINATION_IP] = SLICE("172.32.0.1");
    learn(identity, answer);
    IdentityStats stats;
    identity_stats(identity, &stats);
    expect_int(stats.addresses, 0);
    answer.text[RECORD_DESTINATION_IP] = SLICE("172.31.0.1");
    learn(identity, answer);
    expect_int(ask(identity, "172.31.0.1", NINE).terminal_count, 1);
}

static void record_is_filled_in_as_of_its_own_time(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    CLEANUP(arena_done) Arena arena = arena_make(0);
    learn(identity, lease(NINE, "10.0.3.17", "PC-021", "02:00:5e:00:53:15"));
    learn(identity, presence(NINE + MINUTE_NS, VERB_LOGON, "10.0.3.17", "tanaka"));
    learn(identity, lease(NINE + HOUR_NS, "10.0.3.17", "PC-050", "02:00:5e:00:53:32"));
    Record web = presence(NINE + 2 * MINUTE_NS, VERB_WEB_ACCESS, "10.0.3.17", "");
    web.text[RECORD_AKASHI_DETAIL] = SLICE("account_enabled");
    expect_ok(identity_enrich(identity, &web, &arena));
    expect_text(web.text[RECORD_SOURCE_DOMAIN], "PC-021");
    expect_text(web.text[RECORD_RELATED_USER], "tanaka");
    expect_text(web.text[RECORD_AKASHI_DETAIL], "account_enabled,terminal_by_dhcp,person_by_logon");
    /* What was filled in is not learnt as if a log had said it. */
    web.verb = VERB_LOGON;
    web.time_ns = NINE + 3 * HOUR_NS;
    web.text[RECORD_USER_NAME] = SLICE("mori");
    learn(identity, web);
    IdentityAnswer answer = ask(identity, "10.0.3.17", NINE + 3 * HOUR_NS);
    expect_int(answer.terminal_count, 1);
    expect_text(answer.terminals[0].name, "PC-050");
    Record known = presence(NINE + 2 * MINUTE_NS, VERB_WEB_ACCESS, "10.0.3.17", "suzuki");
    known.text[RECORD_SOURCE_DOMAIN] = SLICE("pc-999");
    expect_ok(identity_enrich(identity, &known, &arena));
    expect_text(known.text[RECORD_SOURCE_DOMAIN], "pc-999");
    expect_int(known.text[RECORD_RELATED_USER].len, 0);
}

/* --- a world whose truth is known ------------------------------------------------------------- */

enum { ADDRESSES = 20, TERMINALS = 40, SPANS = 30, RECORDS_MAX = 8192 };

typedef struct Span { /* of an address: who had it, from when to when */
    int64_t from_ns, to_ns;
    int terminal, person;
} Span;

typedef struct World {
    Span spans[ADDRESSES][SPANS];
    Record records[RECORDS_MAX];
    size_t record_count;
    char addresses[ADDRESSES][32], terminals[TERMINALS][16], macs[TERMINALS][32],
        persons[TERMINALS][16];
} World;

static void world_add(World *world, Record record)
{
    if (world->record_count < RECORDS_MAX) world->records[world->record_count++] = record;
}

static void fill_span(World *world, int address, const Span *span)
{
    const char *at = world->addresses[address], *terminal = world->terminals[span->terminal];
    for (int64_t t = span->from_ns; t < span->to_ns; t += 2 * HOUR_NS) {
        world_add(world, lease(t, at, terminal, world->macs[span->terminal]));
    }
    int64_t arrives = span->from_ns + 10 * MINUTE_NS;
    for (int64_t t = arrives; t < span->to_ns; t += 3 * HOUR_NS) {
        world_add(world, presence(t, VERB_LOGON, at, world->persons[span->person]));
    }
    Record end = lease(span->to_ns, at, terminal, world->macs[span->terminal]);
    end.text[RECORD_AKASHI_DETAIL] = SLICE("lease_expired");
    if (rand() % 2) world_add(world, end);
}

static World *world_make(unsigned seed)
{
    World *world = calloc(1, sizeof *world);
    srand(seed);
    for (int i = 0; i < TERMINALS; i++) {
        snprintf(world->terminals[i], sizeof world->terminals[i], "PC-%03d", i);
        snprintf(world->macs[i], sizeof world->macs[i], "02:00:5e:00:53:%02x", i);
        snprintf(world->persons[i], sizeof world->persons[i], "user%03d", i);
    }
    for (int a = 0; a < ADDRESSES; a++) {
        snprintf(world->addresses[a], sizeof world->addresses[a], "10.1.0.%d", a + 1);
        int64_t at = NINE + rand() % 600 * MINUTE_NS;
        for (int i = 0; i < SPANS; i++) {
            int terminal = rand() % TERMINALS;
            world->spans[a][i] = (Span){.from_ns = at,
                                        .to_ns = at + (1 + rand() % 9) * HOUR_NS,
                                        .terminal = terminal,
                                        .person = terminal};
            fill_span(world, a, &world->spans[a][i]);
            at = world->spans[a][i].to_ns + (5 + rand() % 300) * MINUTE_NS;
        }
    }
    return world;
}

static void shuffle(World *world)
{
    for (size_t i = world->record_count; i > 1; i--) {
        size_t j = (size_t)rand() % i;
        Record other = world->records[j];
        world->records[j] = world->records[i - 1];
        world->records[i - 1] = other;
    }
}

static Identity *learn_all(const World *world)
{
    Identity *identity = identity_new(0, SEED);
    for (size_t i = 0; i < world->record_count; i++)
        learn(identity, world->records[i]);
    return identity;
}

static bool is_same_answer(const IdentityAnswer *a, const IdentityAnswer *b)
{
    bool same = a->terminal_count == b->terminal_count && a->person_count == b->person_count &&
                a->shared == b->shared;
    for (size_t i = 0; same && i < a->terminal_count; i++) {
        same = slice_eq(a->terminals[i].name, b->terminals[i].name) &&
               a->terminals[i].certainty == b->terminals[i].certainty;
    }
    for (size_t i = 0; same && i < a->person_count; i++) {
        same = slice_eq(a->persons[i].name, b->persons[i].name) &&
               a->persons[i].certainty == b->persons[i].certainty;
    }
    return same;
}

typedef struct Score {
    int asked, terminals, persons, wrong_observed;
} Score;

static void score_one(const World *world, const Identity *identity, int address, Score *score)
{
    const Span *span = &world->spans[address][rand() % SPANS];
    int64_t inside = span->to_ns - span->from_ns - 11 * MINUTE_NS;
    int64_t at = span->from_ns + 11 * MINUTE_NS + (int64_t)((double)inside * rand() / RAND_MAX);
    if (at >= span->to_ns) return;
    IdentityAnswer answer = ask(identity, world->addresses[address], at);
    Slice terminal = slice_from_cstr(world->terminals[span->terminal]);
    bool right = answer.terminal_count > 0 && slice_eq(answer.terminals[0].name, terminal);
    score->asked++;
    score->terminals += right;
    if (!right && answer.terminal_count > 0 &&
        answer.terminals[0].certainty == CERTAINTY_OBSERVED) {
        score->wrong_observed++;
    }
    score->persons +=
        answer.person_count > 0 &&
        slice_eq(answer.persons[0].name, slice_from_cstr(world->persons[span->person]));
}

static void known_worlds_are_told_rightly(void)
{
    Score score = {0};
    for (unsigned seed = 1; seed <= 20; seed++) {
        World *world = world_make(seed);
        CLEANUP(done) Identity *identity = learn_all(world);
        for (int i = 0; i < 500; i++)
            score_one(world, identity, rand() % ADDRESSES, &score);
        free(world);
    }
    tap_note("asked %d: terminal right %.2f %%, person right %.2f %%, wrong though observed %d",
             score.asked, 100.0 * score.terminals / score.asked,
             100.0 * score.persons / score.asked, score.wrong_observed);
    expect(score.terminals * 1000L >= score.asked * 995L);
    expect(score.persons * 100L >= score.asked * 99L);
    expect_int(score.wrong_observed, 0);
}

static void order_of_arrival_changes_nothing(void)
{
    for (unsigned seed = 1; seed <= 5; seed++) {
        World *world = world_make(seed);
        CLEANUP(done) Identity *in_order = learn_all(world);
        shuffle(world);
        CLEANUP(done) Identity *shuffled = learn_all(world);
        int differences = 0;
        for (int i = 0; i < 2000; i++) {
            const char *address = world->addresses[rand() % ADDRESSES];
            int64_t at = NINE + rand() % 20000 * MINUTE_NS;
            IdentityAnswer a = ask(in_order, address, at), b = ask(shuffled, address, at);
            differences += !is_same_answer(&a, &b);
        }
        expect_int(differences, 0);
        free(world);
    }
}

/* --- limits ----------------------------------------------------------------------------------- */

static void the_oldest_are_forgotten_and_counted(void)
{
    CLEANUP(done) Identity *identity = identity_new(100, SEED);
    for (int i = 0; i < 1000; i++) {
        learn(identity, lease(NINE + i * HOUR_NS, "10.0.3.17", i % 2 ? "PC-021" : "PC-022", ""));
    }
    IdentityStats stats;
    identity_stats(identity, &stats);
    expect(stats.sightings <= 100);
    expect_int(stats.sightings + stats.forgotten, 1000);
    expect_text(ask(identity, "10.0.3.17", NINE + 1000 * HOUR_NS).terminals[0].name, "PC-021");
}

static void too_many_addresses_are_refused_and_counted(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    for (unsigned i = 0; i < IDENTITY_ADDRESSES_MAX + 10; i++) {
        char address[32];
        snprintf(address, sizeof address, "10.%u.%u.%u", 1 + (i >> 16), i >> 8 & 255, i & 255);
        learn(identity, lease(NINE, address, "PC-021", ""));
    }
    IdentityStats stats;
    identity_stats(identity, &stats);
    expect_int(stats.addresses, IDENTITY_ADDRESSES_MAX);
    expect_int(stats.refused, 10);
}

static void strange_records_do_no_harm(void)
{
    CLEANUP(done) Identity *identity = identity_new(0, SEED);
    static const char *const addresses[] = {"",   "-",         "localhost",     "127.0.0.1", "::1",
                                            "::", "999.1.1.1", "10.0.0.1%eth0", "0.0.0.0"};
    for (size_t i = 0; i < ARRAY_COUNT(addresses); i++) {
        learn(identity, lease(NINE, addresses[i], "PC-021", ""));
        learn(identity, presence(NINE, VERB_LOGON, addresses[i], "tanaka"));
    }
    learn(identity, lease(TIME_UNKNOWN, "10.0.0.1", "PC-021", ""));
    learn(identity, lease(INT64_MAX, "2001:db8::5", "PC-021", ""));
    learn(identity, lease(INT64_MIN + 1, "2001:db8::5", "PC-022", ""));
    IdentityStats stats;
    identity_stats(identity, &stats);
    expect_int(stats.addresses, 0);
    learn(identity, lease(0, "2001:db8::5", "PC-022", ""));
    learn(identity, lease(IDENTITY_TIME_NS_MAX, "2001:db8::5", "PC-021", ""));
    expect_text(ask(identity, "2001:db8::5", INT64_MAX).terminals[0].name, "PC-021");
    expect_text(ask(identity, "2001:db8::5", HOUR_NS).terminals[0].name, "PC-022");
    expect_int(ask(identity, "2001:db8::5", TIME_UNKNOWN).terminal_count, 0);
}

static const TapTest tests[] = {
    TAP_TEST(lease_names_the_terminal),
    TAP_TEST(renewal_makes_it_observed),
    TAP_TEST(another_lease_ends_all_that_was_known),
    TAP_TEST(released_lease_is_nobodys),
    TAP_TEST(persons_come_and_go),
    TAP_TEST(many_persons_share_an_address),
    TAP_TEST(vpn_is_the_one_who_connected),
    TAP_TEST(names_of_strangers_are_not_learnt),
    TAP_TEST(record_is_filled_in_as_of_its_own_time),
    TAP_TEST(known_worlds_are_told_rightly),
    TAP_TEST(order_of_arrival_changes_nothing),
    TAP_TEST(the_oldest_are_forgotten_and_counted),
    TAP_TEST(too_many_addresses_are_refused_and_counted),
    TAP_TEST(strange_records_do_no_harm),
};
TAP_MAIN(tests)
