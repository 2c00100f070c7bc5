/* Akashi's own operator log: every line that can be written becomes a record like any other, with
 * an action, an outcome, a reason in words and a sentence of its own in both languages. */
#include "tests/support/source_kit.h"
#include "tests/support/tap.h"

#include "account/operator_log.h"
#include "engine/sources.h"
#include "record/sentence.h"

#include <stdio.h>

static SourceKit open_built_in(void)
{
    Complaint complaint = {0};
    SourceKit kit = {.translator = translator_new(), .lines = 1};
    expect_ok(sources_open(&os_real, NULL, 0, &(SourcesWatcher){0}, &kit.set, &complaint));
    if (kit.set) expect_ok(translator_use_sources(kit.translator, kit.set, KIT_ZONE_SECONDS));
    return kit;
}

/* The record's texts stand in the line. */
static void feed_act(SourceKit *kit, OperatorVerb verb, bool failed, const char *reason, Buf *line)
{
    const OperatorAct act = {.at_ns = KIT_RECEIVED_NS,
                             .verb = verb,
                             .failed = failed,
                             .reason = reason,
                             .user = SLICE("tanaka"),
                             .user_id = 2,
                             .via = "session",
                             .via_id = 7,
                             .address = SLICE("192.0.2.5"),
                             .target = SLICE("sato"),
                             .detail = SLICE("reader")};
    buf_clear(line);
    operator_line_add(line, &act);
    expect_ok(buf_error(line));
    kit_feed(kit, buf_slice(line));
    expect_int(kit->records, 1);
}

/* The words of a sentence that the verb alone, or nothing at all, would have given. */
static bool is_own(const SourceKit *kit, Language language)
{
    CLEANUP(buf_done) Buf own = {0};
    CLEANUP(buf_done) Buf plain = {0};
    Record other = kit->record;
    sentence_add(&own, &kit->record, language);
    other.text[RECORD_AKASHI_RULE] = SLICE("akashi.no_such_rule");
    sentence_add(&plain, &other, language);
    return !slice_eq(buf_slice(&own), buf_slice(&plain));
}

static void every_act_is_a_record_like_any_other(void)
{
    SourceKit kit = open_built_in();
    CLEANUP(buf_done) Buf line = {0};
    for (OperatorVerb verb = 0; verb < OPERATOR_VERB_COUNT && kit.set; verb++) {
        for (int failed = 0; failed < 2; failed++) {
            char code[64];
            snprintf(code, sizeof code, "akashi.%s", operator_verb_token(verb));
            feed_act(&kit, verb, failed, failed ? "no_permission" : NULL, &line);
            expect(kit_has(&kit, "event.dataset", "akashi.operator"));
            expect(kit_has(&kit, "event.code", code));
            expect(kit_has(&kit, "event.outcome", failed ? "failure" : "success"));
            expect(kit_has(&kit, "event.reason", failed ? "access_denied" : ""));
            expect(kit_has(&kit, "user.name", "tanaka"));
            expect(kit_has(&kit, "source.ip", "192.0.2.5"));
            expect(!slice_eq(kit.record.text[RECORD_AKASHI_RULE], SLICE("akashi.other")));
            expect(is_own(&kit, LANGUAGE_JA) && is_own(&kit, LANGUAGE_EN));
        }
    }
    kit_done(&kit);
}

static void reasons_are_said_in_words(void)
{
    static const char *const reasons[] = {
        "unknown_user",      "wrong_password", "wrong_code",
        "used_code",         "too_many",       "busy",
        "disabled",          "no_password",    "not_allowed_address",
        "no_group",          "directory",      "directory_down",
        "no_permission",     "no_proof",       "not_kept",
        "wrong_setup_code",  "expired",        "unknown_token",
        "last_administrator"};
    SourceKit kit = open_built_in();
    CLEANUP(buf_done) Buf line = {0};
    for (size_t i = 0; i < ARRAY_COUNT(reasons) && kit.set; i++) {
        CLEANUP(buf_done) Buf text = {0};
        feed_act(&kit, OPERATOR_SIGN_IN, true, reasons[i], &line);
        expect(kit_has(&kit, "event.action", "LOGON_FAIL"));
        sentence_add(&text, &kit.record, LANGUAGE_EN);
        expect(slice_starts(buf_slice(&text),
                            SLICE("tanaka could not sign in to Akashi from 192.0.2.5: ")));
        /* What has no words of ours would stand behind this, in brackets. */
        expect(slice_find(buf_slice(&text), SLICE("reason:")) == SLICE_NOT_FOUND);
    }
    kit_done(&kit);
}

static const TapTest tests[] = {
    TAP_TEST(every_act_is_a_record_like_any_other),
    TAP_TEST(reasons_are_said_in_words),
};
TAP_MAIN(tests)
