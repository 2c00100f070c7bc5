/* See sentence_int.h: what each placeholder says. */
#include "record/sentence_int.h"

#define DETAILS_SHOWN_MAX 4

static Slice text_of(const Rendering *r, RecordField field)
{
    return slice_trim(r->record->text[field]);
}

static bool add_field(Rendering *r, RecordField field, Quote quote)
{
    return sentence_add_value(r, text_of(r, field), quote);
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
    if (is_windows_itself(id) && sentence_add_known(r, &words_sids, id)) return true;
    if (name.len > 1 && name.ptr[name.len - 1] == '$') {
        sentence_add_either(r, "コンピューター ", "the computer ");
        return sentence_add_value(r, slice_first(name, name.len - 1), QUOTE_WHEN_NEEDED);
    }
    if (sentence_add_value(r, name, QUOTE_WHEN_NEEDED)) return true;
    return sentence_add_known(r, &words_sids, id) || sentence_add_value(r, id, QUOTE_WHEN_NEEDED);
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
    return add_field(r, RECORD_GROUP_NAME, QUOTE_WHEN_NEEDED) ||
           sentence_add_known(r, &words_sids, id) || sentence_add_value(r, id, QUOTE_WHEN_NEEDED);
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
               sentence_add_known(r, &words_placeholders, SLICE("local"));
    }
    if (name.len == 0 || same_name || slice_eq(name, ip)) {
        return sentence_add_value(r, ip, QUOTE_WHEN_NEEDED);
    }
    sentence_add_value(r, name, QUOTE_WHEN_NEEDED);
    if (ip.len == 0) return true;
    buf_add_cstr(r->to, " (");
    sentence_add_value(r, ip, QUOTE_WHEN_NEEDED);
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
    sentence_add_either(r, " のポート ", " port ");
    return sentence_add_value(r, port, QUOTE_WHEN_NEEDED);
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
    return sentence_add_value(r, command, QUOTE_ALWAYS);
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
    return sentence_add_known(r, &words_reasons, text_of(r, RECORD_EVENT_REASON));
}

static bool say_how(Rendering *r)
{
    Slice key = text_of(r, RECORD_AKASHI_LOGON_TYPE);
    if (key.len == 0) return false;
    if (sentence_add_known(r, &words_logon_types, key)) return true;
    sentence_add_either(r, "ログオンの種類 ", "with logon type ");
    return sentence_add_value(r, key, QUOTE_WHEN_NEEDED);
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
        if (shown++ > 0) sentence_add_either(r, "、", ", ");
        if (!sentence_add_known(r, &words_details, piece))
            sentence_add_value(r, piece, QUOTE_WHEN_NEEDED);
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
            sentence_add_words(r, word->text[r->language]);
            return true;
        }
    }
    return sentence_add_value(r, name, QUOTE_WHEN_NEEDED);
}

static bool say_title(Rendering *r)
{
    const Word *word = word_title(text_of(r, RECORD_EVENT_PROVIDER), text_of(r, RECORD_EVENT_CODE));
    if (word) sentence_add_words(r, word->text[r->language]);
    return word != NULL;
}

static bool say_verb(Rendering *r)
{
    sentence_add_words(r, verbs[r->record->verb].label[r->language]);
    return true;
}

static bool say_count(Rendering *r)
{
    if (r->record->count < 2) return false;
    /* Raw events, not actions: one saved document is dozens of them. */
    buf_add_format(r->to, r->language == LANGUAGE_JA ? "元の記録%u件" : "%u events",
                   r->record->count);
    return true;
}

/* A reason without words of ours is given as it came; without a reason the source's code is. */
static bool say_note(Rendering *r)
{
    Slice reason = text_of(r, RECORD_EVENT_REASON), code = text_of(r, RECORD_ERROR_CODE);
    if (reason.len > 0) {
        if (word_find(&words_reasons, reason)) return false;
        sentence_add_either(r, "理由: ", "reason: ");
        return sentence_add_value(r, reason, QUOTE_WHEN_NEEDED);
    }
    if (code.len == 0 || r->record->outcome != OUTCOME_FAILURE) return false;
    sentence_add_either(r, "エラー番号 ", "error code ");
    return sentence_add_value(r, code, QUOTE_WHEN_NEEDED);
}

static bool say_inferred(Rendering *r)
{
    if (r->record->certainty != CERTAINTY_INFERRED) return false;
    sentence_add_either(r, "推定", "inferred");
    return true;
}

/* What stands in one pair of brackets at the end: each part only when there is something to say. */
static void add_tail(Rendering *r, bool (*const *parts)(Rendering *), size_t count)
{
    bool ja = r->language == LANGUAGE_JA, open = false;
    for (size_t i = 0; i < count; i++) {
        Mark before = sentence_mark(r);
        buf_add_cstr(r->to, open ? (ja ? "、" : ", ") : ja ? "（" : " (");
        if (parts[i](r)) {
            open = true;
        } else {
            sentence_go_back(r, before);
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

/* --- the table -------------------------------------------------------------------------------- */

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

bool sentence_say(Rendering *r, Slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(placeholders); i++) {
        if (!slice_eq(placeholders[i].name, name)) continue;
        Mark before = sentence_mark(r);
        if (placeholders[i].say(r)) return true;
        sentence_go_back(r, before);
        return false;
    }
    return false;
}
