/* See geo_file.h. */
#include "translate/context/geo_file.h"

#include <errno.h>
#include <stdlib.h>

#define METADATA_BYTES_MAX ((size_t)128 << 10)
#define DATA_GAP 16 /* zeros between the tree and the data */
#define NESTING_MAX 32
#define VALUES_MAX 4096 /* skipped in one record; real ones have some dozens */

typedef enum MmdbType {
    MMDB_EXTENDED = 0,
    MMDB_POINTER = 1,
    MMDB_UTF8 = 2,
    MMDB_DOUBLE = 3,
    MMDB_MAP = 7,
    MMDB_ARRAY = 11,
    MMDB_BOOL = 14,
} MmdbType;

typedef struct MmdbFile {
    Slice tree, data;
    uint32_t node_count;
    unsigned record_bits, ip_version;
    unsigned values_left;
} MmdbFile;

/* --- the data section ------------------------------------------------------------------------- */

typedef struct MmdbValue {
    MmdbType type;
    size_t size;  /* bytes of a text or number, pairs of a map, items of an array */
    size_t at;    /* where the content begins */
    size_t after; /* of a pointer: behind it; else as `at` */
} MmdbValue;

static int take_number(Slice data, size_t *at, unsigned bytes, size_t *ret)
{
    size_t number = 0;
    if (*at > data.len || data.len - *at < bytes) return -EBADMSG;
    for (unsigned i = 0; i < bytes; i++) {
        number = number << 8 | (uint8_t)data.ptr[(*at)++];
    }
    *ret = number;
    return 0;
}

static int read_pointer(Slice data, size_t *at, unsigned control, size_t *ret)
{
    static const size_t base[] = {0, 2048, 526336, 0};
    unsigned more = (control >> 3 & 3) + 1;
    size_t number;
    int r = take_number(data, at, more, &number);
    if (r < 0) return r;
    if (more < 4) number |= (size_t)(control & 7) << (8 * more);
    *ret = number + base[more - 1];
    return 0;
}

static int read_head(Slice data, size_t at, MmdbValue *ret)
{
    size_t control, kind, size, more;
    int r = take_number(data, &at, 1, &control);
    if (r < 0) return r;
    kind = control >> 5;
    if (kind == MMDB_POINTER) {
        r = read_pointer(data, &at, (unsigned)control, &ret->at);
        ret->type = MMDB_POINTER;
        ret->after = at;
        return r;
    }
    if (kind == MMDB_EXTENDED) {
        r = take_number(data, &at, 1, &kind);
        if (r < 0 || kind > 8) return -EBADMSG;
        kind += 7;
    }
    size = control & 31;
    if (size >= 29) {
        static const size_t base[] = {29, 285, 65821};
        r = take_number(data, &at, (unsigned)size - 28, &more);
        if (r < 0) return r;
        size = base[size - 29] + more;
    }
    *ret = (MmdbValue){.type = (MmdbType)kind, .size = size, .at = at, .after = at};
    return 0;
}

/* The value at the place, or the one that a pointer there names. */
static int read_value(Slice data, size_t at, MmdbValue *ret)
{
    MmdbValue value;
    int r = read_head(data, at, &value);
    if (r == 0 && value.type == MMDB_POINTER) {
        size_t after = value.after;
        r = read_head(data, value.at, &value);
        if (r == 0 && value.type == MMDB_POINTER) return -EBADMSG; /* the format forbids it */
        value.after = after;
    }
    if (r == 0) *ret = value;
    return r;
}

static int skip_value(MmdbFile *file, Slice data, size_t *at, unsigned nesting)
{
    MmdbValue value;
    int r = read_head(data, *at, &value);
    if (r < 0) return r;
    if (nesting > NESTING_MAX || file->values_left-- == 0) return -EBADMSG;
    if (value.type == MMDB_POINTER || value.type == MMDB_BOOL) {
        *at = value.after;
        return 0;
    }
    *at = value.at;
    if (value.type != MMDB_MAP && value.type != MMDB_ARRAY) {
        if (value.size > data.len - value.at) return -EBADMSG;
        *at += value.size;
        return 0;
    }
    size_t count = value.type == MMDB_MAP ? value.size * 2 : value.size;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = skip_value(file, data, at, nesting + 1);
    }
    return r;
}

static int read_text(Slice data, size_t at, Slice *ret, size_t *ret_after)
{
    MmdbValue value;
    int r = read_value(data, at, &value);
    if (r < 0) return r;
    if (value.type != MMDB_UTF8 || value.size > data.len - value.at) return -EBADMSG;
    *ret = slice_of(data.ptr + value.at, value.size);
    /* Behind a pointer is behind the pointer, behind a text is behind its bytes. */
    *ret_after = value.after == value.at ? value.at + value.size : value.after;
    return 0;
}

/* The member of the map at the place. -ENOENT: it has none of that name, or is no map. */
static int find_member(MmdbFile *file, Slice data, size_t at, Slice name, size_t *ret_at)
{
    MmdbValue map;
    int r = read_value(data, at, &map);
    if (r < 0) return r;
    if (map.type != MMDB_MAP) return -ENOENT;
    size_t place = map.at;
    for (size_t i = 0; i < map.size; i++) {
        Slice key;
        r = read_text(data, place, &key, &place);
        if (r < 0) return r;
        if (slice_eq(key, name)) {
            *ret_at = place;
            return 0;
        }
        r = skip_value(file, data, &place, 0);
        if (r < 0) return r;
    }
    return -ENOENT;
}

static int read_member_number(MmdbFile *file, Slice data, Slice name, size_t *ret)
{
    MmdbValue value;
    size_t at;
    int r = find_member(file, data, 0, name, &at);
    if (r == 0) r = read_value(data, at, &value);
    if (r < 0) return r;
    if (value.size > 4) return -EBADMSG;
    return take_number(data, &value.at, (unsigned)value.size, ret);
}

/* --- countries -------------------------------------------------------------------------------- */

int country_parse(Slice text, uint32_t *ret)
{
    char code[2];
    if (text.len != 2) return -EINVAL;
    for (size_t i = 0; i < 2; i++) {
        char c = text.ptr[i];
        code[i] = c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
        if (code[i] < 'A' || code[i] > 'Z') return -EINVAL;
    }
    *ret = country_number(slice_of(code, 2));
    return 0;
}

#define ROW(a)                                                                                     \
    a "A" a "B" a "C" a "D" a "E" a "F" a "G" a "H" a "I" a "J" a "K" a "L" a "M" a "N" a "O" a    \
      "P" a "Q" a "R" a "S" a "T" a "U" a "V" a "W" a "X" a "Y" a "Z"

Slice country_text(uint32_t number)
{
    static const char all[] = ROW("A") ROW("B") ROW("C") ROW("D") ROW("E") ROW("F") ROW("G")
        ROW("H") ROW("I") ROW("J") ROW("K") ROW("L") ROW("M") ROW("N") ROW("O") ROW("P") ROW("Q")
            ROW("R") ROW("S") ROW("T") ROW("U") ROW("V") ROW("W") ROW("X") ROW("Y") ROW("Z");
    uint32_t first = (number >> 8) - 'A', second = (number & 255) - 'A';
    return first < 26 && second < 26 ? slice_of(all + (first * 26 + second) * 2, 2) : (Slice){0};
}

/* 0: the record names no country. */
static int read_country(MmdbFile *file, size_t at, uint32_t *ret)
{
    static const Slice members[] = {SLICE_INIT("country"), SLICE_INIT("registered_country")};
    *ret = 0;
    for (size_t i = 0; i < ARRAY_COUNT(members) && *ret == 0; i++) {
        size_t country, code, after;
        Slice text;
        file->values_left = VALUES_MAX;
        int r = find_member(file, file->data, at, members[i], &country);
        if (r == 0) r = find_member(file, file->data, country, SLICE("iso_code"), &code);
        if (r == 0) r = read_text(file->data, code, &text, &after);
        if (r == 0 && country_parse(text, ret) < 0) *ret = 0;
        if (r < 0 && r != -ENOENT) return r;
    }
    return 0;
}

/* --- the tree --------------------------------------------------------------------------------- */

static uint32_t read_record(const MmdbFile *file, uint32_t node, unsigned side)
{
    const uint8_t *at = (const uint8_t *)file->tree.ptr + (size_t)node * file->record_bits / 4;
    if (file->record_bits == 24) {
        at += 3 * side;
        return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
    }
    if (file->record_bits == 28) {
        uint32_t high = side ? at[3] & 15u : at[3] >> 4;
        at += side ? 4 : 0;
        return high << 24 | (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
    }
    at += 4 * side;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

#define KNOWN_COUNT 65536 /* of a power of two: places of the data whose country was read */

typedef struct Walk {
    MmdbFile *file;
    NetworkMap *map;
    uint32_t v4_node; /* where ::/96 is, in a tree of IPv6; node_count: there is none */
    uint64_t steps;
    bool is_v4;
    uint32_t known_at[KNOWN_COUNT], known[KNOWN_COUNT];
} Walk;

static int country_at(Walk *walk, uint32_t record, uint32_t *ret)
{
    uint32_t slot = (record * 2654435761u) >> 16;
    if (walk->known_at[slot] == record) {
        *ret = walk->known[slot];
        return 0;
    }
    size_t at = (size_t)record - walk->file->node_count;
    if (at < DATA_GAP || at - DATA_GAP >= walk->file->data.len) return -EBADMSG;
    int r = read_country(walk->file, at - DATA_GAP, ret);
    walk->known_at[slot] = record;
    walk->known[slot] = *ret;
    return r;
}

/* Everything below the record, in the order of the addresses. */
static int walk_record(Walk *walk, uint32_t record, AddressNumber prefix, unsigned depth)
{
    const unsigned depth_max = walk->is_v4 ? 32 : 128;
    const Address start = {.number = prefix, .is_v4 = walk->is_v4};
    uint32_t country = 0;
    int r = 0;
    if (++walk->steps > GEO_STEPS_MAX) return -EBADMSG;
    bool is_alias = !walk->is_v4 && record == walk->v4_node;
    if (record < walk->file->node_count && !is_alias) {
        if (depth == depth_max) return -EBADMSG;
        AddressNumber bit = (AddressNumber)1 << (depth_max - 1 - depth);
        r = walk_record(walk, read_record(walk->file, record, 0), prefix, depth + 1);
        if (r < 0) return r;
        return walk_record(walk, read_record(walk->file, record, 1), prefix | bit, depth + 1);
    }
    if (record > walk->file->node_count) r = country_at(walk, record, &country);
    return r < 0 ? r : network_map_append(walk->map, &start, country);
}

static int walk_tree(MmdbFile *file, NetworkMap *map)
{
    Walk *walk = calloc(1, sizeof *walk);
    if (!walk) return -ENOMEM;
    walk->file = file;
    walk->map = map;
    walk->is_v4 = true;
    uint32_t root = 0;
    for (unsigned i = 0; file->ip_version == 6 && i < 96 && root < file->node_count; i++) {
        root = read_record(file, root, 0);
    }
    int r = walk_record(walk, root, 0, 0);
    walk->is_v4 = false;
    walk->v4_node = root < file->node_count ? root : file->node_count;
    if (r == 0 && file->ip_version == 6) r = walk_record(walk, 0, 0, 0);
    free(walk);
    return r;
}

static int open_file(Slice bytes, MmdbFile *ret)
{
    const Slice mark = SLICE("\xab\xcd\xefMaxMind.com");
    size_t near = bytes.len > METADATA_BYTES_MAX ? bytes.len - METADATA_BYTES_MAX : 0;
    size_t found = SLICE_NOT_FOUND, node_count, record_bits, ip_version;
    for (size_t at = near;;) { /* the last one counts */
        size_t next = slice_find(slice_skip(bytes, at), mark);
        if (next == SLICE_NOT_FOUND) break;
        found = at + next;
        at = found + 1;
    }
    if (found == SLICE_NOT_FOUND) return -EBADMSG;
    Slice metadata = slice_skip(bytes, found + mark.len);
    ret->values_left = VALUES_MAX;
    if (read_member_number(ret, metadata, SLICE("node_count"), &node_count) < 0 ||
        read_member_number(ret, metadata, SLICE("record_size"), &record_bits) < 0 ||
        read_member_number(ret, metadata, SLICE("ip_version"), &ip_version) < 0) {
        return -EBADMSG;
    }
    bool known = (record_bits == 24 || record_bits == 28 || record_bits == 32) &&
                 (ip_version == 4 || ip_version == 6) && node_count > 0 && node_count < UINT32_MAX;
    if (!known || node_count * record_bits / 4 + DATA_GAP > found) return -EBADMSG;
    size_t tree_bytes = node_count * record_bits / 4;
    ret->tree = slice_first(bytes, tree_bytes);
    ret->data = slice_of(bytes.ptr + tree_bytes + DATA_GAP, found - tree_bytes - DATA_GAP);
    ret->node_count = (uint32_t)node_count;
    ret->record_bits = (unsigned)record_bits;
    ret->ip_version = (unsigned)ip_version;
    return 0;
}

int geo_read(Slice bytes, NetworkMap *map, Complaint *complaint)
{
    MmdbFile file = {0};
    int r = open_file(bytes, &file);
    if (r == 0) r = walk_tree(&file, map);
    if (r == 0) r = network_map_finish(map);
    if (r == -EBADMSG) {
        complaint_say(complaint, "company.geoip",
                      "this is no MaxMind DB file, or it is damaged; fetch it again",
                      "MaxMind DB のファイルではないか、壊れています。取り直してください");
    }
    return r;
}
