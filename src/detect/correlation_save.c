/* Correlations as bytes and back. All numbers are LEB128, signed ones zigzag, doubles 8 bytes:
 *   `AKC1`, a sum of the entries' meaning 8, seed 8 8, newest, taken, identities: count, each 8;
 *   groups: count, each: entry, the values as shown (length, bytes), holding, fired, begin, events
 * in the window, sum, a time for each rule of a temporal one, events (count, each time, number),
 *   values (count, each hash 8, time; oldest first), evidence (count, each time, reference; oldest
 *   first); waiting matches: count, each: group (its number), time, reference, value 8, order. */
#include "detect/correlation_run_int.h"

#include "base/map.h"
#include "base/number.h"

#include <errno.h>

static const char MAGIC[4] = {'A', 'K', 'C', '1'};

/* --- out -------------------------------------------------------------------------------------- */

static void add_signed(Buf *to, int64_t value)
{
    buf_add_varint(to, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void add_double(Buf *to, double value)
{
    buf_add(to, &value, sizeof value);
}

static void add_text(Buf *to, Slice text)
{
    buf_add_varint(to, text.len);
    buf_add_slice(to, text);
}

/* What state depends on: saved state is of use only to the same rules. */
static int entries_sum(const Correlations *all, uint64_t *ret)
{
    static const uint64_t seed[2] = {0x616b61736869, 1};
    CLEANUP(buf_done) Buf meaning = {0};
    for (size_t i = 0; i < all->entry_count; i++) {
        const CorrelationSpec *spec = all->entries[i].given.spec;
        buf_add_varint(&meaning, all->entries[i].given.rule);
        buf_add_varint(&meaning, (uint64_t)spec->type);
        add_signed(&meaning, spec->timespan_ns);
        buf_add_varint(&meaning, spec->rule_count);
        for (size_t k = 0; k < spec->rule_count; k++)
            buf_add_varint(&meaning, spec->rules[k]);
        buf_add_varint(&meaning, spec->group_by_count);
        for (size_t k = 0; k < spec->group_by_count; k++)
            add_text(&meaning, spec->group_by[k]);
        for (size_t k = 0; k < spec->field_count; k++)
            add_text(&meaning, spec->fields[k]);
        for (size_t k = 0; k < spec->bound_count; k++) {
            add_double(&meaning, spec->bounds[k].number);
            buf_add_varint(&meaning, (uint64_t)spec->bounds[k].compare);
        }
    }
    *ret = siphash_1_3(seed, buf_slice(&meaning));
    return buf_error(&meaning);
}

static uint32_t member_count(const Correlations *all, const Group *group)
{
    const CorrelationSpec *spec = all->entries[group->entry].given.spec;
    bool temporal =
        spec->type == CORRELATION_TEMPORAL || spec->type == CORRELATION_TEMPORAL_ORDERED;
    return temporal ? (uint32_t)spec->rule_count : 0;
}

static void add_windows(Buf *to, const Group *group)
{
    buf_add_varint(to, group->events.count);
    for (uint32_t i = 0; i < group->events.count; i++) {
        add_signed(to, correlation_ring_at(&group->events, i)->time_ns);
        add_double(to, correlation_ring_at(&group->events, i)->number);
    }
    buf_add_varint(to, group->values.count);
    for (uint32_t at = group->values.oldest; at; at = group->values.list[at - 1].newer) {
        buf_add_le64(to, group->values.list[at - 1].hash);
        add_signed(to, group->values.list[at - 1].time_ns);
    }
    bool is_ring = group->evidence_count == CORRELATION_EVIDENCE_MAX;
    buf_add_varint(to, group->evidence_count);
    for (uint32_t i = 0; i < group->evidence_count; i++) {
        uint32_t at = is_ring ? (group->evidence_next + i) % CORRELATION_EVIDENCE_MAX : i;
        add_signed(to, group->evidence[at].time_ns);
        buf_add_varint(to, group->evidence[at].reference);
    }
}

static void add_group(Buf *to, const Correlations *all, const Group *group)
{
    buf_add_varint(to, group->entry);
    for (uint32_t i = 0; i < entry_group_by_count(all, group->entry); i++) {
        add_text(to, group->shown[i]);
    }
    buf_add_varint(to, group->holding);
    add_signed(to, group->fired_ns);
    add_signed(to, group->begin_ns);
    buf_add_varint(to, group->event_count);
    add_double(to, group->sum);
    for (uint32_t i = 0; i < member_count(all, group); i++)
        add_signed(to, group->member_ns[i]);
    add_windows(to, group);
}

/* The groups are numbered through `quietest`, and found again by their hash. */
static int number_groups(const Correlations *all, Map *numbers)
{
    uint64_t number = 0;
    for (const Group *group = all->quietest; group; group = group->louder) {
        uint64_t *place = map_put(numbers, group->key, NULL);
        if (!place) return -ENOMEM;
        *place = number++;
    }
    return 0;
}

int correlations_save(const Correlations *all, Buf *to)
{
    uint64_t sum;
    CLEANUP(map_done) Map numbers = map_make(all->group_count + 1, all->options.seed);
    int r = entries_sum(all, &sum);
    if (r == 0) r = number_groups(all, &numbers);
    if (r < 0) return r;
    buf_add(to, MAGIC, sizeof MAGIC);
    buf_add_le64(to, sum);
    buf_add(to, all->options.seed, sizeof all->options.seed);
    add_signed(to, all->newest_ns);
    add_signed(to, all->taken_ns);
    buf_add_varint(to, all->identity_next);
    buf_add(to, all->identities, all->identity_next * sizeof *all->identities);
    buf_add_varint(to, all->group_count);
    for (const Group *group = all->quietest; group; group = group->louder) {
        add_group(to, all, group);
    }
    buf_add_varint(to, all->heap_count);
    for (size_t i = 0; i < all->heap_count; i++) {
        const Item *item = &all->heap[i];
        buf_add_varint(to, *map_find(&numbers, item->group->key));
        add_signed(to, item->time_ns);
        buf_add_varint(to, item->reference);
        buf_add_le64(to, item->value);
        buf_add_varint(to, item->order);
    }
    return buf_error(to);
}

/* --- in --------------------------------------------------------------------------------------- */

static int take_signed(Slice *bytes, int64_t *ret)
{
    uint64_t value;
    int r = slice_take_varint(bytes, &value);
    if (r == 0) *ret = (int64_t)(value >> 1 ^ (0 - (value & 1)));
    return r;
}

static int take_fixed(Slice *bytes, void *to, size_t len)
{
    if (bytes->len < len) return -EBADMSG;
    memcpy(to, bytes->ptr, len);
    *bytes = slice_skip(*bytes, len);
    return 0;
}

/* A count of things that take so many bytes each at least. */
static int take_count(Slice *bytes, size_t each_bytes, uint64_t *ret)
{
    int r = slice_take_varint(bytes, ret);
    return r == 0 && *ret > bytes->len / each_bytes ? -EBADMSG : r;
}

static int take_text(Slice *bytes, Slice *ret)
{
    uint64_t len;
    int r = take_count(bytes, 1, &len);
    if (r < 0) return r;
    *ret = slice_first(*bytes, (size_t)len);
    *bytes = slice_skip(*bytes, (size_t)len);
    return 0;
}

static int take_events(Slice *bytes, Correlations *all, Group *group)
{
    uint64_t count;
    int r = take_count(bytes, 9, &count);
    for (uint64_t i = 0; r == 0 && i < count; i++) {
        int64_t time_ns = 0;
        double number = 0;
        r = take_signed(bytes, &time_ns);
        if (r == 0) r = take_fixed(bytes, &number, sizeof number);
        if (r == 0) r = correlation_ring_add(all, group, time_ns, number);
    }
    return r;
}

static int take_values(Slice *bytes, Correlations *all, Group *group)
{
    uint64_t count;
    int r = take_count(bytes, 9, &count);
    for (uint64_t i = 0; r == 0 && i < count; i++) {
        uint64_t hash = 0;
        int64_t time_ns = 0;
        r = take_fixed(bytes, &hash, sizeof hash);
        if (r == 0) r = take_signed(bytes, &time_ns);
        if (r == 0) r = correlation_values_add(all, group, hash, time_ns);
    }
    return r;
}

static int take_evidence(Slice *bytes, Correlations *all, Group *group)
{
    uint64_t count;
    int r = take_count(bytes, 2, &count);
    if (r == 0 && count > CORRELATION_EVIDENCE_MAX) r = -EBADMSG;
    for (uint64_t i = 0; r == 0 && i < count; i++) {
        int64_t time_ns = 0;
        uint64_t reference = 0;
        r = take_signed(bytes, &time_ns);
        if (r == 0) r = slice_take_varint(bytes, &reference);
        if (r == 0) r = correlation_evidence_add(all, group, time_ns, reference);
    }
    return r;
}

static int take_state(Slice *bytes, Correlations *all, Group *group)
{
    uint64_t holding = 0;
    int64_t begin_ns = NEVER;
    int r = slice_take_varint(bytes, &holding);
    if (r == 0) r = take_signed(bytes, &group->fired_ns);
    if (r == 0) r = take_signed(bytes, &begin_ns);
    if (r == 0) r = slice_take_varint(bytes, &group->event_count);
    if (r == 0) r = take_fixed(bytes, &group->sum, sizeof group->sum);
    for (uint32_t i = 0; r == 0 && i < member_count(all, group); i++) {
        r = take_signed(bytes, &group->member_ns[i]);
    }
    group->holding = holding != 0;
    if (r == 0) r = take_events(bytes, all, group);
    if (r == 0) r = take_values(bytes, all, group);
    if (r == 0) r = take_evidence(bytes, all, group);
    if (r < 0 || begin_ns == NEVER) return r;
    group->begin_ns = begin_ns;
    return correlation_timers_add(all, group);
}

static int take_group(Slice *bytes, Correlations *all, Group **ret)
{
    uint64_t entry;
    Slice values[CORRELATION_FIELDS_MAX];
    int r = slice_take_varint(bytes, &entry);
    if (r == 0 && entry >= all->entry_count) r = -EBADMSG;
    for (uint32_t i = 0; r == 0 && i < entry_group_by_count(all, (uint32_t)entry); i++) {
        r = take_text(bytes, &values[i]);
    }
    if (r < 0) return r;
    size_t before = all->group_count;
    *ret = correlation_group_find(all, (uint32_t)entry, values);
    if (!*ret) return -ENOMEM;
    return all->group_count == before ? -EBADMSG : take_state(bytes, all, *ret);
}

static int take_item(Slice *bytes, Correlations *all, Group *const *groups, uint64_t group_count)
{
    uint64_t number = 0, order = 0;
    Item item = {0};
    int r = slice_take_varint(bytes, &number);
    if (r == 0) r = take_signed(bytes, &item.time_ns);
    if (r == 0) r = slice_take_varint(bytes, &item.reference);
    if (r == 0) r = take_fixed(bytes, &item.value, sizeof item.value);
    if (r == 0) r = slice_take_varint(bytes, &order);
    if (r < 0) return r;
    if (number >= group_count) return -EBADMSG;
    item.group = groups[number];
    if (order >= all->entries[item.group->entry].given.spec->rule_count) return -EBADMSG;
    item.order = (uint32_t)order;
    r = correlation_items_add(all, &item);
    if (r == 0) item.group->waiting++;
    return r;
}

static int take_head(Slice *bytes, Correlations *all)
{
    char magic[sizeof MAGIC];
    uint64_t sum = 0, wanted = 0, count = 0;
    int r = entries_sum(all, &wanted);
    if (r == 0) r = take_fixed(bytes, magic, sizeof magic);
    if (r == 0) r = take_fixed(bytes, &sum, sizeof sum);
    if (r == 0 && (memcmp(magic, MAGIC, sizeof magic) != 0 || sum != wanted)) r = -EBADMSG;
    if (r == 0) r = take_fixed(bytes, all->options.seed, sizeof all->options.seed);
    if (r == 0) r = take_signed(bytes, &all->newest_ns);
    if (r == 0) r = take_signed(bytes, &all->taken_ns);
    if (r == 0) r = take_count(bytes, 8, &count);
    if (r == 0 && count > CORRELATION_IDENTITIES) r = -EBADMSG;
    if (r == 0) r = take_fixed(bytes, all->identities, count * sizeof *all->identities);
    if (r == 0) correlation_identities_set(all, (uint32_t)count);
    return r;
}

static int take_all(Slice *bytes, Correlations *all, Arena *arena)
{
    uint64_t group_count = 0, item_count = 0;
    int r = take_head(bytes, all);
    if (r == 0) r = take_count(bytes, 8, &group_count);
    if (r < 0) return r;
    Group **groups = ARENA_ARRAY(arena, Group *, (size_t)group_count + 1);
    if (!groups) return -ENOMEM;
    for (uint64_t i = 0; r == 0 && i < group_count; i++)
        r = take_group(bytes, all, &groups[i]);
    if (r == 0) r = take_count(bytes, 12, &item_count);
    for (uint64_t i = 0; r == 0 && i < item_count; i++) {
        r = take_item(bytes, all, groups, group_count);
    }
    return r == 0 && bytes->len > 0 ? -EBADMSG : r;
}

int correlations_load(Correlations *all, Slice bytes)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    uint64_t seed[2] = {all->options.seed[0], all->options.seed[1]};
    int r = take_all(&bytes, all, &arena);
    if (r == 0) return 0;
    correlations_reset(all);
    memcpy(all->options.seed, seed, sizeof seed);
    return r;
}
