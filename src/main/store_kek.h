/* The store's key for a command: opens or makes it, and tells the user. */
#ifndef AKASHI_MAIN_STORE_KEK_H
#define AKASHI_MAIN_STORE_KEK_H

#include "main/options.h"
#include "store/store.h"

/* may_make: the command writes, so that at the first start the key file is made. 0, or negative
 * after saying why. -ENOENT is said as "nothing is stored" where there is no store at all. */
MUST_USE int store_kek_open(const Invocation *invocation, bool may_make, Secret **ret);

/* For StoreOptions.told; the context is the Invocation. */
void store_news_say(void *context, StoreNews news, const char *detail);

#endif
