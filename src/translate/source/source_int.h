/* Inside source/: the compiled form of a definition. Everything here is in the set's arena and
 * read-only once the set is finished; what changes from line to line is in SourceRunner. */
#ifndef AKASHI_TRANSLATE_SOURCE_INT_H
#define AKASHI_TRANSLATE_SOURCE_INT_H

#include "base/regex.h"
#include "record/record.h"
#include "translate/source/source.h"

/* --- names: each source field that a definition mentions has a slot --------------------------- */

#define SOURCE_SLOTS_MAX 320 /* a definition that mentions more names is refused */
#define SOURCE_SLOT_TABLE 1024

/* Slots that every definition has, in this order. */
enum {
    SLOT_MESSAGE,  /* `message`: the text behind the syslog header, or the whole line */
    SLOT_WHOLE,    /* `whole`: the same with the syslog tag in front, where there is one */
    SLOT_HOST,     /* `syslog.host` */
    SLOT_TAG,      /* `syslog.tag` */
    SLOT_PID,      /* `syslog.pid` */
    SLOT_SEVERITY, /* `syslog.severity` */
    SLOT_MSGID,    /* `syslog.msgid` */
    SLOT_FIXED_COUNT,
};

typedef struct SourceSlots {
    size_t count;
    Slice names[SOURCE_SLOTS_MAX];
    int16_t record_field[SOURCE_SLOTS_MAX]; /* a name from a pattern or column that is a record's */
    uint16_t table[SOURCE_SLOT_TABLE];      /* slot + 1; 0: empty */
} SourceSlots;

/* Not keyed: only the definition's own names are in the table, so a stranger's names cannot make
 * its chains longer. */
static inline uint32_t source_name_hash(Slice name)
{
    uint64_t a = 0, b = 0;
    if (name.len >= 8) {
        memcpy(&a, name.ptr, 8);
        memcpy(&b, name.ptr + name.len - 8, 8);
    } else if (name.len >= 4) {
        memcpy(&a, name.ptr, 4);
        memcpy(&b, name.ptr + name.len - 4, 4);
    } else if (name.len > 0) {
        a = (unsigned char)name.ptr[0];
        b = (unsigned char)name.ptr[name.len / 2] | (uint64_t)(unsigned char)name.ptr[name.len - 1]
                                                        << 8;
    }
    uint64_t mixed = (a ^ (b * 0x9E3779B97F4A7C15u) ^ name.len) * 0xD6E8FEB86659FD93u;
    return (uint32_t)(mixed >> 32);
}

/* -1: the definition does not mention the name. */
static inline int source_slot_of(const SourceSlots *slots, Slice name, uint32_t hash)
{
    for (size_t at = hash & (SOURCE_SLOT_TABLE - 1); slots->table[at];
         at = (at + 1) & (SOURCE_SLOT_TABLE - 1)) {
        int slot = slots->table[at] - 1;
        if (slice_eq(slots->names[slot], name)) return slot;
    }
    return -1;
}

/* --- values ----------------------------------------------------------------------------------- */

/* A text with slots in it: `{service}/{dstport}`. */
typedef struct SourcePiece {
    Slice text; /* before the slot */
    int slot;   /* -1: only the text */
} SourcePiece;

typedef struct SourceMapEntry {
    Slice from, to;
} SourceMapEntry;

typedef struct SourceValue {
    enum { VALUE_NONE, VALUE_TEXT, VALUE_SLOTS, VALUE_TEMPLATE, VALUE_FIRST } kind;
    Slice text;
    const uint16_t *slots; /* the first that is not empty */
    size_t slot_count;
    const SourcePiece *pieces;
    size_t piece_count;
    const struct SourceValue
        *choices; /* of VALUE_FIRST: names, texts and templates, without maps */
    size_t choice_count;
    const SourceMapEntry *map; /* in the order of `from` */
    size_t map_count;
    bool has_otherwise; /* what the map does not hold becomes `otherwise`; without: stays */
    Slice otherwise;
} SourceValue;

/* Places of a record that are not one text field. */
enum {
    TARGET_USER_ACCOUNT = RECORD_FIELD_COUNT, /* DOMAIN\name or name@domain, taken apart */
    TARGET_USER_TARGET_ACCOUNT,
    TARGET_COUNT, /* akashi.count */
    TARGETS_END,
};

typedef struct SourceSetter {
    int target; /* RecordField or one of the above */
    SourceValue value;
} SourceSetter;

typedef struct SourceSetters {
    SourceSetter *at;
    size_t count;
} SourceSetters;

/* --- conditions ------------------------------------------------------------------------------- */

#define SOURCE_MATCH_PARTS_MAX 8

typedef struct SourceMatch {
    enum {
        MATCH_EXACT,
        MATCH_STARTS,
        MATCH_ENDS,
        MATCH_HOLDS,
        MATCH_PARTS, /* `a*b*c` */
        MATCH_RANGE,
        MATCH_PRESENT
    } kind;
    Slice text;
    const Slice *parts; /* what stands around the stars: the first begins the value, the last ends
                           it; either may be empty */
    size_t part_count;
    uint64_t least, most;
} SourceMatch;

/* Holds when one of the matches does; negated: when none does. */
typedef struct SourceTest {
    uint16_t slot;
    bool negated;
    bool any_case; /* ASCII letters: SQL and such are written either way */
    const SourceMatch *matches;
    size_t match_count;
} SourceTest;

/* --- patterns --------------------------------------------------------------------------------- */

typedef enum PieceKind {
    PIECE_WORD, /* no blanks */
    PIECE_TEXT, /* up to the first place where the text behind it stands */
    PIECE_LAST, /* up to the last such place */
    PIECE_NUMBER,
    PIECE_ADDRESS,
    PIECE_MAC,
    PIECE_HEX,
    PIECE_QUOTED, /* "..." or a word; without its quotes */
} PieceKind;

typedef struct PatternPiece {
    Slice literal; /* what must stand before the piece */
    int slot;      /* -1: the value is not kept; -2: the pattern's end, nothing but the literal */
    PieceKind kind;
} PatternPiece;

#define SOURCE_PATTERN_PIECES_MAX 64

/* Must cover the whole text. Each piece is looked for once, so the time is linear in the text for
 * each piece. */
typedef struct SourcePattern {
    const PatternPiece *pieces;
    size_t count;
} SourcePattern;

/* --- times ------------------------------------------------------------------------------------ */

#define SOURCE_TIME_STEPS_MAX 40

typedef struct TimeStep {
    char directive; /* 0: a literal byte */
    char literal;
} TimeStep;

typedef struct SourceTime {
    SourceValue of;
    SourceValue zone; /* VALUE_NONE: the zone of the translator */
    bool epoch;       /* seconds, ms, us or ns since 1970, told apart by their size */
    const TimeStep *steps;
    size_t step_count;
} SourceTime;

/* --- taking apart ----------------------------------------------------------------------------- */

typedef enum TakeKind {
    TAKE_NOTHING, /* patterns only */
    TAKE_KV,
    TAKE_CSV,
    TAKE_CEF,
    TAKE_LEEF,
    TAKE_JSON, /* the decoder took it apart */
} TakeKind;

#define SOURCE_COLUMNS_MAX 256 /* further columns of a line are left in its text only */

#define SOURCE_LISTS_MAX 8

/* A JSON array of objects. Without `name` the members of one object count: the first in whose list
 * `prefer_of` one object holds all of `prefer`, else the first; with it each
 * object is a pair: one member holds the name, the first of `values` that is there the value. */
typedef struct SourceList {
    uint16_t of;  /* the slot of the array's text */
    Slice prefix; /* its name, in front of the names of its values */
    Slice name;
    const Slice *values;
    size_t value_count;
    Slice prefer_of;
    const Slice *prefer;
    size_t prefer_count;
} SourceList;

typedef struct SourceTake {
    TakeKind kind;
    uint16_t of;          /* the slot that is taken apart */
    char separator;       /* of kv and csv; a blank also stands for tabs */
    char pair;            /* of kv: between name and value */
    bool header;          /* csv: a line with the names of the columns comes first */
    Slice header_prefix;  /* what that line begins with: `#Fields: `; may be empty */
    const Slice *columns; /* csv: names; `-`: not kept */
    size_t column_count;
    size_t columns_least;    /* a line with fewer is not this source's */
    Slice column;            /* json: of a table, where the object stands; empty: no table */
    const SourceList *lists; /* json: in the order they are taken, so that one may be in another */
    size_t list_count;
} SourceTake;

/* --- recognising ------------------------------------------------------------------------------ */

typedef enum AtomKind { ATOM_LITERAL, ATOM_TAG, ATOM_NAME, ATOM_NAME_VALUE } AtomKind;

/* One thing that a line must show. */
typedef struct SourceAtom {
    AtomKind kind;
    Slice text;  /* the literal, the tag, the name of a JSON field */
    Slice value; /* of ATOM_NAME_VALUE */
} SourceAtom;

/* All of it must hold. */
typedef struct SourceMark {
    const SourceAtom *atoms;
    size_t atom_count;
    Slice starts;       /* what `whole` or `message` begins with; also one of the atoms */
    const Regex *regex; /* of message, after everything else held; or NULL */
    bool header;        /* the line is the header of a table */
    unsigned score;     /* how much it says: of two definitions that hold, the greater one's */
} SourceMark;

/* --- the definition --------------------------------------------------------------------------- */

#define SOURCE_SPLITS_MAX 16

/* A value that holds several: `192.0.2.1:80:X1`. */
typedef struct SourceSplit {
    uint16_t of;
    const SourcePattern
        *patterns; /* the first that fits names the pieces; none: nothing is named */
    size_t pattern_count;
} SourceSplit;

typedef struct SourceMessage {
    Slice rule; /* akashi.rule */
    const SourceTest *tests;
    size_t test_count;
    uint16_t pattern_of;
    const SourcePattern *patterns; /* one of them must match, when there are any */
    size_t pattern_count;
    Verb verb;
    Outcome outcome;
    SourceValue outcome_value; /* success, failure: wins over `outcome` */
    SourceSetters setters;
} SourceMessage;

typedef struct SourceDefinition {
    SourceInfo info;
    SourceSlots slots;
    const SourceMark *marks;
    size_t mark_count;
    SourceTake take;
    const SourcePattern
        *frames; /* before taking apart: one of them names the pieces of `message` */
    size_t frame_count;
    const SourceSplit *splits; /* after taking apart, in this order */
    size_t split_count;
    const SourceTime *times;
    size_t time_count;
    const Slice *empty; /* values that say that there is none */
    size_t empty_count;
    SourceSetters setters;
    const SourceMessage *messages;
    size_t message_count;
    Slice other_rule; /* of a line that none of the messages matches */
    Slice charset;    /* empty: found out line by line */
} SourceDefinition;

typedef struct SourceRecogniser SourceRecogniser;

struct SourceSet {
    Arena arena;
    SourceDefinition *definitions[SOURCES_MAX];
    size_t count;
    SourceRecogniser *recogniser; /* NULL: not finished */
};

#endif
