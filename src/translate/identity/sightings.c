/* The sightings of each address, and the names in them. See identity.h. */
#include "translate/identity/identity_int.h"

#include <errno.h>
#include <stdlib.h>

#define NAMES_MAX ((size_t)1 << 20)

Identity *identity_new(size_t sightings_max, const uint64_t seed[2])
{
    Identity *identity = calloc(1, sizeof *identity);
    if (!identity) return NULL;
    identity->place_of = map_make(IDENTITY_ADDRESSES_MAX, seed);
    identity->name_of = map_make(NAMES_MAX, seed);
    identity->texts = arena_make(NAMES_MAX * IDENTITY_NAME_BYTES_MAX);
    identity->sightings_max = sightings_max ? sightings_max : IDENTITY_SIGHTINGS_MAX_DEFAULT;
    memcpy(identity->seed, seed, sizeof identity->seed);
    return identity;
}

static void free_places(Identity *identity)
{
    for (size_t i = 0; i < identity->place_count; i++)
        free(identity->places[i].list);
    free(identity->places);
    free(identity->names);
    map_done(&identity->place_of);
    map_done(&identity->name_of);
    arena_done(&identity->texts);
}

void identity_free(Identity *identity)
{
    if (!identity) return;
    free_places(identity);
    free(identity);
}

/* --- names ------------------------------------------------------------------------------------ */

static int add_name(Identity *identity, Slice name, uint64_t *ret_number)
{
    if (identity->name_count == identity->name_capacity) {
        size_t capacity = identity->name_capacity ? identity->name_capacity * 2 : 256;
        Slice *names = realloc(identity->names, capacity * sizeof *names);
        if (!names) return -ENOMEM;
        identity->names = names;
        identity->name_capacity = capacity;
    }
    int r = arena_copy(&identity->texts, name, &identity->names[identity->name_count]);
    if (r == 0) *ret_number = ++identity->name_count;
    return r;
}

int identity_name(Identity *identity, Slice name, uint32_t *ret)
{
    name = slice_first(name, IDENTITY_NAME_BYTES_MAX);
    if (name.len == 0) {
        *ret = 0;
        return 0;
    }
    /* A number of 0 stands where a name came while there was no memory for its text. */
    uint64_t *number = map_put(&identity->name_of, name, NULL);
    if (!number) return -ENOMEM;
    int r = *number ? 0 : add_name(identity, name, number);
    if (r == 0) *ret = (uint32_t)*number;
    return r;
}

Slice identity_name_text(const Identity *identity, uint32_t number)
{
    return number == 0 ? (Slice){0} : identity->names[number - 1];
}

/* --- sightings -------------------------------------------------------------------------------- */

const Place *identity_place(const Identity *identity, Slice address)
{
    const uint64_t *number = map_find(&identity->place_of, address);
    return number && *number ? &identity->places[*number - 1] : NULL;
}

/* NULL with *ret_error 0: the table is full. */
static Place *make_place(Identity *identity, Slice address, int *ret_error)
{
    *ret_error = 0;
    bool full = identity->place_count >= IDENTITY_ADDRESSES_MAX;
    uint64_t *number =
        full ? map_find(&identity->place_of, address) : map_put(&identity->place_of, address, NULL);
    if (!number && full) return NULL;
    *ret_error = -ENOMEM;
    if (!number) return NULL;
    if (*number == 0) {
        if (identity->place_count == identity->place_capacity) {
            size_t capacity = identity->place_capacity ? identity->place_capacity * 2 : 256;
            Place *places = realloc(identity->places, capacity * sizeof *places);
            if (!places) return NULL;
            identity->places = places;
            identity->place_capacity = capacity;
        }
        Place place = {0};
        if (arena_copy(&identity->texts, address, &place.address) < 0) return NULL;
        identity->places[identity->place_count++] = place;
        *number = identity->place_count;
    }
    *ret_error = 0;
    return &identity->places[*number - 1];
}

static int compare(const Sighting *a, const Sighting *b)
{
    if (a->time_ns != b->time_ns) return a->time_ns < b->time_ns ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->terminal != b->terminal) return a->terminal < b->terminal ? -1 : 1;
    if (a->person != b->person) return a->person < b->person ? -1 : 1;
    return 0;
}

static bool is_same_subject(const Sighting *a, const Sighting *b)
{
    return a->kind == b->kind && a->terminal == b->terminal &&
           a->terminal_more == b->terminal_more && a->person == b->person &&
           a->person_more == b->person_more;
}

static int64_t bucket_of(int64_t time_ns)
{
    int64_t bucket = time_ns / IDENTITY_BUCKET_NS;
    return time_ns % IDENTITY_BUCKET_NS < 0 ? bucket - 1 : bucket;
}

/* The first that is not before the time. */
static uint32_t lower_bound(const Place *place, int64_t time_ns)
{
    uint32_t low = 0, high = place->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (place->list[middle].time_ns < time_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t identity_first_after(const Place *place, int64_t at_ns)
{
    return at_ns == INT64_MAX ? place->count : lower_bound(place, at_ns + 1);
}

/* The sighting of the same subject in the bucket, or NULL. */
static Sighting *find_in_bucket(Place *place, const Sighting *sighting)
{
    int64_t bucket = bucket_of(sighting->time_ns);
    uint32_t at = lower_bound(place, bucket * IDENTITY_BUCKET_NS);
    for (; at < place->count && bucket_of(place->list[at].time_ns) == bucket; at++) {
        if (is_same_subject(&place->list[at], sighting)) return &place->list[at];
    }
    return NULL;
}

static void take_out(Place *place, uint32_t at)
{
    memmove(&place->list[at], &place->list[at + 1], (place->count - at - 1) * sizeof *place->list);
    place->count--;
}

static void put_in(Place *place, const Sighting *sighting)
{
    uint32_t at = lower_bound(place, sighting->time_ns);
    while (at < place->count && compare(&place->list[at], sighting) < 0)
        at++;
    memmove(&place->list[at + 1], &place->list[at], (place->count - at) * sizeof *place->list);
    place->list[at] = *sighting;
    place->count++;
}

static int make_room(Place *place)
{
    if (place->count < place->capacity) return 0;
    uint32_t capacity = place->capacity ? place->capacity * 2 : 4;
    Sighting *list = realloc(place->list, capacity * sizeof *list);
    if (!list) return -ENOMEM;
    place->list = list;
    place->capacity = capacity;
    return 0;
}

/* Of two reports of one sighting the earlier one stays. */
static void join_reports(Place *place, Sighting *known, const Sighting *sighting)
{
    if (sighting->time_ns >= known->time_ns) return;
    take_out(place, (uint32_t)(known - place->list));
    put_in(place, sighting);
}

static void forget_before(Identity *identity, int64_t cut_ns)
{
    for (size_t i = 0; i < identity->place_count; i++) {
        Place *place = &identity->places[i];
        uint32_t gone = lower_bound(place, cut_ns);
        memmove(place->list, place->list + gone, (place->count - gone) * sizeof *place->list);
        place->count -= gone;
        identity->sighting_count -= gone;
        identity->forgotten += gone;
    }
}

/* Half of the time goes, or all of it where all was at one moment. */
static void forget_oldest(Identity *identity)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < identity->place_count; i++) {
        const Place *place = &identity->places[i];
        if (place->count == 0) continue;
        if (place->list[0].time_ns < least) least = place->list[0].time_ns;
        if (place->list[place->count - 1].time_ns > most) {
            most = place->list[place->count - 1].time_ns;
        }
    }
    forget_before(identity, least + (int64_t)(((uint64_t)most - (uint64_t)least) / 2) + 1);
}

int identity_add(Identity *identity, Slice address, const Sighting *sighting)
{
    if (identity->sighting_count >= identity->sightings_max) forget_oldest(identity);
    int r;
    Place *place = make_place(identity, address, &r);
    if (!place) {
        if (r == 0) identity->refused++;
        return r;
    }
    Sighting *known = find_in_bucket(place, sighting);
    if (known) {
        join_reports(place, known, sighting);
        return 0;
    }
    r = make_room(place);
    if (r < 0) return r;
    put_in(place, sighting);
    identity->sighting_count++;
    if (place->count > IDENTITY_AT_ADDRESS_MAX) {
        take_out(place, 0);
        identity->sighting_count--;
        identity->forgotten++;
    }
    return 0;
}

static IdentitySighting describe(const Identity *identity, const Place *place, const Sighting *s)
{
    static const IdentityEvidence evidence[] = {
        [SIGHTING_LEASE] = IDENTITY_DHCP,  [SIGHTING_LEASE_END] = IDENTITY_DHCP,
        [SIGHTING_VPN] = IDENTITY_VPN,     [SIGHTING_VPN_END] = IDENTITY_VPN,
        [SIGHTING_LOGON] = IDENTITY_LOGON, [SIGHTING_LOGOFF] = IDENTITY_LOGON,
        [SIGHTING_DNS] = IDENTITY_DNS,
    };
    return (IdentitySighting){
        .address = place->address,
        .terminal = identity_name_text(identity, s->terminal),
        .terminal_more = identity_name_text(identity, s->terminal_more),
        .person = identity_name_text(identity, s->person),
        .person_more = identity_name_text(identity, s->person_more),
        .evidence = evidence[s->kind],
        .is_end = s->kind == SIGHTING_LEASE_END || s->kind == SIGHTING_VPN_END ||
                  s->kind == SIGHTING_LOGOFF,
        .seen_ns = s->time_ns,
        .reference = s->reference,
    };
}

void identity_each(const Identity *identity, IdentityEach each, void *context)
{
    for (size_t i = 0; i < identity->place_count; i++) {
        const Place *place = &identity->places[i];
        for (uint32_t k = 0; k < place->count; k++) {
            IdentitySighting sighting = describe(identity, place, &place->list[k]);
            each(context, &sighting);
        }
    }
}

void identity_stats(const Identity *identity, IdentityStats *ret)
{
    *ret = (IdentityStats){.addresses = identity->place_count,
                           .sightings = identity->sighting_count,
                           .forgotten = identity->forgotten,
                           .refused = identity->refused};
}
