/* Handles of the Windows file server: each opening with its events, numbers that are never open
 * twice at once. */
#ifndef AKASHI_SIMULATE_SHARE_HANDLE_H
#define AKASHI_SIMULATE_SHARE_HANDLE_H

#include "simulate/acts.h"

typedef struct ShareHandle {
    unsigned id;
    const SharePath *path;
} ShareHandle;

/* 5145 and 4656. A path that ends with a backslash is a folder. The path must outlive the handle.
 */
ShareHandle share_open(Sim *sim, Person *person, const SharePath *path, unsigned requested);
void share_use(Sim *sim, const Person *person, const ShareHandle *handle, unsigned used); /* 4663 */
void share_delete(Sim *sim, const Person *person, const ShareHandle *handle);             /* 4660 */
void share_close(Sim *sim, const Person *person, const ShareHandle *handle);              /* 4658 */
void share_change_rights(Sim *sim, const Person *person, const ShareHandle *handle);      /* 4670 */
/* An opening that the rights forbid: 5145 and 4656 as failures, no handle. */
void share_refuse(Sim *sim, const Person *person, const SharePath *path, unsigned requested);
void share_read_as_system(Sim *sim, const SharePath *path);
/* Adds to both forms of the path. */
void share_append(SharePath *path, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
