/* Who and what there is: people, PCs, departments, documents. Made once from the seed, read-only
 * after that but for what a person is doing. */
#ifndef AKASHI_SIMULATE_FACTORY_H
#define AKASHI_SIMULATE_FACTORY_H

#include "base/buf.h"
#include "record/words.h"
#include "simulate/dice.h"

extern const WordTable words_simulate_families;
extern const WordTable words_simulate_givens;
extern const WordTable words_simulate_departments;
extern const WordTable words_simulate_documents;
extern const WordTable words_simulate_sites;
extern const WordTable words_simulate_partners;
extern const WordTable words_simulate_devices;
extern const WordTable words_simulate_scenarios;

#define FACTORY_DOMAIN "AKEBONO"
#define FACTORY_REALM "AKEBONO.EXAMPLE.COM"
#define FACTORY_DNS "akebono.example.com"
/* An identifier of our own making, of the shape of MS-DTYP 2.4.2. */
#define FACTORY_SID "S-1-5-21-3114857236-2094471528-1687530941"

/* In the order of departments.tsv. */
typedef enum Department {
    DEPARTMENT_COMMON,
    DEPARTMENT_DESIGN,
    DEPARTMENT_GENERAL,
    DEPARTMENT_IT,
    DEPARTMENT_PRODUCTION,
    DEPARTMENT_PURCHASING,
    DEPARTMENT_QUALITY,
    DEPARTMENT_SALES,
    DEPARTMENT_COUNT
} Department;

typedef struct Person {
    char account[48];
    char pc[16];
    char mac[18];
    char ip[16]; /* as leased today */
    const Word *family, *given;
    unsigned index;
    unsigned day_rank; /* among those of the day shift */
    unsigned rid;
    Department department;
    bool at_night, is_admin, has_vpn;

    /* What is going on, owned by the routine; 0: none. */
    bool present;
    int64_t leave_ns;
    uint64_t pc_logon_id;
    uint64_t fs_logon_id;
    int64_t fs_used_ns;
    unsigned fs_port;
    unsigned nas_pid;
    int64_t nas_used_ns;
    unsigned explorer_pid;
    int64_t cloud_day; /* of the last sign-in to Microsoft 365 */
} Person;

/* A document is a pattern and a number: nothing is kept for it. */
typedef struct Document {
    const Word *pattern;
    unsigned number;
    const char *suffix; /* before the extension; "" mostly */
    Department department;
} Document;

typedef struct Factory {
    Person *people;
    unsigned people_count;
    unsigned day_people_count;
    size_t documents_first[DEPARTMENT_COUNT], documents_count[DEPARTMENT_COUNT];
    Language names;
} Factory;

/* -ENOMEM. */
MUST_USE int factory_init(Factory *factory, unsigned people_count, Language names, Dice *dice);
void factory_done(Factory *factory);

/* Today's address: the day shift's leases turn by one each week. */
void person_lease(Person *person, const Factory *factory, int64_t day);
Document document_choose(const Factory *factory, Department department, Dice *dice);
/* The path inside its share; its folder; its name. */
void document_add_path(Buf *to, const Factory *factory, const Document *document, char separator);
void document_add_folder(Buf *to, const Factory *factory, const Document *document, char separator);
void document_add_leaf(Buf *to, const Factory *factory, const Document *document);
Slice document_extension(const Factory *factory, const Document *document);
Slice department_name(const Factory *factory, Department department);
/* Files of these departments stand on the NAS, those of the others on the Windows server. */
bool department_is_on_nas(Department department);

#endif
