/* What `akashi store` does beyond command_store.c; each gives the exit status. */
#ifndef AKASHI_MAIN_STORE_TASKS_H
#define AKASHI_MAIN_STORE_TASKS_H

#include "engine/retention.h"
#include "engine/store_call.h"
#include "main/options.h"

int store_status_task(const Invocation *invocation);   /* store_status_task.c */
int store_rekey_task(const Invocation *invocation);    /* store_rekey_task.c */
int store_make_key_task(const Invocation *invocation); /* store_rekey_task.c */
int store_expire_task(const Invocation *invocation);   /* store_keep_task.c */
int store_hold_task(const Invocation *invocation);     /* store_keep_task.c */
int store_delete_task(const Invocation *invocation);   /* store_delete_task.c */

/* ---- shared by those of store_keep_task.c and store_delete_task.c */

int keep_say_failed(const Invocation *invocation, int error, const Complaint *complaint);
/* --by, or the user who is logged in. */
const char *keep_who(const Invocation *invocation);
/* These say what is wrong. */
MUST_USE int keep_read_retention(const Invocation *invocation, Retention *ret);
MUST_USE int keep_open_store(const Invocation *invocation, const Retention *retention,
                             Secret **ret_kek, Store **ret);

/* The store; or, where a running server holds it, that server. */
typedef struct KeepHands {
    Secret *kek;
    Store *store;
    StoreCall *server;
} KeepHands;
MUST_USE int keep_open_hands(const Invocation *invocation, const Retention *retention,
                             KeepHands *ret);
void keep_close_hands(KeepHands *hands); /* also when it could not be opened */

#endif
