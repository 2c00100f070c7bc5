/* Readers; see store.h.
 *
 * A reader takes no lock. It opens the log first and surveys the segments after that: whatever the
 * writer moves from the log to a segment in between is found in the segment, and passed over in the
 * log by its number; the log's file stays readable when the writer removes it. */
#include "store/plain/reader_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { LOG_TRIES_MAX = 20 }; /* the writer replaces its log about once in a full block */

/* ---- opening */

static void close_logs(StoreReader *reader)
{
    for (size_t i = 0; i < reader->log_count; i++) {
        reader->folder.os->close(reader->folder.os->state, reader->logs[i].fd);
    }
    free(reader->logs);
    reader->logs = NULL;
    reader->log_count = 0;
}

/* Opens all logs that there are. -ENOENT: one went away in between; look again. */
static int open_logs(StoreReader *reader, StoreListing *listing)
{
    const Os *os = reader->folder.os;
    int r = store_folder_list(&reader->folder, listing);
    if (r < 0) return r;
    size_t count = listing_count(&listing->logs);
    reader->logs = calloc(count + 1, sizeof *reader->logs);
    if (!reader->logs) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = listing_at(&listing->logs, i);
        StorePath path = store_file_path(&reader->folder, STORE_FILE_LOG, number);
        int fd = os->open(os->state, path.text, O_RDONLY, 0);
        if (fd < 0) return fd;
        reader->logs[reader->log_count++] = (ReaderFile){.number = number, .fd = fd};
    }
    return 0;
}

static int survey_logs(StoreReader *reader)
{
    const Os *os = reader->folder.os;
    for (size_t i = 0; i < reader->log_count; i++) {
        ReaderFile *log = &reader->logs[i];
        SurveyedFile file = {os, log->fd, file_number(STORE_FILE_LOG, log->number),
                             reader->folder.store_id, .closed = false};
        int r = file_survey(&file, reader->codec, &log->survey);
        if (r < 0) return r;
    }
    return 0;
}

int reader_open_segment(const StoreReader *reader, uint32_t number)
{
    StorePath path = store_file_path(&reader->folder, STORE_FILE_SEGMENT, number);
    return reader->folder.os->open(reader->folder.os->state, path.text, O_RDONLY, 0);
}

/* From the index where there is a good one, else from the segment itself. */
static int survey_segment(StoreReader *reader, ReaderFile *segment, bool closed)
{
    const Os *os = reader->folder.os;
    CLEANUP(os_fd_done) OsFd held = {os, reader_open_segment(reader, segment->number)};
    if (held.fd < 0) return held.fd;
    KeyIndex index;
    FileInfo info;
    int r = os->info_fd(os->state, held.fd, &info);
    if (r < 0) return r;
    if (closed && key_index_open(&reader->folder, segment->number, false, &index) == 0 &&
        index.survey.end == info.bytes) {
        segment->survey = index.survey;
        return 0;
    }
    SurveyedFile file = {os, held.fd, segment->number, reader->folder.store_id, closed};
    return file_survey(&file, reader->codec, &segment->survey);
}

static int survey_segments(StoreReader *reader, const StoreListing *listing)
{
    size_t count = listing_count(&listing->segments);
    reader->segments = calloc(count + 1, sizeof *reader->segments);
    if (!reader->segments) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        ReaderFile *segment = &reader->segments[i];
        *segment = (ReaderFile){.number = listing_at(&listing->segments, i), .fd = -1};
        int r = survey_segment(reader, segment, i + 1 < count);
        if (r < 0) return r;
        reader->segment_count++;
    }
    return 0;
}

static int open_files(StoreReader *reader)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = -ENOENT;
    for (int i = 0; i < LOG_TRIES_MAX && r == -ENOENT; i++) {
        close_logs(reader);
        r = open_logs(reader, &listing);
    }
    if (r == 0) r = survey_logs(reader);
    if (r == 0) r = store_folder_list(&reader->folder, &listing); /* segments may have come since */
    return r < 0 ? r : survey_segments(reader, &listing);
}

/* Sums up, and drops the logs whose rows the segments have. */
static void sum_up(StoreReader *reader)
{
    StoreStats *stats = &reader->stats;
    uint64_t next_row = 1;
    size_t kept = 0;
    for (size_t i = 0; i < reader->segment_count + reader->log_count; i++) {
        bool is_log = i >= reader->segment_count;
        ReaderFile *file = is_log ? &reader->logs[i - reader->segment_count] : &reader->segments[i];
        const FileSurvey *survey = &file->survey;
        if (is_log && survey->next_row <= next_row) {
            reader->folder.os->close(reader->folder.os->state, file->fd);
            continue;
        }
        file->expected_row = next_row;
        if (survey->next_row > next_row) next_row = survey->next_row;
        stats->rows += survey->rows;
        stats->row_bytes += survey->row_bytes;
        stats->raw_bytes += survey->raw_bytes;
        stats->damaged_blocks += survey->damaged_blocks;
        stats->bytes += survey->end;
        if (is_log) reader->logs[kept++] = *file;
    }
    reader->log_count = kept;
}

int store_reader_open(const Os *os, const char *folder, StoreReader **ret, Complaint *complaint)
{
    StoreReader *reader = calloc(1, sizeof *reader);
    if (!reader) return store_complain(complaint, -ENOMEM, folder);
    FolderState state;
    int r = store_folder_look(&reader->folder, os, folder, &state, complaint);
    if (r == 0 && state == FOLDER_EMPTY) {
        r = -ENOENT;
        complaint_say(complaint, "store.absent", "there is no store in %s",
                      "%s に保存先がありません", folder);
    } else if (r == 0) {
        reader->codec = block_codec_new();
        r = reader->codec ? open_files(reader) : -ENOMEM;
        if (r < 0) store_complain(complaint, r, folder);
    }
    if (r < 0) {
        store_reader_close(reader);
        return r;
    }
    sum_up(reader);
    *ret = reader;
    return 0;
}

void store_reader_close(StoreReader *reader)
{
    if (!reader) return;
    close_logs(reader);
    free(reader->segments);
    block_codec_free(reader->codec);
    free(reader);
}

void store_reader_stats(const StoreReader *reader, StoreStats *ret)
{
    *ret = reader->stats;
}
