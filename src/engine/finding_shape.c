/* See finding_shape.h. */
#include "engine/finding_shape.h"

#include "base/number.h"
#include "record/sentence.h"

#include <errno.h>

#define LOSS_RULE "akashi-correlation-lost"
#define ASIDE_RULE "akashi-rule-set-aside"
#define HOUR_NS ((int64_t)3600 * NS_PER_SECOND)

const PackRule *detect_rules_pack(const DetectRules *rules, size_t rule)
{
    size_t from = 0, to = rules->pack_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (rules->packs[middle].rule == rule) return &rules->packs[middle];
        if (rules->packs[middle].rule < rule)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

Slice detect_rules_label(const DetectRules *rules, size_t rule)
{
    const RuleInfo *info = rule_set_info(rules->set, rule);
    return info->id.len > 0 ? info->id : info->title;
}

/* --- the rule's own words --------------------------------------------------------------------- */

static int join_lines(const PackList *list, Arena *arena, Slice *ret)
{
    CLEANUP(buf_done) Buf text = {0};
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0) buf_add_char(&text, '\n');
        buf_add_slice(&text, list->list[i]);
    }
    return buf_error(&text) < 0 ? -ENOMEM : arena_copy(arena, buf_slice(&text), ret);
}

static int add_pack_words(const PackRule *pack, Arena *arena, AlertFinding *finding)
{
    static const AttackPhase phases[PACK_PHASE_COUNT] = {
        [PACK_INTRUSION] = PHASE_INTRUSION,     [PACK_INFECTION] = PHASE_INFECTION,
        [PACK_SPREAD] = PHASE_SPREAD,           [PACK_THEFT] = PHASE_THEFT,
        [PACK_DESTRUCTION] = PHASE_DESTRUCTION,
    };
    finding->phase = phases[pack->phase];
    for (size_t i = 0; i < 2; i++) {
        const PackWords *words = &pack->words[i];
        finding->words[i] = (FindingWords){
            .title = words->title, .seen = words->seen, .why = words->why, .call = words->call};
        int r = join_lines(&words->first, arena, &finding->words[i].todo);
        if (r < 0) return r;
    }
    return 0;
}

/* Rules of the world speak English; what they do not say the page says by the phase. */
static int begin_finding(const DetectRules *rules, size_t rule, Arena *arena, AlertFinding *ret)
{
    const RuleInfo *info = rule_set_info(rules->set, rule);
    const PackRule *pack = detect_rules_pack(rules, rule);
    *ret = (AlertFinding){.rule = detect_rules_label(rules, rule),
                          .tags = info->tags,
                          .level = finding_level_of(info->level),
                          .phase = finding_phase_of(info->tags),
                          .time_ns = TIME_UNKNOWN};
    if (pack) return add_pack_words(pack, arena, ret);
    ret->words[LANGUAGE_JA] = (FindingWords){.title = info->title};
    ret->words[LANGUAGE_EN] = (FindingWords){.title = info->title, .seen = info->description};
    return 0;
}

/* --- records ---------------------------------------------------------------------------------- */

static int add_sentences(const Record *record, Arena *arena, FindingRecord *to)
{
    CLEANUP(buf_done) Buf text = {0};
    int r = 0;
    for (int language = LANGUAGE_JA; language <= LANGUAGE_EN && r == 0; language++) {
        buf_clear(&text);
        sentence_add(&text, record, (Language)language);
        r = buf_error(&text);
        if (r == 0) r = arena_copy(arena, buf_slice(&text), &to->sentence[language]);
    }
    return r;
}

static int64_t time_of(const Record *record)
{
    return record->time_ns != TIME_UNKNOWN ? record->time_ns : record->ingested_ns;
}

static int shape_record(const SeenRow *seen, Arena *arena, FindingRecord *ret)
{
    *ret = (FindingRecord){.reference = seen->number, .time_ns = TIME_UNKNOWN};
    if (!seen->is_known) return 0;
    ret->time_ns = time_of(&seen->row.record);
    int r = add_sentences(&seen->row.record, arena, ret);
    if (r == 0) r = arena_copy(arena, seen->row.origin, &ret->origin);
    Slice raw = slice_first(seen->row.event.raw, FINDING_TEXT_BYTES_MAX);
    return r < 0 ? r : arena_copy(arena, raw, &ret->raw);
}

/* The newest ones, where there are more than a finding keeps. */
static int add_records(const SeenRow *rows, size_t count, Arena *arena, AlertFinding *finding)
{
    size_t kept = count < FINDING_RECORDS_MAX ? count : FINDING_RECORDS_MAX;
    FindingRecord *records = ARENA_ARRAY(arena, FindingRecord, kept + 1);
    if (!records) return -ENOMEM;
    for (size_t i = 0; i < kept; i++) {
        int r = shape_record(&rows[count - kept + i], arena, &records[i]);
        if (r < 0) return r;
    }
    finding->records = records;
    finding->record_count = kept;
    return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

typedef struct NamePlace {
    Slice *name;
    RecordField fields[3]; /* the first that has a value */
} NamePlace;

#define NAME_COUNT 5

static void name_places(AlertFinding *finding, NamePlace ret[NAME_COUNT])
{
    ret[0] = (NamePlace){&finding->user, {RECORD_USER_NAME, RECORD_USER_NAME, RECORD_USER_NAME}};
    ret[1] = (NamePlace){&finding->host, {RECORD_HOST_NAME, RECORD_HOST_NAME, RECORD_HOST_NAME}};
    ret[2] =
        (NamePlace){&finding->source, {RECORD_SOURCE_IP, RECORD_SOURCE_DOMAIN, RECORD_SOURCE_IP}};
    ret[3] =
        (NamePlace){&finding->object, {RECORD_AKASHI_OBJECT, RECORD_FILE_PATH, RECORD_URL_FULL}};
    ret[4] =
        (NamePlace){&finding->other_user,
                    {RECORD_USER_TARGET_NAME, RECORD_USER_EFFECTIVE_NAME, RECORD_USER_TARGET_NAME}};
}

static Slice name_in(const NamePlace *place, const Record *record)
{
    for (size_t i = 0; i < ARRAY_COUNT(place->fields); i++) {
        if (record->text[place->fields[i]].len > 0) return record->text[place->fields[i]];
    }
    return (Slice){0};
}

/* What all rows that have it agree on. */
static Slice agreed_name(const NamePlace *place, const SeenRow *rows, size_t count)
{
    Slice agreed = {0};
    for (size_t i = 0; i < count; i++) {
        Slice name = rows[i].is_known ? name_in(place, &rows[i].row.record) : (Slice){0};
        if (name.len == 0) continue;
        if (agreed.len > 0 && !slice_eq_nocase(agreed, name)) return (Slice){0};
        agreed = name;
    }
    return agreed;
}

static Slice group_name(const NamePlace *place, const Slice *names, const Slice *values,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < ARRAY_COUNT(place->fields); k++) {
            if (slice_eq(names[i], record_fields[place->fields[k]].name)) return values[i];
        }
    }
    return (Slice){0};
}

typedef struct NameGroup {
    const Slice *names, *values;
    size_t count;
} NameGroup;

static int add_names(const NameGroup *group, const SeenRow *rows, size_t row_count, Arena *arena,
                     AlertFinding *finding)
{
    NamePlace places[NAME_COUNT];
    name_places(finding, places);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Slice name = group_name(&places[i], group->names, group->values, group->count);
        if (name.len == 0) name = agreed_name(&places[i], rows, row_count);
        int r = arena_copy(arena, slice_first(name, FINDING_TEXT_BYTES_MAX), places[i].name);
        if (r < 0) return r;
    }
    /* A log-on is to the machine itself: as an object it would join all who use that machine. */
    if (slice_eq_nocase(finding_machine(finding->object), finding_machine(finding->host)))
        finding->object = (Slice){0};
    return 0;
}

/* --- what matched ----------------------------------------------------------------------------- */

static int copy_field(Arena *arena, FindingField given, FindingField *ret)
{
    int r = arena_copy(arena, slice_first(given.name, FINDING_TEXT_BYTES_MAX), &ret->name);
    if (r == 0)
        r = arena_copy(arena, slice_first(given.value, FINDING_TEXT_BYTES_MAX), &ret->value);
    Slice pattern = slice_first(given.pattern, FINDING_TEXT_BYTES_MAX);
    return r < 0 ? r : arena_copy(arena, pattern, &ret->pattern);
}

static int add_evidence(const Evidence *evidence, size_t count, Arena *arena, AlertFinding *finding)
{
    size_t kept = count < FINDING_FIELDS_MAX ? count : FINDING_FIELDS_MAX;
    FindingField *fields = ARENA_ARRAY(arena, FindingField, kept + 1);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < kept; i++) {
        FindingField given = {evidence[i].field, evidence[i].value, evidence[i].pattern};
        int r = copy_field(arena, given, &fields[i]);
        if (r < 0) return r;
    }
    finding->fields = fields;
    finding->field_count = kept;
    return 0;
}

/* The group, then what was counted. */
static int add_group(const NameGroup *group, const char *counted, double value, Arena *arena,
                     AlertFinding *finding)
{
    size_t kept = group->count < FINDING_FIELDS_MAX ? group->count : FINDING_FIELDS_MAX - 1;
    FindingField *fields = ARENA_ARRAY(arena, FindingField, kept + 2);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < kept; i++) {
        FindingField given = {.name = group->names[i], .value = group->values[i]};
        int r = copy_field(arena, given, &fields[i]);
        if (r < 0) return r;
    }
    fields[kept].name = slice_from_cstr(counted);
    finding->fields = fields;
    finding->field_count = kept + 1;
    return arena_format(arena, &fields[kept].value, "%.15g", value);
}

/* Of the group and the time: given again, by a replay from the store, it is the same. */
static int identify(const NameGroup *group, int64_t begin_ns, int64_t end_ns, Arena *arena,
                    AlertFinding *finding)
{
    CLEANUP(buf_done) Buf text = {0};
    buf_add_cstr(&text, "group");
    for (size_t i = 0; i < group->count; i++) {
        buf_add_varint(&text, group->values[i].len);
        buf_add_slice(&text, group->values[i]);
    }
    buf_add_le64(&text, (uint64_t)begin_ns);
    buf_add_le64(&text, (uint64_t)end_ns);
    return buf_error(&text) < 0 ? -ENOMEM : arena_copy(arena, buf_slice(&text), &finding->identity);
}

/* --- findings --------------------------------------------------------------------------------- */

int finding_shape_event(const DetectRules *rules, const RuleMatch *match, const SeenRow *seen,
                        const Evidence *evidence, size_t evidence_count, Arena *arena,
                        AlertFinding *ret)
{
    const NameGroup none = {0};
    int r = begin_finding(rules, match->rule, arena, ret);
    if (r < 0) return r;
    ret->time_ns = match->time_ns == TIME_UNKNOWN ? time_of(&seen->row.record) : match->time_ns;
    ret->outcome = seen->row.record.outcome;
    r = arena_format(arena, &ret->identity, "row %llu", (unsigned long long)seen->number);
    if (r == 0) r = add_names(&none, seen, 1, arena, ret);
    if (r == 0) r = add_records(seen, 1, arena, ret);
    return r < 0 ? r : add_evidence(evidence, evidence_count, arena, ret);
}

/* An event that came late was counted at the time it came to; people are told when it happened. */
static int64_t own_time_of(const SeenRow *rows, size_t count, int64_t counted_ns)
{
    int64_t newest_ns = TIME_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        int64_t time_ns = rows[i].is_known ? time_of(&rows[i].row.record) : TIME_UNKNOWN;
        if (time_ns != TIME_UNKNOWN && (newest_ns == TIME_UNKNOWN || time_ns > newest_ns))
            newest_ns = time_ns;
    }
    return newest_ns != TIME_UNKNOWN && newest_ns < counted_ns ? newest_ns : counted_ns;
}

int finding_shape_correlation(const DetectRules *rules, const CorrelationFinding *found,
                              const SeenRow *rows, size_t count, Arena *arena, AlertFinding *ret)
{
    const NameGroup group = {found->names, found->values, found->group_count};
    int r = begin_finding(rules, found->rule, arena, ret);
    if (r < 0) return r;
    ret->time_ns = own_time_of(rows, count, found->end_ns);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].is_known) ret->outcome = rows[i].row.record.outcome;
    }
    r = identify(&group, found->begin_ns, found->end_ns, arena, ret);
    if (r == 0) r = add_names(&group, rows, count, arena, ret);
    if (r == 0) r = add_records(rows, count, arena, ret);
    return r < 0 ? r : add_group(&group, "count", found->value, arena, ret);
}

int finding_shape_habit(const DetectRules *rules, const HabitFinding *found, Arena *arena,
                        AlertFinding *ret)
{
    const NameGroup group = {found->names, found->values, found->group_count};
    int r = begin_finding(rules, found->rule, arena, ret);
    if (r < 0) return r;
    ret->time_ns = found->end_ns;
    /* Who falls silent falls silent once, whenever it is looked at. */
    bool is_pause = found->kind == HABIT_SILENCE;
    r = identify(&group, found->begin_ns, is_pause ? 0 : found->end_ns, arena, ret);
    if (r == 0) r = add_names(&group, NULL, 0, arena, ret);
    return r < 0 ? r : add_group(&group, "value", found->value, arena, ret);
}

/* --- of the detector itself ------------------------------------------------------------------- */

static int shape_own(const DetectRules *rules, size_t rule, int64_t time_ns, int64_t period_ns,
                     Arena *arena, AlertFinding *ret)
{
    Slice label = detect_rules_label(rules, rule);
    ret->level = FINDING_MEDIUM;
    ret->time_ns = time_ns;
    ret->object = label;
    return arena_format(arena, &ret->identity, "%.*s %lld", SLICE_FMT(label),
                        (long long)(time_ns / period_ns));
}

int finding_shape_loss(const DetectRules *rules, const CorrelationLoss *loss, Arena *arena,
                       AlertFinding *ret)
{
    *ret = (AlertFinding){
        .rule = SLICE(LOSS_RULE),
        .words = {{.title = SLICE("メモリーの上限のため、途中まで数えた出来事をあきらめました"),
                   .seen = SLICE("組み合わせのルールが数えている途中のものが多すぎて、古いものから"
                                 "忘れました。そのルールの見逃しがあり得ます。"),
                   .todo = SLICE("対象のルールの group-by と timespan を見直してください")},
                  {.title = SLICE("Counts under way were given up for want of memory"),
                   .seen = SLICE("A correlation counted too many things at once and forgot the "
                                 "oldest. It may have missed something."),
                   .todo = SLICE("Look at group-by and timespan of the rule")}}};
    return shape_own(rules, loss->rule, loss->time_ns, HOUR_NS, arena, ret);
}

int finding_shape_set_aside(const DetectRules *rules, size_t rule, int64_t now_ns, Arena *arena,
                            AlertFinding *ret)
{
    *ret = (AlertFinding){
        .rule = SLICE(ASIDE_RULE),
        .words = {
            {.title = SLICE("時間のかかりすぎるルールを外しました"),
             .seen = SLICE("このルールは1件あたりの時間の上限（detect.budget_ns）を越えました。"
                           "次の起動かルールの読み直しまで働きません。"),
             .todo = SLICE("ルールの正規表現や条件を見直してください")},
            {.title = SLICE("A rule was set aside for its cost"),
             .seen = SLICE("It took more time per log than detect.budget_ns allows, and does "
                           "nothing until the rules are read again."),
             .todo = SLICE("Look at the rule's regular expressions and conditions")}}};
    return shape_own(rules, rule, now_ns, 24 * HOUR_NS, arena, ret);
}
