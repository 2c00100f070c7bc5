/* MANIFEST: which segments the store has. A small text, rewritten whole: temporary file, sync,
 * rename, sync of the folder. Its last line is an HMAC under the key-encryption key, so that nobody
 * hides a segment by leaving its line out. Bytes: doc/format/store.md. */
#ifndef AKASHI_STORE_MANIFEST_H
#define AKASHI_STORE_MANIFEST_H

#include "base/digest.h"
#include "store/wal/store_folder.h"

#define MANIFEST_SEGMENTS_MAX ((size_t)1 << 20) /* past it nothing is sealed any more: -ERANGE */
#define MANIFEST_CLASS_BYTES_MAX 32

typedef struct ManifestSegment {
    uint32_t file;               /* segments/NNNNNNNN.seg; from 1 on, never used again */
    uint64_t chain_number;       /* of its header in the log of segments; of a re-packed file: its
                                    own, with REPACKED_BIT */
    Digest header;               /* hash of that header */
    uint64_t first_row, end_row; /* numbers; all rows below the end that were readable are here or
                                    in segments before */
    uint64_t row_count, undated_count;
    int64_t from_ns, to_ns; /* of rows whose record has a time; from > to: there are none */
    uint64_t row_bytes, raw_bytes, file_bytes;
    uint64_t lost_blocks; /* of the log, that did not hold when the segment was made */
    char class_name[MANIFEST_CLASS_BYTES_MAX]; /* of retention; letters, digits, - and _ */
    bool tombstone; /* its rows were deleted; the file goes, the entry stays */
    int64_t
        sealed_ns; /* all its rows had arrived by then: what retention counts from; 0: unknown */
} ManifestSegment;

/* A file whose rows another one has now. It stays for a while, for readers that began before. */
typedef struct ManifestReplaced {
    uint32_t file;
    int64_t until_ns;
} ManifestReplaced;
#define MANIFEST_REPLACED_MAX ((size_t)4096) /* past it nothing is re-packed: -ERANGE */

typedef struct Manifest {
    ManifestSegment *segments; /* by row number */
    size_t count, capacity;
    ManifestReplaced *replaced;
    size_t replaced_count;
} Manifest;

void manifest_done(Manifest *manifest);
/* Number after the last row that is sealed; 1: none is. */
uint64_t manifest_end_row(const Manifest *manifest);
uint32_t manifest_next_file(const Manifest *manifest);
/* Puts it in its place. -ENOMEM, -ERANGE. */
MUST_USE int manifest_add(Manifest *manifest, const ManifestSegment *segment);
bool manifest_has(const Manifest *manifest, uint32_t file);
bool manifest_is_replaced(const Manifest *manifest, uint32_t file);
/* It goes from the segments to what is replaced. -ENOENT, -ENOMEM, -ERANGE. */
MUST_USE int manifest_replace(Manifest *manifest, uint32_t file, int64_t until_ns);
/* Its rows are deleted: it stays as a tombstone, its file is to be removed then. As
 * manifest_replace. */
MUST_USE int manifest_bury(Manifest *manifest, uint32_t file, int64_t until_ns);
bool manifest_has_header(const Manifest *manifest, const Digest *header);
void manifest_forget_replaced(Manifest *manifest, uint32_t file);
/* A copy. -ENOMEM. */
MUST_USE int manifest_copy(const Manifest *from, Manifest *ret);

/* -ENOENT: there is none; -EBADMSG: damaged, or of another key; -EPROTO: newer version; -ENOMEM;
 * what the system said. *ret is empty on failure. */
MUST_USE int manifest_read(const StoreFolder *folder, Manifest *ret);
/* Its bytes under folder->kek. -ENOMEM, -EMSGSIZE. */
MUST_USE int manifest_print(const StoreFolder *folder, const Manifest *manifest, Buf *to);
MUST_USE int manifest_write(const StoreFolder *folder, const Manifest *manifest);

/* From what the segments' files say; those that cannot be opened are left out. Row and raw bytes
 * are unknown then (0). -ENOMEM, or what the system said. */
MUST_USE int manifest_remake(const StoreFolder *folder, Manifest *ret);
/* When a re-packed file and files with its members are both there (a MANIFEST that is gone does not
 * say which of them count), only one of them stays. The others become replaced until then. -ENOMEM,
 * -ERANGE. */
MUST_USE int manifest_drop_doubles(const StoreFolder *folder, Manifest *manifest, int64_t until_ns);
/* Fills an entry from the segment's file. As segment_open. */
MUST_USE int manifest_describe(const StoreFolder *folder, uint32_t file, ManifestSegment *ret);

/* The files in the folder of segments. */
typedef struct SegmentFiles {
    Buf numbers; /* uint32_t each, ascending: of whole segments */
    Buf parts;   /* names of what was never finished, NUL-terminated, one after the other */
} SegmentFiles;
void segment_files_done(SegmentFiles *files);
/* An absent folder has none. */
MUST_USE int segment_files_list(const StoreFolder *folder, SegmentFiles *ret);

/* `segments/NNNNNNNN.seg` */
typedef struct SegmentFileName {
    char text[32];
} SegmentFileName;
SegmentFileName manifest_file_name(uint32_t file);

#endif
