/* Users and grants, the second factor, tokens: who may change what, and what is worth how long. */
#include "account/account_limit.h"
#include "account/account_otp.h"
#include "tests/support/account_kit.h"
#include "tests/support/tap.h"

#include <pthread.h>
#include <stdio.h>

#define NS_PER_DAY ((int64_t)86400 * NS_PER_SECOND)

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

static int code_in(AccountKit *kit, const SignedIn *session, const char *code, SignedIn *ret)
{
    return account_sign_in_code(kit->accounts, slice_from_cstr(session->session),
                                slice_from_cstr(code), &kit_desk, ret);
}

/* ---- users */

static int add_named(AccountKit *kit, const char *name, Complaint *complaint)
{
    const AccountSelf shell = account_shell(SLICE("root"));
    const AccountNewUser user = {.name = slice_from_cstr(name)};
    uint64_t id;
    return account_user_add(kit->accounts, &shell, &user, &id, complaint);
}

static void names_of_users(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    Complaint complaint = {0};
    static const char *const right[] = {"tanaka", "田中.太郎", "a_b-c@example.com", "José"};
    static const char *const taken[] = {"TANAKA", "ｔａｎａｋａ", "jose\xcc\x81"};
    static const char *const wrong[] = {
        "", "a b", "a\"", "<b>", "a\n", "\xe2\x80\xae" /* RIGHT-TO-LEFT OVERRIDE */, "a/b"};
    for (size_t i = 0; i < ARRAY_COUNT(right); i++)
        expect_ok(add_named(kit, right[i], &complaint));
    for (size_t i = 0; i < ARRAY_COUNT(taken); i++)
        expect_int(add_named(kit, taken[i], &complaint), -EEXIST);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(add_named(kit, wrong[i], &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "account.name");
}

static void users_are_listed(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    AccountUser *users;
    size_t count;
    kit_add_user(kit, "b", ROLE_VIEWER);
    kit_add_user(kit, "a", ROLE_AUDITOR);
    kit_add_user(kit, "c", ROLE_ADMINISTRATOR);
    expect_ok(account_user_list(kit->accounts, &shell, SLICE(""), 2, &arena, &users, &count));
    expect_int(count, 2);
    expect_text(users[0].name, "a");
    expect_int(users[0].grants.items[0].role, ROLE_AUDITOR);
    expect_ok(account_user_list(kit->accounts, &shell, users[1].name, 2, &arena, &users, &count));
    expect_int(count, 1);
    expect_text(users[0].name, "c");
    AccountSelf self = kit_self(kit, "b", &arena, NULL);
    expect_int(account_user_list(kit->accounts, &self, SLICE(""), 9, &arena, &users, &count),
               -EPERM);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "no_permission");
    AccountUser own;
    expect_ok(account_user_get(kit->accounts, &self, self.user_id, &arena, &own));
    expect_int(account_user_get(kit->accounts, &self, self.user_id + 1, &arena, &own), -EPERM);
}

/* Whoever may not manage may do none of it; each refusal is in the log. */
static void only_administrators_manage(void)
{
    static const AccountRole roles[] = {ROLE_VIEWER, ROLE_OPERATOR, ROLE_AUDITOR};
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    AccountSettings settings;
    uint64_t victim = kit_add_user(kit, "victim", ROLE_VIEWER), id;
    const AccountGrant all = {.role = ROLE_ADMINISTRATOR};
    const AccountGrants grants = {&all, 1};
    const AccountNewUser fresh = {.name = SLICE("fresh"), .grants = grants};
    const NewToken token = {
        .label = SLICE("x"), .permissions = MAY_READ, .expires_ns = KIT_NOW_NS + NS_PER_DAY};
    char text[TOKEN_TEXT_BYTES];
    Slice mail = SLICE("x@example.com");
    expect_ok(account_settings_get(kit->accounts, &arena, &settings));
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        char name[16];
        snprintf(name, sizeof name, "user%zu", i);
        kit_add_user(kit, name, roles[i]);
        const AccountSelf self = kit_self(kit, name, &arena, NULL);
        Accounts *to = kit->accounts;
        size_t lines = kit->line_count;
        expect_int(account_user_add(to, &self, &fresh, &id, &complaint), -EPERM);
        expect_int(account_user_change(to, &self, victim, NULL, &mail, &complaint), -EPERM);
        expect_int(account_user_grants(to, &self, self.user_id, grants, &complaint), -EPERM);
        expect_int(account_user_disable(to, &self, victim), -EPERM);
        expect_int(account_user_enable(to, &self, victim), -EPERM);
        expect_int(account_user_remove(to, &self, victim), -EPERM);
        expect_int(account_user_unlock(to, &self, victim), -EPERM);
        expect_int(account_password_reset(to, &self, victim, SLICE(KIT_OTHER_PASSWORD), &complaint),
                   -EPERM);
        expect_int(account_factor_remove(to, &self, victim), -EPERM);
        expect_int(account_session_end_all(to, &self, victim), -EPERM);
        expect_int(account_settings_set(to, &self, &settings, &complaint), -EPERM);
        expect_int(account_token_add(to, &self, victim, &token, text, &id, &complaint), -EPERM);
        expect_int(kit->line_count - lines, 12);
        for (size_t line = lines; line < kit->line_count; line++) {
            expect(kit->lines[line].failed);
            expect_text(slice_from_cstr(kit->lines[line].reason), "no_permission");
        }
    }
}

static void the_last_administrator_stays(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    const AccountSelf shell = account_shell(SLICE("root"));
    const AccountGrant viewer = {.role = ROLE_VIEWER};
    const AccountGrants less = {&viewer, 1};
    Complaint complaint = {0};
    uint64_t chief = kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    expect_int(account_user_disable(kit->accounts, &shell, chief), -EDEADLK);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "last_administrator");
    expect_int(account_user_remove(kit->accounts, &shell, chief), -EDEADLK);
    expect_int(account_user_grants(kit->accounts, &shell, chief, less, &complaint), -EDEADLK);
    uint64_t second = kit_add_user(kit, "second", ROLE_ADMINISTRATOR);
    expect_ok(account_user_disable(kit->accounts, &shell, chief));
    expect_int(account_user_disable(kit->accounts, &shell, second), -EDEADLK);
    expect_ok(account_user_enable(kit->accounts, &shell, chief));
    expect_ok(account_user_grants(kit->accounts, &shell, second, less, &complaint));
    expect_ok(account_user_remove(kit->accounts, &shell, second));
    expect_int(account_user_remove(kit->accounts, &shell, second), -ENOENT);
}

/* Rights that change take effect at the next request, and the session takes a new id. */
static void rights_change_at_once(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    const AccountGrant viewer = {.role = ROLE_VIEWER};
    AccountSelf self;
    SignedIn session, renewed;
    Complaint complaint = {0};
    uint64_t id = kit_add_user(kit, "tanaka", ROLE_ADMINISTRATOR);
    kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    expect_ok(
        account_user_grants(kit->accounts, &shell, id, (AccountGrants){&viewer, 1}, &complaint));
    expect_int(check(kit, &session, &arena, &self), SESSION_RENEW);
    expect_int(self.permissions, MAY_READ);
    expect_ok(account_session_renew(kit->accounts, slice_from_cstr(session.session), &kit_desk,
                                    &renewed));
    expect_int(alive(kit, &session), -EACCES);
    expect_int(check(kit, &renewed, &arena, &self), 0);
    expect_ok(account_user_disable(kit->accounts, &shell, id));
    expect_int(alive(kit, &renewed), -EACCES);
}

static void scopes_of_people(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf filter = {0};
    const Slice nas = SLICE("nas*");
    const AccountGrant part = {.role = ROLE_OPERATOR, .sources = &nas, .source_count = 1};
    const AccountSelf shell = account_shell(SLICE("root"));
    Complaint complaint = {0};
    uint64_t id = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(
        account_user_grants(kit->accounts, &shell, id, (AccountGrants){&part, 1}, &complaint));
    AccountSelf self = kit_self(kit, "tanaka", &arena, NULL);
    expect_int(account_scope(&self, MAY_READ, &filter), 0);
    expect_text(buf_slice(&filter), "((akashi.source:~\"^(nas.*)$\"))");
    expect(account_may_with(&self, MAY_ACT, SLICE("nas1"), SLICE("")));
    expect(!account_may_with(&self, MAY_ACT, SLICE("fw"), SLICE("")));
    buf_clear(&filter);
    expect_int(account_scope(&self, MAY_DELETE, &filter), -EACCES);
    expect_int(account_scope(&shell, MAY_READ, &filter), 1);
    expect_int(filter.len, 0);
}

static void preferences_are_ones_own(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    char large[PREFERENCES_BYTES_MAX + 1] = {0};
    SignedIn session;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    AccountSelf self = kit_self(kit, "tanaka", &arena, &session);
    expect_ok(account_preferences_set(kit->accounts, &self, SLICE("{\"lang\":\"ja\"}")));
    expect_ok(check(kit, &session, &arena, &self));
    expect_text(self.preferences, "{\"lang\":\"ja\"}");
    expect_int(account_preferences_set(kit->accounts, &self, slice_of(large, sizeof large)),
               -E2BIG);
}

/* ---- second factor */

static void enrolled_and_asked_for(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session, other, half, full;
    char code[7];
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_outside, &other));
    SignedIn before = session;
    kit_enrol(kit, &session, seed, &codes);
    expect_int(alive(kit, &before), -EACCES);
    expect_int(alive(kit, &other), -EACCES);
    expect_ok(alive(kit, &session));
    /* The code of the enrolment is used up. */
    kit_code(kit, seed, 0, code);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_int(half.stage, STAGE_CODE);
    expect_int(code_in(kit, &half, code, &full), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "used_code");
    kit_wait(kit, 30 * NS_PER_SECOND);
    kit_code(kit, seed, 0, code);
    expect_ok(code_in(kit, &half, code, &full));
    expect_int(full.stage, STAGE_FULL);
    expect_int(alive(kit, &half), -EACCES); /* a new id */
    expect_int(code_in(kit, &full, code, &half), -EACCES);
}

/* A half session is good for nothing but the code, and not for long. */
static void half_a_sign_in(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session, half, full;
    AccountSelf self;
    Complaint complaint = {0};
    char code[7];
    kit_add_user(kit, "tanaka", ROLE_ADMINISTRATOR);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit_enrol(kit, &session, seed, &codes);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_ok(check(kit, &half, &arena, &self));
    expect_int(self.stage, STAGE_CODE);
    expect_int(self.permissions, 0);
    Slice text = slice_from_cstr(half.session);
    expect_int(account_password_change(kit->accounts, text, SLICE(KIT_PASSWORD),
                                       SLICE(KIT_OTHER_PASSWORD), &kit_desk, &full, &complaint),
               -EACCES);
    expect_int(account_prove(kit->accounts, text, SLICE(KIT_PASSWORD), SLICE(""), &kit_desk, &full),
               -EACCES);
    FactorOffer offer;
    expect_int(account_factor_begin(kit->accounts, &self, &arena, &offer), -EPERM);
    expect_int(account_factor_remove(kit->accounts, &self, self.user_id), -EPERM);
    AccountUser own;
    AccountSession *sessions;
    size_t count;
    expect_int(account_user_get(kit->accounts, &self, self.user_id, &arena, &own), -EPERM);
    expect_int(account_session_list(kit->accounts, &self, self.user_id, &arena, &sessions, &count),
               -EPERM);
    expect_int(account_session_end_all(kit->accounts, &self, self.user_id), -EPERM);
    expect_int(account_preferences_set(kit->accounts, &self, SLICE("{}")), -EPERM);
    kit_wait(kit, STAGE_NS + NS_PER_SECOND);
    kit_code(kit, seed, 0, code);
    expect_int(code_in(kit, &half, code, &full), -EACCES);
}

static void five_wrong_codes_end_it(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session, half, full;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit_enrol(kit, &session, seed, &codes);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    for (unsigned i = 0; i + 1 < STAGE_CODE_TRIES; i++)
        expect_int(code_in(kit, &half, "000000", &full), -EACCES);
    expect_int(code_in(kit, &half, "000000", &full), -EKEYREVOKED);
    expect_int(code_in(kit, &half, "000000", &full), -EACCES);
    /* Wrong codes count as failures: a right password does not wipe them out. */
    kit_wait(kit, NS_PER_SECOND * 2);
    for (unsigned i = 0; i < 3; i++)
        kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half);
    expect_int(half.stage, STAGE_CODE);
    expect_int(code_in(kit, &half, "000000", &full), -EACCES);
    expect_int(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half), -EAGAIN);
}

/* Also after a restart, also when the clock went back to the time of the code. */
static void a_code_is_good_once(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session, half, full;
    char code[7];
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit_enrol(kit, &session, seed, &codes);
    kit_wait(kit, 90 * NS_PER_SECOND);
    kit_code(kit, seed, 1, code); /* their clock is ahead by a step */
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_ok(code_in(kit, &half, code, &full));
    kit_restart(kit);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_int(code_in(kit, &half, code, &full), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "used_code");
    int64_t then = kit->now_ns;
    kit_wait(kit, NS_PER_DAY);
    kit_code(kit, seed, 0, code);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_ok(code_in(kit, &half, code, &full));
    kit->now_ns = then;
    kit_code(kit, seed, 1, code);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_int(code_in(kit, &half, code, &full), -EACCES);
    /* And codes that a clock ahead had used do not keep the user out now. */
    kit_code(kit, seed, -1, code);
    expect_ok(code_in(kit, &half, code, &full));
}

typedef struct Racer {
    AccountKit *kit;
    SignedIn half;
    const char *code;
    int result;
} Racer;

static void *race(void *context)
{
    Racer *racer = context;
    SignedIn full;
    racer->result = code_in(racer->kit, &racer->half, racer->code, &full);
    return NULL;
}

/* Many at once with one code: one comes in. */
static void a_code_is_good_once_at_the_same_time(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session;
    Racer racers[4];
    pthread_t threads[ARRAY_COUNT(racers)];
    char code[7];
    unsigned in = 0;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit_enrol(kit, &session, seed, &codes);
    kit_wait(kit, 60 * NS_PER_SECOND);
    kit_code(kit, seed, 0, code);
    for (size_t i = 0; i < ARRAY_COUNT(racers); i++) {
        racers[i] = (Racer){.kit = kit, .code = i % 2 ? code : codes.text[0]};
        expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &racers[i].half));
    }
    for (size_t i = 0; i < ARRAY_COUNT(racers); i++)
        expect_int(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    for (size_t i = 0; i < ARRAY_COUNT(racers); i++) {
        pthread_join(threads[i], NULL);
        in += racers[i].result == 0;
    }
    expect_int(in, 2); /* once by the code, once by the recovery code */
}

static void recovery_codes_are_good_once(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    uint8_t seed[20];
    RecoveryCodes codes, fresh;
    SignedIn session, half, full;
    AccountSelf self;
    AccountUser user;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit_enrol(kit, &session, seed, &codes);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_ok(code_in(kit, &half, codes.text[3], &full));
    expect_ok(check(kit, &full, &arena, &self));
    expect_ok(account_user_get(kit->accounts, &self, self.user_id, &arena, &user));
    expect(user.has_factor);
    expect_int(user.recovery_left, 9);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_int(code_in(kit, &half, codes.text[3], &session), -EACCES);
    expect_ok(account_recovery_renew(kit->accounts, &self, &fresh));
    expect_int(code_in(kit, &half, codes.text[4], &session), -EACCES);
    expect_ok(code_in(kit, &half, fresh.text[4], &session));
}

/* The file with another key, as after a restore without side.key: codes fail, recovery codes do
 * not. */
static void seeds_under_another_key(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session, half, full;
    char code[7];
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    kit_enrol(kit, &session, seed, &codes);
    kit_wait(kit, 60 * NS_PER_SECOND);
    kit_code(kit, seed, 0, code);
    kit->options.cipher = &kit_other_cipher;
    kit_restart(kit);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &half));
    expect_int(code_in(kit, &half, code, &full), -EBADMSG);
    expect_ok(code_in(kit, &half, codes.text[0], &full));
}

static void roles_that_need_a_factor(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    uint8_t seed[20];
    RecoveryCodes codes;
    SignedIn session;
    AccountSelf self;
    uint64_t id = kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    expect_ok(kit_sign_in(kit, "chief", KIT_PASSWORD, &kit_desk, &session));
    expect_int(session.stage, STAGE_FULL);
    kit_set_factor_roles(kit, 1u << ROLE_ADMINISTRATOR);
    expect_ok(check(kit, &session, &arena, &self)); /* at once, not at the next sign-in */
    expect_int(self.stage, STAGE_ENROL);
    expect_int(self.permissions, 0);
    kit_enrol(kit, &session, seed, &codes);
    expect_int(session.stage, STAGE_FULL);
    expect_ok(kit_sign_in(kit, "tanaka", KIT_PASSWORD, &kit_desk, &session));
    expect_int(session.stage, STAGE_FULL);
    const AccountSelf shell = account_shell(SLICE("root"));
    expect_ok(account_factor_remove(kit->accounts, &shell, id));
    expect_int(account_factor_remove(kit->accounts, &shell, id), -ENOENT);
    expect_ok(kit_sign_in(kit, "chief", KIT_PASSWORD, &kit_desk, &session));
    expect_int(session.stage, STAGE_ENROL);
}

static void enrolling_ends_by_itself(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    FactorOffer offer;
    RecoveryCodes codes;
    SignedIn session, made;
    kit_add_user(kit, "tanaka", ROLE_VIEWER);
    AccountSelf self = kit_self(kit, "tanaka", &arena, &session);
    Slice text = slice_from_cstr(session.session);
    expect_int(
        account_factor_confirm(kit->accounts, text, SLICE("000000"), &kit_desk, &codes, &made),
        -ENOENT);
    expect_ok(account_factor_begin(kit->accounts, &self, &arena, &offer));
    for (int i = 0; i < 5; i++)
        expect_int(
            account_factor_confirm(kit->accounts, text, SLICE("000000"), &kit_desk, &codes, &made),
            -EACCES);
    expect_int(
        account_factor_confirm(kit->accounts, text, SLICE("000000"), &kit_desk, &codes, &made),
        -ENOENT);
    expect_ok(account_factor_begin(kit->accounts, &self, &arena, &offer));
    kit_wait(kit, FACTOR_PENDING_NS + NS_PER_SECOND);
    expect_int(
        account_factor_confirm(kit->accounts, text, SLICE("000000"), &kit_desk, &codes, &made),
        -ENOENT);
    expect_int(account_factor_begin(kit->accounts, &self, &arena, &offer), -EKEYEXPIRED);
}

/* ---- tokens */

static int add_token(AccountKit *kit, const AccountSelf *by, uint64_t owner, unsigned permissions,
                     char text[TOKEN_TEXT_BYTES], uint64_t *ret_id)
{
    const NewToken token = {.label = SLICE("backup job"),
                            .permissions = permissions,
                            .expires_ns = kit->now_ns + 30 * NS_PER_DAY};
    Complaint complaint = {0};
    return account_token_add(kit->accounts, by, owner, &token, text, ret_id, &complaint);
}

static int token_self(AccountKit *kit, const char *text, const AccountClient *client, Arena *arena,
                      AccountSelf *ret)
{
    return account_token_check(kit->accounts, slice_from_cstr(text), client, arena, ret);
}

static void tokens_and_their_end(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    char text[TOKEN_TEXT_BYTES], wrong[TOKEN_TEXT_BYTES];
    AccountSelf self;
    AccountToken *list;
    size_t count;
    uint64_t id, other;
    kit_add_user(kit, "tanaka", ROLE_OPERATOR);
    AccountSelf owner = kit_self(kit, "tanaka", &arena, NULL);
    expect_ok(add_token(kit, &owner, owner.user_id, MAY_READ | MAY_DELETE, text, &id));
    expect_int(kit_last(kit)->verb, OPERATOR_TOKEN_ADD);
    expect_text(slice_from_cstr(kit_last(kit)->detail), "backup job read delete");
    expect_ok(token_self(kit, text, &kit_desk, &arena, &self));
    expect_int(kit_last(kit)->verb, OPERATOR_TOKEN_USE); /* the first use from there */
    expect_int(self.permissions, MAY_READ);              /* no more than the owner may */
    expect_int(self.via, VIA_TOKEN);
    size_t lines = kit->line_count;
    expect_ok(token_self(kit, text, &kit_desk, &arena, &self));
    expect_int(kit->line_count, lines);
    expect_ok(token_self(kit, text, &kit_outside, &arena, &self));
    expect_int(kit->line_count, lines + 1);
    for (int i = 0; i < 10; i++) { /* two forwarders with one token: known by now */
        expect_ok(token_self(kit, text, i % 2 ? &kit_desk : &kit_outside, &arena, &self));
        expect_int(kit->line_count, lines + 1);
    }
    expect_ok(account_token_list(kit->accounts, &owner, owner.user_id, &arena, &list, &count));
    expect_int(count, 1);
    expect_slice(list[0].hint, slice_skip(slice_from_cstr(text), 45));
    expect_text(list[0].used_address, "203.0.113.9");
    expect_int(list[0].used_ns, kit->now_ns);
    memcpy(wrong, text, sizeof wrong);
    wrong[10] = wrong[10] == 'a' ? 'b' : 'a';
    expect_int(token_self(kit, wrong, &kit_desk, &arena, &self), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "unknown_token");
    /* A token makes no token, and changes nobody. */
    expect_ok(token_self(kit, text, &kit_desk, &arena, &self));
    expect_int(add_token(kit, &self, owner.user_id, MAY_READ, wrong, &other), -EPERM);
    FactorOffer offer;
    expect_int(account_factor_begin(kit->accounts, &self, &arena, &offer), -EPERM);
    kit_wait(kit, 31 * NS_PER_DAY);
    expect_int(token_self(kit, text, &kit_desk, &arena, &self), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "expired");
    kit_wait(kit, 30 * NS_PER_DAY);
    expect_ok(account_sweep(kit->accounts));
    expect_int(token_self(kit, text, &kit_desk, &arena, &self), -EACCES);
    expect_text(slice_from_cstr(kit_last(kit)->reason), "unknown_token");
}

static void tokens_end_with_their_owner(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    char text[TOKEN_TEXT_BYTES];
    AccountSelf self;
    uint64_t id, owner = kit_add_user(kit, "tanaka", ROLE_OPERATOR);
    expect_ok(add_token(kit, &shell, owner, MAY_READ | MAY_INGEST, text, &id));
    expect_ok(token_self(kit, text, &kit_desk, &arena, &self));
    expect_int(self.permissions, MAY_READ | MAY_INGEST);
    expect_ok(account_user_disable(kit->accounts, &shell, owner));
    expect_int(token_self(kit, text, &kit_desk, &arena, &self), -EACCES);
    expect_ok(account_user_enable(kit->accounts, &shell, owner));
    expect_ok(token_self(kit, text, &kit_desk, &arena, &self));
    expect_ok(account_token_revoke(kit->accounts, &shell, id));
    expect_int(account_token_revoke(kit->accounts, &shell, id), -ENOENT);
    expect_int(token_self(kit, text, &kit_desk, &arena, &self), -EACCES);
}

static void tokens_narrow_their_owner(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf filter = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    const Slice fw = SLICE("fw-1");
    const AccountGrant only_fw = {.role = ROLE_VIEWER, .sources = &fw, .source_count = 1};
    const NewToken token = {.label = SLICE("fw"),
                            .permissions = PERMISSIONS_ALL & ~(unsigned)MAY_INGEST,
                            .grants = {&only_fw, 1},
                            .expires_ns = kit->now_ns + NS_PER_DAY};
    char text[TOKEN_TEXT_BYTES];
    AccountSelf self;
    Complaint complaint = {0};
    uint64_t id, owner = kit_add_user(kit, "chief", ROLE_ADMINISTRATOR);
    expect_ok(account_token_add(kit->accounts, &shell, owner, &token, text, &id, &complaint));
    expect_ok(token_self(kit, text, &kit_desk, &arena, &self));
    expect_int(self.permissions, MAY_READ | MAY_ACT | MAY_EXPORT);
    expect(account_may_with(&self, MAY_READ, SLICE("fw-1"), SLICE("")));
    expect(!account_may_with(&self, MAY_READ, SLICE("nas"), SLICE("")));
    expect_int(account_scope(&self, MAY_READ, &filter), 0);
    expect_text(buf_slice(&filter), "((akashi.source:~\"^(fw-1)$\"))");
}

static void bad_tokens_are_limited_by_address(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    CLEANUP(arena_done) Arena arena = {0};
    AccountSelf self;
    for (unsigned i = 0; i < LIMIT_BURST; i++)
        expect_int(token_self(kit, "ak_x", &kit_outside, &arena, &self), -EACCES);
    expect_int(token_self(kit, "ak_x", &kit_outside, &arena, &self), -EAGAIN);
    expect_int(token_self(kit, "ak_x", &kit_desk, &arena, &self), -EACCES);
}

static void what_a_token_needs(void)
{
    CLEANUP(kit_done) AccountKit *kit = kit_open();
    const AccountSelf shell = account_shell(SLICE("root"));
    char text[TOKEN_TEXT_BYTES];
    Complaint complaint = {0};
    uint64_t id, owner = kit_add_user(kit, "tanaka", ROLE_VIEWER);
    int64_t now = kit->now_ns;
    const NewToken wrong[] = {
        {.label = SLICE(""), .permissions = MAY_READ, .expires_ns = now + 1},
        {.label = SLICE("x"), .permissions = 0, .expires_ns = now + 1},
        {.label = SLICE("x"), .permissions = 1u << 20, .expires_ns = now + 1},
        {.label = SLICE("x"), .permissions = MAY_READ, .expires_ns = now},
        {.label = SLICE("x"), .permissions = MAY_READ, .expires_ns = now + 366 * NS_PER_DAY},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(
            account_token_add(kit->accounts, &shell, owner, &wrong[i], text, &id, &complaint),
            -EINVAL);
    for (unsigned i = 0; i < TOKENS_PER_USER_MAX; i++)
        expect_ok(add_token(kit, &shell, owner, MAY_READ, text, &id));
    expect_int(add_token(kit, &shell, owner, MAY_READ, text, &id), -ENOBUFS);
}

static const TapTest tests[] = {
    TAP_TEST(names_of_users),
    TAP_TEST(users_are_listed),
    TAP_TEST(only_administrators_manage),
    TAP_TEST(the_last_administrator_stays),
    TAP_TEST(rights_change_at_once),
    TAP_TEST(scopes_of_people),
    TAP_TEST(preferences_are_ones_own),
    TAP_TEST(enrolled_and_asked_for),
    TAP_TEST(half_a_sign_in),
    TAP_TEST(five_wrong_codes_end_it),
    TAP_TEST(a_code_is_good_once),
    TAP_TEST(a_code_is_good_once_at_the_same_time),
    TAP_TEST(recovery_codes_are_good_once),
    TAP_TEST(seeds_under_another_key),
    TAP_TEST(roles_that_need_a_factor),
    TAP_TEST(enrolling_ends_by_itself),
    TAP_TEST(tokens_and_their_end),
    TAP_TEST(tokens_end_with_their_owner),
    TAP_TEST(tokens_narrow_their_owner),
    TAP_TEST(bad_tokens_are_limited_by_address),
    TAP_TEST(what_a_token_needs),
};
TAP_MAIN(tests)
