/* See context.h: a record is asked about. */
#include "translate/context/context_int.h"

#include "base/fold.h"

#include <errno.h>

/* --- what the company knows of a name --------------------------------------------------------- */

static uint32_t find_member(const Context *context, char kind, Slice name)
{
    MemberKey key;
    if (context->members.count == 0 || !member_key(&key, kind, name)) return 0;
    const uint64_t *found = map_find(&context->members, slice_of(key.bytes, key.len));
    return found ? (uint32_t)*found : 0;
}

static const Department *department_of(const Context *context, Slice user)
{
    Slice name, domain;
    account_split(user, &name, &domain);
    uint32_t found = find_member(context, MEMBER_USER, name);
    return found ? &context->departments[found - 1] : NULL;
}

static bool is_own_domain(const Context *context, Slice name)
{
    for (size_t i = 0; i < context->domain_count; i++) {
        Slice domain = context->domains[i];
        if (name.len < domain.len) continue;
        Slice end = slice_skip(name, name.len - domain.len);
        bool whole = name.len == domain.len || name.ptr[name.len - domain.len - 1] == '.';
        if (whole && slice_eq_nocase(end, domain)) return true;
    }
    return false;
}

/* --- addresses -------------------------------------------------------------------------------- */

typedef struct Side {
    Address address;
    bool has_address;
    Zone zone;
    uint32_t site; /* one higher */
} Side;

/* Addresses that are nobody's: unspecified, multicast, broadcast (RFC 6890, RFC 4291). */
static bool is_nobodys(const Address *address)
{
    if (!address->is_v4) return address->number == 0 || address->number >> 120 == 0xff;
    return address->number >> 24 == 0 || address->number >> 28 >= 14;
}

static Side look_at(const Context *context, Slice text)
{
    Side side = {0};
    if (text.len == 0 || network_parse_address(text, &side.address) < 0) return side;
    side.has_address = true;
    side.zone = (Zone)network_map_find(&context->zones, &side.address);
    if (side.zone == ZONE_NONE && !is_nobodys(&side.address)) side.zone = ZONE_OUTSIDE;
    side.site = network_map_find(&context->sites, &side.address);
    return side;
}

static Slice zone_token(Zone zone)
{
    static const Slice tokens[] = {[ZONE_NONE] = SLICE_INIT(""),
                                   [ZONE_INSIDE] = SLICE_INIT("inside"),
                                   [ZONE_VPN] = SLICE_INIT("vpn"),
                                   [ZONE_OWN] = SLICE_INIT("own"),
                                   [ZONE_OUTSIDE] = SLICE_INIT("outside")};
    return tokens[zone];
}

static Slice site_name(const Context *context, uint32_t site)
{
    return site ? context->site_names[site - 1] : (Slice){0};
}

static Slice country_of(const Context *context, const Side *side)
{
    if (side->zone != ZONE_OUTSIDE) return (Slice){0};
    uint32_t number = network_map_find(&context->countries, &side->address);
    if (number == 0) number = network_map_find(&context->geo, &side->address);
    return country_text(number);
}

typedef enum Owner { OWNER_UNKNOWN, OWNER_WE, OWNER_OTHERS } Owner;

static Owner owner_of(const Side *side)
{
    if (side->zone == ZONE_NONE) return OWNER_UNKNOWN;
    return side->zone == ZONE_OUTSIDE ? OWNER_OTHERS : OWNER_WE;
}

/* The host that a record without destination address names. */
static Slice destination_name(const Record *record)
{
    Slice name = record->text[RECORD_DESTINATION_DOMAIN];
    return name.len > 0 ? name : url_host(record->text[RECORD_URL_FULL]);
}

static Owner owner_by_name(const Context *context, const Record *record)
{
    Slice name = destination_name(record);
    if (name.len == 0) return OWNER_WE; /* it has happened on the host that tells of it */
    Side side = look_at(context, name);
    if (side.has_address) return owner_of(&side);
    bool has_dot = slice_find_char(name, '.') != SLICE_NOT_FOUND;
    return !has_dot || is_own_domain(context, name) ? OWNER_WE : OWNER_OTHERS;
}

/* Who tells of it is ours: of two sides that are not known by their address, that one is. */
static Slice direction_of(const Context *context, const Record *record, const Side *from,
                          const Side *to)
{
    Owner source = owner_of(from), destination = owner_of(to);
    if (from->has_address && source == OWNER_UNKNOWN) return (Slice){0};
    if (to->has_address && destination == OWNER_UNKNOWN) return (Slice){0};
    if (!from->has_address && !to->has_address) return (Slice){0};
    if (!to->has_address) {
        destination = source == OWNER_WE ? owner_by_name(context, record) : OWNER_WE;
    }
    if (!from->has_address) {
        if (destination == OWNER_WE) return (Slice){0};
        source = OWNER_WE;
    }
    if (destination == OWNER_UNKNOWN) return (Slice){0};
    if (source == OWNER_WE) {
        return destination == OWNER_WE ? SLICE("inside") : SLICE("outbound");
    }
    return destination == OWNER_WE ? SLICE("inbound") : SLICE("external");
}

static uint32_t record_site(const Context *context, const Record *record, const Side *from,
                            const Side *to)
{
    Slice host = record->text[RECORD_HOST_NAME];
    uint32_t site = find_member(context, MEMBER_SOURCE, record->text[RECORD_AKASHI_SOURCE]);
    if (site == 0) {
        site = find_member(context, MEMBER_HOST, slice_first(host, slice_find_char(host, '.')));
    }
    if (site == 0 && host.len > 0) { /* devices that are known by their address */
        Side device = look_at(context, host);
        site = device.site;
    }
    if (site == 0) site = from->site;
    return site ? site : to->site;
}

static void put_networks(const Context *context, Record *record, const Side *from, const Side *to)
{
    Slice *text = record->text;
    text[RECORD_AKASHI_SOURCE_ZONE] = zone_token(from->zone);
    text[RECORD_AKASHI_DESTINATION_ZONE] = zone_token(to->zone);
    text[RECORD_AKASHI_SOURCE_SITE] = site_name(context, from->site);
    text[RECORD_AKASHI_DESTINATION_SITE] = site_name(context, to->site);
    text[RECORD_AKASHI_SITE] = site_name(context, record_site(context, record, from, to));
    text[RECORD_AKASHI_DIRECTION] = direction_of(context, record, from, to);
    if (text[RECORD_SOURCE_GEO_COUNTRY_ISO_CODE].len == 0) {
        text[RECORD_SOURCE_GEO_COUNTRY_ISO_CODE] = country_of(context, from);
    }
    if (text[RECORD_DESTINATION_GEO_COUNTRY_ISO_CODE].len == 0) {
        text[RECORD_DESTINATION_GEO_COUNTRY_ISO_CODE] = country_of(context, to);
    }
}

/* --- lists ------------------------------------------------------------------------------------ */

/* The names of the lists whose bits are set, in the order of the document. */
static int join_names(const Slice *names, uint32_t lists, Arena *arena, Slice *ret)
{
    size_t bytes = 0, used = 0;
    if (lists == 0) {
        *ret = (Slice){0};
        return 0;
    }
    if ((lists & (lists - 1)) == 0) {
        *ret = names[__builtin_ctz(lists)];
        return 0;
    }
    for (uint32_t rest = lists; rest; rest &= rest - 1) {
        bytes += names[__builtin_ctz(rest)].len + 1;
    }
    char *text = arena_alloc(arena, bytes);
    if (!text) return -ENOMEM;
    for (uint32_t rest = lists; rest; rest &= rest - 1) {
        Slice name = names[__builtin_ctz(rest)];
        if (used > 0) text[used++] = ',';
        memcpy(text + used, name.ptr, name.len);
        used += name.len;
    }
    *ret = slice_of(text, used);
    return 0;
}

typedef struct ThreatFound {
    uint32_t lists;
    RecordField field; /* the first one that is on a list */
} ThreatFound;

static void note_threat(ThreatFound *found, uint32_t lists, RecordField field)
{
    if (found->lists == 0 && lists != 0) found->field = field;
    found->lists |= lists;
}

/* Lists of bad addresses hold private ones too (bogons): those are asked for outside only. */
static uint32_t ask_side(const ThreatSet *threats, const Side *side)
{
    return side->zone == ZONE_OUTSIDE ? threat_find_address(threats, &side->address) : 0;
}

static uint32_t ask_name(const Context *context, Slice name)
{
    Side side = look_at(context, name);
    return side.has_address ? ask_side(&context->threats, &side)
                            : threat_find_domain(&context->threats, name);
}

static int put_threats(const Context *context, Record *record, const Side *from, const Side *to,
                       Arena *arena)
{
    static const RecordField hashes[] = {RECORD_FILE_HASH_SHA256, RECORD_FILE_HASH_SHA1,
                                         RECORD_FILE_HASH_MD5};
    const ThreatSet *threats = &context->threats;
    Slice *text = record->text, url = text[RECORD_URL_FULL];
    ThreatFound found = {0};
    if (threats->list_count > 0) {
        note_threat(&found, ask_side(threats, to), RECORD_DESTINATION_IP);
        note_threat(&found, ask_side(threats, from), RECORD_SOURCE_IP);
        if (url.len > 0) {
            note_threat(&found, threat_find_url(threats, url) | ask_name(context, url_host(url)),
                        RECORD_URL_FULL);
        }
        note_threat(&found, ask_name(context, text[RECORD_DESTINATION_DOMAIN]),
                    RECORD_DESTINATION_DOMAIN);
        if (record->verb == VERB_DNS_QUERY) {
            note_threat(&found, threat_find_domain(threats, text[RECORD_AKASHI_OBJECT]),
                        RECORD_AKASHI_OBJECT);
        }
        for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
            note_threat(&found, threat_find_hash(threats, text[hashes[i]]), hashes[i]);
        }
    }
    text[RECORD_AKASHI_THREAT_FIELD] = found.lists ? record_fields[found.field].name : (Slice){0};
    return join_names(threats->names, found.lists, arena, &text[RECORD_AKASHI_THREAT]);
}

/* --- all of it -------------------------------------------------------------------------------- */

int context_enrich(const Context *context, Record *record, Arena *arena)
{
    Slice *text = record->text;
    const Side from = look_at(context, text[RECORD_SOURCE_IP]);
    const Side to = look_at(context, text[RECORD_DESTINATION_IP]);
    const Department *department = department_of(context, text[RECORD_USER_NAME]);
    text[RECORD_AKASHI_DEPARTMENT] = department ? department->name : (Slice){0};
    text[RECORD_AKASHI_CALENDAR] = (Slice){0};
    if (record->time_ns != TIME_UNKNOWN) {
        uint32_t shifts = department ? department->shifts : 0;
        text[RECORD_AKASHI_CALENDAR] = slice_from_cstr(
            calendar_token(calendar_state(&context->calendar, record->time_ns, shifts)));
    }
    put_networks(context, record, &from, &to);
    int r = put_threats(context, record, &from, &to, arena);
    uint32_t lists = watch_find(&context->watch, record);
    if (r == 0) r = join_names(context->watch.names, lists, arena, &text[RECORD_AKASHI_WATCH]);
    return r;
}

void context_keep(const Record *older, Record *record)
{
    static const struct {
        RecordField field, known_by;
    } fields[] = {
        {RECORD_AKASHI_SOURCE_ZONE, RECORD_SOURCE_IP},
        {RECORD_AKASHI_SOURCE_SITE, RECORD_SOURCE_IP},
        {RECORD_SOURCE_GEO_COUNTRY_ISO_CODE, RECORD_SOURCE_IP},
        {RECORD_AKASHI_DESTINATION_ZONE, RECORD_DESTINATION_IP},
        {RECORD_AKASHI_DESTINATION_SITE, RECORD_DESTINATION_IP},
        {RECORD_DESTINATION_GEO_COUNTRY_ISO_CODE, RECORD_DESTINATION_IP},
        {RECORD_AKASHI_DIRECTION, RECORD_SOURCE_IP},
        {RECORD_AKASHI_THREAT, RECORD_DESTINATION_IP},
        {RECORD_AKASHI_THREAT_FIELD, RECORD_DESTINATION_IP},
        {RECORD_AKASHI_SITE, RECORD_HOST_NAME},
        {RECORD_AKASHI_DEPARTMENT, RECORD_USER_NAME},
        {RECORD_AKASHI_CALENDAR, RECORD_USER_NAME},
        {RECORD_AKASHI_WATCH, RECORD_USER_NAME},
        {RECORD_FILE_HASH_MD5, RECORD_HOST_NAME},
        {RECORD_FILE_HASH_SHA1, RECORD_HOST_NAME},
        {RECORD_FILE_HASH_SHA256, RECORD_HOST_NAME},
    };
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        RecordField known_by = fields[i].known_by;
        Slice *text = &record->text[fields[i].field];
        if (!slice_eq(record->text[known_by], older->text[known_by])) continue;
        if (text->len == 0) *text = older->text[fields[i].field];
    }
}

const Calendar *context_calendar(const Context *context)
{
    return &context->calendar;
}

bool context_department(const Context *context, size_t index, Slice *ret_name, uint32_t *ret_shifts)
{
    if (index >= context->department_count) return false;
    *ret_name = context->departments[index].name;
    *ret_shifts = context->departments[index].shifts;
    return true;
}

int context_address(const Context *context, Slice text, Arena *arena, ContextAddress *ret)
{
    Side side = look_at(context, text);
    Slice threats;
    if (!side.has_address) return -EINVAL;
    int r = join_names(context->threats.names, ask_side(&context->threats, &side), arena, &threats);
    if (r < 0) return r;
    *ret = (ContextAddress){.zone = zone_token(side.zone),
                            .site = site_name(context, side.site),
                            .country = country_of(context, &side),
                            .threats = threats};
    return 0;
}
