/* The operator log: every act of a person or token, and every refusal, before it takes effect.
 *
 * Whoever opens Accounts gives an OperatorLog; in the running server it puts a line into the sealed
 * store as any other log, and returns when that is durable. L1: an act that cannot be logged is not
 * done: the function that was to do it returns ACCOUNT_NOT_LOGGED and has changed nothing. */
#ifndef AKASHI_ACCOUNT_OPERATOR_LOG_H
#define AKASHI_ACCOUNT_OPERATOR_LOG_H

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>

#define ACCOUNT_NOT_LOGGED (-ENOTRECOVERABLE)

typedef enum OperatorVerb { /* its token is stored: add at the end only */
                            OPERATOR_SIGN_IN,
                            OPERATOR_SIGN_OUT,
                            OPERATOR_FACTOR_PASSED, /* the second step of a sign-in */
                            OPERATOR_SETUP,         /* the first administrator was made */
                            OPERATOR_PASSWORD_CHANGE,
                            OPERATOR_PASSWORD_RESET, /* of another */
                            OPERATOR_FACTOR_ENROL,
                            OPERATOR_FACTOR_REMOVE,
                            OPERATOR_RECOVERY_CODES, /* made anew */
                            OPERATOR_USER_ADD,
                            OPERATOR_USER_CHANGE,
                            OPERATOR_USER_DISABLE,
                            OPERATOR_USER_ENABLE,
                            OPERATOR_USER_REMOVE,
                            OPERATOR_GRANTS_CHANGE,
                            OPERATOR_DELAY_LIFT, /* akashi account unlock */
                            OPERATOR_SESSIONS_END,
                            OPERATOR_TOKEN_ADD,
                            OPERATOR_TOKEN_REVOKE,
                            OPERATOR_TOKEN_USE, /* first use from an address, and refusals */
                            OPERATOR_SETTING_CHANGE,
                            OPERATOR_ACCESS, /* refused for lack of a permission */
                            /* Written by the server and the engine through account_log: */
                            OPERATOR_SEARCH,
                            OPERATOR_EXPORT,
                            OPERATOR_RULE_CHANGE,
                            OPERATOR_PACK_CHANGE,
                            OPERATOR_SOURCE_CHANGE,
                            OPERATOR_ALERT_CHANGE,
                            OPERATOR_DELETION,
                            OPERATOR_HOLD_CHANGE,
                            OPERATOR_BACKUP,
                            OPERATOR_KEY_CHANGE,
                            OPERATOR_VERIFICATION,
                            OPERATOR_LOG_READ,
} OperatorVerb;
#define OPERATOR_VERB_COUNT 34

/* Longer texts are cut at a character, with an ellipsis. */
#define OPERATOR_TEXT_BYTES_MAX 2048
#define OPERATOR_LINE_BYTES_MAX 16384

/* Texts may hold any bytes: people and attackers choose names. They live until the call returns. */
typedef struct OperatorAct {
    int64_t at_ns;
    OperatorVerb verb;
    bool failed;        /* refused, or not carried out */
    const char *reason; /* a token, "wrong_password"; NULL: none (knowledge/words/operator.tsv) */
    Slice user;         /* who; for a refused sign-in what was typed */
    uint64_t user_id;   /* 0: nobody that is known */
    const char *via;    /* session, token, shell, none */
    uint64_t via_id;    /* number of the session or token; 0: none */
    Slice address, agent;
    Slice target;   /* whom or what it was done to: a user, a rule, a setting */
    Slice detail;   /* the question, the new value; never a secret */
    uint64_t count; /* of how many like it this is the sum; 0 and 1: of itself */
} OperatorAct;

typedef struct OperatorLog {
    void *context;
    /* 0: durable. Negative errno: it is not, and the act is refused. Called by several threads,
     * one at a time, while the accounts are locked: it must not call into accounts. */
    int (*write)(void *context, const OperatorAct *act);
} OperatorLog;

const char *operator_verb_token(OperatorVerb verb);            /* sign_in, ... */
MUST_USE int operator_verb_of(Slice token, OperatorVerb *ret); /* -EINVAL */

/* The line that becomes a record: one JSON object, its names those of the Elastic Common Schema 8
 * (ecs: @timestamp, event.kind/category/type/action/outcome/reason, user.name, user.id,
 * user.target.name, source.ip, user_agent.original, message) and akashi.operator.{via, via_id,
 * target, detail, count}. No line feed behind it. */
void operator_line_add(Buf *to, const OperatorAct *act);
/* One sentence for people, cleaned of what could drive a terminal. language: as record.h, 0
 * Japanese, 1 English. */
void operator_sentence_add(Buf *to, const OperatorAct *act, int language);
/* The words of a reason's token; the token itself when it is not known. */
Slice operator_reason_words(Slice token, int language);

#endif
