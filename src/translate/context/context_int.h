/* Between the files of context.h: company_read.c fills what context.c asks. */
#ifndef AKASHI_TRANSLATE_CONTEXT_INT_H
#define AKASHI_TRANSLATE_CONTEXT_INT_H

#include "translate/context/context.h"
#include "translate/context/geo_file.h"
#include "translate/context/threat_set.h"
#include "translate/context/watch_list.h"

typedef enum Zone { ZONE_NONE, ZONE_INSIDE, ZONE_VPN, ZONE_OWN, ZONE_OUTSIDE } Zone;

typedef struct Department {
    Slice name;
    uint32_t shifts; /* of the calendar; 0: the usual ones */
} Department;

struct Context {
    Arena arena; /* texts */
    int64_t now_ns;
    Calendar calendar;
    NetworkMap zones;     /* Zone */
    NetworkMap sites;     /* one higher than the site */
    NetworkMap countries; /* country_number: what the company says of itself */
    NetworkMap geo;       /* and what the country database says */
    Slice *site_names;
    size_t site_count;
    Department *departments;
    size_t department_count;
    Map members; /* kind and folded name: one higher than the department or site */
    Slice domains[CONTEXT_DOMAINS_MAX];
    size_t domain_count;
    Watch watch;
    ThreatSet threats;
    ContextFile files[CONTEXT_FILES_MAX];
    size_t file_count;
};

/* Kinds of members. */
#define MEMBER_USER 'u'   /* of a department, by account */
#define MEMBER_HOST 'h'   /* of a site, by the first label of its name */
#define MEMBER_SOURCE 's' /* of a site, by akashi.source */
#define MEMBER_NAME_BYTES_MAX 256u

typedef struct MemberKey {
    char bytes[MEMBER_NAME_BYTES_MAX + 1];
    size_t len;
} MemberKey;
/* False: there is no name, or it is too long. */
bool member_key(MemberKey *key, char kind, Slice name);

/* The document into the empty context. */
MUST_USE int company_read(Context *context, Slice document, Complaint *complaint);

/* `2026-12-31`, in days since 1970. -EINVAL. */
MUST_USE int company_date(Slice text, int64_t *ret_days);
/* Users of a department. -EINVAL: no name of that form; -E2BIG; -ENOMEM. */
MUST_USE int company_add_member(Context *context, char kind, Slice name, uint32_t index);

#endif
