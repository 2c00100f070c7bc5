/* See correlation_run.h: matches in, in their order, and on to those who judge them. */
#include "detect/correlation_run_int.h"

#include "base/fold.h"
#include "base/map.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define IDENTITY_SLOTS (CORRELATION_IDENTITIES * 2)

/* --- made once -------------------------------------------------------------------------------- */

static bool is_eager_type(const CorrelationSpec *spec)
{
    for (size_t i = 0; i < spec->bound_count; i++) {
        CorrelationCompare compare = spec->bounds[i].compare;
        if (compare != CORRELATION_GT && compare != CORRELATION_GTE) return false;
    }
    return spec->type == CORRELATION_EVENT_COUNT || spec->type == CORRELATION_VALUE_COUNT ||
           spec->type == CORRELATION_VALUE_SUM;
}

static bool has_not(const CorrelationTerm *term)
{
    if (!term) return false;
    if (term->kind == TERM_NOT) return true;
    for (const CorrelationTerm *t = term->first; t && term->kind != TERM_RULE; t = t->next) {
        if (has_not(t)) return true;
    }
    return false;
}

static void mark_positive(const CorrelationTerm *term, bool positive, uint64_t *bits)
{
    if (term->kind == TERM_RULE) {
        if (positive) bits[term->member / 64] |= (uint64_t)1 << (term->member % 64);
        return;
    }
    for (const CorrelationTerm *t = term->first; t; t = t->next) {
        mark_positive(t, term->kind == TERM_NOT ? !positive : positive, bits);
    }
}

/* Of a count that has to be reached, so many of the newest events decide; more are shown. */
static uint32_t events_to_keep(const CorrelationSpec *spec)
{
    double most = 1024;
    for (size_t i = 0; i < spec->bound_count; i++) {
        if (spec->bounds[i].number + 1 > most) most = spec->bounds[i].number + 1;
    }
    return most > (double)(UINT32_MAX / 4) ? UINT32_MAX / 4 : (uint32_t)most;
}

static int prepare_entry(Correlations *all, EntryState *entry)
{
    const CorrelationSpec *spec = entry->given.spec;
    bool temporal =
        spec->type == CORRELATION_TEMPORAL || spec->type == CORRELATION_TEMPORAL_ORDERED;
    entry->has_not = spec->type == CORRELATION_TEMPORAL && has_not(spec->condition);
    entry->is_eager = temporal ? !entry->has_not : is_eager_type(spec);
    entry->keep = events_to_keep(spec);
    entry->positive = ARENA_ARRAY(&all->arena, uint64_t, spec->rule_count / 64 + 1);
    if (!entry->positive) return -ENOMEM;
    if (entry->has_not) mark_positive(spec->condition, true, entry->positive);
    return 0;
}

static int compare_uses(const void *a, const void *b)
{
    const Use *x = a, *y = b;
    if (x->rule != y->rule) return x->rule < y->rule ? -1 : 1;
    if (x->entry != y->entry) return x->entry < y->entry ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Each rule once a correlation: the place where it is named first. */
static bool is_named_before(const CorrelationSpec *spec, size_t member)
{
    for (size_t i = 0; i < member; i++) {
        if (spec->rules[i] == spec->rules[member]) return true;
    }
    return false;
}

static int list_uses(Correlations *all)
{
    size_t most = 0;
    for (size_t i = 0; i < all->entry_count; i++)
        most += all->entries[i].given.spec->rule_count;
    all->uses = ARENA_ARRAY(&all->arena, Use, most + 1);
    if (!all->uses) return -ENOMEM;
    for (uint32_t i = 0; i < all->entry_count; i++) {
        const CorrelationSpec *spec = all->entries[i].given.spec;
        for (uint32_t m = 0; m < spec->rule_count; m++) {
            if (is_named_before(spec, m)) continue;
            all->uses[all->use_count++] = (Use){.rule = spec->rules[m], .entry = i, .order = m};
        }
    }
    qsort(all->uses, all->use_count, sizeof *all->uses, compare_uses);
    return 0;
}

static const Use *first_use(const Correlations *all, size_t rule)
{
    size_t low = 0, high = all->use_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->uses[middle].rule < rule)
            low = middle + 1;
        else
            high = middle;
    }
    return &all->uses[low];
}

/* Is the correlation, through others, over itself? */
static bool reaches(const Correlations *all, size_t rule, uint32_t wanted, unsigned depth)
{
    if (depth > CORRELATION_CHAIN_MAX) return true;
    for (const Use *use = first_use(all, rule);
         use < all->uses + all->use_count && use->rule == rule; use++) {
        if (use->entry == wanted ||
            reaches(all, all->entries[use->entry].given.rule, wanted, depth + 1)) {
            return true;
        }
    }
    return false;
}

static int settle_chains(Correlations *all)
{
    for (uint32_t i = 0; i < all->entry_count; i++) {
        EntryState *entry = &all->entries[i];
        if (reaches(all, entry->given.rule, i, 0)) return -ELOOP;
        bool is_used = false, is_wanted = false;
        for (const Use *use = first_use(all, entry->given.rule);
             use < all->uses + all->use_count && use->rule == entry->given.rule; use++) {
            is_used = true;
            is_wanted |= all->entries[use->entry].given.spec->generate;
        }
        entry->is_silent = is_used && !is_wanted;
    }
    return 0;
}

static int prepare(Correlations *all, const CorrelationEntry *entries, size_t count)
{
    all->entries = ARENA_ARRAY(&all->arena, EntryState, count + 1);
    all->identities = ARENA_ARRAY(&all->arena, uint64_t, CORRELATION_IDENTITIES);
    all->identity_set = ARENA_ARRAY(&all->arena, uint32_t, IDENTITY_SLOTS);
    if (!all->entries || !all->identities || !all->identity_set) return -ENOMEM;
    all->entry_count = count;
    for (size_t i = 0; i < count; i++) {
        all->entries[i].given = entries[i];
        int r = prepare_entry(all, &all->entries[i]);
        if (r < 0) return r;
    }
    int r = list_uses(all);
    return r < 0 ? r : settle_chains(all);
}

int correlations_new(const CorrelationEntry *entries, size_t count,
                     const CorrelationOptions *options, Correlations **ret)
{
    Correlations *all = calloc(1, sizeof *all);
    if (!all) return -ENOMEM;
    all->options = *options;
    if (all->options.bytes_max == 0) all->options.bytes_max = CORRELATION_BYTES_DEFAULT;
    all->arena = arena_make(0);
    all->newest_ns = all->taken_ns = NEVER;
    int r = prepare(all, entries, count);
    if (r < 0) {
        correlations_free(all);
        return r;
    }
    *ret = all;
    return 0;
}

void correlations_reset(Correlations *all)
{
    correlation_groups_done(all);
    free(all->heap);
    free(all->timers);
    all->buckets = NULL;
    all->quietest = all->loudest = NULL;
    all->bucket_count = all->group_count = all->bytes = 0;
    all->heap = NULL;
    all->heap_count = all->heap_capacity = 0;
    all->timers = NULL;
    all->timer_count = all->timer_capacity = 0;
    all->newest_ns = all->taken_ns = NEVER;
    correlation_identities_set(all, 0);
}

void correlations_free(Correlations *all)
{
    if (!all) return;
    correlation_groups_done(all);
    free(all->heap);
    free(all->timers);
    arena_done(&all->arena);
    free(all);
}

/* --- doubled matches -------------------------------------------------------------------------- */

/* The set holds places in the ring (from 1), by linear probing; it is made anew each time the ring
 * is full, which keeps it without removals. */
static bool identity_is_known(const Correlations *all, uint64_t identity)
{
    for (uint64_t at = identity;; at++) {
        uint32_t place = all->identity_set[at % IDENTITY_SLOTS];
        if (place == 0) return false;
        if (all->identities[place - 1] == identity) return true;
    }
}

static void identity_put(Correlations *all, uint64_t identity, uint32_t place)
{
    uint64_t at = identity;
    while (all->identity_set[at % IDENTITY_SLOTS] != 0)
        at++;
    all->identity_set[at % IDENTITY_SLOTS] = place + 1;
}

void correlation_identities_set(Correlations *all, uint32_t count)
{
    memset(all->identity_set, 0, IDENTITY_SLOTS * sizeof *all->identity_set);
    all->identity_next = count;
    for (uint32_t i = 0; i < count; i++)
        identity_put(all, all->identities[i], i);
}

/* When the ring is full its newer half stays. */
static void identities_renew(Correlations *all)
{
    uint32_t half = CORRELATION_IDENTITIES / 2;
    memmove(all->identities, all->identities + half, half * sizeof *all->identities);
    correlation_identities_set(all, half);
}

static bool is_doubled(Correlations *all, const CorrelationMatch *match)
{
    if (match->identity == 0) return false;
    uint64_t both[2] = {match->identity, match->rule};
    uint64_t identity = siphash_1_3(all->options.seed, slice_of(both, sizeof both));
    if (identity_is_known(all, identity)) return true;
    if (all->identity_next == CORRELATION_IDENTITIES) identities_renew(all);
    all->identities[all->identity_next] = identity;
    identity_put(all, identity, all->identity_next++);
    return false;
}

/* --- a match becomes an item ------------------------------------------------------------------ */

static Slice field_for(const CorrelationSpec *spec, Slice name, size_t rule)
{
    for (size_t i = 0; i < spec->alias_count; i++) {
        const CorrelationAlias *alias = &spec->aliases[i];
        if (alias->rule == rule && slice_eq(alias->alias, name)) return alias->field;
    }
    return name;
}

static bool read_group(const CorrelationSpec *spec, const CorrelationMatch *match, Slice *ret)
{
    for (size_t i = 0; i < spec->group_by_count; i++) {
        Slice field = field_for(spec, spec->group_by[i], match->rule);
        if (!match->value(match->context, field, &ret[i])) return false;
    }
    return true;
}

static bool read_number(Slice text, double *ret)
{
    char copy[64];
    text = slice_trim(text);
    if (text.len == 0 || text.len >= sizeof copy) return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    char *end;
    *ret = strtod(copy, &end);
    return *end == 0 && isfinite(*ret);
}

/* The values of all fields as one: their folded texts, each behind its length. */
static bool hash_values(const Correlations *all, const CorrelationSpec *spec,
                        const CorrelationMatch *match, uint64_t *ret)
{
    uint64_t hash = 0;
    char folded[CORRELATION_VALUE_BYTES_MAX + sizeof hash];
    for (size_t i = 0; i < spec->field_count; i++) {
        Slice value;
        Slice field = field_for(spec, spec->fields[i], match->rule);
        if (!match->value(match->context, field, &value)) return false;
        memcpy(folded, &hash, sizeof hash);
        size_t len =
            fold_letters(folded + sizeof hash, slice_first(value, CORRELATION_VALUE_BYTES_MAX));
        hash = siphash_1_3(all->options.seed, slice_of(folded, sizeof hash + len));
    }
    *ret = hash;
    return true;
}

static bool read_value(const Correlations *all, const CorrelationSpec *spec,
                       const CorrelationMatch *match, uint64_t *ret)
{
    *ret = 0;
    if (spec->field_count == 0) return true;
    if (spec->type == CORRELATION_VALUE_COUNT) return hash_values(all, spec, match, ret);
    Slice text;
    double number;
    Slice field = field_for(spec, spec->fields[0], match->rule);
    if (!match->value(match->context, field, &text) || !read_number(text, &number)) return false;
    memcpy(ret, &number, sizeof number);
    return true;
}

/* 1: *ret is it; 0: the match has not what is asked for; -ENOMEM. */
static int make_item(Correlations *all, const Use *use, const CorrelationMatch *match, Item *ret)
{
    const CorrelationSpec *spec = all->entries[use->entry].given.spec;
    Slice values[CORRELATION_FIELDS_MAX];
    *ret = (Item){.time_ns = match->time_ns, .reference = match->reference, .order = use->order};
    if (!read_group(spec, match, values) || !read_value(all, spec, match, &ret->value)) {
        all->stats.passed_over++;
        return 0;
    }
    ret->group = correlation_group_find(all, use->entry, values);
    return ret->group ? 1 : -ENOMEM;
}

/* --- time goes on ----------------------------------------------------------------------------- */

static int take_item(Correlations *all, const CorrelationSink *sink)
{
    Item item = correlation_items_take(all);
    item.group->waiting--;
    all->taken_ns = item.time_ns;
    int r = correlation_judge_item(all, &item, sink);
    return r < 0 ? r : correlation_groups_fit(all, item.group, sink);
}

static int end_window(Correlations *all, const CorrelationSink *sink)
{
    Group *group = all->timers[0];
    int64_t end = correlation_window_end(all, group);
    correlation_timers_remove(all, group);
    if (end > all->taken_ns) all->taken_ns = end;
    return correlation_judge_end(all, group, sink);
}

/* All that is due up to the limit, in the order of time; a match at the end of a window is in it.
 */
static int run_until(Correlations *all, int64_t limit_ns, const CorrelationSink *sink)
{
    int r = 0;
    while (r >= 0) {
        int64_t item_ns = all->heap_count > 0 ? all->heap[0].time_ns : INT64_MAX;
        int64_t end_ns =
            all->timer_count > 0 ? correlation_window_end(all, all->timers[0]) : INT64_MAX;
        if (all->heap_count > 0 && item_ns <= limit_ns && item_ns <= end_ns) {
            r = take_item(all, sink);
        } else if (all->timer_count > 0 && end_ns <= limit_ns) {
            r = end_window(all, sink);
        } else {
            return 0;
        }
    }
    return r;
}

static int64_t due_ns(const Correlations *all)
{
    int64_t lateness = all->options.lateness_ns;
    return all->newest_ns < NEVER + 1 + lateness ? NEVER : all->newest_ns - lateness;
}

/* So many wait that there is no room: the older half is taken before its time. */
static int relieve(Correlations *all, const CorrelationSink *sink)
{
    int r = 0;
    size_t left = all->heap_count / 2;
    while (r >= 0 && all->heap_count > left)
        r = run_until(all, all->heap[0].time_ns, sink);
    return r;
}

int correlations_feed(Correlations *all, const CorrelationMatch *match, const CorrelationSink *sink)
{
    if (is_doubled(all, match)) {
        all->stats.doubled++;
        return 0;
    }
    CorrelationMatch timed = *match;
    if (timed.time_ns == NEVER) timed.time_ns = all->newest_ns == NEVER ? 0 : all->newest_ns;
    if (timed.time_ns > all->newest_ns) all->newest_ns = timed.time_ns;
    if (timed.time_ns < all->taken_ns) {
        all->stats.late++;
        timed.time_ns = all->taken_ns;
    }
    for (const Use *use = first_use(all, match->rule);
         use < all->uses + all->use_count && use->rule == match->rule; use++) {
        Item item;
        int r = make_item(all, use, &timed, &item);
        if (r > 0) r = correlation_items_add(all, &item);
        if (r < 0) return r;
        if (item.group) item.group->waiting++;
    }
    int r = run_until(all, due_ns(all), sink);
    bool crowded = all->heap_capacity * sizeof(Item) > all->options.bytes_max / 2 &&
                   all->heap_count * sizeof(Item) > all->options.bytes_max / 4;
    return r == 0 && crowded ? relieve(all, sink) : r;
}

int correlations_advance(Correlations *all, int64_t now_ns, const CorrelationSink *sink)
{
    if (now_ns > all->newest_ns) all->newest_ns = now_ns;
    return run_until(all, due_ns(all), sink);
}

int correlations_finish(Correlations *all, const CorrelationSink *sink)
{
    return run_until(all, INT64_MAX, sink);
}

/* --- correlations over correlations ----------------------------------------------------------- */

static bool finding_value(void *context, Slice field, Slice *ret)
{
    const CorrelationFinding *finding = context;
    for (size_t i = 0; i < finding->group_count; i++) {
        if (!slice_eq(finding->names[i], field)) continue;
        *ret = finding->values[i];
        return true;
    }
    return false;
}

int correlation_chain_match(Correlations *all, const CorrelationFinding *finding,
                            const CorrelationSink *sink)
{
    CorrelationFinding copy = *finding;
    const CorrelationMatch match = {
        .rule = finding->rule,
        .time_ns = finding->end_ns,
        .reference =
            finding->reference_count ? finding->references[finding->reference_count - 1] : 0,
        .value = finding_value,
        .context = &copy,
    };
    for (const Use *use = first_use(all, match.rule);
         use < all->uses + all->use_count && use->rule == match.rule; use++) {
        Item item;
        int r = make_item(all, use, &match, &item);
        if (r > 0) r = correlation_judge_item(all, &item, sink);
        if (r < 0) return r;
    }
    return 0;
}

void correlations_stats(const Correlations *all, CorrelationStats *ret)
{
    *ret = all->stats;
    ret->groups = all->group_count;
    ret->waiting = all->heap_count;
    ret->bytes = all->bytes;
}
