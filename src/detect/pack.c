/* See pack.h. */
#include "detect/pack.h"

#include "base/number.h"
#include "base/time_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const phases[PACK_PHASE_COUNT] = {"intrusion", "infection", "spread", "theft",
                                                     "destruction"};
static const char *const languages[] = {"ja", "en"};

const char *pack_phase_name(PackPhase phase)
{
    return phases[phase];
}

/* --- small parts ------------------------------------------------------------------------------ */

int pack_keys_check(const YamlNode *map, const char *const *known, Complaint *complaint)
{
    if (map->kind != YAML_MAP)
        return YAML_REFUSE(complaint, map, "pack.map", "a map of names and values is wanted here",
                           "ここには「名前: 値」の並びを書いてください");
    for (const YamlNode *member = map->first; member; member = member->next) {
        size_t at = 0;
        while (known[at] && !slice_eq(member->key, slice_from_cstr(known[at])))
            at++;
        if (known[at]) continue;
        return YAML_REFUSE(complaint, member, "pack.key",
                           "%.*s: no such name here; see doc/packs.md",
                           "%.*s という名前はここにはありません。doc/packs.md を見てください",
                           SLICE_FMT(member->key));
    }
    return 0;
}

static int refuse_absent(const YamlNode *map, const char *key, Complaint *complaint)
{
    return YAML_REFUSE(complaint, map, "pack.absent", "%s is missing; write it here",
                       "%s がありません。ここに書いてください", key);
}

static int take_text(const YamlNode *map, const char *key, Arena *arena, Slice *ret,
                     Complaint *complaint)
{
    Slice text = slice_trim(yaml_text(map, key));
    return text.len > 0 ? arena_copy(arena, text, ret) : refuse_absent(map, key, complaint);
}

/* A list of texts, or one text. */
static int take_list(const YamlNode *map, const char *key, Arena *arena, PackList *ret,
                     Complaint *complaint)
{
    const YamlNode *node = yaml_member(map, key);
    int r = 0;
    ret->count = 0;
    if (!node || node->kind == YAML_MAP || (node->kind == YAML_LIST && node->count == 0))
        return refuse_absent(map, key, complaint);
    for (const YamlNode *item = node->kind == YAML_LIST ? node->first : node; item && r == 0;
         item = node->kind == YAML_LIST ? item->next : NULL) {
        if (ret->count == PACK_LIST_MAX || item->kind != YAML_SCALAR || item->text.len == 0)
            return YAML_REFUSE(complaint, item, "pack.list", "%s: at most %u texts",
                               "%s: 文を %u 個まで書けます", key, PACK_LIST_MAX);
        r = arena_copy(arena, item->text, &ret->list[ret->count]);
        ret->count++;
    }
    return r;
}

int pack_duration_read(const YamlNode *node, int64_t *ret_ns, Complaint *complaint)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t number;
    Slice text = node->kind == YAML_SCALAR ? node->text : (Slice){0};
    for (size_t i = 0; i < ARRAY_COUNT(units) && text.len > 1; i++) {
        if (text.ptr[text.len - 1] != units[i].unit) continue;
        if (number_parse_u64(slice_first(text, text.len - 1), &number) < 0 || number > 36600)
            continue;
        *ret_ns = (int64_t)number * units[i].seconds * NS_PER_SECOND;
        return 0;
    }
    return YAML_REFUSE(complaint, node, "pack.duration", "write a time such as 30s, 5m, 1h or 7d",
                       "時間は 30s、5m、1h、7d のように書いてください");
}

int pack_number_read(const YamlNode *map, const char *key, uint64_t most, uint64_t *ret,
                     Complaint *complaint)
{
    const YamlNode *node = yaml_member(map, key);
    uint64_t number;
    if (!node) return 0;
    if (node->kind != YAML_SCALAR || number_parse_u64(node->text, &number) < 0 || number > most)
        return YAML_REFUSE(complaint, node, "pack.number",
                           "%s: a whole number up to %llu is wanted",
                           "%s: %llu までの整数を書いてください", key, (unsigned long long)most);
    *ret = number;
    return 0;
}

/* --- pack.yaml -------------------------------------------------------------------------------- */

static int take_both(const YamlNode *map, const char *key, Arena *arena, Slice ret[2],
                     Complaint *complaint)
{
    const YamlNode *both = yaml_member(map, key);
    if (!both) return refuse_absent(map, key, complaint);
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(languages) && r == 0; i++) {
        r = take_text(both, languages[i], arena, &ret[i], complaint);
    }
    return r;
}

static int take_need(const YamlNode *item, Arena *arena, PackNeed *ret, Complaint *complaint)
{
    static const char *const known[] = {"dataset", "ja", "en", NULL};
    int r = pack_keys_check(item, known, complaint);
    if (r == 0) r = take_text(item, "dataset", arena, &ret->dataset, complaint);
    for (size_t i = 0; i < ARRAY_COUNT(languages) && r == 0; i++) {
        r = take_text(item, languages[i], arena, &ret->title[i], complaint);
    }
    return r;
}

static int take_needs(const YamlNode *document, Arena *arena, PackInfo *info, Complaint *complaint)
{
    const YamlNode *needs = yaml_member(document, "needs");
    if (!needs || needs->kind != YAML_LIST || needs->count == 0)
        return refuse_absent(document, "needs", complaint);
    if (needs->count > PACK_LIST_MAX)
        return YAML_REFUSE(complaint, needs, "pack.needs", "needs: at most %u",
                           "needs: %u 個まで書けます", PACK_LIST_MAX);
    for (const YamlNode *item = needs->first; item; item = item->next) {
        int r = take_need(item, arena, &info->needs[info->need_count], complaint);
        if (r < 0) return r;
        info->need_count++;
    }
    return 0;
}

static int read_info(const YamlNode *document, Arena *arena, PackInfo *info, Complaint *complaint)
{
    static const char *const known[] = {"name", "title", "finds", "needs", "version", NULL};
    int r = pack_keys_check(document, known, complaint);
    if (r == 0) r = take_text(document, "name", arena, &info->name, complaint);
    if (r == 0) r = take_text(document, "version", arena, &info->version, complaint);
    if (r == 0) r = take_both(document, "title", arena, info->title, complaint);
    if (r == 0) r = take_both(document, "finds", arena, info->finds, complaint);
    return r < 0 ? r : take_needs(document, arena, info, complaint);
}

static void name_file(Complaint *complaint, Slice file)
{
    snprintf(complaint->file, sizeof complaint->file, "%.*s", SLICE_FMT(file));
}

int pack_info_read(Slice yaml, Slice file, Arena *arena, PackInfo *ret, Complaint *complaint)
{
    CLEANUP(arena_done) Arena trees = {0};
    YamlNode *documents = NULL;
    PackInfo info = {0};
    int r = yaml_tree_read(yaml, &trees, &documents, complaint);
    if (r == 0 && !documents) {
        complaint_say(complaint, "pack.empty", "the file is empty; see doc/packs.md",
                      "ファイルが空です。doc/packs.md を見てください");
        r = -EINVAL;
    }
    if (r == 0) r = read_info(documents, arena, &info, complaint);
    if (r == 0) *ret = info;
    if (r == -EINVAL) name_file(complaint, file);
    return r;
}

/* --- `akashi:` of a rule ---------------------------------------------------------------------- */

static int read_words(const YamlNode *words, Arena *arena, PackWords *ret, Complaint *complaint)
{
    static const char *const known[] = {"title", "seen", "why", "first", "call", "harmless", NULL};
    int r = pack_keys_check(words, known, complaint);
    if (r == 0) r = take_text(words, "title", arena, &ret->title, complaint);
    if (r == 0) r = take_text(words, "seen", arena, &ret->seen, complaint);
    if (r == 0) r = take_text(words, "why", arena, &ret->why, complaint);
    if (r == 0) r = take_text(words, "call", arena, &ret->call, complaint);
    if (r == 0) r = take_text(words, "harmless", arena, &ret->harmless, complaint);
    return r < 0 ? r : take_list(words, "first", arena, &ret->first, complaint);
}

static int read_phase(const YamlNode *map, PackPhase *ret, Complaint *complaint)
{
    Slice name = yaml_text(map, "phase");
    for (size_t i = 0; i < PACK_PHASE_COUNT; i++) {
        if (!slice_eq(name, slice_from_cstr(phases[i]))) continue;
        *ret = (PackPhase)i;
        return 0;
    }
    const YamlNode *phase = yaml_member(map, "phase");
    return YAML_REFUSE(
        complaint, phase ? phase : map, "pack.phase",
        "phase: write intrusion, infection, spread, theft or destruction",
        "phase は intrusion、infection、spread、theft、destruction のどれかを書いてください");
}

static int read_factor(const YamlNode *map, double *ret, Complaint *complaint)
{
    const YamlNode *node = yaml_member(map, "factor");
    char text[32], *end;
    if (!node) return 0;
    snprintf(text, sizeof text, "%.*s", SLICE_FMT(slice_first(node->text, sizeof text - 1)));
    double factor = strtod(text, &end);
    if (*end || !(factor > 1) || factor > 1e6)
        return YAML_REFUSE(complaint, node, "pack.factor", "factor: a number over 1",
                           "factor: 1 より大きい数を書いてください");
    *ret = factor;
    return 0;
}

static int read_habit_times(const YamlNode *map, HabitSpec *spec, Complaint *complaint)
{
    static const char *const keys[] = {"window", "pause", "learn"};
    int64_t *const places[] = {&spec->window_ns, &spec->pause_ns, &spec->learn_ns};
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(keys) && r == 0; i++) {
        const YamlNode *node = yaml_member(map, keys[i]);
        if (node) r = pack_duration_read(node, places[i], complaint);
    }
    bool is_whole =
        spec->window_ns == 3600 * NS_PER_SECOND || spec->window_ns == 86400 * NS_PER_SECOND;
    if (r == 0 && !is_whole)
        return YAML_REFUSE(complaint, map, "pack.window", "window: 1h or 1d",
                           "window: 1h か 1d を書いてください");
    return r;
}

static int read_habit(const YamlNode *map, Arena *arena, HabitSpec *spec, Complaint *complaint)
{
    static const char *const known[] = {"type",   "group-by", "field",  "window", "pause", "learn",
                                        "factor", "least",    "groups", "only",   NULL};
    static const char *const kinds[] = {"silence", "change", "loud", "return"};
    PackList groups;
    uint64_t least = 0, group_count = 5;
    *spec = (HabitSpec){.window_ns = 3600 * NS_PER_SECOND,
                        .pause_ns = 3600 * NS_PER_SECOND,
                        .learn_ns = (int64_t)HABIT_DAYS * 86400 * NS_PER_SECOND,
                        .factor = 3};
    size_t kind = 0;
    int r = pack_keys_check(map, known, complaint);
    if (r < 0) return r;
    while (kind < ARRAY_COUNT(kinds) &&
           !slice_eq(yaml_text(map, "type"), slice_from_cstr(kinds[kind])))
        kind++;
    if (kind == ARRAY_COUNT(kinds))
        return YAML_REFUSE(complaint, map, "pack.habit", "type: silence, change, loud or return",
                           "type: silence、change、loud、return のどれかを書いてください");
    spec->kind = (HabitKind)kind;
    Slice only = yaml_text(map, "only");
    spec->rises_only = slice_eq(only, SLICE("rise"));
    if (only.len > 0 && !(spec->rises_only && spec->kind == HABIT_CHANGE))
        return YAML_REFUSE(complaint, map, "pack.habit.only",
                           "only: rise, and only with type: change",
                           "only: rise と書けるのは type: change のときだけです");
    r = take_list(map, "group-by", arena, &groups, complaint);
    if (r == 0 && groups.count > HABIT_FIELDS_MAX) return refuse_absent(map, "group-by", complaint);
    if (r == 0) r = read_habit_times(map, spec, complaint);
    if (r == 0) r = read_factor(map, &spec->factor, complaint);
    if (r == 0) r = pack_number_read(map, "least", UINT64_MAX >> 16, &least, complaint);
    if (r == 0) r = pack_number_read(map, "groups", HABIT_GROUPS_MAX, &group_count, complaint);
    if (r == 0) r = arena_copy(arena, yaml_text(map, "field"), &spec->field);
    if (r < 0) return r;
    memcpy(spec->group_by, groups.list, groups.count * sizeof *groups.list);
    spec->group_by_count = groups.count;
    spec->least = (double)least;
    spec->group_count = (uint32_t)group_count;
    return 0;
}

static int read_both_words(const YamlNode *map, Arena *arena, PackRule *rule, Complaint *complaint)
{
    const YamlNode *words = yaml_member(map, "words");
    int r = 0;
    if (!words) return refuse_absent(map, "words", complaint);
    for (size_t i = 0; i < ARRAY_COUNT(languages) && r == 0; i++) {
        const YamlNode *of = yaml_member(words, languages[i]);
        r = of ? read_words(of, arena, &rule->words[i], complaint)
               : refuse_absent(words, languages[i], complaint);
    }
    if (r == 0 && rule->words[0].first.count != rule->words[1].first.count)
        return YAML_REFUSE(complaint, words, "pack.first",
                           "first: write the same actions in both languages",
                           "first: 同じ行動を両方の言語で書いてください");
    return r;
}

static int read_part(const YamlNode *map, Arena *arena, PackRule *rule, Complaint *complaint)
{
    static const char *const known[] = {"part", NULL};
    Slice titles[2] = {0};
    int r = pack_keys_check(map, known, complaint);
    if (r == 0) r = take_both(map, "part", arena, titles, complaint);
    for (size_t i = 0; i < ARRAY_COUNT(titles) && r == 0; i++) {
        rule->words[i].title = titles[i];
    }
    rule->is_part = true;
    return r;
}

static int read_rule(const YamlNode *map, Arena *arena, PackRule *rule, Complaint *complaint)
{
    static const char *const known[] = {"rows",    "phase", "words", "story",
                                        "expires", "tests", "habit", NULL};
    const YamlNode *habit = yaml_member(map, "habit");
    rule->expires_days = PACK_EXPIRES_DAYS_DEFAULT;
    rule->line = map->line;
    if (yaml_member(map, "part")) return read_part(map, arena, rule, complaint);
    int r = pack_keys_check(map, known, complaint);
    if (r == 0) r = take_list(map, "rows", arena, &rule->rows, complaint);
    if (r == 0) r = take_list(map, "story", arena, &rule->story, complaint);
    if (r == 0) r = read_phase(map, &rule->phase, complaint);
    if (r == 0) r = pack_number_read(map, "expires", 3660, &rule->expires_days, complaint);
    if (r == 0) r = read_both_words(map, arena, rule, complaint);
    if (r == 0 && habit) {
        rule->has_habit = true;
        r = read_habit(habit, arena, &rule->habit, complaint);
    }
    return r < 0 ? r : pack_tests_read(yaml_member(map, "tests"), arena, rule, complaint);
}

int pack_rules_read(Slice yaml, Slice file, size_t first_rule, Arena *arena, PackRule **ret,
                    size_t *ret_count, Complaint *complaint)
{
    CLEANUP(arena_done) Arena trees = {0};
    YamlNode *documents = NULL;
    size_t documents_count = 0, count = 0, rule = first_rule;
    int r = yaml_tree_read(yaml, &trees, &documents, complaint);
    for (const YamlNode *document = documents; document; document = document->next)
        documents_count++;
    PackRule *rules = r == 0 ? ARENA_ARRAY(arena, PackRule, documents_count + 1) : NULL;
    if (r == 0 && !rules) r = -ENOMEM;
    for (const YamlNode *document = documents; document && r == 0; document = document->next) {
        const YamlNode *map = yaml_member(document, "akashi");
        if (yaml_is_null(document)) continue; /* the rule set passes it over as well */
        rules[count].rule = rule++;
        if (map) r = read_rule(map, arena, &rules[count++], complaint);
    }
    if (r == -EINVAL) name_file(complaint, file);
    if (r < 0) return r;
    *ret = rules;
    *ret_count = count;
    return 0;
}
