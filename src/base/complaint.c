/* See complaint.h. */
#include "base/complaint.h"

#include <stdarg.h>
#include <stdio.h>

/* Cuts a UTF-8 sequence that the size limit tore in two. */
static void drop_torn_end(char *text)
{
    size_t len = strlen(text);
    if (len + 1 < COMPLAINT_WORDS_MAX) return;
    while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80) {
        len--;
    }
    if (len > 0 && (unsigned char)text[len - 1] >= 0x80) len--;
    text[len] = '\0';
}

void complaint_say(Complaint *complaint, const char *id, const char *en_format,
                   const char *ja_format, ...)
{
    if (!complaint) return;
    va_list args, again;
    va_start(args, ja_format);
    va_copy(again, args);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(complaint->en, sizeof complaint->en, en_format, args);
    vsnprintf(complaint->ja, sizeof complaint->ja, ja_format, again);
#pragma GCC diagnostic pop
    va_end(again);
    va_end(args);
    drop_torn_end(complaint->en);
    drop_torn_end(complaint->ja);
    complaint->id = id;
}
