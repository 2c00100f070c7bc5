/* Does one of the segments have a row's key? See sealed.h. Owned by the writer thread, but for the
 * manifest, which is looked at under lock. */
#include "store/sealed/sealed_int.h"

#include "base/map.h"
#include "record/event_key.h"

#include <errno.h>
#include <stdlib.h>

static void forget_prints(SealedKeys *keys, SealedAsked *asked)
{
    keys->print_bytes -= asked->print_count * sizeof *asked->prints;
    free(asked->prints);
    asked->prints = NULL;
    asked->print_count = 0;
    asked->prints_made = false;
}

static void forget(SealedKeys *keys, SealedAsked *asked)
{
    forget_prints(keys, asked);
    if (!asked->opened) return;
    segment_close(asked->opened);
    keys->open_count--;
    keys->filter_bytes -= asked->filter_bytes;
}

void sealed_keys_done(SealedKeys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        forget(keys, &keys->asked[i]);
    }
    free(keys->asked);
    fresh_keys_done(&keys->fresh);
    *keys = (SealedKeys){0};
}

/* What was known of the file, taken out of the old list. */
static SealedAsked take_known(SealedKeys *keys, const ManifestSegment *entry, size_t near)
{
    for (size_t i = 0; i < keys->count; i++) {
        SealedAsked *asked = &keys->asked[(near + i) % keys->count];
        if (asked->file != entry->file || asked->gone != entry->tombstone) continue;
        SealedAsked known = *asked;
        *asked = (SealedAsked){0};
        return known;
    }
    return (SealedAsked){.file = entry->file,
                         .repacked = (entry->chain_number & REPACKED_BIT) != 0,
                         .first_row = entry->first_row,
                         .from_ns = entry->from_ns,
                         .to_ns = entry->to_ns,
                         .undated_count = entry->undated_count,
                         .gone = entry->tombstone};
}

/* Under lock. */
static int follow(SealedKeys *keys, const Manifest *manifest)
{
    SealedAsked *asked = calloc(manifest->count + 1, sizeof *asked);
    if (!asked) return -ENOMEM;
    for (size_t i = 0; i < manifest->count; i++) {
        asked[i] = take_known(keys, &manifest->segments[i], i);
    }
    for (size_t i = 0; i < keys->count; i++) {
        forget(keys, &keys->asked[i]);
    }
    free(keys->asked);
    keys->asked = asked;
    keys->count = manifest->count;
    return 0;
}

static int follow_manifest(Sealed *sealed)
{
    SealedKeys *keys = &sealed->keys;
    int r = 0;
    pthread_mutex_lock(&sealed->lock);
    if (keys->changes != sealed->manifest_changes) r = follow(keys, &sealed->manifest);
    if (r == 0) keys->changes = sealed->manifest_changes;
    pthread_mutex_unlock(&sealed->lock);
    return r;
}

/* Without a filter each question costs a read: slower, not wrong. */
static void keep_open(SealedKeys *keys, SealedAsked *asked, Segment *segment)
{
    asked->opened = segment;
    asked->filter_bytes = 0;
    keys->open_count++;
    if (keys->filter_bytes >= SEALED_FILTER_BYTES_MAX) return;
    if (segment_hold_keys(segment, &asked->filter_bytes) == 0)
        keys->filter_bytes += asked->filter_bytes;
}

/* ---- keys that are made again from the rows */

typedef struct PrintsMaking {
    const uint64_t *seed;
    Buf prints;
} PrintsMaking;

static int take_key(void *context, const uint8_t *key)
{
    PrintsMaking *making = context;
    uint64_t print = siphash_1_3(making->seed, slice_of(key, ROW_KEY_BYTES));
    buf_add(&making->prints, &print, sizeof print);
    return buf_error(&making->prints);
}

static int compare_prints(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A damaged block's rows are not known again. */
static int read_keys(Segment *segment, PrintsMaking *making)
{
    for (uint32_t i = 0; i < segment_block_count(segment); i++) {
        int r = segment_block_keys(segment, i, take_key, making);
        if (r < 0 && r != -EBADMSG && r != -EIO) return r;
    }
    return 0;
}

static void make_room(SealedKeys *keys, size_t bytes)
{
    while (keys->print_bytes > 0 && keys->print_bytes + bytes > SEALED_PRINTS_BYTES_MAX) {
        SealedAsked *oldest = NULL;
        for (size_t i = 0; i < keys->count; i++) {
            SealedAsked *asked = &keys->asked[i];
            if (asked->print_count && (!oldest || asked->used < oldest->used)) oldest = asked;
        }
        forget_prints(keys, oldest);
    }
}

static int make_prints(Sealed *sealed, SealedAsked *asked, Segment *segment)
{
    SealedKeys *keys = &sealed->keys;
    const Os *os = sealed->folder.os;
    int r = keys->seeded ? 0 : os->random(os->state, keys->seed, sizeof keys->seed);
    if (r < 0) return r;
    keys->seeded = true;
    PrintsMaking making = {.seed = keys->seed, .prints = buf_make(0)};
    r = read_keys(segment, &making);
    if (r < 0) {
        buf_done(&making.prints);
        return r;
    }
    make_room(keys, making.prints.len);
    asked->prints = (uint64_t *)(void *)making.prints.ptr;
    asked->print_count = making.prints.len / sizeof *asked->prints;
    asked->prints_made = true;
    keys->print_bytes += making.prints.len;
    if (asked->print_count) {
        qsort(asked->prints, asked->print_count, sizeof *asked->prints, compare_prints);
    }
    return 0;
}

static int has_print(Sealed *sealed, SealedAsked *asked, Segment *segment, const uint8_t *key)
{
    int r = asked->prints_made ? 0 : make_prints(sealed, asked, segment);
    if (r < 0 || asked->print_count == 0) return r;
    asked->used = ++sealed->keys.uses;
    uint64_t print = siphash_1_3(sealed->keys.seed, slice_of(key, ROW_KEY_BYTES));
    return bsearch(&print, asked->prints, asked->print_count, sizeof print, compare_prints) != NULL;
}

/* The zone that a line was read in need not be the one of the first time: UTC-12 to UTC+14. */
#define ZONES_APART_NS (26 * 3600 * NS_PER_SECOND)

/* The row itself says when it is from: files of other times need not be read. */
static bool may_have(const SealedAsked *asked, const Row *row)
{
    int64_t time_ns = row->record.time_ns;
    int64_t apart_ns = event_is_itself(&row->event) ? 0 : ZONES_APART_NS;
    if (!asked->repacked || !event_has_own_time(&row->event)) return false;
    if (time_ns == TIME_UNKNOWN) return asked->undated_count > 0;
    int64_t from_ns, to_ns;
    if (__builtin_sub_overflow(asked->from_ns, apart_ns, &from_ns)) from_ns = INT64_MIN;
    if (__builtin_add_overflow(asked->to_ns, apart_ns, &to_ns)) to_ns = INT64_MAX;
    return asked->from_ns <= asked->to_ns && time_ns >= from_ns && time_ns <= to_ns;
}

/* ---- the question */

static int ask_opened(Sealed *sealed, SealedAsked *asked, Segment *segment, const Row *row)
{
    int r = segment_has_key(segment, row->key);
    if (r == 0 && may_have(asked, row)) r = has_print(sealed, asked, segment, row->key);
    return r;
}

static int ask(Sealed *sealed, SealedAsked *asked, const Row *row)
{
    SealedKeys *keys = &sealed->keys;
    if (asked->gone) return 0;
    if (asked->opened) return ask_opened(sealed, asked, asked->opened, row);
    StorePath path = store_path(&sealed->folder, manifest_file_name(asked->file).text);
    Segment *segment;
    int r = segment_open(sealed->folder.os, path.text, sealed->folder.kek, &segment);
    if (r < 0) return r;
    r = ask_opened(sealed, asked, segment, row);
    if (keys->open_count < SEALED_OPEN_MAX) {
        keep_open(keys, asked, segment);
    } else {
        segment_close(segment);
    }
    return r;
}

void sealed_note_row(Sealed *sealed, const Row *row, uint64_t number)
{
    FreshKeys *fresh = &sealed->keys.fresh;
    const Os *os = sealed->folder.os;
    bool begun = fresh->seed[1] != 0;
    if (!begun && os->random(os->state, fresh->seed, sizeof fresh->seed) < 0) return;
    fresh->seed[1] |= 1;
    fresh_keys_add(fresh, row->key, number);
}

void sealed_foresee_row(const Sealed *sealed, const Row *row)
{
    fresh_keys_foresee(&sealed->keys.fresh, row->key);
}

int sealed_has_row(Sealed *sealed, const Row *row)
{
    SealedKeys *keys = &sealed->keys;
    int r = follow_manifest(sealed);
    if (r < 0) return r;
    uint64_t known_from = fresh_keys_may_have(&keys->fresh, row->key)
                              ? UINT64_MAX
                              : fresh_keys_first_row(&keys->fresh);
    for (size_t i = 0; i < keys->count; i++) {
        size_t at = (keys->hit + i) % keys->count;
        if (keys->asked[at].first_row >= known_from) continue;
        r = ask(sealed, &keys->asked[at], row);
        if (r == -EBADMSG || r == -ENOENT || r == -ENOKEY || r == -EPROTO) continue; /* damaged */
        if (r == 1) keys->hit = at;
        if (r != 0) return r;
    }
    return 0;
}
