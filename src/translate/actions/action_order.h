/* Inside actions/: events of one log in the order of their numbers, and what is missing. */
#ifndef AKASHI_TRANSLATE_ACTION_ORDER_H
#define AKASHI_TRANSLATE_ACTION_ORDER_H

#include "translate/actions/action_state.h"

Orders *orders_new(const uint64_t seed[2]);
void orders_free(Orders *orders);

/* Takes the event at once, or keeps a copy of it, or finds that it was here before; takes those
 * that were waiting for it. Sets work->ref.channel. */
void order_feed(Work *work);
/* Takes what has waited since before now_ns; all with TIME_ALL. */
#define TIME_ALL INT64_MAX
void orders_release(Actions *actions, int64_t now_ns);
/* The numbers of what comes are not compared with those before. */
void orders_begin_input(Orders *orders);
void orders_save(const Actions *actions, Buf *to);
/* -EBADMSG, -ENOMEM. */
MUST_USE int orders_restore(Actions *actions, Slice *bytes);

#endif
