/* See miner.h. */
#include "decode/mined/miner_int.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

enum {
    SLOT_COUNT = 2 * MINER_SKELETONS_MAX, /* power of two */
    CACHE_COUNT = 4096,                   /* power of two */
    NAME_COUNT = 4096,                    /* power of two */
    NAMES_MAX = NAME_COUNT / 2,           /* further names are not remembered */
    MERGES_ALWAYS = 4, /* a table that keeps filling up is merged each time only so often, */
    MERGES_EVERY = 8,  /* then so seldom: a flood of unique lines must not cost more than that */
    ROOM_SHARE = 4,    /* after making room at least 1/4 of the table is free */
};

typedef struct CacheEntry {
    uint64_t sum;
    uint32_t at; /* template + 1 */
} CacheEntry;

struct Miner {
    uint64_t seed; /* set at start, then read-only */
    HeaderSeen seen;
    HeaderLayout layout;
    bool has_layout, finished;
    Buf held; /* the first lines, each behind its length */
    size_t held_lines;
    MinerCounts counts;
    size_t count;                                  /* templates in use */
    uint32_t slots[SLOT_COUNT];                    /* template + 1 by sum; 0: empty */
    uint32_t by_word_count[MESSAGE_WORDS_MAX + 1]; /* chains of merged ones: template + 1 */
    CacheEntry cache[CACHE_COUNT];                 /* which merged template a skeleton belongs to */
    uint64_t names[NAME_COUNT];                    /* seen inside of masks, by hash; 0: empty */
    size_t name_count;
    MessageWords words; /* of the line at work */
    Template templates[MINER_SKELETONS_MAX];
};

Miner *miner_new(uint64_t seed)
{
    Miner *miner = calloc(1, sizeof *miner);
    if (!miner) return NULL;
    miner->seed = seed;
    miner->held.bytes_max = 2 * MINER_HELD_BYTES;
    return miner;
}

void miner_free(Miner *miner)
{
    if (!miner) return;
    buf_done(&miner->held);
    free(miner);
}

/* --- finding ---------------------------------------------------------------------------------- */

static uint32_t *slot_of(Miner *miner, uint64_t sum)
{
    size_t at = (sum ^ (sum >> 31)) & (SLOT_COUNT - 1);
    while (miner->slots[at] && miner->templates[miner->slots[at] - 1].sum != sum) {
        at = (at + 1) & (SLOT_COUNT - 1);
    }
    return &miner->slots[at];
}

static bool covers(const Template *template, const MessageWords *words)
{
    for (size_t i = 0; i < words->count; i++) {
        uint64_t want = template->words[i].hash;
        if (want != WORD_MASK && want != words->at[i].hash) return false;
    }
    return true;
}

/* Of the merged templates that cover the words the one with the most words of its own; of equal
 * ones the first. template + 1; 0: none. */
static uint32_t find_merged(const Miner *miner, const MessageWords *words)
{
    uint32_t best = 0;
    size_t best_words = 0;
    for (uint32_t at = miner->by_word_count[words->count]; at; at = miner->templates[at - 1].next) {
        const Template *template = &miner->templates[at - 1];
        if (!covers(template, words)) continue;
        size_t own = 1;
        for (size_t i = 0; i < words->count; i++) {
            own += template->words[i].hash != WORD_MASK;
        }
        if (own <= best_words) continue;
        best_words = own;
        best = at;
    }
    return best;
}

static uint32_t find(Miner *miner, const MessageWords *words)
{
    uint32_t at = *slot_of(miner, words->sum);
    if (at) return at;
    if (!miner->by_word_count[words->count]) return 0;
    CacheEntry *entry = &miner->cache[(words->sum ^ (words->sum >> 31)) & (CACHE_COUNT - 1)];
    if (entry->at && entry->sum == words->sum) return entry->at;
    at = find_merged(miner, words);
    if (at) *entry = (CacheEntry){.sum = words->sum, .at = at};
    return at;
}

/* --- names ------------------------------------------------------------------------------------ */

static uint64_t *name_slot(Miner *miner, uint64_t hash)
{
    size_t at = (hash ^ (hash >> 31)) & (NAME_COUNT - 1);
    while (miner->names[at] && miner->names[at] != hash) {
        at = (at + 1) & (NAME_COUNT - 1);
    }
    return &miner->names[at];
}

static void learn_names(Miner *miner, const MessageWords *words)
{
    for (size_t i = 0; i < words->name_count && miner->name_count < NAMES_MAX; i++) {
        uint64_t *slot = name_slot(miner, words->names[i]);
        miner->name_count += *slot == 0;
        *slot = words->names[i];
    }
}

/* A word that is the name of something elsewhere is likely one in a sentence too. */
static int merge(Miner *miner)
{
    for (size_t i = 0; i < miner->count; i++) {
        Template *template = &miner->templates[i];
        for (size_t k = 0; k < template->word_count; k++) {
            MessageWord *word = &template->words[k];
            word->known = word->hash != WORD_MASK && *name_slot(miner, word->hash) != 0;
        }
    }
    return miner_merge(miner->templates, miner->count);
}

/* --- the table -------------------------------------------------------------------------------- */

/* Takes the dead out and makes slots, chains and cache anew. */
static void rebuild(Miner *miner)
{
    size_t kept = 0;
    memset(miner->slots, 0, sizeof miner->slots);
    memset(miner->by_word_count, 0, sizeof miner->by_word_count);
    memset(miner->cache, 0, sizeof miner->cache);
    for (size_t i = 0; i < miner->count; i++) {
        if (miner->templates[i].count == 0) continue;
        if (kept != i) miner->templates[kept] = miner->templates[i];
        kept++;
    }
    miner->count = kept;
    for (size_t i = kept; i-- > 0;) {
        Template *template = &miner->templates[i];
        *slot_of(miner, template->sum) = (uint32_t)i + 1;
        template->next = 0;
        if (!template->merged) continue;
        template->next = miner->by_word_count[template->word_count];
        miner->by_word_count[template->word_count] = (uint32_t)i + 1;
    }
}

/* Forgets skeletons that were met once, oldest first, until enough room is there; when those are
 * not enough, whatever was met least. */
static void forget(Miner *miner)
{
    size_t alive = 0, wanted = MINER_SKELETONS_MAX - MINER_SKELETONS_MAX / ROOM_SHARE;
    for (size_t i = 0; i < miner->count; i++) {
        alive += miner->templates[i].count > 0;
    }
    for (uint64_t least = 1; alive > wanted; least *= 4) {
        for (size_t i = 0; i < miner->count && alive > wanted; i++) {
            Template *template = &miner->templates[i];
            if (template->count == 0 || template->count > least) continue;
            miner->counts.forgotten += template->count;
            template->count = 0;
            alive--;
        }
    }
}

static int make_room(Miner *miner)
{
    uint64_t times = miner->counts.merges++;
    int r = 0;
    if (times < MERGES_ALWAYS || times % MERGES_EVERY == 0) r = merge(miner);
    forget(miner);
    rebuild(miner);
    return r;
}

static int insert(Miner *miner, Slice message, const MessageWords *words)
{
    if (miner->count == MINER_SKELETONS_MAX) {
        int r = make_room(miner);
        if (r < 0) return r;
        uint32_t at = find(miner, words);
        if (at) {
            miner->templates[at - 1].count++;
            return 0;
        }
    }
    Template *template = &miner->templates[miner->count++];
    *template = (Template){.sum = words->sum, .count = 1, .word_count = (uint16_t)words->count};
    memcpy(template->words, words->at, words->count * sizeof words->at[0]);
    template->is_cut = message.len > MINER_EXAMPLE_BYTES || words->count == MESSAGE_WORDS_MAX;
    size_t len = slice_first(message, MINER_EXAMPLE_BYTES).len;
    while (len > 0 && len < message.len && ((unsigned char)message.ptr[len] & 0xc0) == 0x80) {
        len--; /* not in the middle of a character */
    }
    template->example_len = (uint16_t)len;
    if (message.len > 0) memcpy(template->example, message.ptr, template->example_len);
    *slot_of(miner, words->sum) = (uint32_t)miner->count;
    return 0;
}

/* --- feeding ---------------------------------------------------------------------------------- */

static Slice message_of(const Miner *miner, Slice line)
{
    size_t header = header_layout_apply(&miner->layout, line, NULL, NULL);
    return slice_trim(slice_skip(line, header));
}

static int feed_message(Miner *miner, Slice message)
{
    MessageWords *words = &miner->words;
    message_words_take(message, miner->seed, words);
    learn_names(miner, words);
    uint32_t at = find(miner, words);
    if (!at) return insert(miner, message, words);
    miner->templates[at - 1].count++;
    return 0;
}

static int learn_layout(Miner *miner)
{
    Slice held = buf_slice(&miner->held);
    miner->layout = header_layout_make(&miner->seen);
    miner->has_layout = true;
    while (held.len > 0) {
        uint32_t len;
        memcpy(&len, held.ptr, sizeof len);
        Slice line = slice_first(slice_skip(held, sizeof len), len);
        held = slice_skip(held, sizeof len + len);
        int r = feed_message(miner, message_of(miner, line));
        if (r < 0) return r;
    }
    buf_done(&miner->held);
    return 0;
}

static int hold(Miner *miner, Slice line)
{
    uint32_t len = (uint32_t)line.len;
    header_seen_add(&miner->seen, line);
    buf_add(&miner->held, &len, sizeof len);
    buf_add_slice(&miner->held, line);
    if (buf_error(&miner->held)) return -ENOMEM;
    miner->held_lines++;
    bool enough = miner->held_lines == MINER_HELD_LINES || miner->held.len >= MINER_HELD_BYTES;
    return enough ? learn_layout(miner) : 0;
}

int miner_feed(Miner *miner, Slice line)
{
    line = slice_first(line, HEADER_BYTES_MAX + MESSAGE_BYTES_MAX);
    if (line.len == 0) return 0;
    miner->counts.lines++;
    return miner->has_layout ? feed_message(miner, message_of(miner, line)) : hold(miner, line);
}

static int by_count(const void *a, const void *b)
{
    const Template *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return x->sum < y->sum ? -1 : x->sum > y->sum;
}

int miner_finish(Miner *miner)
{
    int r = miner->has_layout ? 0 : learn_layout(miner);
    if (r == 0) r = merge(miner);
    if (r < 0) return r;
    rebuild(miner);
    qsort(miner->templates, miner->count, sizeof miner->templates[0], by_count);
    rebuild(miner);
    miner->finished = true;
    return 0;
}

const HeaderLayout *miner_layout(const Miner *miner)
{
    return &miner->layout;
}

MinerCounts miner_counts(const Miner *miner)
{
    return miner->counts;
}

size_t miner_template_count(const Miner *miner)
{
    return miner->count;
}

const Template *miner_template(const Miner *miner, size_t index)
{
    return &miner->templates[index];
}

size_t miner_match(Miner *miner, Slice line)
{
    line = slice_first(line, HEADER_BYTES_MAX + MESSAGE_BYTES_MAX);
    message_words_take(message_of(miner, line), miner->seed, &miner->words);
    uint32_t at = find(miner, &miner->words);
    return at ? at - 1 : SIZE_MAX;
}
