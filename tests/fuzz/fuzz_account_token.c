/* Texts that strangers send before they are anybody: tokens, session ids, set-up and recovery
 * codes, addresses, names, passwords. What is taken must come back as the same text. */
#include "account/account_network.h"
#include "account/account_password.h"
#include "account/account_sign.h"
#include "account/account_token.h"
#include "base/check.h"

static void try_ids(Slice text)
{
    uint8_t bytes[32];
    char again[44], csrf[CSRF_TEXT_BYTES];
    bool is_id = base64url_32_decode(text, bytes) == 0;
    if (is_id) {
        base64url_32(bytes, again);
        CHECK(slice_eq(text, slice_from_cstr(again)));
    }
    CHECK((account_csrf_of(text, csrf) == 0) == is_id);
    if (is_id) CHECK(account_csrf_is(text, slice_from_cstr(csrf)));
    CHECK(!account_csrf_is(text, text));
    if (token_text_check(text) == 0) CHECK(text.len == TOKEN_CHARACTERS);
}

static void try_codes(Slice text)
{
    char letters[15], again[15];
    if (crockford_read(text, 14, letters) < 0) return;
    CHECK(strlen(letters) == 14);
    CHECK(crockford_read(slice_from_cstr(letters), 14, again) == 0);
    CHECK(strcmp(letters, again) == 0);
}

static void try_networks(Slice text)
{
    Network network, again, list[8];
    size_t count;
    char printed[NETWORK_TEXT_BYTES];
    if (network_parse(text, &network) == 0) {
        CHECK(network.bits <= 128);
        CHECK(network_holds(&network, &network));
        network_print(&network, printed);
        CHECK(network_parse(slice_from_cstr(printed), &again) == 0);
        CHECK(memcmp(again.bytes, network.bytes, sizeof again.bytes) == 0);
        Network key = network_limit_key(&network);
        CHECK(key.bits == 64 || network_holds(&key, &network));
    }
    if (networks_parse(text, list, ARRAY_COUNT(list), &count, NULL) == 0)
        CHECK(count <= ARRAY_COUNT(list));
}

static void try_password(Slice text)
{
    const PasswordContext context = {.words = {slice_first(text, 20)}, .word_count = 1};
    Password password, again;
    int judged = password_judge(text, &context, NULL);
    if (password_take(text, &password) < 0) {
        CHECK(judged < 0);
        return;
    }
    CHECK(password.len <= PASSWORD_BYTES_MAX && password.characters <= password.len);
    Slice taken = slice_of(password.bytes, password.len);
    CHECK(password_take(taken, &again) == 0); /* normalised once is normalised */
    CHECK(slice_eq(taken, slice_of(again.bytes, again.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = slice_of(data, size);
    try_ids(text);
    try_codes(text);
    try_networks(text);
    try_password(text);
    return 0;
}
