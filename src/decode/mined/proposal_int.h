/* Between proposal.c (what was seen), proposal_write.c (the definition's keys), proposal_frame.c
 * (time and header) and proposal_pattern.c (sentences). */
#ifndef AKASHI_DECODE_PROPOSAL_INT_H
#define AKASHI_DECODE_PROPOSAL_INT_H

#include "decode/mined/column_guess.h"
#include "decode/mined/proposal.h"

/* Lines of one EventFormat. */
typedef struct LineStream {
    uint64_t lines;
    ShapeSeen shape;
    Miner *miner; /* NULL: none was needed yet, or the lines are JSON */
    Buf held;
    size_t held_count;
    struct {
        uint32_t raw_at, raw_len;   /* the whole line */
        uint32_t text_at, text_len; /* its message */
    } lines_held[PROPOSAL_HELD_LINES];
} LineStream;

#define TAG_BYTES_MAX 64

typedef struct TagSeen {
    char text[TAG_BYTES_MAX];
    size_t len;
    bool claimed;
} TagSeen;

/* A column of a table, a name of pairs or of JSON. */
typedef struct ColumnSeen {
    char name[64]; /* longer names are no columns */
    size_t name_len;
    uint32_t lines;
    uint32_t kinds[VALUE_KINDS];
    uint32_t times; /* lines in which it is a time */
    LineTime time;  /* the last of them */
} ColumnSeen;

struct Proposal {
    uint64_t seed;
    LineStream streams[4]; /* by EventFormat; of Windows events nothing is kept */
    TagSeen tags[PROPOSAL_TAGS_MAX];
    size_t tag_count;
    ColumnSeen columns[PROPOSAL_COLUMNS_MAX];
    size_t column_count;
};

static inline Slice held_raw(const LineStream *stream, size_t at)
{
    return slice_of(stream->held.ptr + stream->lines_held[at].raw_at,
                    stream->lines_held[at].raw_len);
}
static inline Slice held_text(const LineStream *stream, size_t at)
{
    return slice_of(stream->held.ptr + stream->lines_held[at].text_at,
                    stream->lines_held[at].text_len);
}

/* Nothing in it has no place in YAML 1.1 (5.1, character set): samples and patterns are written as
 * they came. */
bool proposal_is_clean(Slice text);
/* One more value of a column; the column is made when need be. */
void proposal_see_column(Proposal *proposal, Slice name, Slice value);
/* The kind most of its values have. */
ValueKind proposal_column_kind(const ColumnSeen *column);

/* A text in single quotes. */
void proposal_add_quoted(Buf *to, Slice text);
/* Text of a pattern: { doubled, ready to stand in single quotes. */
void proposal_add_text(Buf *to, Slice text);

/* The names used in one pattern, so that none comes twice. */
#define NAMES_MAX 64
typedef struct NamesUsed {
    char names[NAMES_MAX][40];
    size_t count;
} NamesUsed;
/* Takes the name, with a number behind it when it was there: *to has room for 40. */
void proposal_take_name(NamesUsed *used, const char *name, char *to);

typedef struct FrameWriting {
    const LineStream *stream;
    Buf *yaml;
    ProposalSummary *summary;
} FrameWriting;
/* `frame:` lines of `take`, when the lines have a header. */
void proposal_add_frame(const FrameWriting *writing);
/* The key `time`, when the header has one. */
void proposal_add_time(const FrameWriting *writing);
/* A regular expression for the line's begin, without quotes; false: no line has a header. */
bool proposal_add_regex(const FrameWriting *writing, Buf *to);
/* Of a time format, for a regular expression. */
void proposal_add_time_regex(Buf *to, const char *format);

/* Names that the lines themselves gave to values, over all patterns: a definition has a maximum of
 * names (SOURCE_SLOTS_MAX), so past OWN_NAMES_MAX values are called by their kind. */
#define OWN_NAMES_MAX 120
typedef struct OwnNames {
    char names[OWN_NAMES_MAX][32];
    size_t count;
} OwnNames;
/* The pattern of a template, ready to stand in single quotes. */
void proposal_add_pattern(const Template *template, OwnNames *own, Buf *to);
/* A name of small letters, digits and _ from its words, at most 40 bytes with its NUL. */
void proposal_take_rule(const Template *template, NamesUsed *used, char *to);
/* Words say that something failed. */
bool proposal_template_fails(const Template *template);

/* What is being written. */
typedef struct Writing {
    Proposal *proposal;
    const LineStream *stream;
    EventFormat format;
    Buf *yaml;
    ProposalSummary *summary;
    char separator; /* of a table */
    bool named;     /* its first line names the columns */
} Writing;

/* proposal_table.c: a first line of names only, over lines with values. */
bool proposal_has_names(const Writing *writing);

/* proposal_table.c: recognise, take, time and fields of everything but sentences. */
void proposal_write_table(const Writing *writing);
/* proposal_write.c: ways to recognise lines behind a syslog header; false: no tag tells them apart.
 */
bool proposal_write_tags(const Writing *writing);

#endif
