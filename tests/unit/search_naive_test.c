/* Random questions over random rows, answered twice: by search/, and here in the plainest way, from
 * the rows' printed JSON and their raw bytes. Both must agree on every row. The seed is in the
 * output of a failure; AKASHI_SEED=n repeats it. */
#include "tests/support/tap.h"

#include "base/check.h"
#include "record/print.h"
#include "search/query.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS 24
#define ROUNDS 400
#define QUESTIONS 12
#define MEMBERS_MAX 64
#define TEXT_MAX 256

static uint64_t random_state;

static unsigned any(unsigned below) {
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

static Slice pick(const char *const *list, size_t count) {
    return slice_from_cstr(list[any((unsigned)count)]);
}
#define PICK(list) pick((list), ARRAY_COUNT(list))

static void make_row(Sample *sample) {
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
static const char *read_scalar(const char *at, char *to) {
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

static void read_members(const char *at, Members *to) {
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
static void plain_fold(const char *from, char *to) {
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

static bool plain_contains(const char *value, const char *word) {
    char a[TEXT_MAX], b[TEXT_MAX];
    plain_fold(value, a);
    plain_fold(word, b);
    return strstr(a, b) != NULL;
}

static bool joins(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool plain_has_words(const char *value, const char *words) {
    char a[TEXT_MAX], b[TEXT_MAX];
    plain_fold(value, a);
    plain_fold(words, b);
    for (const char *at = a; (at = strstr(at, b)); at++) {
        const char *end = at + strlen(b);
        if (at > a && joins(at[-1]) && joins(at[0])) continue;
        if (joins(end[-1]) && joins(end[0])) continue;
        return true;
    }
    return false;
}

static bool glob_here(const char *text, const char *pattern) {
    if (*pattern == '\0') return *text == '\0';
    if (*pattern == '*')
        return glob_here(text, pattern + 1) || (*text && glob_here(text + 1, pattern));
    return *text == *pattern && glob_here(text + 1, pattern + 1);
}

static bool plain_glob(const char *value, const char *pattern) {
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
static const char *const limits[] = {"0", "10", "-2.5", "1000", "4624"};

static Question *make_question(Arena *arena, unsigned depth) {
    static const Kind leaves[] = {WORD, WORD, IS, IS, GLOB, PRESENT, ABOVE, BELOW, WITHIN, EITHER};
    static const Kind joints[] = {ALL_OF, ANY_OF_THEM, NONE_OF};
    Question *question = ARENA_NEW(arena, Question);
    CHECK(question);
    question->kind = depth > 0 && any(3) ? ANY_OF(joints) : ANY_OF(leaves);
    question->field = ANY_OF(fields);
    question->value = ANY_OF(exact);
    question->other = ANY_OF(exact);
    if (question->kind == WORD) question->value = ANY_OF(words);
    if (question->kind == GLOB) question->value = ANY_OF(globs);
    if (question->kind == ABOVE || question->kind == BELOW) question->value = ANY_OF(limits);
    if (question->kind == WITHIN) question->field = "source.ip";
    if (question->kind >= ALL_OF) question->left = make_question(arena, depth - 1);
    if (question->kind >= ALL_OF && question->kind != NONE_OF) {
        question->right = make_question(arena, depth - 1);
    }
    return question;
}

static void write_question(Buf *to, const Question *q) {
    switch (q->kind) {
    case WORD: buf_add_cstr(to, q->value); return;
    case IS:
    case GLOB: buf_add_format(to, "%s:%s", q->field, q->value); return;
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
static bool plain_is(const Member *member, const char *value) {
    char *end_a, *end_b;
    if (strcmp(member->name, "source.bytes") == 0) {
        double a = strtod(member->value, &end_a), b = strtod(value, &end_b);
        if (!*end_a && !*end_b && *value) return a == b;
    }
    return plain_has_words(member->value, value);
}

static bool member_meets(const Question *q, const Member *member) {
    char *end;
    double number = strtod(member->value, &end);
    bool is_number = *end == '\0' && end != member->value;
    switch (q->kind) {
    case IS: return plain_is(member, q->value);
    case GLOB: return plain_glob(member->value, q->value);
    case PRESENT: return true;
    case ABOVE: return is_number && number > atof(q->value);
    case BELOW: return is_number && number <= atof(q->value);
    case WITHIN: return strncmp(member->value, "192.0.2.", 8) == 0 && atoi(member->value + 8) < 8;
    case EITHER: return plain_is(member, q->value) || plain_is(member, q->other);
    default: return false;
    }
}

static bool any_member_meets(const Question *q, const Members *members) {
    for (size_t i = 0; i < members->count; i++) {
        const Member *member = &members->list[i];
        if (strcmp(member->name, q->field) != 0 || !member->value[0]) continue;
        if (member_meets(q, member)) return true;
    }
    return false;
}

/* Every printed value of the record's text and of the source, the raw bytes, and the names of verb
 * and outcome in both languages. */
static bool word_is_in(const char *word, const Members *members, const Row *row) {
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

static bool plain_matches(const Question *q, const Members *members, const Row *row) {
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

static void read_row(const Row *row, Members *to) {
    CLEANUP(buf_done) Buf json = {0};
    print_record_json(&json, row, true);
    buf_add_char(&json, '\0');
    CHECK(buf_error(&json) == 0);
    read_members(json.ptr, to);
}

static unsigned compare(Arena *arena, const Sample *samples, const Members *members) {
    CLEANUP(buf_done) Buf text = {0};
    Complaint complaint = {0};
    Question *question = make_question(arena, 3);
    Query *query;
    unsigned matched = 0;
    write_question(&text, question);
    if (query_parse(buf_slice(&text), arena, &query, &complaint) < 0) {
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

static void engine_and_plain_way_agree(void) {
    static Sample samples[ROWS];
    static Members members[ROWS];
    const char *seed = getenv("AKASHI_SEED");
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

static const TapTest tests[] = {
    TAP_TEST(engine_and_plain_way_agree),
};
TAP_MAIN(tests)
