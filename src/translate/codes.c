/* See codes.h. Both tables are in the order of their codes. */
#include "translate/codes.h"

#include "base/number.h"

#define CODE(number, reason_key)                                                                   \
    {                                                                                              \
        .code = number, .text = SLICE_INIT(#number), .reason = SLICE_INIT(reason_key)              \
    }

static const CodeReason ntstatus[] = {
    CODE(0xC0000022, "access_denied"),
    CODE(0xC000005E, "no_logon_server"),
    CODE(0xC0000064, "no_such_user"),
    CODE(0xC000006A, "wrong_password"),
    CODE(0xC000006C, "policy_not_met"),
    CODE(0xC000006D, "bad_credentials"),
    CODE(0xC000006E, "account_restriction"),
    CODE(0xC000006F, "outside_hours"),
    CODE(0xC0000070, "computer_not_allowed"),
    CODE(0xC0000071, "password_expired"),
    CODE(0xC0000072, "account_disabled"),
    CODE(0xC00000BB, "not_supported"),
    CODE(0xC00000DC, "server_not_ready"),
    CODE(0xC000010B, "bad_logon_type"),
    CODE(0xC0000133, "clock_skew"),
    CODE(0xC000015B, "logon_type_not_granted"),
    CODE(0xC000018A, "computer_trust_failed"),
    CODE(0xC000018B, "computer_trust_failed"),
    CODE(0xC000018C, "trust_failed"),
    CODE(0xC000018D, "computer_trust_failed"),
    CODE(0xC0000192, "logon_service_stopped"),
    CODE(0xC0000193, "account_expired"),
    CODE(0xC0000224, "must_change_password"),
    CODE(0xC0000234, "account_locked"),
    CODE(0xC00002EE, "logon_error"),
    CODE(0xC0000380, "smart_card_pin"),
    CODE(0xC0000381, "smart_card_failed"),
    CODE(0xC0000382, "smart_card_failed"),
    CODE(0xC0000383, "smart_card_failed"),
    CODE(0xC0000384, "smart_card_failed"),
    CODE(0xC0000413, "authentication_firewall"),
};

static const CodeReason kerberos[] = {
    CODE(0x1, "account_expired"),
    CODE(0x2, "service_unusable"),
    CODE(0x6, "no_such_user"),
    CODE(0x7, "no_such_service"),
    CODE(0x8, "duplicate_name"),
    CODE(0x9, "no_key"),
    CODE(0xB, "never_valid"),
    CODE(0xC, "policy_refused"),
    CODE(0xE, "encryption_not_supported"),
    CODE(0x10, "smart_card_failed"),
    CODE(0x12, "account_unusable"),
    CODE(0x13, "service_unusable"),
    CODE(0x17, "password_expired"),
    CODE(0x18, "wrong_password"),
    CODE(0x19, "password_needed"),
    CODE(0x1F, "ticket_damaged"),
    CODE(0x20, "ticket_expired"),
    CODE(0x21, "ticket_not_yet_valid"),
    CODE(0x22, "ticket_repeated"),
    CODE(0x24, "ticket_mismatch"),
    CODE(0x25, "clock_skew"),
    CODE(0x26, "address_mismatch"),
    CODE(0x29, "ticket_damaged"),
    CODE(0x34, "answer_too_big"),
    CODE(0x3C, "kerberos_error"),
    CODE(0x44, "wrong_realm"),
};

static const CodeReason *find(const CodeReason *codes, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && codes[i].code <= code; i++) {
        if (codes[i].code == code) return &codes[i];
    }
    return NULL;
}

const CodeReason *code_from_ntstatus(uint32_t status)
{
    return find(ntstatus, ARRAY_COUNT(ntstatus), status);
}

const CodeReason *code_from_kerberos(uint32_t error)
{
    return find(kerberos, ARRAY_COUNT(kerberos), error);
}

#define MESSAGE_FIRST 2304

Slice code_reason_from_message(Slice text)
{
    static const Slice reasons[] = {
        SLICE_INIT("logon_error"),
        SLICE_INIT("account_expired"),
        SLICE_INIT("logon_service_stopped"),
        SLICE_INIT("account_locked"),
        SLICE_INIT("logon_type_not_granted"),
        SLICE_INIT("password_expired"),
        SLICE_INIT("account_disabled"),
        SLICE_INIT("outside_hours"),
        SLICE_INIT("computer_not_allowed"),
        SLICE_INIT("bad_credentials"),
    };
    uint64_t number;
    if (!slice_starts(text, SLICE("%%")) || number_parse_u64(slice_skip(text, 2), &number) < 0 ||
        number < MESSAGE_FIRST || number - MESSAGE_FIRST >= ARRAY_COUNT(reasons)) {
        return (Slice){0};
    }
    return reasons[number - MESSAGE_FIRST];
}

Slice code_logon_type(Slice type)
{
    static const Slice keys[] = {
        [0] = SLICE_INIT("system"),
        [2] = SLICE_INIT("interactive"),
        [3] = SLICE_INIT("network"),
        [4] = SLICE_INIT("batch"),
        [5] = SLICE_INIT("service"),
        [7] = SLICE_INIT("unlock"),
        [8] = SLICE_INIT("network_cleartext"),
        [9] = SLICE_INIT("new_credentials"),
        [10] = SLICE_INIT("remote_interactive"),
        [11] = SLICE_INIT("cached_interactive"),
        [12] = SLICE_INIT("cached_remote_interactive"),
        [13] = SLICE_INIT("cached_unlock"),
    };
    uint64_t number;
    if (number_parse_u64(type, &number) < 0 || number >= ARRAY_COUNT(keys)) return type;
    return keys[number].len ? keys[number] : type;
}
