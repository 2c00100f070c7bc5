/* Pieces of the company's document: read, judged, refused with their place. */
#ifndef AKASHI_TRANSLATE_COMPANY_NODE_H
#define AKASHI_TRANSLATE_COMPANY_NODE_H

#include "translate/context/context_int.h"
#include "translate/source/source_yaml.h"

typedef struct Company {
    Context *context;
    Complaint *complaint;
} Company;

/* Puts the node's place into the complaint, says the words, and is -EINVAL. */
#define COMPANY_REFUSE(company, node, ...)                                                         \
    (company_place((company), (node)), complaint_say((company)->complaint, __VA_ARGS__), -EINVAL)
void company_place(const Company *company, const Node *node);

/* The node is a map and has no other members than those named. */
MUST_USE int company_map(const Company *company, const Node *node, const Slice *keys,
                         size_t key_count);
/* Calls take for each item of a list; a single text counts as a list of one, no node as none. */
typedef int (*CompanyTake)(const Company *company, const Node *item, void *context);
MUST_USE int company_each(const Company *company, const Node *node, CompanyTake take,
                          void *context);
/* A text that must be there, of 1 to CONTEXT_NAME_BYTES_MAX bytes. */
MUST_USE int company_name(const Company *company, const Node *map, const char *key, Slice *ret);
/* The same for names that are put one behind the other: without blanks and commas. */
MUST_USE int company_list_name(const Company *company, const Node *map, Slice *ret);
/* true, false; absent: *ret stays. */
MUST_USE int company_bool(const Company *company, const Node *node, bool *ret);
/* `2026-12-31`, as the moment at which that day begins in the calendar's zone, or ends. */
MUST_USE int company_day_ns(const Company *company, const Node *node, bool its_end,
                            int64_t *ret_ns);

/* The parts of the document. */
MUST_USE int company_calendar(const Company *company, const Node *node);
MUST_USE int company_departments(const Company *company, const Node *node);
MUST_USE int company_networks(const Company *company, const Node *node);
MUST_USE int company_sites(const Company *company, const Node *node);
MUST_USE int company_countries(const Company *company, const Node *node);
MUST_USE int company_watch(const Company *company, const Node *node);
MUST_USE int company_threats(const Company *company, const Node *node);
/* A file that is to be read for the list. */
MUST_USE int company_file(const Company *company, const Node *node, const ContextFile *file);

#endif
