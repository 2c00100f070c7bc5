/* Stories for tests: a cipher whose output is recognised, and findings of a made-up factory. */
#ifndef AKASHI_TESTS_ALERT_KIT_H
#define AKASHI_TESTS_ALERT_KIT_H

#include "alert/story.h"

#define KIT_NOW_NS ((int64_t)1795164000 * NS_PER_SECOND) /* 2026-11-20T08:40:00Z */
#define KIT_ZONE_SECONDS (9 * 3600)

/* Not secret, but as strict as a real one: what is bound wrong or changed does not open, and no
 * byte of the plain text stands in the sealed one. */
extern const AlertCipher kit_cipher;

/* One finding of a rule by a user, all else as of the VPN case. */
AlertFinding kit_finding(const char *rule, const char *user, int64_t time_ns);
/* The story that the golden page tells: VPN from abroad, an administrator's right, a mass copy. */
size_t kit_vpn_findings(AlertFinding *to, size_t room);
/* The same shape with hostile texts in every place. */
AlertFinding kit_hostile_finding(void);

#endif
