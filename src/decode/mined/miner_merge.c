/* Merging of over-split skeletons. Two skeletons that agree in all places but one (or two) have
 * equal sums when those places are masked: so all such pairs are found by sorting those sums. A
 * group is one template when enough different words stand in its place. */
#include "decode/mined/miner_int.h"

#include <errno.h>
#include <stdlib.h>

enum {
    ROUNDS_MAX = 10,
    PLACE_NONE = 255,     /* nothing was left out: the skeleton has its mask there already */
    TWO_WORDS_MAX = 24,   /* longer skeletons differ in one place only */
    NAMES_LEAST = 2,      /* different names (soft words) in a place */
    LONE_NAMES_LEAST = 3, /* when only one word beside it is known */
    FIRST_NAMES_LEAST = 4,
    WORDS_LEAST = 5,       /* different words of sentences */
    FIRST_LEAST = 9,       /* a sentence's first word is seldom a value */
    FEW_OTHERS_LEAST = 12, /* when only one word beside it is known */
    PAIRS_LEAST = 6,
    KNOWN_OTHERS_LEAST = 3, /* words beside a known name, for any word there to be a value too */
};

typedef struct Cut {
    uint64_t key; /* the sum with the places masked */
    uint32_t skeleton;
    uint8_t p, q; /* the places */
} Cut;

typedef struct Group {
    uint32_t first, count; /* cuts */
} Group;

typedef struct Merging {
    Template *templates;
    size_t count;
    Cut *cuts;
    size_t cut_count, cuts_max;
    Group *groups;
    size_t group_count;
} Merging;

/* --- finding groups --------------------------------------------------------------------------- */

static uint64_t masked_at(uint64_t sum, const Template *template, size_t place)
{
    return sum - word_place_hash(template->words[place].hash, place) +
           word_place_hash(WORD_MASK, place);
}

static void add_cut(Merging *merging, uint64_t key, size_t skeleton, size_t p, size_t q)
{
    if (merging->cut_count == merging->cuts_max) return;
    merging->cuts[merging->cut_count++] =
        (Cut){.key = key, .skeleton = (uint32_t)skeleton, .p = (uint8_t)p, .q = (uint8_t)q};
}

static void add_cuts(Merging *merging, size_t skeleton, bool pairs)
{
    const Template *template = &merging->templates[skeleton];
    size_t count = template->word_count;
    if (!pairs) add_cut(merging, template->sum, skeleton, PLACE_NONE, PLACE_NONE);
    if (pairs && count > TWO_WORDS_MAX) return;
    for (size_t p = 0; p < count; p++) {
        if (template->words[p].hash == WORD_MASK) continue;
        uint64_t key = masked_at(template->sum, template, p);
        if (!pairs) add_cut(merging, key, skeleton, p, PLACE_NONE);
        for (size_t q = p + 1; pairs && q < count; q++) {
            if (template->words[q].hash == WORD_MASK) continue;
            add_cut(merging, masked_at(key, template, q), skeleton, p, q);
        }
    }
}

static int by_key(const void *a, const void *b)
{
    const Cut *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->skeleton < y->skeleton ? -1 : x->skeleton > y->skeleton;
}

static const Cut *cuts_of(const Merging *merging, const Group *group)
{
    return &merging->cuts[group->first];
}

/* The largest first; of equal ones that of the oldest skeleton. */
static int by_size(const void *a, const void *b, void *context)
{
    const Group *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    const Cut *m = cuts_of(context, x), *n = cuts_of(context, y);
    if (m->skeleton != n->skeleton) return m->skeleton < n->skeleton ? -1 : 1;
    return m->p != n->p ? m->p - n->p : m->q - n->q;
}

static void find_groups(Merging *merging, bool pairs)
{
    merging->cut_count = merging->group_count = 0;
    for (size_t i = 0; i < merging->count; i++) {
        if (merging->templates[i].count > 0) add_cuts(merging, i, pairs);
    }
    qsort(merging->cuts, merging->cut_count, sizeof merging->cuts[0], by_key);
    for (size_t i = 0, end; i < merging->cut_count; i = end) {
        for (end = i + 1; end < merging->cut_count; end++) {
            if (merging->cuts[end].key != merging->cuts[i].key) break;
        }
        if (end - i < 2) continue;
        merging->groups[merging->group_count++] =
            (Group){.first = (uint32_t)i, .count = (uint32_t)(end - i)};
    }
    qsort_r(merging->groups, merging->group_count, sizeof merging->groups[0], by_size, merging);
}

/* --- judging ---------------------------------------------------------------------------------- */

/* What stands in a place of a group. */
typedef struct Place {
    size_t words, names; /* different ones; names: those of them that look like one */
    size_t known;        /* those of them that are the name of something in other lines */
    bool masked;         /* one of the skeletons has a mask there */
} Place;

#define PLACE_WORDS_SEEN 64 /* more different words than this are enough for anything */

static Place look_at_place(const Merging *merging, const Group *group, size_t place)
{
    uint64_t seen[PLACE_WORDS_SEEN];
    Place found = {0};
    const Cut *cuts = cuts_of(merging, group);
    for (size_t i = 0; i < group->count && found.words < PLACE_WORDS_SEEN; i++) {
        const MessageWord *word = &merging->templates[cuts[i].skeleton].words[place];
        size_t at = 0;
        found.masked = found.masked || word->hash == WORD_MASK;
        if (word->hash == WORD_MASK) continue;
        while (at < found.words && seen[at] != word->hash) {
            at++;
        }
        if (at < found.words) continue;
        seen[found.words++] = word->hash;
        found.names += word->soft || word->known;
        found.known += word->known;
    }
    return found;
}

static size_t others_of(const Template *template, size_t p, size_t q)
{
    size_t others = 0;
    for (size_t i = 0; i < template->word_count; i++) {
        others += i != p && i != q && template->words[i].hash != WORD_MASK;
    }
    return others;
}

static bool is_one_value(const Merging *merging, const Group *group, size_t p)
{
    const Template *template = &merging->templates[cuts_of(merging, group)->skeleton];
    size_t others = others_of(template, p, PLACE_NONE);
    Place place = look_at_place(merging, group, p);
    if (others == 0) return false;
    if (place.masked) return place.words > 0;
    if (place.names == place.words)
        return place.words >= (p == 0       ? FIRST_NAMES_LEAST
                               : others > 1 ? NAMES_LEAST
                                            : LONE_NAMES_LEAST);
    if (place.known > 0 && p > 0 && others >= KNOWN_OTHERS_LEAST) return place.words >= NAMES_LEAST;
    if (others == 1) return place.words >= FEW_OTHERS_LEAST;
    return place.words >= (p == 0 ? FIRST_LEAST : WORDS_LEAST);
}

static bool are_two_values(const Merging *merging, const Group *group, size_t p, size_t q)
{
    const Template *template = &merging->templates[cuts_of(merging, group)->skeleton];
    if (group->count < PAIRS_LEAST || others_of(template, p, q) < 2) return false;
    Place a = look_at_place(merging, group, p), b = look_at_place(merging, group, q);
    return a.words + b.words >= 2 * WORDS_LEAST && a.words > 2 && b.words > 2 &&
           (p > 0 || a.words >= FIRST_LEAST);
}

/* --- merging ---------------------------------------------------------------------------------- */

static void mask_place(Template *template, size_t place)
{
    if (place == PLACE_NONE || template->words[place].hash == WORD_MASK) return;
    template->sum = masked_at(template->sum, template, place);
    template->words[place].hash = WORD_MASK;
}

static void merge_group(Merging *merging, const Group *group, size_t p, size_t q)
{
    const Cut *cuts = cuts_of(merging, group);
    Template *first = &merging->templates[cuts[0].skeleton];
    for (size_t i = 1; i < group->count; i++) {
        Template *other = &merging->templates[cuts[i].skeleton];
        if (other == first) continue;
        first->count += other->count;
        first->is_cut = first->is_cut || other->is_cut;
        other->count = 0;
    }
    mask_place(first, p);
    mask_place(first, q);
    first->merged = true;
}

/* Groups overlap: one of which a skeleton was taken or changed in this round waits for the next. */
static bool is_fresh(const Merging *merging, const Group *group, const bool *touched)
{
    const Cut *cuts = cuts_of(merging, group);
    for (size_t i = 0; i < group->count; i++) {
        if (touched[cuts[i].skeleton]) return false;
    }
    return true;
}

/* The places that the group leaves out; a skeleton with its mask there comes without. */
static void places_of(const Merging *merging, const Group *group, size_t *p, size_t *q)
{
    const Cut *cuts = cuts_of(merging, group);
    *p = *q = PLACE_NONE;
    for (size_t i = 0; i < group->count && *p == PLACE_NONE; i++) {
        *p = cuts[i].p;
        *q = cuts[i].q;
    }
}

static size_t merge_round(Merging *merging, bool pairs, bool *touched)
{
    size_t merged = 0, p, q;
    memset(touched, 0, merging->count * sizeof *touched);
    find_groups(merging, pairs);
    for (size_t i = 0; i < merging->group_count; i++) {
        const Group *group = &merging->groups[i];
        if (!is_fresh(merging, group, touched)) continue;
        places_of(merging, group, &p, &q);
        if (p == PLACE_NONE) continue;
        bool same = pairs ? are_two_values(merging, group, p, q) : is_one_value(merging, group, p);
        if (!same) continue;
        for (size_t k = 0; k < group->count; k++) {
            touched[cuts_of(merging, group)[k].skeleton] = true;
        }
        merge_group(merging, group, p, q);
        merged++;
    }
    return merged;
}

/* How many cuts a round has at most. */
static size_t cuts_needed(const Template *templates, size_t count)
{
    size_t needed = 1;
    for (size_t i = 0; i < count; i++) {
        size_t words = templates[i].word_count;
        size_t pairs = words <= TWO_WORDS_MAX ? words * words / 2 : 0;
        needed += pairs > words + 1 ? pairs : words + 1;
    }
    return needed < MERGE_CUTS_MAX ? needed : MERGE_CUTS_MAX;
}

int miner_merge(Template *templates, size_t count)
{
    size_t cuts_max = cuts_needed(templates, count);
    Merging merging = {.templates = templates, .count = count, .cuts_max = cuts_max};
    bool *touched = calloc(count + 1, sizeof *touched);
    merging.cuts = malloc(cuts_max * sizeof *merging.cuts);
    merging.groups = malloc((cuts_max / 2 + 1) * sizeof *merging.groups);
    int r = touched && merging.cuts && merging.groups ? 0 : -ENOMEM;
    for (int round = 0; round < ROUNDS_MAX && r == 0; round++) {
        if (merge_round(&merging, false, touched) > 0) continue;
        if (merge_round(&merging, true, touched) == 0) break;
    }
    free(touched);
    free(merging.cuts);
    free(merging.groups);
    return r;
}
