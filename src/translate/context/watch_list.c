/* See watch_list.h. */
#include "translate/context/watch_list.h"

#include "base/fold.h"
#include "base/time_text.h"

#include <errno.h>
#include <stdlib.h>

struct WatchEntry {
    Slice domain; /* users, hosts: folded; empty: any */
    WatchSpan span;
    uint32_t list;
    uint32_t next; /* one higher than the next entry of this value; 0: the last */
};

struct WatchNetwork {
    AddressNumber first, last;
    WatchSpan span;
    uint32_t list;
    bool is_v4;
};

void watch_init(Watch *watch, const uint64_t seed[2])
{
    *watch = (Watch){.map = map_make(WATCH_ENTRIES_MAX, seed), .addresses.join = NETWORK_ALL};
}

void watch_done(Watch *watch)
{
    map_done(&watch->map);
    arena_done(&watch->arena);
    free(watch->entries);
    free(watch->networks);
    network_map_done(&watch->addresses);
}

const RecordField *watch_usual_fields(WatchOf of, size_t *ret_count)
{
    static const RecordField users[] = {RECORD_USER_NAME, RECORD_USER_EFFECTIVE_NAME,
                                        RECORD_RELATED_USER};
    static const RecordField hosts[] = {RECORD_HOST_NAME, RECORD_SOURCE_DOMAIN,
                                        RECORD_DESTINATION_DOMAIN};
    static const RecordField addresses[] = {RECORD_SOURCE_IP, RECORD_DESTINATION_IP};
    static const RecordField folders[] = {RECORD_FILE_PATH, RECORD_AKASHI_TARGET_PATH,
                                          RECORD_SHARE_NAME};
    static const RecordField programs[] = {RECORD_PROCESS_EXECUTABLE};
    static const struct {
        const RecordField *fields;
        size_t count;
    } usual[WATCH_OF_COUNT] = {
        [WATCH_USERS] = {users, ARRAY_COUNT(users)},
        [WATCH_HOSTS] = {hosts, ARRAY_COUNT(hosts)},
        [WATCH_ADDRESSES] = {addresses, ARRAY_COUNT(addresses)},
        [WATCH_FOLDERS] = {folders, ARRAY_COUNT(folders)},
        [WATCH_PROGRAMS] = {programs, ARRAY_COUNT(programs)},
    };
    *ret_count = usual[of].count;
    return usual[of].fields;
}

static void ask_field(Watch *watch, WatchOf of, RecordField field)
{
    size_t *count = &watch->field_count[of];
    for (size_t i = 0; i < *count; i++) {
        if (watch->fields[of][i] == field) return;
    }
    watch->fields[of][(*count)++] = field;
}

int watch_add_list(Watch *watch, Slice name, WatchOf of, const RecordField *fields,
                   size_t field_count)
{
    if (watch->list_count >= WATCH_LISTS_MAX) return -E2BIG;
    unsigned list = (unsigned)watch->list_count++;
    watch->names[list] = name;
    watch->of[list] = of;
    for (size_t i = 0; i < field_count; i++) {
        watch->lists_of[fields[i]] |= (uint32_t)1 << list;
        ask_field(watch, of, fields[i]);
    }
    return (int)list;
}

/* --- values made comparable ------------------------------------------------------------------- */

typedef struct WatchKey {
    char bytes[WATCH_VALUE_BYTES_MAX + 1]; /* the kind, then the folded value */
    size_t len;
} WatchKey;

static void key_make(WatchKey *key, char kind, Slice value)
{
    key->bytes[0] = kind;
    key->len = 1 + fold_text(key->bytes + 1, slice_first(value, WATCH_VALUE_BYTES_MAX));
}

static const uint64_t *key_find(const Watch *watch, const WatchKey *key)
{
    return map_find(&watch->map, slice_of(key->bytes, key->len));
}

void account_split(Slice text, Slice *ret_name, Slice *ret_domain)
{
    size_t back = slice_rfind_char(text, '\\'), at = slice_rfind_char(text, '@');
    *ret_name = text;
    *ret_domain = (Slice){0};
    if (back != SLICE_NOT_FOUND) {
        *ret_domain = slice_first(text, back);
        *ret_name = slice_skip(text, back + 1);
    } else if (at != SLICE_NOT_FOUND && at > 0) {
        *ret_name = slice_first(text, at);
        *ret_domain = slice_skip(text, at + 1);
    }
}

static void host_split(Slice text, Slice *ret_name, Slice *ret_domain)
{
    size_t dot = slice_find_char(text, '.');
    *ret_name = slice_first(text, dot);
    *ret_domain = dot == SLICE_NOT_FOUND ? (Slice){0} : slice_skip(text, dot + 1);
}

/* EXAMPLE and example.com are one domain. */
static bool same_domain(Slice a, Slice b)
{
    Slice a_first, b_first, rest;
    if (a.len == 0 || b.len == 0 || slice_eq_nocase(a, b)) return true;
    host_split(a, &a_first, &rest);
    if (rest.len > 0) {
        host_split(b, &b_first, &rest);
        if (rest.len > 0) return false;
        return slice_eq_nocase(a_first, b);
    }
    host_split(b, &b_first, &rest);
    return rest.len > 0 && slice_eq_nocase(a, b_first);
}

/* / for \, and none at the end. */
static void path_make_plain(WatchKey *key)
{
    for (size_t i = 1; i < key->len; i++) {
        if (key->bytes[i] == '\\') key->bytes[i] = '/';
    }
    while (key->len > 2 && key->bytes[key->len - 1] == '/')
        key->len--;
}

/* --- filling ---------------------------------------------------------------------------------- */

static int add_network(Watch *watch, unsigned list, Slice value, WatchSpan span)
{
    Address first, last;
    int r = network_parse_range(value, &first, &last);
    if (r < 0) return r;
    if (watch->network_count == watch->network_capacity) {
        size_t wanted = watch->network_capacity ? watch->network_capacity * 2 : 16;
        WatchNetwork *grown = realloc(watch->networks, wanted * sizeof *grown);
        if (!grown) return -ENOMEM;
        watch->networks = grown;
        watch->network_capacity = wanted;
    }
    r = network_map_add_range(&watch->addresses, &first, &last, (uint32_t)1 << list);
    if (r < 0) return r;
    watch->networks[watch->network_count++] = (WatchNetwork){.first = first.number,
                                                             .last = last.number,
                                                             .span = span,
                                                             .list = list,
                                                             .is_v4 = first.is_v4};
    return 0;
}

static int add_entry(Watch *watch, unsigned list, const WatchKey *key, Slice domain, WatchSpan span)
{
    Slice folded = {0};
    if (watch->entry_count == watch->entry_capacity) {
        size_t wanted = watch->entry_capacity ? watch->entry_capacity * 2 : 64;
        WatchEntry *grown = realloc(watch->entries, wanted * sizeof *grown);
        if (!grown) return -ENOMEM;
        watch->entries = grown;
        watch->entry_capacity = wanted;
    }
    if (domain.len > 0) {
        int r = arena_copy(&watch->arena, domain, &folded);
        if (r < 0) return r;
    }
    uint64_t *head = map_put(&watch->map, slice_of(key->bytes, key->len), NULL);
    if (!head) return -ENOMEM;
    watch->entries[watch->entry_count] =
        (WatchEntry){.domain = folded, .span = span, .list = list, .next = (uint32_t)*head};
    *head = ++watch->entry_count;
    return 0;
}

static const char kinds[WATCH_OF_COUNT] = {
    [WATCH_USERS] = 'u',   [WATCH_HOSTS] = 'h',    [WATCH_ADDRESSES] = 'a',
    [WATCH_FOLDERS] = 'f', [WATCH_PROGRAMS] = 'p', [WATCH_VALUES] = 'v',
};

int watch_add(Watch *watch, unsigned list, Slice value, WatchSpan span)
{
    WatchKey key;
    WatchOf of = watch->of[list];
    Slice name = slice_trim(value), domain = {0};
    if (name.len == 0 || name.len > WATCH_VALUE_BYTES_MAX) return -EINVAL;
    if (watch->entry_count + watch->network_count >= WATCH_ENTRIES_MAX) return -E2BIG;
    if (of == WATCH_ADDRESSES) return add_network(watch, list, name, span);
    if (of == WATCH_USERS) account_split(name, &name, &domain);
    if (of == WATCH_HOSTS) host_split(name, &name, &domain);
    if (name.len == 0) return -EINVAL;
    key_make(&key, kinds[of], name);
    if (of == WATCH_FOLDERS || of == WATCH_PROGRAMS) path_make_plain(&key);
    return add_entry(watch, list, &key, domain, span);
}

int watch_finish(Watch *watch)
{
    return network_map_finish(&watch->addresses);
}

/* --- asking ----------------------------------------------------------------------------------- */

typedef struct WatchAsking {
    const Watch *watch;
    int64_t time_ns;
    uint32_t allowed; /* the lists that are for the field */
    uint32_t found;
} WatchAsking;

static bool is_in_span(int64_t time_ns, WatchSpan span)
{
    return time_ns == TIME_UNKNOWN || (time_ns >= span.from_ns && time_ns < span.until_ns);
}

static void ask_key(WatchAsking *asking, const WatchKey *key, Slice domain)
{
    const uint64_t *head = key_find(asking->watch, key);
    for (uint32_t at = head ? (uint32_t)*head : 0; at > 0;) {
        const WatchEntry *entry = &asking->watch->entries[at - 1];
        at = entry->next;
        if ((asking->allowed >> entry->list & 1) == 0) continue;
        if (!is_in_span(asking->time_ns, entry->span)) continue;
        if (same_domain(entry->domain, domain)) asking->found |= (uint32_t)1 << entry->list;
    }
}

static void ask_address(WatchAsking *asking, Slice value)
{
    const Watch *watch = asking->watch;
    Address address;
    if (network_parse_address(value, &address) < 0) return;
    uint32_t maybe = network_map_find(&watch->addresses, &address) & asking->allowed;
    if (maybe == 0) return;
    for (size_t i = 0; i < watch->network_count; i++) {
        const WatchNetwork *network = &watch->networks[i];
        if ((maybe >> network->list & 1) == 0 || network->is_v4 != address.is_v4) continue;
        if (address.number < network->first || address.number > network->last) continue;
        if (is_in_span(asking->time_ns, network->span)) {
            asking->found |= (uint32_t)1 << network->list;
        }
    }
}

/* Every folder above the path, and every name in it. */
static void ask_path(WatchAsking *asking, Slice value)
{
    WatchKey whole, part;
    key_make(&whole, kinds[WATCH_FOLDERS], value);
    path_make_plain(&whole);
    part.bytes[0] = whole.bytes[0];
    size_t end = whole.len, begin = 1, parts = 0;
    for (size_t i = 1; i <= end && parts < WATCH_PARTS_MAX; i++) {
        if (i < end && whole.bytes[i] != '/') continue;
        if (i > begin) {
            whole.len = i;
            ask_key(asking, &whole, (Slice){0});
            part.len = 1 + i - begin;
            memcpy(part.bytes + 1, whole.bytes + begin, i - begin);
            if (begin > 1) ask_key(asking, &part, (Slice){0});
            parts++;
        }
        begin = i + 1;
    }
}

static void ask_program(WatchAsking *asking, Slice value)
{
    WatchKey key;
    key_make(&key, kinds[WATCH_PROGRAMS], value);
    path_make_plain(&key);
    ask_key(asking, &key, (Slice){0});
    size_t slash = slice_rfind_char(slice_of(key.bytes + 1, key.len - 1), '/');
    if (slash == SLICE_NOT_FOUND) return;
    key.len -= slash + 1;
    memmove(key.bytes + 1, key.bytes + 2 + slash, key.len - 1);
    ask_key(asking, &key, (Slice){0});
}

static void ask_user(WatchAsking *asking, const Record *record, RecordField field, Slice value)
{
    WatchKey key;
    Slice name, domain;
    account_split(value, &name, &domain);
    if (domain.len == 0 && field == RECORD_USER_NAME) domain = record->text[RECORD_USER_DOMAIN];
    if (domain.len == 0 && field == RECORD_USER_TARGET_NAME) {
        domain = record->text[RECORD_USER_TARGET_DOMAIN];
    }
    key_make(&key, kinds[WATCH_USERS], name);
    ask_key(asking, &key, domain);
}

static void ask(WatchAsking *asking, WatchOf of, const Record *record, RecordField field)
{
    WatchKey key;
    Slice value = record->text[field], domain;
    switch (of) {
    case WATCH_USERS: ask_user(asking, record, field, value); break;
    case WATCH_ADDRESSES: ask_address(asking, value); break;
    case WATCH_FOLDERS: ask_path(asking, value); break;
    case WATCH_PROGRAMS: ask_program(asking, value); break;
    case WATCH_HOSTS:
        host_split(value, &value, &domain);
        key_make(&key, kinds[of], value);
        ask_key(asking, &key, domain);
        break;
    case WATCH_VALUES:
        key_make(&key, kinds[of], value);
        ask_key(asking, &key, (Slice){0});
        break;
    case WATCH_OF_COUNT: break;
    }
}

uint32_t watch_find(const Watch *watch, const Record *record)
{
    WatchAsking asking = {.watch = watch, .time_ns = record->time_ns};
    for (int of = 0; of < WATCH_OF_COUNT; of++) {
        for (size_t i = 0; i < watch->field_count[of]; i++) {
            RecordField field = watch->fields[of][i];
            asking.allowed = watch->lists_of[field];
            if (record->text[field].len > 0) ask(&asking, (WatchOf)of, record, field);
        }
    }
    return asking.found;
}
