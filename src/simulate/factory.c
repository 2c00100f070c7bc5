/* See factory.h. */
#include "simulate/factory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Compiled in from knowledge/simulate/. */
static const Word families[] = {
#include "simulate/family_words.inc"
};
static const Word givens[] = {
#include "simulate/given_words.inc"
};
static const Word departments[] = {
#include "simulate/department_words.inc"
};
static const Word documents[] = {
#include "simulate/document_words.inc"
};
static const Word sites[] = {
#include "simulate/site_words.inc"
};
static const Word partners[] = {
#include "simulate/partner_words.inc"
};
static const Word devices[] = {
#include "simulate/device_words.inc"
};
static const Word scenario_words[] = {
#include "simulate/scenario_words.inc"
};
const WordTable words_simulate_families = {families, ARRAY_COUNT(families)};
const WordTable words_simulate_givens = {givens, ARRAY_COUNT(givens)};
const WordTable words_simulate_departments = {departments, ARRAY_COUNT(departments)};
const WordTable words_simulate_documents = {documents, ARRAY_COUNT(documents)};
const WordTable words_simulate_sites = {sites, ARRAY_COUNT(sites)};
const WordTable words_simulate_partners = {partners, ARRAY_COUNT(partners)};
const WordTable words_simulate_devices = {devices, ARRAY_COUNT(devices)};
const WordTable words_simulate_scenarios = {scenario_words, ARRAY_COUNT(scenario_words)};
_Static_assert(ARRAY_COUNT(departments) == DEPARTMENT_COUNT, "departments.tsv and Department");

/* Of 20 people; production is the largest, as in any factory. */
static const Department staffing[] = {
    DEPARTMENT_IT,         DEPARTMENT_PRODUCTION, DEPARTMENT_DESIGN,     DEPARTMENT_SALES,
    DEPARTMENT_GENERAL,    DEPARTMENT_PRODUCTION, DEPARTMENT_QUALITY,    DEPARTMENT_PURCHASING,
    DEPARTMENT_PRODUCTION, DEPARTMENT_DESIGN,     DEPARTMENT_PRODUCTION, DEPARTMENT_SALES,
    DEPARTMENT_PRODUCTION, DEPARTMENT_QUALITY,    DEPARTMENT_PRODUCTION, DEPARTMENT_DESIGN,
    DEPARTMENT_PRODUCTION, DEPARTMENT_GENERAL,    DEPARTMENT_PRODUCTION, DEPARTMENT_SALES,
};

/* family.g, and a number when that is taken: the numbers of one combination are its repeats. */
static void name_account(Factory *factory, Person *person)
{
    char base[24];
    unsigned same = 1;
    snprintf(base, sizeof base, "%.*s.%c", SLICE_FMT(person->family->key),
             person->given->key.ptr[0]);
    for (const Person *other = factory->people; other < person; other++) {
        if (other->family == person->family &&
            other->given->key.ptr[0] == person->given->key.ptr[0]) {
            same++;
        }
    }
    if (same == 1) snprintf(person->account, sizeof person->account, "%s", base);
    if (same > 1) snprintf(person->account, sizeof person->account, "%s%u", base, same);
}

static void make_person(Factory *factory, unsigned index, Dice *dice)
{
    Person *person = &factory->people[index];
    *person = (Person){
        .index = index,
        .rid = 1104 + index,
        .department = staffing[index % ARRAY_COUNT(staffing)],
        .family = &families[dice_below(dice, ARRAY_COUNT(families))],
        .given = &givens[dice_below(dice, ARRAY_COUNT(givens))],
    };
    person->is_admin = person->department == DEPARTMENT_IT;
    person->at_night = person->department == DEPARTMENT_PRODUCTION && index % 3 == 1;
    person->has_vpn = person->is_admin || person->department == DEPARTMENT_SALES || index % 5 == 2;
    if (!person->at_night) person->day_rank = factory->day_people_count++;
    snprintf(person->pc, sizeof person->pc, "PC-%04u", index + 1);
    /* Locally administered (RFC 7042, 2.1): never a real card. */
    snprintf(person->mac, sizeof person->mac, "02:00:5e:%02x:%02x:%02x", index >> 16 & 255,
             index >> 8 & 255, index & 255);
    name_account(factory, person);
}

static void find_documents(Factory *factory)
{
    for (size_t i = 0; i < DEPARTMENT_COUNT; i++) {
        Slice prefix = departments[i].key;
        for (size_t at = 0; at < ARRAY_COUNT(documents); at++) {
            if (!slice_starts(documents[at].key, prefix)) continue;
            if (factory->documents_count[i]++ == 0) factory->documents_first[i] = at;
        }
    }
}

int factory_init(Factory *factory, unsigned people_count, Language names, Dice *dice)
{
    *factory = (Factory){.names = names};
    factory->people = calloc(people_count, sizeof *factory->people);
    if (!factory->people) return -ENOMEM;
    factory->people_count = people_count;
    for (unsigned i = 0; i < people_count; i++) {
        make_person(factory, i, dice);
    }
    find_documents(factory);
    return 0;
}

void factory_done(Factory *factory)
{
    free(factory->people);
    factory->people = NULL;
}

void person_lease(Person *person, const Factory *factory, int64_t day)
{
    unsigned net = person->at_night ? 60 : 20;
    uint64_t place = person->index;
    if (!person->at_night)
        place = (person->day_rank + (uint64_t)day / 7) % factory->day_people_count;
    snprintf(person->ip, sizeof person->ip, "10.10.%u.%u", (unsigned)(net + place / 200) & 255,
             (unsigned)(20 + place % 200) & 255);
}

Document document_choose(const Factory *factory, Department department, Dice *dice)
{
    size_t at = factory->documents_first[department] +
                (size_t)dice_below(dice, factory->documents_count[department]);
    return (Document){.pattern = &documents[at],
                      .number = (unsigned)dice_between(dice, 100, 399),
                      .suffix = "",
                      .department = department};
}

static Slice pattern_of(const Factory *factory, const Document *document)
{
    return slice_from_cstr(document->pattern->text[factory->names]);
}

static size_t folder_bytes(Slice pattern)
{
    size_t at = slice_rfind_char(pattern, '\\');
    return at == SLICE_NOT_FOUND ? 0 : at;
}

void document_add_folder(Buf *to, const Factory *factory, const Document *document, char separator)
{
    Slice folder = pattern_of(factory, document);
    folder = slice_first(folder, folder_bytes(folder));
    for (size_t i = 0; i < folder.len; i++) {
        buf_add_char(to, folder.ptr[i] == '\\' ? separator : folder.ptr[i]);
    }
}

void document_add_leaf(Buf *to, const Factory *factory, const Document *document)
{
    static const Slice hole = SLICE_INIT("{n}");
    Slice leaf = pattern_of(factory, document);
    leaf = slice_skip(leaf, folder_bytes(leaf) + 1);
    size_t at = slice_find(leaf, hole), dot = slice_rfind_char(leaf, '.');
    buf_add(to, leaf.ptr, at);
    buf_add_u64(to, document->number);
    buf_add(to, leaf.ptr + at + hole.len, dot - at - hole.len);
    buf_add_cstr(to, document->suffix);
    buf_add(to, leaf.ptr + dot, leaf.len - dot);
}

void document_add_path(Buf *to, const Factory *factory, const Document *document, char separator)
{
    document_add_folder(to, factory, document, separator);
    buf_add_char(to, separator);
    document_add_leaf(to, factory, document);
}

Slice document_extension(const Factory *factory, const Document *document)
{
    Slice pattern = pattern_of(factory, document);
    return slice_skip(pattern, slice_rfind_char(pattern, '.') + 1);
}

Slice department_name(const Factory *factory, Department department)
{
    return slice_from_cstr(departments[department].text[factory->names]);
}

bool department_is_on_nas(Department department)
{
    return department == DEPARTMENT_PRODUCTION || department == DEPARTMENT_QUALITY;
}
