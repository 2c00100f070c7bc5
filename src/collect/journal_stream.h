/* systemd's journal export format (systemd.io, "Journal Export Formats") as it comes piece by
 * piece: fields `NAME=value`, or NAME, a line end, the size (le64) and the bytes; an empty line
 * ends an entry. An entry is itself by its __CURSOR. Pure. */
#ifndef AKASHI_COLLECT_JOURNAL_STREAM_H
#define AKASHI_COLLECT_JOURNAL_STREAM_H

#include "collect/bundle.h"

#define JOURNAL_FIELD_BYTES_MAX ((size_t)64 << 10)  /* what is longer is cut */
#define JOURNAL_ENTRY_BYTES_MAX ((size_t)512 << 10) /* fields beyond are left out */
#define JOURNAL_HELD_BYTES_MAX ((size_t)256 << 10)

typedef struct JournalStream {
    Buf held;      /* received, not taken apart yet */
    Buf entry;     /* the fields of the entry so far, as message_field_add */
    Buf raw;       /* its bytes as they came */
    uint64_t skip; /* of a field that is cut: bytes still to come */
    bool skip_line;
    bool is_cut;
} JournalStream;

JournalStream journal_stream_make(void);
void journal_stream_done(JournalStream *stream);
void journal_stream_clear(JournalStream *stream);
/* True: take before adding more. */
bool journal_stream_is_full(const JournalStream *stream);
MUST_USE int journal_stream_add(JournalStream *stream, Slice bytes);
/* The entries that are whole go into the group, at the end also one without an empty line behind
 * it. -EBADMSG: this is no export format; -ENOMEM. */
MUST_USE int journal_stream_take(JournalStream *stream, bool end, Bundle *group);

#endif
