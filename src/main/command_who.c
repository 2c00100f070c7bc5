/* akashi who: who, and which terminal, an address was at a moment; which addresses a name had. Asks
 * the store for the records that say so, so it answers for as long as they are kept. */
#include "main/commands.h"
#include "main/output.h"
#include "main/store_kek.h"

#include "base/json_text.h"
#include "engine/identity_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#define WHO_SPANS_MAX 4096 /* lines of answer for a name; what is older is left out */

typedef struct Who {
    const Invocation *invocation;
    Slice asked; /* address or name */
    bool is_address, is_json;
    int64_t at_ns, from_ns, to_ns;
    Identity *identity;
    Buf output;
    uint64_t records;
} Who;

static bool is_address(const char *text)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* --- what is known ---------------------------------------------------------------------------- */

static int learn(Who *who, const Secret *kek, Complaint *complaint)
{
    uint64_t seed[2];
    const IdentityLoad load = {
        .os = &os_real,
        .folder = who->invocation->folder,
        .kek = kek,
        .from_ns = who->from_ns,
        .to_ns = who->to_ns,
        .memory_bytes_max =
            (size_t)setting_number(&who->invocation->settings, SETTING_SEARCH_MEMORY_MIB) << 20,
    };
    int r = os_real.random(os_real.state, seed, sizeof seed);
    if (r < 0) return r;
    who->identity = identity_new(0, seed);
    return who->identity ? identity_load(&load, who->identity, &who->records, complaint) : -ENOMEM;
}

/* --- an address ------------------------------------------------------------------------------- */

static const char *const evidence_token[] = {"dhcp", "vpn", "logon", "dns"};
static const MessageId evidence_words[] = {MESSAGE_WHO_BY_DHCP, MESSAGE_WHO_BY_VPN,
                                           MESSAGE_WHO_BY_LOGON, MESSAGE_WHO_BY_DNS};
static const MessageId certainty_words[] = {MESSAGE_WHO_OBSERVED, MESSAGE_WHO_CORRELATED,
                                            MESSAGE_WHO_INFERRED};

typedef struct TimeText {
    char text[TIME_TEXT_MAX];
} TimeText;

static Slice local_time(const Who *who, int64_t ns, TimeText *to)
{
    return slice_of(to->text, time_print_plain(to->text, ns, who->invocation->zone_offset_seconds));
}

static Slice utc_time(int64_t ns, TimeText *to)
{
    return slice_of(to->text, time_print_rfc3339(to->text, ns));
}

/* Words of a message alone, for use inside another one. */
static Slice words_of(const Who *who, MessageId id, Buf *room)
{
    const MessagePart none[MESSAGE_PARTS_MAX] = {{0}};
    size_t begin = room->len;
    message_add(room, id, who->invocation->language, none);
    return slice_of(room->ptr + begin, room->len - begin);
}

static void add_line(Who *who, MessageId id, const MessagePart *parts)
{
    message_add(&who->output, id, who->invocation->language, parts);
    buf_add_char(&who->output, '\n');
}

static void say_candidate(Who *who, MessageId id, const IdentityCandidate *candidate)
{
    TimeText seen;
    char number[NUMBER_WORDS_MAX];
    CLEANUP(buf_done) Buf evidence = {0}, certainty = {0};
    const MessagePart parts[MESSAGE_PARTS_MAX] = {
        {"name", candidate->name},
        {"more", candidate->more.len ? candidate->more : SLICE("-")},
        {"evidence", words_of(who, evidence_words[candidate->evidence], &evidence)},
        {"certainty", words_of(who, certainty_words[candidate->certainty], &certainty)},
        {"time", local_time(who, candidate->seen_ns, &seen)},
        {"record", number_words(number, candidate->reference)},
    };
    add_line(who, id, parts);
}

static void say_answer(Who *who, const IdentityAnswer *answer)
{
    TimeText at;
    const MessagePart parts[MESSAGE_PARTS_MAX] = {{"address", who->asked},
                                                  {"time", local_time(who, who->at_ns, &at)}};
    add_line(who, MESSAGE_WHO_TITLE, parts);
    for (size_t i = 0; i < answer->terminal_count; i++) {
        say_candidate(who, MESSAGE_WHO_TERMINAL, &answer->terminals[i]);
    }
    if (answer->terminal_count == 0) add_line(who, MESSAGE_WHO_NO_TERMINAL, parts);
    for (size_t i = 0; i < answer->person_count; i++) {
        say_candidate(who, MESSAGE_WHO_PERSON, &answer->persons[i]);
    }
    if (answer->person_count == 0) add_line(who, MESSAGE_WHO_NO_PERSON, parts);
    if (answer->shared) add_line(who, MESSAGE_WHO_SHARED, parts);
}

static void add_member(Buf *to, const char *name, Slice text)
{
    buf_add_format(to, "\"%s\":", name);
    json_add_string(to, text);
}

static void add_candidates(Buf *to, const char *name, const char *more_name,
                           const IdentityCandidate *list, size_t count)
{
    buf_add_format(to, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        TimeText seen;
        buf_add_cstr(to, i > 0 ? ",{" : "{");
        add_member(to, "name", list[i].name);
        buf_add_char(to, ',');
        add_member(to, more_name, list[i].more);
        buf_add_format(to, ",\"evidence\":\"%s\",\"certainty\":\"%s\",",
                       evidence_token[list[i].evidence], certainty_token(list[i].certainty));
        add_member(to, "seen", utc_time(list[i].seen_ns, &seen));
        buf_add_format(to, ",\"record\":%llu}", (unsigned long long)list[i].reference);
    }
    buf_add_char(to, ']');
}

static void print_answer_json(Who *who, const IdentityAnswer *answer)
{
    TimeText at;
    buf_add_char(&who->output, '{');
    add_member(&who->output, "address", who->asked);
    buf_add_char(&who->output, ',');
    add_member(&who->output, "at", utc_time(who->at_ns, &at));
    add_candidates(&who->output, "terminals", "mac", answer->terminals, answer->terminal_count);
    add_candidates(&who->output, "persons", "domain", answer->persons, answer->person_count);
    buf_add_format(&who->output, ",\"shared\":%s}\n", answer->shared ? "true" : "false");
}

static bool answer_address(Who *who)
{
    IdentityAnswer answer;
    identity_ask(who->identity, who->asked, who->at_ns, &answer);
    if (who->is_json) {
        print_answer_json(who, &answer);
    } else {
        say_answer(who, &answer);
    }
    return answer.terminal_count + answer.person_count > 0;
}

/* --- a name ----------------------------------------------------------------------------------- */

typedef struct Span { /* sightings of the name at one address, by one kind of evidence */
    Slice address;
    IdentityEvidence evidence;
    bool as_person;
    int64_t first_ns, last_ns;
    uint64_t count;
} Span;

typedef struct Spans {
    const Who *who;
    Span list[WHO_SPANS_MAX];
    size_t count;
} Spans;

static bool is_name(Slice name, Slice asked)
{
    size_t dot = slice_find_char(name, '.');
    return slice_eq_nocase(name, asked) ||
           (dot != SLICE_NOT_FOUND && slice_eq_nocase(slice_first(name, dot), asked));
}

static void on_sighting(void *context, const IdentitySighting *s)
{
    Spans *spans = context;
    bool as_person = is_name(s->person, spans->who->asked);
    if ((!as_person && !is_name(s->terminal, spans->who->asked)) || s->is_end) return;
    Span *last = spans->count > 0 ? &spans->list[spans->count - 1] : NULL;
    if (last && slice_eq(last->address, s->address) && last->evidence == s->evidence &&
        last->as_person == as_person && s->seen_ns - last->last_ns < IDENTITY_PERSON_NS) {
        last->last_ns = s->seen_ns;
        last->count++;
    } else if (spans->count < WHO_SPANS_MAX) {
        spans->list[spans->count++] = (Span){.address = s->address,
                                             .evidence = s->evidence,
                                             .as_person = as_person,
                                             .first_ns = s->seen_ns,
                                             .last_ns = s->seen_ns,
                                             .count = 1};
    }
}

static void print_span(Who *who, const Span *span)
{
    TimeText first, last;
    char number[NUMBER_WORDS_MAX];
    if (who->is_json) {
        buf_add_char(&who->output, '{');
        add_member(&who->output, "name", who->asked);
        buf_add_char(&who->output, ',');
        add_member(&who->output, "address", span->address);
        buf_add_format(&who->output, ",\"as\":\"%s\",\"evidence\":\"%s\",",
                       span->as_person ? "person" : "terminal", evidence_token[span->evidence]);
        add_member(&who->output, "first", utc_time(span->first_ns, &first));
        buf_add_char(&who->output, ',');
        add_member(&who->output, "last", utc_time(span->last_ns, &last));
        buf_add_format(&who->output, ",\"count\":%llu}\n", (unsigned long long)span->count);
        return;
    }
    CLEANUP(buf_done) Buf evidence = {0};
    const MessagePart parts[MESSAGE_PARTS_MAX] = {
        {"address", span->address},
        {"evidence", words_of(who, evidence_words[span->evidence], &evidence)},
        {"first", local_time(who, span->first_ns, &first)},
        {"last", local_time(who, span->last_ns, &last)},
        {"count", number_words(number, span->count)},
    };
    add_line(who, span->as_person ? MESSAGE_WHO_SPAN_PERSON : MESSAGE_WHO_SPAN_TERMINAL, parts);
}

static int answer_name(Who *who, bool *ret_found)
{
    CLEANUP(arena_done) Arena arena = {0};
    Spans *spans = ARENA_NEW(&arena, Spans);
    if (!spans) return -ENOMEM;
    spans->who = who;
    identity_each(who->identity, on_sighting, spans);
    for (size_t i = 0; i < spans->count; i++)
        print_span(who, &spans->list[i]);
    *ret_found = spans->count > 0;
    return 0;
}

/* --- the command ------------------------------------------------------------------------------ */

static int read_options(Who *who)
{
    const Invocation *invocation = who->invocation;
    if (invocation->argument_count != 1) {
        SAY(MESSAGE_WHO_NOTHING_ASKED, invocation->language);
        return -EINVAL;
    }
    const char *format = option_value(invocation, "format");
    who->asked = slice_from_cstr(invocation->arguments[0]);
    who->is_address = is_address(invocation->arguments[0]);
    who->is_json = format && strcmp(format, "json") == 0;
    who->at_ns = os_real.now_ns(os_real.state);
    int r = option_time(invocation, "at", &who->at_ns);
    who->from_ns = who->at_ns - IDENTITY_LEASE_NS;
    who->to_ns = who->at_ns + IDENTITY_LEASE_NS;
    if (r == 0) r = option_time(invocation, "from", &who->from_ns);
    return r < 0 ? r : option_time(invocation, "to", &who->to_ns);
}

static int say_failure(const Who *who, int error, const Complaint *complaint)
{
    Language language = who->invocation->language;
    Slice folder = slice_from_cstr(who->invocation->folder);
    if (error == -ENOENT) {
        SAY(MESSAGE_STORE_ABSENT, language, {"folder", folder});
    } else if (complaint->id) {
        say_complaint(complaint, language);
    } else {
        SAY(MESSAGE_INPUT_UNREADABLE, language, {"file", folder}, {"error", error_words(error)});
    }
    return EXIT_FAILED;
}

static int answer(Who *who)
{
    bool found = false;
    int r = 0;
    if (who->is_address) {
        found = answer_address(who);
    } else {
        r = answer_name(who, &found);
    }
    if (r == 0) r = output_flush(&who->output, 0);
    if (r < 0 && r != -EPIPE) return EXIT_FAILED;
    if (found) return EXIT_DONE;
    char number[NUMBER_WORDS_MAX];
    SAY(MESSAGE_WHO_UNKNOWN, who->invocation->language, {"asked", who->asked},
        {"count", number_words(number, who->records)});
    return EXIT_ANSWER_NO;
}

static int run_who(const Invocation *invocation)
{
    Who who = {.invocation = invocation};
    Complaint complaint = {0};
    Secret *kek = NULL;
    if (read_options(&who) < 0 || store_kek_open(invocation, false, &kek) < 0) return EXIT_FAILED;
    int r = learn(&who, kek, &complaint);
    int status = r < 0 ? say_failure(&who, r, &complaint) : answer(&who);
    identity_free(who.identity);
    buf_done(&who.output);
    secret_free(kek);
    return status;
}

static const OptionInfo who_options[] = {
    {"at",
     "TIME",
     {"この日時のこと（2026-11-19 14:05）。指定がなければ今",
      "at this time (2026-11-19 14:05); now when not given"}},
    {"from", "TIME", {"名前の場合: この日時から", "for a name: from this time on"}},
    {"to", "TIME", {"名前の場合: この日時より前まで", "for a name: before this time"}},
    {"format", "FORMAT", {"words（文章）, json", "words, json"}},
};

const CommandInfo who_command = {
    .name = "who",
    .arguments = "ADDRESS|NAME",
    .words = {"あるとき、そのアドレスは誰の・どの端末だったか",
              "who, and which terminal, an address was at a moment"},
    .examples = "  akashi who 10.0.3.17 --at '2026-11-19 14:05'\n"
                "  akashi who PC-021 --from 2026-11-01 --to 2026-11-20\n"
                "  akashi who tanaka --format json\n",
    .options = who_options,
    .option_count = ARRAY_COUNT(who_options),
    .run = run_who,
};
