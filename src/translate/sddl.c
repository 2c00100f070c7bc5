/* See sddl.h. */
#include "translate/sddl.h"

#include <string.h>

typedef struct Aces {
    Slice at[SDDL_ACES_MAX]; /* without their brackets */
    size_t count;
    bool is_protected;
} Aces;

/* The part behind `D:` or `S:` at which no bracket is open: a condition may hold such letters. */
static Slice find_list(Slice text, char list)
{
    unsigned depth = 0;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == '(') depth++;
        if (text.ptr[i] == ')' && depth > 0) depth--;
        if (depth == 0 && text.ptr[i] == list && text.ptr[i + 1] == ':') {
            return slice_skip(text, i + 2);
        }
    }
    return (Slice){0};
}

/* Flags, then (ace)(ace)...; what is no bracket any more is the next list. */
static void read_aces(Slice text, Aces *ret)
{
    size_t open = slice_find_char(text, '(');
    Slice flags = slice_first(text, open);
    ret->count = 0;
    ret->is_protected = slice_find_char(flags, 'P') != SLICE_NOT_FOUND &&
                        slice_find_char(flags, ':') == SLICE_NOT_FOUND;
    text = slice_skip(text, flags.len);
    while (text.len > 0 && text.ptr[0] == '(' && ret->count < SDDL_ACES_MAX) {
        size_t depth = 0, end = 0;
        for (; end < text.len; end++) {
            depth += text.ptr[end] == '(';
            depth -= text.ptr[end] == ')';
            if (depth == 0) break;
        }
        ret->at[ret->count++] = slice_of(text.ptr + 1, end - 1);
        text = slice_skip(text, end + 1);
    }
}

/* Whether a right came from the folder above (ID, the last of the flags) is no other right. */
static Slice without_inherited(Slice flags)
{
    return slice_ends(flags, SLICE("ID")) ? slice_first(flags, flags.len - 2) : flags;
}

static bool same_ace(Slice a, Slice b)
{
    Slice part_a, part_b;
    for (size_t i = 0; i < 2; i++) {
        if (!slice_cut(&a, ';', &part_a) || !slice_cut(&b, ';', &part_b)) return false;
        if (!slice_eq(without_inherited(part_a), without_inherited(part_b))) return false;
    }
    return slice_eq(a, b);
}

static bool holds(const Aces *aces, Slice ace)
{
    for (size_t i = 0; i < aces->count; i++) {
        if (same_ace(aces->at[i], ace)) return true;
    }
    return false;
}

/* --- in words that every language knows ------------------------------------------------------- */

typedef struct Pair {
    Slice from, to;
} Pair;

static Slice look_up(const Pair *pairs, size_t count, Slice text)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq_nocase(pairs[i].from, text)) return pairs[i].to;
    }
    return text;
}

/* MS-DTYP 2.5.1.1, sid-token; the names are those of Windows in English. */
static Slice who_of(Slice sid)
{
    static const Pair pairs[] = {
        {SLICE_INIT("WD"), SLICE_INIT("Everyone")},
        {SLICE_INIT("S-1-1-0"), SLICE_INIT("Everyone")},
        {SLICE_INIT("BA"), SLICE_INIT("Administrators")},
        {SLICE_INIT("BU"), SLICE_INIT("Users")},
        {SLICE_INIT("SY"), SLICE_INIT("SYSTEM")},
        {SLICE_INIT("AU"), SLICE_INIT("Authenticated Users")},
        {SLICE_INIT("CO"), SLICE_INIT("CREATOR OWNER")},
        {SLICE_INIT("DA"), SLICE_INIT("Domain Admins")},
        {SLICE_INIT("DU"), SLICE_INIT("Domain Users")},
        {SLICE_INIT("AN"), SLICE_INIT("ANONYMOUS LOGON")},
        {SLICE_INIT("BG"), SLICE_INIT("Guests")},
        {SLICE_INIT("LA"), SLICE_INIT("Administrator")},
        {SLICE_INIT("BO"), SLICE_INIT("Backup Operators")},
        {SLICE_INIT("LS"), SLICE_INIT("LOCAL SERVICE")},
        {SLICE_INIT("NS"), SLICE_INIT("NETWORK SERVICE")},
    };
    return look_up(pairs, sizeof pairs / sizeof pairs[0], sid);
}

/* MS-DTYP 2.5.1.1, ace-rights; Microsoft, icacls, "simple rights". */
static Slice rights_of(Slice rights)
{
    static const Pair pairs[] = {
        {SLICE_INIT("FA"), SLICE_INIT("F")},       {SLICE_INIT("GA"), SLICE_INIT("F")},
        {SLICE_INIT("KA"), SLICE_INIT("F")},       {SLICE_INIT("0x1f01ff"), SLICE_INIT("F")},
        {SLICE_INIT("0x1301bf"), SLICE_INIT("M")}, {SLICE_INIT("0x1200a9"), SLICE_INIT("RX")},
        {SLICE_INIT("FR"), SLICE_INIT("R")},       {SLICE_INIT("GR"), SLICE_INIT("R")},
        {SLICE_INIT("KR"), SLICE_INIT("R")},       {SLICE_INIT("0x120089"), SLICE_INIT("R")},
        {SLICE_INIT("FW"), SLICE_INIT("W")},       {SLICE_INIT("GW"), SLICE_INIT("W")},
        {SLICE_INIT("KW"), SLICE_INIT("W")},       {SLICE_INIT("0x120116"), SLICE_INIT("W")},
        {SLICE_INIT("FX"), SLICE_INIT("X")},       {SLICE_INIT("GX"), SLICE_INIT("X")},
        {SLICE_INIT("FRFX"), SLICE_INIT("RX")},    {SLICE_INIT("GRGX"), SLICE_INIT("RX")},
        {SLICE_INIT("FRFW"), SLICE_INIT("RW")},
    };
    return look_up(pairs, sizeof pairs / sizeof pairs[0], rights);
}

static bool add(SddlChange *change, Slice text)
{
    if (text.len > sizeof change->text - change->len) return false;
    if (text.len > 0) memcpy(change->text + change->len, text.ptr, text.len);
    change->len += text.len;
    return true;
}

/* type;flags;rights;object;inherited object;who. Nothing of it is told when not all fits. */
static void tell(SddlChange *change, Slice ace, bool added)
{
    Slice parts[6] = {{0}};
    for (size_t i = 0; i < 6 && slice_cut(&ace, ';', &parts[i]); i++) {
    }
    bool denies = slice_ends(parts[0], SLICE("D")); /* D, OD, XD */
    const Slice pieces[] = {change->len ? SLICE(", ") : SLICE(""),
                            added ? SLICE("+") : SLICE("-"),
                            who_of(parts[5]),
                            SLICE(":"),
                            denies ? SLICE("!") : SLICE(""),
                            rights_of(parts[2])};
    size_t before = change->len;
    if (parts[5].len == 0) return; /* no such form: it is counted only */
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (add(change, pieces[i])) continue;
        change->len = before;
        return;
    }
}

void sddl_compare(Slice before, Slice after, char list, SddlChange *ret)
{
    Aces old_aces, new_aces;
    read_aces(find_list(before, list), &old_aces);
    read_aces(find_list(after, list), &new_aces);
    *ret = (SddlChange){.inheritance_off = new_aces.is_protected && !old_aces.is_protected,
                        .inheritance_on = old_aces.is_protected && !new_aces.is_protected};
    for (size_t i = 0; i < new_aces.count; i++) {
        if (holds(&old_aces, new_aces.at[i])) continue;
        ret->added++;
        tell(ret, new_aces.at[i], true);
    }
    for (size_t i = 0; i < old_aces.count; i++) {
        if (holds(&new_aces, old_aces.at[i])) continue;
        ret->removed++;
        tell(ret, old_aces.at[i], false);
    }
}
