/* See door_secrets.h. */
#include "collect/door_secrets.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

typedef struct DoorSecret {
    DoorSecretKind kind;
    Slice word;
} DoorSecret;

struct DoorSecrets {
    char *text;
    size_t text_bytes;
    size_t count;
    DoorSecret items[DOOR_SECRETS_MAX];
};

static const Slice kinds[] = {[SECRET_HEC] = SLICE_INIT("hec"),
                              [SECRET_BASIC] = SLICE_INIT("basic"),
                              [SECRET_BEARER] = SLICE_INIT("bearer"),
                              [SECRET_FLUENT] = SLICE_INIT("fluent")};

void door_secrets_free(DoorSecrets *secrets)
{
    if (!secrets) return;
    if (secrets->text) OPENSSL_cleanse(secrets->text, secrets->text_bytes);
    free(secrets->text);
    free(secrets);
}

static int take_line(DoorSecrets *secrets, Slice line)
{
    Slice word, rest = slice_trim(line);
    if (rest.len == 0 || rest.ptr[0] == '#') return 0;
    if (!slice_cut(&rest, ' ', &word)) return -EINVAL;
    rest = slice_trim(rest);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (!slice_eq(word, kinds[i])) continue;
        if (rest.len == 0 || secrets->count == DOOR_SECRETS_MAX) return -EINVAL;
        secrets->items[secrets->count++] = (DoorSecret){(DoorSecretKind)i, rest};
        return 0;
    }
    return -EINVAL;
}

static int take_lines(DoorSecrets *secrets, Complaint *complaint)
{
    Slice line, rest = slice_of(secrets->text, secrets->text_bytes);
    for (unsigned number = 1; slice_cut(&rest, '\n', &line); number++) {
        if (take_line(secrets, line) == 0) continue;
        if (complaint) complaint->line = number;
        complaint_say(complaint, "listen.secrets",
                      "this line is none of: hec TOKEN, basic USER:WORD, bearer TOKEN, fluent WORD",
                      "この行は hec TOKEN、basic USER:WORD、bearer TOKEN、fluent WORD の"
                      "どれでもありません");
        return -EINVAL;
    }
    return 0;
}

int door_secrets_parse(Slice text, DoorSecrets **ret, Complaint *complaint)
{
    DoorSecrets *secrets = calloc(1, sizeof *secrets);
    if (secrets) secrets->text = malloc(text.len + 1);
    if (!secrets || !secrets->text) {
        door_secrets_free(secrets);
        return -ENOMEM;
    }
    if (text.len > 0) memcpy(secrets->text, text.ptr, text.len);
    secrets->text_bytes = text.len;
    int r = take_lines(secrets, complaint);
    if (r < 0) {
        door_secrets_free(secrets);
        return r;
    }
    *ret = secrets;
    return 0;
}

int door_secrets_read(const Os *os, const char *path, DoorSecrets **ret, Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    FileInfo info;
    Slice text = {0};
    int r = os->info(os->state, path, &info);
    if (r == 0 && (info.mode & 077) != 0) {
        complaint_say(complaint, "listen.secrets_open",
                      "%s can be read by others; `chmod 600 %s` closes it",
                      "%s はほかの人からも読めます。`chmod 600 %s` で閉じてください", path, path);
        return -EINVAL;
    }
    if (r == 0) r = os_read_file(os, path, DOOR_SECRETS_FILE_BYTES_MAX, &arena, &text);
    if (r < 0) {
        complaint_say(complaint, "listen.secrets_unreadable", "%s cannot be read (%s)",
                      "%s を読めません（%s）", path, strerrordesc_np(-r));
        return r;
    }
    r = door_secrets_parse(text, ret, complaint);
    OPENSSL_cleanse((char *)(uintptr_t)text.ptr, text.len);
    return r;
}

bool door_secrets_has(const DoorSecrets *secrets, DoorSecretKind kind)
{
    return door_secrets_at(secrets, kind, 0).len > 0;
}

/* All are compared, so that time does not tell which one was close. */
bool door_secrets_match(const DoorSecrets *secrets, DoorSecretKind kind, Slice given)
{
    bool found = false;
    for (size_t i = 0; secrets && i < secrets->count; i++) {
        const DoorSecret *item = &secrets->items[i];
        if (item->kind != kind || item->word.len != given.len) continue;
        found |= CRYPTO_memcmp(item->word.ptr, given.ptr, given.len) == 0;
    }
    return found;
}

Slice door_secrets_at(const DoorSecrets *secrets, DoorSecretKind kind, size_t n)
{
    for (size_t i = 0; secrets && i < secrets->count; i++) {
        if (secrets->items[i].kind == kind && n-- == 0) return secrets->items[i].word;
    }
    return (Slice){0};
}
