/* Any bytes as a file of a store, or as the rows of a block whose seal is right. Whatever they are,
 * the reader ends, numbers ascend, a writer opens, and what it commits is found (S1, S4).
 *
 * First byte: 0 wal file, 1 tip, 2 MANIFEST, 3 FORMAT, 4 rows of a block in the wal file, 5 in the
 * tip, 6 several blocks: pieces cut by the bytes themselves. The rest are the bytes. */
#include "tests/support/store_kit.h"

#include "base/check.h"
#include "os/simulated.h"
#include "store/wal/block.h"
#include "store/wal/store_folder.h"

#include <errno.h>
#include <fcntl.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define FOLDER "/store"
enum { NEW_ROW = 5, PIECES_MAX = 8 };

static void put_file(const Os *os, const char *path, Slice bytes)
{
    int fd = os->open(os->state, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK(os_write_full(os, fd, bytes.ptr, bytes.len) == 0);
    os->close(os->state, fd);
}

/* A block whose rows are these bytes. Numbers and times come from their first bytes. */
static void add_block(Buf *to, const StoreFolder *folder, uint32_t number, Slice bytes)
{
    BlockCodec *codec = block_codec_new(kit_kek());
    CHECK(codec);
    uint8_t seed = bytes.len ? (uint8_t)bytes.ptr[0] : 0;
    BlockRows rows = {0};
    block_rows_begin(&rows, 1 + seed % 8);
    buf_add_slice(&rows.bytes, bytes);
    rows.row_count = 1 + seed / 8 % 4;
    rows.has_keys = seed & 0x80;
    for (uint32_t i = 0; i < rows.row_count * ROW_KEY_BYTES; i++) {
        buf_add_char(&rows.keys, (char)(seed + i / ROW_KEY_BYTES));
    }
    rows.time_min_ns = INT64_MIN;
    rows.time_max_ns = INT64_MAX;
    BlockPlace place = {.file_number = number,
                        .store_id = folder->store_id,
                        .offset = to->len,
                        .durable_end = seed & 0x40 ? to->len : 0};
    BlockKey key;
    CHECK(block_key_new(folder->os, folder->store_id, number, kit_kek(), &key) == 0);
    CHECK(block_pack(codec, 1, &rows, &place, &key, to) == 0);
    block_key_done(&key);
    block_rows_done(&rows);
    block_codec_free(codec);
}

static void put_blocks(const StoreFolder *folder, const char *path, uint32_t number, Slice bytes,
                       size_t pieces)
{
    CLEANUP(buf_done) Buf blocks = buf_make(0);
    for (size_t i = 0; i < pieces; i++) {
        size_t cut = bytes.len ? (uint8_t)bytes.ptr[0] : 0;
        Slice piece = i + 1 == pieces ? bytes : slice_first(bytes, cut);
        add_block(&blocks, folder, number, piece);
        bytes = slice_skip(bytes, cut);
    }
    put_file(folder->os, path, buf_slice(&blocks));
}

static void put_input(const StoreFolder *folder, unsigned kind, Slice bytes)
{
    static const char *const paths[] = {FOLDER "/wal-00000001.log", FOLDER "/now-00000001.log",
                                        FOLDER "/MANIFEST", FOLDER "/FORMAT"};
    if (kind < 4) put_file(folder->os, paths[kind], bytes);
    if (kind == 4) put_blocks(folder, paths[0], 1, bytes, 1);
    if (kind == 5) put_blocks(folder, paths[1], 1 | TIP_NUMBER_BIT, bytes, 1);
    if (kind == 6) put_blocks(folder, paths[0], 1, bytes, PIECES_MAX);
    if (kind == 2) put_file(folder->os, paths[0], (Slice){0});
    if (kind == 2 || kind == 6) put_file(folder->os, FOLDER "/wal-00000002.log", (Slice){0});
}

typedef struct Seen {
    uint64_t last;
    size_t new_rows;
    bool newest_first;
} Seen;

static int see(void *context, const Row *row, uint64_t number)
{
    Seen *seen = context;
    if (seen->last && !seen->newest_first) CHECK(number > seen->last);
    if (seen->last && seen->newest_first) CHECK(number < seen->last);
    seen->last = number;
    seen->new_rows += slice_eq(row->origin, SLICE("fuzz_store"));
    return 0;
}

static void scan(const Os *os, const ScanRange *range, Seen *seen)
{
    StoreReader *reader;
    Complaint complaint;
    int r = store_reader_open(os, FOLDER, kit_kek(), &reader, &complaint);
    if (r < 0) {
        CHECK(r == -EPROTO || r == -ENOKEY); /* the input was FORMAT, and not ours */
        return;
    }
    seen->newest_first = range->newest_first;
    CHECK(store_scan(reader, range, see, NULL, seen) == 0);
    store_reader_close(reader);
}

static void write_and_find(const Os *os)
{
    Store *store;
    Complaint complaint;
    StoreTally tally = {0};
    Row row = {.origin = SLICE_INIT("fuzz_store")};
    int r = kit_open(os, FOLDER, NULL, &store, &complaint);
    if (r < 0) {
        CHECK(r == -EPROTO || r == -ENOKEY);
        return;
    }
    CHECK(store_append(store, &row, 1, &tally) == 0 && tally.added == 1);
    CHECK(store_commit(store) == 0);
    store_close(store);
    Seen seen = {0};
    scan(os, KIT_ALL, &seen);
    CHECK(seen.new_rows >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || bytes[0] > 6) return 0;
    SimulatedOs *machine = simulated_os_new(1);
    StoreFolder folder = {.os = simulated_os_table(machine), .path = FOLDER, .kek = kit_kek()};
    CHECK(store_folder_make(&folder) == 0);
    CHECK(store_folder_write_format(&folder) == 0);
    put_input(&folder, bytes[0], slice_of(bytes + 1, len - 1));
    Seen forwards = {0}, backwards = {0};
    scan(folder.os, KIT_ALL, &forwards);
    scan(folder.os, KIT_ALL_NEWEST_FIRST, &backwards);
    write_and_find(folder.os);
    simulated_os_free(machine);
    return 0;
}
