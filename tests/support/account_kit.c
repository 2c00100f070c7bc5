/* See account_kit.h. */
#include "tests/support/account_kit.h"

#include "account/account_otp.h"
#include "base/check.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

const AccountClient kit_desk = {.address = SLICE_INIT("192.0.2.10"), .agent = SLICE_INIT("desk")};
const AccountClient kit_outside = {.address = SLICE_INIT("203.0.113.9"),
                                   .agent = SLICE_INIT("outside")};

/* ---- a cipher */

/* The context is the key: one byte. A byte of it stands in front, so that another does not open. */
static char key_of(const void *context)
{
    return context ? *(const char *)context : 0x5a;
}

static int seal(void *context, Slice bound, Slice plain, Buf *to)
{
    buf_add_char(to, key_of(context));
    buf_add_slice(to, bound);
    buf_add_char(to, '\n');
    for (size_t i = 0; i < plain.len; i++)
        buf_add_char(to, (char)(plain.ptr[i] ^ key_of(context)));
    return buf_error(to);
}

static int open_sealed(void *context, Slice bound, Slice sealed, Buf *to)
{
    if (sealed.len == 0 || sealed.ptr[0] != key_of(context)) return -EBADMSG;
    sealed = slice_skip(sealed, 1);
    if (!slice_starts(sealed, bound) || sealed.len <= bound.len || sealed.ptr[bound.len] != '\n')
        return -EBADMSG;
    sealed = slice_skip(sealed, bound.len + 1);
    for (size_t i = 0; i < sealed.len; i++)
        buf_add_char(to, (char)(sealed.ptr[i] ^ key_of(context)));
    return buf_error(to);
}

static char other_key = 0x33;
const AccountCipher kit_account_cipher = {.seal = seal, .open = open_sealed};
const AccountCipher kit_other_cipher = {.context = &other_key, .seal = seal, .open = open_sealed};

/* ---- clock and log */

static int64_t now_ns(void *state)
{
    return ((AccountKit *)state)->now_ns;
}

static int64_t monotonic_ns(void *state)
{
    return ((AccountKit *)state)->monotonic_ns;
}

void kit_wait(AccountKit *kit, int64_t ns)
{
    kit->now_ns += ns;
    kit->monotonic_ns += ns;
}

static void keep(char *to, size_t room, Slice text)
{
    snprintf(to, room, "%.*s", SLICE_FMT(text));
}

static int write_log(void *context, const OperatorAct *act)
{
    AccountKit *kit = context;
    CLEANUP(buf_done) Buf line = {0};
    if (kit->log_fails) return -EIO;
    CHECK(kit->line_count < KIT_LOG_MAX);
    KitLine *to = &kit->lines[kit->line_count++];
    *to = (KitLine){.verb = act->verb, .failed = act->failed, .count = act->count};
    keep(to->reason, sizeof to->reason, slice_from_cstr(act->reason));
    keep(to->user, sizeof to->user, act->user);
    keep(to->target, sizeof to->target, act->target);
    keep(to->detail, sizeof to->detail, act->detail);
    keep(to->address, sizeof to->address, act->address);
    operator_line_add(&line, act); /* whatever it holds, it can be written */
    return buf_error(&line);
}

const KitLine *kit_last(const AccountKit *kit)
{
    static const KitLine none;
    return kit->line_count ? &kit->lines[kit->line_count - 1] : &none;
}

/* ---- opening */

static void open_again(AccountKit *kit)
{
    int r = accounts_open(&kit->options, &kit->accounts);
    expect_ok(r);
    CHECK(r == 0);
}

AccountKit *kit_open(void)
{
    static unsigned number;
    AccountKit *kit = calloc(1, sizeof *kit);
    CHECK(kit);
    kit->os = os_real;
    kit->os.state = kit;
    kit->os.now_ns = now_ns;
    kit->os.monotonic_ns = monotonic_ns;
    kit->now_ns = KIT_NOW_NS;
    kit->monotonic_ns = 1000 * NS_PER_SECOND;
    snprintf(kit->folder, sizeof kit->folder, "%s/accounts%u", tap_temporary_folder(), number++);
    kit->options = (AccountOptions){.os = &kit->os,
                                    .folder = kit->folder,
                                    .cipher = &kit_account_cipher,
                                    .log = {.context = kit, .write = write_log},
                                    .company = SLICE("Kusanagi Seisakusho"),
                                    .hash_memory_kib = 8,
                                    .hash_passes = 1};
    open_again(kit);
    kit_set_factor_roles(kit, 0);
    return kit;
}

void kit_restart(AccountKit *kit)
{
    accounts_close(kit->accounts);
    kit->accounts = NULL;
    open_again(kit);
}

void kit_close(AccountKit *kit)
{
    accounts_close(kit->accounts);
    free(kit);
}

/* ---- people */

uint64_t kit_add_user(AccountKit *kit, const char *name, AccountRole role)
{
    const AccountSelf shell = account_shell(SLICE("root"));
    const AccountGrant grant = {.role = role};
    const AccountNewUser user = {
        .name = slice_from_cstr(name), .password = SLICE(KIT_PASSWORD), .grants = {&grant, 1}};
    uint64_t id = 0;
    Complaint complaint = {0};
    expect_ok(account_user_add(kit->accounts, &shell, &user, &id, &complaint));
    return id;
}

int kit_sign_in(AccountKit *kit, const char *name, const char *password,
                const AccountClient *client, SignedIn *ret)
{
    const SignIn in = {
        .name = slice_from_cstr(name), .password = slice_from_cstr(password), .client = *client};
    return account_sign_in(kit->accounts, &in, ret);
}

AccountSelf kit_self(AccountKit *kit, const char *name, Arena *arena, SignedIn *ret)
{
    AccountSelf self = {0};
    SignedIn made;
    if (!ret) ret = &made;
    expect_ok(kit_sign_in(kit, name, KIT_PASSWORD, &kit_desk, ret));
    expect_ok(account_session_check(kit->accounts, slice_from_cstr(ret->session), &kit_desk, arena,
                                    &self));
    return self;
}

void kit_set_factor_roles(AccountKit *kit, unsigned roles)
{
    CLEANUP(arena_done) Arena arena = {0};
    const AccountSelf shell = account_shell(SLICE("root"));
    AccountSettings settings;
    Complaint complaint = {0};
    expect_ok(account_settings_get(kit->accounts, &arena, &settings));
    settings.factor_roles = roles;
    expect_ok(account_settings_set(kit->accounts, &shell, &settings, &complaint));
}

void kit_code(const AccountKit *kit, const uint8_t seed[20], int steps, char ret[7])
{
    uint64_t step = (uint64_t)(otp_step_of(kit->now_ns) + steps);
    snprintf(ret, 7, "%06u", otp_code(slice_of(seed, OTP_SEED_BYTES), step));
}

void kit_enrol(AccountKit *kit, SignedIn *session, uint8_t seed[20], RecoveryCodes *ret_codes)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf bytes = {0};
    AccountSelf self;
    FactorOffer offer = {0};
    char code[7];
    Slice text = slice_from_cstr(session->session);
    expect_ok(account_session_check(kit->accounts, text, &kit_desk, &arena, &self));
    expect_ok(account_factor_begin(kit->accounts, &self, &arena, &offer));
    expect_ok(base32_decode(offer.secret, &bytes));
    expect_int(bytes.len, OTP_SEED_BYTES);
    CHECK(bytes.len == OTP_SEED_BYTES);
    memcpy(seed, bytes.ptr, OTP_SEED_BYTES);
    kit_code(kit, seed, 0, code);
    expect_ok(account_factor_confirm(kit->accounts, text, slice_from_cstr(code), &kit_desk,
                                     ret_codes, session));
}
