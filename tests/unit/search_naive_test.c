/* Random questions over random rows, answered twice: by search/, and here in the plainest way, from
 * the rows' printed JSON and their raw bytes. Both must agree on every row. The seed is in the
 * output of a failure; AKASHI_SEED=n repeats it. */
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/fold.h"
#include "record/print.h"
#include "search/field_ref.h"
#include "search/search.h"
#include "tests/support/fake_reader.h"

#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

static const QueryOptions asked_at = {.now_ns =
                                          1795190400000000000}; /* 2026-11-20T16:00Z, a Friday */

#define ROWS 24
#define ROUNDS 400
#define QUESTIONS 12
#define MEMBERS_MAX 64
#define TEXT_MAX 256

static uint64_t random_state;

static unsigned any(unsigned below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}
#define ANY_OF(list) ((list)[any(ARRAY_COUNT(list))])

/* --- random rows ------------------------------------------------------------------------------ */

static const char *const user_values[] = {
    "Tanaka", "EXAMPLE\\tanaka", "tanaka2", "suzuki taro", "営業部Sato", "", "ＴＡＮＡＫＡ"};
static const char *const path_values[] = {"D:\\share\\report.xlsx", "/srv/Report_2026.docx",
                                          "共有/見積.xlsx", "", "report"};
static const char *const address_values[] = {"192.0.2.1", "192.0.2.10", "198.51.100.7",
                                             "2001:db8::1", ""};
static const char *const number_values[] = {"0", "7", "1500", "-3", "12.5", "", "n/a"};
static const char *const raw_values[] = {"disk failure", "<13>Report from tanaka", "認証に失敗",
                                         "x", "ＤＩＳＫ"};
static const char *const id_values[] = {"4624", "4625", "4663"};

typedef struct Sample {
    Row row;
    Field fields[4];
} Sample;

static Slice pick(const char *const *list, size_t count)
{
    return slice_from_cstr(list[any((unsigned)count)]);
}
#define PICK(list) pick((list), ARRAY_COUNT(list))

static void make_row(Sample *sample)
{
    static const Verb chosen[] = {VERB_LOGON, VERB_LOGON_FAIL, VERB_READ, VERB_DELETE};
    Slice *text = sample->row.record.text;
    *sample = (Sample){0};
    sample->fields[0] = (Field){SLICE("EventID"), PICK(id_values), FIELD_NUMBER};
    sample->fields[1] = (Field){SLICE("TargetUserName"), PICK(user_values), FIELD_TEXT};
    sample->fields[2] = (Field){SLICE("Data"), PICK(path_values), FIELD_TEXT};
    sample->fields[3] = (Field){SLICE("Data"), PICK(raw_values), FIELD_TEXT};
    sample->row.event.fields = sample->fields;
    sample->row.event.field_count = ARRAY_COUNT(sample->fields);
    sample->row.event.raw = PICK(raw_values);
    sample->row.origin = SLICE("origin.log");
    sample->row.record.verb = ANY_OF(chosen);
    sample->row.record.outcome = (Outcome)any(3);
    sample->row.record.count = 1 + any(3);
    sample->row.record.end_ns = TIME_UNKNOWN;
    text[RECORD_USER_NAME] = PICK(user_values);
    text[RECORD_FILE_PATH] = PICK(path_values);
    text[RECORD_SOURCE_IP] = PICK(address_values);
    text[RECORD_SOURCE_BYTES] = PICK(number_values);
    text[RECORD_EVENT_CODE] = sample->fields[0].value;
}

/* --- a row as name and value pairs, read back from its JSON ----------------------------------- */

typedef struct Member {
    char name[TEXT_MAX], value[TEXT_MAX];
} Member;

typedef struct Members {
    Member list[MEMBERS_MAX];
    size_t count;
} Members;

/* Reads a string or a bare token; the values here have no escapes but \\ and \". */
static const char *read_scalar(const char *at, char *to)
{
    bool quoted = *at == '"';
    size_t len = 0;
    at += quoted;
    while (quoted ? *at != '"' : !strchr(",]}", *at)) {
        at += *at == '\\';
        CHECK(len < TEXT_MAX - 1);
        to[len++] = *at++;
    }
    to[len] = '\0';
    return at + quoted;
}

static void read_members(const char *at, Members *to)
{
    char name[TEXT_MAX];
    to->count = 0;
    for (at++; *at == '"';) {
        at = read_scalar(at, name) + 1;
        bool list = *at == '[';
        at += list;
        for (;;) {
            CHECK(to->count < MEMBERS_MAX);
            strcpy(to->list[to->count].name, name);
            at = read_scalar(at, to->list[to->count++].value);
            if (!list || *at == ']') break;
            at++;
        }
        at += list;
        at += *at == ',';
    }
}

/* --- the plain way ---------------------------------------------------------------------------- */

/* Full-width letters and digits to ASCII by subtraction on their third byte, then lower case. */
static void plain_fold(const char *from, char *to)
{
    while (*from) {
        unsigned char a = (unsigned char)from[0], b = a ? (unsigned char)from[1] : 0;
        if (a == 0xef && (b == 0xbc || b == 0xbd)) {
            unsigned code = (b == 0xbc ? 0xff00u : 0xff40u) + ((unsigned char)from[2] & 0x3f);
            *to++ = (char)(code - 0xfee0);
            from += 3;
        } else {
            *to++ = *from++;
        }
        if (to[-1] >= 'A' && to[-1] <= 'Z') to[-1] = (char)(to[-1] + 32);
    }
    *to = '\0';
}

/* The same without lower case. */
static void plain_width(const char *from, char *to)
{
    char folded[TEXT_MAX];
    while (*from) {
        char one[4] = {from[0], '\0'};
        size_t len = 1;
        if ((unsigned char)from[0] == 0xef) {
            memcpy(one, from, 3);
            one[3] = '\0';
            len = 3;
            plain_fold(one, folded);
            bool capital = folded[0] >= 'a' && folded[0] <= 'z' && (unsigned char)one[1] == 0xbc;
            if (capital) folded[0] = (char)(folded[0] - 32);
            strcpy(one, folded);
        }
        to = stpcpy(to, one);
        from += len;
    }
    *to = '\0';
}

static bool plain_regex(const char *value, const char *pattern)
{
    char folded[TEXT_MAX];
    regex_t regex;
    plain_fold(value, folded);
    CHECK(regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0);
    bool matches = regexec(&regex, folded, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

static bool plain_contains(const char *value, const char *word)
{
    char a[TEXT_MAX], b[TEXT_MAX];
    plain_fold(value, a);
    plain_fold(word, b);
    return strstr(a, b) != NULL;
}

static bool joins(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool has_words(const char *a, const char *b)
{
    for (const char *at = a; (at = strstr(at, b)); at++) {
        const char *end = at + strlen(b);
        if (at > a && joins(at[-1]) && joins(at[0])) continue;
        if (joins(end[-1]) && joins(end[0])) continue;
        return true;
    }
    return false;
}

static bool plain_has_words(const char *value, const char *words)
{
    char a[TEXT_MAX], b[TEXT_MAX];
    plain_fold(value, a);
    plain_fold(words, b);
    return has_words(a, b);
}

static bool plain_has_case_words(const char *value, const char *words)
{
    char a[TEXT_MAX];
    plain_width(value, a);
    return has_words(a, words);
}

static bool glob_here(const char *text, const char *pattern)
{
    if (*pattern == '\0') return *text == '\0';
    if (*pattern == '*')
        return glob_here(text, pattern + 1) || (*text && glob_here(text + 1, pattern));
    return *text == *pattern && glob_here(text + 1, pattern + 1);
}

static bool plain_glob(const char *value, const char *pattern)
{
    char a[TEXT_MAX], b[TEXT_MAX];
    plain_fold(value, a);
    plain_fold(pattern, b);
    return glob_here(a, b);
}

/* --- random questions ------------------------------------------------------------------------- */

typedef enum Kind {
    WORD,
    IS,
    GLOB,
    PRESENT,
    ABOVE,
    BELOW,
    WITHIN,
    EITHER,
    CASE_WORD,
    REGEX,
    ALL_OF,
    ANY_OF_THEM,
    NONE_OF
} Kind;

typedef struct Question Question;
struct Question {
    Kind kind;
    const char *field, *value, *other;
    Question *left, *right;
};

static const char *const fields[] = {"user.name", "file.path",  "EventID",      "TargetUserName",
                                     "Data",      "event.code", "source.bytes", "nosuchfield"};
static const char *const words[] = {"tanaka", "Report",    "失敗", "営業",  "disk",
                                    "xlsx",   "READ",      "削除", "logon", "success",
                                    "origin", "192.0.2.1", "zzz"};
static const char *const exact[] = {"tanaka",   "report", "sato",   "4624",   "7",
                                    "ＸＬＳＸ", "見積",   "suzuki", "EXAMPLE"};
static const char *const globs[] = {"tan*", "*.xlsx", "*report*", "*失敗*",
                                    "462*", "*a*o*",  "営業*"};
static const char *const case_words[] = {"Tanaka", "tanaka", "Report", "DISK",
                                         "disk",   "失敗",   "xlsx",   "TANAKA"};
/* What both regular expressions and the C library's regcomp understand alike. */
static const char *const regexes[] = {"^tan",    "xlsx$",  "^[0-9]+$",    "re(port|x)",
                                      "a.*[st]", "^.{4}$", "(a|o){1,2}k", "[^a-z]tan"};
static const char *const limits[] = {"0", "10", "-2.5", "1000", "4624"};

static Question *make_question(Arena *arena, unsigned depth)
{
    static const Kind leaves[] = {WORD,  WORD,  IS,     IS,     GLOB,      PRESENT,
                                  ABOVE, BELOW, WITHIN, EITHER, CASE_WORD, REGEX};
    static const Kind joints[] = {ALL_OF, ANY_OF_THEM, NONE_OF};
    Question *question = ARENA_NEW(arena, Question);
    CHECK(question);
    question->kind = depth > 0 && any(3) ? ANY_OF(joints) : ANY_OF(leaves);
    question->field = ANY_OF(fields);
    question->value = ANY_OF(exact);
    question->other = ANY_OF(exact);
    if (question->kind == WORD) question->value = ANY_OF(words);
    if (question->kind == CASE_WORD) question->value = ANY_OF(case_words);
    if (question->kind == REGEX) question->value = ANY_OF(regexes);
    if (question->kind == GLOB) question->value = ANY_OF(globs);
    if (question->kind == ABOVE || question->kind == BELOW) question->value = ANY_OF(limits);
    if (question->kind == WITHIN) question->field = "source.ip";
    if (question->kind >= ALL_OF) question->left = make_question(arena, depth - 1);
    if (question->kind >= ALL_OF && question->kind != NONE_OF) {
        question->right = make_question(arena, depth - 1);
    }
    return question;
}

static void write_question(Buf *to, const Question *q)
{
    switch (q->kind) {
    case WORD: buf_add_cstr(to, q->value); return;
    case IS:
    case GLOB: buf_add_format(to, "%s:%s", q->field, q->value); return;
    case CASE_WORD: buf_add_format(to, "%s:cs\"%s\"", q->field, q->value); return;
    case REGEX: buf_add_format(to, "%s:~\"%s\"", q->field, q->value); return;
    case PRESENT: buf_add_format(to, "%s:*", q->field); return;
    case ABOVE: buf_add_format(to, "%s>%s", q->field, q->value); return;
    case BELOW: buf_add_format(to, "%s <= %s", q->field, q->value); return;
    case WITHIN: buf_add_cstr(to, "source.ip:192.0.2.0/29"); return;
    case EITHER: buf_add_format(to, "%s in (%s, %s)", q->field, q->value, q->other); return;
    case NONE_OF: buf_add_cstr(to, "NOT "); break;
    case ALL_OF:
    case ANY_OF_THEM: break;
    }
    buf_add_char(to, '(');
    write_question(to, q->left);
    if (q->right) {
        buf_add_cstr(to, q->kind == ALL_OF ? " " : " OR ");
        write_question(to, q->right);
    }
    buf_add_char(to, ')');
}

/* Text, or equal as a number where the field is one. */
static bool plain_is(const Member *member, const char *value)
{
    char *end_a, *end_b;
    if (strcmp(member->name, "source.bytes") == 0) {
        double a = strtod(member->value, &end_a), b = strtod(value, &end_b);
        if (!*end_a && !*end_b && *value) return a == b;
    }
    return plain_has_words(member->value, value);
}

static bool member_meets(const Question *q, const Member *member)
{
    char *end;
    double number = strtod(member->value, &end);
    bool is_number = *end == '\0' && end != member->value;
    switch (q->kind) {
    case IS: return plain_is(member, q->value);
    case CASE_WORD: return plain_has_case_words(member->value, q->value);
    case REGEX: return plain_regex(member->value, q->value);
    case GLOB: return plain_glob(member->value, q->value);
    case PRESENT: return true;
    case ABOVE: return is_number && number > atof(q->value);
    case BELOW: return is_number && number <= atof(q->value);
    case WITHIN: return strncmp(member->value, "192.0.2.", 8) == 0 && atoi(member->value + 8) < 8;
    case EITHER: return plain_is(member, q->value) || plain_is(member, q->other);
    default: return false;
    }
}

static bool any_member_meets(const Question *q, const Members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        const Member *member = &members->list[i];
        if (strcmp(member->name, q->field) != 0 || !member->value[0]) continue;
        if (member_meets(q, member)) return true;
    }
    return false;
}

/* Every printed value of the record's text and of the source, the raw bytes, and the names of verb
 * and outcome in both languages. */
static bool word_is_in(const char *word, const Members *members, const Row *row)
{
    static const char *const computed[] = {"event.ingested", "event.end",    "event.category",
                                           "event.type",     "akashi.count", "akashi.certainty",
                                           "sentence.ja",    "sentence.en",  "_index",
                                           "@timestamp",     "event.outcome"};
    static const char *const outcomes[] = {"", "success 成功", "failure 失敗"};
    for (size_t i = 0; i < members->count; i++) {
        bool skip = false;
        for (size_t k = 0; k < ARRAY_COUNT(computed); k++) {
            skip |= strcmp(members->list[i].name, computed[k]) == 0;
        }
        if (!skip && plain_contains(members->list[i].value, word)) return true;
    }
    const VerbInfo *verb = &verbs[row->record.verb];
    return plain_contains(verb->label[0], word) || plain_contains(verb->label[1], word) ||
           plain_contains(outcomes[row->record.outcome], word) ||
           plain_contains(row->event.raw.ptr, word);
}

static bool plain_matches(const Question *q, const Members *members, const Row *row)
{
    switch (q->kind) {
    case WORD: return word_is_in(q->value, members, row);
    case ALL_OF:
        return plain_matches(q->left, members, row) && plain_matches(q->right, members, row);
    case ANY_OF_THEM:
        return plain_matches(q->left, members, row) || plain_matches(q->right, members, row);
    case NONE_OF: return !plain_matches(q->left, members, row);
    default: return any_member_meets(q, members);
    }
}

/* --- both ------------------------------------------------------------------------------------- */

static void read_row(const Row *row, Members *to)
{
    CLEANUP(buf_done) Buf json = {0};
    print_record_json(&json, row, true);
    buf_add_char(&json, '\0');
    CHECK(buf_error(&json) == 0);
    read_members(json.ptr, to);
}

static unsigned compare(Arena *arena, const Sample *samples, const Members *members)
{
    CLEANUP(buf_done) Buf text = {0};
    Complaint complaint = {0};
    Question *question = make_question(arena, 3);
    Query *query;
    unsigned matched = 0;
    write_question(&text, question);
    if (query_parse(buf_slice(&text), &asked_at, arena, &query, &complaint) < 0) {
        tap_fail(__FILE__, __LINE__, "%.*s refused: %s", SLICE_FMT(buf_slice(&text)), complaint.en);
        return 0;
    }
    for (size_t i = 0; i < ROWS; i++) {
        bool got = query_matches(query, &samples[i].row);
        bool want = plain_matches(question, &members[i], &samples[i].row);
        matched += got;
        if (got == want) continue;
        CLEANUP(buf_done) Buf json = {0};
        print_record_json(&json, &samples[i].row, true);
        tap_fail(__FILE__, __LINE__, "%.*s: got %d, want %d for raw %s and %.*s",
                 SLICE_FMT(buf_slice(&text)), got, want, samples[i].row.event.raw.ptr,
                 SLICE_FMT(buf_slice(&json)));
    }
    return matched;
}

static void engine_and_plain_way_agree(void)
{
    static Sample samples[ROWS];
    static Members members[ROWS];
    const char *seed = getenv("AKASHI_SEED");
    CHECK(setlocale(LC_CTYPE, "C.UTF-8")); /* a character is a character to regcomp, too */
    uint64_t asked = 0, matched = 0;
    for (unsigned round = 0; round < ROUNDS && tap_failures() == 0; round++) {
        uint64_t start = seed ? strtoull(seed, NULL, 10) : round + 1;
        Arena arena = arena_make(0);
        random_state = start * 2654435761u;
        for (size_t i = 0; i < ROWS; i++) {
            make_row(&samples[i]);
            read_row(&samples[i].row, &members[i]);
        }
        for (unsigned i = 0; i < QUESTIONS; i++) {
            matched += compare(&arena, samples, members);
            asked += ROWS;
        }
        if (tap_failures() > 0) tap_note("AKASHI_SEED=%llu", (unsigned long long)start);
        arena_done(&arena);
    }
    /* A test in which everything or nothing matches would prove little. */
    expect(matched > asked / 10 && matched < asked / 10 * 9);
}

/* --- needs and ranges --------------------------------------------------------------------------
 */

static bool row_holds(const Row *row, Slice text, const FieldRef *field)
{
    char scratch[RECORD_SCRATCH_BYTES];
    size_t position = 0;
    Slice value;
    if (field) {
        while (field_ref_next(field, row, &position, scratch, &value)) {
            if (fold_contains(value, text)) return true;
        }
        return false;
    }
    bool holds = fold_contains(row->event.raw, text) || fold_contains(row->origin, text);
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        holds |= fold_contains(row->record.text[i], text);
    }
    for (size_t i = 0; i < row->event.field_count; i++) {
        holds |= fold_contains(row->event.fields[i].value, text);
    }
    return holds;
}

/* No row that matches lacks what the question is said to need, so an index may pass over those that
 * do. */
static void what_is_needed_is_in_every_row_found(void)
{
    static Sample samples[ROWS];
    uint64_t seen = 0;
    for (unsigned round = 0; round < ROUNDS && tap_failures() == 0; round++) {
        Arena arena = arena_make(0);
        random_state = (round + 7919) * 2654435761u;
        for (size_t i = 0; i < ROWS; i++) {
            make_row(&samples[i]);
        }
        for (unsigned k = 0; k < QUESTIONS; k++) {
            CLEANUP(buf_done) Buf text = {0};
            Query *query;
            const QueryNeed *needs;
            size_t count;
            write_question(&text, make_question(&arena, 2));
            CHECK(query_parse(buf_slice(&text), &asked_at, &arena, &query, NULL) == 0);
            CHECK(query_needs(query, &arena, &needs, &count) == 0);
            for (size_t i = 0; i < ROWS; i++) {
                if (!query_matches(query, &samples[i].row)) continue;
                for (size_t n = 0; n < count; n++, seen++) {
                    if (row_holds(&samples[i].row, needs[n].text, needs[n].field)) continue;
                    tap_fail(__FILE__, __LINE__, "%.*s finds a row without %.*s",
                             SLICE_FMT(buf_slice(&text)), SLICE_FMT(needs[n].text));
                }
            }
        }
        arena_done(&arena);
    }
    expect(seen > 1000);
}

/* --- stats --------------------------------------------------------------------------------------
 */

typedef struct PlainGroup {
    const char *key;
    unsigned rows;
    double values[ROWS];
    size_t value_count;
    const char *texts[ROWS];
    size_t text_count;
} PlainGroup;

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int compare_plain_groups(const void *left, const void *right)
{
    const PlainGroup *a = left, *b = right;
    if (a->rows != b->rows) return a->rows > b->rows ? -1 : 1;
    return strcmp(a->key, b->key);
}

static void add_plain(PlainGroup *group, const char *text)
{
    char *end;
    bool known = *text == '\0';
    double value = strtod(text, &end);
    group->rows++;
    if (*text && *end == '\0') group->values[group->value_count++] = value;
    for (size_t i = 0; i < group->text_count; i++) {
        known |= strcmp(group->texts[i], text) == 0;
    }
    if (!known) group->texts[group->text_count++] = text;
}

/* One line: key, rows, different texts, sum, lowest number, the one at the nearest rank of 90 %. */
static void write_plain(Buf *to, PlainGroup *group)
{
    double sum = 0;
    buf_add_format(to, "%s/%u/%zu/", group->key, group->rows, group->text_count);
    qsort(group->values, group->value_count, sizeof(double), compare_doubles);
    for (size_t i = 0; i < group->value_count; i++) {
        sum += group->values[i];
    }
    if (group->value_count == 0) {
        buf_add_cstr(to, "//\n");
        return;
    }
    size_t rank = (group->value_count * 9 + 9) / 10;
    buf_add_format(to, "%.10g/%.10g/%.10g\n", sum, group->values[0], group->values[rank - 1]);
}

static void plain_stats(const Sample *samples, Buf *to)
{
    static PlainGroup groups[ROWS];
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const Slice *text = samples[i].row.record.text;
        const char *key = text[RECORD_FILE_PATH].ptr;
        size_t at = 0;
        while (at < count && strcmp(groups[at].key, key) != 0) {
            at++;
        }
        if (at == count) groups[count++] = (PlainGroup){.key = key};
        add_plain(&groups[at], text[RECORD_SOURCE_BYTES].ptr);
    }
    qsort(groups, count, sizeof *groups, compare_plain_groups);
    for (size_t i = 0; i < count; i++) {
        write_plain(to, &groups[i]);
    }
}

static int write_cells(void *context, const Answer *answer)
{
    for (size_t i = 0; i < answer->column_count; i++) {
        if (i > 0) buf_add_char(context, '/');
        buf_add_slice(context, answer->cells[i]);
    }
    buf_add_char(context, '\n');
    return 0;
}

static void stats_and_plain_way_agree(void)
{
    static Sample samples[ROWS];
    static Row rows[ROWS];
    const SearchOptions all = {.range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX}};
    Arena arena = arena_make(0);
    Query *query;
    CHECK(query_parse(SLICE("| stats count(), dc(source.bytes), sum(source.bytes), "
                            "min(source.bytes), p90(source.bytes) by file.path | eval low = "
                            "if(file.path != \"\" or 1 = 1, field(\"min(source.bytes)\"), 0) "
                            "| fields file.path, count, \"dc(source.bytes)\", "
                            "\"sum(source.bytes)\", low, \"p90(source.bytes)\""),
                      &asked_at, &arena, &query, NULL) == 0);
    for (unsigned round = 0; round < ROUNDS && tap_failures() == 0; round++) {
        CLEANUP(buf_done) Buf got = {0};
        CLEANUP(buf_done) Buf want = {0};
        SearchStats stats;
        random_state = (round + 104729) * 2654435761u;
        for (size_t i = 0; i < ROWS; i++) {
            make_row(&samples[i]);
            Slice *bytes = &samples[i].row.record.text[RECORD_SOURCE_BYTES];
            if (slice_eq(*bytes, SLICE("n/a"))) *bytes = SLICE("5"); /* min takes texts too */
            rows[i] = samples[i].row;
        }
        StoreReader reader = {.rows = rows, .count = ROWS};
        CHECK(search_run(query, &reader, &all, write_cells, &got, &stats) == 0);
        plain_stats(samples, &want);
        if (!expect_slice(buf_slice(&got), buf_slice(&want))) tap_note("round %u", round);
    }
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(stats_and_plain_way_agree),
    TAP_TEST(engine_and_plain_way_agree),
    TAP_TEST(what_is_needed_is_in_every_row_found),
};
TAP_MAIN(tests)
