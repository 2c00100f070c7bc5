/* See store_kek.h. */
#include "main/store_kek.h"

#include "engine/store_key.h"
#include "main/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <syslog.h>

int store_kek_open(const Invocation *invocation, bool may_make, Secret **ret)
{
    Complaint complaint = {0};
    bool made;
    const StoreKeyOptions options = {.settings = &invocation->settings,
                                     .folder = invocation->folder,
                                     .default_path = surroundings_key_path(),
                                     .may_make = may_make};
    int r = store_key_open(&os_real, &options, ret, &made, &complaint);
    if (r == -ENOENT && store_has_key(&os_real, invocation->folder) == 0) {
        SAY(MESSAGE_STORE_ABSENT, invocation->language,
            {"folder", slice_from_cstr(invocation->folder)});
    } else if (r < 0) {
        if (complaint.id)
            say_complaint(&complaint, invocation->language);
        else
            SAY(MESSAGE_MEMORY, invocation->language);
    } else if (made) {
        SAY(MESSAGE_STORE_KEY_MADE, invocation->language,
            {"file", slice_from_cstr(options.default_path)});
    }
    return r;
}

/* ---- what the store tells */

static int copy_checkpoint(const char *path, Slice note)
{
    const Os *os = &os_real;
    char temporary[SETTING_TEXT_BYTES_MAX + 8];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, note.ptr, note.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : os->rename(os->state, temporary, path);
}

/* Elsewhere than in the store, so that a store that is exchanged as a whole is noticed. */
static void keep_checkpoint(const Invocation *invocation, Slice note)
{
    const Settings *settings = &invocation->settings;
    const char *path = setting_text(settings, SETTING_PROOF_CHECKPOINT_FILE);
    int r = path[0] ? copy_checkpoint(path, note) : 0;
    if (r < 0) {
        SAY(MESSAGE_STORE_CHECKPOINT_FAILED, invocation->language,
            {"folder", slice_from_cstr(path)}, {"error", error_words(r)});
    }
    if (strcmp(setting_text(settings, SETTING_PROOF_CHECKPOINT_SYSLOG), "yes") != 0) return;
    Slice line;
    while (slice_cut(&note, '\n', &line)) {
        if (line.len) syslog(LOG_AUTHPRIV | LOG_NOTICE, "akashi checkpoint: %.*s", SLICE_FMT(line));
    }
}

void store_news_say(void *context, StoreNews news, const char *detail)
{
    static const struct {
        bool told;
        MessageId message;
    } words[] = {
        [STORE_NEWS_CHAIN_NEW] = {true, MESSAGE_STORE_FIRST_KEY},
        [STORE_NEWS_CHAIN_REPLACED] = {true, MESSAGE_STORE_CHAIN_REPLACED},
        [STORE_NEWS_MANIFEST_REMADE] = {true, MESSAGE_STORE_MANIFEST_REMADE},
        [STORE_NEWS_BLOCKS_LOST] = {true, MESSAGE_STORE_BLOCKS_LOST},
        [STORE_NEWS_SEAL_FAILED] = {true, MESSAGE_STORE_SEAL_FAILED},
        [STORE_NEWS_CHECKPOINT] = {false, 0},
        [STORE_NEWS_CHECKPOINT_FAILED] = {true, MESSAGE_STORE_CHECKPOINT_FAILED},
        [STORE_NEWS_EXPIRED] = {true, MESSAGE_KEEP_NEWS_EXPIRED},
        [STORE_NEWS_EXPIRE_FAILED] = {true, MESSAGE_KEEP_NEWS_FAILED},
        [STORE_NEWS_PACK_FAILED] = {true, MESSAGE_STORE_PACK_FAILED},
    };
    const Invocation *invocation = context;
    if (news == STORE_NEWS_CHECKPOINT) keep_checkpoint(invocation, slice_from_cstr(detail));
    if (news >= ARRAY_COUNT(words) || !words[news].told) return;
    SAY(words[news].message, invocation->language, {"folder", slice_from_cstr(invocation->folder)},
        {"error", slice_from_cstr(detail)}, {"key", slice_from_cstr(detail)},
        {"rows", slice_from_cstr(detail)});
}
