/* See proposal.h: the definition from its first line to its samples. */
#include "decode/mined/proposal_int.h"

#include <errno.h>
#include <stdlib.h>

/* --- sentences -------------------------------------------------------------------------------- */

/* What one definition holds of the templates. */
typedef struct Chosen {
    const Template *templates[PROPOSAL_MESSAGES_MAX];
    size_t numbers[PROPOSAL_MESSAGES_MAX]; /* of the miner */
    char rules[PROPOSAL_MESSAGES_MAX][40];
    size_t count;
    size_t of_held[PROPOSAL_HELD_LINES]; /* the template of each held line */
    OwnNames own;
} Chosen;

static size_t own_words(const Template *template)
{
    size_t count = 0;
    for (size_t i = 0; i < template->word_count; i++) {
        count += template->words[i].hash != WORD_MASK;
    }
    return count;
}

/* A pattern of one piece alone would take everything. */
static bool is_usable(const Template *template)
{
    return own_words(template) > 0 &&
           proposal_is_clean(slice_of(template->example, template->example_len));
}

/* A held line of this template, so that its text can be written down as it is; SIZE_MAX: none. */
static size_t held_of(const Writing *writing, const Chosen *chosen, size_t number)
{
    for (size_t i = 0; i < writing->stream->held_count; i++) {
        if (chosen->of_held[i] == number) return i;
    }
    return SIZE_MAX;
}

/* The first pattern that fits counts: so those that say more come first. */
static void sort_by_words(Chosen *chosen)
{
    for (size_t i = 1; i < chosen->count; i++) {
        for (size_t k = i;
             k > 0 && own_words(chosen->templates[k]) > own_words(chosen->templates[k - 1]); k--) {
            const Template *template = chosen->templates[k];
            size_t number = chosen->numbers[k];
            chosen->templates[k] = chosen->templates[k - 1];
            chosen->numbers[k] = chosen->numbers[k - 1];
            chosen->templates[k - 1] = template;
            chosen->numbers[k - 1] = number;
        }
    }
}

static void choose(const Writing *writing, Chosen *chosen)
{
    const Miner *miner = writing->stream->miner;
    NamesUsed used = {0};
    size_t looked_at = miner_template_count(miner);
    for (size_t i = 0; i < writing->stream->held_count; i++) {
        chosen->of_held[i] = miner_match(writing->stream->miner, held_text(writing->stream, i));
    }
    if (looked_at > 4 * PROPOSAL_MESSAGES_MAX) looked_at = 4 * PROPOSAL_MESSAGES_MAX;
    for (size_t i = 0; i < looked_at && chosen->count < PROPOSAL_MESSAGES_MAX; i++) {
        const Template *template = miner_template(miner, i);
        if (!is_usable(template) || held_of(writing, chosen, i) == SIZE_MAX) continue;
        chosen->templates[chosen->count] = template;
        chosen->numbers[chosen->count++] = i;
    }
    sort_by_words(chosen);
    for (size_t i = 0; i < chosen->count; i++) {
        proposal_take_rule(chosen->templates[i], &used, chosen->rules[i]);
    }
}

static void write_messages(const Writing *writing, Chosen *chosen)
{
    Buf *to = writing->yaml;
    if (chosen->count > 0) buf_add_cstr(to, "messages:\n");
    for (size_t i = 0; i < chosen->count; i++) {
        buf_add_format(to, "  - rule: %s   # %llu\n    verb: OTHER\n", chosen->rules[i],
                       (unsigned long long)chosen->templates[i]->count);
        if (proposal_template_fails(chosen->templates[i]))
            buf_add_cstr(to, "    outcome: failure\n");
        buf_add_cstr(to, "    pattern: '");
        proposal_add_pattern(chosen->templates[i], &chosen->own, to);
        buf_add_cstr(to, "'\n");
    }
}

/* Samples show the user what comes out, and `akashi sources test` runs them. */
static void write_samples(const Writing *writing, const Chosen *chosen, Slice name)
{
    Buf *to = writing->yaml;
    const LineStream *stream = writing->stream;
    bool sentences = chosen->count > 0;
    size_t count = sentences ? chosen->count : stream->held_count, written = 0;
    bool after_header =
        writing->summary->shape == SHAPE_W3C || writing->summary->shape == SHAPE_TABLE;
    const char *rule = writing->summary->shape == SHAPE_TEXT || writing->summary->shape == SHAPE_XML
                           ? "other" /* no sentence was frequent enough */
                           : "line";
    for (size_t i = after_header ? 1 : 0; i < count && written < PROPOSAL_SAMPLES_MAX; i++) {
        size_t at = sentences ? held_of(writing, chosen, chosen->numbers[i]) : i;
        if (after_header && slice_starts(held_text(stream, at), SLICE("#"))) continue;
        buf_add_format(to, "%s  - kind: captured\n    from: %.*s\n", written ? "" : "samples:\n",
                       SLICE_FMT(name));
        if (writing->summary->shape == SHAPE_W3C || (writing->named && at > 0)) {
            size_t header = 0;
            while (writing->summary->shape == SHAPE_W3C && header + 1 < stream->held_count &&
                   !slice_starts(held_text(stream, header), SLICE("#Fields:"))) {
                header++;
            }
            buf_add_cstr(to, "    before: [");
            proposal_add_quoted(to, held_raw(stream, header));
            buf_add_cstr(to, "]\n");
        }
        buf_add_cstr(to, "    text: ");
        proposal_add_quoted(to, held_raw(stream, at));
        buf_add_format(to, "\n    expect: {akashi.rule: %.*s.%s}\n", SLICE_FMT(name),
                       sentences ? chosen->rules[i] : rule);
        written++;
    }
}

/* --- recognising ------------------------------------------------------------------------------ */

bool proposal_write_tags(const Writing *writing)
{
    const Proposal *proposal = writing->proposal;
    size_t written = 0;
    if (writing->format != EVENT_SYSLOG) return false;
    for (size_t i = 0; i < proposal->tag_count; i++) {
        const TagSeen *tag = &proposal->tags[i];
        if (tag->claimed) continue;
        buf_add_cstr(writing->yaml, written++ ? ", " : "  - tag: [");
        proposal_add_quoted(writing->yaml, slice_of(tag->text, tag->len));
    }
    if (written > 0) buf_add_cstr(writing->yaml, "]\n");
    writing->summary->marks += written;
    return written > 0;
}

/* The longest text of the template's own between two values. */
static Slice longest_literal(const Template *template)
{
    Slice best = {0};
    size_t begin = 0;
    for (size_t i = 0; i <= template->word_count; i++) {
        bool end = i == template->word_count;
        if (!end && template->words[i].hash != WORD_MASK) continue;
        size_t to = end ? template->example_len : template->words[i].begin;
        if (to > template->example_len) to = template->example_len;
        Slice text = to > begin ? slice_of(template->example + begin, to - begin) : (Slice){0};
        if (text.len > best.len) best = text;
        if (!end) begin = template->words[i].begin + template->words[i].len;
    }
    /* a cut in the middle of a character would not be text */
    size_t len = best.len < 60 ? best.len : 60;
    while (len > 0 && len < best.len && ((unsigned char)best.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return slice_trim(slice_first(best, len));
}

/* Without a time or tag, each sentence is known by its own words. */
static void write_literals(const Writing *writing, const Chosen *chosen)
{
    for (size_t i = 0; i < chosen->count && i < 24; i++) {
        Slice literal = longest_literal(chosen->templates[i]);
        if (literal.len < 3) continue;
        writing->summary->marks++;
        buf_add_cstr(writing->yaml, "  - contains: [");
        proposal_add_quoted(writing->yaml, literal);
        buf_add_cstr(writing->yaml, "]\n");
    }
}

static void write_sentences(const Writing *writing, Chosen *chosen)
{
    const FrameWriting frame = {writing->stream, writing->yaml, writing->summary};
    CLEANUP(buf_done) Buf regex = {0};
    buf_add_cstr(writing->yaml, "recognise:\n");
    if (!proposal_write_tags(writing)) {
        if (proposal_add_regex(&frame, &regex)) {
            writing->summary->marks++;
            buf_add_cstr(writing->yaml, "  - regex: ");
            proposal_add_quoted(writing->yaml, buf_slice(&regex));
            buf_add_char(writing->yaml, '\n');
        } else {
            write_literals(writing, chosen);
        }
    }
    buf_add_cstr(writing->yaml, "take:\n  as: nothing\n");
    proposal_add_frame(&frame);
    proposal_add_time(&frame);
    write_messages(writing, chosen);
}

/* --- the definition --------------------------------------------------------------------------- */

static void write_head(const Writing *writing, Slice name)
{
    const ProposalSummary *summary = writing->summary;
    buf_add_format(writing->yaml,
                   "# %llu 行から作った案です。名前や項目を直し、recognise "
                   "をもっと絞ってから使ってください。\n"
                   "# A proposal made from %llu lines: correct the names and fields, and make "
                   "`recognise` narrower.\n"
                   "name: %.*s\ntitle: {ja: %.*s, en: %.*s}\n",
                   (unsigned long long)summary->lines, (unsigned long long)summary->lines,
                   SLICE_FMT(name), SLICE_FMT(name), SLICE_FMT(name));
}

static LineStream *largest_stream(Proposal *proposal, EventFormat *ret_format, uint64_t *ret_others)
{
    size_t best = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < ARRAY_COUNT(proposal->streams); i++) {
        all += proposal->streams[i].lines;
        if (proposal->streams[i].lines > proposal->streams[best].lines) best = i;
    }
    *ret_format = (EventFormat)best;
    *ret_others = all - proposal->streams[best].lines;
    return &proposal->streams[best];
}

int proposal_write(Proposal *proposal, Slice name, Buf *yaml, ProposalSummary *ret)
{
    ProposalSummary summary = {0};
    EventFormat format;
    LineStream *stream = largest_stream(proposal, &format, &summary.others);
    Writing writing = {.proposal = proposal,
                       .stream = stream,
                       .format = format,
                       .yaml = yaml,
                       .summary = &summary};
    size_t columns;
    if (stream->held_count == 0) return -ENODATA;
    summary.lines = stream->lines;
    summary.shape = SHAPE_JSON;
    Chosen *chosen = calloc(1, sizeof *chosen);
    int r = !chosen ? -ENOMEM : stream->miner ? miner_finish(stream->miner) : 0;
    if (r == 0 && stream->miner) {
        summary.shape = shape_judge(&stream->shape, &writing.separator, &columns);
        summary.templates = miner_template_count(stream->miner);
        summary.forgotten = miner_counts(stream->miner).forgotten;
    }
    bool sentences = summary.shape == SHAPE_TEXT || summary.shape == SHAPE_XML;
    writing.named = summary.shape == SHAPE_TABLE && proposal_has_names(&writing);
    if (r == 0) {
        write_head(&writing, name);
        if (sentences) choose(&writing, chosen);
        if (sentences) write_sentences(&writing, chosen);
        if (!sentences) proposal_write_table(&writing);
        write_samples(&writing, chosen, name);
        r = buf_error(yaml) ? -ENOMEM : summary.marks == 0 ? -ENODATA : 0;
    }
    free(chosen);
    if (r == 0) *ret = summary;
    return r;
}
