/* How the caller's key protects what is kept on disk: stories hold log content, and the key belongs
 * to the store, which alert/ does not know. The functions may be called by several threads at once.
 */
#ifndef AKASHI_ALERT_ALERT_CIPHER_H
#define AKASHI_ALERT_ALERT_CIPHER_H

#include "base/buf.h"

#define ALERT_TAG_BYTES 16

typedef struct AlertCipher {
    void *context;
    /* Appends the sealed plain text, of any length. `bound` must be the same at opening, so that a
     * sealed piece cannot be moved elsewhere. Negative errno: nothing of use was appended. */
    int (*seal)(void *context, Slice bound, Slice plain, Buf *to);
    /* -EBADMSG: damaged, another key, or bound to something else. */
    int (*open)(void *context, Slice bound, Slice sealed, Buf *to);
    /* A keyed one-way tag of the text: equal texts have equal tags, and nobody without the key can
     * try texts against it. */
    int (*tag)(void *context, Slice text, uint8_t ret[ALERT_TAG_BYTES]);
} AlertCipher;

#endif
