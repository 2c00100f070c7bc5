/* Records of the shared corpus in both languages. The corpus is others' and its sentences hold
 * their names, so the list (tests/golden/corpus_sentences.tsv) keeps only: file, number of the
 * event, verb, and the SHA-256 of both sentences. AKASHI_SHOW=1 prints the sentences for a person
 * to read; AKASHI_ACCEPT=1 writes the verbs and sums that came out. */
#include "tests/support/tap.h"

#include "base/digest.h"
#include "decode/decoder.h"
#include "os/os.h"
#include "record/sentence.h"
#include "translate/translate.h"

#include <fcntl.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)512 << 20)
#define SUM_CHARS 64

/* One line of the list, and what was found for it. */
typedef struct Entry {
    Slice file, verb, sum;
    uint64_t index;
    Slice got_verb;
    char got_sum[SUM_CHARS];
} Entry;

typedef struct Golden {
    Arena arena;
    Entry *entries;
    size_t count;
    Slice file; /* being read */
    Translator *translator;
    Arena *batch;
} Golden;

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] == '1';
}

static void print_sum(char *to, const Digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        to[2 * i] = digits[digest->bytes[i] >> 4];
        to[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
}

static int keep_sentences(void *context, const Record *record, const Event *event)
{
    Entry *entry = context;
    CLEANUP(buf_done) Buf both = {0};
    (void)event;
    sentence_add(&both, record, LANGUAGE_JA);
    buf_add_char(&both, '\n');
    sentence_add(&both, record, LANGUAGE_EN);
    expect_int(buf_error(&both), 0);
    Slice text = buf_slice(&both);
    Digest digest = digest_sha256(&text, 1);
    print_sum(entry->got_sum, &digest);
    entry->got_verb = verbs[record->verb].token;
    if (is_set("AKASHI_SHOW")) {
        Slice rest = text, line;
        tap_note("%.*s %llu", SLICE_FMT(entry->file), (unsigned long long)entry->index);
        while (slice_cut(&rest, '\n', &line)) {
            tap_note("    %.*s", SLICE_FMT(line));
        }
    }
    return 0;
}

/* All events pass the translator, as they do when a file is imported; those in the list are kept.
 */
static int skip_record(void *context, const Record *record, const Event *event)
{
    (void)context;
    (void)record;
    (void)event;
    return 0;
}

static int translate_event(void *context, const Event *event)
{
    Golden *golden = context;
    for (size_t i = 0; i < golden->count; i++) {
        Entry *entry = &golden->entries[i];
        if (entry->index == event->index && slice_eq(entry->file, golden->file)) {
            return translator_feed(golden->translator, event, 0, golden->batch, keep_sentences,
                                   entry);
        }
    }
    return translator_feed(golden->translator, event, 0, golden->batch, skip_record, NULL);
}

static int ignore_damage(void *context, const Damage *damage)
{
    (void)context;
    (void)damage;
    return 0;
}

static void decode_file(Golden *golden, Slice bytes)
{
    CLEANUP(arena_done) Arena batch = arena_make((size_t)4 << 30);
    const DecodeOptions options = {.received_ns = TIME_UNKNOWN};
    const DecodeSink sink = {translate_event, ignore_damage, golden};
    const Decoder *decoder = decoder_for(slice_first(bytes, DECODE_HEAD_BYTES));
    void *state = decoder->new (&options);
    uint64_t offset = 0;
    golden->batch = &batch;
    golden->translator = translator_new();
    while (bytes.len > 0) {
        bool last = bytes.len <= DECODE_WINDOW_BYTES_MAX;
        const DecodeWindow window = {slice_first(bytes, DECODE_WINDOW_BYTES_MAX), offset, last,
                                     true};
        ssize_t used = decoder->feed(state, &window, &batch, &sink);
        if (!expect(used > 0)) break;
        offset += (uint64_t)used;
        bytes = slice_skip(bytes, (size_t)used);
        arena_reset(&batch);
    }
    translator_free(golden->translator);
    decoder->free(state);
}

static void read_corpus_file(Golden *golden, Slice file)
{
    CLEANUP(arena_done) Arena arena = arena_make((size_t)2 << 30);
    Slice path, bytes;
    golden->file = file;
    expect_ok(arena_format(&arena, &path, "%s/%.*s%c", tap_corpus(), SLICE_FMT(file), '\0'));
    int r = os_read_file(&os_real, path.ptr, FILE_BYTES_MAX, &arena, &bytes);
    if (expect_ok(r)) {
        decode_file(golden, bytes);
    } else {
        tap_note("%s", path.ptr);
    }
}

/* --- the list -----------------------------------------------------------------------------------
 */

static Slice list_path(Arena *arena)
{
    Slice path = {0};
    expect_ok(arena_format(arena, &path, "%s/tests/golden/corpus_sentences.tsv%c",
                           tap_source_root(), '\0'));
    return path;
}

static bool read_entry(Slice line, Entry *entry)
{
    Slice number = {0};
    uint64_t index = 0;
    *entry = (Entry){0};
    slice_cut(&line, '\t', &entry->file);
    slice_cut(&line, '\t', &number);
    slice_cut(&line, '\t', &entry->verb);
    slice_cut(&line, '\t', &entry->sum);
    for (size_t i = 0; i < number.len; i++) {
        index = index * 10 + (uint64_t)(number.ptr[i] - '0');
    }
    entry->index = index;
    return number.len > 0;
}

static void read_list(Golden *golden)
{
    Slice text, line;
    if (!expect_ok(os_read_file(&os_real, list_path(&golden->arena).ptr, 1 << 20, &golden->arena,
                                &text))) {
        return;
    }
    golden->entries = ARENA_ARRAY(&golden->arena, Entry, text.len / 2 + 1);
    while (slice_cut(&text, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#') continue;
        if (expect(read_entry(line, &golden->entries[golden->count]))) golden->count++;
    }
}

static void write_list(Golden *golden)
{
    CLEANUP(buf_done) Buf text = {0};
    buf_add_cstr(
        &text,
        "# Corpus file, number of the event in it, verb, SHA-256 of the Japanese sentence, a "
        "newline and the English one.\n"
        "# AKASHI_SHOW=1 golden_corpus_test prints the sentences.\n");
    for (size_t i = 0; i < golden->count; i++) {
        const Entry *entry = &golden->entries[i];
        buf_add_format(&text, "%.*s\t%llu\t%.*s\t%.*s\n", SLICE_FMT(entry->file),
                       (unsigned long long)entry->index, SLICE_FMT(entry->got_verb), SUM_CHARS,
                       entry->got_sum);
    }
    int fd = os_real.open(os_real.state, list_path(&golden->arena).ptr,
                          O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (!expect_ok(fd)) return;
    expect_ok(os_write_full(&os_real, fd, text.ptr, text.len));
    expect_ok(os_real.close(os_real.state, fd));
}

static void compare(const Golden *golden)
{
    for (size_t i = 0; i < golden->count; i++) {
        const Entry *entry = &golden->entries[i];
        bool same = expect_slice(entry->got_verb, entry->verb);
        same = expect_slice(slice_of(entry->got_sum, SUM_CHARS), entry->sum) && same;
        if (!same) {
            tap_note("%.*s %llu", SLICE_FMT(entry->file), (unsigned long long)entry->index);
        }
    }
}

static void records_of_the_corpus_read_as_accepted(void)
{
    if (!tap_corpus()) {
        tap_skip("no corpus");
        return;
    }
    Golden golden = {0};
    read_list(&golden);
    expect(golden.count >= 60);
    for (size_t i = 0; i < golden.count; i++) {
        /* The list has a file's entries together. */
        if (i > 0 && slice_eq(golden.entries[i].file, golden.entries[i - 1].file)) continue;
        read_corpus_file(&golden, golden.entries[i].file);
    }
    if (is_set("AKASHI_ACCEPT")) {
        write_list(&golden);
    } else {
        compare(&golden);
    }
    arena_done(&golden.arena);
}

static const TapTest tests[] = {
    TAP_TEST(records_of_the_corpus_read_as_accepted),
};
TAP_MAIN(tests)
