/* See checkpoint.h: the change of epochs (P3).
 *
 *   1 epoch.key holds the old key and the next    a power cut here: the next one is dropped
 *   2 the entry with the next public key          here: the opening goes on with 3
 *   3 the old key's last checkpoint               here: the opening goes on with 4
 *   4 epoch.key holds the next key alone */
#include "store/proof/chain_int.h"

#include <errno.h>

static int add_announcement(Chain *chain)
{
    ChainEntry entry = {.kind = ENTRY_EPOCH,
                        .index = chain->tree.count,
                        .log_id = chain->log_id,
                        .time_ns = chain_now_ns(chain),
                        .epoch = {.epoch = chain->secret.epoch + 1}};
    CLEANUP(buf_done) Buf message = buf_make(ENTRY_BYTES_MAX);
    Digest root = tree_root(&chain->tree);
    int r = signing_public(chain->secret.next, &entry.epoch.key);
    if (r < 0) return r;
    epoch_message_add(&message, &entry, &root);
    if (buf_error(&message)) return buf_error(&message);
    r = signing_sign(chain->secret.current, buf_slice(&message), entry.epoch.signature);
    return r < 0 ? r : chain_add_entry(chain, &entry);
}

int chain_epoch_finish(Chain *chain, const Secret *kek)
{
    if (!chain->has_checkpoint || chain->last.size <= chain->announced_at) {
        /* As of the announcement, whenever that was: nothing came after it. */
        int r = chain_add_checkpoint(chain, chain->last_time_ns);
        if (r < 0) return r;
    }
    secret_free(chain->secret.current);
    chain->secret.current = chain->secret.next;
    chain->secret.next = NULL;
    chain->secret.epoch++;
    int r = epoch_keys_write(chain, kek);
    if (r < 0) chain->failed = r;
    return r;
}

int chain_epoch_next(Chain *chain, const Secret *kek)
{
    if (chain->failed) return -EIO;
    if (chain->tree.count + 2 >= CHAIN_ENTRIES_MAX) return -ERANGE;
    int r = chain_notice_time(chain);
    if (r == 0) r = secret_random(chain->os, 32, &chain->secret.next);
    if (r == 0) r = epoch_keys_write(chain, kek);
    if (r == 0) r = add_announcement(chain);
    if (r == 0) r = chain_epoch_finish(chain, kek);
    if (r < 0) chain->failed = r;
    return r;
}

int chain_rewrap(Chain *chain, const Secret *kek)
{
    if (chain->failed) return -EIO;
    int r = epoch_keys_write(chain, kek);
    if (r < 0) chain->failed = r;
    return r;
}
