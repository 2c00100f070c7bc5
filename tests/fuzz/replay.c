/* Runs a fuzz target over its corpus without libFuzzer, so that the normal suite replays every case
 * on every compiler: each file as it is, cut at eight places, and with 64 seeded byte changes. */
#include "tests/support/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* An exact-size copy on the heap, so that a sanitizer sees the first byte read outside. */
static void run_once(const char *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy) exit(99);
    if (len) memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void run_variants(char *bytes, size_t len)
{
    run_once(bytes, len);
    for (size_t i = 0; i < 8; i++) {
        run_once(bytes, len * i / 8);
    }
    uint64_t random = 88172645463325252u + len;
    for (int i = 0; i < 64 && len > 0; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        size_t at = (size_t)(random % len);
        char before = bytes[at];
        bytes[at] = (char)(random >> 32);
        run_once(bytes, len);
        bytes[at] = before;
    }
}

int main(int argc, char **argv)
{
    unsigned number = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder) {
            printf("not ok %u - %s cannot be read\n", ++number, argv[i]);
            continue;
        }
        for (const struct dirent *entry; (entry = readdir(folder));) {
            char path[4096];
            static char bytes[4 << 20];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            FILE *file = fopen(path, "rb");
            if (!file) continue;
            size_t len = fread(bytes, 1, sizeof bytes, file);
            fclose(file);
            run_variants(bytes, len);
            printf("ok %u - %s\n", ++number, entry->d_name);
        }
        closedir(folder);
    }
    printf("1..%u\n", number);
    return number ? 0 : 1;
}
