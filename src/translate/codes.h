/* The codes by which sources say why and how, as the stable keys of our words
 * (knowledge/words/reasons.tsv, logon_types.tsv). */
#ifndef AKASHI_TRANSLATE_CODES_H
#define AKASHI_TRANSLATE_CODES_H

#include "base/cleanup.h"
#include "base/slice.h"

/* A code's text as error.code has it, and the key of event.reason. */
typedef struct CodeReason {
    uint32_t code;
    Slice text;   /* 0xC000006A, 0x18 */
    Slice reason; /* key of reasons.tsv */
} CodeReason;

/* NTSTATUS of a refused logon (Microsoft, events 4625 and 4776; values: MS-ERREF 2.3.1). NULL: not
 * in the table. */
const CodeReason *code_from_ntstatus(uint32_t status);
/* Kerberos error (RFC 4120 7.5.9; Microsoft, events 4768, 4769, 4771). NULL: not in the table. */
const CodeReason *code_from_kerberos(uint32_t error);
/* FailureReason of event 4625, `%%2304` to `%%2313` (messages of msobjs.dll). Empty: unknown. */
Slice code_reason_from_message(Slice failure_reason);
/* Windows logon type as a key (Microsoft, event 4624), or the text itself when it is none. */
Slice code_logon_type(Slice type);

#endif
