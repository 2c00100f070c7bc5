/* What a habit has learned, as bytes and back. Numbers are LEB128, signed ones zigzag, doubles 8
 * bytes:
 *   `AKH1`, a sum of the spec's meaning 8, open window, last look, unwatched; groups: count, each:
 *   values (length, bytes), first, last, told, sum, odd, a pause for each of HABIT_DAYS, pause day;
 *   of HABIT_CHANGE: for each of HABIT_HOURS: count, next, HABIT_DAYS sums. */
#include "detect/habit_int.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

static const char MAGIC[4] = {'A', 'K', 'H', '1'};

static void add_signed(Buf *to, int64_t value)
{
    buf_add_varint(to, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void add_text(Buf *to, Slice text)
{
    buf_add_varint(to, text.len);
    buf_add_slice(to, text);
}

/* What was learned is of use only to the same spec. */
static int spec_sum(const HabitSpec *spec, uint64_t *ret)
{
    static const uint64_t seed[2] = {0x616b61736869, 2};
    CLEANUP(buf_done) Buf meaning = {0};
    buf_add_varint(&meaning, (uint64_t)spec->kind);
    buf_add_varint(&meaning, spec->group_by_count);
    for (size_t i = 0; i < spec->group_by_count; i++)
        add_text(&meaning, spec->group_by[i]);
    add_text(&meaning, spec->field);
    add_signed(&meaning, spec->window_ns);
    *ret = siphash_1_3(seed, buf_slice(&meaning));
    return buf_error(&meaning);
}

static void add_group(Buf *to, const HabitSpec *spec, const HabitGroup *group)
{
    for (size_t i = 0; i < spec->group_by_count; i++)
        add_text(to, group->values[i]);
    add_signed(to, group->first_ns);
    add_signed(to, group->last_ns);
    add_signed(to, group->told_ns);
    buf_add(to, &group->sum, sizeof group->sum);
    buf_add_varint(to, group->is_odd);
    for (size_t i = 0; i < HABIT_DAYS; i++)
        add_signed(to, group->pauses_ns[i]);
    add_signed(to, group->pause_day);
    for (size_t i = 0; spec->kind == HABIT_CHANGE && i < HABIT_HOURS; i++) {
        buf_add_varint(to, group->hours[i].count);
        buf_add_varint(to, group->hours[i].next);
        buf_add(to, group->hours[i].list, sizeof group->hours[i].list);
    }
}

int habit_save(const Habit *habit, Buf *to)
{
    const HabitSpec *spec = &habit->entry->spec;
    uint64_t sum;
    int r = spec_sum(spec, &sum);
    if (r < 0) return r;
    buf_add(to, MAGIC, sizeof MAGIC);
    buf_add_le64(to, sum);
    add_signed(to, habit->window);
    add_signed(to, habit->looked_ns);
    buf_add_varint(to, habit->unwatched);
    buf_add_varint(to, habit->group_count);
    for (uint32_t i = 0; i < habit->group_count; i++)
        add_group(to, spec, &habit->groups[i]);
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

static int take_text(Slice *bytes, Slice *ret)
{
    uint64_t len;
    int r = slice_take_varint(bytes, &len);
    if (r < 0 || len > bytes->len) return -EBADMSG;
    *ret = slice_first(*bytes, (size_t)len);
    *bytes = slice_skip(*bytes, (size_t)len);
    return 0;
}

static int take_hours(Slice *bytes, HabitGroup *group)
{
    int r = 0;
    for (size_t i = 0; i < HABIT_HOURS && r == 0; i++) {
        uint64_t count = 0, next = 0;
        r = slice_take_varint(bytes, &count);
        if (r == 0) r = slice_take_varint(bytes, &next);
        if (r == 0 && (count > HABIT_DAYS || next >= HABIT_DAYS)) r = -EBADMSG;
        if (r == 0) r = take_fixed(bytes, group->hours[i].list, sizeof group->hours[i].list);
        group->hours[i].count = (uint8_t)count;
        group->hours[i].next = (uint8_t)next;
    }
    return r;
}

static int take_learned(Slice *bytes, const HabitSpec *spec, HabitGroup *group)
{
    uint64_t odd = 0;
    int r = take_signed(bytes, &group->first_ns);
    if (r == 0) r = take_signed(bytes, &group->last_ns);
    if (r == 0) r = take_signed(bytes, &group->told_ns);
    if (r == 0) r = take_fixed(bytes, &group->sum, sizeof group->sum);
    if (r == 0) r = slice_take_varint(bytes, &odd);
    for (size_t i = 0; i < HABIT_DAYS && r == 0; i++)
        r = take_signed(bytes, &group->pauses_ns[i]);
    if (r == 0) r = take_signed(bytes, &group->pause_day);
    group->is_odd = odd != 0;
    return r == 0 && spec->kind == HABIT_CHANGE ? take_hours(bytes, group) : r;
}

static int take_group(Slice *bytes, Habit *habit)
{
    const HabitSpec *spec = &habit->entry->spec;
    HabitName name = {0};
    HabitGroup *group;
    uint32_t before = habit->group_count;
    int r = 0;
    for (size_t i = 0; i < spec->group_by_count && r == 0; i++) {
        Slice value;
        r = take_text(bytes, &value);
        if (r == 0) habit_name_add(&name, i, value);
    }
    if (r == 0) r = habit_group_find(habit, &name, 0, &group);
    if (r < 0) return r;
    if (!group || habit->group_count == before) return -EBADMSG;
    return take_learned(bytes, spec, group);
}

static int take_all(Slice *bytes, Habit *habit)
{
    char magic[sizeof MAGIC];
    uint64_t sum = 0, wanted = 0, count = 0;
    int r = spec_sum(&habit->entry->spec, &wanted);
    if (r == 0) r = take_fixed(bytes, magic, sizeof magic);
    if (r == 0) r = take_fixed(bytes, &sum, sizeof sum);
    if (r == 0 && (memcmp(magic, MAGIC, sizeof magic) != 0 || sum != wanted)) r = -EBADMSG;
    if (r == 0) r = take_signed(bytes, &habit->window);
    if (r == 0) r = take_signed(bytes, &habit->looked_ns);
    if (r == 0) r = slice_take_varint(bytes, &habit->unwatched);
    if (r == 0) r = slice_take_varint(bytes, &count);
    for (uint64_t i = 0; i < count && r == 0; i++)
        r = take_group(bytes, habit);
    return r == 0 && bytes->len > 0 ? -EBADMSG : r;
}

static void forget(Habit *habit)
{
    map_clear(&habit->numbers);
    habit->group_count = 0;
    habit->window = habit->looked_ns = INT64_MIN;
    habit->unwatched = 0;
}

int habit_load(Habit *habit, Slice bytes)
{
    forget(habit);
    int r = take_all(&bytes, habit);
    if (r < 0) forget(habit);
    return r;
}
