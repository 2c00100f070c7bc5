/* See answer_cells.h. */
#include "search/answer_cells.h"

static Slice first_present(Slice a, Slice b)
{
    return a.len > 0 ? a : b;
}

void record_cells_fill(RecordCells *to, const Record *record, Slice sentence,
                       int zone_offset_seconds)
{
    size_t len = time_print_plain(to->time, record->time_ns, zone_offset_seconds);
    to->cells[0] = slice_of(to->time, len);
    to->cells[1] = record->text[RECORD_USER_NAME];
    to->cells[2] =
        first_present(record->text[RECORD_SOURCE_IP], record->text[RECORD_SOURCE_DOMAIN]);
    to->cells[3] =
        first_present(record->text[RECORD_HOST_NAME], record->text[RECORD_AKASHI_SOURCE]);
    to->cells[4] = sentence;
}

Slice record_cells_heading(Language language, size_t column)
{
    static const char *const headings[2][RECORD_CELLS] = {
        {"日時", "だれ", "どこから", "システム", "内容"},
        {"time", "who", "from", "system", "what happened"},
    };
    return slice_from_cstr(headings[language][column]);
}
