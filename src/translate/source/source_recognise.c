/* See source_recognise.h. */
#include "translate/source/source_recognise.h"

#include <errno.h>

/* A mark of a definition as the recogniser has it. */
typedef struct Candidate {
    uint16_t definition;
    const SourceMark *mark;
    const uint16_t *atoms; /* ids */
} Candidate;

/* Of an atom: the marks that are looked at when it was seen. */
typedef struct AtomUse {
    SourceAtom atom;
    uint16_t *candidates;
    size_t count;
    uint16_t next_of_name; /* + 1: another atom of the same JSON name or tag */
} AtomUse;

#define NAME_SLOTS 4096

#define ENDS_ATOM 0x8000u /* of a cell: an atom ends in the state */
_Static_assert(SOURCE_STATES_MAX < ENDS_ATOM, "a cell holds a state and a bit");

struct SourceRecogniser {
    size_t class_count, state_count;
    unsigned class_bits;  /* of a row of the table: a shift is quicker than a product */
    uint8_t classes[256]; /* byte to class */
    uint16_t *next;       /* [state << class_bits | class] */
    uint16_t *depths;     /* by state: bytes of a literal that led to it */
    uint16_t *found;      /* by state: atom + 1 that ends here */
    uint16_t *also;       /* by state: the next state whose atom ends here too */
    size_t atom_count;
    AtomUse atoms[SOURCE_LITERALS_MAX];
    uint16_t names[NAME_SLOTS]; /* tags and JSON names: atom + 1 */
    size_t candidate_count;
    Candidate candidates[SOURCE_MARKS_MAX];
    uint16_t
        without[SOURCE_MARKS_MAX]; /* candidates that have no atom: asked when all else fails */
    size_t without_count;
};

/* --- atoms ------------------------------------------------------------------------------------ */

static bool same_atom(const SourceAtom *a, const SourceAtom *b)
{
    return a->kind == b->kind && slice_eq(a->text, b->text) && slice_eq(a->value, b->value);
}

static int find_atom(SourceRecogniser *to, const SourceAtom *atom, uint16_t *ret)
{
    for (size_t i = 0; i < to->atom_count; i++) {
        if (!same_atom(&to->atoms[i].atom, atom)) continue;
        *ret = (uint16_t)i;
        return 0;
    }
    if (to->atom_count == SOURCE_LITERALS_MAX) return -E2BIG;
    to->atoms[to->atom_count].atom = *atom;
    *ret = (uint16_t)to->atom_count++;
    return 0;
}

/* The atom by whose being seen a mark is looked at: the longest says most. */
static size_t telling_atom(const SourceMark *mark)
{
    size_t best = 0;
    for (size_t i = 1; i < mark->atom_count; i++) {
        size_t len = mark->atoms[i].text.len + mark->atoms[i].value.len;
        if (len > mark->atoms[best].text.len + mark->atoms[best].value.len) best = i;
    }
    return best;
}

static int add_mark(SourceSet *set, SourceRecogniser *to, size_t definition, const SourceMark *mark)
{
    if (to->candidate_count == SOURCE_MARKS_MAX) return -E2BIG;
    uint16_t id = (uint16_t)to->candidate_count++;
    uint16_t *atoms = ARENA_ARRAY(&set->arena, uint16_t, mark->atom_count + 1);
    if (!atoms) return -ENOMEM;
    for (size_t i = 0; i < mark->atom_count; i++) {
        int r = find_atom(to, &mark->atoms[i], &atoms[i]);
        if (r < 0) return r;
    }
    to->candidates[id] =
        (Candidate){.definition = (uint16_t)definition, .mark = mark, .atoms = atoms};
    if (mark->atom_count == 0) {
        to->without[to->without_count++] = id;
        return 0;
    }
    AtomUse *use = &to->atoms[atoms[telling_atom(mark)]];
    uint16_t *grown = ARENA_ARRAY(&set->arena, uint16_t, use->count + 1);
    if (!grown) return -ENOMEM;
    if (use->count > 0) memcpy(grown, use->candidates, use->count * sizeof *grown);
    grown[use->count++] = id;
    use->candidates = grown;
    return 0;
}

static size_t name_slot(const SourceRecogniser *from, Slice name)
{
    size_t at = source_name_hash(name) & (NAME_SLOTS - 1);
    while (from->names[at] && !slice_eq(from->atoms[from->names[at] - 1].atom.text, name)) {
        at = (at + 1) & (NAME_SLOTS - 1);
    }
    return at;
}

static void add_names(SourceRecogniser *to)
{
    for (size_t i = 0; i < to->atom_count; i++) {
        if (to->atoms[i].atom.kind == ATOM_LITERAL) continue;
        size_t at = name_slot(to, to->atoms[i].atom.text);
        to->atoms[i].next_of_name = to->names[at];
        to->names[at] = (uint16_t)(i + 1);
    }
}

/* --- the automaton ---------------------------------------------------------------------------- */

static void make_classes(SourceRecogniser *to)
{
    to->class_count = 1; /* class 0: bytes that no literal has */
    for (size_t i = 0; i < to->atom_count; i++) {
        const SourceAtom *atom = &to->atoms[i].atom;
        for (size_t k = 0; atom->kind == ATOM_LITERAL && k < atom->text.len; k++) {
            uint8_t *class = &to->classes[(unsigned char)atom->text.ptr[k]];
            if (*class == 0) *class = (uint8_t)(to->class_count < 255 ? to->class_count++ : 255);
        }
    }
    if (to->class_count < 256) to->class_count++;
    while (((size_t)1 << to->class_bits) < to->class_count)
        to->class_bits++;
}

static uint16_t *next_of(const SourceRecogniser *from, size_t state, size_t class)
{
    return &from->next[state << from->class_bits | class];
}

static int add_literal(SourceRecogniser *to, size_t atom, size_t states_max)
{
    Slice text = to->atoms[atom].atom.text;
    size_t state = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint16_t *next = next_of(to, state, to->classes[(unsigned char)text.ptr[i]]);
        if (*next == 0) {
            if (to->state_count == states_max) return -E2BIG;
            *next = (uint16_t)to->state_count++;
            to->depths[*next] = (uint16_t)(i + 1);
        }
        state = *next;
    }
    to->found[state] = (uint16_t)(atom + 1);
    return 0;
}

/* Breadth first: where to go when a state has no way on, so that one look-up a byte is enough. */
static int link_states(SourceSet *set, SourceRecogniser *to)
{
    uint16_t *queue = ARENA_ARRAY(&set->arena, uint16_t, to->state_count);
    uint16_t *fallback = ARENA_ARRAY(&set->arena, uint16_t, to->state_count);
    size_t begin = 0, end = 0;
    if (!queue || !fallback) return -ENOMEM;
    for (size_t class = 0; class < to->class_count; class ++) {
        if (*next_of(to, 0, class)) queue[end++] = *next_of(to, 0, class);
    }
    while (begin < end) {
        uint16_t state = queue[begin++], back = fallback[state];
        to->also[state] = to->found[back] ? back : to->also[back];
        for (size_t class = 0; class < to->class_count; class ++) {
            uint16_t *next = next_of(to, state, class);
            if (*next) {
                fallback[*next] = *next_of(to, back, class);
                queue[end++] = *next;
            } else {
                *next = *next_of(to, back, class);
            }
        }
    }
    return 0;
}

/* When all is linked: what the scan asks at each byte, in the cell that it reads anyway. */
static void mark_ends(SourceRecogniser *to)
{
    size_t cells = to->state_count << to->class_bits;
    for (size_t i = 0; i < cells; i++) {
        uint16_t state = to->next[i];
        if (to->found[state] || to->also[state]) to->next[i] = (uint16_t)(state | ENDS_ATOM);
    }
}

static int make_automaton(SourceSet *set, SourceRecogniser *to)
{
    size_t states = 1;
    for (size_t i = 0; i < to->atom_count; i++) {
        if (to->atoms[i].atom.kind == ATOM_LITERAL) states += to->atoms[i].atom.text.len;
    }
    if (states > SOURCE_STATES_MAX) return -E2BIG;
    make_classes(to);
    to->next = ARENA_ARRAY(&set->arena, uint16_t, states << to->class_bits);
    to->depths = ARENA_ARRAY(&set->arena, uint16_t, states);
    to->found = ARENA_ARRAY(&set->arena, uint16_t, states);
    to->also = ARENA_ARRAY(&set->arena, uint16_t, states);
    if (!to->next || !to->depths || !to->found || !to->also) return -ENOMEM;
    to->state_count = 1;
    for (size_t i = 0; i < to->atom_count; i++) {
        if (to->atoms[i].atom.kind != ATOM_LITERAL) continue;
        int r = add_literal(to, i, states);
        if (r < 0) return r;
    }
    int r = link_states(set, to);
    if (r == 0) mark_ends(to);
    return r;
}

int source_recogniser_make(SourceSet *set)
{
    SourceRecogniser *made = ARENA_NEW(&set->arena, SourceRecogniser);
    if (!made) return -ENOMEM;
    for (size_t i = 0; i < set->count; i++) {
        for (size_t k = 0; k < set->definitions[i]->mark_count; k++) {
            int r = add_mark(set, made, i, &set->definitions[i]->marks[k]);
            if (r < 0) return r;
        }
    }
    add_names(made);
    int r = make_automaton(set, made);
    if (r == 0) set->recogniser = made;
    return r;
}

/* --- one line --------------------------------------------------------------------------------- */

static void see(SourceSeen *seen, size_t atom)
{
    if (seen->seen[atom] == seen->line) return;
    seen->seen[atom] = seen->line;
    seen->atoms[seen->atom_count++] = (uint16_t)atom;
}

static void see_ends(const SourceRecogniser *by, SourceSeen *seen, size_t state)
{
    for (size_t at = by->found[state] ? state : by->also[state]; at; at = by->also[at]) {
        see(seen, by->found[at] - 1u);
    }
}

static inline size_t cell_at(const SourceRecogniser *by, size_t state, unsigned char c)
{
    return by->next[state << by->class_bits | by->classes[c]];
}

static size_t see_state(const SourceRecogniser *by, SourceSeen *seen, size_t cell)
{
    size_t state = cell & (ENDS_ATOM - 1);
    if (cell & ENDS_ATOM) see_ends(by, seen, state);
    return state;
}

/* From a state to the end of the text, or until no literal that began before it is open. */
static void scan_rest(const SourceRecogniser *by, SourceSeen *seen, size_t state, Slice text)
{
    for (size_t i = 0; i < text.len && by->depths[state] > i; i++) {
        state = see_state(by, seen, cell_at(by, state, (unsigned char)text.ptr[i]));
    }
}

/* A step of the automaton waits for the one before it and for nothing else, so the quarters of the
 * text are gone through side by side; then each on into the next one, as far as it must. */
static void scan(const SourceRecogniser *by, SourceSeen *seen, Slice text)
{
    text = slice_first(text, SOURCE_SCAN_BYTES_MAX);
    size_t part = text.len / 4, a = 0, b = 0, c = 0, d = 0;
    const unsigned char *at = (const unsigned char *)text.ptr;
    for (size_t i = 0; i < part; i++) {
        size_t to_a = cell_at(by, a, at[i]), to_b = cell_at(by, b, at[part + i]);
        size_t to_c = cell_at(by, c, at[2 * part + i]), to_d = cell_at(by, d, at[3 * part + i]);
        a = to_a & (ENDS_ATOM - 1);
        b = to_b & (ENDS_ATOM - 1);
        c = to_c & (ENDS_ATOM - 1);
        d = to_d & (ENDS_ATOM - 1);
        if (!((to_a | to_b | to_c | to_d) & ENDS_ATOM)) continue;
        if (to_a & ENDS_ATOM) see_ends(by, seen, a);
        if (to_b & ENDS_ATOM) see_ends(by, seen, b);
        if (to_c & ENDS_ATOM) see_ends(by, seen, c);
        if (to_d & ENDS_ATOM) see_ends(by, seen, d);
    }
    scan_rest(by, seen, a, slice_skip(text, part));
    scan_rest(by, seen, b, slice_skip(text, 2 * part));
    scan_rest(by, seen, c, slice_skip(text, 3 * part));
    for (size_t i = 4 * part; i < text.len; i++) {
        d = see_state(by, seen, cell_at(by, d, at[i]));
    }
}

static void see_name(const SourceRecogniser *by, SourceSeen *seen, AtomKind kind, Slice name,
                     Slice value)
{
    for (uint16_t at = by->names[name_slot(by, name)]; at; at = by->atoms[at - 1].next_of_name) {
        const SourceAtom *atom = &by->atoms[at - 1].atom;
        if (kind == ATOM_TAG ? atom->kind != ATOM_TAG : atom->kind == ATOM_TAG) continue;
        if (atom->kind == ATOM_NAME_VALUE && !slice_eq(atom->value, value)) continue;
        see(seen, at - 1u);
    }
}

static bool holds(const Candidate *candidate, const SourceSeen *seen, const SourceLine *line)
{
    const SourceMark *mark = candidate->mark;
    for (size_t i = 0; i < mark->atom_count; i++) {
        if (seen->seen[candidate->atoms[i]] != seen->line) return false;
    }
    if (mark->starts.len > 0 && !slice_starts(line->message, mark->starts) &&
        !slice_starts(line->whole, mark->starts)) {
        return false;
    }
    return !mark->regex ||
           regex_matches(mark->regex, slice_first(line->message, SOURCE_SCAN_BYTES_MAX));
}

/* The one that says more; of equals the first. */
static void consider(const SourceRecogniser *by, uint16_t id, const SourceSeen *seen,
                     const SourceLine *line, const Candidate **best)
{
    const Candidate *candidate = &by->candidates[id];
    if (*best && (*best)->mark->score > candidate->mark->score) return;
    if (*best && (*best)->mark->score == candidate->mark->score && *best < candidate) return;
    if (holds(candidate, seen, line)) *best = candidate;
}

bool source_recognise(const SourceSet *set, SourceSeen *seen, const SourceLine *line,
                      size_t *ret_definition, const SourceMark **ret_mark)
{
    const SourceRecogniser *by = set->recogniser;
    const Candidate *best = NULL;
    if (++seen->line == 0) *seen = (SourceSeen){.line = 1};
    seen->atom_count = 0;
    bool has_names = line->event->format == EVENT_JSON || slice_starts(line->message, SLICE("{"));
    if (has_names) {
        for (size_t i = 0; i < line->event->field_count; i++) {
            const Field *field = &line->event->fields[i];
            see_name(by, seen, ATOM_NAME, field->name, field->value);
        }
    }
    if (line->event->format != EVENT_JSON) {
        scan(by, seen, line->whole);
        if (line->tag.len > 0) see_name(by, seen, ATOM_TAG, line->tag, (Slice){0});
    }
    for (size_t i = 0; i < seen->atom_count; i++) {
        const AtomUse *use = &by->atoms[seen->atoms[i]];
        for (size_t k = 0; k < use->count; k++) {
            consider(by, use->candidates[k], seen, line, &best);
        }
    }
    for (size_t i = 0; i < by->without_count && !best && line->event->format != EVENT_JSON; i++) {
        consider(by, by->without[i], seen, line, &best);
    }
    if (!best) return false;
    *ret_definition = best->definition;
    *ret_mark = best->mark;
    return true;
}
