/* search/query.h: what questions mean, and what is said about those that mean nothing. */
#include "tests/support/tap.h"

#include "base/fold.h"
#include "base/time_text.h"
#include "search/measure.h"
#include "search/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const QueryOptions asked_at = {.now_ns =
                                          1795190400000000000}; /* 2026-11-20T16:00Z, a Friday */

/* --- one row to ask about --------------------------------------------------------------------- */

static const Field sample_fields[] = {
    {SLICE_INIT("EventID"), SLICE_INIT("4663"), FIELD_NUMBER},
    {SLICE_INIT("TargetUserName"), SLICE_INIT("Suzuki"), FIELD_TEXT},
    {SLICE_INIT("Data"), SLICE_INIT("first"), FIELD_TEXT},
    {SLICE_INIT("Data"), SLICE_INIT("second piece"), FIELD_TEXT},
    {SLICE_INIT("empty"), SLICE_INIT(""), FIELD_TEXT},
    {SLICE_INIT("level"), SLICE_INIT("Warning"), FIELD_TEXT},
    {SLICE_INIT("IpAddress"), SLICE_INIT("::ffff:192.0.2.7"), FIELD_TEXT},
    {SLICE_INIT("部署"), SLICE_INIT("営業部ＡＢＣ"), FIELD_TEXT},
    {SLICE_INIT("http.request.id"), SLICE_INIT("a-1"), FIELD_TEXT},
};

static Row sample_row(void)
{
    Row row = {
        .origin = SLICE("syslog/udp 192.0.2.250"),
        .event = {.format = EVENT_WINDOWS,
                  .index = 12,
                  .record_id = 99,
                  .raw = SLICE("<13>raw text: Disk Failure on /dev/sda ユーザー認証に失敗しました"),
                  .fields = sample_fields,
                  .field_count = ARRAY_COUNT(sample_fields)},
        .record = {.end_ns = TIME_UNKNOWN,
                   .verb = VERB_DELETE,
                   .outcome = OUTCOME_FAILURE,
                   .certainty = CERTAINTY_INFERRED,
                   .count = 3}};
    Slice *text = row.record.text;
    if (time_parse_rfc3339(SLICE("2026-11-20T08:40:37.5Z"), 0, &row.record.time_ns) < 0) abort();
    row.record.ingested_ns = row.record.time_ns + NS_PER_SECOND;
    text[RECORD_USER_NAME] = SLICE("EXAMPLE\\Tanaka");
    text[RECORD_EVENT_CODE] = SLICE("4663");
    text[RECORD_SOURCE_IP] = SLICE("192.0.2.10");
    text[RECORD_SOURCE_BYTES] = SLICE("1500000");
    text[RECORD_HOST_NAME] = SLICE("FILESV01.example.com");
    text[RECORD_FILE_PATH] = SLICE("D:\\共有\\営業\\見積 2026.xlsx");
    text[RECORD_PROCESS_COMMAND_LINE] = SLICE("powershell.exe -enc SQBFAFgA --no-check --for");
    return row;
}

typedef struct Case {
    const char *query;
    bool matches;
} Case;

static void check(const Case *cases, size_t count)
{
    Row row = sample_row();
    for (size_t i = 0; i < count; i++) {
        Arena arena = arena_make(0);
        Complaint complaint = {0};
        Query *query;
        int r = query_parse(slice_from_cstr(cases[i].query), &asked_at, &arena, &query, &complaint);
        if (r < 0) {
            tap_fail(__FILE__, __LINE__, "[%s] refused: %s", cases[i].query, complaint.en);
        } else if (query_matches(query, &row) != cases[i].matches) {
            tap_fail(__FILE__, __LINE__, "[%s] should%s match", cases[i].query,
                     cases[i].matches ? "" : " not");
        }
        arena_done(&arena);
    }
}
#define CHECK_CASES(...)                                                                           \
    check((const Case[]){__VA_ARGS__}, sizeof((const Case[]){__VA_ARGS__}) / sizeof(Case))

static void words_are_found_anywhere(void)
{
    CHECK_CASES({"", true}, {"   ", true}, {"*", true}, {"disk", true}, {"DISK failure", true},
                {"disk missing", false}, {"isk fail", true}, {"\"disk failure\"", true},
                {"\"failure disk\"", false}, {"suzuki", true}, {"tanaka", true}, {"second", true},
                {"192.0.2.250", true}, {"fail*sda", true}, {"d?sk", true}, {"d??k", true},
                {"d???k", false}, {"*.xlsx", true}, {"--no-check", true}, {"powershell.exe", true},
                {"http://example.com/x", false}, {"/dev/sda", true}, {"nothinglikethis", false});
}

static void japanese_is_found_without_blanks_between_words(void)
{
    CHECK_CASES(
        {"認証", true}, {"ユーザー認証", true}, {"認証失敗", false}, {"営業", true},
        {"営業部abc", true}, {"営業部ＡＢＣ", true}, {"ａｂｃ", true}, {"見積　２０２６", true},
        {"\"見積　２０２６\"", true}, {"ユーザー：ｔａｎａｋａ", true}, {"だれ：田中", false},
        {"部署：営業部", true}, {"（認証　OR　欠席）", true}, {"ファイル:*.xlsx", true},
        {"ファイル：＊．ｘｌｓｘ", true}, {"D:￥共有", true}, {"file.path:d:\\共有\\*", true});
}

static void verbs_and_outcomes_are_words_too(void)
{
    CHECK_CASES({"削除", true}, {"DELETE", true}, {"deleted", true}, {"失敗", true},
                {"failure", true}, {"ログオン", false}, {"成功", false}, {"success", false},
                {"操作:削除", true}, {"action:delete", true}, {"action:DELETE*", true},
                {"action:LOGON*", false}, {"NOT 操作:ログオン", true}, {"結果:失敗", true},
                {"event.outcome:failure", true}, {"outcome:success", false},
                {"event.category:file", true}, {"event.type:deletion", true},
                {"event.category:process", false}, {"akashi.certainty:inferred", true},
                {"確かさ:観測", false}, {"action:*", true}, {"action in (READ, DELETE)", true});
}

static void a_field_matches_whole_values_or_whole_words(void)
{
    CHECK_CASES({"user.name:tanaka", true}, {"user:TANAKA", true}, {"who:tanak", false},
                {"user.name:EXAMPLE\\tanaka", true}, {"user.name:\"example\\tanaka\"", true},
                {"user:tana*", false}, {"user:*tana*", true}, {"user:*\\tana??", true},
                {"USER.NAME:tanaka", true}, {"user.name=tanaka", true}, {"user==tanaka", true},
                {"user!=tanaka", false}, {"user!=suzuki", true}, {"user : tanaka", true},
                {"host:filesv01", true}, {"host:filesv0", false}, {"host:example.com", true},
                {"file:xlsx", true}, {"file.path:\"見積 2026.xlsx\"", true},
                {"file.path:見積*", false}, {"file.path:*見積*", true}, {"event.code:4663", true},
                {"event.code:466", false}, {"cmd:powershell.exe", true}, {"cmd:power", false},
                {"cmd:\"*\"", false}, {"_file:192.0.2.250", true}, {"_index:12", true},
                {"_record:99", true}, {"_raw:*sda*", true});
}

static void the_sources_own_names_work(void)
{
    CHECK_CASES({"EventID:4663", true}, {"eventid:4663", true}, {"EventID:4624", false},
                {"TargetUserName:suzuki", true}, {"targetusername:*", true}, {"Data:first", true},
                {"Data:second", true}, {"Data:piece", true}, {"Data:third", false},
                {"empty:*", false}, {"nosuchfield:*", false}, {"nosuchfield:x", false},
                {"http.request.id:a-1", true}, {"\"http.request.id\":a-1", true}, {"部署:*", true},
                {"level:warning", true}, {"log.level:*", false}, {"EventID>4000", true},
                {"EventID in (4624, 4663)", true}, {"IpAddress:192.0.2.0/24", true},
                {"ipaddress:192.0.2.7", true});
}

static void addresses_are_ranges(void)
{
    CHECK_CASES({"source.ip:192.0.2.10", true}, {"source.ip:192.0.2.1", false},
                {"ip:192.0.2.0/28", true}, {"ip:192.0.2.0/29", false}, {"ip:0.0.0.0/0", true},
                {"ip:::/0", true}, {"ip:::1", false}, {"ip:2001:db8::/32", false},
                {"ip:192.0.2.*", true}, {"ip:92.0.2.10", false}, {"ip:192.0.2.9..192.0.2.11", true},
                {"ip in (198.51.100.0/24, 192.0.2.0/24)", true}, {"ip:\"192.0.2.10\"", true},
                {"NOT ip:10.0.0.0/8", true});
}

static void numbers_and_times_compare(void)
{
    CHECK_CASES(
        {"source.bytes>1000", true}, {"source.bytes > 1.4M", true}, {"source.bytes>1.5M", false},
        {"source.bytes>=1.5M", true}, {"source.bytes<=1500000", true},
        {"source.bytes<1500000", false}, {"source.bytes<1500000.1", true},
        {"source.bytes:1500000..1500001", true}, {"source.bytes:1500001..", false},
        {"source.bytes:..1500000", true}, {"source.bytes:1.5M", true}, {"source.bytes:>1000", true},
        {"source.bytes>1.43Mi", true}, {"source.bytes>1.44Mi", false}, {"akashi.count:3", true},
        {"akashi.count>3", false}, {"user.name>5", false}, {"nosuchfield<5", false},
        {"event.code>4000", true}, {"@timestamp>2026-11-20", false},
        {"@timestamp>=2026-11-20", true}, {"@timestamp<2026-11-21", true},
        {"time:2026-11-20", true}, {"time:2026-11-19", false}, {"time:2026-11-20T08:40", true},
        {"time:2026-11-20T08:41", false}, {"time:2026-11-20T17:40+09:00", true},
        {"time:2026-11-20T08:40:37Z", true}, {"time:2026-11-20T08:40:37.4Z", false},
        {"time:2026-11-01..2026-11-20", true}, {"time:2026-11-01..2026-11-19", false},
        {"日時>2026-11-20T08:40:37Z", false}, {"event.end>2000-01-01", false},
        {"event.ingested>2026-11-20T08:40:38Z", false},
        {"event.ingested:2026-11-20T08:40:38Z", true});
}

static void operators_join(void)
{
    CHECK_CASES({"disk AND tanaka", true}, {"disk and nothere", false}, {"nothere OR tanaka", true},
                {"nothere or neither", false}, {"NOT nothere", true}, {"not disk", false},
                {"-nothere", true}, {"-disk", false}, {"!nothere", true}, {"disk -tanaka", false},
                {"NOT NOT disk", true}, {"nothere OR disk tanaka", true},
                {"(nothere OR disk) (tanaka OR neither)", true}, {"NOT (disk nothere)", true},
                {"NOT disk OR tanaka", true}, {"user:(suzuki OR tanaka)", true},
                {"user:(suzuki, sato)", false}, {"user:(example AND tanaka)", true},
                {"user:(NOT tanaka)", false}, {"\"or\"", true}, {"android", false},
                {"event.code in (4624,4625,\"4663\")", true}, {"event.code in (1, 2)", false},
                {"file.path in (*.docx, *.xlsx)", true}, {"cmd:enc -cmd:nothere", true});
}

static void what_looks_like_a_field_may_be_text(void)
{
    CHECK_CASES({"C:\\Windows", false}, {"fe80::1", false}, {"aa:bb:cc:dd:ee:ff", false},
                {"https://example.com/?a=b", false}, {"12:30:00", false}, {"2001:db8::1", false},
                {"std::string", false}, {"\"raw text: disk\"", true}, {"D:\\共有", true});
}

/* --- complaints ------------------------------------------------------------------------------- */

typedef struct Refusal {
    const char *query;
    const char *id;
    unsigned column;
    const char *says; /* part of the English words */
} Refusal;

static void check_refusal(const Refusal *refusal)
{
    Arena arena = arena_make(0);
    Complaint complaint = {0};
    Query *query = NULL;
    int r = query_parse(slice_from_cstr(refusal->query), &asked_at, &arena, &query, &complaint);
    if (r != -EINVAL || query) {
        tap_fail(__FILE__, __LINE__, "[%s] was not refused", refusal->query);
    } else {
        if (strcmp(complaint.id, refusal->id) != 0 || complaint.column != refusal->column) {
            tap_fail(__FILE__, __LINE__, "[%s] %s at %u, want %s at %u", refusal->query,
                     complaint.id, complaint.column, refusal->id, refusal->column);
        }
        if (!strstr(complaint.en, refusal->says)) {
            tap_fail(__FILE__, __LINE__, "[%s] says: %s", refusal->query, complaint.en);
        }
        expect(complaint.ja[0] != '\0' && strcmp(complaint.ja, complaint.en) != 0);
    }
    arena_done(&arena);
}

static void refusals_say_where_and_what_next(void)
{
    static const Refusal refusals[] = {
        {"user:\"tanaka", "query.unclosed_quote", 6, "add a \""},
        {"認証 \"失敗", "query.unclosed_quote", 4, "add a \""},
        {"\"\"", "query.empty_phrase", 1, ""},
        {"user:", "query.missing_value", 6, "user.name:*"},
        {"(user: )", "query.missing_value", 8, "user.name"},
        {"user:\"\"", "query.missing_value", 6, ""},
        {"(a OR b", "query.unclosed_parenthesis", 1, "add a )"},
        {"a b)", "query.stray_parenthesis", 4, "\")\""},
        {"a OR", "query.missing_word", 5, ""},
        {"AND a", "query.missing_word", 1, ""},
        {"a OR OR b", "query.missing_word", 6, ""},
        {"()", "query.missing_word", 2, ""},
        {"NOT", "query.missing_word", 4, ""},
        {"source.bytes>many", "query.not_a_number", 14, "many"},
        {"action>5", "query.not_a_number", 8, ""},
        {"@timestamp>5", "query.not_a_number", 12, ""},
        {"action:DELET", "query.unknown_value", 8, "DELETE"},
        {"操作：けす", "query.unknown_value", 4, "event.action"},
        {"outcome:failed", "query.unknown_value", 9, "unknown, success or failure"},
        {"action:消去", "query.unknown_value", 8, "LOGON"},
        {"event.code in (1 2)", "query.list", 18, "commas"},
        {"event.code in (1, 2", "query.unclosed_parenthesis", 15, ""},
        {"event.code in (1,)", "query.missing_value", 18, ""},
        {"a | stat count()", "query.unknown_pipe", 5, "stats"},
        {"a | ", "query.unknown_pipe", 5, "stats, top"},
        {"a | head", "query.rows", 9, "head 20"},
        {"a | head 0", "query.rows", 10, ""},
        {"a | head 5 6", "query.unexpected", 12, ""},
        {"| stats", "query.function", 8, "count()"},
        {"| stats sun(x)", "query.function", 9, "sum"},
        {"| stats sum()", "query.argument", 12, "sum(source.bytes)"},
        {"| stats sum(x", "query.unclosed_parenthesis", 12, ""},
        {"| stats count() by a,b,c,d,e", "query.too_many_fields", 28, "4"},
        {"| stats count() by user, user.name", "query.twice", 26, ""},
        {"| stats count() by count", "query.twice", 9, ""},
        {"| stats count() by user | sort host", "query.unknown_column", 32, "user.name"},
        {"| fields user | top hots", "query.unknown_column", 21, "user.name"},
        {"| sort", "query.field_missing", 7, ""},
        {"| fields a,,b", "query.field_missing", 12, ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        check_refusal(&refusals[i]);
    }
}

/* `piece` so many times, parsed; the id of the complaint or "" */
static const char *refuse_repeated(const char *piece, size_t times)
{
    CLEANUP(buf_done) Buf text = {0};
    static Complaint complaint;
    Arena arena = arena_make(0);
    Query *query;
    for (size_t i = 0; i < times; i++) {
        buf_add_cstr(&text, piece);
    }
    int r = query_parse(buf_slice(&text), &asked_at, &arena, &query, &complaint);
    arena_done(&arena);
    return r < 0 ? complaint.id : "";
}

static void limits_are_said_in_words(void)
{
    expect_text(slice_from_cstr(refuse_repeated("a", QUERY_BYTES_MAX + 1)), "query.too_long");
    expect_text(slice_from_cstr(refuse_repeated("a ", QUERY_TERMS_MAX)), "");
    expect_text(slice_from_cstr(refuse_repeated("a ", QUERY_TERMS_MAX + 1)),
                "query.too_many_terms");
    expect_text(slice_from_cstr(refuse_repeated("(", 8000)), "query.too_deep");
    expect_text(slice_from_cstr(refuse_repeated("-", 8000)), "query.too_long_word");
    expect_text(slice_from_cstr(refuse_repeated("!", 8000)), "query.too_deep");
    expect_text(slice_from_cstr(refuse_repeated("NOT ", 4000)), "query.too_deep");
    expect_text(slice_from_cstr(refuse_repeated("a", 2000)), "query.too_long_word");
    expect_text(slice_from_cstr(refuse_repeated("|head 1", QUERY_PIPES_MAX)), "");
    expect_text(slice_from_cstr(refuse_repeated("|head 1", QUERY_PIPES_MAX + 1)),
                "query.too_many_pipes");
    expect_text(slice_from_cstr(refuse_repeated("\xff", 3)), "query.encoding");
}

/* --- the tools below -------------------------------------------------------------------------- */

static void folding_makes_alike(void)
{
    static const char *const pairs[][2] = {
        {"ABC", "abc"},
        {"ＡＢＣ１２３", "abc123"},
        {"ÀÉÎÕÜ×", "àéîõü×"},
        {"ΑΣΩςΆΈΌΎ", "ασωσάέόύ"},
        {"ПРИВЕТ ЁЖ", "привет ёж"},
        {"￥¥\\", "\\\\\\"},
        {"　", " "},
        {"漢字カナｶﾅ", "漢字カナカナ"},
        {"ﾛｸﾞｵﾝ ﾊﾟｽﾜｰﾄﾞ", "ログオン パスワード"},
        {"ｳﾞｧｲｵﾘﾝ｡｢･｣､", "ヴァイオリン。「・」、"},
        {"か\u3099ハ\u309aは\u3099", "がパば"},
        {"あﾞｱﾟﾞ", "あ\u3099ア\u309a\u3099"},
        {"かなカナ ー", "かなカナ ー"},
        {"￠￡￢￦￪", "¢£¬₩↑"},
        {"㈱①", "㈱①"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        char text[256];
        Slice from = slice_from_cstr(pairs[i][0]);
        expect_text(slice_of(text, fold_text(text, from)), pairs[i][1]);
    }
    char text[8];
    expect_text(slice_of(text, fold_text(text, SLICE("A\xff\xe3\x81"))), "a\xff\xe3\x81");
}

/* A needle is found wherever it lies, also across the pieces in which a long text is folded. */
static void long_texts_are_searched_whole(void)
{
    static char text[20000];
    Slice needle = SLICE("needle");
    for (size_t at = 4000; at < 4200; at++) {
        memset(text, ' ', sizeof text);
        memcpy(text + at, "NEEDLE", 6);
        Slice whole = slice_of(text, sizeof text);
        if (!fold_contains(whole, needle) || !fold_contains_words(whole, needle)) {
            tap_fail(__FILE__, __LINE__, "not found at %zu", at);
        }
        text[at - 1] = 'x';
        if (fold_contains_words(whole, needle))
            tap_fail(__FILE__, __LINE__, "joined before %zu", at);
        memcpy(text + at - 2, "\xc3\xa9", 2);
        if (fold_contains_words(whole, needle)) tap_fail(__FILE__, __LINE__, "é before %zu", at);
        text[at - 1] = text[at - 2] = ' ';
        memcpy(text + at + 6, "\xc3\xa9", 2);
        if (fold_contains_words(whole, needle))
            tap_fail(__FILE__, __LINE__, "joined after %zu", at);
        memcpy(text + at + 6, "\xe8\xaa\x8d", 3);
        if (!fold_contains_words(whole, needle))
            tap_fail(__FILE__, __LINE__, "kanji after %zu", at);
    }
    expect(!fold_contains(slice_of(text, 100), needle));
    expect(fold_contains(SLICE("ｎｅｅｄｌｅ"), needle));
}

/* The longest needle there may be, at every place around the joint of two pieces. */
static void the_longest_needle_is_found(void)
{
    static char text[9000], needle[FOLD_NEEDLE_BYTES_MAX];
    memset(needle, 'q', sizeof needle);
    needle[0] = 'a';
    for (size_t at = 2900; at < 4200; at += 3) {
        memset(text, 'q', sizeof text);
        memcpy(text + at, needle, sizeof needle);
        Slice whole = slice_of(text, sizeof text), sought = slice_of(needle, sizeof needle);
        if (!fold_contains(whole, sought)) tap_fail(__FILE__, __LINE__, "not found at %zu", at);
        if (fold_contains_words(whole, sought)) tap_fail(__FILE__, __LINE__, "no word at %zu", at);
        text[at - 1] = text[at + sizeof needle] = ' ';
        if (!fold_contains_words(whole, sought)) tap_fail(__FILE__, __LINE__, "a word at %zu", at);
        text[at + 700] = 'x';
        if (fold_contains(whole, sought)) tap_fail(__FILE__, __LINE__, "found at %zu", at);
    }
}

static void globs_match(void)
{
    expect(fold_glob(SLICE("aXbXc"), SLICE("a*b*c")));
    expect(fold_glob(SLICE(""), SLICE("*")));
    expect(!fold_glob(SLICE(""), SLICE("?")));
    expect(fold_glob(SLICE("認証"), SLICE("??")));
    expect(!fold_glob(SLICE("認証x"), SLICE("??")));
    expect(fold_glob(SLICE("aaab"), SLICE("*ab")));
    expect(!fold_glob(SLICE("aaab"), SLICE("a*a")));
    expect(fold_glob(SLICE("\xff\xfe"), SLICE("??")));
}

static void check_decimal(const char *text, int want, int64_t billionths)
{
    Decimal number = -1;
    int r = decimal_parse_units(slice_from_cstr(text), &number);
    if (r != want || (r == 0 && number != (Decimal)billionths)) {
        tap_fail(__FILE__, __LINE__, "%s: r %d, %lld", text, r, (long long)number);
    }
}

static void decimals_are_exact(void)
{
    check_decimal("0", 0, 0);
    check_decimal("-1.5", 0, -1500000000);
    check_decimal("0.000000001", 0, 1);
    check_decimal("0.0000000019", 0, 1);
    check_decimal("2e-1", 0, 200000000);
    check_decimal("1.5e1", 0, 15000000000);
    check_decimal("0x10", 0, 16000000000);
    check_decimal("1k", 0, 1000000000000);
    check_decimal("1KiB", 0, 1024000000000);
    check_decimal("1kb", 0, 1000000000000);
    check_decimal("", -EINVAL, 0);
    check_decimal("k", -EINVAL, 0);
    check_decimal("1.", -EINVAL, 0);
    check_decimal("1..2", -EINVAL, 0);
    check_decimal("5B", -EINVAL, 0);
    check_decimal("1e99", -ERANGE, 0);
    check_decimal("99999999999999999999999999999", -ERANGE, 0);
    Decimal number, other;
    expect_ok(decimal_parse(SLICE("18446744073709551615"), &number));
    expect_ok(decimal_parse(SLICE("18446744073709551614"), &other));
    expect(number == other + DECIMAL_ONE);
}

static void address_ranges_end_where_they_should(void)
{
    AddressRange range;
    Address address;
    expect_ok(address_range_parse(SLICE("198.51.100.129/25"), &range));
    expect(address_parse(SLICE("198.51.100.128"), &address) == 0 && address_in(&address, &range));
    expect(address_parse(SLICE("198.51.100.255"), &address) == 0 && address_in(&address, &range));
    expect(address_parse(SLICE("198.51.100.127"), &address) == 0 && !address_in(&address, &range));
    expect(address_parse(SLICE("::ffff:198.51.100.200"), &address) == 0 &&
           address_in(&address, &range));
    expect_int(address_range_parse(SLICE("10.0.0.0/33"), &range), -EINVAL);
    expect_int(address_range_parse(SLICE("10.0.0/8"), &range), -EINVAL);
    expect_int(address_range_parse(SLICE("2001:db8::/129"), &range), -EINVAL);
    expect_ok(address_range_parse(SLICE("2001:db8::/32"), &range));
    expect(address_parse(SLICE("[2001:db8:ffff::1]"), &address) == 0 &&
           address_in(&address, &range));
    expect_ok(address_parse(SLICE("fe80::1%eth0"), &address));
}

static const TapTest tests[] = {
    TAP_TEST(words_are_found_anywhere),
    TAP_TEST(japanese_is_found_without_blanks_between_words),
    TAP_TEST(verbs_and_outcomes_are_words_too),
    TAP_TEST(a_field_matches_whole_values_or_whole_words),
    TAP_TEST(the_sources_own_names_work),
    TAP_TEST(addresses_are_ranges),
    TAP_TEST(numbers_and_times_compare),
    TAP_TEST(operators_join),
    TAP_TEST(what_looks_like_a_field_may_be_text),
    TAP_TEST(refusals_say_where_and_what_next),
    TAP_TEST(limits_are_said_in_words),
    TAP_TEST(folding_makes_alike),
    TAP_TEST(long_texts_are_searched_whole),
    TAP_TEST(the_longest_needle_is_found),
    TAP_TEST(globs_match),
    TAP_TEST(decimals_are_exact),
    TAP_TEST(address_ranges_end_where_they_should),
};
TAP_MAIN(tests)
