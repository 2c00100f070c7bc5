/* decode/evtx on real files: the right counts, and the same output from every way of decoding. */
#include "tests/support/evtx_decoded.h"
#include "tests/support/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)

typedef struct Known {
    const char *name; /* how the file's name begins */
    uint64_t good;
    size_t damages;
} Known;

static const Known known[] = {
    {"system.evtx", 1881, 0},
    {"security.evtx", 2261, 0},
    {"sample-with-irregular-bool-values.evtx", 3028, 0},
    {"post-Security.evtx", 126, 0},
    {"2-vss_7-System.evtx", 1160, 0},
    {"E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core", 1146, 0},
    {"2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", 1910, 4},
    {"Application_no_crc32.evtx", 17, 0},
    {"security_bad_string_cache.evtx", 2261, 1},
    {"Security_with_size_t.evtx", 636, 0},
    {"Security_short_selected.evtx", 7, 0},
    {"new-user-security.evtx", 4, 0},
    {"sysmon.evtx", 358, 1},
};

typedef struct Totals {
    uint64_t files, good, damages;
} Totals;

typedef void (*FileTest)(const char *name, Slice bytes, Totals *totals);

static void with_file(const char *path, const char *name, FileTest test, Totals *totals)
{
    FILE *file = fopen(path, "rb");
    if (!expect(file != NULL)) return;
    char *bytes = malloc(FILE_BYTES_MAX);
    size_t len = bytes ? fread(bytes, 1, FILE_BYTES_MAX, file) : 0;
    fclose(file);
    if (expect(len > 0)) test(name, slice_of(bytes, len), totals);
    free(bytes);
}

/* Every .evtx file in the folder and the folders in it. */
static void walk(const char *folder_path, FileTest test, Totals *totals)
{
    DIR *folder = opendir(folder_path);
    if (!expect(folder != NULL)) return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder_path, entry->d_name);
        if (entry->d_type == DT_DIR) walk(path, test, totals);
        if (slice_ends(slice_from_cstr(entry->d_name), SLICE(".evtx"))) {
            with_file(path, entry->d_name, test, totals);
        }
    }
    closedir(folder);
}

static bool corpus_folder(const char *name, char *to, size_t bytes)
{
    const char *corpus = tap_corpus();
    if (!corpus) {
        tap_skip("the corpus is not here");
        return false;
    }
    snprintf(to, bytes, "%s/evtx/%s", corpus, name);
    return true;
}

static void check_known(const char *name, Slice bytes, Totals *totals)
{
    EvtxDecoded decoded = {0};
    expect_ok(evtx_decode_bytes(&evtx_decoder, bytes, (size_t)1 << 20, &decoded));
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (!slice_starts(slice_from_cstr(name), slice_from_cstr(known[i].name))) continue;
        bool held = expect_int(decoded.good, (int64_t)known[i].good);
        held = expect_int(decoded.events, (int64_t)known[i].good) && held;
        held = expect_int(decoded.damage_count, (int64_t)known[i].damages) && held;
        if (!held) tap_note("in %s", name);
        totals->files++;
    }
    evtx_decoded_done(&decoded);
}

static void parser_samples_have_their_right_counts(void)
{
    char folder[4096];
    Totals totals = {0};
    if (!corpus_folder("parser-samples", folder, sizeof folder)) return;
    walk(folder, check_known, &totals);
    expect_int(totals.files, ARRAY_COUNT(known));
}

static void add_up(const char *name, Slice bytes, Totals *totals)
{
    EvtxDecoded decoded = {0};
    bool held = expect_ok(evtx_decode_bytes(&evtx_decoder, bytes, 0, &decoded));
    if (!held || decoded.damage_count > 0) tap_note("damage in %s", name);
    totals->files++;
    totals->good += decoded.good;
    totals->damages += decoded.damage_count;
    evtx_decoded_done(&decoded);
}

static void attack_samples_have_their_right_count(void)
{
    char folder[4096];
    Totals totals = {0};
    if (!corpus_folder("attack-samples", folder, sizeof folder)) return;
    walk(folder, add_up, &totals);
    expect_int(totals.files, 277);
    expect_int(totals.good, 8255);
    expect_int(totals.damages, 0);
}

/* Kept templates against none kept, and other windows. */
static void compare(const char *name, Slice bytes, Totals *totals)
{
    EvtxDecoded kept = {0}, uncached = {0}, stepped = {0};
    expect_ok(evtx_decode_bytes(&evtx_decoder, bytes, 0, &kept));
    expect_ok(evtx_decode_bytes(&evtx_uncached_decoder, bytes, 0, &uncached));
    expect_ok(evtx_decode_bytes(&evtx_decoder, bytes, 100000, &stepped));
    Slice a = buf_slice(&kept.json), b = buf_slice(&uncached.json), c = buf_slice(&stepped.json);
    if (!expect(slice_eq(a, b)) || !expect(slice_eq(a, c))) tap_note("in %s", name);
    expect_int(stepped.damage_count, kept.damage_count);
    evtx_decoded_done(&kept);
    evtx_decoded_done(&uncached);
    evtx_decoded_done(&stepped);
    totals->files++;
}

static void every_way_of_decoding_gives_the_same(void)
{
    char folder[4096];
    Totals totals = {0};
    if (!corpus_folder("", folder, sizeof folder)) return;
    walk(folder, compare, &totals);
    expect_int(totals.files, 277 + 13);
}

static const TapTest tests[] = {
    TAP_TEST(parser_samples_have_their_right_counts),
    TAP_TEST(attack_samples_have_their_right_count),
    TAP_TEST(every_way_of_decoding_gives_the_same),
};
TAP_MAIN(tests)
