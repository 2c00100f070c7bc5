/* See operator_log.h. */
#include "account/operator_log.h"

#include "base/check.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <stdio.h>

typedef struct OperatorWord {
    Slice key;
    const char *text[2];
} OperatorWord;

static const OperatorWord words[] = {
#include "account/operator_words.inc"
};

/* What a verb is called, and what ECS 8 calls its kind (event.category, event.type: the field
 * reference, allowed values). */
typedef struct VerbInfo {
    const char *token, *category, *type;
} VerbInfo;

static const VerbInfo verbs[OPERATOR_VERB_COUNT] = {
    [OPERATOR_SIGN_IN] = {"sign_in", "authentication", "start"},
    [OPERATOR_SIGN_OUT] = {"sign_out", "authentication", "end"},
    [OPERATOR_FACTOR_PASSED] = {"factor_passed", "authentication", "info"},
    [OPERATOR_SETUP] = {"setup", "iam", "creation"},
    [OPERATOR_PASSWORD_CHANGE] = {"password_change", "iam", "change"},
    [OPERATOR_PASSWORD_RESET] = {"password_reset", "iam", "change"},
    [OPERATOR_FACTOR_ENROL] = {"factor_enrol", "iam", "change"},
    [OPERATOR_FACTOR_REMOVE] = {"factor_remove", "iam", "change"},
    [OPERATOR_RECOVERY_CODES] = {"recovery_codes", "iam", "change"},
    [OPERATOR_USER_ADD] = {"user_add", "iam", "creation"},
    [OPERATOR_USER_CHANGE] = {"user_change", "iam", "change"},
    [OPERATOR_USER_DISABLE] = {"user_disable", "iam", "change"},
    [OPERATOR_USER_ENABLE] = {"user_enable", "iam", "change"},
    [OPERATOR_USER_REMOVE] = {"user_remove", "iam", "deletion"},
    [OPERATOR_GRANTS_CHANGE] = {"grants_change", "iam", "admin"},
    [OPERATOR_DELAY_LIFT] = {"delay_lift", "iam", "change"},
    [OPERATOR_SESSIONS_END] = {"sessions_end", "session", "end"},
    [OPERATOR_TOKEN_ADD] = {"token_add", "iam", "creation"},
    [OPERATOR_TOKEN_REVOKE] = {"token_revoke", "iam", "deletion"},
    [OPERATOR_TOKEN_USE] = {"token_use", "authentication", "start"},
    [OPERATOR_SETTING_CHANGE] = {"setting_change", "configuration", "change"},
    [OPERATOR_ACCESS] = {"access", "web", "access"},
    [OPERATOR_SEARCH] = {"search", "database", "access"},
    [OPERATOR_EXPORT] = {"export", "database", "access"},
    [OPERATOR_RULE_CHANGE] = {"rule_change", "configuration", "change"},
    [OPERATOR_PACK_CHANGE] = {"pack_change", "configuration", "change"},
    [OPERATOR_SOURCE_CHANGE] = {"source_change", "configuration", "change"},
    [OPERATOR_ALERT_CHANGE] = {"alert_change", "process", "change"},
    [OPERATOR_DELETION] = {"deletion", "database", "deletion"},
    [OPERATOR_HOLD_CHANGE] = {"hold_change", "database", "change"},
    [OPERATOR_BACKUP] = {"backup", "database", "access"},
    [OPERATOR_KEY_CHANGE] = {"key_change", "configuration", "change"},
    [OPERATOR_VERIFICATION] = {"verification", "database", "info"},
    [OPERATOR_LOG_READ] = {"log_read", "database", "access"},
};

const char *operator_verb_token(OperatorVerb verb)
{
    return verbs[verb].token;
}

int operator_verb_of(Slice token, OperatorVerb *ret)
{
    for (size_t i = 0; i < OPERATOR_VERB_COUNT; i++) {
        if (!slice_eq(token, slice_from_cstr(verbs[i].token))) continue;
        *ret = (OperatorVerb)i;
        return 0;
    }
    return -EINVAL;
}

/* ---- the line */

static Slice cut_text(Slice text)
{
    size_t end = OPERATOR_TEXT_BYTES_MAX;
    if (text.len <= end) return text;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return slice_first(text, end);
}

static void add_cut(Buf *to, Slice text)
{
    Slice cut = cut_text(text);
    if (cut.len == text.len) {
        json_add_string(to, text);
        return;
    }
    CLEANUP(buf_done) Buf marked = {0};
    buf_add_slice(&marked, cut);
    buf_add_cstr(&marked, "…");
    json_add_string(to, buf_slice(&marked));
}

static void add_member(Buf *to, const char *name, Slice value)
{
    if (value.len == 0) return;
    buf_add_format(to, ",\"%s\":", name);
    add_cut(to, value);
}

static void add_number(Buf *to, const char *name, uint64_t value)
{
    if (value > 0) buf_add_format(to, ",\"%s\":\"%llu\"", name, (unsigned long long)value);
}

void operator_line_add(Buf *to, const OperatorAct *act)
{
    char time[TIME_TEXT_MAX];
    const VerbInfo *verb = &verbs[act->verb];
    CLEANUP(buf_done) Buf sentence = {0};
    operator_sentence_add(&sentence, act, 1);
    size_t time_len = time_print_rfc3339(time, act->at_ns);
    buf_add_format(to,
                   "{\"@timestamp\":\"%.*s\",\"event.kind\":\"event\",\"event.category\":\"%s\","
                   "\"event.type\":\"%s\",\"event.action\":\"akashi.%s\",\"event.outcome\":\"%s\"",
                   (int)time_len, time, verb->category, act->failed ? "denied" : verb->type,
                   verb->token, act->failed ? "failure" : "success");
    add_member(to, "event.reason", slice_from_cstr(act->reason));
    add_member(to, "user.name", act->user);
    add_number(to, "user.id", act->user_id);
    add_member(to, "source.ip", act->address);
    add_member(to, "user_agent.original", act->agent);
    add_member(to, "akashi.operator.via", slice_from_cstr(act->via));
    add_number(to, "akashi.operator.via_id", act->via_id);
    bool is_person = strcmp(verb->category, "iam") == 0 || act->verb == OPERATOR_SESSIONS_END;
    add_member(to, is_person ? "user.target.name" : "akashi.operator.target", act->target);
    add_member(to, "akashi.operator.detail", act->detail);
    if (act->count > 1) add_number(to, "akashi.operator.count", act->count);
    add_member(to, "message", buf_slice(&sentence));
    buf_add_char(to, '}');
}

/* ---- sentences */

static const char *find_words(Slice key, int language)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (slice_eq(words[i].key, key)) return words[i].text[language == 1];
    }
    return NULL;
}

Slice operator_reason_words(Slice token, int language)
{
    char key[80];
    int len = snprintf(key, sizeof key, "reason.%.*s", SLICE_FMT(token));
    const char *found = len > 0 && (size_t)len < sizeof key
                            ? find_words(slice_of(key, (size_t)len), language)
                            : NULL;
    return found ? slice_from_cstr(found) : token;
}

/* Controls and marks that turn text become blanks (Unicode 15: Cc; UAX 9, 2). */
static void add_clean(Buf *to, Slice text)
{
    bool is_cut = cut_text(text).len < text.len;
    text = cut_text(text);
    while (text.len > 0) {
        char bytes[4];
        uint32_t c = utf8_take(&text);
        bool is_unfit = c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
                        (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
                        c == 0x61c || c == 0xfeff;
        buf_add(to, bytes, utf8_put(bytes, is_unfit ? ' ' : c));
    }
    if (is_cut) buf_add_cstr(to, "…");
}

static void add_part(Buf *to, const OperatorAct *act, Slice name, int language)
{
    if (slice_eq(name, SLICE("user")))
        add_clean(to, act->user.len ? act->user
                                    : slice_from_cstr(find_words(SLICE("somebody"), language)));
    else if (slice_eq(name, SLICE("address")))
        add_clean(to, act->address.len ? act->address
                                       : slice_from_cstr(find_words(SLICE("somewhere"), language)));
    else if (slice_eq(name, SLICE("target")))
        add_clean(to, act->target);
    else if (slice_eq(name, SLICE("detail")))
        add_clean(to, act->detail);
    else if (slice_eq(name, SLICE("reason")))
        add_clean(to, operator_reason_words(slice_from_cstr(act->reason), language));
    else
        buf_add_u64(to, act->count);
}

static void add_filled(Buf *to, const OperatorAct *act, const char *pattern, int language)
{
    Slice rest = slice_from_cstr(pattern), name = {0};
    while (rest.len > 0) {
        size_t open = slice_find_char(rest, '{');
        buf_add_slice(to, slice_first(rest, open));
        if (open == SLICE_NOT_FOUND) return;
        rest = slice_skip(rest, open + 1);
        slice_cut(&rest, '}', &name);
        add_part(to, act, name, language);
    }
}

void operator_sentence_add(Buf *to, const OperatorAct *act, int language)
{
    char key[64];
    int len = snprintf(key, sizeof key, "verb.%s%s", verbs[act->verb].token,
                       act->failed ? ".failed" : "");
    const char *pattern = find_words(slice_of(key, (size_t)len), language);
    CHECK(pattern);
    add_filled(to, act, pattern, language);
    if (act->reason) {
        buf_add_cstr(to, language == 1 ? "; " : "。");
        add_filled(to, act, find_words(SLICE("because"), language), language);
    }
    if (act->count > 1 && act->verb != OPERATOR_EXPORT && act->verb != OPERATOR_DELETION) {
        buf_add_cstr(to, language == 1 ? "; " : "。");
        add_filled(to, act, find_words(SLICE("many"), language), language);
    }
}
