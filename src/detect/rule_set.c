/* See rule_set.h: the set's life. */
#include "detect/rule_set_int.h"

#include "detect/sigma_filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "log_sources.inc" /* made of knowledge/sigma/log_sources.yaml */

/* The keys of these maps come from rules, which an operator chose: a fixed seed serves. */
static const uint64_t map_seed[2] = {0x5369676d61, 0x72756c6573};

RuleSet *rule_set_new(void)
{
    RuleSet *set = calloc(1, sizeof *set);
    if (!set) return NULL;
    set->arena = arena_make(RULE_SET_BYTES_MAX);
    set->trees = arena_make(RULE_SET_BYTES_MAX);
    set->scratch = arena_make(RULE_SET_BYTES_MAX);
    set->field_map = map_make(FIELDS_MAX, map_seed);
    set->element_map = map_make(ELEMENTS_MAX, map_seed);
    set->predicate_map = map_make(ELEMENTS_MAX, map_seed);
    set->lane_map = map_make(LANES_MAX, map_seed);
    set->fields = calloc(FIELDS_MAX + 1, sizeof *set->fields);
    Complaint complaint = {0};
    Slice yaml = slice_of(log_sources_yaml, sizeof log_sources_yaml - 1);
    if (set->fields && log_routes_read(yaml, &set->arena, &set->routes, &complaint) == 0)
        return set;
    rule_set_free(set);
    return NULL;
}

void rule_set_free(RuleSet *set)
{
    if (!set) return;
    arena_done(&set->arena);
    arena_done(&set->trees);
    arena_done(&set->scratch);
    map_done(&set->field_map);
    map_done(&set->element_map);
    map_done(&set->predicate_map);
    map_done(&set->lane_map);
    u32_list_done(&set->predicate_elements);
    u32_list_done(&set->any_fields);
    free(set->fields);
    free(set->elements);
    free(set->predicates);
    free(set->exprs);
    free(set->instances);
    free(set->entries);
    free(set);
}

int rule_set_add_pipeline(RuleSet *set, Slice yaml, Slice file, Complaint *complaint)
{
    if (complaint) snprintf(complaint->file, sizeof complaint->file, "%.*s", SLICE_FMT(file));
    return pipelines_add(&set->pipelines, yaml, &set->trees, complaint);
}

static int new_entry(RuleSet *set, RuleEntry **ret)
{
    if (set->entry_count >= RULES_MAX) return -E2BIG;
    if (set->entry_count == set->entry_capacity) {
        size_t capacity = set->entry_capacity ? set->entry_capacity * 2 : 256;
        RuleEntry *larger = reallocarray(set->entries, capacity, sizeof *larger);
        if (!larger) return -ENOMEM;
        set->entries = larger;
        set->entry_capacity = capacity;
    }
    *ret = &set->entries[set->entry_count++];
    **ret = (RuleEntry){.info = {.kind = RULE_UNKNOWN}};
    return 0;
}

/* The entry keeps the complaint, with the file that it is about. */
int rule_entry_refuse(RuleSet *set, RuleEntry *entry, RuleState state, const Complaint *complaint)
{
    Complaint *kept = arena_alloc(&set->trees, sizeof *kept);
    if (!kept) return -ENOMEM;
    *kept = *complaint;
    snprintf(kept->file, sizeof kept->file, "%.*s", SLICE_FMT(entry->info.file));
    if (kept->line == 0) kept->line = entry->info.line;
    entry->info.state = state;
    entry->info.reason = kept;
    return 0;
}

static int read_filter(SigmaReader *reader, const YamlNode *document, RuleEntry *entry)
{
    const YamlNode *filter = yaml_member(document, "filter");
    int r = sigma_read_detection(reader, filter, &entry->rule);
    if (r < 0) return r;
    return sigma_filter_read(reader, filter, entry);
}

static int refuse_kind(Complaint *complaint, const YamlNode *document)
{
    return YAML_REFUSE(complaint, document, "sigma.kind",
                       "this is no Sigma rule: it has neither detection nor correlation nor "
                       "filter; write one of them",
                       "Sigma のルールではありません。detection、correlation、filter のどれかを"
                       "書いてください");
}

static RuleKind kind_of(const YamlNode *document)
{
    if (yaml_member(document, "correlation")) return RULE_CORRELATION;
    if (yaml_member(document, "filter")) return RULE_FILTER;
    return yaml_member(document, "detection") ? RULE_DETECTION : RULE_UNKNOWN;
}

#define TAGS_BYTES_MAX 4096

static int read_tags(RuleSet *set, const YamlNode *tags, Slice *ret)
{
    CLEANUP(buf_done) Buf text = buf_make(TAGS_BYTES_MAX);
    if (!tags || tags->kind != YAML_LIST) return 0;
    for (const YamlNode *tag = tags->first; tag; tag = tag->next) {
        if (tag->kind != YAML_SCALAR) continue;
        if (text.len > 0) buf_add_char(&text, ' ');
        buf_add_slice(&text, tag->text);
    }
    return arena_copy(&set->trees, buf_slice(&text), ret);
}

static int read_names(RuleSet *set, const YamlNode *document, RuleEntry *entry)
{
    static const char *const keys[] = {"id", "name", "title", "level", "status", "description"};
    Slice *const places[] = {&entry->info.id,    &entry->info.name,   &entry->info.title,
                             &entry->info.level, &entry->info.status, &entry->info.description};
    entry->info.line = document->line;
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        int r = arena_copy(&set->trees, yaml_text(document, keys[i]), places[i]);
        if (r < 0) return r;
    }
    return read_tags(set, yaml_member(document, "tags"), &entry->info.tags);
}

static int read_body(SigmaReader *reader, const YamlNode *document, RuleEntry *entry)
{
    const YamlNode *source = yaml_member(document, "logsource");
    switch (entry->info.kind) {
    case RULE_DETECTION: return sigma_read_rule(reader, document, &entry->rule);
    case RULE_CORRELATION:
        return correlation_read(yaml_member(document, "correlation"), reader->arena,
                                &entry->correlation, reader->complaint);
    case RULE_FILTER:
        if (source) {
            int r = sigma_read_source(reader, source, &entry->rule.source);
            if (r < 0) return r;
        }
        return read_filter(reader, document, entry);
    case RULE_UNKNOWN: break;
    }
    return refuse_kind(reader->complaint, document);
}

static int add_document(RuleSet *set, const YamlNode *document, Slice file, Digest digest)
{
    RuleEntry *entry;
    Complaint complaint = {0};
    SigmaReader reader = {.arena = &set->trees,
                          .scratch = &set->scratch,
                          .complaint = &complaint,
                          .placeholder = pipelines_placeholder,
                          .placeholder_context = &set->pipelines};
    int r = new_entry(set, &entry);
    if (r < 0) return r;
    entry->info.file = file;
    entry->info.digest = digest;
    entry->info.kind = kind_of(document);
    r = read_names(set, document, entry);
    if (r == 0) r = read_body(&reader, document, entry);
    if (r == 0 && entry->info.kind == RULE_DETECTION)
        r = pipelines_apply(&set->pipelines, &reader, &entry->rule);
    entry->info.source = entry->rule.source;
    arena_reset(&set->scratch);
    return r == -EINVAL ? rule_entry_refuse(set, entry, RULE_REJECTED, &complaint) : r;
}

/* Text that is not YAML is one more entry, rejected. */
static int add_broken(RuleSet *set, Slice file, Digest digest, const Complaint *complaint)
{
    RuleEntry *entry;
    int r = new_entry(set, &entry);
    if (r < 0) return r;
    entry->info.file = file;
    entry->info.digest = digest;
    entry->info.line = complaint->line;
    return rule_entry_refuse(set, entry, RULE_REJECTED, complaint);
}

int rule_set_add(RuleSet *set, Slice yaml, Slice file)
{
    CLEANUP(arena_done) Arena trees = {0};
    Complaint complaint = {0};
    YamlNode *documents = NULL;
    Slice name;
    int r = arena_copy(&set->trees, file, &name), broken = 0;
    if (r < 0) return r;
    Digest digest = digest_sha256(&yaml, 1);
    if (yaml.len > RULE_TEXT_BYTES_MAX) {
        complaint_say(&complaint, "sigma.size", "the file is larger than %zu MiB; split it",
                      "ファイルが %zu MiB を越えています。分けてください",
                      RULE_TEXT_BYTES_MAX >> 20);
        return add_broken(set, name, digest, &complaint);
    }
    broken = yaml_tree_read(yaml, &trees, &documents, &complaint);
    if (broken == -ENOMEM) return broken;
    size_t before = set->entry_count;
    for (const YamlNode *document = documents; document && r == 0; document = document->next) {
        if (!yaml_is_null(document)) r = add_document(set, document, name, digest);
    }
    if (r == 0 && broken == 0 && set->entry_count == before) {
        complaint_say(&complaint, "sigma.empty", "the file holds no rule; remove it or fill it",
                      "ファイルにルールがありません。消すか、書いてください");
        broken = -EINVAL;
    }
    return r == 0 && broken < 0 ? add_broken(set, name, digest, &complaint) : r;
}

bool rule_set_wants_records(const RuleSet *set)
{
    for (size_t i = 0; i < set->instance_count; i++) {
        if (set->instances[i].needs_record) return true;
    }
    return false;
}

size_t rule_set_count(const RuleSet *set)
{
    return set->entry_count;
}

const RuleInfo *rule_set_info(const RuleSet *set, size_t rule)
{
    return &set->entries[rule].info;
}

const CorrelationSpec *rule_set_correlation(const RuleSet *set, size_t rule)
{
    const RuleEntry *entry = &set->entries[rule];
    bool is_one = entry->info.kind == RULE_CORRELATION && entry->info.state == RULE_READY;
    return is_one ? &entry->correlation.spec : NULL;
}

const SigmaRule *rule_set_tree(const RuleSet *set, size_t rule)
{
    const RuleEntry *entry = &set->entries[rule];
    return entry->rule.condition && entry->info.kind == RULE_DETECTION ? &entry->rule : NULL;
}

RuleSetSize rule_set_size(const RuleSet *set)
{
    return (RuleSetSize){.element_count = set->element_count,
                         .predicate_count = set->predicate_count,
                         .instance_count = set->instance_count,
                         .field_count = set->field_count,
                         .lane_count = set->lane_count,
                         .bytes = set->arena.bytes + set->trees.bytes};
}
