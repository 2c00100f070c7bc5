/* The secrets by which senders show who they are: a file of lines, owned and read by its owner
 * only.
 *
 *   hec TOKEN          Splunk HEC, `Authorization: Splunk TOKEN`
 *   basic USER:WORD    HTTP basic, on all paths
 *   bearer TOKEN       HTTP bearer, and Elasticsearch's `ApiKey`, on all paths
 *   fluent WORD        the shared key of Fluent forward
 *
 * A dialect without a line asks for nothing. They are compared in constant time and never printed.
 */
#ifndef AKASHI_COLLECT_DOOR_SECRETS_H
#define AKASHI_COLLECT_DOOR_SECRETS_H

#include "base/complaint.h"
#include "os/os.h"

#define DOOR_SECRETS_MAX 256
#define DOOR_SECRETS_FILE_BYTES_MAX ((size_t)64 << 10)

typedef enum DoorSecretKind {
    SECRET_HEC,
    SECRET_BASIC,
    SECRET_BEARER,
    SECRET_FLUENT
} DoorSecretKind;

typedef struct DoorSecrets DoorSecrets;

/* -EINVAL: a line that is none, or the file is readable by others, with the complaint; or what the
 * system said. */
MUST_USE int door_secrets_read(const Os *os, const char *path, DoorSecrets **ret,
                               Complaint *complaint);
/* The text in place of a file, for tests. */
MUST_USE int door_secrets_parse(Slice text, DoorSecrets **ret, Complaint *complaint);
void door_secrets_free(DoorSecrets *secrets); /* wiped; NULL: nothing */
/* Whether a secret of the kind is asked for at all. NULL secrets: none is. */
bool door_secrets_has(const DoorSecrets *secrets, DoorSecretKind kind);
/* Whether this is one of them. */
bool door_secrets_match(const DoorSecrets *secrets, DoorSecretKind kind, Slice given);
/* The n-th of a kind, for what must be computed with it; empty: no more. */
Slice door_secrets_at(const DoorSecrets *secrets, DoorSecretKind kind, size_t n);

#endif
