/* Accounts for tests: a clock that is set by hand, cheap hashes, a log that can fail, a cipher
 * whose output is recognised. */
#ifndef AKASHI_TESTS_ACCOUNT_KIT_H
#define AKASHI_TESTS_ACCOUNT_KIT_H

#include "account/account_factor.h"

#define KIT_NOW_NS ((int64_t)1795164000 * NS_PER_SECOND) /* 2026-11-20T08:40:00Z */
#define KIT_PASSWORD "blue kettle 9 sings"
#define KIT_OTHER_PASSWORD "seven wet umbrellas"
#define KIT_LOG_MAX 4096

typedef struct KitLine {
    OperatorVerb verb;
    bool failed;
    char reason[32], user[128], target[128], detail[256], address[64];
    uint64_t count;
} KitLine;

/* The struct may not move while it is open. */
typedef struct AccountKit {
    Os os;
    int64_t now_ns, monotonic_ns;
    KitLine lines[KIT_LOG_MAX]; /* of the operator log */
    size_t line_count;
    bool log_fails;
    AccountOptions options;
    Accounts *accounts;
    char folder[512];
} AccountKit;

/* A new folder. */
AccountKit *kit_open(void);
/* Closes and opens the same file again: a restart. */
void kit_restart(AccountKit *kit);
void kit_close(AccountKit *kit);
static inline void kit_done(AccountKit **kit)
{
    kit_close(*kit);
}
void kit_wait(AccountKit *kit, int64_t ns); /* both clocks */
const KitLine *kit_last(const AccountKit *kit);

extern const AccountCipher kit_account_cipher, kit_other_cipher;
extern const AccountClient kit_desk;    /* 192.0.2.10 */
extern const AccountClient kit_outside; /* 203.0.113.9 */

/* Makes a user with that role, without patterns, as the shell would. KIT_PASSWORD. */
uint64_t kit_add_user(AccountKit *kit, const char *name, AccountRole role);
int kit_sign_in(AccountKit *kit, const char *name, const char *password,
                const AccountClient *client, SignedIn *ret);
/* Signs in (roles without a factor) and gives who it is; texts live in the arena. */
AccountSelf kit_self(AccountKit *kit, const char *name, Arena *arena, SignedIn *ret);
/* Sets which roles need a second factor: bits. */
void kit_set_factor_roles(AccountKit *kit, unsigned roles);
/* Enrols the user of that session, which takes a new id; the seed. */
void kit_enrol(AccountKit *kit, SignedIn *session, uint8_t seed[20], RecoveryCodes *ret_codes);
/* The code of now, moved by so many steps. */
void kit_code(const AccountKit *kit, const uint8_t seed[20], int steps, char ret[7]);

#endif
