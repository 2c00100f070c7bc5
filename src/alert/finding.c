/* See finding.h. */
#include "alert/finding.h"

#include "base/number.h"

#include <errno.h>

#define FINDING_VERSION 1
#define FINDING_TEXTS_MAX 16

static const char *const level_tokens[FINDING_LEVEL_COUNT] = {"informational", "low", "medium",
                                                              "high", "critical"};
static const char *const phase_tokens[PHASE_COUNT] = {"none",   "intrusion", "infection",
                                                      "spread", "theft",     "destruction"};

FindingLevel finding_level_of(Slice token)
{
    for (int i = 0; i < FINDING_LEVEL_COUNT; i++) {
        if (slice_eq_nocase(token, slice_from_cstr(level_tokens[i]))) return (FindingLevel)i;
    }
    return FINDING_MEDIUM;
}

const char *finding_level_token(FindingLevel level)
{
    return level_tokens[level];
}

const char *finding_phase_token(AttackPhase phase)
{
    return phase_tokens[phase];
}

/* The tactics of ATT&CK (attack.mitre.org/tactics/enterprise) joined into the five phases. */
static const struct {
    const char *tag;
    AttackPhase phase;
} phase_tags[] = {
    {"attack.reconnaissance", PHASE_INTRUSION},
    {"attack.initial-access", PHASE_INTRUSION},
    {"attack.credential-access", PHASE_INTRUSION},
    {"attack.execution", PHASE_INFECTION},
    {"attack.persistence", PHASE_INFECTION},
    {"attack.privilege-escalation", PHASE_INFECTION},
    {"attack.defense-evasion", PHASE_INFECTION},
    {"attack.command-and-control", PHASE_INFECTION},
    {"attack.discovery", PHASE_SPREAD},
    {"attack.lateral-movement", PHASE_SPREAD},
    {"attack.collection", PHASE_THEFT},
    {"attack.exfiltration", PHASE_THEFT},
    {"attack.impact", PHASE_DESTRUCTION},
    {"akashi.phase.intrusion", PHASE_INTRUSION},
    {"akashi.phase.infection", PHASE_INFECTION},
    {"akashi.phase.spread", PHASE_SPREAD},
    {"akashi.phase.theft", PHASE_THEFT},
    {"akashi.phase.destruction", PHASE_DESTRUCTION},
};

/* Older rules write the tactics with an underscore. */
static bool is_tag(Slice tag, const char *known)
{
    if (tag.len != strlen(known)) return false;
    for (size_t i = 0; i < tag.len; i++) {
        char c = tag.ptr[i] == '_' ? '-' : tag.ptr[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c != known[i]) return false;
    }
    return true;
}

AttackPhase finding_phase_of(Slice tags)
{
    AttackPhase found = PHASE_NONE;
    Slice tag;
    while (slice_cut(&tags, ' ', &tag)) {
        for (size_t i = 0; i < ARRAY_COUNT(phase_tags); i++) {
            if (phase_tags[i].phase > found && is_tag(tag, phase_tags[i].tag)) {
                found = phase_tags[i].phase;
            }
        }
    }
    return found;
}

/* ---- bytes */

/* All texts of a finding in the order of the bytes, so that both directions have one list. */
static size_t finding_texts(AlertFinding *finding, Slice *texts[FINDING_TEXTS_MAX])
{
    size_t count = 0;
    texts[count++] = &finding->rule;
    texts[count++] = &finding->tags;
    texts[count++] = &finding->user;
    texts[count++] = &finding->host;
    texts[count++] = &finding->source;
    texts[count++] = &finding->object;
    for (int language = 0; language < 2; language++) {
        FindingWords *words = &finding->words[language];
        texts[count++] = &words->title;
        texts[count++] = &words->seen;
        texts[count++] = &words->why;
        texts[count++] = &words->todo;
        texts[count++] = &words->call;
    }
    return count;
}

static void add_text(Buf *to, Slice text)
{
    Slice cut = slice_first(text, FINDING_TEXT_BYTES_MAX);
    buf_add_varint(to, cut.len);
    buf_add_slice(to, cut);
}

static void add_record(Buf *to, const FindingRecord *record)
{
    buf_add_varint(to, record->reference);
    buf_add_le64(to, (uint64_t)record->time_ns);
    add_text(to, record->sentence[0]);
    add_text(to, record->sentence[1]);
    add_text(to, record->origin);
    add_text(to, record->raw);
}

void finding_encode(Buf *to, const AlertFinding *finding)
{
    AlertFinding copy = *finding;
    Slice *texts[FINDING_TEXTS_MAX];
    size_t text_count = finding_texts(&copy, texts);
    size_t fields = copy.field_count < FINDING_FIELDS_MAX ? copy.field_count : FINDING_FIELDS_MAX;
    size_t records =
        copy.record_count < FINDING_RECORDS_MAX ? copy.record_count : FINDING_RECORDS_MAX;
    buf_add_char(to, FINDING_VERSION);
    buf_add_char(to, (char)copy.level);
    buf_add_char(to, (char)copy.phase);
    buf_add_char(to, (char)copy.outcome);
    buf_add_le64(to, (uint64_t)copy.time_ns);
    for (size_t i = 0; i < text_count; i++)
        add_text(to, *texts[i]);
    buf_add_varint(to, fields);
    for (size_t i = 0; i < fields; i++) {
        add_text(to, copy.fields[i].name);
        add_text(to, copy.fields[i].value);
        add_text(to, copy.fields[i].pattern);
    }
    buf_add_varint(to, records);
    for (size_t i = 0; i < records; i++)
        add_record(to, &copy.records[i]);
}

static int take_text(Slice *bytes, Slice *ret)
{
    uint64_t len;
    int r = slice_take_varint(bytes, &len);
    if (r < 0) return r;
    if (len > FINDING_TEXT_BYTES_MAX || len > bytes->len) return -EBADMSG;
    *ret = slice_first(*bytes, (size_t)len);
    *bytes = slice_skip(*bytes, (size_t)len);
    return 0;
}

static int take_texts(Slice *bytes, Slice *const *texts, size_t count)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = take_text(bytes, texts[i]);
    return r;
}

static int take_time(Slice *bytes, int64_t *ret_ns)
{
    if (bytes->len < 8) return -EBADMSG;
    *ret_ns = (int64_t)read_le64(bytes->ptr);
    *bytes = slice_skip(*bytes, 8);
    return 0;
}

static int take_count(Slice *bytes, size_t most, size_t *ret)
{
    uint64_t count;
    int r = slice_take_varint(bytes, &count);
    if (r < 0) return r;
    if (count > most) return -EBADMSG;
    *ret = (size_t)count;
    return 0;
}

static int take_fields(Slice *bytes, Arena *arena, AlertFinding *ret)
{
    int r = take_count(bytes, FINDING_FIELDS_MAX, &ret->field_count);
    if (r < 0) return r;
    FindingField *fields = ARENA_ARRAY(arena, FindingField, FINDING_FIELDS_MAX);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; r == 0 && i < ret->field_count; i++) {
        Slice *texts[] = {&fields[i].name, &fields[i].value, &fields[i].pattern};
        r = take_texts(bytes, texts, ARRAY_COUNT(texts));
    }
    ret->fields = fields;
    return r;
}

static int take_records(Slice *bytes, Arena *arena, AlertFinding *ret)
{
    int r = take_count(bytes, FINDING_RECORDS_MAX, &ret->record_count);
    if (r < 0) return r;
    FindingRecord *records = ARENA_ARRAY(arena, FindingRecord, FINDING_RECORDS_MAX);
    if (!records) return -ENOMEM;
    for (size_t i = 0; r == 0 && i < ret->record_count; i++) {
        FindingRecord *at = &records[i];
        Slice *texts[] = {&at->sentence[0], &at->sentence[1], &at->origin, &at->raw};
        r = slice_take_varint(bytes, &at->reference);
        if (r == 0) r = take_time(bytes, &at->time_ns);
        if (r == 0) r = take_texts(bytes, texts, ARRAY_COUNT(texts));
    }
    ret->records = records;
    return r;
}

int finding_decode(Slice bytes, Arena *arena, AlertFinding *ret)
{
    if (bytes.len < 4 || bytes.ptr[0] != FINDING_VERSION) return -EBADMSG;
    const unsigned char *head = (const unsigned char *)bytes.ptr;
    if (head[1] >= FINDING_LEVEL_COUNT || head[2] >= PHASE_COUNT || head[3] > OUTCOME_FAILURE)
        return -EBADMSG;
    *ret = (AlertFinding){.level = head[1], .phase = head[2], .outcome = head[3]};
    Slice *texts[FINDING_TEXTS_MAX];
    size_t text_count = finding_texts(ret, texts);
    bytes = slice_skip(bytes, 4);
    int r = take_time(&bytes, &ret->time_ns);
    if (r == 0) r = take_texts(&bytes, texts, text_count);
    if (r == 0) r = take_fields(&bytes, arena, ret);
    if (r == 0) r = take_records(&bytes, arena, ret);
    return r == 0 && bytes.len > 0 ? -EBADMSG : r;
}
