/* See sentence.h. A sentence is rendered straight into the buffer; an optional piece whose value is
 * missing is taken back by setting the length to where the piece began. */
#include "record/sentence.h"

#include "base/utf8.h"
#include "record/words.h"

#define DETAILS_SHOWN_MAX 4

typedef struct Rendering {
    Buf *to;
    const Record *record;
    Language language;
    size_t start; /* of the sentence, in to */
    bool own;     /* what stands last are words or marks of ours, not a value */
} Rendering;

/* A place to go back to. The byte before it is kept, since words may have taken a blank there. */
typedef struct Mark {
    size_t len;
    char last;
} Mark;

typedef enum Quote { QUOTE_WHEN_NEEDED, QUOTE_ALWAYS } Quote;

/* --- words and values ------------------------------------------------------------------------- */

static Mark mark_here(const Rendering *r)
{
    size_t len = r->to->len;
    return (Mark){.len = len, .last = len > r->start ? r->to->ptr[len - 1] : '\0'};
}

static void go_back(Rendering *r, Mark mark)
{
    r->to->len = mark.len;
    if (mark.len > r->start) r->to->ptr[mark.len - 1] = mark.last;
}

/* Templates have blanks around values, so that a name in Latin letters stands apart; in Japanese
 * there are none around our own Japanese words and marks. */
static void drop_blank(Rendering *r)
{
    bool blank = r->to->len > r->start && r->to->ptr[r->to->len - 1] == ' ';
    if (blank && r->language == LANGUAGE_JA) r->to->len--;
}

/* Words of ours: at the beginning of an English sentence they get a capital, values never do. */
static void add_words(Rendering *r, const char *words)
{
    if ((unsigned char)words[0] >= 0x80) drop_blank(r);
    r->own = true;
    bool first = r->to->len == r->start && r->language == LANGUAGE_EN;
    if (first && words[0] >= 'a' && words[0] <= 'z') {
        buf_add_char(r->to, (char)(words[0] - 'a' + 'A'));
        words++;
    }
    buf_add_cstr(r->to, words);
}

static void add_either(Rendering *r, const char *ja, const char *en)
{
    add_words(r, r->language == LANGUAGE_JA ? ja : en);
}

static bool add_known(Rendering *r, const WordTable *table, Slice key)
{
    const Word *word = key.len ? word_find(table, key) : NULL;
    if (word) add_words(r, word->text[r->language]);
    return word != NULL;
}

/* Control characters, line separators, and the marks that change the direction or order of the text
 * around them (Unicode UAX 9), which a log's writer could use to make a sentence read otherwise. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/* A value that could be taken for a part of the sentence stands in quotes. */
static bool needs_quotes(Slice value)
{
    while (value.len > 0) {
        uint32_t c = utf8_take(&value);
        if (c <= ' ' || (c < 0x80 && strchr(",;()[]", (int)c))) return true;
        bool punctuation = (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x3011) ||
                           (c >= 0xff00 && c <= 0xff0f) || c == 0xa0;
        if (punctuation || is_unsafe(c)) return true;
    }
    return false;
}

/* The quotation marks themselves cannot come from a value. */
static uint32_t without_marks(uint32_t c, Language language)
{
    if (language == LANGUAGE_EN) return c == 0x201c || c == 0x201d ? '"' : c;
    return c == 0x300c ? 0x300e : c == 0x300d ? 0x300f : c;
}

static void add_cleaned(Rendering *r, Slice value, bool quoted)
{
    size_t bytes = 0;
    bool after_blank = false;
    while (value.len > 0) {
        char out[4];
        uint32_t c = utf8_take(&value);
        bool unsafe = is_unsafe(c);
        if (unsafe && after_blank) continue;
        c = unsafe ? ' ' : quoted ? without_marks(c, r->language) : c;
        after_blank = c == ' ';
        size_t len = utf8_put(out, c);
        if (bytes + len > SENTENCE_VALUE_BYTES_MAX) {
            buf_add_cstr(r->to, "…");
            return;
        }
        buf_add(r->to, out, len);
        bytes += len;
    }
}

/* False: there is no value, nothing was written. */
static bool add_value(Rendering *r, Slice value, Quote quote)
{
    value = slice_trim(value);
    if (value.len == 0) return false;
    bool quoted =
        quote == QUOTE_ALWAYS || needs_quotes(slice_first(value, SENTENCE_VALUE_BYTES_MAX));
    if (quoted) drop_blank(r);
    if (quoted) buf_add_cstr(r->to, r->language == LANGUAGE_JA ? "「" : "“");
    add_cleaned(r, value, quoted);
    r->own = quoted;
    if (quoted) buf_add_cstr(r->to, r->language == LANGUAGE_JA ? "」" : "”");
    return true;
}

static Slice text_of(const Rendering *r, RecordField field)
{
    return slice_trim(r->record->text[field]);
}

static bool add_field(Rendering *r, RecordField field, Quote quote)
{
    return add_value(r, text_of(r, field), quote);
}

/* --- who and where ---------------------------------------------------------------------------- */

/* The accounts that Windows itself works under: their names differ between languages of Windows,
 * their numbers do not (knowledge/words/sids.tsv). */
static bool is_windows_itself(Slice id)
{
    return slice_eq(id, SLICE("S-1-5-18")) || slice_eq(id, SLICE("S-1-5-19")) ||
           slice_eq(id, SLICE("S-1-5-20")) || slice_eq(id, SLICE("S-1-5-7"));
}

/* Names that end in $ are the accounts of computers (MS-SAMR 3.1.1.8.2); with the number of Windows
 * itself it is the machine's own. */
static bool add_account(Rendering *r, Slice name, Slice id)
{
    if (is_windows_itself(id) && add_known(r, &words_sids, id)) return true;
    if (name.len > 1 && name.ptr[name.len - 1] == '$') {
        add_either(r, "コンピューター ", "the computer ");
        return add_value(r, slice_first(name, name.len - 1), QUOTE_WHEN_NEEDED);
    }
    if (add_value(r, name, QUOTE_WHEN_NEEDED)) return true;
    return add_known(r, &words_sids, id) || add_value(r, id, QUOTE_WHEN_NEEDED);
}

static bool say_user(Rendering *r)
{
    return add_account(r, text_of(r, RECORD_USER_NAME), text_of(r, RECORD_USER_ID));
}

static bool say_account(Rendering *r)
{
    return add_account(r, text_of(r, RECORD_USER_TARGET_NAME), text_of(r, RECORD_USER_TARGET_ID));
}

static bool say_as(Rendering *r)
{
    return add_account(r, text_of(r, RECORD_USER_EFFECTIVE_NAME), (Slice){0});
}

static bool say_group(Rendering *r)
{
    Slice id = text_of(r, RECORD_GROUP_ID);
    return add_field(r, RECORD_GROUP_NAME, QUOTE_WHEN_NEEDED) || add_known(r, &words_sids, id) ||
           add_value(r, id, QUOTE_WHEN_NEEDED);
}

static bool is_loopback(Slice ip)
{
    return slice_eq(ip, SLICE("::1")) || slice_starts(ip, SLICE("127."));
}

static Slice first_label(Slice name)
{
    return slice_first(name, slice_find_char(name, '.'));
}

/* Kinds of logon that only happen at the machine itself: that it came from there goes without
 * saying. */
static bool is_local_kind(Slice logon_type)
{
    static const Slice kinds[] = {SLICE_INIT("interactive"),     SLICE_INIT("unlock"),
                                  SLICE_INIT("service"),         SLICE_INIT("batch"),
                                  SLICE_INIT("system"),          SLICE_INIT("cached_interactive"),
                                  SLICE_INIT("new_credentials"), SLICE_INIT("cached_unlock"),
                                  SLICE_INIT("console"),         SLICE_INIT("graphical")};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (slice_eq(kinds[i], logon_type)) return true;
    }
    return false;
}

static bool say_client(Rendering *r)
{
    Slice ip = text_of(r, RECORD_SOURCE_IP), name = text_of(r, RECORD_SOURCE_DOMAIN);
    Slice host = text_of(r, RECORD_HOST_NAME);
    bool same_name = name.len > 0 && slice_eq_nocase(first_label(name), first_label(host));
    if (is_loopback(ip) || (ip.len == 0 && same_name)) {
        return !is_local_kind(text_of(r, RECORD_AKASHI_LOGON_TYPE)) &&
               add_known(r, &words_placeholders, SLICE("local"));
    }
    if (name.len == 0 || same_name || slice_eq(name, ip)) {
        return add_value(r, ip, QUOTE_WHEN_NEEDED);
    }
    add_value(r, name, QUOTE_WHEN_NEEDED);
    if (ip.len == 0) return true;
    buf_add_cstr(r->to, " (");
    add_value(r, ip, QUOTE_WHEN_NEEDED);
    buf_add_char(r->to, ')');
    return true;
}

static bool say_dest(Rendering *r)
{
    if (!add_field(r, RECORD_DESTINATION_DOMAIN, QUOTE_WHEN_NEEDED) &&
        !add_field(r, RECORD_DESTINATION_IP, QUOTE_WHEN_NEEDED)) {
        return false;
    }
    Slice port = text_of(r, RECORD_DESTINATION_PORT);
    if (port.len == 0) return true;
    add_either(r, " のポート ", " port ");
    return add_value(r, port, QUOTE_WHEN_NEEDED);
}

/* --- what, why, how --------------------------------------------------------------------------- */

static bool say_host(Rendering *r)
{
    return add_field(r, RECORD_HOST_NAME, QUOTE_WHEN_NEEDED);
}

static bool say_object(Rendering *r)
{
    return add_field(r, RECORD_AKASHI_OBJECT, QUOTE_WHEN_NEEDED);
}

static bool say_target(Rendering *r)
{
    return add_field(r, RECORD_AKASHI_TARGET_PATH, QUOTE_WHEN_NEEDED);
}

static bool say_program(Rendering *r)
{
    return add_field(r, RECORD_PROCESS_EXECUTABLE, QUOTE_WHEN_NEEDED);
}

/* A command line that is only the program again says nothing new. */
static bool say_command(Rendering *r)
{
    Slice command = text_of(r, RECORD_PROCESS_COMMAND_LINE);
    Slice program = text_of(r, RECORD_PROCESS_EXECUTABLE), bare = command;
    if (bare.len >= 2 && bare.ptr[0] == '"' && bare.ptr[bare.len - 1] == '"') {
        bare = slice_of(bare.ptr + 1, bare.len - 2);
    }
    if (program.len > 0 && slice_eq_nocase(bare, program)) return false;
    return add_value(r, command, QUOTE_ALWAYS);
}

static bool say_service(Rendering *r)
{
    return add_account(r, text_of(r, RECORD_SERVICE_NAME), (Slice){0});
}

static bool say_task(Rendering *r)
{
    return add_field(r, RECORD_AKASHI_TASK, QUOTE_WHEN_NEEDED);
}

static bool say_mac(Rendering *r)
{
    return add_field(r, RECORD_SOURCE_MAC, QUOTE_WHEN_NEEDED);
}

static bool say_code(Rendering *r)
{
    return add_field(r, RECORD_EVENT_CODE, QUOTE_WHEN_NEEDED);
}

static bool say_provider(Rendering *r)
{
    return add_field(r, RECORD_EVENT_PROVIDER, QUOTE_WHEN_NEEDED);
}

static bool say_message(Rendering *r)
{
    return add_field(r, RECORD_MESSAGE, QUOTE_ALWAYS);
}

static bool say_reason(Rendering *r)
{
    return add_known(r, &words_reasons, text_of(r, RECORD_EVENT_REASON));
}

static bool say_how(Rendering *r)
{
    Slice key = text_of(r, RECORD_AKASHI_LOGON_TYPE);
    if (key.len == 0) return false;
    if (add_known(r, &words_logon_types, key)) return true;
    add_either(r, "ログオンの種類 ", "with logon type ");
    return add_value(r, key, QUOTE_WHEN_NEEDED);
}

static bool say_detail(Rendering *r)
{
    Slice rest = text_of(r, RECORD_AKASHI_DETAIL), piece;
    size_t shown = 0, hidden = 0;
    while (slice_cut(&rest, ',', &piece)) {
        piece = slice_trim(piece);
        if (piece.len == 0) continue;
        if (shown == DETAILS_SHOWN_MAX) {
            hidden++;
            continue;
        }
        if (shown++ > 0) add_either(r, "、", ", ");
        if (!add_known(r, &words_details, piece)) add_value(r, piece, QUOTE_WHEN_NEEDED);
    }
    if (hidden > 0) {
        buf_add_format(r->to, r->language == LANGUAGE_JA ? "、ほか%zu件" : " and %zu more", hidden);
    }
    return shown > 0;
}

/* The object of an audit policy change is the English name of a subcategory. */
static bool say_audit(Rendering *r)
{
    Slice name = text_of(r, RECORD_AKASHI_OBJECT);
    for (size_t i = 0; i < words_audit.count; i++) {
        const Word *word = &words_audit.words[i];
        if (slice_eq(slice_from_cstr(word->text[LANGUAGE_EN]), name)) {
            add_words(r, word->text[r->language]);
            return true;
        }
    }
    return add_value(r, name, QUOTE_WHEN_NEEDED);
}

static bool say_title(Rendering *r)
{
    const Word *word = word_title(text_of(r, RECORD_EVENT_PROVIDER), text_of(r, RECORD_EVENT_CODE));
    if (word) add_words(r, word->text[r->language]);
    return word != NULL;
}

static bool say_verb(Rendering *r)
{
    add_words(r, verbs[r->record->verb].label[r->language]);
    return true;
}

static bool say_count(Rendering *r)
{
    if (r->record->count < 2) return false;
    buf_add_format(r->to, r->language == LANGUAGE_JA ? "%u回" : "%u times", r->record->count);
    return true;
}

/* A reason without words of ours is given as it came; without a reason the source's code is. */
static bool say_note(Rendering *r)
{
    Slice reason = text_of(r, RECORD_EVENT_REASON), code = text_of(r, RECORD_ERROR_CODE);
    if (reason.len > 0) {
        if (word_find(&words_reasons, reason)) return false;
        add_either(r, "理由: ", "reason: ");
        return add_value(r, reason, QUOTE_WHEN_NEEDED);
    }
    if (code.len == 0 || r->record->outcome != OUTCOME_FAILURE) return false;
    add_either(r, "エラー番号 ", "error code ");
    return add_value(r, code, QUOTE_WHEN_NEEDED);
}

static bool say_inferred(Rendering *r)
{
    if (r->record->certainty != CERTAINTY_INFERRED) return false;
    add_either(r, "推定", "inferred");
    return true;
}

/* What stands in one pair of brackets at the end: each part only when there is something to say. */
static void add_tail(Rendering *r, bool (*const *parts)(Rendering *), size_t count)
{
    bool ja = r->language == LANGUAGE_JA, open = false;
    for (size_t i = 0; i < count; i++) {
        Mark before = mark_here(r);
        buf_add_cstr(r->to, open ? (ja ? "、" : ", ") : ja ? "（" : " (");
        if (parts[i](r)) {
            open = true;
        } else {
            go_back(r, before);
        }
    }
    if (open) buf_add_cstr(r->to, ja ? "）" : ")");
}

static bool (*const tail_parts[])(Rendering *) = {say_how, say_note, say_count, say_inferred};

static bool say_tail(Rendering *r)
{
    add_tail(r, tail_parts + 1, ARRAY_COUNT(tail_parts) - 1);
    return true;
}

static bool say_tail_how(Rendering *r)
{
    add_tail(r, tail_parts, ARRAY_COUNT(tail_parts));
    return true;
}

/* --- templates -------------------------------------------------------------------------------- */

static const struct {
    Slice name;
    bool (*say)(Rendering *r); /* false: no value; what it wrote so far is taken back */
} placeholders[] = {
    {SLICE_INIT("user"), say_user},       {SLICE_INIT("client"), say_client},
    {SLICE_INIT("host"), say_host},       {SLICE_INIT("object"), say_object},
    {SLICE_INIT("tail"), say_tail},       {SLICE_INIT("tail_how"), say_tail_how},
    {SLICE_INIT("account"), say_account}, {SLICE_INIT("reason"), say_reason},
    {SLICE_INIT("how"), say_how},         {SLICE_INIT("detail"), say_detail},
    {SLICE_INIT("program"), say_program}, {SLICE_INIT("command"), say_command},
    {SLICE_INIT("as"), say_as},           {SLICE_INIT("group"), say_group},
    {SLICE_INIT("service"), say_service}, {SLICE_INIT("task"), say_task},
    {SLICE_INIT("target"), say_target},   {SLICE_INIT("dest"), say_dest},
    {SLICE_INIT("code"), say_code},       {SLICE_INIT("provider"), say_provider},
    {SLICE_INIT("title"), say_title},     {SLICE_INIT("message"), say_message},
    {SLICE_INIT("audit"), say_audit},     {SLICE_INIT("mac"), say_mac},
    {SLICE_INIT("verb"), say_verb},       {SLICE_INIT("count"), say_count},
};

static bool say_placeholder(Rendering *r, Slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(placeholders); i++) {
        if (!slice_eq(placeholders[i].name, name)) continue;
        Mark before = mark_here(r);
        if (placeholders[i].say(r)) return true;
        go_back(r, before);
        return false;
    }
    return false;
}

/* A template's own text: behind words of ours it loses its first blank in Japanese. */
static void add_literal(Rendering *r, Slice text)
{
    if (text.len == 0) return;
    bool skip = r->own && r->language == LANGUAGE_JA && text.ptr[0] == ' ';
    buf_add_slice(r->to, slice_skip(text, skip));
    r->own = false;
}

/* Writes the text with its placeholders. False, in an optional piece only: one had no value. */
static bool add_piece(Rendering *r, Slice text, bool optional)
{
    while (text.len > 0) {
        size_t open = slice_find_char(text, '{');
        add_literal(r, slice_first(text, open));
        if (open == SLICE_NOT_FOUND) break;
        text = slice_skip(text, open + 1);
        Slice name;
        slice_cut(&text, '}', &name);
        if (say_placeholder(r, name)) continue;
        if (optional) return false;
        add_known(r, &words_placeholders, name);
    }
    return true;
}

static void add_template(Rendering *r, Slice template)
{
    while (template.len > 0) {
        size_t open = slice_find_char(template, '[');
        add_piece(r, slice_first(template, open), false);
        if (open == SLICE_NOT_FOUND) break;
        template = slice_skip(template, open + 1);
        Slice optional;
        slice_cut(&template, ']', &optional);
        Mark before = mark_here(r);
        bool own = r->own;
        if (add_piece(r, optional, true)) continue;
        go_back(r, before);
        r->own = own;
    }
}

static const Word *rule_sentence(Slice rule, bool failure)
{
    char key[64];
    static const Slice suffix = SLICE_INIT(" failure");
    if (!failure) return word_find(&words_sentences, rule);
    if (rule.len + suffix.len > sizeof key) return NULL;
    if (rule.len > 0) memcpy(key, rule.ptr, rule.len);
    memcpy(key + rule.len, suffix.ptr, suffix.len);
    return word_find(&words_sentences, slice_of(key, rule.len + suffix.len));
}

/* The rule's own sentence, else the verb's, else the generic one. */
static Slice template_for(const Record *record, Language language)
{
    bool failure = record->outcome == OUTCOME_FAILURE;
    const VerbInfo *verb = &verbs[record->verb];
    const Word *own = rule_sentence(record->text[RECORD_AKASHI_RULE], failure);
    if (own) return slice_from_cstr(own->text[language]);
    const char *of_verb = (failure ? verb->sentence_failure : verb->sentence)[language];
    if (of_verb[0] != '\0') return slice_from_cstr(of_verb);
    const Word *generic = rule_sentence(SLICE("generic"), failure);
    return slice_from_cstr(generic->text[language]);
}

void sentence_add(Buf *to, const Record *record, Language language)
{
    Rendering r = {.to = to, .record = record, .language = language, .start = to->len};
    add_template(&r, template_for(record, language));
}
