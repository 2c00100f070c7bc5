/* Findings and rules as JSON lines. */
#ifndef AKASHI_MAIN_FINDING_PRINT_H
#define AKASHI_MAIN_FINDING_PRINT_H

#include "base/buf.h"
#include "detect/detection.h"
#include "record/record.h"

/* Where events came from, as the number that findings refer to them by: which file, which event of
 * it. Files past FINDING_FILES_MAX are all called `...`; numbers past 2^40 are cut. */
#define FINDING_FILES_MAX ((size_t)1 << 20)
typedef struct FindingPlaces {
    Arena arena;
    Slice *files;
    size_t count, capacity;
} FindingPlaces;
void finding_places_done(FindingPlaces *places);
/* The following events are of this file. -ENOMEM */
MUST_USE int finding_places_enter(FindingPlaces *places, Slice file);
uint64_t finding_place(const FindingPlaces *places, uint64_t index);

/* Of an event: {"rule":ID,"title":...,"level":...,"file":...,"index":N,"record":N,"time":...,
 * "matched":[...]}; of a correlation or a habit: {"rule":ID,"title":...,"level":...,"begin":...,
 * "time":...,"group":{...},"value":N,...}, a correlation with "events":N,"evidence":["FILE:INDEX"]
 * (the newest), a habit with "usual":N. */
void finding_print(Buf *to, Matcher *matcher, const RuleSet *set, const Finding *finding,
                   const FindingPlaces *places);
/* What was given up for want of memory, on stderr. */
void finding_say_lost(const RuleSet *set, const CorrelationLoss *loss, Language language);
/* Tells what a detection finds, as lines to stdout by way of output.h, and on stderr what it gave
 * up. All but set, detection and language begin zero; places and output are the caller's to end. */
typedef struct FindingTeller {
    Language language;
    RuleSet *set;
    Detection *detection;
    FindingPlaces places;
    Buf output;
    uint64_t findings; /* told */
} FindingTeller;
/* For detection_feed(); lives as long as tell. */
DetectionSink finding_teller_sink(FindingTeller *tell);
/* {"rule":ID,"title":...,"state":...,"reason":...,"file":...,"line":N} */
void rule_print(Buf *to, const RuleInfo *info, Language language);
/* The name by which people know a rule: its id, else its title. */
Slice rule_label(const RuleInfo *info);
/* ,"name":"value" ; the comma only behind another member. */
void member_print(Buf *to, const char *name, Slice value);
void member_print_number(Buf *to, const char *name, uint64_t value);

#endif
