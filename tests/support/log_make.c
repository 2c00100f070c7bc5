/* Writes the usual export of log_kit.h into a folder, with all its keys: for tests in other
 * languages.
 *
 * usage: log_make FOLDER SEED   writes FOLDER/first.pub, FOLDER/keys (one private key a line, hex)
 * and FOLDER/export/ (and a redaction more) with chain.log, checkpoints.txt, two proofs; FOLDER
 * exists, FOLDER/export too
 */
#include "tests/support/log_kit.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

static void write_file(const char *folder, const char *name, Buf *content)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file && !buf_error(content));
    CHECK(fwrite(content->ptr, 1, content->len, file) == content->len);
    CHECK(fclose(file) == 0);
    buf_clear(content);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    CLEANUP(buf_done) Buf text = {0}, notes = {0};
    LogKit *kit = log_kit_new(strtoull(argv[2], NULL, 10));
    log_kit_usual(kit);
    log_kit_redaction(kit, 1010, 1, 2);
    log_kit_checkpoint(kit, 10, 1020, 2, 2);
    log_kit_print(kit, &text, &notes);
    write_file(argv[1], "export/chain.log", &text);
    write_file(argv[1], "export/checkpoints.txt", &notes);
    log_kit_print_proof(kit, 1, 2, true, &text);
    write_file(argv[1], "export/record.proof", &text);
    log_kit_print_proof(kit, 3, 0, false, &text);
    write_file(argv[1], "export/leaf.proof", &text);
    log_kit_print_key(kit, &text);
    write_file(argv[1], "first.pub", &text);
    for (size_t i = 0; i < ARRAY_COUNT(kit->keys); i++) {
        for (size_t j = 0; j < 32; j++) {
            buf_add_format(&text, "%02x", secret_read(kit->keys[i])[j]);
        }
        buf_add_char(&text, '\n');
    }
    write_file(argv[1], "keys", &text);
    log_kit_free(kit);
    return 0;
}
