/* lookup: columns from a table in a file beside what the row has. Keys are compared with case and
 * width ignored, whole; of several rows with one key the first serves. */
#include "search/search_stage.h"

#include "base/fold.h"
#include "base/nearest.h"
#include "search/csv_table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct LookupStage {
    Stage stage;
    Map rows; /* folded key to row, from 1 */
    CsvTable table;
    Arena content;                   /* the file and its cells */
    Arena scratch;                   /* of the row at hand */
    size_t sources[PIPE_FIELDS_MAX]; /* the table's columns that are added */
} LookupStage;

static int say(const StageSetup *setup, const Pipe *pipe, const char *id, const char *en,
               const char *ja)
{
    Complaint *complaint = setup->options->complaint;
    Slice file = pipe->file;
    if (complaint) complaint->column = pipe->place;
    complaint_say(complaint, id, "lookup: the table %.*s %s", "lookup の表 %.*s %s",
                  SLICE_FMT(file), en);
    if (complaint)
        snprintf(complaint->ja, sizeof complaint->ja, "lookup の表 %.*s %s", SLICE_FMT(file), ja);
    return -EINVAL;
}

static int read_bytes(const Os *os, int fd, char *to, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t got = os->read(os->state, fd, to + done, bytes - done);
        if (got < 0) return (int)got;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (int)done; /* CSV_BYTES_MAX fits */
}

static int read_open_file(const Os *os, int fd, Arena *arena, Slice *ret)
{
    FileInfo info;
    int r = os->info_fd(os->state, fd, &info);
    if (r < 0) return r;
    if (!info.is_regular) return -ENOENT;
    if (info.bytes > CSV_BYTES_MAX) return -EFBIG;
    char *text = arena_alloc(arena, (size_t)info.bytes + 1);
    if (!text) return -EFBIG;
    r = read_bytes(os, fd, text, (size_t)info.bytes);
    if (r < 0) return r;
    *ret = slice_of(text, (size_t)r);
    return 0;
}

/* The parser has seen to it that the name has no separators; a link in the folder is not followed,
 * and what is no file is not waited for. */
static int read_file(const StageSetup *setup, Slice name, Arena *arena, Slice *ret)
{
    const Os *os = setup->options->os;
    const char *folder = setup->options->lookup_folder;
    Slice path;
    if (!os || !folder) return -ENOENT;
    int r = arena_format(arena, &path, "%s/%.*s", folder, SLICE_FMT(name));
    if (r < 0) return r;
    int fd = os->open(os->state, path.ptr, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    r = read_open_file(os, fd, arena, ret);
    os->close(os->state, fd);
    return r;
}

static int load(LookupStage *lookup, const StageSetup *setup)
{
    const Pipe *pipe = lookup->stage.pipe;
    Slice text;
    int r = read_file(setup, pipe->file, &lookup->content, &text);
    if (r == 0) r = csv_table_read(text, &lookup->content, &lookup->table);
    switch (r) {
    case 0: return 0;
    case -ENOENT:
    case -ELOOP:
        return say(setup, pipe, "lookup.absent", "is not in the folder for tables",
                   "が表用のフォルダーにありません");
    case -ENOMEM:
    case -EFBIG:
        return say(setup, pipe, "lookup.too_large",
                   "is too large (16 MiB, and its share of the memory of a search)",
                   "が大きすぎます（16MiBと、検索のメモリーの分け前まで）");
    case -EBADMSG:
        return say(setup, pipe, "lookup.damaged",
                   "has no heading or a quotation mark that is not closed",
                   "に見出しがないか、閉じていない引用符があります");
    default: return say(setup, pipe, "lookup.unreadable", "cannot be read", "が読めません");
    }
}

static int complain_column(const LookupStage *lookup, const StageSetup *setup, Slice name)
{
    const CsvTable *table = &lookup->table;
    Complaint *complaint = setup->options->complaint;
    Slice nearest = nearest_name(name, table->columns, table->column_count);
    if (nearest.len == 0) nearest = table->columns[0];
    nearest = condition_shown(nearest);
    name = condition_shown(name);
    if (complaint) complaint->column = lookup->stage.pipe->place;
    complaint_say(complaint, "lookup.column", "the table %.*s has no column %.*s; nearest is %.*s",
                  "表 %.*s に %.*s という列はありません。近いのは %.*s です",
                  SLICE_FMT(lookup->stage.pipe->file), SLICE_FMT(name), SLICE_FMT(nearest));
    return -EINVAL;
}

static int fold_key(Slice text, Arena *arena, Slice *ret)
{
    char *folded = arena_alloc(arena, text.len + 1);
    if (!folded) return -ENOMEM;
    *ret = slice_of(folded, fold_text(folded, slice_trim(text)));
    return 0;
}

static int prepare(LookupStage *lookup, const StageSetup *setup)
{
    const Pipe *pipe = lookup->stage.pipe;
    const CsvTable *table = &lookup->table;
    size_t key = csv_table_column(table, pipe->key);
    if (key == CSV_COLUMNS_MAX) return complain_column(lookup, setup, pipe->key);
    for (size_t i = 0; i < pipe->output_count; i++) {
        lookup->sources[i] = csv_table_column(table, pipe->outputs[i]);
        if (lookup->sources[i] == CSV_COLUMNS_MAX)
            return complain_column(lookup, setup, pipe->outputs[i]);
    }
    for (size_t i = 0; i < table->row_count; i++) {
        Slice folded;
        arena_reset(&lookup->scratch);
        int r = fold_key(table->cells[i * table->column_count + key], &lookup->scratch, &folded);
        if (r < 0) return r;
        uint64_t *row = map_put(&lookup->rows, folded, NULL);
        if (!row) {
            return say(setup, pipe, "lookup.too_large",
                       "is too large for its share of the memory of a search",
                       "は検索のメモリーの分け前に収まりません");
        }
        if (*row == 0) *row = i + 1;
    }
    return 0;
}

static int find_row(LookupStage *lookup, const Answer *answer, const Slice **ret)
{
    Slice text, folded;
    int r = stage_field_text(&lookup->stage.pipe->fields[0], answer, &lookup->scratch, &text);
    if (r == 0) r = fold_key(text, &lookup->scratch, &folded);
    if (r < 0) return r;
    const uint64_t *row = folded.len > 0 ? map_find(&lookup->rows, folded) : NULL;
    *ret = row ? lookup->table.cells + (*row - 1) * lookup->table.column_count : NULL;
    return 0;
}

static int lookup_take(Stage *stage, const Answer *answer)
{
    LookupStage *lookup = (LookupStage *)stage;
    const Pipe *pipe = stage->pipe;
    Slice cells[PIPE_COLUMNS_MAX];
    const Slice *found;
    arena_reset(&lookup->scratch);
    int r = find_row(lookup, answer, &found);
    if (r < 0) return r;
    for (size_t i = 0; i < answer->column_count; i++) {
        cells[i] = answer->cells[i];
    }
    for (size_t i = 0; i < pipe->output_count; i++) {
        cells[pipe->output_places[i]] = found ? found[lookup->sources[i]] : (Slice){0};
    }
    Answer out = *answer;
    out.columns = pipe->columns;
    out.numbers = pipe->numbers;
    out.cells = cells;
    out.column_count = pipe->column_count;
    return stage_give(stage, &out);
}

static void lookup_free(Stage *stage)
{
    LookupStage *lookup = (LookupStage *)stage;
    map_done(&lookup->rows);
    arena_done(&lookup->content);
    arena_done(&lookup->scratch);
    free(lookup);
}

int stage_lookup_new(const Pipe *pipe, const StageSetup *setup, Stage **ret)
{
    LookupStage *lookup = calloc(1, sizeof *lookup);
    if (!lookup) return -ENOMEM;
    size_t half = setup->memory_bytes_max / 2;
    lookup->stage =
        (Stage){.take = lookup_take, .end = stage_nothing_held, .free = lookup_free, .pipe = pipe};
    lookup->content = arena_make(half);
    lookup->scratch = arena_make(STAGE_ROW_BYTES_MAX);
    lookup->rows = map_make(stage_map_room(half / 2, 0), setup->options->seed);
    lookup->rows.keys.bytes_max = half / 2;
    int r = load(lookup, setup);
    if (r == 0) r = prepare(lookup, setup);
    if (r < 0) {
        lookup_free(&lookup->stage);
        return r;
    }
    *ret = &lookup->stage;
    return 0;
}
