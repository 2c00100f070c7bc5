/* akashi store rekey: the store under another key. */
#include "main/commands.h"
#include "main/side_keys.h"
#include "main/store_kek.h"
#include "main/store_tasks.h"

#include "engine/store_key.h"
#include "store/ops/rekey.h"

#include <errno.h>

/* The new key as the settings would give it once they name it. */
static int open_new_key(const Invocation *invocation, Secret **ret)
{
    const char *file = option_value(invocation, "new-key-file");
    const char *passphrase = option_value(invocation, "new-passphrase-file");
    static Settings settings;
    Complaint complaint = {0};
    bool made = false;
    if (!file == !passphrase) {
        SAY(MESSAGE_REKEY_WHICH, invocation->language);
        return -EINVAL;
    }
    settings = invocation->settings;
    int r = settings_set(&settings, SETTING_STORE_KEY_FILE, SLICE(""), &complaint);
    if (r == 0) {
        r = settings_set(&settings, SETTING_STORE_PASSPHRASE_FILE,
                         slice_from_cstr(passphrase ? passphrase : ""), &complaint);
    }
    const StoreKeyOptions options = {.settings = &settings,
                                     .folder = invocation->folder,
                                     .default_path = file,
                                     .may_make = true};
    FileInfo info;
    if (r == 0 && file && os_real.info(os_real.state, file, &info) == -ENOENT) {
        r = store_key_make(&os_real, file, &complaint);
        made = r == 0;
    }
    bool ignored;
    if (r == 0) r = store_key_open(&os_real, &options, ret, &ignored, &complaint);
    if (r < 0) say_complaint(&complaint, invocation->language);
    if (r == 0 && made) {
        SAY(MESSAGE_STORE_KEY_MADE, invocation->language, {"file", slice_from_cstr(file)});
    }
    return r;
}

static void say_done(const Invocation *invocation, const RekeySummary *summary)
{
    const char *file = option_value(invocation, "new-key-file");
    const char *passphrase = option_value(invocation, "new-passphrase-file");
    char segments[NUMBER_WORDS_MAX], skipped[NUMBER_WORDS_MAX];
    SAY(MESSAGE_REKEY_DONE, invocation->language, {"folder", slice_from_cstr(invocation->folder)},
        {"segments", number_words(segments, summary->segments)},
        {"setting", file ? SLICE("store.key_file") : SLICE("store.passphrase_file")},
        {"file", slice_from_cstr(file ? file : passphrase)});
    if (summary->skipped) {
        SAY(MESSAGE_REKEY_SKIPPED, invocation->language,
            {"count", number_words(skipped, summary->skipped)});
    }
    SAY(MESSAGE_REKEY_BACKUPS, invocation->language);
}

/* A key file before the first start: for a service whose user may not write where it lies. */
int store_make_key_task(const Invocation *invocation)
{
    Complaint complaint = {0};
    if (invocation->argument_count < 2) {
        print_command_help(&store_command, invocation->language);
        return EXIT_FAILED;
    }
    const char *file = invocation->arguments[1];
    if (store_key_make(&os_real, file, &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    SAY(MESSAGE_STORE_KEY_MADE, invocation->language, {"file", slice_from_cstr(file)});
    return EXIT_DONE;
}

int store_rekey_task(const Invocation *invocation)
{
    CLEANUP(secret_done) Secret *old = NULL;
    CLEANUP(secret_done) Secret *new = NULL;
    RekeySummary summary;
    Complaint complaint = {0};
    static Retention retention;
    if (keep_read_retention(invocation, &retention) < 0) return EXIT_FAILED;
    if (store_kek_open(invocation, false, &old) < 0) return EXIT_FAILED;
    if (open_new_key(invocation, &new) < 0) return EXIT_FAILED;
    const StoreOptions options = {.kek = old,
                                  .classes = retention.classes,
                                  .told = store_news_say,
                                  .told_context = (void *)invocation};
    /* Stories and accounts open with the old key and with the new one until the store has changed.
     */
    int r = side_keys_rewrap(&os_real, invocation->folder, old, new);
    if (r == 0 &&
        store_rekey(&os_real, invocation->folder, &options, new, &summary, &complaint) < 0) {
        say_complaint(&complaint, invocation->language);
        return EXIT_FAILED;
    }
    if (r == 0) r = side_keys_rewrap(&os_real, invocation->folder, new, NULL);
    if (r < 0) {
        SAY(MESSAGE_ALERTS_FAILED, invocation->language,
            {"folder", slice_from_cstr(invocation->folder)}, {"error", error_words(r)});
        return EXIT_FAILED;
    }
    say_done(invocation, &summary);
    return EXIT_DONE;
}
