/* record/sentence: every verb and rule in both languages, and values that try to spoil a sentence.
 */
#include "tests/support/tap.h"

#include "base/utf8.h"
#include "record/sentence.h"
#include "record/words.h"

#define SENTENCE_BYTES_BOUND 4096

static Slice render(Buf *to, const Record *record, Language language)
{
    buf_clear(to);
    sentence_add(to, record, language);
    expect_int(buf_error(to), 0);
    return buf_slice(to);
}

static bool is_clean(Slice sentence)
{
    bool clean = expect(sentence.len > 0) && expect(sentence.len < SENTENCE_BYTES_BOUND) &&
                 expect(utf8_is_valid(sentence));
    clean = expect(slice_find_char(sentence, '{') == SLICE_NOT_FOUND) && clean;
    clean = expect(slice_find_char(sentence, '}') == SLICE_NOT_FOUND) && clean;
    clean = expect(slice_find_char(sentence, '[') == SLICE_NOT_FOUND) && clean;
    clean = expect(slice_find_char(sentence, ']') == SLICE_NOT_FOUND) && clean;
    clean = expect(slice_find(sentence, SLICE("  ")) == SLICE_NOT_FOUND) && clean;
    return clean;
}

static Record full_record(void)
{
    Record record = {.count = 3, .certainty = CERTAINTY_INFERRED};
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        record.text[i] = SLICE("value");
    }
    record.text[RECORD_USER_NAME] = SLICE("田中");
    record.text[RECORD_SOURCE_IP] = SLICE("192.0.2.17");
    record.text[RECORD_SOURCE_DOMAIN] = SLICE("PC-042");
    record.text[RECORD_HOST_NAME] = SLICE("FS01");
    record.text[RECORD_EVENT_REASON] = SLICE("wrong_password");
    record.text[RECORD_AKASHI_LOGON_TYPE] = SLICE("network");
    record.text[RECORD_AKASHI_DETAIL] = SLICE("privileged_group,elevated");
    return record;
}

static void try_all_outcomes(Record record, Slice what)
{
    CLEANUP(buf_done) Buf text = {0};
    for (int outcome = OUTCOME_UNKNOWN; outcome <= OUTCOME_FAILURE; outcome++) {
        for (int language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
            record.outcome = (Outcome)outcome;
            Slice sentence = render(&text, &record, (Language)language);
            if (!is_clean(sentence)) {
                tap_note("%.*s: %.*s", SLICE_FMT(what), SLICE_FMT(sentence));
            }
        }
    }
}

static void every_verb_says_something_full_or_empty(void)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        Record full = full_record(), empty = {.count = 1};
        full.verb = empty.verb = (Verb)i;
        try_all_outcomes(full, verbs[i].token);
        try_all_outcomes(empty, verbs[i].token);
    }
}

static void every_rule_sentence_says_something(void)
{
    for (size_t i = 0; i < words_sentences.count; i++) {
        Slice key = words_sentences.words[i].key;
        Record full = full_record(), empty = {.count = 1};
        full.text[RECORD_AKASHI_RULE] = empty.text[RECORD_AKASHI_RULE] =
            slice_first(key, slice_find_char(key, ' '));
        try_all_outcomes(full, key);
        try_all_outcomes(empty, key);
    }
}

/* Each verb has words of its own in both languages; none falls back to the generic sentence. */
static void every_verb_has_its_own_sentences(void)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        for (int language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
            bool own = expect(verbs[i].sentence[language][0] != '\0') &&
                       expect(verbs[i].sentence_failure[language][0] != '\0');
            if (!own) tap_note("%.*s", SLICE_FMT(verbs[i].token));
        }
        for (size_t k = 0; k < i; k++) {
            bool same = strcmp(verbs[i].sentence[0], verbs[k].sentence[0]) == 0 &&
                        !slice_eq(verbs[k].token, SLICE("LOGON"));
            if (!expect(!same)) tap_note("%.*s", SLICE_FMT(verbs[i].token));
        }
    }
}

static bool is_placeholder(Slice name)
{
    static const Slice computed[] = {SLICE_INIT("tail"), SLICE_INIT("tail_how"), SLICE_INIT("verb"),
                                     SLICE_INIT("count")};
    for (size_t i = 0; i < ARRAY_COUNT(computed); i++) {
        if (slice_eq(computed[i], name)) return true;
    }
    return word_find(&words_placeholders, name) != NULL;
}

/* Brackets and braces in pairs, not nested; every placeholder one that exists. */
static void check_template(const char *text)
{
    Slice rest = slice_from_cstr(text);
    bool in_brackets = false;
    while (rest.len > 0) {
        char c = rest.ptr[0];
        rest = slice_skip(rest, 1);
        if (c == '[' || c == ']') {
            expect(in_brackets == (c == ']'));
            in_brackets = c == '[';
        }
        if (c != '{') continue;
        Slice name;
        expect(slice_find_char(rest, '}') != SLICE_NOT_FOUND);
        slice_cut(&rest, '}', &name);
        if (!expect(is_placeholder(name))) tap_note("{%.*s} in: %s", SLICE_FMT(name), text);
    }
    if (!expect(!in_brackets)) tap_note("%s", text);
}

static void templates_are_well_formed(void)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        for (int language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
            check_template(verbs[i].sentence[language]);
            check_template(verbs[i].sentence_failure[language]);
        }
    }
    for (size_t i = 0; i < words_sentences.count; i++) {
        check_template(words_sentences.words[i].text[LANGUAGE_JA]);
        check_template(words_sentences.words[i].text[LANGUAGE_EN]);
    }
}

static void expect_sentence(const Record *record, const char *ja, const char *en)
{
    CLEANUP(buf_done) Buf text = {0};
    expect_text(render(&text, record, LANGUAGE_JA), ja);
    expect_text(render(&text, record, LANGUAGE_EN), en);
}

static Record logon(const char *user)
{
    Record record = {.verb = VERB_LOGON, .outcome = OUTCOME_SUCCESS, .count = 1};
    record.text[RECORD_USER_NAME] = slice_from_cstr(user);
    record.text[RECORD_HOST_NAME] = SLICE("FS01");
    return record;
}

static void a_logon_reads_plainly(void)
{
    Record record = logon("田中");
    record.text[RECORD_SOURCE_DOMAIN] = SLICE("PC-042");
    record.text[RECORD_SOURCE_IP] = SLICE("192.0.2.17");
    record.text[RECORD_AKASHI_LOGON_TYPE] = SLICE("network");
    expect_sentence(
        &record, "田中 が PC-042 (192.0.2.17) から FS01 にログオンしました（ネットワーク経由）。",
        "田中 logged on to FS01 from PC-042 (192.0.2.17) over the network.");
    record.count = 12;
    record.certainty = CERTAINTY_INFERRED;
    expect_sentence(&record,
                    "田中 が PC-042 (192.0.2.17) から FS01 "
                    "にログオンしました（ネットワーク経由、元の記録12件、推定）。",
                    "田中 logged on to FS01 from PC-042 (192.0.2.17) over the network (12 events, "
                    "inferred).");
}

static void a_machine_is_not_said_to_reach_itself(void)
{
    Record record = logon("tanaka");
    record.text[RECORD_SOURCE_IP] = SLICE("::1");
    expect_sentence(&record, "tanaka が同じ機器から FS01 にログオンしました。",
                    "tanaka logged on to FS01 from the same computer.");
    record.text[RECORD_AKASHI_LOGON_TYPE] = SLICE("interactive");
    expect_sentence(&record, "tanaka が FS01 にログオンしました（画面とキーボードから）。",
                    "tanaka logged on to FS01 at its own screen and keyboard.");
    record.text[RECORD_SOURCE_IP] = (Slice){0};
    record.text[RECORD_SOURCE_DOMAIN] = SLICE("fs01");
    record.text[RECORD_AKASHI_LOGON_TYPE] = SLICE("network");
    record.text[RECORD_HOST_NAME] = SLICE("FS01.example.com");
    expect_sentence(
        &record, "tanaka が同じ機器から FS01.example.com にログオンしました（ネットワーク経由）。",
        "tanaka logged on to FS01.example.com from the same computer over the network.");
}

static void accounts_of_windows_and_of_computers_are_named(void)
{
    Record record = logon("PC-042$");
    expect_sentence(&record, "コンピューター PC-042 が FS01 にログオンしました。",
                    "The computer PC-042 logged on to FS01.");
    record.text[RECORD_USER_NAME] = SLICE("СИСТЕМА");
    record.text[RECORD_USER_ID] = SLICE("S-1-5-18");
    expect_sentence(&record, "Windows（SYSTEM）が FS01 にログオンしました。",
                    "Windows (SYSTEM) logged on to FS01.");
    record.text[RECORD_USER_NAME] = (Slice){0};
    record.text[RECORD_USER_ID] = SLICE("S-1-5-21-1-2-3-1120");
    expect_sentence(&record, "S-1-5-21-1-2-3-1120 が FS01 にログオンしました。",
                    "S-1-5-21-1-2-3-1120 logged on to FS01.");
    record.text[RECORD_USER_ID] = (Slice){0};
    expect_sentence(&record, "だれかが FS01 にログオンしました。", "Someone logged on to FS01.");
}

static void reasons_are_words_or_the_code_itself(void)
{
    Record record = logon("tanaka");
    record.verb = VERB_LOGON_FAIL;
    record.outcome = OUTCOME_FAILURE;
    record.text[RECORD_ERROR_CODE] = SLICE("0xC000006A");
    record.text[RECORD_EVENT_REASON] = SLICE("wrong_password");
    expect_sentence(&record, "パスワードが違うため、tanaka は FS01 にログオンできませんでした。",
                    "tanaka could not log on to FS01: the password is wrong.");
    record.text[RECORD_EVENT_REASON] = (Slice){0};
    expect_sentence(&record, "tanaka は FS01 にログオンできませんでした（エラー番号 0xC000006A）。",
                    "tanaka could not log on to FS01 (error code 0xC000006A).");
    record.text[RECORD_EVENT_REASON] = SLICE("quota");
    expect_sentence(&record, "tanaka は FS01 にログオンできませんでした（理由: quota）。",
                    "tanaka could not log on to FS01 (reason: quota).");
}

static void long_lists_of_details_are_cut(void)
{
    Record record = {.verb = VERB_CHANGE_USER, .outcome = OUTCOME_SUCCESS, .count = 1};
    record.text[RECORD_USER_NAME] = SLICE("sato");
    record.text[RECORD_USER_TARGET_NAME] = SLICE("suzuki");
    record.text[RECORD_HOST_NAME] = SLICE("DC01");
    record.text[RECORD_AKASHI_DETAIL] = SLICE("attr_shell,attr_uid,,custom,attr_gid,a,b");
    expect_sentence(
        &record,
        "sato が DC01 で suzuki のアカウントの設定を変更しました（ログオン時のプログラム、"
        "ユーザー番号、custom、グループ番号、ほか2件）。",
        "sato changed the account settings of suzuki on DC01 (login shell, user number, "
        "custom, group number and 2 more).");
}

static void a_command_that_is_only_the_program_is_not_repeated(void)
{
    Record record = {.verb = VERB_RUN_PROCESS, .outcome = OUTCOME_SUCCESS, .count = 1};
    record.text[RECORD_USER_NAME] = SLICE("sato");
    record.text[RECORD_HOST_NAME] = SLICE("PC1");
    record.text[RECORD_PROCESS_EXECUTABLE] = SLICE("C:\\a.exe");
    record.text[RECORD_PROCESS_COMMAND_LINE] = SLICE("\"c:\\A.exe\"");
    expect_sentence(&record, "sato が PC1 でプログラム C:\\a.exe を起動しました。",
                    "sato started the program C:\\a.exe on PC1.");
    record.text[RECORD_PROCESS_COMMAND_LINE] = SLICE("a.exe /x");
    expect_sentence(&record,
                    "sato が PC1 でプログラム C:\\a.exe を起動しました（コマンド「a.exe /x」）。",
                    "sato started the program C:\\a.exe on PC1 (command “a.exe /x”).");
}

/* A name can hold what looks like the rest of a sentence: it stands in quotes, and the quotes are
 * not to be had by the name. */
static void values_cannot_pass_for_words(void)
{
    Record record = logon("x logged on to DC01. root");
    expect_sentence(&record, "「x logged on to DC01. root」が FS01 にログオンしました。",
                    "“x logged on to DC01. root” logged on to FS01.");
    record.text[RECORD_USER_NAME] = SLICE("a」が DC01 に「b");
    expect_sentence(&record, "「a』が DC01 に『b」が FS01 にログオンしました。",
                    "“a」が DC01 に「b” logged on to FS01.");
    record.text[RECORD_USER_NAME] = SLICE("a” did it “");
    expect_sentence(&record, "「a” did it “」が FS01 にログオンしました。",
                    "“a\" did it \"” logged on to FS01.");
    record.text[RECORD_USER_NAME] = SLICE("{host}");
    expect_sentence(&record, "{host} が FS01 にログオンしました。", "{host} logged on to FS01.");
    record.text[RECORD_USER_NAME] = SLICE("someone");
    expect_sentence(&record, "someone が FS01 にログオンしました。", "someone logged on to FS01.");
}

static void marks_and_control_characters_become_blanks(void)
{
    static const char *const unsafe[] = {
        "a\nb",
        "a\tb",
        "a\x7f"
        "b",
        "a\xc2\x85"
        "b",
        "a\xe2\x80\xae"
        "b",
        "a\xe2\x80\xaa"
        "b",
        "a\xe2\x81\xa6"
        "b",
        "a\xe2\x81\xa9"
        "b",
        "a\xe2\x80\xa8"
        "b",
        "a\xe2\x80\x8f"
        "b",
        "a\xd8\x9c"
        "b",
        "a\xef\xbb\xbf"
        "b",
        "a\xf3\xa0\x80\xa1"
        "b",
        "a\r\n\x1b"
        "b",
    };
    for (size_t i = 0; i < ARRAY_COUNT(unsafe); i++) {
        Record record = logon(unsafe[i]);
        expect_sentence(&record, "「a b」が FS01 にログオンしました。", "“a b” logged on to FS01.");
    }
    Record record = logon("\xff\xc0tanaka");
    expect_sentence(&record, "��tanaka が FS01 にログオンしました。",
                    "��tanaka logged on to FS01.");
    char nul[] = "a\0b";
    record.text[RECORD_USER_NAME] = slice_of(nul, 3);
    expect_sentence(&record, "「a b」が FS01 にログオンしました。", "“a b” logged on to FS01.");
}

/* The cut never splits a code point and never goes over the maximum. */
static void long_values_are_cut_on_a_code_point(void)
{
    static const char *const units[] = {"a", "é", "漢", "😀"};
    for (size_t unit = 0; unit < ARRAY_COUNT(units); unit++) {
        for (size_t lead = 0; lead < 4; lead++) {
            CLEANUP(buf_done) Buf name = {0}, text = {0};
            size_t bytes = strlen(units[unit]);
            buf_add(&name, "xyz", lead < 3 ? lead : 3);
            while (name.len < 600) {
                buf_add_cstr(&name, units[unit]);
            }
            Record record = logon("");
            record.text[RECORD_USER_NAME] = buf_slice(&name);
            Slice sentence = render(&text, &record, LANGUAGE_EN);
            size_t kept = slice_find(sentence, SLICE("…"));
            expect(is_clean(sentence));
            expect(kept <= SENTENCE_VALUE_BYTES_MAX);
            expect(kept + bytes > SENTENCE_VALUE_BYTES_MAX);
            expect(slice_ends(sentence, SLICE("… logged on to FS01.")));
        }
    }
}

/* An optional piece whose second value is missing goes whole, the words before it stay. */
static void optional_pieces_go_whole(void)
{
    Record record = {.verb = VERB_DNS_QUERY, .outcome = OUTCOME_SUCCESS, .count = 1};
    record.text[RECORD_USER_NAME] = SLICE("tanaka");
    record.text[RECORD_AKASHI_OBJECT] = SLICE("www.example.com");
    expect_sentence(&record, "tanaka が www.example.com の名前を調べました。",
                    "tanaka looked up the name www.example.com.");
    record.text[RECORD_HOST_NAME] = SLICE("ns1");
    expect_sentence(&record, "tanaka が ns1 で www.example.com の名前を調べました。",
                    "tanaka looked up the name www.example.com at ns1.");
}

static void tables_of_words_are_sorted_and_complete(void)
{
    const WordTable *const tables[] = {&words_reasons,      &words_logon_types, &words_details,
                                       &words_sids,         &words_audit,       &words_titles,
                                       &words_placeholders, &words_sentences};
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        expect(tables[i]->count > 0);
        for (size_t k = 0; k < tables[i]->count; k++) {
            const Word *word = &tables[i]->words[k];
            expect(word_find(tables[i], word->key) == word);
            if (!expect(word->text[LANGUAGE_JA][0] && word->text[LANGUAGE_EN][0])) {
                tap_note("%.*s", SLICE_FMT(word->key));
            }
        }
        expect(word_find(tables[i], SLICE("no such key")) == NULL);
    }
    expect(word_title(SLICE("Microsoft-Windows-Sysmon"), SLICE("3")) != NULL);
    expect(word_title(SLICE(""), SLICE("3")) == NULL);
}

static const TapTest tests[] = {
    TAP_TEST(every_verb_says_something_full_or_empty),
    TAP_TEST(every_rule_sentence_says_something),
    TAP_TEST(every_verb_has_its_own_sentences),
    TAP_TEST(templates_are_well_formed),
    TAP_TEST(a_logon_reads_plainly),
    TAP_TEST(a_machine_is_not_said_to_reach_itself),
    TAP_TEST(accounts_of_windows_and_of_computers_are_named),
    TAP_TEST(reasons_are_words_or_the_code_itself),
    TAP_TEST(long_lists_of_details_are_cut),
    TAP_TEST(a_command_that_is_only_the_program_is_not_repeated),
    TAP_TEST(values_cannot_pass_for_words),
    TAP_TEST(marks_and_control_characters_become_blanks),
    TAP_TEST(long_values_are_cut_on_a_code_point),
    TAP_TEST(optional_pieces_go_whole),
    TAP_TEST(tables_of_words_are_sorted_and_complete),
};
TAP_MAIN(tests)
