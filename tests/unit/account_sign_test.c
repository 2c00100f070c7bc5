/* Signing in, sessions, delays, the log that must be written, clocks, restarts, two processes. */
#include "account/account_base.h"
#include "account/account_limit.h"
#include "tests/support/account_kit.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(AccountKit *kit, const SignedIn *session, Arena *arena, AccountSelf *ret)
{
    return account_session_check(kit->accounts, slice_from_cstr(session->session), &kit_desk, arena,
                                 ret);
}

static int alive(AccountKit *kit, const SignedIn *session)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountSelf self;
    return check(kit, session, &arena, &self);
}

/* ---- the first administrator */

static AccountNewUser chief(void)
{
    return (AccountNewUser){.name = SLICE("chief"), .password = SLICE(KIT_PASSWORD)};
}

static int set_up(AccountKit *kit, Slice code, const AccountNewUser *user)
{
    unsigned wait;
    Complaint complaint = {0};
    return account_setup_finish(kit->accounts, code, user, &kit_desk, &wait, &complaint);
}

static void the_first_administrator(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    char first[SETUP_CODE_BYTES], code[SETUP_CODE_BYTES];
    const AccountNewUser user = chief();
    SignedIn session;
    expect_int(account_setup_is_due(kit->accounts), 1);
    expect_int(set_up(kit, SLICE(""), &user), -EACCES); /* before there is a code */
    expect_ok(account_setup_begin(kit->accounts, first));
    expect_ok(account_setup_begin(kit->accounts, code));
    expect_int(set_up(kit, slice_from_cstr(first), &user), -EACCES); /* replaced */
    expect_int(set_up(kit, SLICE("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"), &user), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "wrong_setup_code");
    AccountNewUser weak = user;
    weak.password = SLICE("password1234");
    expect_int(set_up(kit, slice_from_cstr(code), &weak), -EINVAL);
    kit_restart(kit); /* the code outlives the process, as the hash alone */
    expect_ok(set_up(kit, slice_from_cstr(code), &user));
    expect_int(kit_last(kit)->verb, OPERATOR_SETUP);
    expect_int(account_setup_is_due(kit->accounts), 0);
    expect_int(set_up(kit, slice_from_cstr(code), &user), -EEXIST);
    expect_int(account_setup_begin(kit->accounts, code), -EEXIST);
    expect_ok(kit_sign_in(kit, "CHIEF", KIT_PASSWORD, &kit_desk, &session));
    expect_int(session.stage, STAGE_FULL);
}

/* ---- signing in */

static void in_and_out(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    AccountSelf self;
    SignedIn one, two;
    uint64_t id = kit_add_user(kit, "tanaka", ROLE_OPERATOR);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &one));
    expect_int(kit_last(kit)->verb, OPERATOR_SIGN_IN);
    expect(!kit_last(kit)->failed);
    expect_ok(kit_sign_in(kit, "ＴＡＮＡＫＡ", KIT_PASSWORD, &kit_desk, &two));
    expect(strcmp(one.session, two.session) != 0);
    expect_int(strlen(one.session), 43);
    expect_ok(check(kit, &one, &arena, &self));
    expect_int(self.user_id, id);
    expect_text(self.name, "tanaka");
    expect_int(self.permissions, MAY_READ | MAY_ACT | MAY_EXPORT);
    Slice text = slice_from_cstr(one.session);
    expect(account_csrf_is(text, slice_from_cstr(one.csrf)));
    expect(!account_csrf_is(text, slice_from_cstr(two.csrf)));
    expect(!account_csrf_is(text, SLICE("")));
    expect_ok(account_sign_out(kit->accounts, text, &kit_desk));
    expect_int(alive(kit, &one), -EACCES);
    expect_ok(alive(kit, &two));
    expect_int(account_sign_out(kit->accounts, text, &kit_desk), -EACCES);
}

/* What the browser had before ends: a session id that somebody planted is worth nothing. */
static void a_new_id_at_sign_in(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn before, after;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &before));
    const SignIn in = {.name = SLICE("tanaka"),
                       .password = SLICE(KIT_PASSWORD),
                       .client = kit_desk,
                       .previous = slice_from_cstr(before.session)};
    expect_ok(account_sign_in(kit->accounts, &in, &after));
    expect(strcmp(before.session, after.session) != 0);
    expect_int(alive(kit, &before), -EACCES);
    expect_ok(alive(kit, &after));
}

static void refusals_look_alike(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    char long_name[1000];
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    uint64_t gone = kit_add_user(kit, "gone", ROLE_VIEWER);
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    const AccountSelf shell = account_shell(SLICE("root"));
    expect_ok(account_user_disable(kit->accounts, &shell, gone));
    static const struct {
        const char *name, *password, *reason;
    } rows[] = {
        {"tanaka", "wrong kettle 9 sings", "wrong_password"},
        {"nobody", KIT_PASSWORD, "unknown_user"},
        {"gone", KIT_PASSWORD, "disabled"},
        {"", "", "unknown_user"},
        {"tanaka", "", "wrong_password"},
        {"tanaka", "\xff\xfe", "wrong_password"},
        {"\xff", KIT_PASSWORD, "unknown_user"},
        {NULL, KIT_PASSWORD, "unknown_user"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        SignedIn clean = {0};
        const char *name = rows[i].name ? rows[i].name : long_name;
        expect_int(kit_sign_in(kit, name, rows[i].password, &kit_desk, &session), -EACCES);
        expect(memcmp(&session, &clean, sizeof session) == 0); /* nothing to tell them apart by */
        expect_int(kit_last(kit)->verb, OPERATOR_SIGN_IN);
        expect(kit_last(kit)->failed);
        expect_text(slice_from_cstr(kit_last(kit)->reason), rows[i].reason);
    }
}

static void five_failures_then_delays(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    static const char *const names[] = {"tanaka", "nobody"}; /* unknown ones alike */
    for (size_t n = 0; n < ARRAY_COUNT(names); n++) {
        for (unsigned i = 0; i < LIMIT_FREE_FAILURES; i++)
            expect_int(kit_sign_in(kit, names[n], "wrong", &kit_outside, &session), -EACCES);
        expect_int(kit_sign_in(kit, names[n], KIT_PASSWORD, &kit_outside, &session), -EAGAIN);
        expect_int(session.wait_seconds, 1);
        expect_text(slice_from_cstr(kit_last(kit)->reason), "too_many");
        kit_wait(kit, 70 * NS_PER_SECOND);
    }
    for (unsigned i = 0; i < 8; i++) {
        expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_outside, &session), -EACCES);
        kit_wait(kit, 70 * NS_PER_SECOND);
    }
    /* Never longer than a minute, and right is right then. */
    expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_outside, &session), -EACCES);
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session), -EAGAIN);
    expect_int(session.wait_seconds, 60);
    kit_restart(kit); /* does not lift it */
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session), -EAGAIN);
    /* Neither does a clock set back stretch it. */
    kit->now_ns -= (int64_t)86400 * 30 * NS_PER_SECOND;
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session), -EAGAIN);
    expect(session.wait_seconds <= 60);
    kit->now_ns += (int64_t)86400 * 30 * NS_PER_SECOND;
    kit_wait(kit, 60 * NS_PER_SECOND);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session));
    expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_outside, &session), -EACCES);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session));
}

/* Somebody elsewhere fails on purpose; the user at their desk is not kept out. */
static void nobody_is_locked_out_from_outside(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    for (unsigned i = 0; i < 9; i++) {
        expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_outside, &session), -EACCES);
        kit_wait(kit, 61 * NS_PER_SECOND);
    }
    expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_outside, &session), -EACCES);
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session), -EAGAIN);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    /* And the shell lifts the delay outside. */
    CLEANUP(arena_done) Arena arena = {0};
    AccountUser user;
    const AccountSelf shell = account_shell(SLICE("root"));
    expect_ok(account_user_find(kit->accounts, &shell, SLICE("tanaka"), &arena, &user));
    expect_int(user.failed_count, 10);
    expect(user.next_try_ns > kit->now_ns);
    expect_ok(account_user_unlock(kit->accounts, &shell, user.id));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session));
}

static void tries_of_an_address_are_limited_before_the_hash(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    char name[16];
    unsigned refused = 0;
    size_t lines = kit->line_count;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "user%u", i);
        refused += kit_sign_in(kit, name, "guess", &kit_outside, &session) == -EAGAIN;
    }
    expect_int(refused, 100 - LIMIT_BURST);
    expect_int(kit->line_count - lines, LIMIT_BURST + 1); /* one line for all refused so far */
    expect_ok(kit_sign_in(kit, "x", "", &kit_desk, &session) == -EACCES ? 0 : -1);
    kit_wait(kit, LIMIT_LOG_NS);
    expect_ok(account_sweep(kit->accounts));
    expect_text(slice_from_cstr(kit_last(kit)->reason), "too_many");
    expect_text(slice_from_cstr(kit_last(kit)->address), "203.0.113.9");
    expect_int(kit_last(kit)->count, 100 - LIMIT_BURST - 1);
}

/* Counted and not timed (A3): whoever asks, one hash; who is turned away before, none. */
static void one_hash_for_everybody_who_may_try(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    const AccountSelf shell = account_shell(SLICE("root"));
    const AccountNewUser bare = {.name = SLICE("bare")}; /* has no password yet */
    Complaint complaint = {0};
    SignedIn session;
    uint64_t id;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(account_user_disable(kit->accounts, &shell, kit_add_user(kit, "gone", ROLE_VIEWER)));
    expect_ok(account_user_add(kit->accounts, &shell, &bare, &id, &complaint));
    static const char *const rows[][2] = {{"tanaka", KIT_PASSWORD}, {"tanaka", "wrong"},
                                          {"nobody", KIT_PASSWORD}, {"bare", ""},
                                          {"gone", KIT_PASSWORD},   {"", ""},
                                          {"tanaka", "\xff"}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint64_t before = password_gate_hashes(kit->accounts->gate);
        kit_sign_in(kit, rows[i][0], rows[i][1], &kit_desk, &session);
        expect_int(password_gate_hashes(kit->accounts->gate) - before, 1);
    }
    uint64_t before = password_gate_hashes(kit->accounts->gate);
    for (unsigned i = 0; i < 50; i++)
        kit_sign_in(kit, "tanaka", "guess", &kit_outside, &session);
    expect_int(password_gate_hashes(kit->accounts->gate) - before, LIMIT_FREE_FAILURES);
}

/* ---- addresses */

static void set_networks(AccountKit *kit, const char *allowed, const char *trusted)
{
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    AccountSettings settings;
    Complaint complaint = {0};
    expect_ok(account_settings_get(kit->accounts, &arena, &settings));
    settings.allowed_networks = slice_from_cstr(allowed);
    settings.trusted_networks = slice_from_cstr(trusted);
    expect_ok(account_settings_set(kit->accounts, &shell, &settings, &complaint));
}

static void only_from_allowed_addresses(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    AccountSelf self;
    SignedIn inside, session;
    const AccountClient loopback = {.address = SLICE("::1")};
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &inside));
    set_networks(kit, "192.0.2.0/24, 2001:db8::/32", "");
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &session), -EPERM);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "not_allowed_address");
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &loopback, &session));
    /* A session that is carried elsewhere is refused there, and stays good here. */
    Slice text = slice_from_cstr(inside.session);
    expect_int(account_session_check(kit->accounts, text, &kit_outside, &arena, &self), -EPERM);
    expect_ok(alive(kit, &inside));
}

static void trusted_networks_wait_for_nothing(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    set_networks(kit, "", "192.0.2.0/24");
    for (unsigned i = 0; i < 30; i++)
        expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_desk, &session), -EACCES);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
}

static void one_cannot_shut_oneself_out(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    AccountSettings settings;
    Complaint complaint = {0};
    kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    AccountSelf self = kit_self(kit, "chief", &arena, NULL);
    expect_ok(account_settings_get(kit->accounts, &arena, &settings));
    settings.allowed_networks = SLICE("203.0.113.0/24");
    expect_int(account_settings_set(kit->accounts, &self, &settings, &complaint), -EDEADLK);
    expect_text(slice_from_cstr(complaint.id), "account.shut_out");
    settings.allowed_networks = SLICE("192.0.2.0/24 nonsense");
    expect_int(account_settings_set(kit->accounts, &self, &settings, &complaint), -EINVAL);
    settings.allowed_networks = SLICE("");
    settings.idle_minutes = 0;
    expect_int(account_settings_set(kit->accounts, &self, &settings, &complaint), -EINVAL);
    expect(strstr(complaint.en, "idle_minutes") != NULL);
}

/* ---- how long sessions last */

static void idle_and_absolute_ends(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn idle, busy;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &idle));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &busy));
    for (unsigned minutes = 0; minutes < 12 * 60; minutes += 29) {
        expect_ok(alive(kit, &busy));
        kit_wait(kit, (int64_t)29 * 60 * NS_PER_SECOND);
    }
    expect_int(alive(kit, &busy), -EACCES); /* 12 hours, however busy */
    expect_int(alive(kit, &idle), -EACCES);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &idle));
    kit_restart(kit);
    expect_ok(alive(kit, &idle)); /* a restart ends nobody's work */
    kit_wait(kit, (int64_t)30 * 60 * NS_PER_SECOND + NS_PER_SECOND);
    expect_int(alive(kit, &idle), -EACCES);
}

/* A clock that goes back must not make sessions live longer. */
static void the_clock_goes_back(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit->now_ns -= 60 * NS_PER_SECOND; /* corrected a little */
    expect_ok(alive(kit, &session));
    kit->now_ns -= (int64_t)3600 * NS_PER_SECOND;
    expect_int(alive(kit, &session), -EACCES);
    kit->now_ns += (int64_t)3600 * NS_PER_SECOND;
    expect_int(alive(kit, &session), -EACCES); /* and it stays ended */
}

static void too_many_sessions(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn sessions[12];
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    set_networks(kit, "", "192.0.2.0/24");
    for (unsigned i = 0; i < ARRAY_COUNT(sessions); i++) {
        expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &sessions[i]));
        kit_wait(kit, NS_PER_SECOND);
    }
    for (unsigned i = 0; i < ARRAY_COUNT(sessions); i++)
        expect_int(alive(kit, &sessions[i]), i < 2 ? -EACCES : 0);
}

static void sessions_are_listed_and_ended(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    AccountSession *list;
    size_t count;
    SignedIn own, other, suzuki;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    kit_add_user(kit, "suzuki", ROLE_VIEWER);
    kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    AccountSelf self = kit_self(kit, "tanaka", &arena, &own);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &other));
    expect_ok(kit_sign_in(kit, "suzuki", KIT_PASSWORD, &kit_outside, &suzuki));
    expect_ok(account_session_list(kit->accounts, &self, self.user_id, &arena, &list, &count));
    expect_int(count, 2);
    for (size_t i = 0; i < count; i++) {
        expect_text(list[i].user_name, "tanaka");
        expect_int(list[i].is_own, list[i].id == own.session_id);
        expect_int(list[i].ends_ns - list[i].created_ns, (int64_t)12 * 3600 * NS_PER_SECOND);
    }
    expect_int(account_session_list(kit->accounts, &self, 0, &arena, &list, &count), -EPERM);
    expect_int(account_session_end(kit->accounts, &self, suzuki.session_id), -EPERM);
    expect_int(account_session_end(kit->accounts, &self, 999), -ENOENT);
    expect_int(account_session_end_all(kit->accounts, &self, self.user_id), 1);
    expect_int(alive(kit, &other), -EACCES);
    expect_ok(alive(kit, &own));
    AccountSelf boss = kit_self(kit, "chief", &arena, NULL);
    expect_ok(account_session_list(kit->accounts, &boss, 0, &arena, &list, &count));
    expect_int(count, 3);
    expect_ok(account_session_end(kit->accounts, &boss, suzuki.session_id));
    expect_int(alive(kit, &suzuki), -EACCES);
}

/* ---- own password */

static void changing_the_password(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn own, other, fresh;
    Complaint complaint = {0};
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &own));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &other));
    Slice session = slice_from_cstr(own.session);
    expect_int(account_password_change(kit->accounts, session, SLICE("wrong"),
                                       SLICE(KIT_OTHER_PASSWORD), &kit_desk, &fresh, &complaint),
               -EACCES);
    expect_int(account_password_change(kit->accounts, session, SLICE(KIT_PASSWORD),
                                       SLICE("tanaka-2026-tanaka"), &kit_desk, &fresh, &complaint),
               -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "password.context");
    expect_int(account_password_change(kit->accounts, session, SLICE(KIT_PASSWORD),
                                       SLICE(KIT_PASSWORD), &kit_desk, &fresh, &complaint),
               -EINVAL);
    expect_ok(account_password_change(kit->accounts, session, SLICE(KIT_PASSWORD),
                                      SLICE(KIT_OTHER_PASSWORD), &kit_desk, &fresh, &complaint));
    expect_int(alive(kit, &own), -EACCES); /* a new id */
    expect_int(alive(kit, &other), -EACCES);
    expect_ok(alive(kit, &fresh));
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &own), -EACCES);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_OTHER_PASSWORD, &kit_desk, &own));
}

static void a_password_from_others_must_be_changed(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    AccountSelf self;
    SignedIn session, fresh;
    Complaint complaint = {0};
    uint64_t id = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    expect_ok(
        account_password_reset(kit->accounts, &shell, id, SLICE(KIT_OTHER_PASSWORD), &complaint));
    expect_int(alive(kit, &session), -EACCES);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_OTHER_PASSWORD, &kit_desk, &session));
    expect_int(session.stage, STAGE_PASSWORD);
    expect_ok(check(kit, &session, &arena, &self));
    expect_int(self.permissions, 0); /* good for nothing else */
    expect_int(account_may(kit->accounts, &self, MAY_READ, SLICE("search")), -EPERM);
    expect_ok(account_password_change(kit->accounts, slice_from_cstr(session.session),
                                      SLICE(KIT_OTHER_PASSWORD), SLICE(KIT_PASSWORD), &kit_desk,
                                      &fresh, &complaint));
    expect_int(fresh.stage, STAGE_FULL);
}

/* ---- what cannot be logged is not done */

static void refused_when_it_cannot_be_logged(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    SignedIn session, again;
    uint64_t id = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    uint64_t admin = kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    const AccountSelf shell = account_shell(SLICE("root"));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit->log_fails = true;
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &again), ACCOUNT_NOT_LOGGED);
    expect_int(again.session[0], 0);
    expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_desk, &again), ACCOUNT_NOT_LOGGED);
    expect_int(account_user_disable(kit->accounts, &shell, id), ACCOUNT_NOT_LOGGED);
    expect_int(account_user_remove(kit->accounts, &shell, id), ACCOUNT_NOT_LOGGED);
    expect_int(account_sign_out(kit->accounts, slice_from_cstr(session.session), &kit_desk),
               ACCOUNT_NOT_LOGGED);
    const AccountGrant viewer = {.role = ROLE_VIEWER};
    Complaint complaint = {0};
    expect_int(
        account_user_grants(kit->accounts, &shell, id, (AccountGrants){&viewer, 1}, &complaint),
        ACCOUNT_NOT_LOGGED);
    expect_int(account_user_disable(kit->accounts, &shell, admin), ACCOUNT_NOT_LOGGED);
    const OperatorAct search = {.verb = OPERATOR_SEARCH, .detail = SLICE("user:tanaka")};
    expect_int(account_log(kit->accounts, &shell, &search), ACCOUNT_NOT_LOGGED);
    kit->log_fails = false;
    expect_ok(alive(kit, &session)); /* nothing of it was done */
    AccountUser user;
    expect_ok(account_user_get(kit->accounts, &shell, id, &arena, &user));
    expect(!user.disabled);
    expect_int(user.failed_count, 0);
    expect_ok(account_log(kit->accounts, &shell, &search));
    expect_text(slice_from_cstr(kit_last(kit)->detail), "user:tanaka");
    expect_text(slice_from_cstr(kit_last(kit)->user), "root");
}

typedef struct Taken {
    uint64_t last;
    unsigned count, fail_at;
    char line[600];
} Taken;

static int take_line(void *context, uint64_t number, Slice line)
{
    Taken *taken = context;
    if (taken->count == taken->fail_at) return -EIO;
    expect(number > taken->last);
    taken->last = number;
    taken->count++;
    snprintf(taken->line, sizeof taken->line, "%.*s", SLICE_FMT(line));
    return 0;
}

/* Without a log of its own an act and its line are kept together, until the server takes it. */
static void lines_wait_in_the_spool(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    SignedIn session;
    kit->options.log.write = NULL;
    kit_restart(kit);
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    expect_int(kit_sign_in(kit, "tanaka", "wrong", &kit_desk, &session), -EACCES);
    kit_restart(kit);
    Taken taken = {.fail_at = 2};
    expect_int(account_spool_take(kit->accounts, 100, take_line, &taken), 2);
    expect(strstr(taken.line, "akashi.sign_in") != NULL);
    expect_int(account_spool_take(kit->accounts, 100, take_line, &taken), -EIO);
    taken.fail_at = 100;
    expect_int(account_spool_take(kit->accounts, 100, take_line, &taken), 1);
    expect(strstr(taken.line, "wrong_password") != NULL);
    expect_int(account_spool_take(kit->accounts, 100, take_line, &taken), 0);
}

static int no_random(void *state, void *to, size_t bytes)
{
    (void)state;
    (void)to;
    (void)bytes;
    return -EIO;
}

/* Nothing is made of what is not random. */
static void without_randomness_nothing_is_made(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    const AccountNewUser user = {.name = SLICE("fresh"), .password = SLICE(KIT_PASSWORD)};
    const NewToken token = {
        .label = SLICE("x"), .permissions = MAY_READ, .expires_ns = KIT_NOW_NS + NS_PER_SECOND};
    char code[SETUP_CODE_BYTES] = "", text[TOKEN_TEXT_BYTES] = "";
    SignedIn session, again;
    Complaint complaint = {0};
    FactorOffer offer;
    uint64_t id, owner = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    AccountSelf self = kit_self(kit, "tanaka", &arena, &session);
    kit->os.random = no_random;
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &again), -EIO);
    expect_int(again.session[0], 0);
    expect_int(account_setup_begin(kit->accounts, code), -EIO);
    expect_int(account_user_add(kit->accounts, &shell, &user, &id, &complaint), -EIO);
    expect_int(account_token_add(kit->accounts, &shell, owner, &token, text, &id, &complaint),
               -EIO);
    expect_int(account_factor_begin(kit->accounts, &self, &arena, &offer), -EIO);
    expect_int(code[0] + text[0], 0);
    kit->os.random = os_real.random;
    expect_ok(alive(kit, &session));
    expect_ok(account_user_add(kit->accounts, &shell, &user, &id, &complaint));
}

/* ---- the file */

static void the_file_and_what_is_in_it(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    char path[600];
    struct stat info;
    SignedIn session;
    Slice bytes;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    accounts_close(kit->accounts);
    kit->accounts = NULL;
    snprintf(path, sizeof path, "%s/accounts.db", kit->folder);
    expect_int(stat(path, &info), 0);
    expect_int(info.st_mode & 0777, 0600);
    expect_ok(os_read_file(&os_real, path, 10 << 20, &arena, &bytes));
    expect(slice_find(bytes, SLICE("tanaka")) != SLICE_NOT_FOUND);
    expect(slice_find(bytes, SLICE(KIT_PASSWORD)) == SLICE_NOT_FOUND);
    expect(slice_find(bytes, slice_from_cstr(session.session)) == SLICE_NOT_FOUND);
    kit_restart(kit);
}

static void a_damaged_file_is_said(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    char path[600];
    Complaint complaint = {0};
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "user%u", i);
        kit_add_user(kit, name, ROLE_VIEWER);
    }
    accounts_close(kit->accounts);
    kit->accounts = NULL;
    snprintf(path, sizeof path, "%s/accounts.db", kit->folder);
    FILE *file = fopen(path, "r+");
    if (!expect(file != NULL)) return;
    for (long at = 4096; at < 4096 * 6; at += 64) {
        fseek(file, at, SEEK_SET);
        fputs("damage damage damage", file);
    }
    fclose(file);
    int r = accounts_open(&kit->options, &kit->accounts);
    expect_int(r, -EBADMSG);
    account_explain(r, kit->folder, &complaint);
    expect_text(slice_from_cstr(complaint.id), "account.damaged");
    expect(strstr(complaint.en, "restore") != NULL);
    expect(strstr(complaint.ja, "壊れて") != NULL);
    file = fopen(path, "w");
    if (!expect(file != NULL)) return;
    fputs("this is not what it should be, and it is long enough to be looked at as a file of it\n",
          file);
    for (int i = 0; i < 100; i++)
        fputs("this is not what it should be, and it is long enough\n", file);
    fclose(file);
    expect_int(accounts_open(&kit->options, &kit->accounts), -EBADMSG);
    unlink(path);
    kit_restart(kit);
    expect_int(account_setup_is_due(kit->accounts), 1);
}

/* Beside those who use it; a restored copy signs nobody in by itself. */
static void a_copy_for_backups(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(kit_done) AccountKit *restored = kit_open();
    char path[600];
    struct stat info;
    SignedIn session, again;
    expect_int(accounts_copy(&os_real, "/nowhere", "/nowhere/copy"), -ENOENT);
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    accounts_close(restored->accounts);
    restored->accounts = NULL;
    snprintf(path, sizeof path, "%s/accounts.db", restored->folder);
    expect_ok(accounts_copy(&os_real, kit->folder, path));
    expect_int(stat(path, &info), 0);
    expect_int(info.st_mode & 0777, 0600);
    kit_restart(restored);
    expect_int(alive(restored, &session), -EACCES);
    expect_ok(kit_sign_in(restored, "tanaka", KIT_PASSWORD, &kit_desk, &again));
    expect_ok(alive(kit, &session));
}

/* Those who are signed in go on, to make room; nothing else is changed by halves. */
static void a_full_disk(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    const AccountSelf shell = account_shell(SLICE("root"));
    SignedIn session, again;
    Complaint complaint = {0};
    AccountNewUser user = {.mail = SLICE("x@example.com")};
    char name[16];
    uint64_t id;
    int r = 0;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    /* The file may grow no further: SQLite says what it says of a full disk. */
    expect_int(
        sqlite3_exec(kit->accounts->database.link, "PRAGMA max_page_count = 1", NULL, NULL, NULL),
        0);
    for (unsigned i = 0; i < 500 && r == 0; i++) {
        snprintf(name, sizeof name, "user%u", i);
        user.name = slice_from_cstr(name);
        r = account_user_add(kit->accounts, &shell, &user, &id, &complaint);
    }
    expect_int(r, -ENOSPC);
    size_t lines = kit->line_count;
    expect_int(account_user_add(kit->accounts, &shell, &user, &id, &complaint), -ENOSPC);
    expect_int(kit->line_count, lines); /* nothing was done, so nothing is said to be */
    expect_ok(alive(kit, &session));
    kit_wait(kit, 2 * SESSION_SEEN_NS);
    expect_ok(alive(kit, &session));
    account_explain(-ENOSPC, kit->folder, &complaint);
    expect(strstr(complaint.en, "full") != NULL);
    expect_int(sqlite3_exec(kit->accounts->database.link, "PRAGMA max_page_count = 100000", NULL,
                            NULL, NULL),
               0);
    expect_ok(account_user_add(kit->accounts, &shell, &user, &id, &complaint));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &again));
}

/* The command beside the server: what one does the other sees at once. */
static void two_processes_on_one_file(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(accounts_done) Accounts *other = NULL;
    const AccountSelf shell = account_shell(SLICE("root"));
    SignedIn session;
    uint64_t id = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    kit_add_user(kit, "suzuki", ROLE_VIEWER);
    expect_ok(accounts_open(&kit->options, &other));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    expect_ok(account_user_disable(other, &shell, id));
    expect_int(alive(kit, &session), -EACCES);
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session), -EACCES);
    expect_int(account_user_disable(kit->accounts, &shell, id), -EALREADY);
    expect_ok(account_user_enable(kit->accounts, &shell, id));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
}

/* ---- sensitive acts */

static void an_old_proof_must_be_renewed(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    SignedIn session, proved;
    AccountSelf self;
    uint64_t tanaka = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    self = kit_self(kit, "chief", &arena, &session);
    expect_ok(account_user_disable(kit->accounts, &self, tanaka));
    kit_wait(kit, ACCOUNT_PROOF_NS + NS_PER_SECOND);
    expect_int(account_user_enable(kit->accounts, &self, tanaka), -EKEYEXPIRED);
    expect_int(account_session_end_all(kit->accounts, &self, self.user_id), -EKEYEXPIRED);
    expect_int(account_recovery_renew(kit->accounts, &self, NULL), -EKEYEXPIRED);
    expect_int(account_factor_remove(kit->accounts, &self, self.user_id), -EKEYEXPIRED);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "no_proof");
    Slice text = slice_from_cstr(session.session);
    expect_int(account_prove(kit->accounts, text, SLICE("wrong"), SLICE(""), &kit_desk, &proved),
               -EACCES);
    expect_ok(
        account_prove(kit->accounts, text, SLICE(KIT_PASSWORD), SLICE(""), &kit_desk, &proved));
    expect_int(alive(kit, &session), -EACCES); /* a new id */
    expect_ok(check(kit, &proved, &arena, &self));
    expect_ok(account_user_enable(kit->accounts, &self, tanaka));
}

static const TapTest tests[] = {
    TAP_TEST(the_first_administrator),
    TAP_TEST(in_and_out),
    TAP_TEST(a_new_id_at_sign_in),
    TAP_TEST(refusals_look_alike),
    TAP_TEST(five_failures_then_delays),
    TAP_TEST(nobody_is_locked_out_from_outside),
    TAP_TEST(tries_of_an_address_are_limited_before_the_hash),
    TAP_TEST(one_hash_for_everybody_who_may_try),
    TAP_TEST(only_from_allowed_addresses),
    TAP_TEST(trusted_networks_wait_for_nothing),
    TAP_TEST(one_cannot_shut_oneself_out),
    TAP_TEST(idle_and_absolute_ends),
    TAP_TEST(the_clock_goes_back),
    TAP_TEST(too_many_sessions),
    TAP_TEST(sessions_are_listed_and_ended),
    TAP_TEST(changing_the_password),
    TAP_TEST(a_password_from_others_must_be_changed),
    TAP_TEST(refused_when_it_cannot_be_logged),
    TAP_TEST(lines_wait_in_the_spool),
    TAP_TEST(without_randomness_nothing_is_made),
    TAP_TEST(the_file_and_what_is_in_it),
    TAP_TEST(a_damaged_file_is_said),
    TAP_TEST(a_copy_for_backups),
    TAP_TEST(a_full_disk),
    TAP_TEST(two_processes_on_one_file),
    TAP_TEST(an_old_proof_must_be_renewed),
};
TAP_MAIN(tests)
