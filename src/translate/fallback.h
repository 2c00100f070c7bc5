/* Inside translate/: the honest record of an event that no rule knows. */
#ifndef AKASHI_TRANSLATE_FALLBACK_H
#define AKASHI_TRANSLATE_FALLBACK_H

#include "translate/job.h"

/* VERB_OTHER: which event, on which host, and the first line of its text. Fields whose names are
 * exactly those of a record (an exporter that writes the Elastic Common Schema) are taken over;
 * nothing is concluded from any other name. A JSON object without a message is shown by its first
 * fields. -ENOMEM. */
MUST_USE int fallback_translate(Job *job);

#endif
