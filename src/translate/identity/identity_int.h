/* Inside identity/: the sightings of one address, in the order of time. */
#ifndef AKASHI_TRANSLATE_IDENTITY_INT_H
#define AKASHI_TRANSLATE_IDENTITY_INT_H

#include "base/map.h"
#include "translate/identity/identity.h"

typedef enum SightingKind {
    SIGHTING_LEASE,
    SIGHTING_LEASE_END, /* released or expired */
    SIGHTING_VPN,
    SIGHTING_VPN_END,
    SIGHTING_LOGON,
    SIGHTING_LOGOFF,
    SIGHTING_DNS,
} SightingKind;

typedef struct Sighting {
    int64_t time_ns;
    uint64_t reference;
    uint32_t terminal, terminal_more; /* numbers of names; 0: none */
    uint32_t person, person_more;
    uint8_t kind; /* SightingKind */
} Sighting;

typedef struct Place {
    Slice address;
    Sighting *list; /* by time, then kind and subject */
    uint32_t count, capacity;
} Place;

struct Identity {
    Map place_of; /* address -> number in places */
    Place *places;
    size_t place_count, place_capacity;
    Map name_of; /* name -> number in names */
    Slice *names;
    size_t name_count, name_capacity;
    Arena texts; /* of the names */
    size_t sighting_count, sightings_max;
    uint64_t forgotten, refused;
    uint64_t seed[2];
};

/* sightings.c */
/* The number of a name, a new one where it is not known; 0 for the empty name. -ENOMEM. */
MUST_USE int identity_name(Identity *identity, Slice name, uint32_t *ret);
Slice identity_name_text(const Identity *identity, uint32_t number);
/* Puts it where it belongs, or into the sighting of the same subject in its bucket. -ENOMEM. */
MUST_USE int identity_add(Identity *identity, Slice address, const Sighting *sighting);
/* Number of the first sighting later than the moment. */
uint32_t identity_first_after(const Place *place, int64_t at_ns);
const Place *identity_place(const Identity *identity, Slice address);

#endif
